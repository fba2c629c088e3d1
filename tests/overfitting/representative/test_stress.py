import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.errors import CancelledError, InputError, UnknownNameError
from mlops_widgets.overfitting.representative.faults import BY_NAME
from mlops_widgets.overfitting.representative.stress import StressResult, stress
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import AWKWARD, study_of

FEW = ["nulls", "times_1000", "swapped", "unseen_level", "date_format", "reordered"]


def rows(count: int = 900, seed: int = 0) -> pd.DataFrame:
    """Give `strong` and `weak` numbers, a word that means nothing, and a target that follows the strong number."""
    rng = np.random.default_rng(seed)
    strong, weak = rng.normal(10, 1, count), rng.normal(size=count)
    word = rng.choice(["red", "blue"], count)
    y = (strong + 0.3 * rng.normal(size=count) > 10).astype(int)
    return pd.DataFrame({"strong": strong, "weak": weak, "word": word, "y": y})


@dataclass
class Rule:
    """A model that says what a test needs it to say: its answer is a function of the frame."""

    answer: Any

    def predict(self, frame: pd.DataFrame) -> Any:
        return self.answer(frame)


def study(answer: Any, *, features: list[str] | None = None, **more: Any) -> Study:
    names = features or ["strong", "weak", "word"]
    return load_study(predict=Rule(answer).predict, test=rows(), target="y", features=names, **more)


def measured(found: Study, **options: Any) -> StressResult:
    result = stress(found, draws=100, **options)
    assert isinstance(result, StressResult)
    return result


def above(frame: pd.DataFrame) -> Any:
    return (frame["strong"] > 10).astype(int).to_numpy()


def test_a_thousandfold_column_that_decides_fails_silently_and_the_others_dont() -> None:
    result = measured(study(above), faults=["times_1000"])
    by_column = {cell.column: cell for cell in result.of("times_1000")}
    assert by_column["strong"].status == "failed"
    assert by_column["weak"].outcome == "unchanged"
    assert "word" not in by_column
    assert result.status == "failed"
    assert result.findings[0].evidence["worst_column"] == "strong"


def test_the_view_begins_with_the_cell_of_the_headline() -> None:
    result = measured(study(above), faults=["nulls", "swapped", "times_1000"])
    view = card_of(result).view
    assert view is not None
    first = view.state["cells"][view.state["start"]]
    evidence = result.findings[0].evidence
    assert view.state["places"][first["place"]] == evidence["worst_column"]
    assert view.state["faults"][first["fault"]]["short"] == BY_NAME[str(evidence["worst"])].short
    assert first["status"] == "failed"


def test_the_cost_is_the_score_lost_on_the_rows_that_confirm_it() -> None:
    result = measured(study(above), faults=["times_1000"])
    cell = next(cell for cell in result.cells if cell.column == "strong")
    # A thousandfold column calls every row positive: accuracy falls from the rule's to the share of positives.
    assert cell.confirmed
    assert cell.moved_share == pytest.approx(0.5, abs=0.06)
    assert cell.loss == pytest.approx(result.score - rows()["y"].mean(), abs=0.05)
    assert cell.lower < cell.loss < cell.upper


def test_an_error_is_the_good_outcome_and_named_by_type_alone() -> None:
    def refuses(frame: pd.DataFrame) -> Any:
        if frame["strong"].isna().any():
            raise ValueError("the secret cell 12345")
        return above(frame)

    result = measured(study(refuses), faults=["nulls"])
    cell = next(cell for cell in result.cells if cell.column == "strong")
    assert (cell.outcome, cell.error) == ("raises", "ValueError")
    assert result.findings[1].status == "passed"
    assert "12345" not in json.dumps(result.to_dict())


