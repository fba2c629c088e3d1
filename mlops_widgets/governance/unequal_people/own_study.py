"""The same toggles on one's own study: the model trained with and without a column, on the same test rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.errors import MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.governance.alternatives.changes import Change, Workshop, by_proxy
from mlops_widgets.governance.alternatives.disparity import Drawn, Span, draw_disparity
from mlops_widgets.governance.fairness.people import Grouping, read_groupings
from mlops_widgets.governance.fairness.selection import Desk, cut_at
from mlops_widgets.governance.unequal_people.equal_accuracy_result import MEASURES, Variant
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.scoring import resampler_of
from mlops_widgets.study.searches import chosen_model
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, cap_rows

Floats = npt.NDArray[np.float64]

_MOST_FIT_ROWS = 10_000
_FEWEST = 30


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """What was looked at, and the numbers (measures, 3, variants, shares)."""

    feature: str
    people: Grouping
    compared: int
    variants: tuple[Variant, ...]
    numbers: Floats
    rows: int
    has_truth: bool


def look(
    study: Study, desk: Desk, shares: Floats, *, feature: str | None, group: str | None, reference_group: object, max_rows: int,
    draws: int, seed: int, progress: Progress | None, cancel: Cancel | None,
) -> Look:  # fmt: skip
    """Return how the study's model selects with and without a column; see `run_equal_accuracy`."""
    if not desk.scores_well:
        raise MissingInputError("scores of two classes", "Pass a model with predict_proba for a decision between two.")
    table = _labelled(study, study.need("test"), max_rows, seed)
    people = _grouping(study, table, group, reference_group)
    compared = _compared(people)
    workshop = _workshop(study, people.column, seed)
    asked = _feature(workshop, people.column, feature)
    variants = _variants(asked, people.column, group_too=people.column in workshop.learner.features)
    ranks, truths = [], _truths(study, desk, table)
    for each in steps(variants, "model", progress, cancel):
        silent = tuple(
            name for name, used in ((asked, each.uses_feature), (people.column, each.uses_group)) if not used
        )
        given = tuple(name for name in silent if name in workshop.learner.features)
        model, prepare = workshop.train(Change(name=each.name, words=each.name, silent=given))
        ranks.append(desk.ranks(model, prepare(table)))
    numbers = _numbers(
        study, table, ranks=np.array(ranks), truths=truths, people=people, compared=compared, shares=shares, draws=draws, seed=seed, cancel=cancel
    )  # fmt: skip
    return Look(
        feature=asked, people=people, compared=compared, variants=variants, numbers=numbers, rows=table.rows, has_truth=len(truths) > 1
    )  # fmt: skip


def _labelled(study: Study, table: Table, most: int, seed: int) -> Table:
    known = np.flatnonzero(np.isfinite(study.labels(table)))
    if not len(known):
        raise MissingInputError(f"labelled rows in {table.name}", "Pass labels for the test.")
    if len(known) == table.rows <= most:
        return table
    return table.take(np.sort(np.random.default_rng(seed).permutation(known)[:most]))


def _grouping(study: Study, table: Table, group: str | None, reference_group: object) -> Grouping:
    """Return the one column of groups that is looked at: the first of the study's."""
    chosen = group or next((each for each in study.roles.groups if each in table), None)
    if chosen is None:
        raise MissingInputError(
            f"groups in {table.name}", "Pass groups=, a column that says which group a row belongs to."
        )
    return read_groupings(study, table, groups=chosen, reference_group=reference_group)[0]  # type: ignore[arg-type]  # checked there


def _compared(people: Grouping) -> int:
    """Return the largest level beside the reference."""
    counts = people.counts().copy()
    if counts[people.reference] < _FEWEST:
        raise MissingInputError(f"group of {_FEWEST} rows to compare with", "Pass more test rows, or another reference_group=.")  # fmt: skip
    counts[people.reference] = 0
    if not len(counts) or counts.max() < _FEWEST:
        raise MissingInputError(f"second group of {_FEWEST} rows", "Pass more test rows of another group, or another groups=.")  # fmt: skip
    return int(np.argmax(counts))


