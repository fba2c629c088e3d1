import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.measures.edges import readable_days, readable_edges


@given(st.lists(st.floats(-1e9, 1e9), min_size=3, max_size=9, unique=True))
def test_edges_stay_in_order_and_within_a_tenth_of_the_way_to_the_next(values: list[float]) -> None:
    lowest, *edges, highest = sorted(values)
    marks = np.array([lowest, *edges, highest])
    rounded = readable_edges(np.array(edges), lowest=lowest, highest=highest)
    nearest = np.minimum(np.diff(marks)[:-1], np.diff(marks)[1:])
    assert (np.abs(rounded - edges) <= 0.1001 * nearest + 1e-9 * np.abs(edges)).all()
    assert (np.diff(rounded) >= 0).all()


def test_an_edge_without_a_neighbour_stays() -> None:
    assert readable_edges(np.array([3.25]), lowest=3.25, highest=3.25).tolist() == [3.25]
    assert readable_edges(np.empty(0), lowest=0.0, highest=1.0).tolist() == []


@pytest.mark.parametrize(
    ("days_apart", "expected"), [(4000, "1970-01-01"), (400, "1971-02-01"), (30, "1971-02-05")], ids=str
)
def test_days_become_years_months_or_days(days_apart: int, expected: str) -> None:
    edge = {4000: 364.9, 400: 400.3, 30: 400.7}[days_apart]
    found = readable_days(np.array([edge]), lowest=edge - days_apart, highest=edge + days_apart)
    assert str(found.astype("datetime64[D]")[0]) == expected
