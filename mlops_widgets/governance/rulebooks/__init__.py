"""What laws, standards and frameworks ask for, as dated data files."""
