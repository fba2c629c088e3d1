"""Runs of a pipeline that are killed at one moment each, then run again: a process that forks for each, so that imports count once.

Called as `python -m tests.pipeline.killing FOLDER`; prints what came of each as JSON.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

from mlops_widgets.pipeline.artefacts import Artefacts
from mlops_widgets.pipeline.ledger import KIND, MODEL, Ledger
from mlops_widgets.pipeline.pipeline import Pipeline
from mlops_widgets.pipeline.steps import STEPS
from mlops_widgets.records import open_records
from tests.pipeline import small

NOW = datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = ("start", "done", "kept", "written")
NAMES = tuple(STEPS)
KILL = {"step": "", "moment": "", "folder": ""}


def die(step: str, moment: str) -> None:
    if (KILL["step"], KILL["moment"]) == (step, moment):
        os.kill(os.getpid(), signal.SIGKILL)


def watched(step: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the step's function, which writes down that it was called and dies where it is told."""

    @wraps(function)
    def call(*args: Any, **given: Any) -> Any:
        die(step, "start")
        with (Path(KILL["folder"]) / "calls").open("a") as file:
            file.write(f"{step}\n")
        made = function(*args, **given)
        die(step, "done")
        return made

    return call


class DyingArtefacts(Artefacts):
    def keep(self, value: object, facts: Any, *, step: str) -> Any:
        kept = super().keep(value, facts, step=step)
        die(step, "kept")
        return kept


class DyingLedger(Ledger):
    def write(self, event: str, run: int, **facts: Any) -> None:
        super().write(event, run, **facts)
        if event == "step finished":
            die(facts["step"], "written")


def pipeline(folder: Path) -> Pipeline:
    functions = {**STEPS, **small.QUICK}
    return small.pipeline(folder / "out", steps={name: watched(name, each) for name, each in functions.items()})


def forked(folder: Path, step: str = "", moment: str = "") -> int:
    """Run the pipeline in a child, killed at the moment, and return the signal that ended it or 0."""
    child = os.fork()
    if not child:
        KILL.update(step=step, moment=moment, folder=str(folder))
        result = pipeline(folder).run(now=NOW, clock=lambda: 0.0)
        (folder / "result.json").write_text(json.dumps(result.to_dict()))
        os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1])


def told(folder: Path) -> dict[str, Any]:
    """Return what a folder holds after the last run."""
    records = open_records(folder / "out" / "records.db")
    finished = [each.payload["step"] for each in records.read(KIND) if each.payload["event"] == "step finished"]
    plain = json.loads((folder / "result.json").read_text())
    return {
        "result": {name: plain[name] for name in ("verdict", "promoted", "model", "run")}, "continued": plain["continued"],
        "digests": {each["name"]: each["digest"] for each in plain["steps"]}, "finished": sorted(finished),
        "calls": (folder / "calls").read_text().split(), "models": len(records.read(MODEL)), "problems": len(records.verify()),
        "files": sorted(path.name for path in (folder / "out" / "models").iterdir()),
        "report": {path.name: path.read_text() for path in sorted((folder / "out" / "report").iterdir())},
        "half": [path.name for path in (folder / "out").rglob(".*")],
    }  # fmt: skip


def places() -> list[tuple[str, str]]:
    """Return where runs are killed: "" is a run that isn't; "done" only of steps that write beside the artefacts or take long."""
    kills = [(step, moment) for step in NAMES for moment in MOMENTS]
    return [("", ""), *(each for each in kills if each[1] != "done" or each[0] in {"retrain", "register", "report"})]


def main(root: Path) -> dict[str, Any]:
    small.pipeline(root / "warm").run(now=NOW)  # what the children would each import
    import mlops_widgets.pipeline.pipeline as module
    from mlops_widgets.pipeline import ledger

    setattr(module, "Artefacts", DyingArtefacts)  # noqa: B010 - the moments between a step and its entry
    setattr(ledger, "Ledger", DyingLedger)  # noqa: B010
    found = {}
    for step, moment in places():
        folder = root / f"{step}-{moment}"
        folder.mkdir()
        ended = [forked(folder, step, moment), *([forked(folder)] if step else [])]
        found[f"{step} {moment}"] = {"ended": ended, **told(folder)}
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(Path(sys.argv[1]))))
