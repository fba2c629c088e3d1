"""What somebody would notice of a spill, by what the strategies found."""
