"""What columns and cells are called in sentences: the user's own labels, else the names themselves in plain words."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.codec import IN_MEMORY
from mlops_widgets.core.words import MONTHS, number
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.personal.masks import NOTHING, Personal
from mlops_widgets.study.reading import unknown_column
from mlops_widgets.study.table_files.queries import is_query
from mlops_widgets.study.tables import FEWEST_QUOTED, Table

PARTS = ("outcomes", "features", "values", "personal")
"""What `labels=` may hold as a map: a table of outcomes that came later, labels of columns and of cells, and which are personal."""

_PERSONAL = {"yes": True, "no": False}

LONGEST = 80
_MOST_NOTES, _MOST_COMPARED = 5, 200
"""Of a column: labels of cells that no row holds, each noted, and the cells that each is compared with."""
MISSING = "missing"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a label can't hold: what controls a terminal, turns the direction of text, or isn't seen."""
_JOINERS = frozenset("\u200c\u200d")
"""Of these, what Persian, Hindi and emoji are written with."""
_SIGNIFICANT = 4
_TINY = 1e-4
_NO_AMOUNT = re.compile(r"(?i)(?<![a-z])(year|id|code|zip|postcode|flight)(?![a-z])")
"""Columns whose numbers name something, such as a year, and aren't amounts."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a study's columns and cells are called in sentences.

    Parameters
    ----------
    features
        Column → label.
    values
        Column → cell as text → label; true and false are "true" and "false", a missing cell is "missing".
    personal
        Which columns are about persons: their cells are shown masked.

    Examples
    --------
    >>> words = Wording(features={"dti": "debt-to-income ratio"}, values={"term": {"12": "a year"}})
    >>> words.feature("dti"), words.feature("loan_amount"), words.value("term", 12.0), words.value("income", 24000)
    ('debt-to-income ratio', 'loan amount', 'a year', '24,000')
    """

    features: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    personal: Personal = field(default=NOTHING, compare=False, repr=False, metadata=IN_MEMORY)

    def feature(self, column: str) -> str:
        """Return the column's label; by default its name, with spaces for underscores."""
        return self.features.get(column) or " ".join(column.replace("_", " ").split()) or column

    def value(self, column: str, cell: Any) -> str:  # noqa: ANN401 - any cell
        """Return the cell's label; by default the cell in words: numbers to four digits, dates, "missing"; masked if personal."""
        label = self.values.get(column, {}).get(cell_text(cell))
        return self.masked(column, cell, _in_words(column, cell)) if label is None else label

    def masked(self, column: str, cell: Any, text: str) -> str:  # noqa: ANN401 - any cell
        """Return `text`, which shows a cell, without its content where the column is personal; "missing" stays."""
        return text if _is_missing(_bare(cell)) else self.personal.masked(column, text)

    def among(self, columns: Iterable[str]) -> "Wording":
        """Return what these columns and their cells are called."""
        held = set(columns)
        return Wording(
            features={column: label for column, label in self.features.items() if column in held},
            values={column: cells for column, cells in self.values.items() if column in held},
            personal=self.personal,
        )

    def plain(self) -> dict[str, Any]:
        """Return the labels as `load_study(labels=…)` takes them; empty where there are none."""
        held = {"features": dict(self.features), "values": {name: dict(cells) for name, cells in self.values.items()}}
        held["personal"] = {name: "yes" if said else "no" for name, said in self.personal.said.items()}
        return {part: labels for part, labels in held.items() if labels}


def holds_words(labels: Any) -> bool:  # noqa: ANN401 - a table or a map
    """Say whether `labels=` is a map that may name columns and cells, and no table."""
    return isinstance(labels, Mapping) and not is_query(labels)


def read_labels(labels: Any) -> tuple[Any, Wording]:  # noqa: ANN401 - a table or a map
    """Return the table of late outcomes in `labels=`, or None, and the labels of columns and cells.

    Parameters
    ----------
    labels
        A table; or a map with any of "outcomes" (a table), "features" (column → label), "values" (column → cell → label),
        "personal" (column → "yes" or "no": what a person says goes before what is found).

    Raises
    ------
    UnknownNameError
        If the map holds another key.
    InputError
        If a label is no text of 1 to 80 characters that can be seen, or two columns or cells share one.
    """
    if not holds_words(labels):
        return labels, Wording()
    for key in labels:
        if key not in PARTS:
            raise UnknownNameError(
                f"labels= holds an unknown key {str(key)[:60]!r}. Allowed: {listed(PARTS)}, or a table of outcomes alone."
                f"{did_you_mean(str(key)[:60], PARTS)}"
            )
    features = _texts(labels.get("features"), "labels.features", "column → label")
    values = _map(labels.get("values"), "labels.values", "column → cell → label")
    cells = {
        str(column): _texts(of_column, f"labels.values.{str(column)[:60]}", "cell → label")
        for column, of_column in values.items()
    }
    said = _map(labels.get("personal"), "labels.personal", "column → 'yes' or 'no'")
    personal = Personal(said={str(column): _yes_or_no(column, text) for column, text in said.items()})
    return labels.get("outcomes"), Wording(features=features, values=cells, personal=personal)


def _yes_or_no(column: object, said: object) -> bool:
    if not isinstance(said, str) or said not in _PERSONAL:
        raise InputError(f"labels.personal: {str(column)[:60]!r} is {str(said)[:60]!r}. Allowed: 'yes' or 'no'.")
    return _PERSONAL[said]


def _map(given: Any, where: str, allowed: str) -> Mapping[Any, Any]:  # noqa: ANN401 - checked here
    if given is not None and not isinstance(given, Mapping):
        raise WrongTypeError(f"{where} is {type(given).__name__}. Allowed: a map, {allowed}.")
    return given or {}


