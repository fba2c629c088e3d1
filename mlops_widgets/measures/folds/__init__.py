"""Statistics of cross-validation: which rows train, and what the mean over folds is worth."""
