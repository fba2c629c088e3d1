"""LIME for tables: a weighted linear surrogate of the model around each row, from one neighbourhood for all rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.neighbourhood import (
    SAMPLES,
    Around,
    Near,
    Neighbourhood,
    draw_neighbourhood,
)
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, Declined
from mlops_widgets.measures.attribution.local_surrogate import (
    BLOCKS,
    Surrogate,
    local_surrogate,
    proximity,
    redraws,
    same_leaders,
)

Floats = npt.NDArray[np.float64]

TOP = 3
DRAWS = 100
"""Bootstrap draws behind the stability."""
_WIDTH_PER_COLUMN = 0.75
_SAMPLES_PER_COLUMN = 5
WIDTH_STEPS = (0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Kernel widths of a slider, in multiples of the default."""


@dataclass(frozen=True, kw_only=True)
class LocalFit:
    """How the surrogates around n rows fit, of p players and k outputs.

    Parameters
    ----------
    conditions
        (n, p) what each weight is of, in words: the row's own range or value, or the column where numbers aren't cut.
    weights
        (n, p, k) the surrogate's slopes.
    interpretable
        (n, p) what the weights are multiplied by: 1 where the row meets its condition, 0 where no sample does (nothing was
        learned of it), standard deviations from the mean where numbers aren't cut.
    alike
        (n, p) share of the samples that meet the row's condition; NaN where numbers aren't cut.
    r2
        (n, k) weighted share of the answers' variance near the row that the surrogate explains; NaN where they don't vary.
    local_prediction
        (n, k) the surrogate's own answer for the row: `base + values.sum(axis=1)`.
    stability
        (n, k) share of redrawn neighbourhoods in which the same `top` players lead; NaN where it can't be told, or the
        answers don't vary.
    top
        How many lead.
    kernel_width
        Distance over which samples lose weight.
    samples, dropped
        Samples used, and those left out because the model gave no finite answer.
    effective
        (n,) equal samples that would be as precise as the weighted ones.
    kept
        (n,) what the ridge's penalty leaves of the surrogate's freedom, 0 to 1; near 0 the weights are the penalty's.
    discretized
        Whether numbers are cut into ranges.
    """

    conditions: tuple[tuple[str, ...], ...]
    weights: Floats
    interpretable: Floats
    alike: Floats
    r2: Floats
    local_prediction: Floats
    stability: Floats
    top: int
    kernel_width: float
    samples: int
    dropped: int
    effective: Floats
    kept: Floats
    discretized: bool

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for name in ("weights", "interpretable", "alike", "r2", "local_prediction", "stability", "effective", "kept"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)


@dataclass(frozen=True, kw_only=True)
class LimeAnswer(Answer):
    """What LIME found: `base` is the surrogate's intercept, `values` weight times what the row says, and how it fits."""

    fit: LocalFit


@dataclass(frozen=True, kw_only=True)
class WidthPath:
    """One row's surrogates over kernel widths: what a slider moves through.

    Parameters
    ----------
    widths
        (m,) kernel widths, ascending.
    values, standard_error
        (m, p, k) contributions at each width and their standard errors.
    base, r2
        (m, k) intercepts and fit.
    effective, kept
        (m,) as in `LocalFit`.
    """

    widths: Floats
    values: Floats
    standard_error: Floats
    base: Floats
    r2: Floats
    effective: Floats
    kept: Floats


def default_width(players: int) -> float:
    """Return LIME's kernel width: three quarters of the root of the number of columns."""
    return _WIDTH_PER_COLUMN * sqrt(players)


def by_lime(
    question: Question, *, samples: int = SAMPLES, kernel_width: float | None = None, seed: int | None = None,
    discretize: bool = True, neighbourhood: Neighbourhood | None = None, progress: Progress | None = None, cancel: Cancel | None = None,
) -> LimeAnswer | Declined:  # fmt: skip
    """Explain each row by a ridge regression of the model's answers around it (LIME; Ribeiro et al. 2016).

    Parameters
    ----------
    question
        What is asked; the values are on its scale.
    samples
        Samples of the neighbourhood.
    kernel_width
        Distance over which samples lose weight; None: LIME's, .75 times the root of the number of players.
    seed
        Of the neighbourhood; None: the question's.
    discretize
        Cut numbers at their quartiles, LIME's default; else they count in standard deviations.
    neighbourhood
        One drawn before for the same players, outputs and scale; then samples, seed and discretize are its own.
    progress, cancel
        Called between rows.

    Raises
    ------
    InputError
        If an option can't be used, or the neighbourhood is another question's.
    """
    width = check_width(kernel_width, len(question.players))
    hood = neighbourhood or draw_neighbourhood(question, samples=samples, seed=seed, discretize=discretize)
    hood.check(question)
    fewest = _SAMPLES_PER_COLUMN * (len(hood.players) + 1)
    if len(hood.answers) < fewest:
        return Declined(
            f"LIME needs {fewest:,} samples with an answer, and the model gave a finite one to {len(hood.answers):,} of "
            f"{len(hood.answers) + hood.dropped:,}."
        )
    near, prediction = hood.near(question.rows), question.predict(question.rows)
    rows = steps(range(len(question.rows)), "row", progress, cancel)
    return _answer(near, prediction, width, [_fitted(near.around(row), hood, prediction[row], width) for row in rows])


