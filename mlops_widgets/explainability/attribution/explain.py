"""Explain rows: what each of the user's own columns contributed, by Shapley values and by LIME."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, did_you_mean, listed
from mlops_widgets.explainability.attribution.chosen_rows import Background, Rows
from mlops_widgets.explainability.attribution.explain_findings import as_explanation, as_lime_explanation, with_lime
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.lime_route import LimeAnswer, by_lime
from mlops_widgets.explainability.attribution.neighbourhood import SAMPLES
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.explainability.attribution.router import library_checks, route
from mlops_widgets.explainability.attribution.routes import Declined
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

Method = Literal["both", "shap", "lime", "shap-library", "lime-library"]


@strategy("EX-AT")
def explain(
    study: Study, rows: Rows = None, *, method: Method = "both", output: Output = "auto", table: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None, background: Background = BACKGROUND_ROWS, pairs: int | None = None,
    samples: int = SAMPLES, budget_seconds: float | None = None, seed: int = 0, progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Explanation:  # fmt: skip
    """Say what each column contributed to the model's answer on some rows.

    Shapley values compare the answer with a baseline: the mean answer over rows of the reference. They are computed by the
    cheapest route that is exact and agrees with the model's own predictions (a linear model's weights, a tree ensemble's
    leaves), else by all coalitions of up to 8 columns, else by permutations with standard errors. LIME fits a linear model
    around the row. Both are of the user's original columns, through any pipeline, and on the same scale.

    Parameters
    ----------
    study
        The study; its model must be there.
    rows
        Positions in the table, or a frame (or one row as a mapping) of the model's columns; by default the first row.
    method
        "shap", "lime" or "both" by this package; "shap-library" or "lime-library" by those packages themselves.
    output
        The scale: "probability", "log-odds", "score", "decision", of numbers "prediction"; "auto" takes the one on which
        the model adds up, where there is one.
    table
        Name of the table that positions count in; by default the test, else production, else the reference.
    groups
        Name → columns that act together.
    background
        How many rows to draw from the reference (else the test) as the baseline, or these rows.
    pairs
        Pairs of permutations, 2 or more, where the model is only asked; by default 10, or all coalitions of up to 8 columns.
    samples
        Samples of LIME's neighbourhood.
    budget_seconds
        How long the model may be asked for Shapley values; it is timed first, so that the answer depends on the machine.
    seed
        Of everything that is drawn.
    progress, cancel
        Called between pieces of work.

    Raises
    ------
    InputError
        If an argument can't be used.

    Examples
    --------
    >>> from mlops_widgets import sample
    >>> found = explain(sample("loans"), 3, method="shap")
    >>> bool(abs(found.base + found.values.sum(axis=1) - found.prediction).max() < 1e-4)
    True
    """
    question = ask_study(study, rows, table=table, output=output, groups=groups, background=background, seed=seed)
    return answer_question(
        question, method=method, pairs=pairs, samples=samples, budget_seconds=budget_seconds, progress=progress, cancel=cancel
    )  # fmt: skip


def answer_question(
    question: Question, *, method: Method = "shap", pairs: int | None = None, samples: int = SAMPLES,
    budget_seconds: float | None = None, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Explanation:  # fmt: skip
    """Return the explanation that answers a question; parameters as in `explain`.

    Raises
    ------
    MissingInputError
        If the one method that was asked for can't answer.
    """
    if method not in get_args(Method):
        raise InputError(
            f"method={method!r}. Allowed: {listed(get_args(Method))}.{did_you_mean(str(method), get_args(Method))}"
        )
    check_counts(samples=(samples, 1), **({} if pairs is None else {"pairs": (pairs, 2)}))
    if budget_seconds is not None and not budget_seconds > 0:
        raise InputError(f"budget_seconds={budget_seconds!r}. Pass seconds above 0, or None.")
    if pairs is not None and budget_seconds is not None:
        raise InputError("pairs= and budget_seconds= both say how much to ask the model. Pass one of them.")
    with one_thread():
        if method in {"lime", "lime-library"}:
            return _by_lime(question, method, samples, progress, cancel)
        if method == "shap-library":
            return _by_shap_library(question, pairs, cancel)
        ends = 0.7 if method == "both" else 1.0
        routed = route(
            question, pairs=pairs, budget_seconds=budget_seconds, progress=part(progress, 0, ends), cancel=cancel
        )
        explained = as_explanation(question, routed.answer, routed.checks)
        if method == "shap":
            return explained
        found = by_lime(question, samples=samples, progress=part(progress, ends, 1), cancel=cancel)
        return with_lime(explained, question, found)


def _by_lime(
    question: Question, method: Method, samples: int, progress: Progress | None, cancel: Cancel | None
) -> Explanation:
    if method == "lime":
        found = by_lime(question, samples=samples, progress=progress, cancel=cancel)
    else:
        from mlops_widgets.explainability.attribution.lime_library import by_lime_library

        found = by_lime_library(question, samples=samples, progress=progress, cancel=cancel)
    return as_lime_explanation(question, _answered(found))


def _answered(found: LimeAnswer | Declined) -> LimeAnswer:
    if isinstance(found, Declined):
        raise MissingInputError("explanation by LIME", found.why)
    return found


def _by_shap_library(question: Question, pairs: int | None, cancel: Cancel | None) -> Explanation:
    from mlops_widgets.explainability.attribution.shap_library import by_shap_library

    answer = by_shap_library(question, pairs=pairs)
    return as_explanation(question, answer, library_checks(question, answer, by_shap_library, cancel))
