"""What drives the model over all rows: importance, shapes of effects, interactions, cohorts."""
