"""The exercises of chapter 5: each answer is measured on the study that is loaded."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.errors import UnknownNameError
from mlops_widgets.study.loading import load_study
from tests.awkward import study_of

NAMES = ["signal", "twin", "stamp", "town"]


def rows(count: int, seed: int, *, archive: bool) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=count)
    y = (rng.random(count) < 1 / (1 + np.exp(-1.5 * signal))).astype(int)
    stamp = np.where(rng.random(count) < 0.9, y, 1 - y) if archive else rng.integers(0, 2, count)
    twin = signal + 0.3 * rng.normal(size=count)
    return pd.DataFrame({"signal": signal, "twin": twin, "stamp": stamp, "town": rng.integers(0, 3, count), "y": y})


@cache
def study() -> mw.Study:
    parts: dict[str, Any] = {
        name: rows(500, seed, archive=name != "production")
        for seed, name in enumerate(("reference", "test", "production"), 1)
    }
    model = LogisticRegression().fit(parts["reference"][NAMES], parts["reference"]["y"])
    return load_study(model=model, **parts, target="y")


def ask(code: str, answer: Any = None) -> Any:
    return mw.exercise(code, study(), answer=answer)


@pytest.mark.parametrize("code", ["EX-1", "EX-2", "EX-3", "EX-4"])
def test_without_an_answer_it_is_not_tried_and_asks(code: str) -> None:
    result = ask(code)
    assert result.state == "not tried"
    assert result.question in result.headline


def test_the_stamp_costs_the_test_and_not_production_and_the_signal_costs_both() -> None:
    assert ask("EX-1", "stamp").state == "right"
    wrong = ask("EX-1", "town")
    assert wrong.state == "not yet"
    assert "beyond chance" in wrong.headline


def honest(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 2))
    return pd.DataFrame(x, columns=["strong", "weak"]).assign(
        y=(x @ [1.2, 0.35] + rng.logistic(size=count) > 0).astype(int)
    )


def test_an_honest_weak_column_costs_both_a_little_and_is_not_the_answer() -> None:
    # It costs the test something beyond chance and production less than the margin, as much in one as in the other.
    states = []
    for seed in range(0, 18, 3):
        parts: dict[str, Any] = {
            name: honest(1500, seed + k) for k, name in enumerate(("reference", "test", "production"))
        }
        model = LogisticRegression().fit(parts["reference"][["strong", "weak"]], parts["reference"]["y"])
        states.append(mw.exercise("EX-1", load_study(model=model, **parts, target="y"), answer="weak").state)
    assert states.count("right") == 0


def test_the_column_with_the_largest_contributions_is_right_and_a_weak_one_is_not() -> None:
    assert ask("EX-2", "stamp").state == "right"
    assert ask("EX-2", "town").state == "not yet"


def test_a_change_that_flips_the_decision_is_verified_by_asking_the_model() -> None:
    table = study().need("test").pandas()
    positive = int(np.flatnonzero(study().model.predictions(study().need("test")) == 1)[0])
    lowest = float(table["signal"].min())
    changed = table[NAMES].iloc[[positive]].assign(signal=lowest)
    flips = int(study().model.model.predict(changed)[0]) == 0  # type: ignore[attr-defined]  # an estimator's predictor
    assert ask("EX-3", (positive, "signal", lowest)).state == ("right" if flips else "not yet")
    same = table["signal"].iloc[positive]
    assert ask("EX-3", (positive, "signal", float(same))).state == "not yet"


@pytest.mark.parametrize(
    "answer", [3, (0, "signal"), (-1, "signal", 0.0), (True, "signal", 0.0), (0, "nobody", 0.0), (0, "signal", 1e9), (0, "signal", "x")]
)  # fmt: skip
def test_a_change_that_can_not_be_is_an_error_and_not_wrong(answer: Any) -> None:
    assert ask("EX-3", answer).state == "error"


def test_twins_are_entangled_and_strangers_are_not() -> None:
    right = ask("EX-4", ("signal", "twin"))
    table = study().need("test").pandas()
    strength = abs(np.corrcoef(table["signal"], table["twin"])[0, 1])
    assert right.state == "right"
    assert f"{strength:.2f}"[1:] in right.headline
    assert ask("EX-4", ("stamp", "town")).state == "not yet"


@pytest.mark.parametrize("answer", ["signal", ("signal",), ("signal", "signal"), ("signal", "nobody")])
def test_a_pair_that_is_none_is_an_error(answer: Any) -> None:
    assert ask("EX-4", answer).state == "error"


def test_what_a_study_lacks_is_said_in_words() -> None:
    logged = mw.exercise("EX-2", study_of("logged_predictions"), answer="a")
    assert logged.state == "can't be asked"
    assert "logged" in logged.headline
    assert mw.exercise("EX-1", study_of("callable_only"), answer="a").state == "can't be asked"
    frame = rows(60, 4, archive=True)
    numbers = load_study(model=LinearRegression().fit(frame[["twin"]], frame["signal"]), test=frame, target="signal")
    assert "no decision to flip" in mw.exercise("EX-3", numbers, answer=(0, "twin", 0.0)).headline
    assert "single column" in mw.exercise("EX-4", numbers, answer=("twin", "town")).headline
    assert "no labelled reference" in mw.exercise("EX-1", numbers, answer="twin").headline


def test_words_are_changed_to_words_that_occur() -> None:
    frame = pd.DataFrame({"colour": ["red", "blue"] * 30, "n": np.arange(60.0), "y": [1, 0] * 30})
    guess = load_study(
        predict=lambda rows: (rows["colour"] == "red").astype(int), features=["colour", "n"], target="y", test=frame
    )
    assert mw.exercise("EX-3", guess, answer=(0, "colour", "blue")).state == "right"
    assert mw.exercise("EX-3", guess, answer=(0, "colour", "green")).state == "error"


def test_an_unknown_exercise_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="EX-9"):
        ask("EX-9")
