"""Rows of all tables in the order of time, and when each label is known."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.lifecycle.stream import NEVER, stream_of
from mlops_widgets.lifecycle.stream.arrivals import usual_delay
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study
from tests.awkward import study_of


def dated(**arguments: Any) -> Study:
    """Ten rows a month for 14 months; labels known 40 days later, those of the last month missing."""
    day = pd.date_range("2023-01-01", "2024-02-29", periods=420).normalize()
    known = day + pd.Timedelta(days=40)
    y = (np.arange(420) % 3 == 0).astype(float)
    y[known > day.max()] = np.nan
    frame = pd.DataFrame({"x": np.arange(420.0) % 7, "y": y, "on": day, "known": known})
    return load_study(
        model=lambda rows: np.zeros(len(rows)), reference=frame[:120], test=frame[120:180], production=frame[180:].sample(frac=1, random_state=0),
        target="y", time="on", features=["x"], **arguments,
    )  # fmt: skip


def test_rows_of_all_tables_come_in_the_order_of_time() -> None:
    stream = stream_of(dated())
    assert stream.table.rows == stream.source_rows == 420
    assert (np.diff(stream.of_row) >= 0).all()
    assert stream.parts == ("reference", "test", "production")
    assert stream.is_production.sum() == 240


def test_a_label_is_known_at_the_first_chunk_that_begins_after_its_date() -> None:
    stream = stream_of(dated(label_time="known"), chunks="month")
    due = pd.to_datetime(stream.table["known"])
    starts = pd.to_datetime(stream.chunks.starts, unit="ms")
    inside = stream.known & (stream.arrives < stream.count)
    assert inside.any()
    assert (starts[stream.arrives[inside]] >= due[inside]).all()
    assert (starts[stream.arrives[inside] - 1] < due[inside]).all()
    assert (stream.arrives[~stream.known] == NEVER).all()


def test_finer_chunks_are_tried_first_where_asked_and_kept_where_rows_are_enough() -> None:
    finer = [stream_of(dated(), finest=(110, fewest)).chunks.by for fewest in (5, 100)]
    assert finer == ["week", stream_of(dated()).chunks.by]
    assert finer[1] == "month"


def test_the_delay_covers_all_but_a_twentieth_of_labels() -> None:
    rng = np.random.default_rng(0)
    of_row = rng.integers(0, 9, 1000)
    waits = rng.poisson(2, 1000)
    delay = usual_delay(of_row, of_row + 1 + waits)
    assert (waits <= delay).mean() >= 0.95 > (waits <= delay - 1).mean()


def test_without_dates_of_labels_the_delay_is_stated_or_none() -> None:
    assert stream_of(dated(), chunks="month").delay == 0
    assert stream_of(dated(), chunks="month", label_delay=2).delay == 2
    assert stream_of(dated(), chunks="month", label_delay="40 days").delay == 2


def test_the_last_chunks_wait_for_their_labels() -> None:
    stream = stream_of(dated(label_time="known"), chunks="month")
    assert (stream.count, stream.delay, stream.labelled_chunks()) == (14, 2, 12)
    assert stream.span_of("reference") == 4


def test_at_most_so_many_rows_are_drawn_from_each_chunk_alike() -> None:
    stream = stream_of(dated(), chunks="month", max_rows=140)
    assert stream.table.rows <= 140
    assert np.bincount(stream.of_row).min() >= 8


@pytest.mark.parametrize("chunks", ["fortnight", 1, True, "year"])
def test_chunks_that_cannot_be_cut_are_refused(chunks: Any) -> None:
    numbered = load_study(
        model=lambda rows: np.zeros(len(rows)), target="y", time="t", features=["x"],
        production=pd.DataFrame({"x": np.arange(40.0), "t": np.arange(40), "y": np.arange(40) % 2}),
    )  # fmt: skip
    with pytest.raises(InputError, match="chunks="):
        stream_of(numbered, chunks=chunks)


@pytest.mark.parametrize("delay", [-1, 1.5, "soon", "-3 days", "x days"])
def test_delays_that_say_nothing_are_refused(delay: Any) -> None:
    with pytest.raises(InputError, match="label_delay="):
        stream_of(dated(), label_delay=delay)


def test_a_study_without_time_says_so_unless_told_that_rows_are_in_order() -> None:
    with pytest.raises(MissingInputError, match="time column"):
        stream_of(study_of("plain"))
    assert stream_of(study_of("plain"), in_order=True).count == 10
