"""An audit says what fails, what changed first, and continues its history."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.data_quality.audits.audit_batches import audit_batches, audit_step
from mlops_widgets.data_quality.audits.audit_result import BatchAuditResult
from mlops_widgets.errors import CheckFailedError, InputError, TableError, WrongTypeError
from mlops_widgets.records import open_records
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract
from tests.data_quality.audits.weeks import BROKEN_FROM, audited, broken, codes, label, sound, week, weeks

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def test_weeks_alike_raise_no_alarm_and_the_chance_of_one_is_said() -> None:
    result = sound()
    assert (result.status, result.exit_code, result.changes) == ("passed", 0, ())
    assert result.per_year
    assert result.false_alarms == pytest.approx(1.0)
    assert codes(result)["DQ-AB-08"] == "passed"


def test_what_changed_first_is_named_with_the_batches_between_which_it_began() -> None:
    first = {each.check: each for each in broken().changes}
    assert set(first) == {"price: distribution", "country: missing share"}
    assert {each.latest for each in first.values()} == {BROKEN_FROM}
    assert all(each.earliest <= BROKEN_FROM for each in first.values())
    assert label(BROKEN_FROM) in broken().findings[1].claim


def test_missing_cells_beyond_the_margin_fail_and_moved_values_warn() -> None:
    frame = broken().frame().set_index(["batch", "check"])
    assert frame.loc[(label(7), "country: missing share"), "status"] == "failed"
    assert frame.loc[(label(7), "price: distribution"), "status"] == "warning"
    assert frame.loc[(label(5), "country: missing share"), "status"] == "passed"
    assert frame.loc[(label(7), "country: missing share"), "value"] == pytest.approx(0.2, abs=0.05)
    assert broken().exit_code == 1


def test_a_jump_shows_against_the_batch_before_and_only_there() -> None:
    frame = broken().frame()
    steps = frame[frame["check"] == "price: step"].set_index("batch")["status"]
    assert [batch for batch, status in steps.items() if status == "warning"] == [label(BROKEN_FROM)]


def test_columns_that_name_rows_are_not_compared() -> None:
    assert "order" not in broken().columns
    assert "order" in next(each.claim for each in broken().findings if each.code == "DQ-AB-09")


def test_dated_batches_are_put_in_order_and_others_stay_as_they_come() -> None:
    shuffled = dict(reversed(weeks(3, broken=False).items()))
    assert audited(shuffled).batches == ("2024-01", "2024-02", "2024-03")
    assert audited({"b": week(0), "a": week(1)}).batches == ("b", "a")
    assert not audited([week(0), week(1)]).per_year


def test_a_contract_that_was_promised_fails_and_one_that_was_learned_warns() -> None:
    contract = Contract(name="orders", columns=(ColumnRules(name="price", upper=200),))
    batches = {label(0): week(0), label(1): week(1, broken=True)}
    promised = audited(batches, contract).frame()
    learned = audited(batches, learn="baseline").frame()
    assert set(promised[promised["check"] == "price: range"]["status"]) == {"passed", "failed"}
    assert set(learned[learned["check"] == "price: range"]["status"]) == {"passed", "warning"}


def test_each_batch_may_be_asked_what_contract_it_would_need() -> None:
    result = audited({label(0): week(0), label(1): week(1, broken=True)}, learn="each batch")
    diffs = [each for each in result.findings if each.code == "DQ-AB-05"]
    assert [each.status for each in diffs] == ["passed", "warning"]
    assert diffs[1].evidence["needed"] != 0


def test_columns_gone_or_of_another_kind_fail_and_new_ones_warn() -> None:
    first = week(0)
    for after, status in [
        (first.drop(columns="price"), "failed"), (first.assign(price=first["price"].astype(str) + " CHF"), "failed"),
        (first.assign(extra=1), "warning"),
    ]:  # fmt: skip
        frame = audited([first, after]).frame()
        assert list(frame[frame["check"] == "columns"]["status"]) == [status]


def test_a_batch_of_other_size_fails_once_five_were_seen() -> None:
    sizes = [600, 620, 590, 610, 605, 600, 150]
    frame = audited([week(place, rows) for place, rows in enumerate(sizes)]).frame()
    rows = frame[frame["check"] == "rows"]
    assert list(rows["status"]) == ["not_enough_data"] * 5 + ["passed", "failed"]
    assert rows["lower"].iloc[-1] < 600 < rows["upper"].iloc[-1]


def test_the_interval_of_rows_is_that_of_one_more_normal_logarithm() -> None:
    sizes = np.array([600, 620, 590, 610, 605])
    frame = audited([week(place, int(rows)) for place, rows in enumerate([*sizes, 600])]).frame()
    logs = np.log(sizes)
    # Student's t at .9975: of the batch's 5 %, a tenth is for the rows; R's qt(.9975, 4) = 5.597568.
    half = 5.597568 * logs.std(ddof=1) * np.sqrt(1 + 1 / 5)
    told = frame[frame["check"] == "rows"].iloc[-1]
    assert (told["lower"], told["upper"]) == (
        pytest.approx(np.exp(logs.mean() - half), rel=1e-6),
        pytest.approx(np.exp(logs.mean() + half), rel=1e-6),
    )


def test_a_trend_is_told_before_it_is_an_alarm() -> None:
    rng = np.random.default_rng(0)
    batches = [
        pd.DataFrame({"age": rng.normal(40 + 0.4 * place, 10, 3000), "city": rng.choice(["a", "b"], 3000)})
        for place in range(12)
    ]
    result = audited(batches)
    assert [each.check for each in result.trends] == ["age: mean"]
    assert result.trends[0].lower < 0.44 < result.trends[0].upper
    assert codes(result)["DQ-AB-04"] == "warning"


def test_records_continue_the_history_without_reading_it_again(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    all_weeks = list(weeks().items())
    for place in range(0, 9, 3):
        last = audited(dict(all_weeks[place : place + 3]), records=path, now=NOW + timedelta(days=place))
    at_once = broken()
    assert last.batches == at_once.batches
    assert last.statuses == at_once.statuses
    np.testing.assert_array_equal(last.values, at_once.values)
    assert last.new.tolist() == [0] * 6 + [1] * 3
    assert open_records(path).verify() == []


def test_records_hold_no_cell_that_few_rows_hold(tmp_path: Path) -> None:
    rare = week(0).assign(note=[f"secret-{n}" for n in range(600)])
    audited([rare], records=tmp_path / "audits.db", learn="baseline")
    assert not any(b"secret-" in path.read_bytes() for path in tmp_path.iterdir())


def test_the_same_rows_are_counted_once_and_told(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    audited({label(0): week(0), label(1): week(1)}, records=path)
    again = audited({label(1): week(1), label(2): week(1)}, records=path)
    assert again.batches == (label(0), label(1))
    assert [each.status for each in again.findings if each.code == "DQ-AB-07"] == ["passed", "warning"]
    assert (again.status, again.exit_code) == ("not_run", 0)
    assert len(open_records(path).read("audit batch")) == 2


def test_a_first_batch_that_comes_twice_is_a_history_of_one() -> None:
    result = audited({label(0): week(0), label(1): week(0)})
    assert result.batches == (label(0),)
    assert result.per_year


def test_batches_without_labels_are_numbered_on(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    for number in range(3):
        last = audited(week(number), records=path)
    assert last.batches == ("batch 1", "batch 2", "batch 3")


def test_two_histories_share_a_store(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    audited(week(0), records=path, name="orders")
    assert audited(week(1), records=path, name="returns").batches == ("batch 1",)


def test_only_new_batches_fail_an_audit(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    audited({label(place): week(place, broken=place == 1) for place in range(2)}, records=path)
    after = audited({label(2): week(2)}, records=path)
    assert after.exit_code == 0
    assert after.changes[0].latest == 1


def test_a_damaged_store_is_recovered_and_the_audit_says_so(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    audited(week(0), records=path)
    path.write_bytes(b"\0" * 4096)
    result = audited(week(1), records=path)
    assert len(result.batches) == 2
    assert codes(result)["DQ-AB-10"] == "warning"


def test_the_next_audit_is_due_and_a_late_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "audits.db"
    first = audited(week(0), records=path, calendar=7, now=NOW)
    assert (first.due, codes(first)["DQ-AB-06"]) == ("2025-01-08", "passed")
    late = audited(week(1), records=path, calendar=7, now=NOW + timedelta(days=10))
    assert next(each.claim for each in late.findings if each.code == "DQ-AB-06").startswith(
        "This audit came 3 days after"
    )
    assert codes(audited(week(2), calendar=7))["DQ-AB-06"] == "not_run"


def test_the_calendar_file_is_what_calendars_read() -> None:
    text = audited(week(0), calendar=7, now=NOW, name="a;b, c\n" + "ü" * 60).calendar_file()
    lines = text.split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert "DTSTART;VALUE=DATE:20250108" in lines
    assert "RRULE:FREQ=DAILY;INTERVAL=7" in lines
    assert max(len(line.encode()) for line in lines) <= 75
    assert "SUMMARY:Audit of a\\;b\\, c " in re.sub("\r\n ", "", text)
    with pytest.raises(InputError, match="no next audit"):
        sound().calendar_file()


def test_a_step_of_a_pipeline_returns_its_table_or_stops(tmp_path: Path) -> None:
    path, table = tmp_path / "audits.db", week(0)
    assert audit_step(table, records=path, learn="nothing") is table
    with pytest.raises(CheckFailedError, match="missing share"):
        audit_step(week(1, broken=True), records=path, learn="nothing")


def test_the_clean_samples_raise_nothing_that_failed() -> None:
    result = mw.data_quality.audit_batches(mw.sample("census"))
    assert isinstance(result, BatchAuditResult)
    assert (result.status, result.exit_code) == ("passed", 0)


def test_labels_that_come_later_are_no_missing_cells() -> None:
    days = pd.date_range("2024-01-01", periods=900, freq="6h")
    frame = week(0, 900).assign(y=[0.0, 1.0] * 450, p=0.5, day=days.astype(str))
    frame.loc[600:, "y"] = np.nan
    study = mw.load_study(
        reference=week(1).assign(y=[0.0, 1.0] * 300, p=0.5, day="2023-12-01"),
        production=frame,
        target="y",
        scores="p",
        time="day",
    )
    result = audited(study, learn="baseline")
    assert "price: missing share" in result.checks
    assert not {"y: missing share", "y: missing"} & set(result.checks)
    assert not {"day", "p"} & set(result.columns)


def test_a_study_without_production_says_what_is_missing() -> None:
    frame = week(0).assign(y=[0, 1] * 300, p=lambda rows: rows["weight"].rank(pct=True))
    result = audit_batches(mw.load_study(test=frame, target="y", scores="p"))
    assert isinstance(result, NoResult)
    assert result.missing == "production"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"contract": 3}, WrongTypeError, "contract=int"), ({"learn": "all"}, InputError, "learn='all'"),
        ({"calendar": 0}, InputError, "calendar=0"), ({"now": "today"}, InputError, "now='today'"),
        ({"margin": 0}, InputError, "margin=0"), ({"false_alarms_a_year": -1}, InputError, "false_alarms_a_year=-1"),
        ({"name": " "}, InputError, "name=' '"),
    ],
)  # fmt: skip
def test_an_option_out_of_its_range_is_named(options: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        audit_batches([week(0)], **options)  # type: ignore[arg-type]  # what is refused


@pytest.mark.parametrize(("batches", "error"), [([], InputError), ({}, InputError), ({"": week(0)}, InputError), (3, TableError), ("no.csv", TableError)])  # fmt: skip
def test_what_are_no_batches_is_refused(batches: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        audit_batches(batches)


def test_files_are_batches_by_their_names(tmp_path: Path) -> None:
    for number in range(2):
        week(number, 60).to_csv(tmp_path / f"{label(number)}.csv", index=False)
    assert audited(sorted(tmp_path.glob("*.csv"))).batches == ("2024-01", "2024-02")
