"""One step of a recipe, as data: what it does, to which columns, with which parameters, and whether it is on."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal

import pandas as pd

from mlops_widgets.data_quality.cleaning import actions
from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed

Scope = Literal["cells", "rows", "columns"]
Check = Callable[[Any], bool]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What there is to know of a kind of step.

    Parameters
    ----------
    action
        The function that does it.
    label, short
        What it does, in words; and in a word or two, for charts.
    scope
        Whether it changes cells, or drops rows or columns.
    parameters
        Name → what its value must be.
    learned
        Parameters among these that are learned from the rows of `fit`.
    """

    action: Callable[..., pd.DataFrame]
    label: str
    short: str
    scope: Scope = "cells"
    parameters: Mapping[str, Check] = field(default_factory=dict)
    learned: tuple[str, ...] = ()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e308 and isfinite(value)


def _is_end(value: object) -> bool:
    return value is None or _is_number(value)


def _is_date(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?", value):
        return False
    return not pd.isna(pd.to_datetime(value, errors="coerce", format="ISO8601"))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_cell(value: object) -> bool:
    return value is None or isinstance(value, str | bool) or _is_number(value)


def _is_name(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _all(each: Check) -> Check:
    return lambda value: isinstance(value, tuple) and all(map(each, value))


def _pair(first: Check, second: Check) -> Check:
    return lambda value: isinstance(value, tuple) and len(value) == 2 and first(value[0]) and second(value[1])


def _is_format(value: object) -> bool:
    return isinstance(value, str) and "%" in value and len(value) <= 60


def _is_digits(value: object) -> bool:
    return type(value) is int and 1 <= value <= 15


def _is_share(value: object) -> bool:
    return _is_number(value) and 0 <= value <= 1  # type: ignore[operator]  # a number


_RANGE = {"lower": _is_end, "upper": _is_end}

KINDS: dict[str, Kind] = {
    "void_texts": Kind(
        action=actions.void_texts, short="placeholders", label="make texts that stand for nothing missing", parameters={"texts": _all(_is_text)}
    ),
    "void_numbers": Kind(
        action=actions.void_numbers, short="sentinels", label="make numbers that stand for nothing missing",
        parameters={"values": _all(_is_number)},
    ),
    "parse_numbers": Kind(
        action=actions.parse_numbers, short="numbers in texts", label="read numbers out of texts",
        parameters={"units": _all(_pair(_is_text, _is_number))},
    ),
    "parse_dates": Kind(
        action=actions.parse_dates, short="dates in texts", label="read dates out of texts", parameters={"formats": _all(_is_format)}
    ),
    "unify_spelling": Kind(
        action=actions.unify_spelling, short="spelling", label="write one spelling, whatever case, blanks and punctuation",
        parameters={"spellings": _all(_is_text)},
    ),
    "map_texts": Kind(
        action=actions.map_texts, short="misspelt", label="correct misspelt texts",
        parameters={"pairs": _all(_pair(_is_text, _is_text))},
    ),
    "rescale": Kind(
        action=actions.rescale, short="other unit", label="bring values of another unit to the column's",
        parameters={"factor": _is_number, "low": _is_end, "high": _is_end},
    ),
    "void_range": Kind(action=actions.void_range, short="out of range", label="make values that can't be missing", parameters=_RANGE),
    "clip_range": Kind(action=actions.clip_range, short="clipped", label="put values beyond a range on its end", parameters=_RANGE),
    "void_dates": Kind(
        action=actions.void_dates, short="impossible dates", label="make dates that can't be missing",
        parameters={"earliest": _is_date, "latest": _is_date},
    ),
    "void_order": Kind(
        action=actions.void_order, short="date order", label="make dates missing that contradict another date",
        parameters={"not_before": _is_name, "not_after": _is_name},
    ),
    "fill_dependency": Kind(
        action=actions.fill_dependency, short="majority", label="write what most rows of the same group hold",
        parameters={"by": _all(_is_text), "fills": _is_truth, "least_share": _is_share, "majority": _all(_pair(_is_text, _is_cell))},
        learned=("majority",),
    ),
    "impute": Kind(
        action=actions.impute, short="filled", label="fill missing cells", parameters={"values": _all(_is_cell)}, learned=("values",)
    ),
    "drop_duplicates": Kind(action=actions.drop_duplicates, short="repeated rows", label="drop repeated rows", scope="rows"),
    "drop_near_duplicates": Kind(
        action=actions.drop_near_duplicates, short="near repeats", label="drop nearly repeated rows", scope="rows",
        parameters={"digits": _is_digits},
    ),
    "drop_conflicts": Kind(
        action=actions.drop_conflicts, short="conflicting labels", label="drop equal rows with different labels", scope="rows",
        parameters={"target": _is_text},
    ),
    "drop_columns": Kind(action=actions.drop_columns, short="left out", label="leave columns out", scope="columns"),
}  # fmt: skip
"""Kind of step → what it is, in the order in which a proposal puts them."""

_MOST_QUOTED = 4
_ONLY_LEARNING = ("least_share",)
"""Parameters of the learning that the action doesn't take."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of a recipe: data only, checked when it is made.

    Parameters
    ----------
    kind
        One of `KINDS`.
    columns
        The columns that it is about.
    parameters
        Its parameters, by name; those that `fit` learns may be left out.
    on
        Whether it acts.
    reason
        Why it is there, in a sentence.

    Raises
    ------
    UnknownNameError
        If there is no such kind or parameter.
    InputError
        If a parameter is missing or of another form.

    Examples
    --------
    >>> Step(kind="void_numbers", columns=("age",), parameters={"values": [-999]}).words
    'age: make numbers that stand for nothing missing (-999)'
    """

    kind: str
    columns: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    on: bool = True
    reason: str = ""

    def __post_init__(self) -> None:
        """Check everything: a step may come from a file."""
        if self.kind not in KINDS:
            hint = did_you_mean(self.kind, KINDS)
            raise UnknownNameError(f"Unknown kind of step {self.kind[:60]!r}. Kinds: {listed(KINDS, most=20)}.{hint}")
        if not self.columns and self.kind != "drop_columns":
            raise InputError(f"columns=() of step {self.kind}. Name the columns that it is about.")
        object.__setattr__(self, "columns", tuple(self.columns))
        object.__setattr__(self, "parameters", {name: _frozen(value) for name, value in self.parameters.items()})
        self._check_parameters()

    def _check_parameters(self) -> None:
        kind = KINDS[self.kind]
        for name, value in self.parameters.items():
            if name not in kind.parameters:
                known = listed(kind.parameters) or "none"
                raise UnknownNameError(f"Unknown parameter {name[:60]!r} of step {self.kind}. Parameters: {known}.")
            if not kind.parameters[name](value):
                raise InputError(
                    f"{name}= of step {self.kind} has another form than its parameter takes: {_shape(value)}."
                )
        missing = [name for name in kind.parameters if name not in self.parameters and name not in kind.learned]
        if missing:
            raise InputError(f"Step {self.kind} lacks {listed(missing)}. Parameters: {listed(kind.parameters)}.")

    @property
    def scope(self) -> Scope:
        """Whether it changes cells, or drops rows or columns."""
        return KINDS[self.kind].scope

    @property
    def arguments(self) -> dict[str, Any]:
        """What the action takes beside frame and columns."""
        return {name: value for name, value in self.parameters.items() if name not in _ONLY_LEARNING}

    @property
    def is_learned(self) -> bool:
        """Whether all that is learned is there."""
        return all(name in self.parameters for name in KINDS[self.kind].learned)

    @property
    def needs(self) -> tuple[str, ...]:
        """Every column that must be there."""
        named = [self.parameters.get(name) for name in ("target", "not_before", "not_after")]
        others = [*self.parameters.get("by", ()), *(name for name in named if name is not None)]
        return tuple(dict.fromkeys([*self.columns, *others]))

    @property
    def words(self) -> str:
        """What it does, with the values that it knows: for the person whose table it is."""
        return describe(self)

    def act(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame after the step; the frame's columns are set anew, so hand in a copy."""
        if not self.is_learned:
            raise InputError(
                f"Step {self.kind} of {listed(self.columns)} has learned nothing yet: call recipe.fit(table)."
            )
        return KINDS[self.kind].action(frame, list(self.columns), **self.arguments)


def describe(step: Step, may_quote: Callable[[str], bool] = lambda _: True) -> str:
    """Return what a step does, quoting of the texts that it knows only those that may be quoted."""
    if step.scope == "rows":
        return f"{KINDS[step.kind].label}, by {len(step.columns):,} {'column' if len(step.columns) == 1 else 'columns'}"
    of = listed(step.columns, most=3)
    detail = _DETAILS[step.kind](step.parameters, may_quote) if step.kind in _DETAILS else ""
    return f"{of}: {KINDS[step.kind].label}" + (f" ({detail})" if detail else "")


def _listed(values: Sequence[Any], may_quote: Callable[[str], bool], form: Callable[[Any], str] = str) -> str:
    """Return the first values that may be quoted, and how many more there are."""
    shown = [value for value in values if may_quote(value if isinstance(value, str) else form(value))][:_MOST_QUOTED]
    rest = len(values) - len(shown)
    quoted = listed(map(form, shown))
    if not rest:
        return quoted
    return f"{quoted} and {rest} more" if quoted else f"{rest} {'value' if rest == 1 else 'values'}"


def _texts(parameters: Mapping[str, Any], may_quote: Callable[[str], bool]) -> str:
    return _listed(parameters["texts"], may_quote, repr)


def _values(parameters: Mapping[str, Any], may_quote: Callable[[str], bool]) -> str:
    return _listed(parameters["values"], may_quote, "{:.10g}".format)


def _pairs(parameters: Mapping[str, Any], may_quote: Callable[[str], bool]) -> str:
    olds = {old for old, _ in parameters["pairs"]}
    news = list(dict.fromkeys(new for _, new in parameters["pairs"]))
    return f"{len(olds)} → {_listed(news, may_quote)}"


def _units(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    units = [f"{unit!r} × {factor:g}" if factor != 1 else repr(unit) for unit, factor in parameters["units"] if unit]
    return f"units {listed(units, most=4)}" if units else ""


def _factor(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    return f"× {parameters['factor']:.6g} where {_ends(parameters['low'], parameters['high'])}"


def _ends(low: object, high: object) -> str:
    if low is None or high is None:
        return "everywhere" if low is high else f"above {low:.4g}" if high is None else f"below {high:.4g}"
    return f"between {low:.4g} and {high:.4g}"


def _outside(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    lower, upper = parameters["lower"], parameters["upper"]
    ends = [("below", lower), ("above", upper)]
    return " or ".join(f"{word} {end:.4g}" for word, end in ends if end is not None)


def _dates(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    first, last = parameters["earliest"], parameters["latest"]
    return " or ".join([f"before {first}"] * (first is not None) + [f"after {last}"] * (last is not None))


def _spellings(parameters: Mapping[str, Any], may_quote: Callable[[str], bool]) -> str:
    return _listed(parameters["spellings"], may_quote)


def _order(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    first, last = parameters["not_before"], parameters["not_after"]
    return " or ".join([f"before {first}"] * (first is not None) + [f"after {last}"] * (last is not None))


def _by(parameters: Mapping[str, Any], _: Callable[[str], bool]) -> str:
    groups = f"; {len(parameters['majority']):,} groups learned" if "majority" in parameters else ""
    return f"by {listed(parameters['by'])}{groups}"


_DETAILS: dict[str, Callable[[Mapping[str, Any], Callable[[str], bool]], str]] = {
    "void_texts": _texts, "void_numbers": _values, "map_texts": _pairs, "parse_numbers": _units, "rescale": _factor,
    "void_range": _outside, "clip_range": _outside, "void_dates": _dates, "fill_dependency": _by,
    "unify_spelling": _spellings, "void_order": _order,
    "parse_dates": lambda parameters, _: listed(parameters["formats"]),
}  # fmt: skip


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON
    return tuple(_frozen(item) for item in value) if isinstance(value, list | tuple) else value


def _shape(value: object) -> str:
    return f"{type(value).__name__} of {len(value)}" if isinstance(value, tuple) else f"{value!r:.60}"
