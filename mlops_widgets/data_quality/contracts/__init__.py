"""What may come: rules inferred from clean rows, checked on new ones."""
