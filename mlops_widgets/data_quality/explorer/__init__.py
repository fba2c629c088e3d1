"""Live faces of chapter 4."""
