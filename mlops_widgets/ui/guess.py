"""Guess first, then look: a recorded prediction makes right observation likelier.

One number about this study, asked before the figure that answers it. What follows can stay veiled until the guess is
locked or skipped; in a run for a file nobody is asked.

References
----------
Miller, Lasry, Chu & Mazur (2013), Role of physics lecture demonstrations in conceptual learning, Physical Review ST PER 9.
"""

import hashlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.display import Bundle, card_of, register
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import Form, number
from mlops_widgets.errors import InputError
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, View
from mlops_widgets.ui.host import is_live
from mlops_widgets.ui.scales import range_digits
from mlops_widgets.ui.screen import Screen, Update
from mlops_widgets.ui.show import bundles, card_bundles

if TYPE_CHECKING:
    from mlops_widgets.ui.controls import GuessWidget

State = Literal["open", "locked", "skipped", "not asked"]


class Guess:
    """Ask for one number, to be locked or skipped before the answer is shown.

    Parameters
    ----------
    question
        The question, with what the number is.
    lower, upper
        The ends of the slider.
    step
        The steps of the slider.
    unit
        What stands behind the number ("models"); empty for none.
    form
        How the number is written.
    key
        Name by which other outputs of the page know this guess; by default it follows from the question.
    guess
        A number to lock at once, as a papermill parameter gives it; None asks.
    screen
        Where outputs go.

    Examples
    --------
    >>> guess = Guess("ROC AUC in production?", lower=0.5, guess=0.76)
    >>> guess.compare(0.69, label="ROC AUC in production").headline
    'You said .76, it was .69: .07 too high.'
    """

    def __init__(
        self, question: str, *, lower: float = 0.0, upper: float = 1.0, step: float = 0.01, unit: str = "",
        form: Form = "number", key: str | None = None, guess: float | None = None, screen: Screen | None = None,
    ) -> None:  # fmt: skip
        if not (math.isfinite(lower) and math.isfinite(upper) and lower < upper):
            raise InputError(f"lower={lower!r}, upper={upper!r}. Allowed: two numbers, lower below upper.")
        if not 0 < step <= upper - lower:
            raise InputError(f"step={step!r}. Allowed: a number above 0, at most upper − lower = {upper - lower:g}.")
        self.question, self.lower, self.upper, self.step = question, lower, upper, step
        self.unit, self.form = unit, form
        self.key = key or hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:12]
        self._screen = screen or Screen()
        self._widget: GuessWidget | None = None
        self._update: Update | None = None
        self._state: State = "open"
        self._value: float | None = None
        if guess is not None:
            self.lock(guess)

    @property
    def value(self) -> float | None:
        """The locked number, or None."""
        return self._value

    @property
    def state(self) -> State:
        """Whether the guess is open, locked or skipped; where nobody can answer, an open one was not asked."""
        return "not asked" if self._state == "open" and not is_live() else self._state

    def lock(self, value: float) -> None:
        """Lock the guess.

        Raises
        ------
        InputError
            If `value` is no number from `lower` to `upper`, or a guess was locked before.
        """
        if self._state == "locked":
            raise InputError(
                f"guess={value!r}: this guess is locked at {self._value:g}. Make a new Guess to ask again."
            )
        if type(value) not in {int, float} or not self.lower <= value <= self.upper:
            raise InputError(
                f"guess={value!r}. Allowed: a number from {self.lower:g} to {self.upper:g}, or None to skip."
            )
        self._value, self._state = float(value), "locked"
        self._show_anew()

    def skip(self) -> None:
        """Skip the guess; one that is locked stays locked."""
        if self._state == "open":
            self._state = "skipped"
            self._show_anew()

    def compare(
        self, truth: float, *, label: str, lower: float | None = None, upper: float | None = None
    ) -> "GuessResult":
        """Return guess and truth on one axis, in words.

        Parameters
        ----------
        truth
            The number that was asked for.
        label
            What it is ("ROC AUC in production").
        lower, upper
            Its interval, or None.
        """
        words = _verdict(self, truth, lower, upper)
        evidence = {"guess": self._value, "truth": truth, "lower": lower, "upper": upper}
        finding = Finding(code="GU-01", status="not_applicable", claim=words, evidence=evidence)
        return GuessResult(
            findings=(finding,), rows=0, key=self.key, question=self.question, truth=truth, label=label,
            truth_lower=lower, truth_upper=upper, value=self._value, lower=self.lower, upper=self.upper,
            unit=self.unit, form=self.form, asked=self.state != "not asked",
        )  # fmt: skip

    def veil(self, result: Result) -> "Veiled":
        """Return `result` to be shown once this guess is locked or skipped."""
        return Veiled(result=result, guess=self)

    def card(self, error: str = "") -> Card:
        """Return the question as it stands, with an error beside it where there was one."""
        state = {
            "key": self.key, "question": self.question, "lower": self.lower, "upper": self.upper, "step": self.step,
            "unit": self.unit, "form": self.form, "value": self._value, "state": self.state,
        }  # fmt: skip
        headline = "A question, asked before its answer." if self.state == "not asked" else "Guess first."
        return Card(headline=headline, summary=error, empty=_standing(self), view=View(name="guess", state=state))

    def _ipython_display_(self) -> None:
        self._update = self._screen.show(self._outputs())
        if is_live():
            from mlops_widgets.ui.controls import GuessWidget

            self._widget = GuessWidget(self.card, self._lock_once, self.skip)
            self._screen.show_widget(self._widget)

    def _lock_once(self, value: float) -> None:
        """Take the number of a click; a second click changes nothing."""
        if self._state == "open":
            self.lock(value)

    def _show_anew(self) -> None:
        if self._update is not None:
            self._update(self._outputs())
        if self._widget is not None:
            self._widget.refresh()

    def _outputs(self) -> tuple[Bundle, Bundle]:
        return card_bundles(self.card(), words=_standing(self))


