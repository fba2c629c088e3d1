"""Rules that look at a person's group, by fairlearn: what they would reach, and what they do to reach it."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number, short
from mlops_widgets.governance.alternatives.changes import Workshop
from mlops_widgets.governance.fairness.people import Grouping, read_groupings
from mlops_widgets.governance.fairness.selection import Desk
from mlops_widgets.study.predictor import users_code
from mlops_widgets.study.refitting import untrained
from mlops_widgets.study.row_weights import weight_argument
from mlops_widgets.study.tables import FEWEST_QUOTED, Table, cap_rows

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_GRID = 200
_ROUNDS = 4
_MIXED_ROWS = 2_000
"""Rows that each refit of the mixture learns from: it takes dozens of fits."""
_FITTED_SHARE = 0.01


@dataclass(frozen=True, kw_only=True)
class GroupRule:
    """What a randomised, group-specific rule does to one group.

    Parameters
    ----------
    column, group
        Whose rule it is.
    first, first_chance
        A cut of the score, and the chance (0 to 1) that it is the one applied to a person.
    second
        The cut that is applied otherwise.
    constant_chance
        Chance that the score isn't looked at, and the person is selected with chance `constant`.
    constant
        That chance of being selected.
    """

    column: str
    group: str
    first: str
    first_chance: float
    second: str
    constant_chance: float
    constant: float

    @property
    def words(self) -> str:
        """The rule in words."""
        if self.first_chance in {0.0, 1.0}:
            cut = self.first if self.first_chance == 1 else self.second
            said = f"score {cut}"
        else:
            said = f"score {self.first} with chance {number(self.first_chance)}, else {self.second}"
        flip = f"; with chance {number(self.constant_chance)} the score isn't looked at" if self.constant_chance else ""
        return f"{short(self.group)}: {said}{flip}"


def by_thresholds(
    desk: Desk, ranks: Floats, truth: Floats, people: Grouping, chosen: Integers, *, seed: int
) -> tuple[Mask, tuple[GroupRule, ...]]:
    """Return whom group-specific thresholds select (n,), learned on the rows `chosen`, and the rules themselves.

    fairlearn's `ThresholdOptimizer` under demographic parity (Hardt, Price & Srebro 2016): within a group a rule may be drawn
    between two cuts, so two people alike in everything may be decided differently.
    """
    from fairlearn.postprocessing import ThresholdOptimizer

    known = chosen[np.isfinite(truth[chosen])]
    fits = known[np.isin(people.codes[known], _both_labels(people.codes[known], truth[known]))]
    rule = ThresholdOptimizer(estimator=_scores(), constraints="demographic_parity", prefit=True, predict_method="predict", grid_size=_GRID)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rule.fit(ranks[fits, None], truth[fits].astype(int), sensitive_features=people.codes[fits])
        met = np.isin(people.codes, np.unique(people.codes[fits]))
        selected = np.zeros(len(ranks), dtype=np.bool_)
        selected[met] = rule.predict(ranks[met, None], sensitive_features=people.codes[met], random_state=seed) > 0
    counts = people.counts()
    rules = tuple(
        _rule(people, int(level), entry, sign=1.0 if desk.favourable == 1 else -1.0)
        for level, entry in rule.interpolated_thresholder_.interpolation_dict.items()
        if counts[int(level)] >= FEWEST_QUOTED
    )
    return selected, rules


def _both_labels(codes: Integers, truth: Floats) -> list[int]:
    return [int(code) for code in np.unique(codes) if len(np.unique(truth[codes == code])) == 2]


def _scores() -> Any:  # noqa: ANN401 - an estimator of scikit-learn's kind
    """Return an estimator whose answer is its only column: fairlearn asks a fitted estimator, and the scores are there."""
    from sklearn.base import BaseEstimator

    class Scores(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
        fitted_ = True

        def fit(self, x: Floats, y: Integers) -> "Scores":  # noqa: ARG002 - scikit-learn's signature
            return self

        def predict(self, x: Floats) -> Floats:
            return np.asarray(x[:, 0])

    return Scores()


def _rule(people: Grouping, level: int, entry: "dict[str, object]", *, sign: float) -> GroupRule:
    first, second = (_cut(entry[name], sign) for name in ("operation0", "operation1"))
    chance = float(entry["p0"])  # type: ignore[arg-type]  # a number of fairlearn's
    return GroupRule(
        column=people.column, group=people.levels[level], first=first, first_chance=chance, second=second,
        constant_chance=float(entry.get("p_ignore", 0.0)),  # type: ignore[arg-type]  # a number of fairlearn's
        constant=float(entry.get("prediction_constant", 0.0)),  # type: ignore[arg-type]  # a number of fairlearn's
    )  # fmt: skip


def _cut(operation: object, sign: float) -> str:
    """Return a cut as it is on the scale of the model's own score."""
    above = getattr(operation, "operator", ">") == ">"
    value = float(getattr(operation, "threshold", np.nan))
    if not np.isfinite(value):
        return "any" if above == (value < 0) else "none"
    return f"{'above' if above == (sign > 0) else 'below'} {number(sign * value, digits=3)}"


def by_reduction(
    desk: Desk, workshop: Workshop, people: Grouping, asked: Table, *, seed: int
) -> tuple[Mask, float] | None:
    """Return whom a randomised mixture of refits selects (n,), and the share of rows where its members disagree.

    fairlearn's `ExponentiatedGradient` under demographic parity (Agarwal et al. 2018): groups are looked at in training alone. None
    where `fit` takes no weights.
    """
    from fairlearn.reductions import DemographicParity, ExponentiatedGradient

    learner = workshop.learner
    rows = cap_rows(workshop.rows, max_rows=_MIXED_ROWS, by=learner.outcome.target, seed=seed)
    argument = weight_argument(learner.model)
    truth = desk.truth(rows)
    if argument is None or not np.isfinite(truth).all() or people.column not in rows:
        return None
    inputs, outputs = learner.inputs(rows, learning=True), learner.inputs(asked)
    parity = DemographicParity(difference_bound=_FITTED_SHARE)
    reduction = ExponentiatedGradient(untrained(learner.model, seed=seed), parity, max_iter=_ROUNDS, sample_weight_name=argument)  # fmt: skip
    with warnings.catch_warnings(), users_code("fairlearn.ExponentiatedGradient", "while it was fitted"):
        warnings.simplefilter("ignore")
        reduction.fit(inputs, truth.astype(int), sensitive_features=group_of_rows(workshop, rows, people.column))
        chance = np.asarray(reduction._pmf_predict(outputs), dtype=np.float64)[:, 1]  # noqa: SLF001 - predict draws from it
        selected = np.asarray(reduction.predict(outputs, random_state=seed)) > 0
    return selected, float(((chance > 0) & (chance < 1)).mean())


def group_of_rows(workshop: Workshop, rows: Table, column: str) -> npt.NDArray[np.str_]:
    """Return the group of each of these rows (n,)."""
    (people,) = read_groupings(workshop.study, rows, groups=column, reference_group=None)
    return np.array(people.levels)[people.codes]
