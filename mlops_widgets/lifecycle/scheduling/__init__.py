"""A policy as a file, and what triggers it."""
