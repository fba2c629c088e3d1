"""Which rows a fold trains and tests on, the fits, and what each scheme of folds says."""
