"""Ten questions about a model in production, two a pitfall, and which chapter to open first.

Nobody grades: the answers are what a person says, so the findings say "you say", and no number is made of them. Each
question is of the kind that a person can answer with yes only after having looked; "don't know" counts as an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import WORST_FIRST, Finding, Result, Status
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.ui.card import Card, Control
from mlops_widgets.ui.explorer import Explorer, Options
from mlops_widgets.ui.screen import Screen

if TYPE_CHECKING:
    import pandas as pd

Reply = Literal["yes", "no", "don't know"]
REPLIES: tuple[Reply, ...] = get_args(Reply)
OPEN = "–"
"""How a question that nobody answered stands on the screen."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question to be answered with yes, no or don't know; yes means that somebody has looked.

    Parameters
    ----------
    name
        Its name as an argument of `assess`.
    text
        The question.
    lacking
        What is lacking where the answer isn't yes, as the end of a sentence.
    """

    name: str
    text: str
    lacking: str


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A pitfall with its two questions, its chapter, and what to do first."""

    number: int
    pitfall: str
    notebook: str
    first_step: str
    questions: tuple[Question, Question]


TOPICS = (
    Topic(
        number=1, pitfall="Overfitting to offline metrics", notebook="01_overfitting.ipynb",
        first_step="Measure what production kept of the offline score.",
        questions=(
            Question(
                name="production_score",
                text="Do you know the score of your model on last month's rows, in the metric you chose it by?",
                lacking="the score in production",
            ),
            Question(
                name="untouched_test",
                text="Was the test set whose score you quote never used to choose between models?",
                lacking="a test that nobody chose by",
            ),
        ),
    ),
    Topic(
        number=2, pitfall="Neglecting the model's lifecycle", notebook="02_lifecycle.ipynb",
        first_step="Write down the number at which the model is retrained, and the one at which it is switched off.",
        questions=(
            Question(
                name="retraining_rule",
                text="Is it written down when the model is retrained, and when it is switched off?",
                lacking="a rule for retraining and retirement",
            ),
            Question(
                name="label_delay",
                text="Do you know how long after a prediction you learn whether it was right?",
                lacking="a known delay of the labels",
            ),
        ),
    ),
    Topic(
        number=3, pitfall="Overlooking governance and compliance", notebook="03_governance.ipynb",
        first_step="Compare the share of positive decisions between the groups of people that the model decides about.",
        questions=(
            Question(
                name="group_rates",
                text="Have you compared decisions and errors between groups of the people that the model decides about?",
                lacking="a comparison between groups",
            ),
            Question(
                name="decision_record",
                text="Could you show for one decision of last year which model version, data and person stood behind it?",
                lacking="a record of who decided what",
            ),
        ),
    ),
    Topic(
        number=4, pitfall="Poor data quality", notebook="04_data_quality.ipynb",
        first_step="Count missing cells, new levels and values out of range in yesterday's rows.",
        questions=(
            Question(
                name="serving_alarm",
                text="Would somebody be told within a day if a column came empty, or in another unit?",
                lacking="an alarm on the inputs",
            ),
            Question(
                name="near_duplicates",
                text="Have you looked for rows that stand in training and in the test, also almost alike?",
                lacking="a search for rows in both training and test",
            ),
        ),
    ),
    Topic(
        number=5, pitfall="Ignoring explainability", notebook="05_explainability.ipynb",
        first_step="Name the three columns that the model leans on most, and ask of each when its cells are filled in.",
        questions=(
            Question(
                name="top_columns",
                text="Can you name the three columns that the model leans on most, each known before the decision?",
                lacking="the columns that the model leans on",
            ),
            Question(
                name="stable_explanations",
                text="Have you seen whether a prediction's explanation stays the same with another seed or method?",
                lacking="explanations that were tried twice",
            ),
        ),
    ),
)  # fmt: skip
QUESTIONS: Mapping[str, Question] = {question.name: question for topic in TOPICS for question in topic.questions}


@dataclass(frozen=True, kw_only=True)
class AssessmentResult(Result):
    """What a person says about the five pitfalls: one finding each, the one to open first leading.

    Parameters
    ----------
    answers
        Name of the question → "yes", "no" or "don't know"; those not answered are left out.
    """

    answers: Mapping[str, str]

    def frame(self) -> "pd.DataFrame":
        """Return one row a question: its pitfall, the question, and the answer."""
        import pandas as pd

        rows = [
            (topic.pitfall, question.text, self.answers.get(question.name, "not answered"))
            for topic in TOPICS
            for question in topic.questions
        ]
        return pd.DataFrame(rows, columns=["pitfall", "question", "answer"])


