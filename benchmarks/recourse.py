"""How near the changes are that find_recourse proposes, how often it finds any, and what that costs.

Rows of each sample on the wrong side of the decision, by `find_recourse`; those of the loans also by DiCE, where it is installed,
with the same columns and ranges. Distances are in the units of `find_recourse`. Run: `python benchmarks/recourse.py [rows]`.
"""

import sys
import time
from importlib import import_module
from importlib.util import find_spec
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

import mlops_widgets as mw
from mlops_widgets.explainability.stakeholders.recourse.moves import unit_of
from mlops_widgets.explainability.stakeholders.recourse.recourse_result import RecourseResult
from mlops_widgets.study.samples.catalogue import SAMPLES
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table


def answered(study: Study, row: int, *, draws: int) -> RecourseResult:
    """Return recourse of one row."""
    result = mw.explainability.find_recourse(study, row, refits=0, draws=draws)
    assert isinstance(result, RecourseResult)
    return result


def needless(study: Study, row: int, result: RecourseResult) -> int:
    """Return how many proposals don't reach, or reach with a part of their changes."""
    own = study.need("test").pandas()[list(study.model.features)].iloc[[row]]
    decided = study.model.predictions(Table(own, name="row"))[0]
    wrong = 0
    for each in result.proposals:
        new = {change.column: change.after_number for change in each.changes}
        if any(np.isnan(list(new.values()))):
            continue
        parts = [part for size in range(1, len(new) + 1) for part in combinations(new, size)]
        rows = pd.concat([own.assign(**{name: new[name] for name in part}) for part in parts])
        reached = study.model.predictions(Table(rows, name="rows")) != decided
        wrong += bool(reached[:-1].any() or not reached[-1])
    return wrong


def measure(name: str, count: int) -> None:
    """Print a line for each way of looking."""
    study = mw.sample(name)
    scores = study.model.scores(study.need("test"))
    wrong_side = scores < 0.5 if name == "census" else scores >= 0.5
    rows = np.random.default_rng(0).permutation(np.flatnonzero(wrong_side))[:count]
    for title, draws in (("nearest", 0), ("firm", 50)):
        started = time.process_time()
        found = [answered(study, int(row), draws=draws) for row in rows]
        seconds = (time.process_time() - started) / len(rows)
        costs = [each.proposals[0].cost for each in found if each.proposals]
        plausible = np.mean([each.proposals[0].plausible for each in found if each.proposals])
        print(f"{name} {title}: found {len(costs)} of {len(rows)}, median cost {np.median(costs):.2f}, plausible {plausible:.2f}, "
              f"{seconds:.2f} s CPU a row", end="")  # fmt: skip
        if not draws:
            bad = sum(needless(study, int(row), each) for row, each in zip(rows, found, strict=True))
            print(
                f", proposals of numbers with a needless change or that fail: {bad} of {sum(len(e.proposals) for e in found)}",
                end="",
            )
        print()
    if name == "loans" and find_spec(
        "dice_ml"
    ):  # in the others codes stand for categories, which DiCE would take for amounts
        by_dice(study, rows)


def by_dice(study: Study, rows: "np.typing.NDArray[np.int64]") -> None:
    """Print what DiCE proposes for the same rows."""
    dice_ml = import_module("dice_ml")
    columns = list(study.model.features)
    reference = study.need("reference").pandas()[[*columns, study.outcome.target]].dropna()
    numeric = [column for column in columns if reference[column].dtype.kind in "if"]
    units = {column: unit_of(reference[column].to_numpy(dtype=float)) for column in numeric}
    fixed = {each.column for each in answered(study, int(rows[0]), draws=0).fixed}
    vary = [column for column in columns if column not in fixed]
    ends = {c: [float(reference[c].quantile(q)) for q in (0.01, 0.99)] for c in numeric if c in vary}
    data = dice_ml.Data(dataframe=reference, continuous_features=numeric, outcome_name=study.outcome.target)
    model = study.model.model  # type: ignore[attr-defined]  # samples hold estimators
    own = study.need("test").pandas()[columns]

    def cost(row: "pd.Series[Any]", new: "pd.Series[Any]") -> float:
        far = [
            abs(float(row[c]) - float(new[c])) / units[c] if c in units else float(row[c] != new[c]) for c in columns
        ]
        return float(sum(far))

    for method in ("random", "genetic"):
        explainer = dice_ml.Dice(data, dice_ml.Model(model=model, backend="sklearn"), method=method)
        started, costs = time.process_time(), []
        for row in rows:
            near = own.iloc[[row]]
            made = counterfactuals(explainer, near, features_to_vary=vary, permitted_range=ends)
            valid = made[model.predict(made) != model.predict(near)[0]] if len(made) else made
            costs += [min(cost(near.iloc[0], new) for _, new in valid.iterrows())] if len(valid) else []
        seconds = (time.process_time() - started) / len(rows)
        found = f"found {len(costs)} of {len(rows)}, median cost {np.median(costs):.2f}"
        print(f"{study.name} DiCE {method}: {found}, {seconds:.2f} s CPU a row")


def counterfactuals(explainer: Any, row: pd.DataFrame, **limits: object) -> pd.DataFrame:  # noqa: ANN401 - DiCE's
    """Return five rows that DiCE proposes, none where it finds none."""
    refusal: type[Exception] = import_module("raiutils.exceptions").UserConfigValidationException
    try:
        made = explainer.generate_counterfactuals(row, total_CFs=5, desired_class="opposite", **limits)
    except refusal:
        return row[:0]
    found: pd.DataFrame = made.cf_examples_list[0].final_cfs_df[list(row.columns)]
    return found.astype({name: float for name in row.columns if row[name].dtype.kind in "if"})


if __name__ == "__main__":
    for sample_name in SAMPLES:
        measure(sample_name, int(sys.argv[1]) if len(sys.argv) > 1 else 20)
