"""Everything that an auditor asks for in one folder, each file in a form that other programs check."""
