"""What changes from batch to batch, and when the next look is due."""
