"""Leaks: what a model knows that it won't know in production, one module a way in; the assay says how small a leak shows."""
