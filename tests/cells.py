"""What a result, its words and its picture tell of single cells."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from mlops_widgets.core.display import card_of
from mlops_widgets.core.document import document_of
from mlops_widgets.core.markdown import markdown
from mlops_widgets.core.result import Result
from mlops_widgets.core.words import number
from mlops_widgets.study.tables import FEWEST_QUOTED
from mlops_widgets.ui.show import message

CANARY = "canary-9c"
_NUMBER = re.compile(r"\d[\d,]*\d")


def rare_cells(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> frozenset[float | str]:
    """Return the numbers and moments (milliseconds) that fewer rows hold than may be quoted, and these days as texts."""
    found: set[float | str] = set()
    for name in columns:
        cells = pd.concat([frame[name] for frame in frames], ignore_index=True)
        dates = pd.api.types.is_datetime64_any_dtype(cells.dtype)
        places = cells.astype("datetime64[ms]").astype("int64") if dates else cells
        rare = [float(cell) for cell, count in Counter(places).items() if count < FEWEST_QUOTED]
        found |= {*rare}
        if dates and (cells == cells.dt.normalize()).all():
            found |= {
                text for cell in rare for text in (number(cell, "date"), f"{pd.Timestamp(cell, unit='ms'):%Y-%m-%d}")
            }
        elif dates:
            found |= {f"{pd.Timestamp(cell, unit='ms'):%Y-%m-%d %H:%M}" for cell in rare}
    return frozenset(found)


def told(plain: object) -> Iterator[str | float]:
    """Yield every text and number in what a file holds."""
    if isinstance(plain, Mapping):
        for name, value in plain.items():
            yield str(name)
            yield from told(value)
    elif isinstance(plain, list | tuple):
        for value in plain:
            yield from told(value)
    elif isinstance(plain, str | float | int) and not isinstance(plain, bool):
        yield plain


def cells_in(result: Result, rare: frozenset[float | str]) -> set[str | float]:
    """Return what a result, its words and its picture tell of single cells: rare ones, and texts with the canary in them."""
    sent, document = message(card_of(result)), document_of(result)
    arrays = [np.frombuffer(raw, f"<{sent['types'][name]}") for name, raw in sent["arrays"].items()]
    found: set[str | float] = {float(x) for each in arrays for x in each if float(x) in rare}
    words = {text: re.compile(rf"(?<!\d){re.escape(text)}(?!\d)") for text in rare if isinstance(text, str)}
    for each in told([result.to_dict(), sent["card"], sent["controls"], markdown(document) if document else ""]):
        if isinstance(each, str):
            found |= {each} if CANARY in each.lower() else set()
            found |= {x for x in (float(t.replace(",", "")) for t in _NUMBER.findall(each)) if x in rare}
            found |= {text for text, pattern in words.items() if text in each and pattern.search(each)}
        elif float(each) in rare:
            found.add(float(each))
    return found
