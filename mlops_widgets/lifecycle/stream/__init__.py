"""Rows of a study in the order of time, and the chunk at whose beginning each label is known."""

from mlops_widgets.lifecycle.stream.arrivals import NEVER
from mlops_widgets.lifecycle.stream.rows import Stream, stream_of

__all__ = ["NEVER", "Stream", "stream_of"]
