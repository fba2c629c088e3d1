"""What the model answered, when, about what, and who overrode it."""
