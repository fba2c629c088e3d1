"""Any table as Arrow batches of one size, in one order: what is computed from them is equal whoever held the rows."""
