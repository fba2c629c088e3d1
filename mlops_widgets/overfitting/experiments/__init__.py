"""Strategy d: A/B tests and rollouts: planned, read without peeking, replayed before they are real."""
