"""CSV files, also those that spreadsheets write with semicolons."""

import csv
import re
from pathlib import Path

import pandas as pd

HOW = "mlops_widgets"
"""Key of a frame's `attrs` under which it is said how the file was read."""

_NAMES = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ",": "commas"}
_HEAD = 65_536
_DECIMAL_COMMA, _DECIMAL_POINT = re.compile(r"(?:^|;)\s*-?\d+,\d+\s*(?=;|$)", re.MULTILINE), re.compile(r"\d\.\d")


def read_csv(path: Path) -> pd.DataFrame:
    """Return the rows of a .csv or .tsv file; where its header isn't split by what its name says, by what splits it.

    Raises
    ------
    ValueError, OSError
        If pandas can't read it.
    """
    expected = "\t" if path.suffix.lower() == ".tsv" else ","
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        head = file.read(_HEAD)
    separator = _separator(head.partition("\n")[0], expected)
    if separator == expected:
        return pd.read_csv(path, sep=expected, low_memory=False)
    rows = head.partition("\n")[2]
    comma = separator == ";" and bool(_DECIMAL_COMMA.search(rows)) and not _DECIMAL_POINT.search(rows)
    frame = pd.read_csv(path, sep=separator, low_memory=False, decimal="," if comma else ".")
    also = ", and numbers as with a decimal comma" if comma else ""
    frame.attrs[HOW] = f"{path.name} is read as separated by {_NAMES[separator]}{also}."
    return frame


def _separator(header: str, expected: str) -> str:
    if expected in header:
        return expected
    try:
        found = csv.Sniffer().sniff(header, delimiters="".join(_NAMES)).delimiter
    except csv.Error:  # one column
        return expected
    return found if found in _NAMES else expected
