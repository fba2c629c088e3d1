"""A run that is killed at any moment of any step goes on where it was: nothing is lost, nothing is done twice."""

import json
import subprocess
import sys
from pathlib import Path
from signal import SIGKILL
from typing import Any

import pytest

from mlops_widgets.pipeline.steps import STEPS

ROOT = Path(__file__).parents[2]
MOMENTS = ("start", "done", "kept", "written")
SIDE_EFFECTS = ("retrain", "register", "report")
PLACES = [f"{step} {moment}" for step in STEPS for moment in MOMENTS if moment != "done" or step in SIDE_EFFECTS]

if sys.platform == "win32":
    pytest.skip("processes are forked", allow_module_level=True)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-W", "error", "-m", "tests.pipeline.killing", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_every_step_was_killed_at_every_moment(told: dict[str, Any]) -> None:
    assert set(told) == {" ", *PLACES}
    assert {place: told[place]["ended"] for place in PLACES} == {place: [SIGKILL, 0] for place in PLACES}


@pytest.mark.parametrize("place", PLACES)
def test_a_killed_run_ends_as_if_it_had_not_been(told: dict[str, Any], place: str) -> None:
    found, whole = told[place], told[" "]
    for what in ("result", "digests", "finished", "models", "files", "report"):
        assert found[what] == whole[what]
    assert found["continued"]
    assert (found["problems"], found["models"], found["half"]) == (0, 1, [])


@pytest.mark.parametrize("place", PLACES)
def test_no_step_that_had_finished_is_called_again(told: dict[str, Any], place: str) -> None:
    step, moment = place.split()
    again = 2 if moment in {"done", "kept"} else 1  # its work was done, and nobody had written that down
    calls = told[place]["calls"]
    assert {name: calls.count(name) for name in STEPS} == {**dict.fromkeys(STEPS, 1), step: again}
