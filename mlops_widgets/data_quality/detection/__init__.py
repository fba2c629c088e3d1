"""What looks wrong in a table, cell by cell."""
