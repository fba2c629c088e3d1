"""Less discriminatory alternatives: what else would do the work and select groups less unequally."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, steps
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number, short
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.governance.alternatives.alternatives_findings import find
from mlops_widgets.governance.alternatives.alternatives_result import AlternativesResult, Reference, Verdict, verdict_of
from mlops_widgets.governance.alternatives.changes import Workshop, list_changes
from mlops_widgets.governance.alternatives.group_aware import GroupRule, by_reduction, by_thresholds
from mlops_widgets.governance.alternatives.trials import Bench, Half, Trial, rows_of
from mlops_widgets.governance.fairness.people import Reference as Wanted
from mlops_widgets.governance.fairness.people import read_groupings
from mlops_widgets.governance.fairness.selection import Desk, open_desk
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import cap_rows

Integers = npt.NDArray[np.int64]

_STEPS = (-0.2, -0.1, -0.05, 0.05, 0.1, 0.2)
"""By how much other thresholds select more or fewer."""
_FEWEST_ROWS = 100
_COMBINED = 4
"""Single changes that combinations are built from."""


@strategy("GV-AL")
def find_alternatives(
    study: Study, *, groups: str | Sequence[str] | None = None, reference_group: Wanted = None, favourable: object = None,
    decision_threshold: float | None = None, selection_share: float | None = None, drop: bool = True, group_aware: bool = False,
    margin: float | None = None, least_gain: float = 0.05, most_candidates: int = 18, smallest: int = 30, max_rows: int = 10_000, max_fit_rows: int = 10_000,
    draws: int = 400, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> AlternativesResult:  # fmt: skip
    """See whether another rule would be right about as often and select groups less unequally.

    Candidates that don't look at anybody's group come first: another single threshold, the model trained anew with another seed, held back
    more, with a column silent or coarse, with training rows weighed so that group and label are independent (the group is then
    used in training, never in a decision), and combinations of the best. Each selects the same share as today, but for the thresholds.
    One half of the test rows chooses, the other reports.

    Parameters
    ----------
    study
        A study of a decision, with labelled test rows; refits need an estimator and its reference rows.
    groups
        Columns of groups; by default the study's. The model needn't take them.
    reference_group
        The level that others are compared with, or a mapping from column to level; by default the largest.
    favourable
        What it is good to be given: "positive", "negative" or a class; by default the positive class.
    decision_threshold, selection_share
        Where today's decision lies: a score, or the share of rows selected best first; by default the study's threshold, else the
        model's own predictions. Where the share is stated, no candidate selects another.
    drop
        Whether columns may be made silent.
    group_aware
        Whether fairlearn's methods are tried too, which look at a person's group and draw some decisions by lot. They are never chosen.
    margin
        The largest loss of accuracy that doesn't matter; by default .03, less for rare events. The study's own metric has its own margin.
    least_gain
        The smallest gain in impact ratio that matters, 0 to 1: a candidate whose gain surely lies below isn't worth a search for more rows.
    most_candidates
        Most single refits, 1 or more. The search is bounded by a count, so that the same seed gives the same result.
    smallest
        Groups of fewer rows in a half aren't compared, 5 or more.
    max_rows, max_fit_rows
        Most test rows asked about, most reference rows learned from.
    draws, seed
        Resamples of the study's units; seed of halves, samples and resamples.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    AlternativesResult or NoResult
        Findings: GV-AL-01 whether a less discriminatory alternative was found, GV-AL-02 how unequally today's rule selects, GV-AL-03 what
        couldn't be tried, GV-AL-04 what group-aware methods do.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If a column, level or class doesn't exist.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans", biased_recording=True)
    >>> result = mw.governance.find_alternatives(
    ...     study,
    ...     groups="group",
    ...     favourable="negative",
    ...     selection_share=0.7,
    ...     most_candidates=2,
    ...     max_rows=1000,
    ...     draws=100,
    ... )
    >>> result.today.ratio < 0.9, len(result.alternatives)
    (True, 3)
    """
    check_margin(margin)
    _check_options(least_gain=least_gain, drop=drop, group_aware=group_aware)
    check_counts(
        most_candidates=(most_candidates, 1), smallest=(smallest, 5), max_rows=(max_rows, 2 * _FEWEST_ROWS),
        max_fit_rows=(max_fit_rows, _FEWEST_ROWS), draws=(draws, 100), seed=(seed, 0),
    )  # fmt: skip
    desk = open_desk(study, favourable=favourable, decision_threshold=decision_threshold, selection_share=selection_share)  # fmt: skip
    bench = _open(desk, groups, reference_group, smallest=smallest, max_rows=max_rows, draws=draws, seed=seed, cancel=cancel)  # fmt: skip
    today = bench.today()
    share = float(today.selected[bench.choose].mean())
    others = () if selection_share is not None else _STEPS  # a stated share is what the desk can take on, and stays
    trials = [today, *bench.thresholds(today, [share + step for step in others if 0.02 < share + step < 0.98])]
    accuracy = _accuracy(bench, today)
    limits = study.accepted_loss(accuracy, margin, metric=get_metric("accuracy", "binary")), study.accepted_loss(_score(bench, trials))  # fmt: skip
    workshop = _workshop(bench, max_fit_rows=max_fit_rows)
    if workshop is not None:
        trials += _refits(bench, workshop, share, most=most_candidates, drop=drop, progress=part(progress, 0, 0.8), cancel=cancel)  # fmt: skip
        trials += _combined(bench, workshop, trials, share, limits, cancel=cancel)
    blind = len(trials)
    aware, rules, lot = _aware(bench, workshop) if group_aware else ([], (), float("nan"))
    trials += aware
    halves = bench.half(trials, bench.choose), bench.half(trials, bench.report)
    rows = rows_of(bench, trials, halves, lambda place, half: _verdict(place, half, limits, float(least_gain)))
    chosen = _choose(halves[0], limits, blind)
    result = AlternativesResult(
        findings=(), rows=bench.table.rows, seed=seed, method=_method(bench, desk), reference=_REFERENCE, alternatives=rows,
        chosen=chosen, found=rows[chosen].verdict == "better",
        references=tuple(Reference(column=each.column, level=_named(each.levels[each.reference], int(each.counts()[each.reference])), declared=each.declared) for each in bench.people),
        left_out=_left_out(bench), selected_means=desk.words, margin=limits[0], least_gain=float(least_gain), metric_label=study.metric.label, score_margin=limits[1],
        chosen_rows=len(bench.choose), reported_rows=len(bench.report), fit_rows=0 if workshop is None else workshop.rows.rows,
        rules=rules, fresh_draw_share=lot, unit=study.unit_name, synthetic=study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _check_options(*, least_gain: object, drop: object, group_aware: object) -> None:
    if isinstance(least_gain, bool) or not isinstance(least_gain, int | float) or not 0 <= least_gain < 1:
        raise InputError(
            f"least_gain={least_gain!r}. Pass the smallest gain in impact ratio that matters, from 0 to below 1."
        )
    for name, value in (("drop", drop), ("group_aware", group_aware)):
        if not isinstance(value, bool):
            raise InputError(f"{name}={value!r}. Pass True or False.")


_REFERENCE = (
    "Gillis, Meursault & Ustun 2024 (search for less discriminatory alternatives); Kamiran & Calders 2012 (reweighing); Hardt, Price & Srebro 2016, "
    "Agarwal et al. 2018 (group-aware)"
)


def _method(bench: Bench, desk: Desk) -> str:
    how = "the same share selected as today" if desk.scores_well else "each model's own predictions"
    return (
        f"chosen on {number(len(bench.choose), 'integer')} rows, reported on {number(len(bench.report), 'integer')} others; {how}; paired bootstrap by "
        f"{desk.study.unit_name}, {number(bench.draws, 'integer')} draws, Student's t intervals (95 %)"
    )


def _named(level: str, count: int) -> str:
    return short(level) if count >= 5 else "a small group"


def _open(
    desk: Desk, groups: str | Sequence[str] | None, reference_group: Wanted, *, smallest: int, max_rows: int, draws: int,
    seed: int, cancel: Cancel | None,
) -> Bench:  # fmt: skip
    study = desk.study
    table = study.need("test")
    read_groupings(
        study, table, groups=groups, reference_group=reference_group
    )  # before a refit: names are checked first
    labelled = np.flatnonzero(np.isfinite(study.labels(table)))
    if not len(labelled):
        raise MissingInputError(f"labelled rows in {table.name}", "Pass labels for the test.")
    kept = table.take(labelled) if len(labelled) < table.rows else table
    kept = cap_rows(kept, max_rows=max_rows, by=study.outcome.target, seed=seed, entity=study.roles.entity)
    people = read_groupings(study, kept, groups=groups, reference_group=reference_group)
    choose, report = _halves(study.units(kept), seed)
    return Bench(
        desk=desk, table=kept, people=people, choose=choose, report=report, smallest=smallest, draws=draws, seed=seed, cancel=cancel
    )  # fmt: skip


def _halves(units: Integers, seed: int) -> tuple[Integers, Integers]:
    """Return positions of two halves of the rows at random, each unit whole."""
    code = np.unique(units, return_inverse=True)[1].ravel()
    order = np.random.default_rng([seed, 8]).permutation(int(code.max(initial=0)) + 1)
    sizes = np.bincount(code)[order]
    first = np.isin(code, order[np.cumsum(sizes) - sizes / 2 <= len(code) / 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def _left_out(bench: Bench) -> int:
    """Return how many groups are too small to be compared in one half or the other."""
    return sum(
        int(((count > 0) & (np.minimum(*halves) < bench.smallest)).sum())
        for each in bench.people
        for count, halves in [(each.counts(), (each.take(bench.choose).counts(), each.take(bench.report).counts()))]
    )


def _accuracy(bench: Bench, today: Trial) -> float:
    truth = bench.desk.truth(bench.table)
    return float((today.selected == truth).mean())


def _score(bench: Bench, trials: Sequence[Trial]) -> float:
    found = bench.half(trials[:1], bench.choose).scores[0]
    return float(found) if np.isfinite(found) else 1.0


def _workshop(bench: Bench, *, max_fit_rows: int) -> Workshop | None:
    """Return where models are trained anew, or None where this one can't be."""
    study, reference = bench.desk.study, bench.desk.study.reference
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor) or "refit" not in learner.can or reference is None:
        return None
    if study.outcome.target not in reference:
        return None
    labelled = reference.take(np.flatnonzero(np.isfinite(study.labels(reference))))
    rows = cap_rows(
        labelled, max_rows=max_fit_rows, by=study.outcome.target, seed=bench.seed, entity=study.roles.entity
    )
    if rows.rows < _FEWEST_ROWS:
        return None
    groups = tuple(each.column for each in bench.people if each.column in rows)
    return Workshop(study=study, learner=chosen_model(learner), rows=rows, groups=groups)