def test_a_missing_answer_is_an_abstention() -> None:
    def unsure(frame: pd.DataFrame) -> Any:
        return np.where(frame["strong"].isna(), np.nan, (frame["strong"] > 10).astype(float))

    result = measured(study(unsure), faults=["nulls"])
    cell = next(cell for cell in result.cells if cell.column == "strong")
    assert (cell.outcome, cell.missing_share) == ("abstains", 1.0)
    assert result.status == "passed"


def test_a_model_that_looks_at_its_batch_is_found_out_and_never_stacked() -> None:
    def ranks(frame: pd.DataFrame) -> Any:
        return (frame["strong"] > frame["strong"].mean()).astype(int).to_numpy()

    result = measured(study(ranks), faults=["single_row", "times_1000", "duplicated_rows"])
    outcomes = {cell.fault: cell.outcome for cell in result.cells if cell.column in {"", "strong"}}
    # Alone, no row lies above its own mean; a mean of thousandfold numbers moves with them.
    assert outcomes == {"single_row": "changes", "times_1000": "unchanged", "duplicated_rows": "unchanged"}


def test_columns_by_place_are_silently_taken_in_any_order_and_by_name_they_arent() -> None:
    frame = rows()
    by_place = LogisticRegression().fit(frame[["strong", "weak"]].to_numpy(), frame["y"])
    by_name = LogisticRegression().fit(frame[["strong", "weak"]], frame["y"])
    outcomes = [
        measured(
            load_study(model=model, test=frame, target="y", features=["strong", "weak"]), faults=["reordered"]
        ).cells[0]
        for model in (by_place, by_name)
    ]
    assert [cell.outcome for cell in outcomes] == ["changes", "raises"]
    assert outcomes[0].status == "failed"


def test_categories_in_other_capitals_are_unseen_ones() -> None:
    def by_word(frame: pd.DataFrame) -> Any:
        return (frame["word"] == "red").astype(int).to_numpy()

    result = measured(study(by_word), faults=["case", "whitespace", "unseen_level"])
    assert {cell.outcome for cell in result.cells} == {"changes"}
    assert {cell.column for cell in result.cells} == {"word"}


def test_in_regression_an_answer_moves_when_it_moves_by_more_than_the_margin() -> None:
    frame = rows().assign(y=lambda f: 3 * f["strong"] + f["weak"])
    model = LinearRegression().fit(frame[["strong", "weak"]], frame["y"])
    found = load_study(model=model, test=frame, target="y", metric="mae", margin=1.5)
    result = measured(found, faults=["divided_100"])
    moved = {cell.column: cell.moved_share for cell in result.cells}
    assert result.moved_by == 1.5
    assert moved["strong"] == 1.0
    share = float((np.abs(0.99 * frame["weak"]) > 1.5).mean())
    assert moved["weak"] == pytest.approx(share, abs=0.06)


def test_only_the_share_of_rows_asked_for_is_broken() -> None:
    result = measured(study(above), faults=["sentinel_low"], affected_share=0.1)
    cell = next(cell for cell in result.cells if cell.column == "strong")
    # All rows broken lose about half of the accuracy, a tenth of them a tenth of that.
    assert 0.01 < cell.loss < 0.1


def test_a_test_without_labels_gives_way_to_a_production_that_has_them() -> None:
    found = load_study(
        predict=above, test=rows().drop(columns="y"), production=rows(60), target="y", features=["strong", "weak"]
    )
    result = measured(found, faults=["times_1000"])
    assert (result.table, result.labelled_rows) == ("production", 60)


def test_wide_tables_try_the_columns_whose_shuffling_matters() -> None:
    frame = rows()
    for k in range(12):
        frame[f"noise {k}"] = 1.0 + np.arange(len(frame)) % 7
    found = load_study(predict=above, test=frame, target="y", features=[str(name) for name in frame if name != "y"])
    result = measured(found, faults=["nulls"], max_columns=2)
    assert result.columns_left_out == 13
    assert "strong" in result.columns
    assert result.findings[-1].code == "OV-ST-23"


