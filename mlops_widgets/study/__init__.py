"""The Study: a model and its tables, checked at one door and frozen."""
