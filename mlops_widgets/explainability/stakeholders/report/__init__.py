"""Reports for people: what the model said about a row, in sentences that are read back and compared with the numbers."""
