"""What a badge of trust stands on, beyond additivity: does the order survive chance, does the answer follow it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.result import Status
from mlops_widgets.core.words import estimate, number, p_words
from mlops_widgets.explainability.attribution.checks import REPEAT_SHARE
from mlops_widgets.explainability.attribution.explanation import Check
from mlops_widgets.explainability.attribution.lime_findings import LEAST_KEPT
from mlops_widgets.explainability.attribution.lime_route import TOP, LocalFit
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.routes import Answer, drawn_for
from mlops_widgets.explainability.attribution.synthetic_rows import ToldApart
from mlops_widgets.measures.attribution.agreement import agreement, leaders
from mlops_widgets.measures.attribution.faithfulness import Gains, better_than_random, gains_of

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

GOOD_SHARE = 0.8
"""Share of repetitions in which the same columns must lead, or of the leading columns that must stay."""
POOR_SET_SHARE = 0.2
"""Below it the same set of leading columns hardly ever comes again; two columns of one size alone take it to a half."""
POOR_SHARE = 0.5
"""Below it fewer than half of the leading columns stay."""
LEVEL = 0.05
NO_BETTER = 0.2
"""p-value above which an order is no better than one at random, where better ones were found."""
RANDOM_ORDERS = 19
"""Orders at random: the fewest with which an order can be better than chance at 5 %."""
_DRAWS = 400
_FALSE_ALARMS = 0.001
_APART = 0.6


def outputs_of(prediction: Floats) -> Integers:
    """Return which output each row is about (n,): of several classes the one that the model says."""
    return np.asarray(prediction.argmax(axis=1), dtype=np.intp)


def of_outputs(values: Floats, outputs: Integers) -> Floats:
    """Return each row's contributions to its own output: (n, p, k) → (n, p)."""
    return np.asarray(values[np.arange(len(values)), :, outputs])


def leaders_survive(answer: Answer, seed: int) -> Check:
    """Check that the same columns lead when contributions vary by their standard errors: the mean over the rows.

    Contributions are drawn from Student's t around what was found, each column by itself.
    """
    outputs = outputs_of(answer.prediction)
    values, error = of_outputs(answer.values, outputs), of_outputs(answer.standard_error, outputs)
    top = min(TOP, max(1, values.shape[1] - 1))
    rng = np.random.default_rng([seed, 5])
    shares = [_surviving(one, width, answer.pairs, top, rng) for one, width in zip(values, error, strict=True)]
    share = float(np.mean(shares))
    lead = "The same column leads" if top == 1 else f"The same {top} columns lead"
    least = "" if len(values) == 1 else f", in {number(min(shares), 'percent')} for the least sure row"
    return Check(
        name="leading columns", value=share, limit=GOOD_SHARE, status=_capped(_graded(share, POOR_SET_SHARE)),
        text=f"{lead} in {number(share, 'percent')} of draws within the standard errors{least}.",
    )  # fmt: skip


def _surviving(values: Floats, error: Floats, pairs: int, top: int, rng: np.random.Generator) -> float:
    lead = leaders(values[None, :], top=top)[0]
    drawn = values + np.nan_to_num(error) * rng.standard_t(max(pairs, 1), size=(_DRAWS, len(values)))
    return float((leaders(drawn, top=top) >= lead).all(axis=1).mean())


def _capped(status: Status) -> Status:
    """Return a warning where it would be worse: columns that contribute alike tie, and their values are right all the same."""
    return "warning" if status == "failed" else status


def _graded(share: float, poor: float) -> Status:
    if np.isnan(share):
        return "not_enough_data"
    return "passed" if share >= GOOD_SHARE else "warning" if share >= poor else "failed"


def lime_checks(fit: LocalFit) -> tuple[Check, ...]:
    """Return what LIME's surrogates say of themselves: how they fit (told, never a gate), and whether their leaders last."""
    r2 = fit.r2[np.isfinite(fit.r2)]
    told = [] if not len(r2) else [_fit(float(np.median(r2)), len(fit.r2))]
    return (*told, *_lasting(fit), *_freedom(fit))


