"""Which models there are, who made them, which stage each has, and how it came there."""