def assess(**answers: Reply | None) -> AssessmentResult:
    """Find out which of five pitfalls to look at first, from ten answers of yours; nothing of it is kept or sent.

    Parameters
    ----------
    **answers
        `"yes"`, `"no"` or `"don't know"` for each of `production_score`, `untouched_test`, `retraining_rule`,
        `label_delay`, `group_rates`, `decision_record`, `serving_alarm`, `near_duplicates`, `top_columns` and
        `stable_explanations`. None, or leaving one out, means not asked.

    Returns
    -------
    AssessmentResult

    Raises
    ------
    UnknownNameError
        If there is no question of that name.
    InputError
        If an answer is something else.

    Examples
    --------
    >>> assess(production_score="no", label_delay="yes").findings[0].claim
    'Open chapter 1 first, Overfitting to offline metrics. Lacking, as you say: the score in production.'
    """
    for name, reply in answers.items():
        if name not in QUESTIONS:
            raise UnknownNameError(
                f"Unknown question {name!r}. Questions: {listed(QUESTIONS)}.{did_you_mean(name, QUESTIONS)}"
            )
        if reply is not None and reply not in REPLIES:
            raise InputError(f"{name}={reply!r}. Allowed: 'yes', 'no', \"don't know\", or None for not asked.")
    given = {name: str(answers[name]) for name in QUESTIONS if answers.get(name) is not None}
    found = sorted((_look(topic, given) for topic in TOPICS), key=_urgency)
    return AssessmentResult(
        findings=(_lead(found[0], answered=len(given)), *(finding for _, finding in found[1:])), rows=0, answers=given,
        method="Ten questions that you answered yourself; nothing was measured.",
    )  # fmt: skip


def _look(topic: Topic, given: Mapping[str, str]) -> tuple[Topic, Finding]:
    """Return the finding of one pitfall."""
    replies = {question: given.get(question.name) for question in topic.questions}
    lacking = [question.lacking for question, reply in replies.items() if reply == "no"]
    unknown = [question.lacking for question, reply in replies.items() if reply == "don't know"]
    evidence = {question.name: reply for question, reply in replies.items()}
    code = f"SA-{topic.number:02}"
    if not any(replies.values()):
        return topic, Finding(code=code, status="not_run", claim=f"{topic.pitfall}: not asked.", evidence=evidence)
    if not lacking and not unknown:
        asked = sum(reply is not None for reply in replies.values())
        claim = (
            f"{topic.pitfall}: yes to {'both questions' if asked == 2 else 'the one question answered'}, as you say."
        )
        return topic, Finding(code=code, status="passed", claim=claim, evidence=evidence,
                              action="Measure it once, to be sure.")  # fmt: skip
    parts = [f"Lacking, as you say: {' and '.join(lacking)}."] if lacking else []
    parts += [f"Not known to you: {' and '.join(unknown)}."] if unknown else []
    status: Status = "warning" if lacking else "not_enough_data"
    claim = f"{topic.pitfall}. {' '.join(parts)}"
    return topic, Finding(code=code, status=status, claim=claim, action=_action(topic), evidence=evidence)


def _action(topic: Topic) -> str:
    return f"Open {topic.notebook}. {topic.first_step}"


def _urgency(found: tuple[Topic, Finding]) -> tuple[bool, int, int, int]:
    """A no first; then most answers of no, then of don't know, then in the order of the chapters."""
    topic, finding = found
    replies = list(finding.evidence.values())
    lacking = 2 * replies.count("no") + replies.count("don't know")
    return "no" not in replies, WORST_FIRST.index(finding.status), -lacking, topic.number


def _lead(found: tuple[Topic, Finding], *, answered: int) -> Finding:
    """Return the first finding with the chapter to open in its claim."""
    topic, finding = found
    if finding.status == "not_run":
        claim, action = (
            "Not asked: none of the ten questions was answered.",
            "Answer them in JupyterLab, or by mw.assess(…).",
        )
    elif finding.status == "passed":
        part = "" if answered == len(QUESTIONS) else f", with {answered} of {len(QUESTIONS)} questions answered"
        claim, action = f"Nothing that you know of is lacking{part}. {finding.claim}", finding.action
    else:
        claim, action = f"Open chapter {topic.number} first, {finding.claim}", finding.action
    return Finding(code=finding.code, status=finding.status, claim=claim, action=action, evidence=finding.evidence)


class SelfAssessment(Explorer):
    """The ten questions, to be answered on the screen in two minutes.

    Answers live in this session only: they aren't written into the notebook's saved outputs, nor anywhere else. In a run
    for a file the questions count as not asked, unless `answers` were given.

    Parameters
    ----------
    answers
        Answers by the question's name, as in `assess`; None asks.
    screen
        Where outputs go.

    Raises
    ------
    WrongTypeError
        If `answers` is no map.
    UnknownNameError, InputError
        As in `assess`.

    Examples
    --------
    >>> SelfAssessment().run(production_score="don't know").status
    'not_enough_data'
    """

    def __init__(self, answers: Mapping[str, Reply | None] | None = None, *, screen: Screen | None = None) -> None:
        if not isinstance(answers, Mapping | None):
            raise WrongTypeError(f"answers={answers!r}. Pass a map from questions to answers, or None to ask.")
        told = assess(**answers or {})
        controls = tuple(
            Control(name=name, label=question.text, value=told.answers.get(name, OPEN), kind="choice",
                    options=(OPEN, *REPLIES))
            for name, question in QUESTIONS.items()
        )  # fmt: skip
        super().__init__(_work, controls, told if told.answers else None, start=False, screen=screen)

    def _card(self) -> Card:
        if self.result is not None:
            return super()._card()
        return Card(
            headline="Which pitfall first? Ten questions, two minutes.", status="not_run",
            empty="Answer what you can and press Run. Your answers stay in this session.",
        )  # fmt: skip

    def _accept(self, result: Result) -> Card:
        """Show the Result in the live view alone: what a person said about their team isn't saved with the notebook."""
        self.result = result
        return super()._card()


def _work(options: Options, _progress: Progress | None, _cancel: Cancel | None) -> AssessmentResult:
    return assess(**{name: _reply(str(value)) for name, value in options.items()})


def _reply(value: str) -> Reply | None:
    return next((reply for reply in REPLIES if reply == value), None)
