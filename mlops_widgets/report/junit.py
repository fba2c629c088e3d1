"""Findings as a JUnit file, which build servers read."""

import re
from collections.abc import Set as AbstractSet
from xml.etree import ElementTree as ET

from mlops_widgets.core.result import Finding
from mlops_widgets.report.scorecard import Scorecard, StrategyRun

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(scorecard: Scorecard, *, failing: AbstractSet[str]) -> bytes:
    """Return the findings of `scorecard` as a JUnit file: one test case a finding.

    Parameters
    ----------
    scorecard
        The findings.
    failing
        Statuses that fail the build. Of the rest, what couldn't be answered is skipped and a warning is noted.
    """
    cases = [(run, finding) for run, result in _by_run(scorecard) for finding in result]
    suite = ET.Element(
        "testsuite", name=_text(f"mlops-widgets {scorecard.study}"), tests=str(len(cases)), errors="0",
        failures=str(sum(finding.status in failing for _, finding in cases)),
        skipped=str(sum(_is_skipped(finding, failing) for _, finding in cases)),
        time=f"{sum(run.seconds for run in scorecard.runs):.3f}",
    )  # fmt: skip
    for run, finding in cases:
        _add_case(suite, run, finding, failing)
    root = ET.Element("testsuites")
    root.append(suite)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _by_run(scorecard: Scorecard) -> list[tuple[StrategyRun, list[Finding]]]:
    """Return the findings of each run; the scorecard holds them in another order, each run knows its codes."""
    left = list(scorecard.findings)
    grouped = []
    for run in scorecard.runs:
        mine = []
        for code in run.codes:
            match = next(f for f in left if f.code == code and f.evidence.get("strategy", run.strategy) == run.strategy)
            left.remove(match)
            mine.append(match)
        grouped.append((run, mine))
    return grouped


def _is_skipped(finding: Finding, failing: AbstractSet[str]) -> bool:
    return finding.status in {"not_enough_data", "not_applicable", "not_run"} - failing


def _add_case(suite: ET.Element, run: StrategyRun, finding: Finding, failing: AbstractSet[str]) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=f"{run.pitfall}.{run.strategy}", name=_text(finding.code), time="0"
    )
    words = _text(finding.claim)
    if finding.status in failing:
        failure = ET.SubElement(case, "failure", message=words, type=finding.status)
        failure.text = _text(finding.action)
    elif _is_skipped(finding, failing):
        ET.SubElement(case, "skipped", message=words, type=finding.status)
    else:
        ET.SubElement(case, "system-out").text = f"{finding.status}: {words}"


def _text(text: str) -> str:
    """Return `text` without what XML can't hold."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
