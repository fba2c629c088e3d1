"""How small a leak a search sees in these data: leaks of known size are put in, and the search is run again."""

from collections.abc import Callable, Sequence

import numpy as np

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.overfitting.validation.leaks.check import AssayStep

SIZES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.95)
"""Sizes of the leaks put in, as shares of what each search measures."""

TRIES = 5
"""Leaks of each size: seen in all five means a chance of being seen of at least 55 % with 95 % confidence."""


def run_assay(
    sizes: Sequence[float], seen: Callable[[float, np.random.Generator], bool], *, rng: np.random.Generator,
    cancel: Cancel | None = None,
) -> tuple[AssayStep, ...]:  # fmt: skip
    """Return how often leaks of each size are seen.

    Sizes are tried from the largest down; below one that was never seen, smaller ones aren't tried.

    Parameters
    ----------
    sizes
        Smallest first.
    seen
        Puts a leak of the size into the data, drawn by the generator, and says whether the search flags it.
    rng
        Of the leaks drawn.
    cancel
        The caller's callback.

    Returns
    -------
    tuple of AssayStep
        Smallest first.

    Examples
    --------
    >>> [step.found for step in run_assay((0.01, 0.1), lambda size, rng: size > 0.05, rng=np.random.default_rng(0))]
    [0, 5]
    """
    done: list[AssayStep] = []
    for size in reversed(sizes):
        check_cancel(cancel)
        found = sum(seen(size, rng) for _ in range(TRIES))
        done.append(AssayStep(size=size, found=found, tries=TRIES))
        if not found:
            break
    return tuple(reversed(done))
