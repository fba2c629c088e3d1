"""What a chapter ends with: three sentences from its findings, and the commands that make it a report."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.errors import InputError
from mlops_widgets.report.scorecard import UNANSWERED, count, in_words, worst_first


@dataclass(frozen=True, kw_only=True)
class Takeaways(Result):
    """Three sentences: what came first, how the rest stands, what to do. The findings stay with their own results.

    Parameters
    ----------
    sentences
        The three.
    worst
        Status of the finding that came first.
    """

    sentences: tuple[str, str, str]
    worst: Status

    @property
    def headline(self) -> str:
        """The first sentence."""
        return self.sentences[0]

    @property
    def status(self) -> Status:
        """Status of the finding that came first."""
        return self.worst

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(self.sentences)


def take_away(results: Sequence[Result]) -> Takeaways:
    """Return the three sentences that the findings of `results` make, those about the user's own models first.

    A finding that comes in several results, as in a scorecard beside what it was made of, counts once.

    Raises
    ------
    InputError
        If there is no result.
    """
    every = {(f.code, f.claim): f for result in results for f in result.findings}
    findings = sorted(worst_first(list(every.values())), key=_invented)
    if not findings:
        raise InputError("takeaways() needs at least one result: pass the chapter's results.")
    action = next((f.action for f in findings if f.action), "Run the same checks on the next batch of production rows.")
    return Takeaways(
        findings=(), rows=max(result.rows for result in results), method="From the findings of this chapter.",
        sentences=(_first(findings[0]), _rest(findings), action), worst=findings[0].status,
    )  # fmt: skip


def _invented(finding: Finding) -> bool:
    """Say whether a finding is about models that nobody of the user's made."""
    return finding.evidence.get("users_own") is False


def _first(finding: Finding) -> str:
    lead = {"passed": "Nothing failed here. ", "not_enough_data": "These data can't settle it. "}
    return lead.get(finding.status, "") + finding.claim


def _rest(findings: Sequence[Finding]) -> str:
    answered = sum(finding.status not in UNANSWERED for finding in findings)
    checks = "1 check" if len(findings) == 1 else f"{len(findings)} checks"
    head = f"Of {checks}: {in_words(count(findings))}."
    if len(findings) == 1 or answered < 2:
        return head
    return f"{head} Next: {findings[1].claim}"


@dataclass(frozen=True, kw_only=True)
class ChapterCommands(Result):
    """The commands that make the same chapter a report again.

    Parameters
    ----------
    command_line
        By `mlops-widgets report`: notebook, page and findings.
    papermill
        By papermill alone: the executed notebook.
    note
        What has to be done first, or empty.
    """

    command_line: str
    papermill: str
    note: str = ""

    @property
    def headline(self) -> str:
        """What the commands do."""
        return "The same chapter as a report, by one command."

    def __str__(self) -> str:
        """Return both commands."""
        return "\n".join(line for line in (self.note, self.command_line, self.papermill) if line)


def write_commands(parameters: Mapping[str, Any], *, number: int, notebook: str, note: str) -> ChapterCommands:
    """Return the commands that open chapter `number` with `parameters`; `trust` is never among their words."""
    parameters = {name: value for name, value in parameters.items() if name != "trust"}
    rest = dict(parameters)
    words = ["mlops-widgets", "report"]
    if "study" in rest:
        words.append(str(rest.pop("study")))
    words += ["--chapters", str(number), "--out", "report"]
    for name in ("seed", "guess"):
        if name in rest:
            words += [f"--{name}", str(rest.pop(name))]
    for name, value in rest.items():
        words += ["-p", name, _written(value)]
    papermill = ["papermill", notebook, notebook.replace(".ipynb", ".out.ipynb")]
    for name, value in parameters.items():
        papermill += _option(name, value)
    return ChapterCommands(
        findings=(), rows=0, command_line=shlex.join(words), papermill=shlex.join(papermill), note=note
    )


def read_value(text: str) -> Any:  # noqa: ANN401 - plain data
    """Return what `-p name text` means: JSON or Python's True, False and None; else the text itself.

    Examples
    --------
    >>> [read_value(text) for text in ("3", "0.5", "True", "log.csv", '"3"', '{"test": 0.25}')]
    [3, 0.5, True, 'log.csv', '3', {'test': 0.25}]
    """
    names = {"True": True, "False": False, "None": None}
    if text in names:
        return names[text]
    try:
        return json.loads(text, parse_constant=_refuse)
    except ValueError:
        return text


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity are no JSON; a column may be called so


def _written(value: Any) -> str:  # noqa: ANN401 - plain data
    """Return the shortest text that `read_value` reads as `value`."""
    return value if isinstance(value, str) and read_value(value) == value else json.dumps(value, ensure_ascii=False)


def _option(name: str, value: Any) -> list[str]:  # noqa: ANN401 - plain data
    """Return papermill's option: typed, raw where a text looks like something else, YAML for lists and maps."""
    if isinstance(value, str):
        return ["-r" if _looks_typed(value) else "-p", name, value]
    if isinstance(value, list | tuple | dict):
        return ["-y", json.dumps({name: value}, ensure_ascii=False)]
    return ["-p", name, str(value)]


def _looks_typed(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return text in {"True", "False", "None"}
    return True
