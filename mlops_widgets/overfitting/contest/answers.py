"""A contest: everybody learns from the same rows and is asked about the same others."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import MissingInputError, listed
from mlops_widgets.measures.contests.candidates import Encoded, answer, draw_candidates, plain_candidate, stack
from mlops_widgets.measures.contests.selection import Answers
from mlops_widgets.measures.metrics import Metric
from mlops_widgets.overfitting.contest.contestants import Contestant, refitted_answers
from mlops_widgets.overfitting.contest.holdouts import Holdouts, LabelledRows
from mlops_widgets.study.challengers import feature_names
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

Floats = npt.NDArray[np.float64]
Pair = tuple[Floats, ...]
Entrant = Callable[[], "Pair | str"]
"""Fits one model and returns its answers on offline and later rows, or why it has none."""


@dataclass(frozen=True, kw_only=True)
class Contest:
    """The answers of all who took part.

    Parameters
    ----------
    metric
        What the answers are for.
    names, outputs
        The contestants (k,), and their answers (k, rows) on the offline and on the later rows.
    plain_name, plain
        The baseline that nobody tuned, and its answers on both.
    ceiling
        The true probabilities on both, where they are known and a metric can take them; else None.
    dropped
        Who couldn't take part, and why in a word.
    """

    metric: Metric
    names: tuple[str, ...]
    outputs: tuple[Floats, Floats]
    plain_name: str
    plain: Pair
    ceiling: Pair | None
    dropped: tuple[tuple[str, str], ...]

    def answers(self, of: int, rows: LabelledRows) -> Answers:
        """Return everybody's answers on offline (0) or later (1) rows: contestants, then plain, then the truth if known."""
        beside = [self.plain[of]] + ([] if self.ceiling is None else [self.ceiling[of]])
        outputs = np.concatenate([self.outputs[of], stack(beside)])
        return Answers(y=rows.y, outputs=outputs, units=rows.units, weights=rows.weights)


def compete(
    study: Study, metric: Metric, rows: Holdouts, own: tuple[Contestant, ...], *, crowd: int, seed: int,
    progress: Progress | None, cancel: Cancel | None,
) -> Contest:  # fmt: skip
    """Fit everybody on the training rows and ask about the others.

    Parameters
    ----------
    study, metric, rows
        Whose features, what is asked, and which rows.
    own
        The user's own models; they are tried first.
    crowd
        How many random small models join them.
    seed
        Seed of the crowd.
    progress, cancel
        Called after and looked at before each model.

    Raises
    ------
    MissingInputError
        If no feature varies, or nobody could be fitted.
    """
    asked = (rows.offline.table, rows.later.table)
    encoded, width = _encode(study, rows, needed=crowd > 0)
    ask = partial(answer, data=encoded, needs=metric.needs, threshold=_threshold(study))
    drawn = draw_candidates(crowd, features=width, task=study.task, rng=np.random.default_rng(seed)) if crowd else ()
    entrants: list[tuple[str, Entrant]] = [
        (each.name, partial(refitted_answers, study, each, metric, rows.train.table, asked)) for each in own
    ]
    entrants += [(each.name, partial(ask, each)) for each in drawn]
    plain = plain_candidate(study.task)
    with one_thread():  # threads cost small fits more than they save
        baseline = ask(plain)
        found = [(name, entrant()) for name, entrant in steps(entrants, "fitting model", progress, cancel)]
    came = [(name, pair) for name, pair in found if not isinstance(pair, str)]
    dropped = tuple((name, why) for name, why in found if isinstance(why, str))
    if not came:
        reasons = listed(f"{name} ({why})" for name, why in dropped)
        raise MissingInputError("candidate that could be fitted and asked", f"What went wrong: {reasons}.")
    return Contest(
        metric=metric, names=tuple(name for name, _ in came), dropped=dropped, plain_name=plain.name, plain=baseline,
        outputs=(stack([pair[0] for _, pair in came]), stack([pair[1] for _, pair in came])), ceiling=_ceiling(metric, rows),
    )  # fmt: skip


def _encode(study: Study, rows: Holdouts, *, needed: bool) -> tuple[Encoded, int]:
    tables = [part.table for part in (rows.train, rows.offline, rows.later)]
    present = [name for name in feature_names(study) if all(name in table for table in tables)]
    encoding = learn_encoding(tables[0], present)
    if needed and not encoding.features and any(tables[0][name].astype(str).nunique() > 1 for name in present):
        raise MissingInputError(
            "feature that the small candidates can learn from",
            "The small candidates can't learn from free text: pass candidates=.",
        )
    if needed and not encoding.features:
        raise MissingInputError(
            "feature column that varies", "Pass features= with columns that reference, test and production all have."
        )
    (x, origin), *others = (encoding.numbers(table) for table in tables)
    asked = tuple(numbers for numbers, _ in others)
    if not x.shape[1]:  # only the plain baseline asks then: it predicts the mean of the training rows
        x, origin, asked = (
            np.zeros((len(x), 1)),
            np.zeros(1, dtype=np.int64),
            tuple(np.zeros((len(a), 1)) for a in asked),
        )
    data = Encoded(x=x, y=rows.train.y, asked=asked, origin=origin, classes=len(study.outcome.classes))
    return data, len(encoding.features)


def _threshold(study: Study) -> float:
    """Return the user's own decision threshold where it is a probability; else the usual half."""
    own = study.decision_threshold
    return own if own is not None and 0 < own < 1 else 0.5


def _ceiling(metric: Metric, rows: Holdouts) -> Pair | None:
    """Return the answers of the true probabilities: no other scorer ranks, or bets, better on average."""
    before, after = rows.offline.probability, rows.later.probability
    if before is None or after is None or (metric.needs == "predictions" and metric.name != "accuracy"):
        return None
    if metric.needs == "predictions":
        return (before >= 0.5).astype(np.float64), (after >= 0.5).astype(np.float64)
    return before, after
