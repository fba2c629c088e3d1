"""What each error costs the model."""
