"""Which columns hold data about persons, and how their cells are shown without their content."""
