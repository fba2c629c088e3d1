"""Numbers of a rule, a policy or a runbook: checked as they were given, with the place named in every message."""

import math
from numbers import Integral, Real
from typing import Any

from mlops_widgets.errors import InputError


def check_number(where: str, given: Any, *, least: float = -math.inf) -> None:  # noqa: ANN401 - checked here
    """Raise `InputError` unless `given` is a finite number of `least` or more.

    Examples
    --------
    >>> check_number("running_cost", -1.0, least=0)
    Traceback (most recent call last):
    mlops_widgets.errors.InputError: running_cost=-1.0. Pass a number of 0 or more.
    """
    if not _is_finite(given) or float(given) < least:
        allowed = "a finite number" if math.isinf(least) else f"a number of {least:g} or more"
        raise InputError(f"{where}={given!r}. Pass {allowed}.")


def _is_finite(given: Any) -> bool:  # noqa: ANN401 - checked here
    try:
        return not isinstance(given, bool) and isinstance(given, Real) and math.isfinite(float(given))
    except OverflowError:  # a whole number beyond every float
        return False


def check_whole(where: str, given: Any, *, least: int) -> None:  # noqa: ANN401 - checked here
    """Raise `InputError` unless `given` is a whole number of `least` or more."""
    if isinstance(given, bool) or not isinstance(given, Integral) or int(given) < least:
        raise InputError(f"{where}={given!r}. Pass a whole number, {least} or more.")


def is_share(given: Any) -> bool:  # noqa: ANN401 - checked here
    """Say whether `given` is a number from 0 to below 1."""
    return not isinstance(given, bool) and isinstance(given, Real) and 0 <= float(given) < 1


def check_name(given: Any, most: int) -> None:  # noqa: ANN401 - checked here
    """Raise `InputError` unless `given` is a text that names a rule or a policy."""
    if not isinstance(given, str) or not given.strip() or len(given) > most or not given.isprintable():
        raise InputError(f"name={str(given)[:60]!r}. Pass a text of 1 to {most} characters on one line.")
