from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.study.dates import Order, order_of, read_dates, zones_of
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table
from mlops_widgets.study.timeline import chunk_rows, times_of


def _read(*cells: object) -> list[str]:
    return [str(each)[:16] for each in read_dates(pd.Series(list(cells), dtype=object))]


def _study(test: list[str], production: list[str] | None = None) -> Study:
    def frame(days: list[str]) -> pd.DataFrame:
        return pd.DataFrame({"day": days, "y": [i % 2 for i in range(len(days))], "s": 0.5})

    live = None if production is None else frame(production)
    return load_study(test=frame(test), production=live, target="y", scores="s", time="day", unit="row")


def test_one_day_over_twelve_settles_the_whole_column() -> None:
    assert _read("03/04/2024", "31/12/2023") == ["2024-04-03 00:00", "2023-12-31 00:00"]
    assert _read("03/04/2024", "12/31/2023") == ["2024-03-04 00:00", "2023-12-31 00:00"]
    assert _read("3.4.24 10:30", "31.12.99 1:15 PM") == ["2024-04-03 10:30", "1999-12-31 13:15"]


def test_days_of_a_year_come_out_in_order_whatever_the_form() -> None:
    days = pd.date_range("2023-01-01", "2023-12-31")
    for form in ("%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y", "%d.%m.%Y %H:%M", "%d %b %Y", "%B %d, %Y", "%Y/%m/%d", "%Y%m%d"):
        assert (read_dates(pd.Series(days.strftime(form))) == days).all(), form


def test_a_cell_that_contradicts_the_order_is_missing_and_counted() -> None:
    assert _read("13/01/2024", "14/01/2024", "01/15/2024", "45/45/2024") == [
        "2024-01-13 00:00",
        "2024-01-14 00:00",
        "NaT",
        "NaT",
    ]
    study = _study(["13/01/2024", "14/01/2024", "01/15/2024"])
    assert any("test: 1 of 3 cells of 'day' are missing or no date" in note for note in study.notes)


def test_dots_put_the_day_first_unless_a_number_forbids_it() -> None:
    assert order_of([pd.Series(["03.04.2024", "01.02.2024"])]) == Order(day_first=True, certain=True)
    assert order_of([pd.Series(["12.31.2024"])]) == Order(day_first=False, certain=True)
    assert _read("03.04.2024", "11.12.24") == ["2024-04-03 00:00", "2024-12-11 00:00"]


def test_cells_of_both_orders_leave_a_doubt_that_a_note_counts() -> None:
    cells = ["31/12/2024", "30/12/2024", "29/12/2024", "12/31/2024", "12/30/2024"]
    assert order_of([pd.Series(cells)]) == Order(day_first=True, certain=False)
    said = "\n".join(_study(cells).notes)
    assert "test: 'day' holds dates of both orders: 3 cells can only be day/month, 2 only month/day." in said


def test_tables_that_disagree_are_named_and_each_is_read_in_its_own_order() -> None:
    study = _study(["25/01/2024", "01/02/2024"], ["01/26/2024", "02/03/2024"])
    live, test = study.times(study.need("production")), study.times(study.need("test"))
    assert live is not None
    assert test is not None
    assert pd.to_datetime(live, unit="ms").strftime("%Y-%m-%d").tolist() == ["2024-01-26", "2024-02-03"]
    assert pd.to_datetime(test, unit="ms").strftime("%Y-%m-%d").tolist() == ["2024-01-25", "2024-02-01"]
    assert any("'day' is day/month in test and month/day in production" in note for note in study.notes)


def test_a_table_that_settles_nothing_itself_is_named_where_another_does() -> None:
    study = _study(["25/01/2024", "28/01/2024"], ["01/02/2024", "03/02/2024"])
    assert any("production: no cell of 'day' settles" in note and "day/month" in note for note in study.notes)


def test_where_nothing_settles_the_order_the_month_comes_first_and_a_note_says_so() -> None:
    assert order_of([pd.Series(["01/02/2024", "03/04/2024"])]) == Order(day_first=False, certain=False)
    study = _study(["01/02/2024", "03/04/2024"])
    assert any("'day' is read as month/day" in note and "Pass datetimes" in note for note in study.notes)
    assert not any("month/day" in note for note in _study(["13/02/2024", "03/04/2024"]).notes)


