"""Strategy c: what production does to the score, with labels, before they arrive, and why."""
