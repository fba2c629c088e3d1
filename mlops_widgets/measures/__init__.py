"""Statistics: arrays in, numbers and arrays out."""
