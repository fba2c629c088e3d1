"""The model in service and one that would take its place, on the same rows."""
