"""What the texts say, sentence by sentence."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.core.markdown import markdown
from mlops_widgets.explainability.stakeholders.report import sentences as s
from mlops_widgets.explainability.stakeholders.report.checker import check_text
from mlops_widgets.explainability.stakeholders.report.finished_text import Line, lines_of
from mlops_widgets.explainability.stakeholders.report.letters import Asked, letter
from mlops_widgets.explainability.stakeholders.report.readability import grade, syllables
from mlops_widgets.explainability.stakeholders.report.terms import shown_cell, terms_of
from mlops_widgets.study.wording import Wording
from tests.explainability.stakeholders.report.made_up import (
    FAILED,
    explained,
    facts_of,
    text_for,
    three_rows,
)

JARGON = (
    "shap", "shapley", "lime", "log-odds", "feature", "additiv", "baseline", "background", "interval", "probabilit", "coefficient",
    "regression", "permutation", "antithetic", "variable", "target", "outlier", "quantile", "p-value", "attribution", "surrogate",
    "because", "cause of", "due to",
)  # fmt: skip
GETTYSBURG = (
    "Four score and seven years ago our fathers brought forth on this continent, a new nation, conceived in Liberty, and dedicated "
    "to the proposition that all men are created equal. Now we are engaged in a great civil war, testing whether that nation, or "
    "any nation so conceived and so dedicated, can long endure. We are met on a great battlefield of that war. We have come to "
    "dedicate a portion of that field, as a final resting place for those who here gave their lives that that nation might live."
)
SYLLABLES = {
    1: "moved the by while those lives gave place score facts sized quite rules year tea", 2: "income model sizes answer highest people moving being needed",
    3: "average percentage together however ratio's ratio area idea", 4: "information proposition anybody original", 5: "university organization",
}  # fmt: skip


def said(audience: s.Audience, **changes: object) -> list[str]:
    return [line.text for line in lines_of(text_for(explained(**changes), audience))]


def test_a_customer_reads_the_answer_the_strongest_columns_and_what_isnt_said() -> None:
    assert said("customer") == [
        "How the model came to its answer",
        "The model puts the chance of “default” at 34\u202f%. That is above the average of 16\u202f%.",
        "What moved the answer",
        "These facts moved it up most:",
        "Income (21,123) moved it up by 11 percentage points.",
        "Debt-to-income ratio (.427) moved it up by 8 percentage points.",
        "Term (a year) moved it up by 3 percentage points.",
        "These facts moved it down most:",
        "Loan amount (5,000) moved it down by 6 percentage points.",
        "All other facts together moved it up by 2 percentage points.",
        "What this does not say",
        "This tells how the model used these facts. It does not tell what causes what in life.",
        "The model's answer may be just one part of a decision. It can be wrong.",
        "The average is what the model says for a mix of past cases.",
        "Sizes are rounded, so they may not quite add up.",
        "The sizes come from a sample. Each may be off by up to 4.5 percentage points.",
        "Income and loan amount go together in the data. The model may use one in place of the other, so read the two as one.",
        (
            "Debt-to-income ratio goes together with age and 2 more in the data. The model may use one in place of the other, so "
            "read them as one."
        ),
        "",
        "Whom to ask | Ada, 555 0100 | said by Grace on 2026-03-01",
        "Written for a customer. Reading grade 3.1 (Flesch–Kincaid). Row 0 of test.",
    ]  # fmt: skip


def test_a_column_whose_direction_isnt_known_isnt_named() -> None:
    assert not any("Age" in line for line in said("customer"))
    surer = explained().standard_error.copy()
    surer[0, 4] = 0.001
    assert any("No fact" in line for line in said("customer", standard_error=surer * 100))
    assert not any(
        "Term" in line
        for line in said("customer", values=[[0.11, -0.06, 0.08, 0.001, 0.03, -0.001]], standard_error=surer)
    )


def test_a_failed_check_comes_first() -> None:
    lines = lines_of(text_for(explained(checks=(FAILED,)), "customer"))
    assert lines[3] == Line("warning", ("Do not rely on this text. A check of the explanation failed: “re-estimate”.",))


def test_a_manager_of_several_rows_reads_them_together() -> None:
    lines = [line.text for line in lines_of(text_for(three_rows(), "manager"))]
    assert lines[1].startswith(
        "On average over 3 rows, the model puts the chance of “default” at 24\u202f%. That is above"
    )
    assert "Income moved it by 15 percentage points on average, rank 1 of 6." in lines
    table = next(line for line in lines if line.startswith("row 1 of test"))
    assert table.endswith("No fact clearly moved it up. | Income (21,123) moved it down by 12 percentage points.")
    assert "EX-IM-01, ● passed | Income matters most, .12 [.10, .14]. | computed" in lines


def test_a_regulator_reads_every_number_with_its_interval() -> None:
    lines = said("regulator")
    assert "1 | income | 21,123 | 0.11 | [0.1011, 0.1189]" in lines
    assert "additivity | 1e−9 | .00010 | ● passed | The contributions add up to 1e-9 of the range." in lines
    assert "Compared with | the average over 100 rows drawn from reference (seed 0) | computed" in lines


def test_numbers_of_a_regression_have_the_targets_name() -> None:
    values = np.array([[1100.0, -600.0, 800.0, 300.0, 21.0, -1.0]])
    lines = said(
        "customer",
        scale="price",
        outputs=("price",),
        values=values,
        error=values * 0,
        exact=True,
        base=np.full((1, 1), 5000.0),
        prediction=np.full((1, 1), 6620.0),
    )
    assert lines[1] == "The model puts price at 6,620. That is above the average of 5,000."
    assert "Income (21,123) moved it up by 1,100." in lines
    assert "The sizes are exact for this average." in lines


def test_a_customer_meets_no_jargon() -> None:
    text = " ".join(said("customer") + said("customer", checks=(FAILED,)) + said("customer", exact=True)).lower()
    assert [word for word in JARGON if re.search(rf"\b{word}", text)] == []


def test_the_reading_grade_is_kincaids_formula() -> None:
    assert grade(["The cat sat on the mat."]) == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert grade(["The cat sat.", "It sat on 12 mats."]) == pytest.approx(0.39 * 3.5 + 11.8 - 15.59)
    assert np.isnan(grade(["12 %", ""]))


def test_the_reading_grade_is_near_textstats() -> None:
    # textstat 0.7.4: 9.8, with five syllables fewer than a dictionary has ("ago", "any", "whether" as one)
    assert grade([GETTYSBURG]) == pytest.approx(9.8, abs=0.3)


def test_syllables_are_counted_as_they_are_spoken() -> None:
    wrong = {
        word: syllables(word)
        for count, words in SYLLABLES.items()
        for word in words.split()
        if syllables(word) != count
    }
    assert wrong == {}


AUDIENCES: tuple[s.Audience, ...] = ("customer", "manager", "regulator")
names = st.text(max_size=30) | st.sampled_from([
    "income", "Income", "moved it up", "income and age", "a (b)", "a) moved it up by 9 percentage points. (", "", "“x”", "12", "x\ny", "| a |", "<b>", "**a**",
    "שלום", "x" * 200, "No fact", "rank 1 of 2",
])  # fmt: skip


@settings(max_examples=40)
@given(st.lists(names, min_size=6, max_size=6, unique=True), st.lists(names, min_size=6, max_size=6), names)
def test_hostile_names_and_cells_are_read_back_as_they_are(columns: list[str], cells: list[str], target: str) -> None:
    explanation = explained(
        columns=tuple(columns), cells=(tuple(cells),), outputs=(f"{target} = 1",), row_names=(target,)
    )
    words = Wording()
    labels = terms_of(explanation, words).labels
    assert len({label.casefold() if not label.startswith("“") else label for label in labels}) == 6
    for place, (column, cell) in enumerate(zip(columns, cells, strict=True)):
        told = s.MOVE.say(
            label=labels[place], cell=shown_cell(column, cell, words), way="up", size="3 percentage points"
        )
        read = s.MOVE.read(told)
        assert read is not None
        assert terms_of(explanation, words).place(read["label"]) == place
        assert read["cell"] == shown_cell(column, cell, words)


@settings(max_examples=12)
@given(st.lists(names, min_size=6, max_size=6, unique=True), st.lists(names, min_size=6, max_size=6), names)
def test_hostile_texts_agree_with_their_numbers_in_every_form(
    columns: list[str], cells: list[str], target: str
) -> None:
    explanation = explained(
        columns=tuple(columns), cells=(tuple(cells),), outputs=(f"{target} = 1",), row_names=(target,)
    )
    for audience in AUDIENCES:
        document = letter(facts_of(explanation, Wording()), Asked(audience=audience))
        assert check_text(document, explanation, words=Wording()) == ()
        assert check_text(markdown(document), explanation, words=Wording()) == ()
