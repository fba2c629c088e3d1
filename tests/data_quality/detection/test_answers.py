import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.answers import Answers, no_answers, read_answers
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError

COLUMNS = ("name", "age", "town")


def test_every_way_to_say_it_says_the_same() -> None:
    ways = [
        {4: ["age", "town"], 1: []},
        {4: [False, True, True], 1: [False] * 3},
        {4: {"age": True, "town": True, "name": False}, np.int64(1): {}},
        {4: np.array([False, True, True]), 1: ()},
        pd.DataFrame({"age": [True, False], "town": [True, False]}, index=[4, 1]),
    ]
    for way in ways:
        answers = read_answers(way, COLUMNS, rows=5)
        assert answers.rows.tolist() == [4, 1]
        assert answers.wrong.tolist() == [[False, True, True], [False] * 3]
    assert read_answers({0: "age"}, COLUMNS, rows=5).wrong.tolist() == [[False, True, False]]


def test_no_labels_are_no_answers() -> None:
    assert read_answers({}, COLUMNS, rows=5).wrong.shape == no_answers(COLUMNS).wrong.shape == (0, 3)


def test_what_is_said_last_of_a_row_counts() -> None:
    first = read_answers({1: ["age"], 2: ["age"]}, COLUMNS, rows=5)
    joined = first.joined(read_answers({1: []}, COLUMNS, rows=5))
    assert isinstance(joined, Answers)
    assert joined.rows.tolist() == [2, 1]
    assert joined.wrong.tolist() == [[False, True, False], [False] * 3]


@pytest.mark.parametrize(
    ("labels", "error", "words"),
    [
        ([1, 2], WrongTypeError, "labels=list"),
        ({5: []}, InputError, "no row '5'. Rows are positions from 0 to 4"),
        ({True: []}, InputError, "no row 'True'"),
        ({1: 3}, InputError, "row 1 says int"),
        ({1: [True]}, InputError, "1 truth values for 3 columns"),
        ({1: {"age": "yes"}}, InputError, "says 'yes' of a cell"),
        ({1: ["agee"]}, UnknownNameError, "'agee'. Columns: name, age, town. Did you mean 'age'"),
    ],
)
def test_what_cannot_be_read_is_named(labels: object, error: type[Exception], words: str) -> None:
    with pytest.raises(error) as raised:
        read_answers(labels, COLUMNS, rows=5)
    assert words in str(raised.value)
