"""Live faces of the results."""
