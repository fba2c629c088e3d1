"""Dates that a model learned as moments, in tables that keep them as text."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from mlops_widgets.errors import ModelError, TableError
from mlops_widgets.study.loading import load_study


def _rows() -> pd.DataFrame:
    day = pd.date_range("2024-01-01", periods=120, tz=None)
    return pd.DataFrame({"day": day, "y": np.arange(120.0)})


def months(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].dt.month for name in frame})


MODEL = make_pipeline(FunctionTransformer(months), LinearRegression()).fit(_rows()[["day"]], _rows()["y"])


def _texts(form: str = "%Y-%m-%d") -> pd.DataFrame:
    return _rows().assign(day=lambda frame: frame["day"].dt.strftime(form))


@pytest.mark.parametrize("form", ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%d/%m/%Y", "%d.%m.%Y", "%B %d, %Y"])
def test_a_model_that_learned_moments_gets_moments(form: str) -> None:
    study = load_study(model=MODEL, test=_texts(form), target="y")
    np.testing.assert_allclose(study.model.predictions(study.need("test")), MODEL.predict(_rows()[["day"]]))
    assert "Read as dates, since the model doesn't take them as text: day." in study.notes


def test_a_model_that_learned_text_keeps_its_text() -> None:
    words = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LinearRegression()).fit(
        _texts()[["day"]], _rows()["y"]
    )
    study = load_study(model=words, test=_texts(), target="y")
    assert pd.api.types.is_string_dtype(study.need("test")["day"])
    assert not [note for note in study.notes if note.startswith("Read as dates")]


def test_one_table_with_moments_and_one_with_text_are_read_alike() -> None:
    study = load_study(model=MODEL, test=_rows(), production=_texts(), target="y")
    assert study.measure(study.need("production")).n == 120


def test_a_column_with_one_cell_that_is_no_date_stays_text_and_the_models_error_is_shown() -> None:
    rows = _texts()
    rows.loc[7, "day"] = "unknown"
    study = load_study(model=MODEL, test=rows, target="y")
    with pytest.raises(ModelError, match="AttributeError in predict on test"):
        study.model.predictions(study.need("test"))


def test_gaps_stay_gaps() -> None:
    def ages(frame: pd.DataFrame) -> Any:
        return (pd.Timestamp("2025-01-01") - frame["day"]).dt.days.fillna(0)

    rows = _texts()
    rows.loc[3, "day"] = None
    study = load_study(predict=ages, features="day", test=rows, target="y")
    assert study.model.predictions(study.need("test"))[3] == 0


def test_a_note_says_where_nothing_settles_the_order_of_a_feature() -> None:
    rows = _rows()[_rows()["day"].dt.day <= 12]
    unsure = rows.assign(day=rows["day"].dt.strftime("%d/%m/%Y"))
    for reference in (None, _rows(), _texts()):
        study = load_study(model=MODEL, reference=reference, test=unsure, target="y")
        assert any("'day' is read as month/day: no cell settles it" in note for note in study.notes)
    dotted = rows.assign(day=rows["day"].dt.strftime("%d.%m.%Y"))
    study = load_study(model=MODEL, test=dotted, target="y")
    assert not any("settles" in note for note in study.notes)
    assert_allclose(study.model.predictions(study.need("test")), MODEL.predict(rows[["day"]]))


def test_tables_written_in_two_orders_are_each_read_in_their_own() -> None:
    study = load_study(model=MODEL, reference=_texts("%d/%m/%Y"), test=_texts("%m/%d/%Y"), target="y")
    assert_allclose(study.model.predictions(study.need("test")), MODEL.predict(_rows()[["day"]]))
    assert any("'day' is day/month in reference and month/day in test" in note for note in study.notes)


def test_a_column_of_both_orders_is_refused_in_words_where_the_model_takes_no_text() -> None:
    days = _rows()["day"]
    mixed = _rows().assign(day=days.dt.strftime("%d/%m/%Y").where(days.index % 3 > 0, days.dt.strftime("%m/%d/%Y")))
    with pytest.raises(TableError, match="test: 'day' holds dates of both orders") as caught:
        load_study(model=MODEL, test=mixed, target="y")
    assert "Pass datetimes" in str(caught.value)
    study = load_study(predict=lambda frame: frame["day"].str.len(), features="day", test=mixed, target="y")
    assert study.model.predictions(study.need("test"))[0] == 10


def _levels(days: "pd.Series[Any]") -> Any:
    encoder = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(encoder, LinearRegression()).fit(days.to_frame(), _rows()["y"])


def test_a_model_that_answers_on_both_forms_gets_what_its_levels_are() -> None:
    study = load_study(model=_levels(_rows()["day"]), test=_texts(), target="y")
    assert_allclose(study.model.predictions(study.need("test")), _rows()["y"], atol=1e-6)
    assert "Read as dates, since the model learned moments: day." in study.notes


def test_a_model_that_answers_on_both_forms_gets_what_a_table_holds() -> None:
    def guess(frame: pd.DataFrame) -> Any:
        return frame["day"].astype(str).str.len() if frame["day"].dtype.kind != "M" else frame["day"].dt.month

    study = load_study(predict=guess, features="day", reference=_rows(), test=_texts(), target="y")
    assert_allclose(study.model.predictions(study.need("test")), _rows()["day"].dt.month)
    assert "Read as dates, since reference holds moments: day." in study.notes
    alone = load_study(predict=guess, features="day", test=_texts(), target="y")
    assert_allclose(alone.model.predictions(alone.need("test")), 10)
    assert any(
        "answers on day as text and as moments, and differently: it gets the tables' text" in note
        for note in alone.notes
    )


def test_nothing_is_said_where_both_forms_get_the_same_answers() -> None:
    study = load_study(
        predict=lambda frame: pd.to_datetime(frame["day"]).dt.month, features="day", test=_texts(), target="y"
    )
    assert pd.api.types.is_string_dtype(study.need("test")["day"])
    assert not [note for note in study.notes if "moments" in note or "Read as dates" in note]