def _workshop(study: Study, group: str, seed: int) -> Workshop:
    study.model.need("refit")
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise MissingInputError("model that can be refitted", "Pass a scikit-learn-compatible estimator as model=.")
    rows = cap_rows(study.need("reference"), max_rows=_MOST_FIT_ROWS, by=study.outcome.target, seed=seed)
    return Workshop(study=study, learner=chosen_model(learner), rows=rows, groups=(group,) if group in rows else ())


def _feature(workshop: Workshop, group: str, feature: str | None) -> str:
    """Return the column to leave out: the one that tells most of the group, unless it was named."""
    features = workshop.learner.features
    if feature is not None and feature not in features:
        raise UnknownNameError(
            f"feature={feature[:60]!r} is no column that the model takes. Its columns: {listed(features)}.{did_you_mean(feature, features)}"
        )
    ordered = [each for each in by_proxy(workshop) if each != group]
    if feature is None and not ordered:
        raise MissingInputError("column beside the group", "Pass a model of several columns.")
    return feature or ordered[0]


def _variants(feature: str, group: str, *, group_too: bool) -> tuple[Variant, ...]:
    """Return the models; the group can be switched only where the model takes it, and today's model comes first."""
    if not group_too or feature == group:
        return (
            Variant(name=f"with {feature}", uses_feature=True, uses_group=False),
            Variant(name=f"without {feature}", uses_feature=False, uses_group=False),
        )
    return tuple(
        Variant(
            name=f"{'with' if uses else 'without'} {feature}, {'with' if takes else 'without'} {group}", uses_feature=uses, uses_group=takes
        )
        for takes in (True, False)
        for uses in (True, False)
    )  # fmt: skip


def _truths(study: Study, desk: Desk, table: Table) -> list[Floats]:
    """Return who deserved it by the records and, of a made-up sample, in truth."""
    found = [desk.truth(table)]
    truth = (study.truth or {}).get(study.need("test").name)
    if truth is not None and "label" in truth and len(truth) == table.rows:
        found.append((truth["label"].to_numpy() == desk.favourable).astype(np.float64))
    return found


def _numbers(
    study: Study, table: Table, *, ranks: Floats, truths: list[Floats], people: Grouping, compared: int, shares: Floats, draws: int,
    seed: int, cancel: Cancel | None,
) -> Floats:  # fmt: skip
    """Return every measure with its paired interval, all models and shares under the same resamples."""
    kept = np.flatnonzero(np.isin(people.codes, (people.reference, compared)))
    selected = [(row >= cut_at(row, float(share))) for row in ranks for share in shares]
    only = people.take(kept)
    weights = study.weights(table)[kept]
    own = None if study.roles.weights is None else weights
    shape = len(ranks), len(shares)
    found = np.full((len(MEASURES), 3, *shape), np.nan)
    for at, truth in enumerate(truths):
        drawing = resampler_of(study, study.units(table)[kept], draws=draws, seed=seed)
        drawn = draw_disparity([each[kept] for each in selected], truth[kept], [only], weights=own, drawing=drawing, smallest=_FEWEST, cancel=cancel)  # fmt: skip
        _put(found, drawn, shape, true=at > 0)
        auc = get_metric("roc_auc", "binary")
        y = truth[kept]
        if len(np.unique(y)) == 2:
            found[MEASURES.index("true_auc" if at else "auc"), 0] = np.array([auc(y, row[kept], own) for row in ranks])[:, None]  # fmt: skip
    for name, level in (("selected_reference", people.reference), ("selected_compared", compared)):
        members = kept[people.codes[kept] == level]
        rates = [float(np.average(each[members], weights=study.weights(table)[members])) for each in selected]
        found[MEASURES.index(name), 0] = np.reshape(rates, shape)
    return found


def _put(found: Floats, drawn: Drawn, shape: tuple[int, int], *, true: bool) -> None:
    count = shape[1]

    def fill(name: str, spans: list[Span]) -> None:
        found[MEASURES.index(name)] = np.moveaxis(np.array(spans).reshape(*shape, 3), -1, 0)

    rules = range(shape[0] * count)
    fill("true_accuracy" if true else "accuracy", [drawn.accuracy_span(rule) for rule in rules])
    losses = [drawn.accuracy_loss(rule, rule % count) for rule in rules]
    if true:
        fill("true_gain", [(0.0 - value, 0.0 - upper, 0.0 - lower) for value, lower, upper in losses])
    else:
        fill("accuracy_loss", losses)
        fill("ratio", [drawn.ratio_span(rule) for rule in rules])