def _refits(
    bench: Bench, workshop: Workshop, share: float, *, most: int, drop: bool, progress: Progress | None, cancel: Cancel | None
) -> list[Trial]:  # fmt: skip
    changes = list_changes(workshop, drop=drop, most=most)
    return [
        bench.refit(workshop, change, "reweighed" if change.reweighed else "refit", share)
        for change in steps(changes, "candidate", progress, cancel)
    ]


def _combined(
    bench: Bench, workshop: Workshop, trials: list[Trial], share: float, limits: tuple[float, float], *, cancel: Cancel | None
) -> list[Trial]:  # fmt: skip
    """Return combinations: the best single change by the rows to choose by, with each of the next best in turn, greedily."""
    first = bench.half(trials, bench.choose)
    able = [place for place in range(1, len(trials)) if _combines(trials[place]) and _affordable(first, place, limits)]
    ranked = sorted(able, key=lambda place: -float(first.drawn.ratio[place]))[:_COMBINED]
    if len(ranked) < 2 or first.drawn.ratio[ranked[0]] <= first.drawn.ratio[0]:
        return []
    best, ratio, found = trials[ranked[0]], float(first.drawn.ratio[ranked[0]]), []
    for place in steps(ranked[1:], "combination", None, cancel):
        other = trials[place].made
        if best.made is None or other is None:
            continue
        trial = bench.refit(workshop, best.made + other, "combination", share)
        found.append(trial)
        seen = bench.half([trials[0], trial], bench.choose)
        if seen.drawn.ratio[1] > ratio and _affordable(seen, 1, limits):
            best, ratio = trial, float(seen.drawn.ratio[1])
    return found


