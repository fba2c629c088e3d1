"""Every error that this package raises on purpose.

Each says what was wrong, what was given, what is allowed and what to do.
Each also subclasses the builtin exception that it refines, so `except ValueError` keeps working.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class MlopsWidgetsError(Exception):
    """Root of all errors raised on purpose by mlops-widgets."""


class CancelledError(MlopsWidgetsError):
    """The caller asked for the work to stop."""


class CheckFailedError(MlopsWidgetsError, AssertionError):
    """A study doesn't behave as production takes for granted."""


class InputError(MlopsWidgetsError, ValueError):
    """An argument has a value that can't be used."""


class TableError(InputError):
    """A table can't be read or doesn't fit the study."""


class ModelFileError(InputError):
    """A model file can't be read, or doesn't hold a model of the kind that its name says."""


class UnsafeModelError(ModelFileError):
    """A model file is refused: loading it could run code that came with it, or crash Python.

    Attributes
    ----------
    types
        Names of types that `trust=` would have to name; empty where naming types doesn't help.
    digest
        SHA-256 of a pickle that `trust=` would have to name, as hex digits; empty where that doesn't help.
    """

    def __init__(self, message: str, *, types: Iterable[str] = (), digest: str = "") -> None:
        super().__init__(message)
        self.types = tuple(types)
        self.digest = digest


class UnknownNameError(MlopsWidgetsError, KeyError):
    """A column, parameter, sample or metric of that name doesn't exist."""

    def __str__(self) -> str:
        """Return the message as it is: `KeyError` would show its `repr`."""
        return str(self.args[0])


class UnknownArgumentError(UnknownNameError, TypeError):
    """A function of this package has no argument of that name."""


class WrongTypeError(InputError, TypeError):
    """A function of this package was given something of another kind than it takes."""


class MissingInputError(InputError):
    """The study lacks an input that a strategy needs: a table, a column, or something that the model can't do.

    Attributes
    ----------
    missing
        What is missing, in a word or two ("production", "a model that can be refitted").
    remedy
        What to pass to supply it.
    """

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(f"Not applicable: this study has no {missing}. {remedy}")
        self.missing = missing
        self.remedy = remedy


class ModelError(MlopsWidgetsError, RuntimeError):
    """The user's own model or metric raised; the original error is the cause.

    Parameters
    ----------
    what
        Who raised which type of error where.
    quoted
        The original error's own words. They may quote a cell of the user's, so a saved file doesn't get them.

    Attributes
    ----------
    claim
        The message without the words quoted, as a sentence: for findings.
    """

    def __init__(self, what: str, *, quoted: str = "") -> None:
        super().__init__(f"{what}: {quoted}" if quoted else what)
        self.claim = what if what.endswith((".", "?")) else f"{what}."


class FitError(ModelError):
    """The user's own model raised while it was fitted again, which says nothing of how it answers."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'age'?"` for the nearest of `known` whatever its capitals, or the empty string."""
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(str(name).lower(), str(name))
    near = get_close_matches(str(word).lower(), by_lower, 1)
    return f" Did you mean {by_lower[near[0]]!r}?" if near else ""


def listed(names: Iterable[object], *, most: int = 12) -> str:
    """Join names for a message; the first `most` of them, each cut at 60 characters, and how many more."""
    every = [str(name) for name in names]
    shown = ", ".join(name if len(name) <= 60 else name[:57] + "…" for name in every[:most])
    return shown + (f" … and {len(every) - most} more" if len(every) > most else "")
