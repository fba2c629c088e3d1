"""Explanations for people who never saw a notebook: reports in plain words, and what they could change."""
