"""Which chunks each refit learns from, and where the first model comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError
from mlops_widgets.lifecycle.stream import Stream
from mlops_widgets.measures.resampling import whole_units
from mlops_widgets.study.study import Study

Integers = npt.NDArray[np.int64]

EXPANDING = "expanding"
_WITHOUT_REFERENCE = 4
_FEWEST_FIT_ROWS = 20


@dataclass(frozen=True, kw_only=True)
class Window:
    """The rows that refits learn from.

    Parameters
    ----------
    chunks
        How many chunks, the newest; None for all.
    name
        "last 8 weeks" or "all rows".
    """

    chunks: int | None
    name: str

    def before(self, model: int) -> slice:
        """Return the chunks that model i learns from."""
        return slice(0 if self.chunks is None else max(0, model - self.chunks), model)


def read_windows(window: object, stream: Stream) -> tuple[Window, ...]:
    """Return the windows: as told, else as many chunks as the study's reference spans.

    Raises
    ------
    InputError
        If `window` is none of these.
    """
    given = tuple(window) if isinstance(window, list | tuple) else (window,)
    if not given or len(set(given)) < len(given):
        raise InputError(
            f"window={window!r}. Pass whole chunks, 1 or more, 'expanding', or a few different ones of these."
        )
    return tuple(_read(each, stream) for each in given)


def _read(window: object, stream: Stream) -> Window:
    if window == EXPANDING:
        return Window(chunks=None, name="all rows")
    if window is None:
        return _last(span_of_reference(stream), stream)
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        raise InputError(
            f"window={str(window)[:40]!r}. Pass whole chunks, 1 or more, 'expanding', or a tuple of these."
        )
    return _last(window, stream)


def _last(chunks: int, stream: Stream) -> Window:
    noun = stream.chunks.by if stream.chunks.are_dates else "chunk"
    return Window(chunks=chunks, name=f"last {chunks} {noun}s" if chunks > 1 else f"last {noun}")


def span_of_reference(stream: Stream) -> int:
    """Return how many chunks the study's reference spans; without one, a quarter of the timeline."""
    return stream.span_of("reference") or max(1, -(-stream.count // _WITHOUT_REFERENCE))


def first_model(windows: Sequence[Window], stream: Stream) -> int:
    """Return the chunk before which the first model was trained: its window is full by then."""
    longest = [each.chunks for each in windows if each.chunks is not None]
    return longest[0] if longest else span_of_reference(stream)


def rows_to_fit(study: Study, stream: Stream, window: Window, model: int, *, max_rows: int, seed: int) -> Integers:
    """Return positions of the rows that model i learns from; none where they are too few or of one class.

    They are those of its window whose labels had arrived at the beginning of chunk i + the stream's delay, when it can be trained
    at the earliest: also labels that took longer than the delay, if they are there by then.
    """
    inside = window.before(model)
    kept = (stream.of_row >= inside.start) & (stream.of_row < model) & (stream.arrives <= model + stream.delay)
    rows = np.flatnonzero(kept & ~np.isnan(stream.y))
    if len(rows) > max_rows:
        rng = np.random.default_rng([seed, model])
        drawn = whole_units(stream.units[rows], max_rows, rng) if study.unit == "entity" else rng.permutation(len(rows))
        rows = rows[np.sort(drawn[:max_rows])]
    enough = len(rows) >= _FEWEST_FIT_ROWS and (study.task == "regression" or len(np.unique(stream.y[rows])) > 1)
    return rows if enough else rows[:0]
