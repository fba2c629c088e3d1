"""When a model should go: rules as data, judged by evidence, played back over history."""
