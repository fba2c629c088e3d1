"""What the columns and rows of a table promise, as data."""
