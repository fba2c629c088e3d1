"""What is repaired, step by step, on a copy."""
