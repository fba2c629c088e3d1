"""The user's own models as contestants: estimators that are fitted anew on the same rows and asked the same questions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.errors import FitError, InputError, MissingInputError, ModelError, TableError
from mlops_widgets.measures.metrics import Metric, default_metric, get_metric
from mlops_widgets.study.challengers import feature_names
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.predictor import EstimatorPredictor, Predictor, abilities_of, users_code
from mlops_widgets.study.refitting import with_category_columns
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

Floats = npt.NDArray[np.float64]
_LONGEST_NAME = 80


@dataclass(frozen=True, kw_only=True)
class Contestant:
    """A model of the user's under a name of its own."""

    name: str
    model: Predictor


def own_candidates(study: Study, candidates: Any, *, most: int) -> tuple[tuple[Contestant, ...], str]:  # noqa: ANN401
    """Return the contestants that the user brings, and a note where not all take part.

    Parameters
    ----------
    study
        The study; a fitted search (`GridSearchCV` and its kin) brings what it tried.
    candidates
        Estimators as a list or a mapping from names, or None.
    most
        How many of a search's candidates take part; spread evenly over the order in which they were tried.

    Raises
    ------
    InputError
        If `candidates` is empty or holds something that can't be fitted.
    """
    if candidates is not None:
        return _given(study, candidates), ""
    search = getattr(study.model, "model", None) if isinstance(study.model, EstimatorPredictor) else None
    tried = getattr(search, "cv_results_", None)
    if not isinstance(tried, Mapping) or "params" not in tried or not hasattr(search, "estimator"):
        return (), ""
    settings = list(tried["params"])
    chosen = sorted({int(i) for i in np.linspace(0, len(settings) - 1, min(most, len(settings)))})
    found = _searched(study, search, [settings[i] for i in chosen])
    what = f"The models are those that your {type(search).__name__} tried"
    return found, f"{what}." if len(chosen) == len(settings) else f"{what}: {len(chosen):,} of {len(settings):,}."


def named_contestants(study: Study) -> tuple[Contestant, ...]:
    """Return the study's model and its challenger, where they can be refitted; a search's candidates stand for it."""
    found = []
    for model, role in ((study.model, "your model"), (study.challenger, "challenger")):
        if model is not None and "refit" in model.can and not hasattr(getattr(model, "model", None), "cv_results_"):
            alike = model.unweighted() if isinstance(model, EstimatorPredictor) else model  # the others take no weights
            found.append(Contestant(name=f"{role}: {model.name}"[:_LONGEST_NAME], model=alike))
    return tuple(found)


def _given(study: Study, candidates: Any) -> tuple[Contestant, ...]:  # noqa: ANN401 - checked here
    if isinstance(candidates, Mapping):
        named = {str(name): estimator for name, estimator in candidates.items()}
    elif isinstance(candidates, Sequence) and not isinstance(candidates, str):
        named = {f"{n}. {type(estimator).__name__}": estimator for n, estimator in enumerate(candidates, start=1)}
    else:
        raise InputError(
            f"candidates= is {type(candidates).__name__}. Pass a list of estimators, or a dict from names."
        )
    if not named:
        raise InputError("candidates= is empty. Pass estimators, or leave it out for random small models.")
    wrong = [
        name for name, each in named.items() if isinstance(each, type) or not {"predict", "refit"} <= abilities_of(each)
    ]
    if wrong:
        raise InputError(
            f"candidates[{wrong[0]!r}] is no estimator: it needs fit, predict and get_params, as scikit-learn's have. "
            "Pass objects such as LogisticRegression(), not classes."
        )
    return tuple(
        Contestant(name=name[:_LONGEST_NAME], model=_around(study, each, name)) for name, each in named.items()
    )


def _searched(study: Study, search: Any, settings: list[Any]) -> tuple[Contestant, ...]:  # noqa: ANN401
    from sklearn.base import clone

    found = []
    for number, params in enumerate(settings, start=1):
        words = ", ".join(f"{str(key).rpartition('__')[2]}={value}" for key, value in islice(params.items(), 6))
        name = f"#{number} {words}"[:_LONGEST_NAME]
        with users_code(type(search).__name__, f"while candidate {name!r} was set up"):
            estimator = clone(search.estimator).set_params(**clone(params, safe=False))
            estimator = with_category_columns(estimator, search)
        found.append(Contestant(name=name, model=_around(study, estimator, name)))
    return tuple(found)


def _around(study: Study, estimator: Any, name: str) -> EstimatorPredictor:  # noqa: ANN401 - any estimator
    return EstimatorPredictor(
        estimator, outcome=study.outcome, features=feature_names(study), name=name,
        decision_threshold=study.decision_threshold,
    )  # fmt: skip


def fitting_metric(study: Study, contestants: Sequence[Contestant]) -> tuple[Metric, str]:
    """Return the study's metric; where no contestant gives what it needs, one that they do; with a note then."""
    able = frozenset().union(*(each.model.can for each in contestants)) if contestants else None
    if able is None or ABILITY_FOR[study.metric.needs] in able:
        return study.metric, ""
    usual = default_metric(study.task)
    chosen = usual if ABILITY_FOR[usual.needs] in able else get_metric("accuracy", study.task)
    return (
        chosen,
        f"Judged by {chosen.label}: none of the models gives the {study.metric.needs} that {study.metric.label} needs.",
    )


def refitted_answers(
    study: Study, contestant: Contestant, metric: Metric, train: Table, asked: Sequence[Table]
) -> tuple[Floats, ...] | str:
    """Fit on `train` and return what `metric` needs on each of `asked`; or, in a few words, why there is no answer.

    They name the kind of the error, never its text, which may quote cells of the user's rows.
    """
    try:
        fitted = contestant.model.refit(_uniformly_named(train))
        answers = tuple(study.output(_uniformly_named(table), metric, fitted) for table in asked)
    except MissingInputError as error:
        return f"has no {error.missing}"
    except FitError as error:
        return f"its refit raised {type(error.__cause__ or error).__name__}"
    except (ModelError, TableError) as error:
        return type(error.__cause__ or error).__name__
    return "no number for some rows" if any(np.isnan(each).any() for each in answers) else answers


def _uniformly_named(table: Table) -> Table:
    """Return the table with text names where its own are of several kinds: scikit-learn refuses to fit on such."""
    kinds = {isinstance(name, str) for name in table.original_names.values()}
    return table if len(kinds) == 1 else Table(table.pandas(), name=table.name)
