"""Versions of models, their stages over time, and the gate that no promotion goes round."""
