from xml.etree import ElementTree as ET

import pytest

from mlops_widgets.cli import FAILING
from mlops_widgets.report.junit import to_junit
from mlops_widgets.report.scorecard import run_all
from tests.report.fakes import Clock, finding, loans, scored, taking

MIXED = [finding(status) for status in ("failed", "warning", "passed", "not_enough_data", "not_applicable")]


def read(written: bytes) -> ET.Element:
    return ET.fromstring(written)[0]  # noqa: S314 - what we just wrote


@pytest.mark.parametrize(
    ("fail_on", "failures", "skipped"),
    [("failed", 1, 2), ("warning", 2, 2), ("not_enough_data", 3, 1), ("never", 0, 2)],
)
def test_a_test_case_a_finding(fail_on: str, failures: int, skipped: int) -> None:
    suite = read(to_junit(scored(*MIXED), failing=FAILING[fail_on]))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", str(failures), str(skipped))
    assert len(suite.findall("testcase")) == 5
    assert len(suite.findall("testcase/failure")) == failures
    assert len(suite.findall("testcase/skipped")) == skipped


def test_hostile_text_stays_text() -> None:
    claim = '"]]></failure><b>\x00\x1b[31m & 🎈'
    suite = read(to_junit(scored(finding("failed", claim=claim)), failing=FAILING["failed"]))
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == '"]]></failure><b>\ufffd\ufffd[31m & 🎈'


def test_each_case_belongs_to_its_strategy() -> None:
    clock = Clock()
    card = run_all(loans(), budget_seconds=1, clock=clock, strategies=[taking(2, clock, n) for n in "abc"])
    suite = read(to_junit(card, failing=frozenset()))
    assert [case.get("classname") for case in suite.findall("testcase")] == ["fakes.a", "fakes.b", "fakes.c"]
