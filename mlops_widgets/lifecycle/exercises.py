"""What the chapter asks, and what measuring an answer says."""
