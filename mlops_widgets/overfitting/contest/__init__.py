"""Who competes in a tournament, on which rows, and what everybody answered."""
