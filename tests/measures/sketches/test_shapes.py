"""Shapes: what a slow and plain reading of each text gives."""

import re
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mlops_widgets.measures.sketches.shapes import shapes_of


def _plain(text: str) -> str:
    shape = re.sub(r"[\t-\r]", " ", text)
    shape = re.sub(r"[\0-\x08\x0e-\x1f\x7f]", "?", shape)
    shape = re.sub(r"[^\0-\x7f]|[a-z]", "a", shape)
    shape = re.sub(r"[A-Z]", "A", re.sub(r"[0-9]", "9", shape))
    return re.sub(r"A+", "A", re.sub(r"a+", "a", shape))


@given(st.lists(st.text(max_size=12), max_size=8))
@settings(max_examples=40)
def test_shapes_are_those_of_a_plain_reading(texts: list[str]) -> None:
    cells = [text.encode() for text in texts]
    data, offsets = shapes_of(np.frombuffer(b"".join(cells), dtype=np.uint8), np.cumsum([0, *map(len, cells)]))
    found = [data.tobytes()[a:b].decode() for a, b in pairwise(offsets)]
    assert found == [_plain(text) for text in texts]
