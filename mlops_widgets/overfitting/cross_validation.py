"""Which split tells the truth: cross-validation schemes side by side, and what shuffling hides."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import estimate, number
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.measures import intervals
from mlops_widgets.measures.optimism import Optimism, optimism_of
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.measures.shuffling import knowing_the_entity, knowing_the_future
from mlops_widgets.measures.verdicts import judge
from mlops_widgets.study.fold_fits import fit_schemes
from mlops_widgets.study.fold_plan import FEWEST_ROWS, TrainingRows, plan_folds, training_rows
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.refit_check import RefitComparison, compare_refit, held_out
from mlops_widgets.study.row_weights import ignores_weights, weighting
from mlops_widgets.study.schemes import SCHEMES, SchemeScore, score_schemes, tuning_optimism
from mlops_widgets.study.searches import chosen_model, search_of, tuned_score
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Evidence = dict[str, float | int | str | bool | None]


@dataclass(frozen=True, kw_only=True)
class HeldOutScore:
    """The model's score on the study's own test, with its interval and rows."""

    value: float
    lower: float
    upper: float
    rows: int


@dataclass(frozen=True, kw_only=True)
class CrossValidationResult(Result):
    """Cross-validation schemes side by side, what shuffling adds, and whether the model given can be reproduced.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        What was measured.
    margin
        Difference that matters, in the metric's unit.
    schemes
        All of them, also those that don't apply.
    reason
        Why the recommended scheme is.
    held_out
        The score on the study's test, or None without one.
    time, group, tuning
        Optimism of shuffling over time order, of shuffling over whole entities, both at equal training size on the same
        rows, and of a search's own score over nested tuning; None where not measured.
    refit
        The model given beside a refit, or None where not run.
    sampled
        Whether the folds were taken from a sample of the reference.
    synthetic
        Whether the data are made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    schemes: tuple[SchemeScore, ...]
    reason: str
    held_out: HeldOutScore | None = None
    time: Optimism | None = None
    group: Optimism | None = None
    tuning: Optimism | None = None
    refit: RefitComparison | None = None
    sampled: bool = False
    synthetic: bool = False

    @property
    def recommended(self) -> SchemeScore:
        """The scheme to report."""
        return next(scheme for scheme in self.schemes if scheme.recommended)

    def scheme(self, name: str) -> SchemeScore:
        """Return a scheme by its name in `schemes=`."""
        return next(scheme for scheme in self.schemes if scheme.name == name)

    def frame(self) -> "pd.DataFrame":
        """Return one row a scheme."""
        import pandas as pd

        return pd.DataFrame([vars(scheme) for scheme in self.schemes]).set_index("name")


