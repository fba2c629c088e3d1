import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from papermill.translators import PythonTranslator

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.report import parameters

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["test", "target", "seed", "split"]), PLAIN))
def test_what_papermill_injects_is_read_back(values: dict[str, object]) -> None:
    cell = PythonTranslator.codify(values, "Parameters")
    assert parameters.read_injected(["study = 'loans'", cell, "chapter = mw.open_chapter()"]) == values


def test_papermills_nan_is_read_back() -> None:
    cell = PythonTranslator.codify({"guess": math.nan}, "Parameters")
    assert math.isnan(parameters.read_injected([cell])["guess"])


def test_the_latest_injected_cell_counts() -> None:
    assert parameters.read_injected(["# Parameters\nseed = 1", "# Parameters\nseed = 2", "seed = 3"]) == {"seed": 2}


def test_a_cell_that_papermill_didnt_write_is_left_alone() -> None:
    assert parameters.read_injected(["# Parameters of mine\nseed = 1", ""]) == {}


def test_an_injected_expression_is_refused() -> None:
    with pytest.raises(InputError, match=r"test=load\('x'\) is no plain data"):
        parameters.read_injected(["# Parameters\ntest = load('x')"])


def test_an_unknown_name_lists_the_right_ones_and_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        parameters.merge({"study": "loans"}, {"budgett_seconds": 3})
    message = str(caught.value)
    assert "budgett_seconds" in message
    assert "study, table, trust, guess, answers, seed, budget_seconds, render" in message
    assert "Did you mean 'budget_seconds'?" in message


def test_injected_tables_replace_the_notebooks_default_study() -> None:
    merged = parameters.merge({"study": "loans", "seed": 0, "guess": None}, {"test": "log.csv", "target": "y"})
    assert merged == {"seed": 0, "test": "log.csv", "target": "y"}


@pytest.mark.parametrize(
    ("given_by_keyword", "injected"),
    [
        ({"study": "loans"}, {"study": "loans", "test": "log.csv"}),
        ({"study": "loans", "test": "log.csv"}, {}),
    ],
)
def test_a_study_and_tables_together_are_refused(given_by_keyword: dict[str, str], injected: dict[str, str]) -> None:
    with pytest.raises(InputError, match="leave one out"):
        parameters.merge(given_by_keyword, injected)


def test_what_plain_data_can_fill_is_a_parameter() -> None:
    assert {"model", "challenger", "test", "target", "scores", "split", "time"} <= set(parameters.table_parameters())
    assert not {"predict", "predict_proba", "trust", "seed"} & set(parameters.table_parameters())


def test_tables_beside_a_study_file_replace_what_it_holds() -> None:
    merged = parameters.merge({"study": "study.toml", "seed": 0}, {"production": "november.csv"})
    assert merged == {"study": "study.toml", "seed": 0, "production": "november.csv"}


@pytest.mark.parametrize("value", ["no", ["no"], 3])
def test_wrong_answers_are_refused(value: object) -> None:
    with pytest.raises(InputError, match="answers="):
        parameters.check_answers(value)


@pytest.mark.parametrize("value", [-1, 1.5, "3", True, None])
def test_a_wrong_seed_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="seed="):
        parameters.check_seed(value)


@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan, "60", True])
def test_a_wrong_budget_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="budget_seconds="):
        parameters.check_budget(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, "high", True])
def test_a_wrong_guess_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="guess="):
        parameters.check_guess(value)
