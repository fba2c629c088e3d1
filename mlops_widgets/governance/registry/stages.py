"""The stages of a model version, and which way is up."""

from typing import Literal, get_args

from mlops_widgets.errors import UnknownNameError, did_you_mean, listed

Stage = Literal["none", "candidate", "staging", "production", "archived"]
STAGES: tuple[Stage, ...] = get_args(Stage)
GATED: tuple[Stage, ...] = ("candidate", "staging", "production")
"""Stages that a version reaches only through the gate."""
ALONE: Stage = "production"
"""The stage that one version of a model has at most: the one before is archived."""
_RANKS: dict[Stage, int] = {"none": 0, "archived": 0, "candidate": 1, "staging": 2, "production": 3}


def is_up(before: Stage, to: Stage) -> bool:
    """Say whether this is a promotion.

    Examples
    --------
    >>> is_up("archived", "staging"), is_up("production", "staging"), is_up("none", "archived")
    (True, False, False)
    """
    return _RANKS[to] > _RANKS[before]


def is_down(before: Stage, to: Stage) -> bool:
    """Say whether this is a demotion; what was never used can be archived too."""
    return _RANKS[to] < _RANKS[before] or (before == "none" and to == "archived")


def stage_of(argument: str, given: object, allowed: tuple[Stage, ...] = STAGES) -> Stage:
    """Return a stage of those allowed.

    Raises
    ------
    UnknownNameError
        If it is another word.
    """
    found = next((each for each in allowed if each == given), None)
    if found is None:
        raise UnknownNameError(
            f"{argument}={str(given)[:40]!r}. Allowed: {listed(allowed)}.{did_you_mean(str(given), allowed)}"
        )
    return found


def height(stage: Stage) -> int:
    """Return how far up a stage is; "none" and "archived" are the ground."""
    return _RANKS[stage]
