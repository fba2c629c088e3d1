"""When a model goes, as data: rules that are read, kept in a file, and argued about."""

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from mlops_widgets.core.document import sound
from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.lifecycle.retirement.bounds import check_name, check_number, check_whole
from mlops_widgets.study.saved.toml_text import write_toml

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

Signal = Literal[
    "skill", "metric", "calibration", "group gap", "value", "challenger", "data age", "dependency age", "owner age", "usage"
]  # fmt: skip
Action = Literal["retire", "retrain", "warn"]
SIGNALS: dict[str, str] = {
    "skill": "how much better the model is than the best constant answer, in the metric's unit",
    "metric": "the study's metric",
    "calibration": "how far predictions lie off what came, on average",
    "group gap": "how much worse the model serves one level of a group than all others",
    "value": "what a row's decision was worth, less the running cost",
    "challenger": "how much better the challenger is, on the same rows",
    "data age": "days since the newest row that the model learned from",
    "dependency age": "days since the date in of=, such as a library's last release",
    "owner age": "days since the date in of=, on which the owner last confirmed to be that",
    "usage": "rows a day, as a share of the first chunks of production",
}
NEEDS_LABELS = frozenset({"skill", "metric", "calibration", "group gap", "value", "challenger"})
"""Signals that only rows with a label give."""

_DATED = frozenset({"dependency age", "owner age"})
_LONGEST = 120
_FORMAT = 1
_MOST_RULES, _MOST_NOTES = 50, 20
_LONGEST_NOTE = 1000


@dataclass(frozen=True, kw_only=True)
class RetirementRule:
    """One rule: what fires when `k` of the last `n` known chunks lie beyond `bound` for certain.

    Parameters
    ----------
    name
        What it is called; every message names it.
    signal
        One of `SIGNALS`.
    comparator
        "below" or "above" the bound.
    bound
        The number that is not to be passed, in the signal's unit.
    limit
        The end of the 95 % interval that is judged, never the point. By default the one that makes a firing certain: "upper" for
        "below", "lower" for "above"; the other one fires already where the bound may be passed.
    k, n
        How many of the last so many known chunks must lie beyond it.
    minimum_labels
        A chunk with fewer labels doesn't count; not used by signals without labels.
    action
        "retire", "retrain" or "warn".
    owner
        Who answers for the rule; "" where nobody was named.
    of
        The group's column for "group gap" (or "column=level"); the date (2026-01-31) for "dependency age" and "owner age".

    Raises
    ------
    InputError
        If a field is out of its range; the text names the rule.

    Examples
    --------
    >>> RetirementRule(name="no skill", signal="skill", comparator="below", bound=0.03, k=2, n=3).limit
    'upper'
    """

    name: str
    signal: Signal
    comparator: Literal["below", "above"]
    bound: float
    limit: Literal["lower", "upper", ""] = ""
    k: int = 2
    n: int = 3
    minimum_labels: int = 50
    action: Action = "retire"
    owner: str = ""
    of: str = ""

    def __post_init__(self) -> None:
        """Check every field, and choose the limit."""
        check_name(self.name, _LONGEST)
        _check_words(self)
        _check_numbers(self)
        if not self.limit:
            object.__setattr__(self, "limit", "upper" if self.comparator == "below" else "lower")
        object.__setattr__(self, "bound", float(self.bound))

    @property
    def needs_labels(self) -> bool:
        """Whether the signal needs labels."""
        return self.signal in NEEDS_LABELS

    @property
    def key(self) -> tuple[str, str]:
        """The signal, and what it is of: rules of one key look at one history."""
        return self.signal, self.of

    def __str__(self) -> str:
        """Return the rule as a sentence reads."""
        of = f" ({self.of})" if self.of else ""
        return (
            f"{self.name}: {self.action} where the {self.limit} end of {self.signal}{of} is {self.comparator} {self.bound:g} in "
            f"{self.k} of {self.n} chunks"
        )


def _check_words(rule: RetirementRule) -> None:
    allowed = {
        "signal": tuple(SIGNALS), "comparator": ("below", "above"), "limit": ("lower", "upper", ""), "action": get_args(Action),
    }  # fmt: skip
    for name, words in allowed.items():
        given = getattr(rule, name)
        if given not in words:
            raise UnknownNameError(
                f"Rule {rule.name!r}: {name}={str(given)[:40]!r}. Allowed: {listed(word for word in words if word)}."
                f"{did_you_mean(str(given), [word for word in words if word])}"
            )
    for name in ("owner", "of"):
        given = getattr(rule, name)
        if not isinstance(given, str) or len(given) > _LONGEST or (name == "owner" and not given.isprintable()):
            raise InputError(
                f"Rule {rule.name!r}: {name}={str(given)[:40]!r}. Pass a text of at most {_LONGEST} characters on one line."
            )
    if rule.signal in _DATED:
        try:
            date.fromisoformat(rule.of)
        except ValueError:
            raise InputError(
                f"Rule {rule.name!r}: of={rule.of!r}. Pass the day from which to count, as 2026-01-31."
            ) from None
    if rule.signal == "group gap" and not rule.of:
        raise InputError(f"Rule {rule.name!r}: of='' names no group. Pass a column, or column=level.")


def _check_numbers(rule: RetirementRule) -> None:
    check_number(f"Rule {rule.name!r}: bound", rule.bound)
    for name, least in (("k", 1), ("n", 1), ("minimum_labels", 0)):
        check_whole(f"Rule {rule.name!r}: {name}", getattr(rule, name), least=least)
    if rule.k > rule.n:
        raise InputError(f"Rule {rule.name!r}: k={rule.k} of n={rule.n} chunks. Pass a k that is at most n.")


