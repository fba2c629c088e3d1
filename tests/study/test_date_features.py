"""Dates that a model learned as moments, in tables that keep them as text."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from mlops_widgets.errors import ModelError
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
