"""What a report calls columns, cells, outcomes and amounts: the same words where it is written and where it is read back."""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from mlops_widgets.core.document import sound
from mlops_widgets.core.words import capital, number, short
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.study.wording import Wording

LONGEST = 80
_MOST_WORDS = 7
_PLAIN = re.compile(r"[^\W\d_][^\W\d_'\u2019%°/-]*(?:[ '\u2019%°/-][^\W\d_%°]*)*")
_RESERVED = frozenset({
    "and", "average", "by", "chance", "down", "facts", "it", "model", "moved", "not", "other", "percentage", "points", "rank", "up",
})  # fmt: skip
"""Words of the report's own sentences: a label that holds one stands in quotation marks."""
_FIRST_RIGHT_TO_LEFT = 0x590
_DATE = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?")
_NOTHING = frozenset({"nan", "NaN", "None", "NaT", "<NA>", ""})
_YES = frozenset({"1", "1.0", "true", "yes", "y"})
_MOST_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The words for one explanation.

    Parameters
    ----------
    labels
        What each column is called, no two alike; in quotation marks where it could be mistaken for the report's own words.
    whats
        What each output is called in a sentence, such as "the chance of default".
    share
        Whether amounts are probabilities, written in percent.
    """

    labels: tuple[str, ...]
    whats: tuple[str, ...]
    share: bool

    def place(self, label: str) -> int | None:
        """Return which column a label in a sentence means."""
        return next((k for k, known in enumerate(self.labels) if label in {known, capital(known)}), None)

    def amount(self, value: float, digits: int) -> str:
        """Return an answer of the model as it is written."""
        return number(value, "percent", digits=digits) if self.share else number(value, digits=digits)

    def size(self, value: float, digits: int) -> str:
        """Return how far something moved the answer, without the direction."""
        if not self.share:
            return number(abs(value), digits=digits)
        text = number(abs(value) * 100, digits=digits)
        return f"{text} percentage point{'' if text == '1' else 's'}"

    def digits(self, values: Sequence[float]) -> int:
        """Return the decimals for amounts of a row: two digits of its largest contribution."""
        largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
        largest *= 100 if self.share else 1
        if largest == 0:
            return 0
        return min(_MOST_DIGITS, max(0, 1 - math.floor(math.log10(largest))))


def terms_of(explanation: Explanation, words: Wording) -> Terms:
    """Return the words for an explanation, from it and the labels of the study."""
    return Terms(
        labels=_distinct([words.feature(column) for column in explanation.columns]),
        whats=tuple(_what(explanation, output, words) for output in explanation.outputs),
        share=explanation.scale == "probability",
    )


def shown_cell(column: str, cell: str, words: Wording) -> str:
    """Return an explained cell as a sentence holds it: by its label, else in words; quoted where it holds brackets."""
    return _quoted_if(
        short(sound(words.value(column, _typed(cell))), LONGEST), lambda text: not text or bool(set("()“”") & set(text))
    )


def _typed(cell: str) -> object:
    """Return a cell's text as the number, date or truth value that it was."""
    if cell in _NOTHING:
        return None
    if cell in {"True", "False"}:
        return cell == "True"
    if _DATE.fullmatch(cell):
        try:
            return datetime.fromisoformat(cell)
        except ValueError:
            return cell
    try:
        return float(cell)
    except ValueError:
        return cell


def _what(explanation: Explanation, output: str, words: Wording) -> str:
    if explanation.scale not in {"probability", "log-odds"}:
        return "its score" if explanation.scale == "score" else _named(words.feature(output))
    target, _, label = output.rpartition(" = ")
    said, name = words.value(target, _typed(label)), _named(words.feature(target))
    if explanation.scale == "log-odds":
        return f"the log-odds of {_quoted(short(sound(said), LONGEST))}"
    alone = len(explanation.outputs) == 1
    if label in words.values.get(target, {}):
        return f"the chance of {_quoted(short(sound(said), LONGEST))}"
    if alone and (target in words.features or label.lower() in _YES):
        return f"the chance of {name}"
    return f"the chance that {name} is {_quoted_if(short(sound(said), LONGEST), lambda text: not text.isalnum())}"


def _named(label: str) -> str:
    return _quoted_if(short(sound(label), LONGEST), lambda text: not _is_plain(text))


def _distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Return labels of which no two are alike, but for their case: those are quoted, and numbered where still alike."""
    brief = [short(sound(label), LONGEST) for label in labels]
    alike = Counter(label.casefold() for label in brief)
    shown = [_quoted(label) if alike[label.casefold()] > 1 or not _is_plain(label) else label for label in brief]
    while True:
        again = Counter(shown)
        if max(again.values(), default=0) < 2:
            return tuple(shown)
        shown = [_quoted(f"{label}, column {k}") if again[label] > 1 else label for k, label in enumerate(shown, 1)]


def _is_plain(label: str) -> bool:
    words = re.split(r"[ /-]", label.casefold())
    return (
        _PLAIN.fullmatch(label) is not None
        and len(words) <= _MOST_WORDS
        and not _RESERVED & set(words)
        and all(ord(letter) < _FIRST_RIGHT_TO_LEFT for letter in label)
    )


def _quoted(text: str) -> str:
    return f"“{text.replace('“', '').replace('”', '')}”"


def _quoted_if(text: str, odd: Callable[[str], bool]) -> str:
    return _quoted(text) if odd(text) else text
