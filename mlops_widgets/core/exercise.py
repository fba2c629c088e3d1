"""A question about the user's own study whose answer is measured, not looked up."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from weakref import WeakKeyDictionary

from mlops_widgets.core.result import Finding, Result, Status
from mlops_widgets.errors import InputError, MissingInputError, MlopsWidgetsError, ModelError

State = Literal["not tried", "not yet", "right", "can't be asked", "error"]
_STATUS: dict[State, Status] = {
    "not tried": "not_run", "not yet": "warning", "right": "passed", "can't be asked": "not_applicable", "error": "warning",
}  # fmt: skip
_tries: WeakKeyDictionary[Any, Counter[str]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What measuring an answer found: whether it is right, what was measured or what it means, and a hint if not."""

    right: bool
    measured: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True)
class ExerciseResult(Result):
    """The state of an exercise.

    Parameters
    ----------
    question
        What is asked.
    state
        "not tried", "not yet", "right", "can't be asked" (the study lacks something) or "error" (in the answer).
    answer
        The answer as given, in Python's notation; empty where none was.
    """

    question: str
    state: State
    answer: str


def ask(
    code: str,
    subject: Any,  # noqa: ANN401 - a Study, a floor above
    *,
    question: str,
    answer: Any,  # noqa: ANN401 - whatever the question asks for
    judge: Callable[[Any], Judgement],
    rows: int,
    obstacle: str = "",
) -> ExerciseResult:
    """Return the state of exercise `code` on `subject` for this answer.

    The hint comes with the second wrong answer. An error in the answer is shown as one, not as a wrong answer.

    Parameters
    ----------
    code
        The exercise, such as "OV-1".
    subject
        What the question is about; tries are counted for each.
    question
        The question, which names the form of the answer.
    answer
        The answer, or None where it wasn't tried.
    judge
        Measures an answer; raises `InputError` where it has another form.
    rows
        Rows that the measurement rests on.
    obstacle
        Why the question can't be asked of this subject, whatever the answer; empty where it can.
    """
    found: tuple[State, str, str] = ("can't be asked", obstacle, "")
    state, words, hint = found if obstacle else _look(code, subject, answer, judge)
    claim = f"{question} {words}" if state == "not tried" else words
    finding = Finding(code=code, status=_STATUS[state], claim=claim, action=hint)
    return ExerciseResult(findings=(finding,), rows=rows, question=question, state=state,
                          answer="" if answer is None else repr(answer)[:200])  # fmt: skip


def _look(code: str, subject: Any, answer: Any, judge: Callable[[Any], Judgement]) -> tuple[State, str, str]:  # noqa: ANN401
    if answer is None:
        return "not tried", "(Not tried yet: put your answer in the place of None.)", ""
    try:
        found = judge(answer)
    except MissingInputError as error:
        return "can't be asked", str(error), ""
    except InputError as error:
        return "error", f"Your answer can't be used: {error}", ""
    except MlopsWidgetsError as error:
        return "can't be asked", error.claim if isinstance(error, ModelError) else str(error), ""
    if found.right:
        return "right", f"Right. {found.measured}", ""
    tries = _tries.setdefault(subject, Counter())
    tries[code] += 1
    return "not yet", f"Not yet. {found.measured}", found.hint if tries[code] > 1 else ""
