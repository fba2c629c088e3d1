"""Labels that surprise every model."""
