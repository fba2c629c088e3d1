"""Results over time: load, check, score, review, decide, retrain, compare, register and report, as steps that survive a crash."""
