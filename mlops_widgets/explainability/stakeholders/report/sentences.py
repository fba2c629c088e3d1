"""The sentences that a report is made of: each is filled with slots, and reads the slots back out of the finished text."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from mlops_widgets.core.words import capital

Audience = Literal["customer", "manager", "regulator"]
Slots = dict[str, str]

_QUOTED = "“[^“”]*”"
_AMOUNT = r"\S+?(?:\u202f%)?"
_SLOTS = {
    "label": rf"(?:{_QUOTED}|[^“”().,:;]+?)", "other": rf"(?:{_QUOTED}|[^“”().,:;]+?)", "cell": rf"(?:{_QUOTED}|[^“”()]+)",
    "amount": _AMOUNT, "average": _AMOUNT, "size": rf"{_AMOUNT}(?: percentage points?)?", "way": "up|down",
    "side": "above|below|about the same as", "what": ".+", "count": r"[\d,]+", "rank": r"[\d,]+", "of": r"[\d,]+",
    "check": _QUOTED, "audience": "customer|manager|regulator", "grade": r"[−.\d]+|–", "row": ".*",
}  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """A sentence, or a few that belong together, with named slots."""

    text: str

    def say(self, **slots: str) -> str:
        """Return the sentence with its slots filled."""
        return capital(self.text.format_map(slots))

    def read(self, line: str) -> Slots | None:
        """Return the slots of a finished line, or None where it is another sentence."""
        found = self._pattern.fullmatch(line)
        return None if found is None else found.groupdict()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", capital(self.text))
        return re.compile(
            "".join(f"(?P<{part}>{_SLOTS[part]})" if k % 2 else re.escape(part) for k, part in enumerate(parts))
        )


PASSED_CHECKS = {
    "additivity": "The sizes add up to the model's answer.",
    "sharing out": "Tried on pairs of cases, the sizes were those that the model itself gives.",
    "repeatability": "Asked again, the model gave the same answers.",
    "re-estimate": "Measured afresh, the sizes came out the same, but for the error that is stated.",
}
"""What a check that passed says to a manager; a regulator reads its numbers, and so does everybody of one that didn't pass."""

PREDICTION = Sentence("The model puts {what} at {amount}. That is {side} the average of {average}.")
MEAN_PREDICTION = Sentence(
    "On average over {count} rows, the model puts {what} at {amount}. That is {side} the average of {average}."
)
MOVE = Sentence("{label} ({cell}) moved it {way} by {size}.")
REST = Sentence("All other facts together moved it {way} by {size}.")
REST_NOTHING = Sentence("All other facts together left it about the same.")
NOTHING = Sentence("No fact clearly moved it {way}.")
MOST = Sentence("These facts moved it {way} most:")
DRIVER = Sentence("{label} moved it by {size} on average, rank {rank} of {of}.")
RELATED = Sentence(
    "{label} and {other} go together in the data. The model may use one in place of the other, so read the two as one."
)
RELATED_MANY = Sentence(
    "{label} goes together with {other} and {count} more in the data. The model may use one in place of the other, so read "
    "them as one."
)
FAILED = Sentence("Do not rely on this text. A check of the explanation failed: {check}.")
UNSURE = Sentence("The sizes come from a sample. Each may be off by up to {size}.")
EXACT = Sentence("The sizes are exact for this average.")
UNKNOWN = Sentence("The sizes come from a sample. How far they may be off isn't known.")
NOT_CAUSAL = Sentence("This tells how the model used these facts. It does not tell what causes what in life.")
NOT_ALL = Sentence("The model's answer may be just one part of a decision. It can be wrong.")
AVERAGE = Sentence("The average is what the model says for a mix of past cases.")
ROUNDED = Sentence("Sizes are rounded, so they may not quite add up.")
ROW = Sentence("About {row}")
ROWS = Sentence("This text is about {count} rows.")
CUT = Sentence("The table shows {count} of {of} rows.")
WRITTEN = Sentence("Written for a {audience}. Reading grade {grade} (Flesch\u2013Kincaid). {row}")

CAVEATS = (NOT_CAUSAL, NOT_ALL, AVERAGE, ROUNDED)
"""What every report has to say."""
MOST_NAMED = 3
"""Columns named in each direction."""
MOST_DRIVERS = 4
MOST_ROWS = 50
"""Rows in a manager's table."""
TITLES: dict[Audience, str] = {
    "customer": "How the model came to its answer", "manager": "What the model says, and why", "regulator": "Record of an explanation",
}  # fmt: skip
CAVEAT_TITLE = "What this does not say"
ASK_TITLE = "Whom to ask"
DRIVER_COLUMNS = ("row", "answer", "outcome", "moved up most", "moved down most")
NUMBER_COLUMNS = ("rank", "column", "value", "contribution", "95 % interval")
CHECK_COLUMNS = ("check", "measured", "limit", "verdict", "in words")
WARNING_TITLE = "Warning"
MOVED_TITLE = "What moved the answer"
DRIVERS_TITLE = "What moves these answers"
TABLE_TITLE = "Row by row"
WHOLE_TITLE = "The model as a whole"
TRUST_TITLE = "How far to trust this"
MADE_TITLE = "How it was made"
HEADINGS = frozenset({
    CAVEAT_TITLE, WARNING_TITLE, MOVED_TITLE, DRIVERS_TITLE, TABLE_TITLE, WHOLE_TITLE, TRUST_TITLE, MADE_TITLE,
})  # fmt: skip
"""Every heading that a report may have."""
