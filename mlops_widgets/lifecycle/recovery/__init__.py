"""Whether a fresh model would still be good enough."""
