"""What is there: counts, shapes and distributions of every column."""
