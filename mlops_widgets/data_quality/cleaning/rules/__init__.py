"""Rules that follow from suspected cells and what belongs there: one module a kind of column, each proposes steps."""