@dataclass(frozen=True, kw_only=True)
class RetirementPolicy:
    """The rules by which a model is retired, and what it costs to run.

    Parameters
    ----------
    rules
        The rules; their names differ.
    name
        What the policy is called.
    running_cost
        What the model costs a chunk, in the unit of the study's `values`, 0 or more.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> rule = RetirementRule(name="loses money", signal="value", comparator="below", bound=0)
    >>> policy = RetirementPolicy(rules=(rule,), name="loans")
    >>> with TemporaryDirectory() as folder:
    ...     read_policy(policy.save(f"{folder}/retirement.toml")) == policy
    True
    """

    rules: tuple[RetirementRule, ...]
    name: str = "retirement policy"
    running_cost: float = 0.0
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        """Refuse names that stand for two rules."""
        object.__setattr__(self, "rules", tuple(self.rules))
        if not self.rules or len(self.rules) > _MOST_RULES:
            raise InputError(f"rules= holds {len(self.rules)} rules. Pass 1 to {_MOST_RULES}.")
        kinds = {type(each).__name__ for each in self.rules} - {RetirementRule.__name__}
        if kinds:
            raise WrongTypeError(f"rules= holds {listed(sorted(kinds))}. Pass RetirementRule(name=…, signal=…, …).")
        check_name(self.name, _LONGEST)
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"Two rules are called {twice!r}. Give each a name of its own.")
        check_number("running_cost", self.running_cost, least=0)
        if len(self.notes) > _MOST_NOTES or not all(_is_note(each) for each in self.notes):
            raise InputError(
                f"notes= holds {len(self.notes)} texts. Pass at most {_MOST_NOTES}, each on one line of at most {_LONGEST_NOTE}."
            )

    @classmethod
    def default(cls, study: "Study", **options: Any) -> Self:  # noqa: ANN401 - of default_rules
        """Return rules that fit the study: skill, the promise of the test, calibration, and where they can be measured value, challenger and age.

        Parameters
        ----------
        study
            The study.
        **options
            `owner`, `running_cost`: as of a rule and a policy.
        """
        from mlops_widgets.lifecycle.retirement.default_rules import default_rules

        owner, cost = options.pop("owner", ""), options.pop("running_cost", 0.0)
        if options:
            raise UnknownNameError(
                f"Unknown option {next(iter(options))!r} of default(). Options: owner, running_cost."
            )
        rules, notes = default_rules(study, owner=owner)
        return cls(
            rules=rules,
            name=f"default policy of {sound(study.name)}"[:_LONGEST].strip(),
            running_cost=cost,
            notes=notes,
        )

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the policy as a .toml file that `read_policy` reads, and return its path.

        Raises
        ------
        InputError
            If the name doesn't end in .toml, or there is a file already.
        """
        file = Path(path)
        if file.suffix != ".toml":
            raise InputError(f"save({str(file)[:200]!r}): the name must end in .toml.")
        if file.exists() and not overwrite:
            raise InputError(f"{str(file)[:200]!r} is there already. Pass overwrite=True to replace it.")
        top = {
            "retirement_policy": _FORMAT,
            "name": self.name,
            "running_cost": float(self.running_cost),
            "notes": list(self.notes),
        }
        rules = [{each.name: getattr(rule, each.name) for each in fields(rule)} for rule in self.rules]
        text = "\n".join([write_toml(top), *(f"[[rules]]\n{write_toml(rule)}" for rule in rules)])
        write_atomically(file, text.encode())
        return file


def _is_note(given: object) -> bool:
    return isinstance(given, str) and len(given) <= _LONGEST_NOTE and given.isprintable()


def read_policy(path: str | os.PathLike[str]) -> RetirementPolicy:
    """Return the policy that a .toml file holds, written by `RetirementPolicy.save` or by hand. Nothing in it is run.

    Raises
    ------
    InputError
        If the file can't be read, or holds anything but a policy; a rule that is wrong is named.
    """
    file = Path(path)
    plain = read_toml(
        file, what="retirement policy", missing="Write one by RetirementPolicy.default(study).save(path)."
    )
    told = plain.pop("retirement_policy", None)
    if told != _FORMAT:
        raise InputError(
            f"{file.name}: retirement_policy={told!r}. A policy's file begins with retirement_policy = {_FORMAT}."
        )
    rules = plain.pop("rules", [])
    if not isinstance(rules, list) or not all(isinstance(each, dict) for each in rules):
        raise InputError(f"{file.name}: rules is no list of sections. Write each rule under [[rules]].")
    unknown = sorted(set(plain) - {"name", "running_cost", "notes"})
    if unknown:
        raise InputError(f"{file.name} holds {listed(unknown)}. Allowed: name, running_cost, notes and rules.")
    notes = plain.pop("notes", [])
    told_notes = tuple(notes) if isinstance(notes, list) else (None,)
    return RetirementPolicy(rules=tuple(_read_rule(each) for each in rules), notes=told_notes, **plain)


def _read_rule(plain: Mapping[str, Any]) -> RetirementRule:
    """Return the rule of a section; every message names it."""
    name = plain.get("name", "without a name")
    known = {each.name: each.default is MISSING for each in fields(RetirementRule)}
    odd = next((each for each in plain if each not in known), None)
    if odd is not None:
        raise InputError(f"Rule {name!r} holds {odd!r}. Fields: {listed(known)}.{did_you_mean(odd, known)}")
    lacking = [each for each, needed in known.items() if needed and each not in plain]
    if lacking:
        raise InputError(f"Rule {name!r} lacks {listed(lacking)}. Write them.")
    return RetirementRule(**plain)
