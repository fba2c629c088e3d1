"""Judged rows change what counts as an error: better where detectors err or see nothing, never by much where they are right."""

from functools import cache

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.data_quality.detection.answers import Answers
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.detection.find_errors import Looked, errors_result, look
from mlops_widgets.data_quality.detection.labelling import Labelling, Taught, ask
from mlops_widgets.data_quality.source import source_of
from mlops_widgets.errors import CancelledError
from tests.data_quality.detection.tables import found, reports

Booleans = npt.NDArray[np.bool_]


@cache
def parts() -> tuple[pd.DataFrame, Booleans]:
    """Give 300 parts whose size is in cm; 40 sizes carry a note, which is wrong here, and 12 codes are another plant's."""
    rng = np.random.default_rng(0)
    size = [f"{6 + at % 5} cm" for at in range(300)]
    code = [f"A{at % 50:02d}" for at in range(300)]
    wrong = np.zeros((300, 3), dtype=bool)
    for row in rng.choice(300, 40, replace=False):
        size[row], wrong[row, 0] = f"{size[row]} est", True
    for row in rng.choice(300, 12, replace=False):
        code[row], wrong[row, 1] = f"A{row % 50:02d}B", True
    return pd.DataFrame({"size": size, "code": code, "weight": rng.normal(9, 1, 300).round(2)}), wrong


@cache
def looked() -> Looked:
    return look(source_of(parts()[0]))


@cache
def judged(seed: int = 0) -> tuple[Labelling, ErrorsResult]:
    labelling = Labelling(looked().columns, looked().found, seed=seed)
    ask(labelling, lambda row: parts()[1][row].tolist(), 20)
    return labelling, errors_result(looked(), labelling, picked=True)


def _taught(result: ErrorsResult) -> Taught:
    assert result.taught is not None
    return result.taught


def _f1(flagged: Booleans, wrong: Booleans) -> float:
    return float(2 * (flagged & wrong).sum() / (flagged.sum() + wrong.sum()))


def test_twenty_rows_find_what_no_detector_could_know() -> None:
    _, wrong = parts()
    before = errors_result(looked(), Labelling(looked().columns, looked().found), picked=False)
    assert _f1(before.cells.to_numpy(), wrong) < 0.9
    assert _f1(judged()[1].cells.to_numpy(), wrong) > 0.98


def test_judged_cells_are_as_judged() -> None:
    labelling, result = judged()
    flagged = result.cells.to_numpy()[labelling.answers.rows]
    assert (flagged == labelling.answers.wrong).all()
    assert set(result.scores.to_numpy()[labelling.answers.rows].ravel()) <= {0.0, 1.0}


def test_without_answers_the_detectors_have_the_last_word() -> None:
    labelling = Labelling(looked().columns, looked().found)
    assert labelling.found() is looked().found
    labelling.say(Answers(np.array([3]), np.zeros((1, 3), dtype=bool)))
    labelling.forget(3)
    assert labelling.found() is looked().found


def test_rows_that_are_right_as_the_detectors_say_change_nothing() -> None:
    wrong = Labelling(looked().columns, looked().found)
    first = looked().found
    sure = np.unique(first.rows[first.confidence >= 0.5])
    right = np.setdiff1d(np.arange(300), np.concatenate([sure, np.flatnonzero(parts()[1].any(axis=1))]))[:5]
    wrong.say(Answers(right, np.zeros((5, 3), dtype=bool)))
    taught = wrong.taught(picked=False)
    assert (taught.only_labels, taught.cleared, taught.judged) == (0, 0, 5)


def test_equal_seeds_ask_about_equal_rows_and_others_about_others() -> None:
    again = Labelling(looked().columns, looked().found)
    ask(again, lambda row: parts()[1][row].tolist(), 8)
    assert again.answers.rows.tolist() == judged()[0].answers.rows[:8].tolist()
    assert Labelling(looked().columns, looked().found, seed=1).pick(8).tolist() != again.answers.rows.tolist()


