"""What is checked of an answer before anyone reads it: each check asks the user's own model again, and can fail."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.core.words import number
from mlops_widgets.explainability.attribution.explanation import Check
from mlops_widgets.explainability.attribution.question import Question, finite, mixed, pooled
from mlops_widgets.explainability.attribution.routes import Answer, Declined, drawn_for
from mlops_widgets.measures.attribution.shapley import Masks, every_coalition, from_all_coalitions

Floats = npt.NDArray[np.float64]
Ask = Callable[[Question], Answer | Declined]

ADDITIVITY_SHARE = 1e-4
"""Share of the range of the model's answers that a residual may reach."""
REPEAT_SHARE = 1e-5
"""Share of that range by which the model may answer otherwise the second time: sums in single precision vary by 1e-6."""
NOISE_SHARE = 0.1
"""Half width of an interval, as a share of all contributions of its row, above which the order of columns is unsure."""
_LEAST = 1.2e-16
"""Probabilities down to here are told apart from 0 (see `log_odds`)."""
_FALSE_ALARMS = 0.001
_AT_ONCE = 6
_LAST_DIGIT = 1e-9
_ROUNDED = "The model's probabilities are rounded to 0 or 1 there, so contributions can't be checked on log-odds."
_CHECKED_ROWS = 3
_REPEATED = 8
_PARTS = 3


def range_of(background: Floats, prediction: Floats) -> Floats:
    """Return the range of the model's answers over background and rows, (k,); of a constant model its size, 1 at least."""
    both = np.concatenate([background, prediction])
    span = np.ptp(both, axis=0)
    return np.asarray(np.where(span > 0, span, np.maximum(np.abs(both).max(axis=0), 1.0)), dtype=np.float64)


def rounding_of(question: Question, answers: Floats) -> Floats:
    """Return how far log-odds of two classes are known: near 1 a probability's own rounding moves them.

    A model that answers in single precision, as XGBoost does, is told by its answers. Of a probability rounded to 0 or 1
    nothing is known.
    """
    if question.scale != "log-odds":
        return np.zeros_like(answers)
    if answers.shape[1] > 1:
        odds = np.exp(answers - answers.max(axis=1, keepdims=True))
        rounded = (odds / odds.sum(axis=1, keepdims=True)).min(axis=1, keepdims=True) <= _LEAST
        return np.where(np.broadcast_to(rounded, answers.shape), np.inf, 0.0)
    p = 1 / (1 + np.exp(-answers))
    single = bool((np.abs(p.astype(np.float32) - p) <= 1e-14 * p).all())
    step = float(np.finfo(np.float32 if single else np.float64).eps)
    lost = (p >= 1 - step) | (p <= _LEAST)
    return np.where(lost, np.inf, 4 * step * (1 + np.exp(np.minimum(answers, 100.0))))


def additivity(question: Question, answer: Answer, background: Floats) -> Check:
    """Check that baseline and contributions sum to the user's own prediction, and that the baseline is the mean answer.

    Parameters
    ----------
    question, answer
        What was asked and found.
    background
        (rows of the background, k) the model's answers there.
    """
    span, slack = range_of(background, answer.prediction), rounding_of(question, answer.prediction)
    if np.isinf(slack).all():
        return Check(
            name="additivity", value=float("nan"), limit=ADDITIVITY_SHARE, status="not_enough_data", text=_ROUNDED
        )
    off = np.maximum(np.abs(answer.base + answer.values.sum(axis=1) - answer.prediction) - slack, 0)
    known = np.abs(answer.base - background.mean(axis=0)) - rounding_of(question, background).mean(axis=0)
    worst = float((np.maximum(off, known) / span).max())
    good = worst <= ADDITIVITY_SHARE
    return Check(
        name="additivity", value=worst, limit=ADDITIVITY_SHARE, status="passed" if good else "failed",
        text=f"Baseline and contributions {'give' if good else 'miss'} the model's own answers {_within(worst, good=good)}.",
    )  # fmt: skip


def between_two_rows(question: Question, ask: Ask, span: Floats) -> Check:
    """Check a route against all coalitions of a few columns at a time, where only these differ between two rows.

    Additivity says nothing of how the whole is shared out. Here the background is one real row, and up to 6 columns come
    from an explained row: their Shapley values need 64 coalitions at most, and the other columns' are 0.
    """
    smaller, truth, slack = _few_at_a_time(question)
    found = ask(smaller)
    if isinstance(found, Declined):
        return Check(
            name="sharing out", value=float("nan"), limit=ADDITIVITY_SHARE, status="failed",
            text=f"The route can't answer for a background of one row: {found.why}",
        )  # fmt: skip
    known = np.isfinite(slack).all(axis=1)
    if not known.any():
        return Check(
            name="sharing out", value=float("nan"), limit=ADDITIVITY_SHARE, status="not_enough_data", text=_ROUNDED
        )
    off = np.abs(found.values - truth).max(axis=1)[known] - slack[known]
    worst = float((np.maximum(off, 0) / span).max())
    good = worst <= ADDITIVITY_SHARE
    return Check(
        name="sharing out", value=worst, limit=ADDITIVITY_SHARE, status="passed" if good else "failed",
        text=(
            f"Between two rows, a few columns at a time, the route {'equals' if good else 'misses'} all coalitions of the "
            f"model's own answers {_within(worst, good=good)}."
        ),
    )  # fmt: skip