def _fit(r2: float, rows: int) -> Check:
    return Check(
        name="local fit", value=r2, limit=None, status="not_applicable",
        text=f"LIME's linear surrogate explains {number(max(r2, 0.0), 'percent')} (R²) of how the answers vary"
        f"{' around the row' if rows == 1 else ' around a middling row'}; a poor fit may still name the right columns.",
    )  # fmt: skip


def _lasting(fit: LocalFit) -> tuple[Check, ...]:
    if np.isnan(fit.stability).all():
        return ()
    share, least = float(np.nanmean(fit.stability)), float(np.nanmin(fit.stability))
    lead = "The same column leads" if fit.top == 1 else f"The same {fit.top} columns lead"
    last = "" if len(fit.stability) == 1 else f", in {number(least, 'percent')} for the least sure row"
    return (
        Check(
            name="stability", value=share, limit=GOOD_SHARE, status=_graded(share, POOR_SET_SHARE),
            text=f"{lead} in {number(share, 'percent')} of LIME's redrawn neighbourhoods{last}.",
        ),
    )  # fmt: skip


def _freedom(fit: LocalFit) -> tuple[Check, ...]:
    if np.isnan(fit.kept).all() or np.nanmin(fit.kept) >= LEAST_KEPT:
        return ()
    least = float(np.nanmin(fit.kept))
    return (
        Check(
            name="penalty", value=least, limit=LEAST_KEPT, status="failed",
            text=f"The penalty leaves {number(least, 'percent')} of the freedom of LIME's surrogate: its weights are the "
            "penalty's more than the model's.",
        ),
    )  # fmt: skip


def asked_again(
    question: Question, values: Floats, standard_error: Floats, *, pairs: int, span: Floats, rows: Sequence[int],
    cancel: Cancel | None = None,
) -> tuple[Check, Floats]:  # fmt: skip
    """Check Shapley values of any route against permutations drawn afresh, and return those (rows, p, k).

    Parameters
    ----------
    question
        What was asked.
    values, standard_error
        (n, p, k) what is checked.
    pairs
        Antithetic pairs to draw.
    span
        (k,) range of the model's answers: rounding counts in shares of it.
    rows
        Which rows.
    cancel
        Looked at between pieces of work.
    """
    drawn = [drawn_for(question, row, pairs, start=1_000_003, cancel=cancel).shares for row in rows]
    again, error = np.stack([each.values for each in drawn]), np.stack([each.standard_error for each in drawn])
    tiny = REPEAT_SHARE * span
    joint = np.sqrt(np.nan_to_num(standard_error[list(rows)]) ** 2 + error**2 + tiny**2)
    worst = float((np.abs(values[list(rows)] - again) / joint).max())
    limit = float(student.ppf(1 - _FALSE_ALARMS / again.size / 2, pairs))
    good = worst <= limit
    text = f"Asked afresh by permutations, contributions differ by {number(worst)} standard errors at most"
    text += f"; by chance alone {number(limit)} are exceeded once in {1 / _FALSE_ALARMS:,.0f} explanations."
    check = Check(
        name="independent re-estimate", value=worst, limit=limit, status="passed" if good else "failed",
        text=text if good else text + " These aren't the model's Shapley values for this baseline.",
    )  # fmt: skip
    return check, again


