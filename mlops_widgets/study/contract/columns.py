"""The rules of one column: what its cells are, and what they may be."""

import math
import re
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.contract.patterns import portable

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp"]
TYPES: tuple[ColumnType, ...] = ("string", "integer", "number", "boolean", "date", "timestamp")
Bound = int | float | str | None
Value = str | int | float | bool

MOST_ALLOWED = 1000
MOST_LETTERS = 10_000
DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
MOMENT = DATE + r"(?:[T ][0-2][0-9]:[0-5][0-9](?::[0-6][0-9](?:\.[0-9]{1,9})?)?(?:Z|[+-][0-2][0-9]:?[0-5][0-9])?)?"
NUMBER = r"-?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,2})?"
WHOLE = r"-?[0-9]{1,18}"
TRUTH = r"[Tt]rue|[Ff]alse|TRUE|FALSE"
WRITTEN: dict[ColumnType, str] = {
    "integer": WHOLE, "number": NUMBER, "boolean": TRUTH, "date": DATE, "timestamp": MOMENT,
}  # fmt: skip
"""Type → how its values are written as text."""
_MOMENT = re.compile(rf"(?:{MOMENT})")


def is_moment(text: object) -> bool:
    """Say whether a bound is an ISO date or moment: "2024-03-01", "2024-03-01 12:30"."""
    return isinstance(text, str) and _MOMENT.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True)
