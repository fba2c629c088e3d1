"""Who answers for the data, where it came from, and what in it is about persons."""
