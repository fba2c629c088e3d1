"""How long what may be kept, on what basis, and who answers for it."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from mlops_widgets.errors import InputError

_MOST_DAYS = 36_500
_LONGEST = 400


@dataclass(frozen=True, kw_only=True)
class RetentionRule:
    """How long files of a name may be kept.

    Parameters
    ----------
    pattern
        Names within the folder, as `raw/*.csv` or `*.parquet`: `*` is any letters, also across folders.
    keep_days
        Days from the last change of a file until it is due, 0 or more.
    why
        On what basis: a law, a contract, a promise.
    owner
        Who answers for it.
    """

    pattern: str
    keep_days: int
    why: str
    owner: str

    def __post_init__(self) -> None:
        """Refuse a rule that nobody answers for, or whose pattern leaves the folder."""
        for name in ("pattern", "why", "owner"):
            _check_text(name, getattr(self, name))
        _check_days(self.keep_days)
        parts = PurePosixPath(self.pattern).parts
        if ".." in parts or self.pattern.startswith(("/", "~")) or "\\" in self.pattern or ":" in self.pattern:
            raise InputError(
                f"pattern={self.pattern!r:.80} leaves the folder. Pass a name within it, such as 'raw/*.csv'."
            )


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or "\0" in value:
        raise InputError(
            f"{name}={value!r:.60}. Pass a text of 1 to {_LONGEST} characters: a rule that nobody answers for deletes nothing."
        )


def _check_days(days: object) -> None:
    if isinstance(days, bool) or not isinstance(days, int) or not 0 <= days <= _MOST_DAYS:
        raise InputError(f"keep_days={days!r:.60}. Pass a whole number of days, 0 to {_MOST_DAYS:,}.")


@dataclass(frozen=True, kw_only=True)
class DueFile:
    """A file and what its rule says.

    Parameters
    ----------
    path
        Within the folder, with `/`.
    rule
        Pattern of the rule: the first that fits.
    age_days
        Days since it was changed.
    over_days
        By how many days that is over what the rule allows.
    size_bytes
        Its size.
    deleted
        Whether it was deleted here.
    """

    path: str
    rule: str
    age_days: float
    over_days: float
    size_bytes: int
    deleted: bool = False
