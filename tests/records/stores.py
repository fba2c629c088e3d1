"""A store with records of several sizes, and what may befall its files."""

import random
import shutil
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from mlops_widgets.records import Records, open_records

DAY = datetime(2026, 1, 5, tzinfo=UTC)


@cache
def kept() -> tuple[Path, list[str], str]:
    """Return a folder with a store of twelve records, its lines, and its head."""
    folder = Path(mkdtemp())
    records = filled(folder)
    return folder, [record.line() for record in records.read()], records.head


def filled(folder: Path, records: int = 12) -> Records:
    """Return a store in a folder: some records are larger than a page of sqlite's."""
    store = open_records(folder / "store.db")
    for number in range(records):
        store.append("audit", {"batch": number, "text": "ä" * (1500 if number % 5 == 3 else 20)}, at=DAY)
    return store


def copied(folder: Path) -> tuple[Path, Path]:
    """Return the files of a copy of the store, sqlite and journal."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(kept()[0], folder)
    return folder / "store.db", folder / "store.db.journal.jsonl"


def hurt(path: Path, chance: random.Random) -> None:
    """Flip bits of a file, cut it off, blank a part, or put something in."""
    data = bytearray(path.read_bytes())
    where = chance.randrange(len(data))
    how = chance.choice(["flip", "flip", "cut", "blank", "insert"])
    if how == "flip":
        data[where] ^= 1 << chance.randrange(8)
    elif how == "cut":
        del data[where:]
    elif how == "blank":
        data[where : where + 4096] = bytes(len(data[where : where + 4096]))
    else:
        data[where:where] = chance.randbytes(5)
    path.write_bytes(data)
