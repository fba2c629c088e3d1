"""The model, its tables and one decision, written down for others."""
