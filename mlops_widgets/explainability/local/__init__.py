"""One row, looked at closely: what the model says of it with other values, and the path that a tree takes with it."""