class ColumnRules:
    r"""What one column promises.

    Parameters
    ----------
    name
        The column.
    type
        What its cells are, or None where any do: "string", "integer", "number", "boolean", "date" or "timestamp".
    as_text
        Whether numbers, truth values and dates may come written as text, as a CSV file has them.
    required
        Whether the column must be there.
    missing_share
        Largest share of missing cells, 0 to 1; 1 where any do.
    unique
        Whether no present value comes twice.
    lower, upper
        Bounds of numbers; of dates and timestamps ISO text; None for none.
    lower_inclusive, upper_inclusive
        Whether the bound itself is allowed.
    allowed
        The values that a present cell may have; () where any do.
    pattern
        Regular expression that the whole of a text matches, in the portable part that `patterns` describes and kept in its
        form ("[0-9]" for "\d"); "" for none.
    shortest, longest
        Fewest and most letters of a text, or None.
    tolerance
        Share of present cells that may break range, allowed, pattern or length, and type where cells come as text, 0 to 1.
    description
        What the column holds.

    Raises
    ------
    InputError
        If the rules contradict each other or can't be checked.
    """

    name: str
    type: ColumnType | None = None
    as_text: bool = False
    required: bool = True
    missing_share: float = 1.0
    unique: bool = False
    lower: Bound = None
    upper: Bound = None
    lower_inclusive: bool = True
    upper_inclusive: bool = True
    allowed: tuple[Value, ...] = ()
    pattern: str = ""
    shortest: int | None = None
    longest: int | None = None
    tolerance: float = 0.0
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        for text in ("name", "pattern", "description"):
            if not isinstance(getattr(self, text), str):
                raise InputError(f"{text}={getattr(self, text)!r:.40} of a column isn't text.")
        if self.type is not None and self.type not in TYPES:
            raise InputError(
                self._said("type", self.type, f"{listed(TYPES)}, or None") + did_you_mean(str(self.type), TYPES)
            )
        for flag in ("as_text", "required", "unique", "lower_inclusive", "upper_inclusive"):
            if not isinstance(getattr(self, flag), bool):
                raise InputError(self._said(flag, getattr(self, flag), "True or False"))
        check_share("missing_share", self.missing_share, self.name)
        check_share("tolerance", self.tolerance, self.name)
        self._check_bounds()
        self._check_allowed()
        self._check_text()

    def _said(self, argument: str, given: object, allowed: str) -> str:
        return f"{argument}={repr(given)[:60]} of column {self.name[:60]!r}. Allowed: {allowed}."

    def _check_bounds(self) -> None:
        moments = self.type in {"date", "timestamp"}
        for argument in ("lower", "upper"):
            given = getattr(self, argument)
            if given is None:
                continue
            if self.type in {"string", "boolean"}:
                raise InputError(
                    f"{argument}={given!r:.40} of column {self.name[:60]!r}, which is {self.type}. Only numbers and dates have bounds."
                )
            if moments and not is_moment(given):
                raise InputError(self._said(argument, given, "an ISO date such as '2024-03-01'"))
            if not moments and not _is_finite(given):
                raise InputError(self._said(argument, given, "a finite number, or None"))
        if self.lower is not None and self.upper is not None and self.lower > self.upper:  # type: ignore[operator]  # of one kind: checked above
            raise InputError(
                f"lower={self.lower!r} of column {self.name[:60]!r} is above upper={self.upper!r}. Swap them."
            )

    def _check_allowed(self) -> None:
        if not isinstance(self.allowed, tuple | list):
            raise InputError(self._said("allowed", self.allowed, "a tuple of values"))
        object.__setattr__(self, "allowed", tuple(self.allowed))
        if len(self.allowed) > MOST_ALLOWED:
            raise InputError(
                f"allowed= of column {self.name[:60]!r} has {len(self.allowed):,} values. Allowed: {MOST_ALLOWED:,}; use pattern= or none."
            )
        for value in self.allowed:
            if _family(value) not in _FITS[self.type] or (self.type == "integer" and not isinstance(value, int)):
                raise InputError(
                    self._said(
                        "allowed", value, f"values of the column's type, {self.type or 'text, numbers or truth values'}"
                    )
                )
        if self.allowed and len({_family(value) for value in self.allowed}) > 1:
            raise InputError(self._said("allowed", self.allowed, "values of one type"))

    def _check_text(self) -> None:
        texts = self.pattern or self.shortest is not None or self.longest is not None
        if texts and self.type not in {None, "string"}:
            raise InputError(
                f"pattern, shortest and longest are rules of text, but column {self.name[:60]!r} is {self.type}. Leave them out."
            )
        if self.pattern:
            object.__setattr__(self, "pattern", portable(self.pattern).removeprefix("^(?:").removesuffix(")$"))
        for argument in ("shortest", "longest"):
            count = getattr(self, argument)
            if count is not None and (type(count) is not int or count < 0):
                raise InputError(self._said(argument, count, "a whole number, 0 or more"))
        if self.shortest is not None and self.longest is not None and self.shortest > self.longest:
            raise InputError(
                f"shortest={self.shortest} of column {self.name[:60]!r} is above longest={self.longest}. Swap them."
            )

    def changed(self, **rules: object) -> "ColumnRules":
        """Return these rules with some of them changed.

        Raises
        ------
        UnknownNameError
            If there is no such rule.
        """
        known = [each.name for each in fields(self) if each.name != "name"]
        for rule in rules:
            if rule not in known:
                raise UnknownNameError(
                    f"No rule {rule[:60]!r} of a column. Rules: {listed(known, most=20)}.{did_you_mean(rule, known)}"
                )
        return replace(self, **rules)  # type: ignore[arg-type]  # checked by the class


def check_share(argument: str, given: object, column: str = "") -> None:
    """Raise `InputError` unless `given` is a number from 0 to 1."""
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given <= 1:
        where = f" of column {column[:60]!r}" if column else ""
        raise InputError(f"{argument}={given!r:.40}{where}. Pass a share from 0 to 1.")


def _is_finite(given: Any) -> bool:  # noqa: ANN401 - what was passed
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < math.inf


def _family(value: object) -> str:
    if isinstance(value, bool):
        return "truth value"
    return "number" if _is_finite(value) else "text" if isinstance(value, str) else "other"


_FITS: dict[ColumnType | None, frozenset[str]] = {
    None: frozenset({"text", "number", "truth value"}), "string": frozenset({"text"}), "boolean": frozenset({"truth value"}),
    "integer": frozenset({"number"}), "number": frozenset({"number"}), "date": frozenset(), "timestamp": frozenset(),
}  # fmt: skip
"""Type → what values of it may be listed."""
