"""Recourse: which near, valid and possible changes to one row would change the model's answer."""
