"""A study along time: the metric at its stations and chunk by chunk, labels as they arrive, drift with alarms at a stated rate."""
