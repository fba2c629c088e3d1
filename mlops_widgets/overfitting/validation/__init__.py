"""Strategy b: scores that can be believed: splits, leaks, selection, baselines, calibration, decisions."""