def same_seeds(own: Floats, others: Sequence[Floats], what: str) -> Check:
    """Check that the same columns lead under other seeds.

    Parameters
    ----------
    own
        (n, p) contributions.
    others
        The same rows under other seeds.
    what
        What was drawn anew.
    """
    top = min(TOP, max(1, own.shape[1] - 1))
    signs = np.array([agreement(own, other, top=top).sign for other in others])
    known = np.isfinite(signs)
    share = float(signs[known].mean()) if known.any() else float("nan")
    lead = "leading column" if top == 1 else f"{top} leading columns"
    stayed = f"{number(share, 'percent')} of the {lead} stayed with their sign" if known.any() else "no column leads"
    return Check(
        name="other seeds", value=share, limit=GOOD_SHARE, status=_graded(share, POOR_SHARE),
        text=f"With {what} drawn anew {len(others)} times, {stayed}.",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Faithful:
    """What the orders of explanations gain on some rows, against orders at random.

    Parameters
    ----------
    own
        Name → (n,) gains of an explanation's order.
    random
        (n, draws) gains of orders at random.
    """

    own: Mapping[str, Floats]
    random: Floats

    def check(self, name: str) -> Check:
        """Return the verdict on one of the explanations.

        Where even the best of all orders that were tried isn't better than chance, as with few columns, nothing can be said.
        """
        own, p = self.own[name], better_than_random(self.own[name], self.random)
        best = np.maximum(self.random.max(axis=1), np.max(list(self.own.values()), axis=0))
        share = _share_of(own, best)
        tellable = better_than_random(best, self.random) <= LEVEL
        status: Status = "passed" if p <= LEVEL else "not_applicable"
        if tellable and status != "passed":
            status = "failed" if p > NO_BETTER else "warning"
        said = {
            "passed": "the answer follows this order of columns, better than orders at random",
            "warning": "the answer follows this order of columns hardly better than one at random",
            "failed": "the answer follows this order of columns no better than one at random",
        }.get(status, "too few rows or columns to tell this order of columns from one at random")
        gained = "" if np.isnan(share) else f"; {number(share, 'percent')} of what the best order found gains"
        return Check(
            name="faithfulness", value=p, limit=LEVEL, status=status,
            text=f"Put in and taken out column by column, {said} ({p_words(p)}{gained}).",
        )  # fmt: skip


def _share_of(own: Floats, best: Floats) -> float:
    return float(own.sum() / best.sum()) if best.sum() > 0 else float("nan")


def follow_orders(
    question: Question, explanations: Mapping[str, Floats], *, rows: Sequence[int], background_rows: int = 20,
    draws: int = RANDOM_ORDERS, cancel: Cancel | None = None,
) -> Faithful:  # fmt: skip
    """Return what the order of each explanation gains when columns are put in and taken out, against orders at random.

    A column that is out takes its cells from rows of the background (see `measures.attribution.faithfulness`).

    Parameters
    ----------
    question
        What was asked.
    explanations
        Name → (rows, p, k) contributions of these rows.
    rows
        Which rows of the question.
    background_rows
        Rows of the background that are used.
    draws
        Orders at random for each row.
    cancel
        Looked at between pieces of work.
    """
    few = replace(question, background=_spread(question, background_rows))
    outputs = outputs_of(question.predict(question.rows))[list(rows)]
    found: list[Gains] = []
    for place, row in enumerate(rows):
        values = np.stack([each[place, :, outputs[place]] for each in explanations.values()])
        rng = np.random.default_rng([question.seed, row, 7])
        game = few.game(row, cancel)
        found.append(gains_of(game, values, output=int(outputs[place]), draws=draws, rng=rng))
    own = np.stack([each.own for each in found])
    return Faithful(
        own={name: own[:, k] for k, name in enumerate(explanations)}, random=np.stack([each.random for each in found])
    )


def _spread(question: Question, count: int) -> "pd.DataFrame":
    background = question.background
    places = np.unique(np.linspace(0, len(background) - 1, min(count, len(background))).round().astype(int))
    return background.iloc[places].reset_index(drop=True)


def told_apart(found: ToldApart, engine: str) -> Check:
    """Return how well the rows that a method asks about can be told from real ones, and what that means; never a gate."""
    if np.isnan(found.auc):
        meaning, said = "too few rows to tell", ""
    else:
        said = f" (ROC AUC {estimate(found.auc, found.lower, found.upper)})"
        meaning = (
            "can be told from real ones"
            if found.lower > _APART
            else "can hardly be told from real ones"
            if found.upper < _APART
            else "may be told from real ones"
        )
    more = (
        ": the answers there say little of rows that exist, and a model may be built to behave well there"
        if found.lower > _APART
        else ""
    )
    return Check(
        name="off-manifold", value=found.auc, limit=None, status="not_applicable",
        text=f"The rows that {engine} asks the model about {meaning}{said}{more}.",
    )  # fmt: skip