def _combines(trial: Trial) -> bool:
    """Say whether a trial can be combined: a refit by more than another seed."""
    return trial.made is not None and trial.made.seed is None


def _aware(bench: Bench, workshop: Workshop | None) -> tuple[list[Trial], tuple[GroupRule, ...], float]:
    """Return what fairlearn's methods select, by the first column of groups; their rules, and the share drawn by lot."""
    desk, people, table = bench.desk, bench.people[0], bench.table
    if not desk.scores_well:
        return [], (), float("nan")
    ranks = desk.ranks(desk.study.model, table)
    selected, rules = by_thresholds(desk, ranks, desk.truth(table), people, bench.choose, seed=bench.seed)
    lots = any(0 < rule.first_chance < 1 or rule.constant_chance > 0 for rule in rules)
    found = [
        Trial(
            name="thresholds by group",
            change=f"another threshold for each {short(people.column)}",
            kind="group-aware",
            selected=selected,
            output=None,
            uses_group="in decisions",
            randomised=lots,
        )
    ]
    mixed = None if workshop is None else by_reduction(desk, workshop, people, table, seed=bench.seed)
    if mixed is None:
        return found, rules, float("nan")
    found.append(
        Trial(
            name="mixture of refits",
            change="decisions drawn among refits that were trained to select groups equally",
            kind="group-aware",
            selected=mixed[0],
            output=None,
            uses_group="in training",
            randomised=mixed[1] > 0,
        )
    )
    return found, rules, mixed[1]


