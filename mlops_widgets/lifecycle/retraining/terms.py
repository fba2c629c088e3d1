"""What may be said about losses, costs and delays: the checks of a ready matrix and of the options."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.errors import InputError
from mlops_widgets.measures.retraining.grid import Floats, Grid
from mlops_widgets.measures.retraining.policies import Terms

_CELL = "Pass a loss on and above the diagonal; a row of NaN only is a model that there isn't."


def checked_terms(terms: Terms, *, gate: int = 0, horizon: int | None = None, margin: float | None = None) -> Terms:
    """Return the terms as plain numbers.

    Raises
    ------
    InputError
        If a cost is negative or no number, or a delay no whole number from 0.
    """
    cost, value = terms.retrain_cost, terms.value_per_loss
    if not _is_finite(cost) or cost < 0:
        raise InputError(
            f"retrain_cost={cost!r}. Pass what one retrain costs, 0 or more, in the unit of the losses' value."
        )
    if not _is_finite(value) or value <= 0:
        raise InputError(f"value_per_loss={value!r}. Pass what one unit of loss is worth, above 0.")
    check_counts(label_delay=(terms.label_delay, 0), deploy_delay=(terms.deploy_delay, 0), gate=(gate, 0))
    if horizon is not None:
        check_counts(horizon=(horizon, 1))
    check_margin(margin, "the largest saving that doesn't matter")
    return Terms(
        retrain_cost=float(cost), value_per_loss=float(value), label_delay=int(terms.label_delay), deploy_delay=int(terms.deploy_delay)
    )  # fmt: skip


def checked_grid(named: Mapping[str, Grid], labels: Sequence[str]) -> Grid:
    """Return the first window's losses.

    Raises
    ------
    InputError
        If there is none, they don't share their chunks, or the first model wasn't scored in a chunk that it serves.
    """
    if not named:
        raise InputError("grids={} holds no losses. Pass a Grid, or name of the window → Grid.")
    main = next(iter(named.values()))
    for name, grid in named.items():
        if (grid.chunks, grid.first, grid.label_delay) != (main.chunks, main.first, main.label_delay):
            raise InputError(
                f"grids={name!r} differs from the first window in its chunks, first model or delay. Pass windows of one timeline."
            )
        _check_losses(grid)
    if labels and len(labels) != main.chunks:
        raise InputError(f"labels= holds {len(labels)} names for {main.chunks} chunks. Pass one a chunk.")
    return main


def grid_of_matrix(losses: Any, *, counts: Any, first: int, label_delay: int) -> Grid:  # noqa: ANN401 - arrays
    """Return a ready matrix as a grid without halves.

    Raises
    ------
    InputError
        If it isn't square, or a number is missing or out of its range.
    """
    matrix = _numbers("losses", losses)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not len(matrix):
        raise InputError(
            f"losses= has shape {matrix.shape}. Pass a square matrix: models × chunks, in the order of time."
        )
    chunks = len(matrix)
    check_counts(first=(first, 0), label_delay=(label_delay, 0))
    if first >= chunks:
        raise InputError(f"first={first}, but there are {chunks} chunks. Pass 0 to {chunks - 1}.")
    sizes = np.ones(chunks) if counts is None else _numbers("counts", counts)
    if sizes.shape != (chunks,) or not np.isfinite(sizes).all() or (sizes < 0).any():
        raise InputError(f"counts= has shape {sizes.shape}. Pass {chunks} numbers of rows, 0 or more, one a chunk.")
    place = np.arange(chunks)
    read = (place[None, :] >= place[:, None]) & (place >= first)[:, None]
    with np.errstate(invalid="ignore"):
        kept = np.where(read, np.where(sizes > 0, matrix * sizes, np.where(np.isnan(matrix), np.nan, 0.0)), np.nan)
    rest = np.where(np.isnan(kept), np.nan, 0.0)
    return Grid(
        sums=np.stack([kept, rest]),
        counts=np.stack([sizes, np.zeros(chunks)]),
        first=int(first),
        label_delay=int(label_delay),
    )


def _check_losses(grid: Grid) -> None:
    """Raise where a model has a loss in some chunks and none in others that hold rows, or an infinite one."""
    sums: Floats = grid.sums.sum(axis=0)
    if not grid.exists[grid.first]:
        raise InputError(f"The first model, {grid.first}, has no losses. Pass first= of a row that has.")
    place = np.arange(grid.chunks)
    needed = (place[None, :] >= place[:, None]) & grid.exists[:, None] & (grid.rows > 0)[None, :]
    wrong = np.argwhere(needed & ~np.isfinite(sums))
    if len(wrong):
        i, j = (int(each) for each in wrong[0])
        raise InputError(f"The loss of model {i} in chunk {j} is {sums[i, j]}. {_CELL}")


def _numbers(name: str, given: Any) -> Floats:  # noqa: ANN401 - arrays
    try:
        return np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{name}= isn't an array of numbers ({error}). Pass numbers, NaN where there is none."
        ) from error


def _is_finite(value: Any) -> bool:  # noqa: ANN401 - what was passed
    return not isinstance(value, bool) and isinstance(value, Real) and math.isfinite(float(value))
