"""Reports of real studies, and what is never written."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.document import Paragraph
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.explainability.stakeholders.report.facts import related_columns
from mlops_widgets.explainability.stakeholders.report.report import StakeholderReport
from mlops_widgets.explainability.stakeholders.report.report_findings import find
from tests.awkward import AWKWARD, study_of
from tests.explainability.stakeholders.report.made_up import FAILED


@cache
def report() -> StakeholderReport:
    return written(study_of("plain"), [1, 2], audience="manager")


def written(study: mw.Study, rows: object = None, **options: object) -> StakeholderReport:
    found = mw.explainability.write_stakeholder_report(study, rows, background=8, **options)  # type: ignore[arg-type]
    assert isinstance(found, StakeholderReport)
    return found


@pytest.mark.parametrize("name", AWKWARD)
def test_every_study_gets_a_report_that_agrees_with_its_numbers_or_says_why_not(name: str) -> None:
    found = mw.explainability.write_stakeholder_report(study_of(name), [0, 3], audience="regulator", background=5)
    if name in {"logged_predictions", "late_labels"}:
        assert isinstance(found, NoResult)
        assert found.status == "not_applicable"
        return
    assert isinstance(found, StakeholderReport)
    assert found.problems == ()


@pytest.mark.parametrize("suffix", [".md", ".html", ".pdf", ".json", ".png"])
def test_a_text_that_disagrees_with_its_numbers_isnt_written(suffix: str, tmp_path: Path) -> None:
    sections = report().document.sections
    false = replace(
        sections[0], blocks=(*sections[0].blocks, Paragraph(text="The chance is low because income is high."))
    )
    tampered = replace(report(), document=replace(report().document, sections=(false, *sections[1:])))
    with pytest.raises(ValueError, match="The report isn't written, because its text disagrees with the numbers"):
        tampered.save(tmp_path / f"letter{suffix}")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_written_and_read_back_from_its_files(tmp_path: Path) -> None:
    for suffix in (".md", ".html"):
        path = report().save(tmp_path / f"letter{suffix}")
        assert mw.explainability.check_report(path, report().explanation, words=report().words) == ()
    back = Result.from_dict(json.loads(report().save(tmp_path / "letter.json").read_bytes()))
    assert isinstance(back, StakeholderReport)
    assert mw.explainability.check_report(back) == ()


def test_a_report_on_another_explanation_is_found_out(tmp_path: Path) -> None:
    other = replace(report().explanation, values=-report().explanation.values)
    assert mw.explainability.check_report(report(), other)
    path = written(study_of("plain"), 0).save(tmp_path / "letter.md")
    own = written(study_of("plain"), 0).explanation
    assert mw.explainability.check_report(path, own) == ()
    assert mw.explainability.check_report(path.read_text(encoding="utf-8"), replace(own, values=own.values * 2))
    with pytest.raises(ValueError, match="needs explanation="):
        mw.explainability.check_report(path)


def test_the_verdict_of_an_explanation_that_failed_a_check_says_so_first() -> None:
    failed = replace(report(), explanation=replace(report().explanation, checks=(FAILED,)))
    findings = {finding.code: finding for finding in find(failed)}
    assert findings["EX-SR-01"].claim.startswith(
        "Do not rely on this report: the explanation failed its check of re-estimate"
    )
    assert findings["EX-SR-03"].status == "failed"


def test_a_text_that_is_hard_to_read_is_warned_of() -> None:
    assert {finding.code: finding.status for finding in find(replace(report(), reading_grade=12.3))}[
        "EX-SR-02"
    ] == "warning"


@pytest.mark.parametrize("name", ["loans", "flights", "census"])
def test_customers_read_samples_below_grade_nine(name: str) -> None:
    found = written(mw.sample(name), 3, audience="customer")
    assert found.reading_grade <= 9
    assert found.findings[1].status == "passed"


def test_columns_that_go_together_are_found_in_the_training_rows() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 200))
    frame = pd.DataFrame(
        {"a": a, "twin": a + 0.1 * rng.normal(size=200), "b": b, "side": np.where(a > 0, "left", "right")}
    )
    study = mw.load_study(
        predict=lambda rows: rows["a"].to_numpy(), reference=frame.assign(y=a), target="y", task="regression"
    )
    found = related_columns(study, ("a", "twin", "b", "side"), [0, 1, 2])
    assert [(each.column, each.other, each.more) for each in found] == [("a", "twin", 1), ("twin", "a", 1)]
    assert [(each.column, each.other, each.more) for each in related_columns(study, ("a", "twin", "b"), [0, 1, 2])] == [
        ("a", "twin", 0)
    ]


def test_a_managers_report_quotes_what_was_found_of_the_whole_model() -> None:
    found = written(
        mw.sample("loans"), 1, audience="manager", results=[report()], contact="Ada", said_by="Grace", date="2026-03-01"
    )
    told = [block for section in found.document.sections for block in section.blocks if block.kind == "statement"]
    assert ("EX-SR-01, ● passed", report().headline) in {(each.label, each.value) for each in told}
    assert told[-1].origin == "said by Grace on 2026-03-01"


def test_a_manager_reads_no_standard_errors_and_a_regulator_does() -> None:
    told = {
        audience: str(written(mw.sample("loans"), 1, audience=audience).document)
        for audience in ("manager", "regulator")
    }
    assert {who: "standard errors at most" in text for who, text in told.items()} == {
        "manager": False,
        "regulator": True,
    }
    assert "Measured afresh, the sizes came out the same" in told["manager"]


def test_a_file_that_is_no_report_is_refused_in_words(tmp_path: Path) -> None:
    image = tmp_path / "x.png"
    image.write_bytes(b"\x89PNG\xff")
    for path in (image, tmp_path, tmp_path / "gone.md"):
        with pytest.raises(ValueError, match="report="):
            mw.explainability.check_report(path, report().explanation)


def test_wrong_options_are_refused_in_words() -> None:
    study = study_of("plain")
    for options, words in (
        ({"audience": "customers"}, "audience='customers'. Allowed: 'customer', 'manager', 'regulator'"),
        ({"contact": 3}, "contact=3 is int. Pass a text"), ({"results": ["x"]}, "results= holds something else"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words.split(".")[0]):
            mw.explainability.write_stakeholder_report(study, 0, **options)
