"""A model written down: what was computed, what people said, and what nobody said yet."""