@dataclass(frozen=True, kw_only=True)
class GuessResult(Result):
    """A guess and what it was.

    Parameters
    ----------
    key, question, lower, upper, unit, form
        As in `Guess`.
    truth, label, truth_lower, truth_upper
        The number that was asked for, what it is, and its interval.
    value
        The guess, or None where it was skipped.
    asked
        Whether anybody could answer.
    """

    key: str
    question: str
    truth: float
    label: str
    lower: float
    upper: float
    truth_lower: float | None = None
    truth_upper: float | None = None
    value: float | None = None
    unit: str = ""
    form: Form = "number"
    asked: bool = True

    def __str__(self) -> str:
        """Return the comparison alone: a guess gets no verdict."""
        return self.headline


@dataclass(frozen=True)
class Veiled:
    """A Result behind a guess: shown at once where the guess is locked, skipped, or nobody can answer it."""

    result: Result
    guess: Guess

    def card(self) -> Card:
        """Return the Result's card, veiled while the guess is open."""
        card: Card = card_of(self.result)
        return replace(card, veil=self.guess.key) if self.guess.state == "open" else card

    def _ipython_display_(self) -> None:
        Screen().show(bundles(self.result, self.card()))


@register
def card_of_guess(result: GuessResult) -> Card:
    """Return guess and truth on one axis."""
    names = ("key", "truth", "label", "truth_lower", "truth_upper", "value", "lower", "upper", "unit", "form", "asked")
    truth = Estimate(
        label=result.label, value=result.truth, lower=result.truth_lower, upper=result.truth_upper, role="production"
    )
    said = (Estimate(label="you said", value=result.value),) if result.value is not None else ()
    ends = [end for end in (result.lower, result.upper, result.truth, result.value) if end is not None]
    axis = Axis(label=result.unit, form=result.form, lower=min(ends), upper=max(ends))
    return Card(
        headline=result.headline, summary=result.question, charts=(Dots(rows=(*said, truth), axis=axis),),
        view=View(name="guess_truth", state={name: getattr(result, name) for name in names}),
    )  # fmt: skip


def _standing(guess: Guess) -> str:
    state = guess.state if guess.state != "locked" else f"you said {_written(guess, guess.value or 0.0)}"
    return f"{guess.question} ({state})"


def _written(guess: Guess, value: float) -> str:
    digits = range_digits(guess.lower, guess.upper)
    shown = {"number": digits, "percent": max(digits - 2, 0)}.get(guess.form)
    return number(value, guess.form, digits=shown) + (f" {guess.unit}" if guess.unit else "")


def _verdict(guess: Guess, truth: float, lower: float | None, upper: float | None) -> str:
    """Say how far off the guess was; the browser says it in the same words."""
    if guess.value is None:
        lead = {"open": "No guess yet; it", "not asked": "It"}.get(guess.state, "You skipped the guess; it")
        return f"{lead} was {_written(guess, truth)}."
    off = guess.value - truth
    said = f"You said {_written(guess, guess.value)}, it was {_written(guess, truth)}"
    if _written(guess, abs(off)) == _written(guess, 0.0):
        return f"{said}: spot on."
    inside = (
        ", within its interval" if lower is not None and upper is not None and lower <= guess.value <= upper else ""
    )
    return f"{said}: {_apart(guess, abs(off))} too {'high' if off > 0 else 'low'}{inside}."


def _apart(guess: Guess, off: float) -> str:
    if guess.form != "percent":
        return _written(guess, off)
    return f"{number(off * 100, digits=max(range_digits(guess.lower, guess.upper) - 2, 0))} points"
