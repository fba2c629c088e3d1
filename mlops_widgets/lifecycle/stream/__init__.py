"""A study's rows in the order of time, and when each label arrives."""