def _few_at_a_time(question: Question) -> tuple[Question, Floats, Floats]:
    """Return rows that differ from one background row in a few columns, as a question; its answer, and how far that is known.

    The answer is (rows, p, k) by all coalitions of the few, from one call of the model; what is known of it (rows, k).
    """
    rng = np.random.default_rng([question.seed, 1])
    other = question.background.iloc[[int(rng.integers(len(question.background)))]].reset_index(drop=True)
    order = rng.permutation(len(question.players))
    parts = [np.sort(order[start : start + _AT_ONCE]) for start in range(0, len(order), _AT_ONCE)]
    masks = [_masks_of(part, len(order)) for part in parts]
    stacked, rows = np.concatenate(masks), range(min(len(question.rows), _CHECKED_ROWS))
    frames = [mixed(pooled(other, question.rows.iloc[[row]]), 1, stacked, question.place) for row in rows]
    frame = reduce(pooled, frames)
    answers = finite(question.predict(frame)).reshape(len(rows), len(stacked), -1)
    ends = np.cumsum([len(each) for each in masks])
    whole = [row * len(stacked) + int(end) - 1 for row in rows for end in ends]
    truth = np.zeros((len(whole), len(order), answers.shape[2]))
    slack = np.zeros((len(whole), answers.shape[2]))
    for place, (row, k) in enumerate(product(rows, range(len(parts)))):
        own = answers[row, ends[k] - len(masks[k]) : ends[k]]
        truth[place, parts[k]] = from_all_coalitions(own)
        slack[place] = rounding_of(question, own).max(axis=0)
    smaller = replace(
        question, rows=frame.iloc[whole].reset_index(drop=True), background=other, positions=(),
        row_names=tuple(f"mixed row {k}" for k in range(len(whole))),
    )  # fmt: skip
    return smaller, truth, slack


def _masks_of(part: npt.NDArray[np.int64], players: int) -> Masks:
    masks = np.zeros((1 << len(part), players), dtype=bool)
    masks[:, part] = every_coalition(len(part))
    return masks


def repeated(question: Question, span: Floats, cancel: Cancel | None = None) -> Check:
    """Check that the model answers rows the same among others and in parts: else coalitions can't be compared."""
    own = len(question.background)
    masks = np.random.default_rng([question.seed, 2]).random((_REPEATED, len(question.players))) < 0.5
    frame = mixed(pooled(question.background, question.rows.iloc[[0]]), own, masks, question.place)
    among = finite(question.predict(frame))
    parts = []
    for places in np.array_split(np.arange(len(frame)), _PARTS):
        check_cancel(cancel)
        parts.append(finite(question.predict(frame.iloc[places])))
    off = np.abs(among - np.concatenate(parts)) - rounding_of(question, among)
    worst = float((np.maximum(off, 0).max(axis=0) / span).max())
    good = worst <= REPEAT_SHARE
    text = (
        f"Asked again, the model's answers were the same {_within(worst)}."
        if good
        else "The model answers the same rows otherwise when asked again or among other rows, "
        f"{_within(worst, good=False)}: contributions then measure that, too."
    )
    return Check(
        name="repeatability", value=worst, limit=REPEAT_SHARE, status="passed" if good else "failed", text=text
    )


def re_estimated(question: Question, answer: Answer, span: Floats, cancel: Cancel | None = None) -> Check:
    """Check the first row against permutations drawn afresh: both differ by no more than their standard errors allow."""
    again = drawn_for(question, 0, answer.pairs, start=answer.pairs, cancel=cancel).shares
    tiny = REPEAT_SHARE * span
    error = np.sqrt(answer.standard_error[0] ** 2 + again.standard_error**2 + tiny**2)
    worst = float((np.abs(answer.values[0] - again.values) / error).max())
    limit = float(student.ppf(1 - _FALSE_ALARMS / again.values.size / 2, answer.pairs))
    good = worst <= limit
    text = (
        f"Permutations drawn afresh differ by {number(worst)} standard errors at most; by chance alone {number(limit)} are "
        f"exceeded once in {1 / _FALSE_ALARMS:,.0f} explanations{'' if good else ': the intervals are too narrow'}."
    )
    return Check(name="re-estimate", value=worst, limit=limit, status="passed" if good else "failed", text=text)


def sampling_error(answer: Answer, half_width: Floats) -> Check:
    """Check that the intervals are narrow beside the contributions; `half_width` (n, p, k) is of their 95 % intervals."""
    whole = np.maximum(np.abs(answer.values).sum(axis=1), np.finfo(np.float64).tiny)
    worst = float((half_width.max(axis=1) / whole).max())
    good = worst <= NOISE_SHARE
    text = f"The widest 95 % interval is ± {number(worst, 'percent')} of its row's contributions together."
    if not good:
        text += " The order of the columns may be chance; ask for more pairs."
    return Check(
        name="sampling error", value=worst, limit=NOISE_SHARE, status="passed" if good else "warning", text=text
    )


def background_answers(question: Question) -> Floats:
    """Return the model's answers on the background, (rows, k)."""
    frame: pd.DataFrame = question.background
    return finite(question.predict(frame))


def _within(share: float, *, good: bool = True) -> str:
    """Return how near two answers are, in words."""
    if share < _LAST_DIGIT:
        return "to the last digit"
    return f"{'to' if good else 'by'} {share:.0e} of their range"
