"""Regimes as dated data: what a law, standard or framework asks for, in our words, and what evidence there can be."""

import os
from collections import Counter
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from mlops_widgets.core.fields import one_of, only, sections, text, texts, truth, whole
from mlops_widgets.core.statements import day
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, MlopsWidgetsError

if TYPE_CHECKING:
    import pandas as pd

Coverage = Literal["computed", "half", "human"]
COVERAGES: tuple[Coverage, ...] = get_args(Coverage)
_FOLDER = Path(__file__).parent
_LONGEST_DAYS = 36_500


@dataclass(frozen=True, kw_only=True)
class RegimeItem:
    """One thing that a regime asks for.

    Parameters
    ----------
    id
        As the regime numbers it.
    paraphrase
        What it asks for, in one line of ours; the text itself counts.
    coverage
        "computed": numbers of this package are evidence. "half": they are part of it, people say the rest. "human": only people can.
    evidence
        Codes of findings, types of documents, or "sign-off".
    link
        Where the text is.
    least_days
        For how many days it is to be kept at least, where it asks for keeping something; else 0.
    """

    id: str
    paraphrase: str
    coverage: Coverage
    evidence: tuple[str, ...] = ()
    link: str = ""
    least_days: int = 0

    def __post_init__(self) -> None:
        """Check every field."""
        for name in ("id", "paraphrase", "link"):
            object.__setattr__(self, name, text(name, getattr(self, name), needed=name == "id"))
        one_of("coverage", self.coverage, COVERAGES)
        object.__setattr__(self, "evidence", texts("evidence", self.evidence))
        object.__setattr__(self, "least_days", whole("least_days", self.least_days, most=_LONGEST_DAYS))


@dataclass(frozen=True, kw_only=True)
class Regime:
    """A law, standard or framework on a day: what was known of it, from where.

    Parameters
    ----------
    regime, title
        Its short name, and its full one.
    version
        Which text.
    in_force_from
        When it applies, in words: several dates are usual.
    source
        What was read.
    verified
        Whether the official text was read.
    last_checked
        The day.
    notes
        What a reader must know.
    items
        What it asks for.
    """

    regime: str
    title: str
    version: str
    in_force_from: str
    source: str
    last_checked: str
    verified: bool
    items: tuple[RegimeItem, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check every field, and that no id is there twice."""
        for name in ("regime", "title", "version", "in_force_from", "source"):
            object.__setattr__(self, name, text(name, getattr(self, name), needed=True))
        object.__setattr__(self, "last_checked", day("last_checked", self.last_checked))
        object.__setattr__(self, "notes", texts("notes", self.notes))
        truth("verified", self.verified)
        if not self.last_checked:
            raise InputError("last_checked is empty. Write the day on which the source was read, as 2026-03-31.")
        twice = [name for name, count in Counter(each.id for each in self.items).items() if count > 1]
        if twice:
            raise InputError(f"Two items have the id {twice[0]!r}. Give each one of its own.")

    def frame(self) -> "pd.DataFrame":
        """Return one row an item."""
        import pandas as pd

        rows = [{each.name: getattr(item, each.name) for each in fields(RegimeItem)} for item in self.items]
        return pd.DataFrame(rows, columns=[each.name for each in fields(RegimeItem)])


def regimes() -> tuple[str, ...]:
    """Return the names of the regimes that come with the package.

    Examples
    --------
    >>> "eu_ai_act" in regimes()
    True
    """
    return tuple(sorted(each.stem for each in _FOLDER.glob("*.toml")))


def read_regime(name: str | os.PathLike[str]) -> Regime:
    """Return a regime: one of `regimes()`, or one of your own from a .toml file of the same form.

    Parameters
    ----------
    name
        A name of `regimes()`, or the path of a .toml file.

    Raises
    ------
    InputError
        If there is none, or the file holds anything else.

    Examples
    --------
    >>> regime = read_regime("eu_ai_act")
    >>> regime.last_checked >= "2026-01-01", len({item.id for item in regime.items}) == len(regime.items)
    (True, True)
    """
    if isinstance(name, str) and not name.endswith(".toml"):
        return _shipped(one_of("name", name, regimes()))
    return _read(Path(name))


@cache
def _shipped(name: str) -> Regime:
    return _read(_FOLDER / f"{name}.toml")


def _read(file: Path) -> Regime:
    plain = read_toml(file, what="regime", missing="Names that need no file: regimes().")
    known = [each.name for each in fields(Regime)]
    top = dict(only(file.name, plain, known, needed=known[:-1]))
    items = tuple(_item(file.name, each) for each in sections(file.name, top.pop("items"), "items"))
    return Regime(items=items, **top)


def _item(where: str, given: Any) -> RegimeItem:  # noqa: ANN401 - of a file
    flat = only(where, given, [each.name for each in fields(RegimeItem)], needed=("id", "paraphrase", "coverage"))
    try:
        return RegimeItem(**flat)
    except MlopsWidgetsError as error:
        raise InputError(f"{where}, item {str(flat['id'])[:60]!r}: {error}") from error
