"""Statistics of a score without labels: what probabilities, or a model of the losses, say of it."""
