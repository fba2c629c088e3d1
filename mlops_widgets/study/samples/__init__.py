"""Three studies to learn on: one made up with the truth known, one real that drifts, one real that doesn't."""
