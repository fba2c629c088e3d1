"""Whether an explanation and the model behind it can be trusted: agreement of methods, manipulation, shortcuts."""
