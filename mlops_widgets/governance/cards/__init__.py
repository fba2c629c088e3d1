"""The model, its tables, its versions and one decision, written down for others."""