def test_no_row_is_asked_about_twice_and_the_asking_ends_with_the_table() -> None:
    labelling = Labelling(looked().columns, looked().found)
    ask(labelling, lambda _row: [], 20)
    assert len(set(labelling.answers.rows.tolist())) == 20
    small = look(source_of(parts()[0].head(5)))
    everything = Labelling(small.columns, small.found)
    ask(everything, lambda _row: [], 20)
    assert sorted(everything.answers.rows.tolist()) == [0, 1, 2, 3, 4]


def test_what_labels_changed_is_counted_cell_by_cell() -> None:
    _, result = judged()
    taught = _taught(result)
    before = looked().found
    was = set(zip(before.rows[before.confidence >= 0.5], before.columns[before.confidence >= 0.5], strict=True))
    now = set(zip(*np.nonzero(result.cells.to_numpy()), strict=True))
    assert (taught.before, taught.after) == (len(was), len(now))
    assert (taught.only_labels, taught.cleared) == (len(now - was), len(was - now))
    assert taught.wrong_cells == parts()[1][list(result.labelled)].sum()


def test_precision_and_recall_use_no_row_on_itself() -> None:
    wrong = np.zeros((10, 3), dtype=bool)
    wrong[:, 2] = np.arange(10) % 2 == 0  # weights that only chance makes wrong: nothing tells them apart
    labelling = Labelling(looked().columns, looked().found)
    labelling.say(Answers(np.arange(10), wrong))
    assert labelling.taught(picked=False).recall.value < 1
    assert _taught(judged()[1]).recall.value > 0.9


def test_the_finding_and_the_card_say_what_labels_changed_and_how_good_it_is() -> None:
    _, result = judged()
    finding = next(each for each in result.findings if each.code == "DQ-FE-L1")
    assert finding.claim.startswith(
        f"20 judged rows turned {_taught(result).before} suspected cells into {_taught(result).after}: "
    )
    assert "picked because they were unclear" in finding.claim
    assert sorted(ends := [finding.evidence[f"precision{end}"] for end in ("_lower", "", "_upper")]) == ends  # type: ignore[type-var]  # numbers
    assert card_of(result).summary.startswith(
        f"20 judged rows added {_taught(result).only_labels} and cleared {_taught(result).cleared}"
    )
    chart = card_of(result).charts[-1]
    assert [row.value for row in chart.rows] == [_taught(result).precision.value, _taught(result).recall.value]
    assert "20 rows that a person judged" in result.method
    assert ErrorsResult.from_dict(result.to_dict()).taught == result.taught


def test_labels_that_a_person_chose_are_said_to_be_chosen() -> None:
    result = found(
        parts()[0], labels={int(row): np.flatnonzero(parts()[1][row]).tolist() and ["size"] for row in range(3)}
    )
    assert result.labelled == (0, 1, 2)
    assert "the rows that you chose" in result.findings[1].claim or not _taught(result).precision.rows


def test_which_source_to_trust_is_learned_where_several_report_one_thing() -> None:
    table, wrong = reports(seed=3)
    rows = np.random.default_rng(0).choice(len(table), 20, replace=False)
    result = found(table, labels={int(row): wrong[row].tolist() for row in rows}, kinds=["missing"])
    assert _f1(result.cells.to_numpy(), wrong) > 0.9


def test_a_tenth_of_slips_does_not_collapse_it() -> None:
    table, wrong = parts()
    rng = np.random.default_rng(4)
    labelling = Labelling(looked().columns, looked().found)
    ask(labelling, lambda row: (wrong[row] ^ (rng.random(3) < 0.1)).tolist(), 20)
    assert _f1(errors_result(looked(), labelling, picked=True).cells.to_numpy(), wrong) > 0.8
    assert len(table) == 300


def test_cancel_stops_between_questions() -> None:
    asked: list[int] = []
    labelling = Labelling(looked().columns, looked().found)

    def judge(row: int) -> list[str]:
        asked.append(row)
        return []

    with pytest.raises(CancelledError):
        ask(labelling, judge, 20, cancel=lambda: len(asked) >= 4)
    assert len(asked) == 4


@pytest.mark.parametrize("rows", [1, 2])
def test_tables_of_a_row_or_two_can_be_judged(rows: int) -> None:
    result = found(parts()[0].head(rows), oracle=lambda _row: ["code"])
    assert result.cells["code"].all()
