"""Which columns a spill hits, and that it is put there."""

import pandas as pd

from mlops_widgets.data_quality.spills import BY_NAME, SPILLS, measurements, places_of, put

FRAME = pd.DataFrame({
    "code": [0, 1] * 20, "ratio": [at / 40 for at in range(40)], "income": [20_000.0 + 311 * at for at in range(40)],
    "town": ["Oslo", "Bodø"] * 20, "late": [False, True] * 20, "y": [0, 1] * 20,
})  # fmt: skip
FEATURES = ["code", "ratio", "income", "town", "late"]


def test_measurements_are_numbers_with_ten_values() -> None:
    assert measurements(FRAME, FEATURES) == ["ratio", "income"]


def test_amounts_change_their_unit_and_the_most_telling_number_is_written_as_nothing() -> None:
    places = places_of(FRAME, FEATURES)
    assert places["sentinel"] == ("ratio",)
    assert places["unit"] == ("income",)
    assert places["near_duplicates"] == ("income",)
    assert places["bad_join"] == tuple(FEATURES)


def test_without_measurements_nothing_is_written_as_a_number() -> None:
    assert set(places_of(FRAME, ["code", "town"])) == {"near_duplicates", "bad_join"}


def test_each_spill_hits_its_columns_and_no_other() -> None:
    places = places_of(FRAME, FEATURES)
    for spill in SPILLS:
        copy = put(spill, FRAME, 0.5, columns=places.get(spill.name, ()), target="y", positive=1, seed=0)
        hit = {str(name) for name in FRAME if copy.cells[name].any()}
        wanted = {"flipped_labels": {"y"}, "late_labels": {"y"}, "near_duplicates": {*FEATURES, "y"}}
        assert hit <= wanted.get(spill.name, set(places.get(spill.name, ())))
        assert hit


def test_outcomes_booked_late_are_positive_ones() -> None:
    copy = put(BY_NAME["late_labels"], FRAME, 0.5, columns=(), target="y", positive=1, seed=0)
    changed = copy.cells["y"].to_numpy()
    assert (FRAME["y"][changed] == 1).all()
    assert (copy.frame["y"][changed] == 0).all()
