"""A datasheet: what is counted agrees with brute force, and what nobody said is missing."""

from collections import Counter
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.document import Grid
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.cards.datasheet import SHEET_FIELDS, Datasheet
from mlops_widgets.study.study import Study

SAID = {"text": "A sentence of a person", "by": "Ada King", "on": "2026-03-01"}


def _frame(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"a": rng.integers(0, 4, 60), "b": rng.choice(np.array(["x", "y", None], dtype=object), 60)})
    frame["g"] = ["rare"] * 3 + ["often"] * 57
    frame["y"] = (frame.a + rng.normal(size=60) > 1.5).astype(int)
    return frame


@cache
def _study() -> Study:
    train, test = _frame(0), pd.concat([_frame(1), _frame(0).head(7)], ignore_index=True)
    model = LogisticRegression().fit(train[["a"]], train.y)
    return mw.load_study(model=model, reference=train, test=test, target="y", groups="g", name="small")


def _sheet(**options: object) -> Datasheet:
    found = mw.governance.write_datasheet(_study(), **options)  # type: ignore[arg-type]  # as each test has it
    assert isinstance(found, Datasheet)
    return found


def test_counts_agree_with_brute_force() -> None:
    sheet, test, train = _sheet(table="test"), _study().tables["test"].pandas(), _study().tables["reference"].pandas()
    rows = [tuple(map(str, row)) for row in test.itertuples(index=False)]
    other = {tuple(map(str, row)) for row in train.itertuples(index=False)}
    assert sheet.repeated == sum(count - 1 for count in Counter(rows).values())
    assert sheet.shared == {"reference": sum(row in other for row in rows)}
    assert sheet.shared["reference"] >= 7
    gaps = {each.name: each.missing for each in sheet.columns}
    assert gaps == {name: pytest.approx(float(test[name].isna().mean())) for name in test}
    assert {each.name: each.role for each in sheet.columns} == {
        "a": "input",
        "b": "not used",
        "g": "group",
        "y": "outcome",
    }
    assert (sheet.rows, sheet.labelled) == (67, 67)


def test_an_empty_sheet_fails_and_a_filled_one_passes() -> None:
    assert _sheet().missing == SHEET_FIELDS
    assert _sheet().status == "failed"
    filled = _sheet(statements=dict.fromkeys(SHEET_FIELDS, SAID))
    assert (filled.missing, filled.status) == ((), "passed")


def test_a_value_that_few_rows_hold_is_not_named() -> None:
    text = _sheet().contents(".md").decode()
    assert "often" in text
    assert "rare" not in text
    assert "1 other value" in text


def test_a_data_record_of_the_same_table_fills_what_it_says() -> None:
    def record(table: str, **said: str) -> Result:
        return mw.data_quality.record_data(_study(), table=table, owner="Bo Lee", licence="internal", **said)  # type: ignore[arg-type]

    told = _sheet(record=record("reference", said_by="Bo Lee", said_on="2026-03-01"), statements={"makers": SAID})
    assert told.statements["sharing"].value == "internal"
    assert told.statements["sharing"].author == "Bo Lee"
    assert told.statements["makers"].author == "Ada King"
    assert _sheet(record=record("reference")).missing == SHEET_FIELDS
    with pytest.raises(InputError, match="is version"):
        _sheet(record=record("test"))
    with pytest.raises(WrongTypeError):
        _sheet(record="record.json")


def test_a_table_or_field_that_there_is_not_is_named() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        _sheet(table="tset")
    with pytest.raises(UnknownNameError):
        _sheet(statements={"purposes": SAID})


def test_the_sum_of_every_breakdown_is_all_rows() -> None:
    grids = [block for section in _sheet().document.sections for block in section.blocks if isinstance(block, Grid)]
    shares = [grid for grid in grids if grid.columns == ("value", "rows", "share")]
    assert len(shares) == 2
    for grid in shares:
        assert sum(int(row[1].replace(",", "")) for row in grid.rows) == 60


def test_personal_columns_are_named_and_their_cells_are_not() -> None:
    frame = _frame(0).assign(mail=[f"p{at}@example.org" for at in range(60)])
    model = LinearRegression().fit(frame[["a"]], frame.y)
    study = mw.load_study(model=model, test=frame, target="y", task="regression")
    sheet = mw.governance.write_datasheet(study)
    assert isinstance(sheet, Datasheet)
    assert sheet.findings[2].status == "warning"
    assert "mail" in sheet.findings[2].claim
    assert "example.org" not in sheet.contents(".json").decode()


def test_cells_that_cannot_be_compared_and_hostile_names_are_written_down_too() -> None:
    script = "<script>window.pwned=1</script>"
    frame = (
        _frame(0).assign(lists=pd.Series([[1, at % 3] for at in range(60)], dtype=object)).rename(columns={"b": script})
    )
    frame.loc[:20, "g"] = script
    model = LogisticRegression().fit(frame[["a"]], frame.y)
    sheet = mw.governance.write_datasheet(
        mw.load_study(model=model, test=frame, target="y", features=["a"], groups="g", name=script)
    )
    assert script.encode() not in sheet.contents(".html")
    assert Result.from_dict(sheet.to_dict()).to_dict() == sheet.to_dict()