def _affordable(half: Half, place: int, limits: tuple[float, float]) -> bool:
    """Say whether a trial costs no more than the margins, as far as its estimates say."""
    loss, score = half.drawn.accuracy_loss(place)[0], half.score_losses[place][0]
    return loss <= limits[0] and not score > limits[1]


def _choose(half: Half, limits: tuple[float, float], blind: int) -> int:
    """Return the trial with the largest ratio among those that cost surely less than the margins, else than they seem to; 0 for none.

    Those that look at a group in decisions come after `blind` and are never chosen.
    """
    for judged in (_surely_affordable, _affordable):
        able = [place for place in range(1, blind) if judged(half, place, limits) and half.drawn.ratio[place] > half.drawn.ratio[0]]  # fmt: skip
        if able:
            return max(able, key=lambda place: float(half.drawn.ratio[place]))
    return 0


def _surely_affordable(half: Half, place: int, limits: tuple[float, float]) -> bool:
    loss, score = half.drawn.accuracy_loss(place)[2], half.score_losses[place][2]
    return loss <= limits[0] and not score > limits[1]


def _verdict(place: int, half: Half, limits: tuple[float, float], least_gain: float) -> Verdict:
    """Return what a trial's own intervals say beside today's rule."""
    if not place:
        return "today"
    losses = ((half.drawn.accuracy_loss(place), limits[0]), (half.score_losses[place], limits[1]))
    asked = [(span[1], span[2], limit) for span, limit in losses if np.isfinite(span[0])]
    return verdict_of(half.drawn.ratio_gain(place)[1:], least_gain, asked)
