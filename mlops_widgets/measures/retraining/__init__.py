"""Retraining policies as arithmetic: who serves when, what that costs, and what hindsight would have done."""