@strategy("OV-CV")
def cross_validate(
    study: Study, *, folds: int = 5, repeats: int = 3, schemes: Sequence[str] | None = None, max_fit_rows: int = 20_000,
    margin: float | None = None, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> CrossValidationResult:  # fmt: skip
    """Return what each cross-validation scheme says of the study's model, and which one to believe.

    The user's own estimator is refitted on the labelled reference rows. A search is refitted with the parameters that
    it chose, except in nested tuning, where it searches again in every fold. Refits get row weights as the model did.

    Parameters
    ----------
    study
        With a reference and a model that can be refitted.
    folds
        Test sets a scheme; 5 is the usual balance of bias and cost.
    repeats
        Of the repeated k-fold; also how often a time-ordered training set is matched by one drawn at random.
    schemes
        Some of "random", "stratified", "repeated", "grouped", "time", "nested"; by default all.
    max_fit_rows
        Over it whole units are sampled, so that a notebook isn't blocked for long.
    margin
        Difference that matters, in the metric's unit; by default the study's, else the metric's own.
    seed
        Of folds, draws and resamples.
    progress, cancel
        Called after, and asked before, each fit.

    Raises
    ------
    InputError
        If an option is out of its range.
    UnknownNameError
        If there is no such scheme.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error, section 4.2.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = cross_validate(mw.sample("loans"), folds=2, schemes=("time",), max_fit_rows=1000)
    >>> result.recommended.label
    'time-ordered'
    """
    _check_numbers(margin, folds=folds, repeats=repeats, max_fit_rows=max_fit_rows, seed=seed)
    wanted = _check_schemes(schemes)
    study.model.need("refit")
    learner = study.learner
    if not isinstance(learner, EstimatorPredictor):
        raise TypeError(f"{type(learner).__name__} says that it can be refitted, but holds no estimator.")
    rows = training_rows(study, max_fit_rows=max_fit_rows, seed=seed)
    plan = plan_folds(study, rows, folds=folds, repeats=repeats, seed=seed)
    outputs = fit_schemes(
        study, rows, plan, model=learner, wanted=wanted, progress=part(progress, 0.0, 0.9), cancel=cancel
    )  # fmt: skip
    measured, reason = score_schemes(study, rows, plan, outputs, wanted=wanted, seed=seed)
    best = next(scheme for scheme in measured if scheme.recommended)
    limit = study.accepted_loss(best.value, margin)
    refit = None
    if rows.whole and not ignores_weights(study):
        refit = compare_refit(study, rows, chosen_model(learner), margin=limit, seed=seed, cancel=cancel)
    future = knowing_the_future(study.metric, outputs.time, outputs.twins, rows.units, seed=seed, cancel=cancel)
    entity = None if rows.entities is None else knowing_the_entity(
        study.metric, outputs.grouped, outputs.repeats, rows.entities, seed=seed, cancel=cancel
    )  # fmt: skip
    result = CrossValidationResult(
        findings=(), rows=rows.n, seed=seed, method=_method(study, rows),
        reference="Nadeau & Bengio (2003), Machine Learning 52, section 4.2; Field & Welsh (2007) for whole units.",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        margin=limit, schemes=measured, reason=reason, held_out=_test_score(study, seed=seed),
        time=optimism_of(study.metric, future, margin=limit), group=optimism_of(study.metric, entity, margin=limit),
        tuning=tuning_optimism(study, measured, margin=limit), refit=refit, sampled=not rows.whole, synthetic=study.synthetic,
    )  # fmt: skip
    if progress is not None:
        progress(1.0, "compared")
    return replace(result, findings=_findings(study, result))


def _check_numbers(margin: float | None, **given: int) -> None:
    for name, least in (("folds", 2), ("repeats", 1), ("max_fit_rows", FEWEST_ROWS), ("seed", 0)):
        if given[name] < least:
            raise InputError(f"{name}={given[name]}. Pass {least} or more.")
    if margin is not None and not 0 < margin < float("inf"):
        raise InputError(f"margin={margin}. Pass a difference above 0, in the metric's unit.")


def _check_schemes(schemes: Sequence[str] | None) -> tuple[str, ...]:
    wanted = tuple(SCHEMES if schemes is None else schemes)
    for scheme in wanted:
        if scheme not in SCHEMES:
            hint = did_you_mean(scheme, SCHEMES)
            raise UnknownNameError(f"Unknown scheme {scheme!r} in schemes=. Schemes: {listed(SCHEMES)}.{hint}")
    if wanted:
        return wanted
    raise InputError(f"schemes= is empty. Schemes: {listed(SCHEMES)}.")


def _test_score(study: Study, *, seed: int) -> HeldOutScore | None:
    rows = held_out(study)
    if rows is None:
        return None
    resampler = Resampler(None if study.unit == "row" else rows.units, draws=1000, seed=seed)
    weights = rows.weights if study.roles.weights else None
    found = intervals.measure({"test": (rows.metric, rows.y, rows.output)}, resampler, sample_weights=weights)["test"]
    return HeldOutScore(value=found.value, lower=found.lower, upper=found.upper, rows=found.rows)


def _method(study: Study, rows: TrainingRows) -> str:
    units = {"row": "rows", "entity": "entities", "time block": f"blocks: {study.block and study.block[0]}"}
    sampled = "" if rows.whole else " Taken from a sample of the reference."
    sampled += f" {weighting(study)}" if study.roles.weights else ""
    return (
        "Mean over folds with 95 % intervals: Nadeau and Bengio's for folds at random, a bootstrap of whole units "
        f"({units[study.unit]}; in grouped folds the entities) within folds else. Differences are paired on the same "
        f"test rows at equal training size.{sampled}"
    )


def _said(value: float, lower: float, upper: float) -> str:
    bounded = abs(lower) != float("inf") and abs(upper) != float("inf")
    return estimate(value, lower, upper) if bounded else number(value) + " (no interval)"


def _findings(study: Study, result: CrossValidationResult) -> tuple[Finding, ...]:
    rest = (_of_time(study, result), _of_group(study, result), _of_refit(result), _of_tuning(study, result))
    return _headline(result), *rest


def _headline(result: CrossValidationResult) -> Finding:
    best = result.recommended
    label = best.label[0].upper() + best.label[1:]
    claim = f"{label} cross-validation says {_said(best.value, best.lower, best.upper)} {result.metric_label}"
    shuffled = _shuffled(result)
    if shuffled is not None:
        claim += f"; the shuffled one says {_said(shuffled.value, shuffled.lower, shuffled.upper)}"
    test = result.held_out
    if test is not None:
        claim += f"; the test says {_said(test.value, test.lower, test.upper)}"
    status, action, harm = _against_test(result)
    evidence: Evidence = {
        "scheme": best.label, "value": best.value, "lower": best.lower, "upper": best.upper, "folds": best.folds,
        "rows": result.rows, "shuffled": None if shuffled is None else shuffled.value,
        "test": None if test is None else test.value, "margin": result.margin,
    }  # fmt: skip
    return Finding(
        code="OV-CV-01", status=status, claim=claim + ".", evidence=evidence, action=action,
        cost=harm if status == "warning" else None, cost_unit=result.metric_label,
    )  # fmt: skip


def _shuffled(result: CrossValidationResult) -> SchemeScore | None:
    best = result.recommended
    if best.name in {"random", "stratified", "repeated"}:
        return None
    return next((s for s in map(result.scheme, ("repeated", "stratified", "random")) if s.status == "measured"), None)


def _against_test(result: CrossValidationResult) -> tuple[Status, str, float]:
    """Judge how much kinder the test is than the recommended scheme; without a test, how precise the scheme is."""
    best, test, margin = result.recommended, result.held_out, result.margin
    if test is None:
        verdict = judge(best.lower - best.value, best.upper - best.value, margin=margin, n=result.rows)
        action = f"Report the {best.label} score with its interval. {result.reason}"
        return ("passed", action, 0.0) if verdict.status == "passed" else ("not_enough_data", verdict.sentence, 0.0)
    gap = intervals.difference(_as_estimate(test, test.rows), _as_estimate(best, result.rows))
    sign = 1 if result.greater_is_better else -1
    harm, ends = sign * gap.value, sorted((sign * gap.lower, sign * gap.upper))
    verdict = judge(*ends, margin=margin, n=gap.rows, estimate=harm)
    if verdict.status == "failed":
        return "warning", (
            f"Expect the {best.label} score until you know why the test is kinder: it may have been used to choose the "
            "model, or resemble the training rows. Folds also learn from fewer rows than the model did."
        ), harm  # fmt: skip
    if verdict.status == "passed":
        return "passed", f"Report the {best.label} score with its interval. {result.reason}", harm
    action = f"Report the {best.label} score with its interval, not the test's alone. {verdict.sentence}"
    return "not_enough_data", action, harm


def _as_estimate(score: SchemeScore | HeldOutScore, rows: int) -> intervals.Estimate:
    return intervals.Estimate(
        value=score.value, lower=score.lower, upper=score.upper, level=0.95, rows=rows, units=rows, events=rows
    )  # fmt: skip


def _gap_finding(code: str, gap: Optimism, *, knowing: str, how: str, failed: str, passed: str, unit: str) -> Finding:
    said = _said(gap.value, gap.lower, gap.upper)
    verdict = gap.verdict
    claim, action = {
        "failed": (f"{knowing} is worth {said} {unit}: {how}, {number(gap.flattering)} against {number(gap.honest)}.", failed),
        "passed": (f"{knowing} is worth {said} {unit}, not beyond the margin of {number(gap.margin)}.", passed),
        "not_enough_data": (
            f"{knowing} may be worth {said} {unit}; the margin is {number(gap.margin)}.",
            f"Keep to the stricter split for now. {verdict.sentence}",
        ),
    }[verdict.status]  # fmt: skip
    evidence: Evidence = {
        "value": gap.value, "lower": gap.lower, "upper": gap.upper, "flattering": gap.flattering, "honest": gap.honest,
        "rows": gap.rows, "units": gap.units, "events": gap.events, "train_rows": gap.train_rows, "margin": gap.margin,
        "needed_rows": verdict.needed,
    }  # fmt: skip
    cost = max(gap.value, 0.0) if verdict.status == "failed" else None
    return Finding(
        code=code, status=verdict.status, claim=claim, evidence=evidence, action=action, cost=cost, cost_unit=unit
    )  # fmt: skip


def _unmeasured(code: str, what: str, result: CrossValidationResult, names: Sequence[str], remedy: str) -> Finding:
    """Say why a comparison wasn't made: a scheme that doesn't apply, wasn't wanted, or has too few rows."""
    for scheme in map(result.scheme, names):
        if scheme.status == "not_applicable":
            claim = f"{what} can't be measured here: {scheme.missing}."
            return Finding(code=code, status="not_applicable", claim=claim, action=remedy)
        if scheme.status == "not_run":
            claim = f"{what} wasn't measured: the {scheme.label} scheme wasn't asked for."
            return Finding(code=code, status="not_run", claim=claim, action=f"Add {scheme.name!r} to schemes=.")
    claim, action = f"{what} can't be told: no fold has a value on both sides.", "Pass more rows, and repeats= above 1."
    return Finding(code=code, status="not_enough_data", claim=claim, action=action)


def _of_time(study: Study, result: CrossValidationResult) -> Finding:
    if result.time is None:
        return _unmeasured("OV-CV-02", "What knowing the future is worth", result, ["time"], "Pass time=, a column.")
    found = _gap_finding(
        "OV-CV-02", result.time, knowing="Knowing the future", unit=study.metric.label,
        how="trained on as many rows and tested on the same ones, models that learned from all times score better than "
        "those that learned from the past",
        failed="Judge this model by time-ordered folds, look for columns that tell about later times, and plan for "
        "retraining: shuffled folds hide both leak and drift.",
        passed="On average over these folds, rows of other times don't flatter this model. That doesn't rule out drift, "
        "which may help in one period what it harms in another: watch production.",
    )  # fmt: skip
    gap = result.time
    if gap.upper >= -gap.margin:
        return found
    said = _said(-gap.value, -gap.upper, -gap.lower)
    return replace(
        found, status="warning", cost=-gap.value,
        claim=f"Rows of other times mislead this model: at equal training size those just before score {said} "
        f"{study.metric.label} better on the same rows.",
        action="What is to be learned changes over time: try training on recent rows only, and plan for retraining.",
    )  # fmt: skip


def _of_group(study: Study, result: CrossValidationResult) -> Finding:
    entity = study.roles.entity or "entity"
    what = f"What knowing other rows of the same {entity} is worth"
    if result.group is None:
        return _unmeasured("OV-CV-03", what, result, ["grouped", "repeated"], "Pass entity=, a column.")
    return _gap_finding(
        "OV-CV-03", result.group, knowing=f"Knowing other rows of the same {entity}", unit=study.metric.label,
        how=f"on the same test rows, models that learned from that {entity} score better than those that never saw it",
        failed=f"Split by {entity} wherever this model is judged or tuned: production brings ones that it never saw.",
        passed=f"Rows of one {entity} on both sides of a split don't flatter this model; grouped folds cost nothing, so "
        "keep them.",
    )  # fmt: skip


def _of_refit(result: CrossValidationResult) -> Finding:
    found = result.refit
    if found is None and not result.sampled:
        claim = "Whether the training rows produce this model can't be told: refits can't take the row weights."
        return Finding(code="OV-CV-04", status="not_applicable", claim=claim, action="Leave out weights= to compare.")
    if found is None:
        claim = "The model wasn't refitted on its whole reference: the folds were taken from a sample of it."
        action = "Pass the whole reference and a max_fit_rows= above its rows."
        return Finding(code="OV-CV-04", status="not_run", claim=claim, action=action)
    evidence = {name: value for name, value in vars(found).items() if name != "status"} | {"margin": result.margin}
    action = "Keep the training rows with the model: they reproduce it."
    if found.status in {"warning", "failed"}:
        action = (
            "Find the rows, parameters, weights or versions that the model was made with: until then its scores can't "
            "be reproduced, and cross-validation speaks of another model."
        )
    if found.status == "not_enough_data":
        action = "Pass more labelled test rows to tell the two apart."
    cost = abs(found.difference or 0.0) if found.status == "failed" else None
    return Finding(
        code="OV-CV-04", status=found.status, claim=found.sentence(result.metric_label), evidence=evidence,
        action=action, cost=cost, cost_unit=result.metric_label,
    )  # fmt: skip


def _of_tuning(study: Study, result: CrossValidationResult) -> Finding:
    if result.tuning is not None:
        return _gap_finding(
            "OV-CV-05", result.tuning, knowing="Choosing by the same folds that score the choice",
            unit=study.metric.label, how="the search's own best score against tuning repeated in every fold",
            failed="Report the nested score: the search's own is the best of many tries, and part of it is luck.",
            passed="The search's own score is about what nested tuning confirms; report the nested one.",
        )  # fmt: skip
    nested = result.scheme("nested")
    if nested.status == "measured" and search_of(study.model) is not None and tuned_score(study) is None:
        claim = (
            f"The search was tuned by another metric than {result.metric_label}, so its own score can't be compared."
        )
        action = f"Tune by the metric that counts: give the search scoring= for {study.metric.name!r}."
        return Finding(code="OV-CV-05", status="not_applicable", claim=claim, action=action)
    return _unmeasured("OV-CV-05", "What tuning flatters", result, ["nested"], "Pass a fitted search as model=.")
