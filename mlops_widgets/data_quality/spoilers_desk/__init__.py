"""The spoiler's desk: what is spilled, how the desk is played with it, and what its dials show."""
