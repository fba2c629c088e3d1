"""The steps of a pipeline: plain functions whose arguments name what they need.

Each may be replaced by a function of the same name, or others added. What a step is given is what earlier steps returned, by
their names, and the inputs of the pipeline. A step that needs what was skipped is skipped too, unless that argument has a default.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import InputError
from mlops_widgets.pipeline.products import Made, Skipped, StoredModel
from mlops_widgets.pipeline.registry import ModelFolder
from mlops_widgets.pipeline.training import training_rows
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from mlops_widgets.lifecycle import RetirementPolicy
    from mlops_widgets.pipeline.report_files import ReportFolder

Verdict = str
"""One of `VERDICTS`."""
VERDICTS = ("keep", "retrain", "retire", "not enough data", "failed")
"""What `decide` may say."""


def validate(study: Study, contract: Contract | None, now: datetime) -> Result | Skipped:
    """Check what came against its contract."""
    from mlops_widgets.data_quality import validate as check

    if contract is None:
        return Skipped(why="No contract was given.")
    rules = {rule.id for rule in contract.rules}
    for column in (study.roles.target, study.roles.label_time):  # labels come later, and some never
        if f"{column}: missing" in rules:
            contract = contract.set_severity(f"{column}: missing", "off")
    return check(study, contract, now=now)


def score(study: Study) -> "pd.DataFrame | Skipped":
    """Answer the rows of production: their places and the model's answers, none of their cells."""
    import pandas as pd

    table = study.production if study.production is not None else study.test
    if table is None:
        return Skipped(why="There is neither production nor a test to score.")
    kind = "scores" if "scores" in study.model.can else "predictions"
    answers = study.model.scores(table) if kind == "scores" else study.model.predictions(table)
    columns = answers.reshape(len(answers), -1)
    names = [kind[:-1]] if columns.shape[1] == 1 else [f"{kind[:-1]} {place + 1}" for place in range(columns.shape[1])]
    return pd.DataFrame({"row": np.arange(table.rows), **{name: columns[:, place] for place, name in enumerate(names)}})


def review(
    study: Study,
    *,
    chunks: str | None,
    calendar: int | None,
    today: datetime,
    seed: int,
    validate: Result | None = None,
) -> Result:
    """Review what the model promised and what it keeps."""
    from mlops_widgets import lifecycle

    options: dict[str, Any] = {"chunks": chunks} if chunks else {}
    others = () if validate is None else (validate,)
    return lifecycle.review_performance(study, calendar=calendar, results=others, now=today, seed=seed, **options)


def drift(study: Study) -> Result:
    """Look for drift, chunk by chunk."""
    from mlops_widgets.overfitting import review_drift

    return review_drift(study)


def decide(
    study: Study,
    policy: "RetirementPolicy | None",
    review: Result,  # noqa: ARG001 - what was seen is part of what a decision is known by
    drift: Result | None = None,  # noqa: ARG001
    validate: Result | None = None,
) -> Any:  # noqa: ANN401 - a Result or plain JSON
    """Decide by the retirement policy whether the model is kept, retrained or retired; data that break their contract decide nothing."""
    from mlops_widgets import lifecycle

    if validate is not None and any(each.status == "failed" for each in validate.findings):
        return {"verdict": "failed", "why": f"The data break their contract. {validate.headline}"}
    found = lifecycle.evaluate_retirement(study, policy) if policy is not None else lifecycle.evaluate_retirement(study)
    if isinstance(found, NoResult):
        return {"verdict": "not enough data", "why": found.headline}
    return found


def rows(
    study: Study,
    decide: Any,  # noqa: ANN401 - a decision
    now: datetime,
    window_days: float | None,
    holdout: float,
) -> dict[str, Any] | Skipped:
    """Choose the rows that a new model learns from, and those that judge it: labelled ones whose label was known."""
    verdict, _ = decision_of(decide)
    if verdict != "retrain":
        return Skipped(why=f"The decision is {verdict!r}.")
    if "refit" not in study.model.can:
        return Skipped(
            why="Not applicable: the model can't be refitted. Pass an estimator, not a function or logged answers."
        )
    found = training_rows(study, now=now, window_days=window_days, holdout=holdout)
    return {
        "study": study.fingerprint, "chunk": found.chunk, "learn_rows": found.learn.rows, "learn_digest": found.learn.fingerprint,
        "judge_rows": found.judge.rows, "judge_digest": found.judge.fingerprint, "left_out_without_label": found.unlabelled,
        "left_out_not_yet_known": found.not_yet, "left_out_known_late": found.late,
    }  # fmt: skip


def retrain(study: Study, rows: Mapping[str, Any], window_days: float | None, holdout: float) -> Made:
    """Fit the user's own estimator again, on the rows that were chosen."""
    chosen = training_rows(study, chunk=rows["chunk"], window_days=window_days, holdout=holdout)
    fitted: Any = study.learner.refit(chosen.learn)
    return Made(value=fitted.model, facts=dict(rows))


