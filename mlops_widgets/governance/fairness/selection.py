"""Who is selected: the favourable decision of a model on rows, at its own threshold or at a share of the rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.predictor import Predictor
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_CHOSEN = frozenset({"positive", "negative"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Desk:
    """How decisions are taken from a model's answers.

    Parameters
    ----------
    study
        The study.
    favourable
        Code of the class that it is good to be given.
    threshold
        Score at which the positive class is predicted, or None for the model's own predictions.
    share
        Share of the rows that are selected, best first, or None to decide by the threshold.
    """

    study: Study
    favourable: int
    threshold: float | None
    share: float | None

    @cached_property
    def scores_well(self) -> bool:
        """Whether rows can be ranked for the favourable decision: two classes, and a model with scores."""
        return self.study.task == "binary" and "scores" in self.study.model.can

    @property
    def words(self) -> str:
        """What being selected means, as `"defaulted = 0"`."""
        return f"{self.study.outcome.target} = {self.study.outcome.classes[self.favourable]}"

    def ranks(self, model: Predictor, table: Table) -> Floats:
        """Return a score for each row (n,), higher meaning more like the favourable class."""
        scores = model.scores(table)
        return scores if self.favourable == 1 else -scores

    def current(self, model: Predictor, table: Table) -> Mask:
        """Return whom `model` selects as decisions are taken today."""
        if self.share is not None:
            ranks = self.ranks(model, table)
            return ranks >= cut_at(ranks, self.share)
        if self.threshold is None or not self.scores_well:
            return np.asarray(model.predictions(table) == self.favourable)
        positive = model.scores(table) >= self.threshold
        return positive if self.favourable == 1 else ~positive

    def truth(self, table: Table) -> Floats:
        """Return who deserved the favourable class (n,): 1, 0, or NaN without a label."""
        if self.study.outcome.target not in table:
            return np.full(len(table), np.nan)
        y = self.study.labels(table)
        return np.where(np.isnan(y), np.nan, (y == self.favourable).astype(np.float64))


def cut_at(ranks: Floats, share: float) -> float:
    """Return the cut at or above which `share` of the rows lie, the nearest that ties allow from above.

    Examples
    --------
    >>> cut_at(np.array([1.0, 2.0, 3.0, 4.0]), 0.5)
    3.0
    """
    place = min(max(round(share * len(ranks)), 1), len(ranks))
    return float(np.sort(ranks)[-place])


def open_desk(
    study: Study, *, favourable: object, decision_threshold: float | None, selection_share: float | None
) -> Desk:
    """Return how decisions are taken.

    Parameters
    ----------
    study
        With two or more classes.
    favourable
        "positive", "negative" or a class; None for the study's, else the positive class (of several the last).
    decision_threshold
        Score; None for the study's, else the model's own decisions.
    selection_share
        Share of the rows, 0 to 1, that is selected best first; instead of a threshold.

    Raises
    ------
    MissingInputError
        In regression, where nobody is selected.
    InputError
        If an option is out of its range.
    """
    if study.task == "regression":
        raise MissingInputError(
            "decision (regression predicts a number)",
            "Pass a study of a decision; assess_fairness compares the errors of a regression between groups.",
        )
    code = _favoured(study, favourable)
    for name, value in (("decision_threshold", decision_threshold), ("selection_share", selection_share)):
        if value is not None and (isinstance(value, bool | str) or not np.isfinite(value)):  # fmt: skip
            raise InputError(f"{name}={value!r}. Pass a number, or None.")
    if selection_share is not None and not 0 < selection_share < 1:
        raise InputError(f"selection_share={selection_share!r}. Pass the share of rows to select, above 0 and below 1.")
    if selection_share is not None and decision_threshold is not None:
        raise InputError(f"selection_share={selection_share} and decision_threshold={decision_threshold}. Leave one out.")  # fmt: skip
    threshold = study.decision_threshold if decision_threshold is None else float(decision_threshold)
    desk = Desk(study=study, favourable=code, threshold=threshold, share=selection_share)
    if selection_share is not None and not desk.scores_well:
        raise MissingInputError(
            "scores of two classes", "Pass a model with predict_proba, or leave selection_share= out."
        )
    return desk


def _favoured(study: Study, favourable: object) -> int:
    classes = study.outcome.classes
    favourable = study.favourable if favourable is None else favourable
    names = [str(each) for each in classes]
    if favourable is None or (favourable == "positive" and "positive" not in names):
        return len(classes) - 1
    if favourable == "negative" and "negative" not in names and study.task == "binary":
        return 0
    if str(favourable) in names:
        return names.index(str(favourable))
    allowed = [*(_CHOSEN if study.task == "binary" else ()), *names]
    raise UnknownNameError(
        f"favourable={str(favourable)[:60]!r} is no class of {study.outcome.target!r}. Allowed: {listed(sorted(allowed))}."
        f"{did_you_mean(str(favourable), allowed)}"
    )
