"""Equal accuracy, unequal people: leave one column out, and see who is selected, and what the truth says."""

from dataclasses import replace
from numbers import Real

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.fairness.people import Reference
from mlops_widgets.governance.fairness.selection import open_desk
from mlops_widgets.governance.unequal_people.equal_accuracy_findings import find
from mlops_widgets.governance.unequal_people.equal_accuracy_result import EqualAccuracyResult
from mlops_widgets.governance.unequal_people.made_up import COMPARED, FEATURE, GROUP, REFERENCE, VARIANTS, play
from mlops_widgets.governance.unequal_people.own_study import look
from mlops_widgets.study.study import Study

SHARES: npt.NDArray[np.float64] = np.arange(30, 100, 5) / 100
"""Shares of rows that may be selected."""
_SEEDS, _ROWS, _MAX_ROWS = 8, 14_000, 10_000


def run_equal_accuracy(
    study: Study | None = None, *, feature: str | None = None, groups: str | None = None, reference_group: Reference = None,
    favourable: object = None, approve_share: float = 0.7, limit: float = 0.8, seeds: int | None = None, rows: int | None = None,
    draws: int = 300, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> EqualAccuracyResult | NoResult:  # fmt: skip
    """See two models that are right about equally often and treat people unequally, on made-up loans whose truth is known, or on a study.

    A late-fee rule books 12 % of the good payers of one area as defaults. A model that takes the area repeats it, and its recorded accuracy is
    the better for it. Leave the area out, and look at who is approved; then at the true labels. On a study: its own model, trained with and
    without the column that tells most of the group.

    Parameters
    ----------
    study
        A study with groups and a model that can be refitted; None for the made-up loans.
    feature
        On a study: the column to leave out; by default the one that tells most of the group.
    groups
        On a study: a column of groups; by default the study's first.
    reference_group
        On a study: the level to compare with; by default the largest.
    favourable
        On a study: what it is good to be given, "positive", "negative" or a class; by default the positive class.
    approve_share
        Share of the rows to begin with, .30 to .95; the nearest of the steps of .05 is taken.
    limit
        Impact ratio below which the gate closes, above 0 and at most 1; by default .80, the four-fifths rule of thumb.
    seeds, rows
        Made-up sets of loans, 2 or more, by default 8; rows of each, 2,000 or more, by default 14,000. On a study `rows` is the most test
        rows, by default 10,000.
    draws
        Resamples on a study.
    seed
        Seed of the sets, the models' samples and the resamples.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    EqualAccuracyResult or NoResult
        Findings on made-up loans: GV-EQ-01 what the column does to people, GV-EQ-02 what the truth says, GV-EQ-03 the control with true
        records. On a study: GV-EQ-04 and GV-EQ-05 in the place of the first two.

    Raises
    ------
    WrongTypeError
        If `study` is something else.
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.governance.run_equal_accuracy(seeds=2, rows=6000)
    >>> result.of("ratio", 0)[0] < 0.8 < result.of("ratio", 2)[0]
    True
    """
    if study is not None and not isinstance(study, Study):
        raise WrongTypeError(f"study={type(study).__name__}. Pass a Study (mw.load_study), or None for made-up loans.")
    _check_share("approve_share", approve_share, float(SHARES[0]), float(SHARES[-1]))
    _check_share("limit", limit, 0.01, 1.0)
    check_counts(draws=(draws, 100), seed=(seed, 0))
    start = int(np.argmin(np.abs(SHARES - approve_share)))
    if study is None:
        options = {"feature": feature, "groups": groups, "reference_group": reference_group, "favourable": favourable}
        given = [name for name, value in options.items() if value is not None]
        if given:
            raise InputError(f"{given[0]}={options[given[0]]!r} without a study. The made-up loans have theirs: pass study=, or leave it out.")  # fmt: skip
        return _made_up(
            _SEEDS if seeds is None else seeds, _ROWS if rows is None else rows, start, limit, seed=seed, progress=progress, cancel=cancel
        )  # fmt: skip
    if seeds is not None:
        raise InputError(f"seeds={seeds!r} with a study. Seeds make up loans: leave seeds= or study= out.")
    check_counts(rows=(_MAX_ROWS if rows is None else rows, 100))
    return _on_study(
        study, feature=feature, groups=groups, reference_group=reference_group, favourable=favourable, start=start, limit=limit,
        rows=_MAX_ROWS if rows is None else rows, draws=draws, seed=seed, progress=progress, cancel=cancel,
    )  # fmt: skip


def _check_share(name: str, value: object, lower: float, upper: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not lower <= float(value) <= upper:
        raise InputError(f"{name}={value!r}. Pass a number from {number(lower)} to {number(upper)}.")


def _made_up(
    seeds: int, rows: int, start: int, limit: float, *, seed: int, progress: Progress | None, cancel: Cancel | None
) -> EqualAccuracyResult:
    check_counts(seeds=(seeds, 2), rows=(rows, 2000))
    numbers, control = play(SHARES, seeds=seeds, rows=rows, seed=seed, progress=progress, cancel=cancel)
    method = (
        f"logistic regression learned on one half of {number(rows, 'integer')} made-up loans, looked at on the other; means over "
        f"{number(seeds, 'integer')} sets with Student's t interval (95 %), models paired set by set"
    )
    result = EqualAccuracyResult(
        findings=(), rows=seeds * (rows - rows // 2), seed=seed, method=method, reference=_REFERENCE, feature=FEATURE, group=GROUP,
        reference_group=REFERENCE, compared_group=COMPARED, selected_means="approved", variants=VARIANTS, shares=SHARES, start=start, numbers=numbers,
        limit=limit, has_truth=True, control=control, draws_made=seeds, unit="set of loans", synthetic=True,
    )  # fmt: skip
    return replace(result, findings=find(result))


_REFERENCE = "Obermeyer et al. 2019 (Science 366:447): a label that records something else; Black, Raghavan & Barocas 2022 (model multiplicity)"


@strategy("GV-EQ")
def _on_study(
    study: Study, *, feature: str | None, groups: str | None, reference_group: Reference, favourable: object, start: int, limit: float,
    rows: int, draws: int, seed: int, progress: Progress | None, cancel: Cancel | None,
) -> EqualAccuracyResult:  # fmt: skip
    desk = open_desk(study, favourable=favourable, decision_threshold=None, selection_share=None)
    seen = look(
        study, desk, SHARES, feature=feature, group=groups, reference_group=reference_group, max_rows=rows, draws=draws, seed=seed,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    method = (
        f"the model trained anew with and without a column (it holds one value everywhere), the best share of the test's rows selected; paired "
        f"bootstrap by {study.unit_name}, {number(draws, 'integer')} draws, Student's t intervals (95 %)"
    )
    result = EqualAccuracyResult(
        findings=(), rows=seen.rows, seed=seed, method=method, feature=seen.feature, group=seen.people.column,
        reference_group=seen.people.levels[seen.people.reference], compared_group=seen.people.levels[seen.compared], selected_means=desk.words,
        variants=seen.variants, shares=SHARES, start=start, numbers=seen.numbers, limit=limit, has_truth=seen.has_truth,
        control=np.full(3, np.nan), draws_made=0, unit=study.unit_name, synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))
