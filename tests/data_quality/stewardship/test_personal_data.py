"""What is said of personal data: which columns, on what evidence, and what the model takes of it."""

import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.data_quality import PersonalDataResult, find_personal_data
from tests import awkward


def found(data: object) -> PersonalDataResult:
    result = find_personal_data(data)
    assert isinstance(result, PersonalDataResult)
    return result


def codes(result: PersonalDataResult) -> dict[str, str]:
    return {finding.code: finding.status for finding in result.findings}


@pytest.mark.parametrize("name", ["loans", "flights", "census"])
def test_the_samples_hold_none_in_any_table(name: str) -> None:
    study = mw.sample(name)
    for table in study.tables:
        result = find_personal_data(study, table=table)
        assert isinstance(result, PersonalDataResult)
        assert codes(result) == {"DQ-PD-01": "passed"}


def test_a_share_has_wilsons_interval() -> None:
    (mail,) = found(pd.DataFrame({"mail": ["a@b.org"] * 10 + ["none"] * 90})).columns
    assert (mail.share, round(mail.lower, 3), round(mail.upper, 3)) == (0.1, 0.055, 0.174)


def test_personal_columns_that_the_model_takes_are_named() -> None:
    rows = pd.DataFrame(
        {"ssn": [f"{100 + i % 90:03d}{10 + i % 80:02d}{1000 + i}" for i in range(60)], "late": [0, 1] * 30}
    )
    model = LogisticRegression().fit(rows[["ssn"]].astype(float), rows["late"])
    study = mw.load_study(
        predict=lambda frame: model.predict(frame.astype(float)), test=rows, target="late", features=["ssn"]
    )
    result = found(study)
    assert codes(result) == {"DQ-PD-01": "warning", "DQ-PD-02": "warning"}
    assert result.inputs == ("ssn",)


def test_one_account_number_is_too_few_to_tell() -> None:
    result = found(pd.DataFrame({"note": ["pay DE89 3704 0044 0532 0130 00", "ok"]}))
    assert codes(result) == {"DQ-PD-01": "passed", "DQ-PD-03": "not_enough_data"}


def test_what_is_found_holds_no_cell() -> None:
    result = found(pd.DataFrame({"mail": [f"user{i}@example.org" for i in range(9)]}))
    assert "example" not in str(result.to_dict()) + str(result)


def test_awkward_studies_and_tables_have_an_answer() -> None:
    frame = pd.DataFrame([[1, "a@b.org"], [2, None]], columns=["", awkward.HOSTILE_NAMES[5]])
    assert found(frame).personal == (awkward.HOSTILE_NAMES[5],)
    assert codes(found(awkward.plain(80).study)) == {"DQ-PD-01": "passed"}
    assert codes(found(pd.DataFrame({"a": [None]}))) == {"DQ-PD-01": "passed"}
