"""Summaries of a column that fit on a page and can be added up: each is a function of its values, not of their order."""