def test_all_tables_are_read_in_the_same_order() -> None:
    study = _study(["25/01/2024", "28/01/2024"], ["01/02/2024", "03/02/2024"])
    live = study.times(study.need("production"))
    assert live is not None
    assert pd.to_datetime(live, unit="ms").strftime("%Y-%m-%d").tolist() == ["2024-02-01", "2024-02-03"]
    part = study.need("production").take(np.array([1]))
    assert times_of(part, "day")[0][0] == live[1]


def test_the_clock_is_no_date() -> None:
    assert _read("now", "today", "2024-01-01") == ["NaT", "NaT", "2024-01-01 00:00"]


def test_a_feature_of_dates_is_read_in_the_order_of_the_training_rows() -> None:
    days = pd.date_range("2023-01-01", periods=60)
    train = Table(pd.DataFrame({"d": days.strftime("%d/%m/%Y")}), name="reference")
    later = Table(pd.DataFrame({"d": ["01/02/2023", "02/02/2023"]}), name="test")
    encoding = learn_encoding(train, ["d"])
    assert np.allclose(encoding.numbers(later)[0][:, 0], encoding.numbers(train)[0][31:33, 0])


@pytest.mark.parametrize(
    ("cells", "by", "labels"),
    [
        (["2023-08", "2023-09", "2023-11"], "month", ("2023-08", "2023-09", "2023-10", "2023-11")),
        (["2023-Q3", "2023-Q4", "2024Q1"], "quarter", ("2023-07", "2023-10", "2024-01")),
        (["2022", "2023"], "year", ("2022", "2023")),
        (["2024-01-01", "2024-01-03"], "day", ("2024-01-01", "2024-01-02", "2024-01-03")),
    ],
)
def test_chunks_are_no_finer_than_the_dates(cells: list[str], by: str, labels: tuple[str, ...]) -> None:
    times, are_dates = times_of(Table(pd.DataFrame({"t": cells}), name="test"), "t")
    chunks = chunk_rows(times, are_dates=are_dates, rows=len(cells), name="t")
    assert (chunks.by, chunks.labels) == (by, labels)


@pytest.mark.parametrize(
    ("cells", "zones"),
    [
        (pd.to_datetime(["2024-01-01"]).tz_localize("Europe/Berlin"), ("Europe/Berlin",)),
        (pd.to_datetime(["2024-01-01"]).tz_localize("UTC"), ("UTC",)),
        (pd.to_datetime(["2024-01-01"]), ("",)),
        (["2024-01-01T10:00Z", "2024-01-02 10:00:00.5+00:00"], ("UTC",)),
        (["2024-01-01 10:00:00+0100", "2024-07-01 10:00:00+0200"], ("+0100", "+0200")),
        (pd.array(["2024-01-01 10:00 -05:00", "2024-01-01 10:00", None], dtype="str"), ("", "-05:00")),
        (["2024-01-01", "31-12-2024"], ("",)),
        ([2024, 2025], ()),
        ([pd.Timestamp("2024-01-01", tz="Asia/Tokyo"), pd.Timestamp("2024-01-01")], ("", "+09:00")),
    ],
)
def test_the_zones_of_moments_are_found_in_any_form(cells: Any, zones: tuple[str, ...]) -> None:
    assert zones_of(pd.Series(cells)) == zones


def test_zones_are_kept_and_said_and_unread_dates_counted_and_named_where_they_recur() -> None:
    rows = 40
    frame = pd.DataFrame(
        {"y": [0, 1] * 20, "s": 0.5, "day": pd.date_range("2024-01-01", periods=rows, tz="Europe/Berlin")}
    )
    days: list[Any] = [*["soon"] * 5, "Jane", None, *["2024-03-01"] * 33]
    plain = frame.assign(day=days)
    mixed = frame.assign(day=["2024-01-01 10:00+01:00", "2024-01-01 10:00"] * 20)
    study = load_study(reference=frame, test=plain, production=mixed, target="y", scores="s", time="day", unit="row")
    assert study.need("reference")["day"].dtype == frame["day"].dtype
    said = "\n".join(study.notes)
    assert "reference: 'day' carries Europe/Berlin; days and hours are those of UTC." in said
    assert "test: 'day' carries no time zone, other tables do: read as UTC." in said
    assert "production: 'day' carries +01:00 in some cells and no time zone in others, which are read as UTC." in said
    assert "test: 7 of 40 cells of 'day' are missing or no date (6 can't be read: soon)." in said
    assert "Jane" not in said
    alone = load_study(test=plain, target="y", scores="s", time="day", unit="row")
    assert "zone" not in "\n".join(alone.notes)