def _texts(given: Any, where: str, allowed: str) -> dict[str, str]:  # noqa: ANN401 - checked here
    found = {
        cell_text(key): _label(text, f"{where}: {str(key)[:60]!r}") for key, text in _map(given, where, allowed).items()
    }
    shared = [label for label, count in Counter(found.values()).items() if count > 1]
    if shared:
        names = [name for name, label in found.items() if label == shared[0]]
        raise InputError(f"{where} calls {listed(names)} by the same label {shared[0]!r}. Give each its own.")
    return found


def _label(text: Any, where: str) -> str:  # noqa: ANN401 - checked here
    if not isinstance(text, str):
        raise WrongTypeError(f"{where} is labelled with {type(text).__name__}. Allowed: text.")
    label = text.strip()
    if not 0 < len(label) <= LONGEST:
        raise InputError(f"{where} has a label of {len(label):,} characters. Allowed: 1 to {LONGEST}.")
    hidden = [each for each in label if unicodedata.category(each) in _HIDDEN and each not in _JOINERS]
    if hidden:
        raise InputError(
            f"{where} has a label with the character U+{ord(hidden[0]):04X}, which can't be seen or turns the direction of "
            "text. Take it out."
        )
    return label


def check_wording(words: Wording, tables: Iterable[Table]) -> list[str]:
    """Return a note for each cell that is labelled and that no row holds.

    Raises
    ------
    UnknownNameError
        If a labelled column is in no table.
    InputError
        If a column's label is what another column is called.
    """
    tables = list(tables)
    columns = dict.fromkeys(column for table in tables for column in table.columns)
    for part, names in (("features", words.features), ("values", words.values), ("personal", words.personal.said)):
        for column in names:
            if column not in columns:
                raise unknown_column(column, f"labels.{part}", tables[0])
    called: dict[str, str] = {}
    for column in (*words.features, *(column for column in columns if column not in words.features)):
        other = called.setdefault(words.feature(column), column)
        if other != column and other in words.features:
            raise InputError(
                f"labels.features calls {other!r} {words.features[other]!r}, as {column!r} is called. Give it another label."
            )
    return [note for column, cells in words.values.items() for note in _unheld(column, cells, tables)]


def with_tables(words: Wording, tables: Iterable[Table]) -> Wording:
    """Return the same words, masking what is personal in these tables: looked for when a cell is first shown."""
    return replace(words, personal=Personal(tables, words.personal.said))


def _unheld(column: str, cells: Mapping[str, str], tables: Iterable[Table]) -> list[str]:
    counts: Counter[str] = Counter()
    for table in tables:
        if column in table:
            held = table[column].value_counts(dropna=False)
            for cell, count in zip(held.index.tolist(), held.tolist(), strict=True):
                counts[cell_text(cell)] += count
    often = [cell for cell, count in counts.most_common(_MOST_COMPARED) if count >= FEWEST_QUOTED]
    unheld = [cell for cell in cells if cell not in counts]
    notes = [
        f"labels.values.{column[:60]} labels {cell[:60]!r}, which no row holds.{did_you_mean(cell[:60], often)}"
        for cell in unheld[:_MOST_NOTES]
    ]
    more = len(unheld) - len(notes)
    return [*notes, *([f"labels.values.{column[:60]} labels {more:,} more cells that no row holds."] if more else [])]


def cell_text(cell: Any) -> str:  # noqa: ANN401 - any cell
    """Return a cell as the keys of value labels name it: "1" for 1 and 1.0, "true", "2024-03-01", "missing".

    Examples
    --------
    >>> [cell_text(cell) for cell in (1.0, True, "car", None, pd.Timestamp("2024-03-01"))]
    ['1', 'true', 'car', 'missing', '2024-03-01']
    """
    cell = _bare(cell)
    if _is_missing(cell):
        return MISSING
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date | np.datetime64):
        return pd.Timestamp(cell).isoformat().removesuffix("T00:00:00")
    text = str(cell)
    return text.lower() if text in {"True", "False"} else text


def _bare(cell: Any) -> Any:  # noqa: ANN401 - any cell
    """Return a cell without numpy's type; of single precision its shortest number, .1 for .10000000149."""
    if isinstance(cell, np.floating):
        return float(str(cell))
    return cell.item() if isinstance(cell, np.number | np.bool_) else cell


def _is_missing(cell: object) -> bool:
    return (
        cell is None
        or cell is pd.NA
        or cell is pd.NaT
        or (isinstance(cell, float | np.datetime64) and bool(pd.isna(cell)))
    )


def _in_words(column: str, cell: Any) -> str:  # noqa: ANN401 - any cell
    cell = _bare(cell)
    if _is_missing(cell):
        return MISSING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int | float):
        return _number(column, cell)
    if isinstance(cell, date | np.datetime64):
        return _date(pd.Timestamp(cell))
    return str(cell)


def _number(column: str, cell: float) -> str:
    """Return a number to four digits, more where it is whole; what names something, such as a year, has no comma."""
    if not math.isfinite(cell):
        return number(cell)
    if float(cell).is_integer():
        return str(int(cell)) if _NO_AMOUNT.search(column) else number(cell, "integer")
    shown = max(0, _SIGNIFICANT - math.floor(math.log10(abs(cell))) - 1)
    exact = len(repr(round(float(cell), shown)).partition(".")[2].rstrip("0"))
    return number(cell) if abs(cell) < _TINY else number(cell, digits=min(shown, exact))


def _date(stamp: pd.Timestamp) -> str:
    day = f"{stamp.day} {MONTHS[stamp.month - 1]} {stamp.year}"
    return day if f"{stamp:%H:%M:%S}" == "00:00:00" else f"{day} {stamp:%H:%M}"
