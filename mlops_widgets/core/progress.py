"""Long work says how far it is and stops when asked."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from mlops_widgets.errors import CancelledError

T = TypeVar("T")

Progress = Callable[[float, str], None]
"""Called as `progress(share, text)` with the share done (0 to 1) and what is being done."""

Cancel = Callable[[], bool]
"""Called between steps; returning True raises `CancelledError`."""


def check_cancel(cancel: Cancel | None) -> None:
    """Raise `CancelledError` if the caller wants the work to stop."""
    if cancel is not None and cancel():
        raise CancelledError("Stopped. Nothing was changed.")


def steps(items: Sequence[T], text: str, progress: Progress | None, cancel: Cancel | None) -> Iterator[T]:
    """Yield `items`, looking at `cancel` before each and reporting after it.

    Parameters
    ----------
    items
        The pieces of work; each should take less than 0.2 s so that Cancel feels immediate.
    text
        What a piece is, as in "model" → "model 3 of 200".
    progress, cancel
        The caller's callbacks, or None.
    """
    for number, item in enumerate(items, start=1):
        check_cancel(cancel)
        yield item
        if progress is not None:
            progress(number / len(items), f"{text} {number} of {len(items)}")


def tell(progress: Progress | None, share: float, text: str) -> None:
    """Say how far the work is, where somebody listens."""
    if progress is not None:
        progress(share, text)


def part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """Map a sub-task's 0…1 to `start`…`end` of the whole, so that one bar runs through several tasks."""
    if progress is None:
        return None

    def scaled(share: float, text: str) -> None:
        progress(start + (end - start) * share, text)

    return scaled
