"""The live face of a strategy: set options, run, watch, cancel, look.

An Explorer is a plain object that owns its widget. It makes the widget on display, and only where somebody looks; else it
runs at once and shows its Result, because a widget made in a run for a file blanks the report.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

from mlops_widgets.core.display import Bundle, card_of, display_result
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.ui.card import Card, Control
from mlops_widgets.ui.host import is_live
from mlops_widgets.ui.screen import Screen, Update
from mlops_widgets.ui.show import bundles, card_bundles

Options = Mapping[str, float | str]
Work = Callable[[Options, Progress | None, Cancel | None], Result]

_LARGEST = 2.0**32 - 1
"""Largest number of a control without an upper end, such as a seed: what every generator takes."""
_MOST_LETTERS = 60
_MOST_TYPED = 1000
"""Longest text that a person types into a control."""


class Explorer:
    """Run a strategy with options and see its Result, in a notebook or in a script.

    Parameters
    ----------
    work
        The strategy: options, progress and cancel → Result.
    controls
        The options that can be set, with where they stand at first.
    result
        A Result to begin with; None runs the strategy on first display.
    start
        Whether a live Explorer without a Result starts its job when it is shown.
    screen
        Where outputs go.
    ask
        Answers questions of the view, such as one for rows; what it returns is shown and kept nowhere. An iterator answers
        better and better while `more` is in the answer.

    Attributes
    ----------
    result
        The last Result, or None before the first run.
    """

    def __init__(
        self, work: Work, controls: Sequence[Control] = (), result: Result | None = None, *,
        start: bool = True, screen: Screen | None = None,
        ask: Callable[[Mapping[str, Any]], Mapping[str, Any] | Iterator[Mapping[str, Any]]] | None = None,
    ) -> None:  # fmt: skip
        self._work = work
        self._controls = {control.name: control for control in controls}
        self._start, self._ask = start, ask
        self._screen = screen or Screen()
        self._updates: list[Update] = []
        self.result = result

    def __repr__(self) -> str:
        """Return the kind and the Result's headline."""
        return f"{type(self).__name__}: {'not run yet' if self.result is None else self.result.headline}"

    def run(self, **options: float | str) -> Result:
        """Run the strategy here and now, and return its Result.

        Raises
        ------
        UnknownNameError
            If an option doesn't exist.
        InputError
            If an option's value is out of its range or not among its choices.
        """
        self.result = self._work(self._checked(options), None, None)
        return self.result

    def _ipython_display_(self) -> None:
        if not is_live():
            display_result(self.result or self.run())
            return
        from mlops_widgets.ui.controls import JobWidget

        self._updates.append(self._screen.show(self._outputs()))
        widget: JobWidget[Result] = JobWidget(
            self._job,
            self._accept,
            card=self._card(),
            controls=tuple(self._controls.values()),
            ask=self._ask,
        )
        self._screen.show_widget(widget)
        if self._start and self.result is None:
            widget.start({})

    def _job(self, options: Options, progress: Progress, cancel: Cancel) -> Result:
        return self._work(self._checked(options), progress, cancel)

    def _accept(self, result: Result) -> Card:
        """Keep the Result of a finished job, and put it into the saved outputs."""
        self.result = result
        card: Card = card_of(result)
        outputs = bundles(result, card)
        for update in self._updates:
            update(outputs)
        return card

    def _card(self) -> Card:
        if self.result is not None:
            card: Card = card_of(self.result)
            return card
        doing = "The first run has begun; its result appears here." if self._start else "Press Run to see it here."
        return Card(headline="Not run yet.", status="not_run", empty=doing)

    def _outputs(self) -> Sequence[Bundle]:
        card = self._card()
        return bundles(self.result, card) if self.result is not None else card_bundles(card, words=card.headline)

    def _checked(self, options: Options) -> Options:
        """Return all options: the given ones where they are allowed, the others as they stand at first."""
        for name in options:
            if name not in self._controls:
                known = listed(self._controls) or "none"
                raise UnknownNameError(
                    f"Unknown option {_shown(name)}. Options: {known}.{did_you_mean(name[:60], self._controls)}"
                )
        standing = {name: control.value for name, control in self._controls.items()}
        return standing | {name: _allowed(self._controls[name], value) for name, value in options.items()}


def _allowed(control: Control, value: object) -> float | str:
    """Return a control's value as the strategy takes it; it may come from a page, so anything may."""
    if control.kind == "choice":
        if not isinstance(value, Real | str) or value not in control.options:
            hint = did_you_mean(str(value)[:60], map(str, control.options))
            raise InputError(f"{control.name}={_shown(value)}. Allowed: {listed(control.options)}.{hint}")
        return control.options[control.options.index(value)]
    if control.kind == "text":
        if not isinstance(value, str) or len(value) > _MOST_TYPED:
            raise InputError(f"{control.name}={_shown(value)}. Allowed: a text of at most {_MOST_TYPED} characters.")
        return value
    low = float("-inf") if control.lower is None else control.lower
    high = _LARGEST if control.upper is None else control.upper
    whole = isinstance(control.value, int)
    # As it is: a whole number of 400 digits is no float.
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= value <= high:  # type: ignore[operator]  # Real compares
        raise InputError(f"{control.name}={_shown(value)}. Allowed: numbers from {low:g} to {high:,.10g}.")
    if whole and not float(value).is_integer():
        raise InputError(f"{control.name}={value!r}. Allowed: whole numbers from {low:g} to {high:,.10g}.")
    return int(float(value)) if whole else float(value)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"