def along_widths(
    question: Question, neighbourhood: Neighbourhood, *, row: int = 0, widths: Sequence[float] | None = None
) -> WidthPath:
    """Return one row's surrogate at each of several kernel widths; the model is asked about the row only.

    Parameters
    ----------
    question
        Whose row it is.
    neighbourhood
        Drawn for this question.
    row
        Its position in the question.
    widths
        The kernel widths; None: from a third of the default to four times as wide.
    """
    neighbourhood.check(question)
    players = len(question.players)
    wanted = [default_width(players) * step for step in WIDTH_STEPS] if widths is None else widths
    chosen = sorted(check_width(width, players) for width in wanted)
    frame = question.rows.iloc[[row]]
    around, prediction = neighbourhood.near(frame).around(0), question.predict(frame)[0]
    fits = [_fitted(around, neighbourhood, prediction, width) for width in chosen]
    return WidthPath(
        widths=np.array(chosen), values=np.stack([fit.values for fit in fits]),
        standard_error=np.stack([fit.standard_error for fit in fits]), base=np.stack([fit.surrogate.intercept for fit in fits]),
        r2=np.stack([fit.surrogate.r2 for fit in fits]), effective=np.array([fit.surrogate.effective for fit in fits]),
        kept=np.array([fit.surrogate.kept for fit in fits]),
    )  # fmt: skip


def check_width(asked: Any, players: int) -> float:  # noqa: ANN401 - checked here
    """Return the kernel width that was asked for, or the default; raise `InputError` for one that can't be used."""
    width = default_width(players) if asked is None else asked
    if isinstance(width, bool) or not isinstance(width, int | float | np.number) or not 0 < float(width) < inf:
        raise InputError(f"kernel_width={asked!r}. Pass a number above 0, or None for {default_width(players):.3g}.")
    return float(width)


@dataclass(frozen=True)
class _Fitted:
    """One row's surrogate, without the samples that it was fitted to."""

    surrogate: Surrogate
    own: Floats
    alike: Floats
    stability: Floats

    @property
    def values(self) -> Floats:
        return self.surrogate.weights * self.own[:, None]

    @property
    def standard_error(self) -> Floats:
        return self.surrogate.standard_error * np.abs(self.own)[:, None]


def _fitted(around: Around, hood: Neighbourhood, prediction: Floats, width: float) -> _Fitted:
    itself = (around.own, prediction) if np.isfinite(prediction).all() else None
    weights = proximity(around.squared_distance, width)
    found = local_surrogate(around.design, hood.answers, weights, own=itself)
    own = around.own[:, None]
    times = redraws(len(found.influence), DRAWS, hood.seed)
    stability = same_leaders(found.weights * own, found.influence * own, times, top=_leaders(len(own)))
    return _Fitted(found, around.own, around.alike, np.where(np.isnan(found.r2), np.nan, stability))


def _leaders(players: int) -> int:
    return min(TOP, max(1, players - 1))


def _answer(near: Near, prediction: Floats, width: float, fits: list[_Fitted]) -> LimeAnswer:
    hood, surrogates = near.hood, [each.surrogate for each in fits]
    values, base = np.stack([each.values for each in fits]), np.stack([each.intercept for each in surrogates])
    fit = LocalFit(
        conditions=near.conditions, weights=np.stack([each.weights for each in surrogates]),
        interpretable=np.stack([each.own for each in fits]), alike=np.stack([each.alike for each in fits]),
        r2=np.stack([each.r2 for each in surrogates]), local_prediction=base + values.sum(axis=1),
        stability=np.stack([each.stability for each in fits]), top=_leaders(values.shape[1]), kernel_width=width,
        samples=len(hood.answers), dropped=hood.dropped, effective=np.array([each.effective for each in surrogates]),
        kept=np.array([each.kept for each in surrogates]), discretized=hood.discretized,
    )  # fmt: skip
    return LimeAnswer(
        route="lime", exact=False, values=values, standard_error=np.stack([each.standard_error for each in fits]), base=base,
        prediction=prediction, pairs=len(surrogates[0].influence), evaluations=len(hood.answers) + hood.dropped + len(prediction),
        method=_method(fit), fit=fit,
    )  # fmt: skip


def _method(fit: LocalFit) -> str:
    cut = "numbers cut at their quartiles" if fit.discretized else "numbers in standard deviations"
    return (
        f"LIME (Ribeiro et al. 2016): ridge regression on {fit.samples:,} samples of independent columns, {cut}, kernel width "
        f"{fit.kernel_width:.3g}; standard errors by the infinitesimal jackknife over {min(BLOCKS, fit.samples)} blocks of samples"
    )
