"""Live faces of governance's results."""
