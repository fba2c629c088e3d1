"""The ramp file: what a service reads, and what it must refuse."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.overfitting import Ramp, RampStage, read_ramp, write_ramp

GOOD = 'version = 1\nsalt = "s"\nincumbent = "old"\nstages = [{starts = 2026-03-02, shares = {old = 0.5, new = 0.5}}]\n'


def _ramp(**changes: object) -> Ramp:
    stages = (
        RampStage(starts=datetime(2026, 3, 2), shares={"old": 0.99, "new": 0.01}),  # noqa: DTZ001
        RampStage(starts=datetime(2026, 3, 9), shares={"old": 0.75, "new": 0.25}),  # noqa: DTZ001
        RampStage(starts=datetime(2026, 3, 16), shares={"old": 0.0, "new": 1.0}),  # noqa: DTZ001
    )
    return Ramp(**({"salt": "pricing-7", "incumbent": "old", "stages": stages} | changes))  # type: ignore[arg-type]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    ramp = _ramp(stopped=datetime(2026, 3, 12, tzinfo=UTC))
    assert read_ramp(write_ramp(ramp, tmp_path / "ramp.toml")) == ramp


def test_toml_dates_do_as_well_as_text(tmp_path: Path) -> None:
    (tmp_path / "ramp.toml").write_text(GOOD)
    assert read_ramp(tmp_path / "ramp.toml").stage_at("2026-03-02") == 0


def test_everybody_is_with_the_incumbent_before_and_after() -> None:
    ramp = _ramp(stopped="2026-03-12")
    for at in ("2026-03-01", "2026-03-12", "2027-01-01"):
        assert set(np.asarray(ramp.arm_of(range(200), at=at))) == {"old"}
    assert set(np.asarray(_ramp().arm_of(range(50), at="2026-03-16"))) == {"new"}


def test_stages_keep_whom_they_have() -> None:
    ramp = _ramp()
    first, second = (np.asarray(ramp.arm_of(range(5000), at=at)) == "new" for at in ("2026-03-02", "2026-03-09"))
    assert 0 < first.sum() < second.sum()
    assert not (first & ~second).any()


def test_moments_with_a_zone_are_read_as_utc() -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=2)))
    assert _ramp().stage_at(at) is None


def test_a_file_that_is_there_stays_unless_it_may_be_replaced(tmp_path: Path) -> None:
    path = write_ramp(_ramp(), tmp_path / "ramp.toml")
    with pytest.raises(InputError, match="overwrite=True"):
        write_ramp(_ramp(salt="other"), path)
    assert read_ramp(path).salt == "pricing-7"
    assert read_ramp(write_ramp(_ramp(salt="other"), path, overwrite=True)).salt == "other"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "version="),
        ("version = 2\n", "reads version 1"),
        ("version = true\n", "reads version 1"),
        (GOOD + "trust = 1\n", "unknown name 'trust'"),
        (GOOD.replace("starts", "start"), "Did you mean 'starts'"),
        (GOOD.replace("old = 0.5", "old = 0.6"), "add up to 1"),
        (GOOD.replace("old = 0.5", "old = nan"), "shares"),
        (GOOD.replace('incumbent = "old"', 'incumbent = "other"'), "no share for the incumbent"),
        (GOOD.replace("2026-03-02", '"soon"'), "no moment"),
        (GOOD.replace('"s"', '"s|t"'), "salt="),
        ("version = 1\nstages = 3\n", "list of maps"),
        ("version = 1\nstages = []\nsalt='s'\nincumbent='a'", "one stage or more"),
        ("version = 1\n" + "a." * 40 + "b = 1\n", "16 parts"),
        ("\x00", "no TOML"),
    ],
)
def test_a_file_that_is_no_ramp_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "ramp.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"ramp\.toml") as error:
        read_ramp(path)
    assert said in str(error.value)


def test_stages_out_of_order_are_refused() -> None:
    stages = tuple(reversed(_ramp().stages))
    with pytest.raises(InputError, match="in order"):
        _ramp(stages=stages)


def test_a_missing_file_says_how_one_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="write_ramp"):
        read_ramp(tmp_path / "none.toml")
