"""One requirement of a policy, and the check that decides it: one of seven kinds, as data."""

from dataclasses import dataclass
from typing import Literal, get_args

from mlops_widgets.core.fields import finite, one_of, text, texts, truth, whole
from mlops_widgets.core.result import STATUSES
from mlops_widgets.errors import InputError, WrongTypeError

Kind = Literal["finding", "metric", "document", "sign_off", "log", "registry", "contract"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_LONGEST_DAYS = 36_500
EITHER = "|"
"""Parts codes of which one answers for a decision and another for a number, such as GV-FA-01 and GV-FA-09."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """What decides a requirement.

    Parameters
    ----------
    kind
        "finding": the worst finding of each of `codes` has an `allowed` status. "metric": the unfavourable end of the interval of
        `number`, in the evidence of findings of `codes`, keeps `at_least` or `at_most`. "document": a Result of each of `types`
        is there, and no statement in it is missing. "sign_off": a person in `role` signed. "log", "registry": what was passed
        as `log=` or `registry=` verifies and isn't empty. "contract": data kept a contract, or a data record is complete.
    codes
        Codes of findings ("OV-BL-02"), or their beginnings ("GV-FA"); "GV-FA-01|GV-FA-09" is met by either, the worst of those that are there.
    allowed
        Statuses that meet the requirement.
    number
        Name of the number; its interval is in `<number>_lower` and `<number>_upper`, or `lower` and `upper`.
    at_least, at_most
        The limit, in the number's unit; one of the two.
    types
        Types of Results: "governance.ModelCard", or "ModelCard".
    role
        Of the person who signs: "owner", "approver".
    on
        What the signature is bound to, by its digest: "study", "evidence", the type of a Result, or "" for nothing.
    independent
        Whether the person must be another one than the author, the owner, and the requirement's owner.
    days
        How old the evidence or signature may be; 0 for any age.
    make
        The call that makes the evidence, told where there is none.
    """

    kind: Kind
    codes: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ("passed",)
    number: str = ""
    at_least: float | None = None
    at_most: float | None = None
    types: tuple[str, ...] = ()
    role: str = ""
    on: str = ""
    independent: bool = False
    days: int = 0
    make: str = ""

    def __post_init__(self) -> None:
        """Check every field, and that those which the kind needs are there."""
        one_of("check", self.kind, KINDS)
        for name in ("codes", "allowed", "types"):
            object.__setattr__(self, name, texts(name, getattr(self, name)))
        for name in ("number", "role", "on", "make"):
            object.__setattr__(self, name, text(name, getattr(self, name)))
        for status in self.allowed:
            one_of("allowed", status, [each for each in STATUSES if each in {"passed", "warning", "failed"}])
        object.__setattr__(self, "days", whole("days", self.days, most=_LONGEST_DAYS))
        object.__setattr__(self, "independent", truth("independent", self.independent))
        self._check_needed()

    def _check_needed(self) -> None:
        needed = {
            "finding": ("codes", "allowed"),
            "metric": ("codes", "number"),
            "document": ("types",),
            "sign_off": ("role",),
        }
        lacking = [name for name in needed.get(self.kind, ()) if not getattr(self, name)]
        if lacking:
            raise InputError(f"check={self.kind!r} needs {' and '.join(lacking)}. Write them.")
        limits = [each for each in (self.at_least, self.at_most) if each is not None]
        if (self.kind == "metric") != (len(limits) == 1) or len(limits) > 1:
            raise InputError(
                "at_least and at_most: a check of kind 'metric' has one of the two, every other kind none."
            )
        for each in limits:
            finite("at_least or at_most", each)


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What a policy asks for.

    Parameters
    ----------
    id
        Short and stable: "ST-1".
    title
        What must be so, in a sentence.
    check
        What decides it.
    why
        What goes wrong without it.
    owner
        Who answers for it.
    regimes
        Which items of regimes it is evidence for: "eu_ai_act/IV-2-g".
    """

    id: str
    title: str
    check: Check
    why: str = ""
    owner: str = ""
    regimes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field."""
        for name in ("id", "title", "why", "owner"):
            object.__setattr__(self, name, text(name, getattr(self, name), needed=name in {"id", "title"}))
        object.__setattr__(self, "regimes", texts("regimes", self.regimes))
        if not isinstance(self.check, Check):
            raise WrongTypeError(f"check= is {type(self.check).__name__}. Pass Check(kind=…, …).")
