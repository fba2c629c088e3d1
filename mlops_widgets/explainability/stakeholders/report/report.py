"""Write down what the model said about some rows, for people: in sentences that are read back before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, get_args

import pandas as pd

from mlops_widgets.core.document import Document
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.explainability.attribution.chosen_rows import Background, Rows
from mlops_widgets.explainability.attribution.explain import answer_question
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study
from mlops_widgets.explainability.stakeholders.report.checker import check_text
from mlops_widgets.explainability.stakeholders.report.facts import Facts, Quoted, Related, quoted, related_columns
from mlops_widgets.explainability.stakeholders.report.letters import Asked, letter, reading_grade
from mlops_widgets.explainability.stakeholders.report.report_findings import find
from mlops_widgets.explainability.stakeholders.report.sentences import Audience
from mlops_widgets.study.study import Study
from mlops_widgets.study.wording import Wording

_MOST_BYTES = 20_000_000
_REFERENCE = "Kincaid et al. (1975), Naval Technical Training Command Research Branch Report 8-75"


@dataclass(frozen=True, kw_only=True)
class StakeholderReport(Result):
    """A text about some rows, with the numbers that it was compared with.

    It holds the cells of the rows that it is about.

    Parameters
    ----------
    audience
        Who it is written for.
    document
        The text.
    explanation
        The numbers behind it.
    words
        Labels of columns and cells.
    related
        Named columns that go together with another one.
    quoted
        The results whose headlines are quoted.
    reading_grade
        Flesch–Kincaid grade of the sentences.
    problems
        What the text says that the numbers don't, when it was written; empty where all agrees.
    synthetic
        Whether the data were made up.
    """

    holds_cells: ClassVar[bool] = True

    audience: Audience
    document: Document
    explanation: Explanation
    words: Wording
    related: tuple[Related, ...]
    quoted: tuple[Quoted, ...]
    reading_grade: float
    problems: tuple[str, ...]
    synthetic: bool = False

    def frame(self) -> pd.DataFrame:
        """Return the contributions behind the text, as `Explanation.frame`."""
        return self.explanation.frame()

    def contents(self, suffix: str) -> bytes:
        """Return the report as the bytes of a file.

        Raises
        ------
        InputError
            If what would be written disagrees with the numbers.
        """
        self._refuse(_problems(self, self.document))
        data = super().contents(suffix)
        if suffix in {".md", ".html"}:
            self._refuse(_problems(self, data.decode()))
        return data

    def _refuse(self, problems: tuple[str, ...]) -> None:
        if problems:
            raise InputError(
                f"The report isn't written, because its text disagrees with the numbers: {problems[0]} "
                f"({len(problems)} in all). Write it anew with write_stakeholder_report."
            )


@strategy("EX-SR")
def write_stakeholder_report(
    study: Study, rows: Rows = None, *, audience: Audience = "customer", table: str | None = None,
    results: Sequence[Result] = (), contact: str = "", said_by: str = "", date: str = "", background: Background = BACKGROUND_ROWS,
    seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> StakeholderReport:  # fmt: skip
    """Write down what the model said about some rows, in plain words that a person outside the team can check.

    Every sentence is filled from the numbers, and the finished text is read back and compared with them: direction, order,
    size, answer, average. A text that disagrees isn't saved.

    Parameters
    ----------
    study
        With a model that can be asked.
    rows
        Positions in the table, or rows of your own; by default the first.
    audience
        "customer": what moved the answer, in short sentences. "manager": the rows together, the model as a whole, how far to
        trust it. "regulator": how it was made, every check and every number.
    table
        The table that positions count in; by default the test.
    results
        Looks at the whole model (importance, weak slices …) whose headlines a manager's report quotes.
    contact
        Whom to ask, such as a name and a telephone number; left empty, the report says that nobody said so.
    said_by, date
        Who names the contact, and when.
    background
        What the average is taken over: how many rows to draw, a table's name, or a frame.
    seed
        Of their draw.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    StakeholderReport or NoResult
        Findings: EX-SR-01 what it says and whether it was read back, EX-SR-02 how hard it is to read, EX-SR-03 whether the
        explanation passed its checks, EX-SR-04 columns that go together. `save` writes .html, .pdf, .md, .json or .png.

    Raises
    ------
    InputError
        If an option can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> report = mw.explainability.write_stakeholder_report(mw.sample("loans"), 3, background=10)
    >>> report.document.title, report.problems
    ('How the model came to its answer', ())
    """
    _check_options(audience, results, contact=contact, said_by=said_by, date=date)
    question = ask_study(study, rows, table=table, output=_plain_scale(study), background=background, seed=seed)
    explanation = answer_question(question, progress=progress, cancel=cancel)
    words = study.words.among([*explanation.columns, study.outcome.target])
    facts = Facts(explanation=explanation, words=words)
    asked = Asked(
        audience=audience, related=related_columns(study, explanation.columns, facts.named()),
        quoted=tuple(map(quoted, results)), contact=contact, said_by=said_by, date=date,
    )  # fmt: skip
    document = letter(facts, asked)
    report = StakeholderReport(
        findings=(), rows=len(explanation.row_names), seed=seed, method=explanation.method,
        reference="; ".join(filter(None, (explanation.reference, _REFERENCE))), audience=audience, document=document,
        explanation=explanation, words=words, related=asked.related, quoted=asked.quoted,
        reading_grade=reading_grade(document), problems=(), synthetic=study.synthetic,
    )  # fmt: skip
    report = replace(report, problems=_problems(report, document))
    return replace(report, findings=find(report))


def check_report(
    report: "StakeholderReport | Path | str", explanation: Explanation | None = None, *, words: Wording | None = None
) -> tuple[str, ...]:
    """Say what a report claims that an explanation doesn't, or leaves out; empty where all agrees.

    Parameters
    ----------
    report
        The report; or its finished text in Markdown or HTML, or the path of such a file.
    explanation
        The numbers to compare with; by default the report's own. A text needs one.
    words
        Labels of columns and cells, `study.words`; a report has its own.

    Raises
    ------
    InputError
        If a text comes without an explanation, or a file can't be read as text.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> report = mw.explainability.write_stakeholder_report(mw.sample("loans"), 3, background=10)
    >>> mw.explainability.check_report(report)
    ()
    """
    if isinstance(report, StakeholderReport):
        return _problems(replace(report, explanation=explanation or report.explanation), report.document)
    if explanation is None:
        raise InputError("check_report of a text needs explanation=: the numbers to compare it with.")
    text = _text_of(report) if isinstance(report, Path) else report
    return check_text(text, explanation, words=words)


def _text_of(path: Path) -> str:
    """Return what a file of anybody's holds, its size checked first."""
    if not path.is_file():
        raise InputError(f"report={str(path)[:200]!r}: there is no such file. Pass the path of a finished report.")
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise InputError(
            f"report= names {path.name!r}, which has more than {_MOST_BYTES:,} bytes, too many for a report."
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise InputError(
            f"report= names {path.name!r}, which isn't UTF-8. Pass a report in Markdown or HTML."
        ) from error


def _problems(report: StakeholderReport, text: Document | str) -> tuple[str, ...]:
    return check_text(text, report.explanation, words=report.words, related=report.related, quoted=report.quoted)


def _plain_scale(study: Study) -> Output:
    """Return the scale that readers know: a probability where the model has one."""
    return "probability" if study.task != "regression" and "probabilities" in study.model.can else "auto"


def _check_options(audience: object, results: object, **texts: object) -> None:
    allowed = get_args(Audience)
    if audience not in allowed:
        raise InputError(f"audience={audience!r}. Allowed: {listed(allowed)}.{did_you_mean(str(audience), allowed)}")
    for name, text in texts.items():
        if not isinstance(text, str):
            raise InputError(f"{name}={text!r:.60} is {type(text).__name__}. Pass a text.")
    if not isinstance(results, Sequence) or not all(isinstance(each, Result) for each in results):
        raise InputError("results= holds something else than results. Pass a list of what the strategies returned.")
