"""Statistics of experiments: arms, units, looks and ramps."""
