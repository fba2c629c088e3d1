import numpy as np
import pandas as pd
import pytest

from mlops_widgets.data_quality.detection.columns import prepare
from mlops_widgets.data_quality.detection.entities import Entities, find_contexts, find_entities, reporters
from mlops_widgets.data_quality.source import source_of
from tests.data_quality.detection.tables import reports, shops


def _entities(frame: pd.DataFrame) -> Entities:
    return find_entities(list(prepare(source_of(frame)).columns.values()))


def test_a_shop_determines_city_and_state_but_no_amount_or_channel() -> None:
    key = _entities(shops()).key
    assert (key["city"], key["state"]) == ("shop", "shop")
    assert {"amount", "channel", "shop"}.isdisjoint(key)


def test_reports_belong_to_their_thing_and_sources_report_it_once() -> None:
    found = _entities(reports()[0])
    assert {found.key[name] for name in ("start", "gate", "end")} == {"thing"}
    assert reporters(found.codes["thing"], {"source": found.sources["source"]}) == ["source"]


def test_a_level_that_meets_its_thing_again_is_no_reporter() -> None:
    things = np.repeat(np.arange(20), 5)
    assert reporters(things, {"again": np.zeros(100, dtype=np.int64)}) == []


def test_agreement_of_a_copy_is_one_and_of_noise_none() -> None:
    rng = np.random.default_rng(0)
    code = np.repeat(np.arange(50), 4)
    frame = pd.DataFrame(
        {
            "code": [f"c{each}" for each in code],
            "copy": [f"d{each}" for each in code],
            "noise": rng.choice(list("ab"), 200),
        }
    )
    assert _entities(frame).key == {"code": "copy", "copy": "code"}


def test_the_context_is_what_doubtful_rows_share() -> None:
    rng = np.random.default_rng(0)
    plant, shift = rng.integers(0, 5, 400), rng.integers(0, 3, 400)
    doubt = (plant == 2) + rng.normal(0, 0.1, 400)
    assert find_contexts({"shift": shift, "plant": plant}, doubt)[0] == "plant"
    assert find_contexts({"shift": shift}, np.zeros(400)) == []


@pytest.mark.parametrize("cells", [[None] * 12, [[1]] * 12, list(range(12)), ["a"] * 12])
def test_columns_that_name_nothing_are_no_things(cells: list[object]) -> None:
    assert _entities(pd.DataFrame({"a": cells, "b": list(range(12))})).key == {}