def test_what_the_budget_doesnt_allow_is_not_run_and_says_so() -> None:
    ticks = iter(range(10_000))
    result = stress(
        study(above), faults=["nulls", "stale"], draws=100, budget_seconds=1, clock=lambda: float(next(ticks))
    )
    late = next(finding for finding in result.findings if finding.code == "OV-ST-16")
    assert late.status == "not_run"
    assert {cell.outcome for cell in result.cells if cell.fault == "stale"} == {"not_run"}  # type: ignore[union-attr]  # measured


def test_it_stops_when_asked() -> None:
    with pytest.raises(CancelledError):
        stress(study(above), cancel=lambda: True)


def test_logged_predictions_cant_be_asked() -> None:
    result = stress(study_of("logged_predictions"))
    assert isinstance(result, NoResult)
    assert result.findings[0].status == "not_applicable"


@pytest.mark.parametrize("name", [name for name in AWKWARD if name not in {"plain", "late_labels"}])
def test_every_awkward_study_gets_findings_and_a_card(name: str) -> None:
    result = stress(study_of(name), faults=FEW, max_rows=40, draws=100)
    assert result.findings
    assert card_of(result)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))).to_dict() == result.to_dict()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_rows": 5}, "max_rows=5"), ({"affected_share": 0.0}, "affected_share=0.0"), ({"margin": -1.0}, "margin=-1.0"),
        ({"draws": 10}, "draws=10"), ({"budget_seconds": 0.0}, "budget_seconds=0.0"), ({"faults": []}, "faults= is empty"),
    ],
)  # fmt: skip
def test_an_option_out_of_its_range_is_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        stress(study(above), **options)


def test_an_unknown_fault_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'nulls'"):
        stress(study(above), faults=["null"])


def clean(frame: pd.DataFrame) -> bool:
    return bool(
        frame.get("strong") is not None and pd.to_numeric(frame["strong"], errors="coerce").between(0, 20).all()
    )


def leaves(error: BaseException) -> Any:
    """Return an answer that raises on broken input."""

    def answer(frame: pd.DataFrame) -> Any:
        if not clean(frame):
            raise error
        return (frame["strong"] > 10).astype(int)

    return answer


@pytest.mark.parametrize("error", [SystemExit("cell-7"), StopIteration("cell-7"), MemoryError("cell-7")], ids=type)
def test_however_a_model_leaves_only_the_kind_of_its_error_is_told(error: BaseException) -> None:
    result = stress(study(leaves(error)), faults=["nulls", "missing_column"], max_rows=60, draws=100)
    assert isinstance(result, StressResult)
    assert {cell.outcome for cell in result.cells if cell.column == "strong"} == {"raises"}
    assert "cell-7" not in json.dumps(result.to_dict())


def test_an_interrupt_is_no_answer_of_the_model() -> None:
    with pytest.raises(KeyboardInterrupt):
        stress(study(leaves(KeyboardInterrupt())), faults=["nulls"], max_rows=60, draws=100)


class Meddler:
    """A model that changes what it is given, as feature engineering in place does."""

    classes_ = np.array([0, 1])

    def predict_proba(self, frame: pd.DataFrame) -> Any:
        p = 1 / (1 + np.exp(10 - frame.pop("strong").to_numpy(dtype=float)))
        frame["engineered"] = p
        return np.column_stack([1 - p, p])

    def predict(self, frame: pd.DataFrame) -> Any:
        return (self.predict_proba(frame)[:, 1] > 0.5).astype(int)


def test_a_model_that_changes_its_inputs_gets_them_whole_each_time() -> None:
    frame = rows()
    kept = frame.copy(deep=True)
    own = load_study(model=Meddler(), test=frame, target="y", metric="roc_auc", features=["strong", "weak", "word"])
    result = stress(own, faults=["sentinel_low"], max_rows=60, draws=100)
    assert isinstance(result, StressResult)
    assert {cell.outcome for cell in result.cells if cell.column == "strong"} == {"changes"}
    assert frame.equals(kept)
