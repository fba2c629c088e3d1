"""What a retirement policy says of a model: which rules fire, when they would have, and what waiting cost."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result
from mlops_widgets.lifecycle.recovery.recovery import RecoveryResult
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Decision = Literal["retire", "retrain", "keep", "not enough data"]
State = Literal["fired", "quiet", "not enough data", "not measurable"]


@dataclass(frozen=True, kw_only=True)
class RuleOutcome:
    """What became of one rule.

    Parameters
    ----------
    name
        The rule's.
    state
        Today: "fired", "quiet", "not enough data" or "not measurable".
    why
        Why it can't be measured; "" where it can.
    first
        Place of the chunk at whose beginning it would have fired first (the number of chunks: today); -1 for never.
    value, lower, upper
        The signal in the newest known chunk.
    wait
        Chunks after which the signal's labels are known.
    false_alarm
        Chance that it fires at least once over this history if nothing has changed since the test; NaN where it can't be said.
    """

    name: str
    state: State
    why: str = ""
    first: int = -1
    value: float = float("nan")
    lower: float = float("nan")
    upper: float = float("nan")
    wait: int = 0
    false_alarm: float = float("nan")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """What not acting cost from the first firing on, against the best constant answer.

    Parameters
    ----------
    rule, chunk
        The rule that would have fired first, and the chunk's place.
    value, lower, upper
        What the constant answer would have gained over the model since then, with its 95 % interval: a total of values, or the mean in
        the metric's unit. Negative: keeping the model paid.
    rows
        Labelled rows since then.
    unit
        The unit in words.
    """

    rule: str
    chunk: int
    value: float
    lower: float
    upper: float
    rows: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class RetirementResult(Result):
    """Whether a policy retires a model, and what it would have done all along.

    Parameters
    ----------
    name
        The study's name.
    model
        The model's name.
    verdict
        "retire", "retrain", "keep" or "not enough data".
    policy
        The rules.
    outcomes
        What became of each, in the policy's order.
    recovery
        Whether a fresh model would do; None where no rule asked for it.
    chunks, starts, by, are_dates
        The chunks: labels, where they begin, and what they are cut by.
    values, lower, upper
        (rules, chunks) each rule's signal with its 95 % interval; NaN where it wasn't measured or has too few labels.
    labels
        (rules, chunks) labels that each number rests on; 0 of signals without labels.
    states
        (rules, chunks + 1) 1 fired, 0 not, -1 not known, at the beginning of each chunk and today.
    edge, edge_error, edge_rows
        (chunks,) how much more a row would have gained with the best constant answer than with the model, its standard error, and rows.
    edge_unit
        Its unit.
    edge_total
        Whether it adds up over rows, as money does; else its mean counts.
    waiting
        What waiting cost; None where no rule that acts would have fired.
    false_alarm
        Chance that any rule that retires or retrains fires over this history though nothing changed; NaN where it can't be said.
    today
        The day or place up to which there are rows.
    fingerprint
        Of the study.
    """

    name: str
    model: str
    verdict: Decision
    policy: RetirementPolicy
    outcomes: tuple[RuleOutcome, ...]
    recovery: RecoveryResult | None = None
    chunks: tuple[str, ...]
    starts: Floats
    by: str
    are_dates: bool
    values: Floats
    lower: Floats
    upper: Floats
    labels: Integers
    states: Integers
    edge: Floats
    edge_error: Floats
    edge_rows: Integers
    edge_unit: str
    edge_total: bool
    waiting: Waiting | None = None
    false_alarm: float = float("nan")
    today: str = ""
    fingerprint: str = ""
    related: tuple[str, ...] = field(default=())
    synthetic: bool = False

    @property
    def fired(self) -> tuple[RuleOutcome, ...]:
        """The rules that fire today."""
        return tuple(each for each in self.outcomes if each.state == "fired")

    def chunk_name(self, place: int) -> str:
        """Return a chunk's label, or "today" after the last."""
        return self.chunks[place] if place < len(self.chunks) else "today"

    def frame(self) -> "pd.DataFrame":
        """Return one row a rule and measured chunk: the signal, its interval, its labels, and whether the rule had fired by then."""
        import pandas as pd

        rows = [
            {
                "rule": outcome.name, "signal": rule.signal, "chunk": self.chunks[j], "value": self.values[i, j], "lower": self.lower[i, j],
                "upper": self.upper[i, j], "labels": int(self.labels[i, j]), "bound": rule.bound, "fires": bool(self.states[i, j] == 1),
            }
            for i, (rule, outcome) in enumerate(zip(self.policy.rules, self.outcomes, strict=True))
            for j in range(len(self.chunks))
            if not np.isnan(self.values[i, j])
        ]  # fmt: skip
        return pd.DataFrame(
            rows, columns=["rule", "signal", "chunk", "value", "lower", "upper", "labels", "bound", "fires"]
        )
