"""The checks that strategies share: of their margin, and of counts such as draws, folds and rows."""

import math
from numbers import Integral, Real
from typing import Any

from mlops_widgets.errors import InputError


def check_margin(margin: Any, what: str = "the largest loss that doesn't matter") -> None:  # noqa: ANN401 - what was passed
    """Raise `InputError` unless `margin` is None or a finite number above 0; `what` says in words what it bounds.

    Examples
    --------
    >>> check_margin(0)
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: margin=0. Pass the largest loss that doesn't matter, above 0.
    """
    if margin is None:
        return
    if isinstance(margin, bool) or not isinstance(margin, Real) or not 0 < float(margin) < math.inf:
        raise InputError(f"margin={margin!r}. Pass {what}, above 0.")


def check_counts(**given: tuple[Any, int]) -> None:
    """Raise `InputError` for a count that is no whole number or below what is allowed; each is `(given, least)`.

    Examples
    --------
    >>> check_counts(draws=(50, 100))
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: draws=50. Pass 100 or more.
    """
    for option, (count, least) in given.items():
        if isinstance(count, bool) or not isinstance(count, Integral):
            raise InputError(f"{option}={count!r}. Pass a whole number, {least} or more.")
        if int(count) < least:
            raise InputError(f"{option}={count}. Pass {least} or more.")


def check_fractions(**given: Any) -> None:  # noqa: ANN401 - what was passed
    """Raise `InputError` for an option that is no number between 0 and 1, both excluded.

    Examples
    --------
    >>> check_fractions(level=95)
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: level=95. Pass a number above 0 and below 1.
    """
    for option, number in given.items():
        if isinstance(number, bool) or not isinstance(number, Real) or not 0 < float(number) < 1:
            raise InputError(f"{option}={number!r}. Pass a number above 0 and below 1.")