def compare(
    study: Study, *, retrain: StoredModel, rows: Mapping[str, Any], window_days: float | None, holdout: float, margin: float | None, seed: int
) -> Result:  # fmt: skip
    """Compare the new model with the one in service, on labelled rows that neither learned from."""
    from mlops_widgets import lifecycle

    chosen = training_rows(study, chunk=rows["chunk"], window_days=window_days, holdout=holdout)
    judged = replace(study, production=chosen.judge, challenger=None)
    return lifecycle.compare_models(
        judged, retrain.open(), where="production", learned_from=chosen.learn.pandas(), margin=margin, seed=seed
    )


def gate(compare: Result, margin: float | None, validate: Result | None = None) -> dict[str, Any]:
    """Let the new model pass only if it isn't worse by the margin, as far as its interval goes, and nothing else failed."""
    broken = [each for each in (validate.findings if validate is not None else ()) if each.status == "failed"]
    failed = [each for each in compare.findings if each.status == "failed"]
    if broken or failed:
        return {"promote": False, "why": (broken or failed)[0].claim}
    lower, accepted = _number(getattr(compare, "gain_lower", None)), _margin(compare, margin)
    if lower is None or accepted is None:
        return {"promote": False, "why": f"Nothing says that the new model isn't worse. {compare.headline}"}
    promote = bool(lower >= -accepted)
    word = "isn't" if promote else "may be"
    why = f"The new model {word} worse by more than the margin of {accepted:.3g}: its gain is at least {lower:.3g}."
    return {"promote": promote, "why": why, "gain_at_least": lower, "margin": accepted}


def register(
    retrain: StoredModel, gate: Mapping[str, Any], compare: Result, registry: ModelFolder
) -> dict[str, Any] | Skipped:
    """Put the new model into the registry with its lineage and what was measured of it."""
    if not gate["promote"]:
        return Skipped(why=str(gate["why"]))
    measured = {"gate": dict(gate), "comparison": compare.headline}
    return registry.add(retrain, {"lineage": dict(retrain.facts), "measured": measured})


def report(
    site: "ReportFolder", study: Study, *, review: Result | None = None, validate: Result | None = None, drift: Result | None = None,
    decide: Any = None, compare: Any = None, gate: Any = None, register: Any = None,  # noqa: ANN401 - what steps gave
) -> dict[str, Any]:  # fmt: skip
    """Write what was found, and the chapters that were asked for."""
    given = {
        "validate": validate, "review": review, "drift": drift, "decide": decide, "compare": compare, "gate": gate, "register": register,
    }  # fmt: skip
    return site.write(study, {name: each for name, each in given.items() if each is not None})


STEPS: Mapping[str, Callable[..., Any]] = {
    "validate": validate, "score": score, "review": review, "drift": drift, "decide": decide, "rows": rows, "retrain": retrain, "compare": compare,
    "gate": gate, "register": register, "report": report,
}  # fmt: skip
"""The steps in order; `load` comes before them, and gives `study`."""

INPUTS = (
    "study", "contract", "policy", "calendar", "chunks", "now", "today", "window_days", "holdout", "margin", "seed", "registry", "site",
)  # fmt: skip
"""What a step may name beside earlier steps."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: its function, what it needs, and what it goes on without."""

    name: str
    function: Callable[..., Any]
    needs: tuple[str, ...]
    optional: frozenset[str]


def read_step(name: str, function: Any, known: Sequence[str]) -> Step:  # noqa: ANN401 - whatever was passed
    """Return a step of a function, its arguments checked.

    Raises
    ------
    InputError
        If it is no function, or an argument without a default is neither a step nor an input.
    """
    if not callable(function):
        raise InputError(
            f"steps[{name!r}] is {type(function).__name__}. Pass a function whose arguments name what it needs."
        )
    named = [each for each in signature(function).parameters.values() if each.kind not in _ANY]
    optional = frozenset(each.name for each in named if each.default is not Parameter.empty)
    unknown = [each.name for each in named if each.name not in known and each.name not in optional]
    if unknown or name in {each.name for each in named}:
        raise InputError(
            f"steps[{name!r}] needs {unknown[0] if unknown else name!r}, which it can't be given. Allowed: {', '.join(known)}."
        )
    return Step(
        name=name, function=function, needs=tuple(each.name for each in named if each.name in known), optional=optional
    )


_ANY = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def decision_of(decided: Any) -> tuple[Verdict, str]:  # noqa: ANN401 - a Result, a map or a word
    """Return the verdict of what `decide` returned, and why.

    Raises
    ------
    InputError
        If it says none of the verdicts.
    """
    said = decided.get("verdict") if isinstance(decided, Mapping) else getattr(decided, "verdict", decided)
    if not isinstance(said, str) or said not in VERDICTS:
        raise InputError(f"decide returned {str(said)[:60]!r}. Allowed: {', '.join(VERDICTS)}; as a word, {{'verdict': …, 'why': …}} "
                         "or a Result with such a verdict.")  # fmt: skip
    why = decided.get("why", "") if isinstance(decided, Mapping) else getattr(decided, "headline", "")
    return said, str(why)


def _margin(compared: Any, margin: float | None) -> float | None:  # noqa: ANN401 - a comparison
    """Return the largest loss that doesn't matter: as told, else as the comparison took it."""
    return _number(getattr(compared, "margin", None) if margin is None else margin)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) and np.isfinite(value) else None
