"""Several processes write to one log at once, and some are killed: what was acknowledged is there, whole, and nothing by halves."""

import json
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from mlops_widgets.governance import PredictionLog

SCRIPT = Path(__file__).with_name("writing_together.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="children are made by fork")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    home = tmp_path_factory.mktemp("together")
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(home)], capture_output=True, text=True, timeout=120, check=True
    )
    return home / "log", json.loads(done.stdout)


def test_four_processes_at_once_lose_nothing_and_keep_the_chain(written: tuple[Path, dict[str, Any]]) -> None:
    folder, told = written
    log = PredictionLog(folder)
    ids = log.frame("row_id")["row_id"]
    assert told["ended"] == [0, 0, 0, 0]
    assert {f"w{name}-{number}-{row}" for name in range(4) for number in range(20) for row in range(5)} <= set(ids)
    assert ids.is_unique
    assert log.verify().is_intact


def test_a_killed_process_leaves_no_half_of_a_batch_and_all_that_was_acknowledged(
    written: tuple[Path, dict[str, Any]],
) -> None:
    folder, told = written
    ids = PredictionLog(folder).frame("row_id")["row_id"]
    of_killed = ids[ids.str.startswith("killed-")].str.split("-").str[1].astype(int).value_counts()
    assert told["killed"] == [SIGKILL] * 3
    assert set(of_killed) == {5}
    assert len(told["acknowledged"]) >= 3
    assert set(told["acknowledged"]) <= set(of_killed.index)
    assert len(of_killed) <= len(told["acknowledged"]) + 1


def test_what_was_recorded_and_not_yet_named_is_there_and_what_wasnt_recorded_is_named_as_unfinished(
    written: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = written
    log = PredictionLog(folder)
    ids = set(log.frame("row_id")["row_id"])
    assert {f"late-{row}" for row in range(5)} <= ids
    assert not any(each.startswith("lost-") for each in ids)
    check = log.verify()
    assert len(check.unfinished) >= 1
    assert next(finding for finding in check.findings if finding.code == "GV-PL-02").status == "warning"
