"""Steps for columns of texts: placeholders, numbers in texts, spellings."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.data_quality.cleaning.rules.suspects import Suspect, Suspects, as_number, is_missing
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.study.tables import holds_numbers

_READABLE = 0.9
_MOST_UNITS = 30
_MOST_TEXTS = 5000
_HALF = 0.5
_UNIT = re.compile(r"([^\d.,+-]*)([+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?)(\D*)", re.ASCII)
_CODE = re.compile(r"[+-]?0\d+")


def numbers_in_texts(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose to read numbers where nearly all texts of a column hold one, in units whose factor the repairs tell."""
    if holds_numbers(cells) or pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return
    asked = suspects.where(lambda each: isinstance(each.value, str) and _is_of_number(each.repair))
    if not len(asked):
        return
    gone = {each.value for each in asked if is_missing(each.repair)}
    present = [cell for cell in cells if not is_missing(cell) and cell not in gone]
    parsed = [_parts(cell) for cell in present]
    units = Counter(unit for unit, _ in filter(None, parsed))
    factors = _factors(asked)
    known = {unit: factors.get(unit, 1.0 if not unit else np.nan) for unit in units}
    units_known = [(unit, factor) for unit, factor in known.items() if np.isfinite(factor)]
    readable = sum(units[unit] for unit, _ in units_known)
    is_code = any(isinstance(cell, str) and _CODE.fullmatch(cell.strip()) for cell in present)
    if present and readable >= _READABLE * len(present) and len(units) <= _MOST_UNITS and not is_code:
        yield Step(
            kind="parse_numbers", columns=(suspects.column,), reason=asked.reason,
            parameters={"units": sorted(units_known)},
        )  # fmt: skip


def _is_of_number(repair: object) -> bool:
    return is_missing(repair) or np.isfinite(as_number(repair))


def _parts(cell: object) -> tuple[str, float] | None:
    """Return unit and number of a text, or None where it is no number with at most one unit."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return "", float(cell)
    text = cell.strip() if isinstance(cell, str) else ""
    found = _UNIT.fullmatch(text) if 0 < len(text) <= 64 else None
    if found is None:
        return None
    before, digits, after = found.groups()
    number = as_number(digits.replace(",", "") if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", digits) else digits)
    return ((before.strip() + after.strip()).casefold(), number) if np.isfinite(number) else None


def _factors(asked: Suspects) -> dict[str, float]:
    """Return, by unit, how many of the column's units it is: the ratio that most repairs agree on."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for each in asked:
        parts = _parts(each.value)
        if parts is None or is_missing(each.repair):
            continue
        unit, number = parts
        ratios[unit].append(1.0 if number == 0 else float(f"{as_number(each.repair) / number:.6g}"))
    agreed = {unit: Counter(every).most_common(1)[0] for unit, every in ratios.items()}
    return {unit: ratio for unit, (ratio, count) in agreed.items() if count > _HALF * len(ratios[unit]) and ratio != 0}


def placeholders(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose to make texts missing that stand for nothing wherever they stand."""
    asked = suspects.where(lambda each: isinstance(each.value, str) and is_missing(each.repair))
    texts = [text for text in _unanimous(cells, asked) if text]
    if texts:
        yield Step(kind="void_texts", columns=(suspects.column,), parameters={"texts": texts}, reason=asked.reason)


def spellings(cells: "pd.Series[Any]", suspects: Suspects) -> Iterator[Step]:
    """Propose one spelling for texts that differ in case, blanks and punctuation, and a mapping for other misspelt ones."""
    asked = suspects.where(_is_misspelt)
    said = _said(asked)
    pairs = {old: new for old in _unanimous(cells, asked) if (new := _most_said(said[old])) is not None}
    alike = {old: new for old, new in pairs.items() if _letters(old) == _letters(new) != ""}
    wanted = set(alike.values())
    if len({_letters(text) for text in wanted}) < len(wanted):  # "A+" and "A-" are the same letters
        wanted, alike = set(), {}
    if wanted:
        yield Step(
            kind="unify_spelling",
            columns=(suspects.column,),
            parameters={"spellings": sorted(wanted)},
            reason=asked.reason,
        )
    others = [(old, new) for old, new in pairs.items() if old not in alike][:_MOST_TEXTS]
    if others:
        yield Step(kind="map_texts", columns=(suspects.column,), parameters={"pairs": others}, reason=asked.reason)


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.casefold()))


def _unanimous(cells: "pd.Series[Any]", asked: Suspects) -> list[str]:
    """Return the texts that are suspected in most rows that hold them: about the others a rule would say too much."""
    if not len(asked):
        return []
    suspected = Counter(each.value.strip() for each in asked)
    held = Counter(cell.strip() for cell in cells if isinstance(cell, str))
    return [text for text, count in suspected.items() if count > _HALF * held[text]]


def _is_misspelt(each: Suspect) -> bool:
    if each.kind in {"dependency", "missing"} or not isinstance(each.value, str) or not isinstance(each.repair, str):
        return False
    return bool(each.value.strip() and each.repair.strip()) and each.value.strip() != each.repair.strip()


def _most_said(said: Counter[str]) -> str | None:
    """Return what most suspicions of a text say that belongs there, if most agree."""
    (new, count), *_ = said.most_common(1)
    return new if count > _HALF * said.total() else None


def _said(asked: Suspects) -> dict[str, Counter[str]]:
    every: dict[str, Counter[str]] = defaultdict(Counter)
    for each in asked:
        every[each.value.strip()][each.repair.strip()] += 1
    return every
