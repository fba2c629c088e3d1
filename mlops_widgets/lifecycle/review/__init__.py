"""A performance review: what was promised, what was kept, what is due."""
