"""The experiment: two models of equal accuracy that treat people unequally."""
