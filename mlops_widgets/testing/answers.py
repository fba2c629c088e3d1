"""Checks of what the model says: complete, repeatable, and the same however the rows come."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.words import number
from mlops_widgets.errors import MissingInputError, TableError
from mlops_widgets.study.metric import ABILITY_FOR
from mlops_widgets.study.predictor import EstimatorPredictor, classes_of
from mlops_widgets.study.tables import Table
from mlops_widgets.testing.bench import Array, Bench, Verdict, different_rows, pick

_SINGLE_ROWS = 20
_THREADS = 4
_MANY = 257
"""Rows asked about at once, at the least: more than the batches into which models cut a request."""
_OUTSIDE = 1e-6
"""How far outside 0 to 1 a probability may lie."""
_SUM_OFF = 1e-5
"""How far from 1 probabilities may add up; in single precision 3.5e-4, as in scikit-learn's log_loss, which is stricter in
double precision than what was computed in single precision before can hold."""


def check_complete(bench: Bench) -> Verdict:
    """There is one finite answer for every row of every table."""
    gaps = {name: _gaps(bench, table) for name, table in bench.study.tables.items()}
    told = {name: count for name, count in gaps.items() if count is not None}
    if not told:
        raise MissingInputError("answers in any table", "Pass model=, predict= or the columns that were logged.")
    asked = f"asked about up to {bench.rows} rows of {len(told)} {'table' if len(told) == 1 else 'tables'}"
    missing = sum(told.values())
    if not missing:
        return Verdict(status="passed", claim=f"The model gave one finite answer a row, {asked}.")
    worst = max(told, key=lambda name: told[name])
    return Verdict(
        status="failed", claim=f"{missing} answers are missing or infinite, {asked}; most in {worst}.",
        action="Find these rows' inputs, and decide in the model what it answers there.", evidence={"missing": missing},
    )  # fmt: skip


def _gaps(bench: Bench, table: Table) -> int | None:
    """Return how many sampled rows have no finite answer; None where no answers were logged in that table."""
    model, ability = bench.study.model, ABILITY_FOR[bench.study.metric.needs]
    sample = bench.draw(table)
    try:
        answers = {"scores": model.scores, "probabilities": model.probabilities}.get(ability, model.predictions)(sample)
    except MissingInputError:
        return None
    return int((~np.isfinite(answers.reshape(len(answers), -1)).all(axis=1)).sum())


def check_repeatable(bench: Bench) -> Verdict:
    """The same rows get the same answers twice."""
    differ = max(
        different_rows(bench.ask(bench.inputs(), "asked a second time", method=name), base)
        for name, base in bench.bases.items()
    )
    if not differ:
        return Verdict(status="passed", claim="The same rows asked twice got the same answers.")
    return Verdict(
        status="failed", claim=f"The same {len(bench.base)} rows asked twice got other answers in {differ} rows.",
        action="Fix the seed in the model, and switch off what only training needs, such as dropout.",
        evidence={"rows": len(bench.base), "different": differ},
    )  # fmt: skip


def check_one_by_one(bench: Bench) -> Verdict:
    """A row gets the answer on its own, and among many, that it gets among others."""
    rows = np.arange(min(_SINGLE_ROWS, len(bench.base)))
    many = np.tile(np.arange(len(bench.base)), -(-_MANY // len(bench.base)))
    alone = max(_differs_alone(bench, rows, name) for name in bench.methods)
    among = max(_differs_among(bench, many, name) for name in bench.methods)
    if not alone and not among:
        claim = f"Asked one by one, {len(rows)} rows got the answers that they get together, and among {len(many)} too."
        return Verdict(status="passed", claim=claim)
    claim = f"Asked one by one, {alone} of {len(rows)} rows got another answer than together."
    if not alone:
        claim = f"Among {len(many)} rows, {among} got another answer than among {len(bench.base)}."
    return Verdict(
        status="failed", claim=claim,
        action="Look for a mean, rank or scaling computed over the rows of a request: it must come from training.",
        evidence={"rows": len(rows), "different": alone, "rows_at_once": len(many), "different_at_once": among},
    )  # fmt: skip


def _differs_alone(bench: Bench, rows: "npt.NDArray[np.int64]", method: str) -> int:
    inputs, base = bench.inputs(), bench.bases[method]
    single = [
        bench.ask(pick(inputs, rows[i : i + 1]), "on one row", method=method).reshape(-1, *base.shape[1:]) for i in rows
    ]
    return different_rows(np.concatenate(single), base[rows])


def _differs_among(bench: Bench, rows: "npt.NDArray[np.int64]", method: str) -> int:
    inputs = pick(bench.inputs(), rows)
    if isinstance(inputs, pd.DataFrame):
        inputs = inputs.reset_index(drop=True)  # rows come again, and their labels aren't the matter here
    return different_rows(bench.ask(inputs, f"on {len(rows)} rows", method=method), bench.bases[method][rows])


def check_row_order(bench: Bench) -> Verdict:
    """Shuffled rows, with the index that shuffling leaves, get their own answers."""
    order = np.random.default_rng(bench.seed + 1).permutation(len(bench.base))
    differ = max(
        different_rows(bench.ask(pick(bench.inputs(), order), "on shuffled rows", method=name), base[order])
        for name, base in bench.bases.items()
    )
    if not differ:
        return Verdict(status="passed", claim="Shuffled rows got the same answers, in the order of the rows.")
    return Verdict(
        status="failed", claim=f"Shuffled, {differ} of {len(order)} rows got another answer.",
        action="Return answers in the order of the rows, not of the index, and use nothing from the row before.",
        evidence={"rows": len(order), "different": differ},
    )  # fmt: skip


def check_threads(bench: Bench) -> Verdict:
    """Threads that ask at the same time get the answers that one gets alone."""
    inputs = [bench.inputs() for _ in range(_THREADS)]
    start = Barrier(_THREADS)

    def ask(k: int) -> Array:
        start.wait()
        return bench.ask(inputs[k], f"when {_THREADS} threads asked at the same time")

    alone = bench.base
    with ThreadPoolExecutor(_THREADS) as pool:
        differ = sum(different_rows(answer, alone) > 0 for answer in pool.map(ask, range(_THREADS)))
    if not differ:
        return Verdict(
            status="passed", claim=f"{_THREADS} threads asking at the same time got the answers that one gets."
        )
    return Verdict(
        status="failed", claim=f"{differ} of {_THREADS} threads asking at the same time got other answers.",
        action="Keep nothing of a request on the model itself, or serve it from processes of one thread.",
        evidence={"threads": _THREADS, "different": differ},
    )  # fmt: skip


def check_probabilities(bench: Bench) -> Verdict:
    """Probabilities lie from 0 to 1, and those of a row add up to 1."""
    if not hasattr(bench.estimator.model, "predict_proba"):
        raise MissingInputError("probabilities", "Pass a model with predict_proba, or predict_proba=.")
    answer = bench.ask(bench.inputs(), "on the rows as they are", method="predict_proba")
    precision = float(np.finfo(answer.dtype).eps)
    near = max(_OUTSIDE, precision)
    outside = int((~((answer >= -near) & (answer <= 1 + near))).reshape(len(answer), -1).any(axis=1).sum())
    sums = answer.astype(np.float64).sum(axis=1) if answer.ndim == 2 and answer.shape[1] > 1 else np.ones(1)
    off = float(np.abs(sums - 1).max())
    evidence = {"outside": outside, "largest_distance_of_a_sum_from_1": off}
    if not outside and off <= max(_SUM_OFF, precision**0.5):
        return Verdict(status="passed", claim="Probabilities lie from 0 to 1 and add up to 1.", evidence=evidence)
    what = (
        f"{outside} rows have probabilities outside 0 to 1"
        if outside
        else f"the sum of a row lies up to {number(off)} from 1"
    )
    return Verdict(
        status="failed", claim=f"What predict_proba gives aren't probabilities: {what}.", evidence=evidence,
        action="Name raw scores decision_function, or calibrate the model (CalibratedClassifierCV).",
    )  # fmt: skip


def check_decision(bench: Bench) -> Verdict:
    """What the model predicts follows from its own scores."""
    model, outcome = bench.estimator, bench.study.outcome
    if outcome.task == "regression" or not {"predict", "scores"} <= model.can:
        raise MissingInputError(
            "predictions beside scores", "Pass a classifier with predict_proba or decision_function."
        )
    scores = model.scores(bench.draw(bench.sample))
    try:
        decided = outcome.encode(model.raw(bench.draw(bench.sample)).ravel(), where="predictions")
    except TableError:
        return Verdict(status="failed", claim="The model predicts labels that are none of its classes.",
                       action="Return the labels of training from predict, not codes or numbers.")  # fmt: skip
    wrong = _out_of_order(scores, decided) if scores.ndim == 1 else _not_highest(scores, decided)
    if not wrong:
        return Verdict(status="passed", claim="What the model predicts follows from its scores.")
    return Verdict(
        status="failed", claim=f"In {wrong} of {len(decided)} rows the model predicts another class than its scores say.",
        action="Decide by the scores yourself: pass decision_threshold=, and use the same number in production.",
        evidence={"rows": len(decided), "different": wrong},
    )  # fmt: skip


def _out_of_order(scores: "npt.NDArray[np.float64]", decided: "npt.NDArray[np.float64]") -> int:
    """Return how many rows no threshold explains: at the best one, wherever it lies."""
    order = np.argsort(scores, kind="stable")
    sorted_scores, positive = scores[order], decided[order] > 0
    below = np.concatenate([[0], np.cumsum(positive)])  # positives under a threshold before row i
    above = np.concatenate([np.cumsum(~positive[::-1])[::-1], [0]])  # negatives over it
    between = np.concatenate([[True], np.diff(sorted_scores) > 0, [True]])  # equal scores can't be told apart
    return int((below + above)[between].min())


def _not_highest(scores: "npt.NDArray[np.float64]", decided: "npt.NDArray[np.float64]") -> int:
    chosen = scores[np.arange(len(scores)), decided.astype(int)]
    return int((chosen < scores.max(axis=1) - 1e-9).sum())


def check_classes(bench: Bench) -> Verdict:
    """The labels of every table are classes that the model knows, and every class occurs."""
    study = bench.study
    if study.task == "regression":
        raise MissingInputError("classes", "Nothing to do: the target is a number.")
    met: set[int] = set()
    for table in study.tables.values():
        if study.outcome.target not in table:
            continue
        try:
            labels = study.labels(table)
        except TableError:
            return Verdict(
                status="failed", claim=f"{table.name} holds labels in {study.outcome.target!r} that the model doesn't know.",
                action="Train on rows of that class, or leave them out and say so.",
            )  # fmt: skip
        met |= {int(code) for code in labels[~np.isnan(labels)]}
    known = len(study.outcome.classes)
    strange = _unknown_to_study(bench)
    if strange:
        return Verdict(status="failed", claim=f"The model knows {strange} classes that the study doesn't.",
                       action="Load the study with the model that belongs to it.")  # fmt: skip
    if len(met) < known:
        return Verdict(status="warning", claim=f"No table holds {known - len(met)} of the model's {known} classes.",
                       action="Test on rows of every class: nothing is known about the others.")  # fmt: skip
    return Verdict(status="passed", claim=f"The model knows every label, and the tables hold all {known} classes.")


def _unknown_to_study(bench: Bench) -> int:
    model = bench.study.model
    classes = classes_of(model.model) if isinstance(model, EstimatorPredictor) else None
    known = {str(label) for label in bench.study.outcome.classes}
    return sum(str(label) not in known for label in classes or ())
