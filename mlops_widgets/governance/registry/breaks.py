"""Which records stand at a break of the chain: what they say moves no version."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from mlops_widgets.records import Record
from mlops_widgets.records.chain import RECOVERY, START


def at_breaks(records: Sequence[Record]) -> frozenset[int]:
    """Return the numbers of records on both sides of each break, and of those that a recovery found written in two ways.

    Of two records that don't fit, one can't say which was changed: neither counts.
    """
    found = {records[0].number} if records and (records[0].previous != START or records[0].number != 1) else set[int]()
    for one, other in pairwise(records):
        if other.previous != one.digest or other.number != one.number + 1:
            found |= {one.number, other.number}
    for record in records:
        if record.kind == RECOVERY:
            found |= set(_spanned(record.payload.get("differs")))
    return frozenset(found)


def _spanned(given: Any) -> Iterator[int]:  # noqa: ANN401 - of a record that anybody may have written
    for span in given if isinstance(given, list) else ():
        if isinstance(span, list) and [type(end) for end in span] == [int, int] and span[1] - span[0] < _MOST:
            yield from range(span[0], span[1] + 1)


_MOST = 1_000_000
