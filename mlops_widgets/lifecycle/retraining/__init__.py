"""What refits on the rows that had arrived would have done, and which policy pays."""
