"""What is checked of an answer before anyone reads it: each check asks the user's own model again, and can fail."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from mlops_widgets.core.progress import Cancel
from mlops_widgets.core.words import number
from mlops_widgets.explainability.attribution.explanation import Check
from mlops_widgets.explainability.attribution.question import Question, finite, mixed, pooled
from mlops_widgets.explainability.attribution.routes import Answer, Declined, drawn_for
from mlops_widgets.measures.attribution.shapley import exact

Floats = npt.NDArray[np.float64]
Ask = Callable[[Question], Answer | Declined]

ADDITIVITY_SHARE = 1e-4
"""Share of the range of the model's answers that a residual may reach."""
REPEAT_SHARE = 1e-6
"""Share of that range by which the model may answer otherwise the second time: single precision rounds above 1e-7."""
NOISE_SHARE = 0.1
"""Half width of an interval, as a share of all contributions of its row, above which the order of columns is unsure."""
_FALSE_ALARMS = 0.001
_AT_ONCE = 6
_CHECKED_ROWS = 3
_REPEATED = 8


def range_of(background: Floats, prediction: Floats) -> Floats:
    """Return the range of the model's answers over background and rows, (k,); of a constant model its size, 1 at least."""
    both = np.concatenate([background, prediction])
    span = np.ptp(both, axis=0)
    return np.asarray(np.where(span > 0, span, np.maximum(np.abs(both).max(axis=0), 1.0)), dtype=np.float64)


def rounding_of(question: Question, answers: Floats) -> Floats:
    """Return how far log-odds of two classes are known: near 1 a probability's own rounding moves them.

    A model that answers in single precision, as XGBoost does, is told by its answers. Of a probability rounded to 1 nothing
    is known.
    """
    if question.scale != "log-odds" or answers.shape[1] != 1:
        return np.zeros_like(answers)
    p = 1 / (1 + np.exp(-answers))
    single = bool((np.abs(p.astype(np.float32) - p) <= 1e-14 * p).all())
    step = float(np.finfo(np.float32 if single else np.float64).eps)
    return np.where(p >= 1 - step, np.inf, 4 * step * (1 + np.exp(np.minimum(answers, 100.0))))


def additivity(question: Question, answer: Answer, background: Floats) -> Check:
    """Check that baseline and contributions sum to the user's own prediction, and that the baseline is the mean answer.

    Parameters
    ----------
    question, answer
        What was asked and found.
    background
        (rows of the background, k) the model's answers there.
    """
    span = range_of(background, answer.prediction)
    off = np.abs(answer.base + answer.values.sum(axis=1) - answer.prediction)
    excess = np.maximum(off - rounding_of(question, answer.prediction), 0)
    known = np.abs(answer.base - background.mean(axis=0)) - rounding_of(question, background).mean(axis=0)
    worst = float((np.maximum(excess, np.maximum(known, 0)) / span).max())
    good = worst <= ADDITIVITY_SHARE
    return Check(
        name="additivity", value=worst, limit=ADDITIVITY_SHARE, status="passed" if good else "failed",
        text=f"Baseline and contributions {'give' if good else 'miss'} the model's own answers to {_size(worst)} of their range.",
    )  # fmt: skip


def between_two_rows(question: Question, ask: Ask, span: Floats) -> Check:
    """Check a route against all coalitions of a few columns at a time, where only these differ between two rows.

    Additivity says nothing of how the whole is shared out. Here the background is one real row, and up to 6 columns come
    from an explained row: their Shapley values need 64 coalitions at most, and the other columns' are 0.
    """
    smaller, members = _pairs_of_rows(question)
    found = ask(smaller)
    if isinstance(found, Declined):
        return Check(
            name="sharing out", value=float("nan"), limit=ADDITIVITY_SHARE, status="failed",
            text=f"The route can't answer for a background of one row: {found.why}",
        )  # fmt: skip
    truth = _few_at_a_time(smaller, members)
    slack = rounding_of(question, np.vstack([found.prediction, found.base])).max(axis=0)
    off = np.abs(found.values - truth).max(axis=(0, 1))
    worst = float((np.maximum(off - slack, 0) / span).max())
    good = worst <= ADDITIVITY_SHARE
    if not np.isfinite(slack).all():
        return Check(
            name="sharing out", value=float("nan"), limit=ADDITIVITY_SHARE, status="not_enough_data",
            text="The model's probabilities are rounded to 1 there, so contributions can't be checked on log-odds.",
        )  # fmt: skip
    return Check(
        name="sharing out", value=worst, limit=ADDITIVITY_SHARE, status="passed" if good else "failed",
        text=(
            f"Between two rows, a few columns at a time, the route {'equals' if good else 'misses'} all coalitions of the "
            f"model's own answers to {_size(worst)} of their range."
        ),
    )  # fmt: skip


def _pairs_of_rows(question: Question) -> tuple[Question, list[list[int]]]:
    rng = np.random.default_rng([question.seed, 1])
    other = question.background.iloc[[int(rng.integers(len(question.background)))]].reset_index(drop=True)
    order = rng.permutation(len(question.players))
    parts = [sorted(order[start : start + _AT_ONCE].tolist()) for start in range(0, len(order), _AT_ONCE)]
    place = {column: k for k, columns in enumerate(question.players.values()) for column in columns}
    frames, members = [], []
    for row in range(min(len(question.rows), _CHECKED_ROWS)):
        masks = np.zeros((len(parts), len(order)), dtype=bool)
        for k, part in enumerate(parts):
            masks[k, part] = True
        frames.append(mixed(pooled(other, question.rows.iloc[[row]]), 1, masks, place))
        members += parts
    rows = frames[0]
    for frame in frames[1:]:
        rows = pooled(rows, frame)
    names = tuple(f"mixed row {k}" for k in range(len(rows)))
    return replace(question, rows=rows, background=other, row_names=names, positions=()), members


def _few_at_a_time(question: Question, members: list[list[int]]) -> Floats:
    truth = np.zeros((len(members), len(question.players), len(question.outputs)))
    for row, part in enumerate(members):
        game = question.game(row)

        def some(masks: npt.NDArray[np.bool_], part: list[int] = part, game: Callable[..., Floats] = game) -> Floats:
            whole = np.zeros((len(masks), len(question.players)), dtype=bool)
            whole[:, part] = masks
            return game(whole)

        truth[row, part] = exact(some, len(part)).values
    return truth


def repeated(question: Question, span: Floats, cancel: Cancel | None = None) -> Check:
    """Check that the model answers a row the same by itself and among others: else coalitions can't be compared."""
    game, players = question.game(0, cancel), len(question.players)
    masks = np.random.default_rng([question.seed, 2]).random((_REPEATED, players)) < 0.5
    among = game(masks)
    alone = np.concatenate([game(masks[[k]]) for k in range(_REPEATED)])
    worst = float((np.abs(among - alone).max(axis=0) / span).max())
    good = worst <= REPEAT_SHARE
    text = (
        f"Asked again, the model's answers were the same to {_size(worst)} of their range."
        if good
        else f"The model answers the same rows otherwise when asked again or among other rows, by up to {_size(worst)} of the "
        "range of its answers: contributions then measure that, too."
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


def _size(share: float) -> str:
    return "the last digit" if share < 1e-9 else f"{share:.0e}"
