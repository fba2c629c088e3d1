"""What MLflow, git and the ledger of looks know about a model: who recorded what, and when."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from mlops_widgets.errors import InputError, MissingInputError, ModelFileError
from mlops_widgets.explainability.documentation.rationale import FIELDS, MOST_LETTERS, Said
from mlops_widgets.explainability.documentation.secrets import told_or_kept
from mlops_widgets.study.model_files.door import URIS
from mlops_widgets.study.model_files.mlflow_models import read_mlmodel
from mlops_widgets.study.model_files.opened import file_bytes
from mlops_widgets.study.study import Study

_GIT_SECONDS = 5
_MOST_WORDS = 200
_NOTE = "mlflow.note.content"
_QUIET = (
    "--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c",
    "log.showSignature=false",
)  # fmt: skip
_NO_ASKING = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "",
    "LC_ALL": "C",
}
"""A repository that somebody else made may name programs to run, and places to fetch from: none is used."""


class Ledger(Protocol):
    """What `open_ledger` returns."""

    def looks(self, study: Study) -> int:
        """Return how many distinct answers were scored on the study's test."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What was recorded elsewhere.

    Parameters
    ----------
    stated
        Label → what is recorded, in words.
    said
        Statements of people, with name and date.
    hints
        Field → text that nobody is named for.
    looks
        Distinct answers scored on the test, by the ledger; None where nobody counted.
    """

    stated: Mapping[str, str] = field(default_factory=dict)
    said: tuple[Said, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    looks: int | None = None


def known_elsewhere(study: Study, ledger: Ledger | None) -> Known:
    """Return what MLflow, git and the ledger know about a study; nothing where they weren't used."""
    tracked = _mlflow(study)
    stated = {**tracked.stated, **_git(study.file)}
    return Known(stated=stated, said=tracked.said, hints=tracked.hints, looks=_looks(study, ledger))


def _looks(study: Study, ledger: Ledger | None) -> int | None:
    if ledger is None:
        return None
    if not callable(getattr(ledger, "looks", None)):
        raise InputError(f"ledger= is {type(ledger).__name__}. Pass mw.overfitting.open_ledger(path).")
    try:
        return ledger.looks(study)
    except MissingInputError:  # no test to look at
        return None


def _git(file: Path | None) -> dict[str, str]:
    """Return who last committed the study file; {} without git, a repository, or a commit of it."""
    program = shutil.which("git")
    if file is None or program is None or not file.is_file():
        return {}
    command = [program, *_QUIET, "log", "-1", "--no-color", "--format=%h%x00%an%x00%as", "--", file.name]
    try:
        done = subprocess.run(
            command, cwd=file.parent, env={**os.environ, **_NO_ASKING}, capture_output=True, timeout=_GIT_SECONDS, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return {}
    parts = done.stdout.decode("utf-8", "replace").strip().split("\0")
    if done.returncode or len(parts) != 3:
        return {}
    commit, author, date = (part[:_MOST_WORDS] for part in parts)
    return {"Study file last committed (git)": f"by {author} on {date}, commit {commit}"}


def _mlflow(study: Study) -> Known:
    address = study.recipe.get("model")
    if not isinstance(address, str):
        return Known()
    if address.startswith(URIS):
        return _run_known(address)
    for folder in (Path(address), *([study.file.parent / address] if study.file else [])):
        if (folder / "MLmodel").is_file():
            return _folder_known(folder)
    return Known()


def _folder_known(folder: Path) -> Known:
    try:
        described = read_mlmodel(file_bytes(folder / "MLmodel", argument="model"))
    except ModelFileError:  # it was changed since the model was read
        return Known()
    wanted = {"run_id": "MLflow run", "utc_time_created": "Saved (MLflow, UTC)", "mlflow_version": "Saved with MLflow"}
    stated = {label: str(described[key])[:_MOST_WORDS] for key, label in wanted.items() if described.get(key)}
    noted = described.get("metadata")
    hints = {name: text for name, text in noted.items() if name in FIELDS} if isinstance(noted, Mapping) else {}
    return Known(stated=stated, hints={name: text for name, text in hints.items() if isinstance(text, str) and text})


def _run_known(address: str) -> Known:
    try:
        run = _run_of(address)
    except ImportError:
        return Known(stated={"MLflow": "couldn't be asked: mlflow isn't installed here"})
    except Exception as error:  # noqa: BLE001 - of MLflow's, of its stores' and of the network's libraries: the rest stands
        return Known(stated={"MLflow": f"couldn't be asked ({type(error).__name__})"})
    return Known() if run is None else tracked(run)


def _run_of(address: str) -> Any:  # noqa: ANN401 - mlflow's run
    from mlflow import MlflowClient
    from mlflow.models import get_model_info

    if address.startswith("runs:/"):
        name: str | None = address.removeprefix("runs:/").strip("/").partition("/")[0]
    else:
        name = get_model_info(address).run_id
    return MlflowClient().get_run(name) if name else None


def tracked(run: Any) -> Known:  # noqa: ANN401 - mlflow's run
    """Return what an MLflow run records: its description and tags of the fields' names, by its user on the day it ended."""
    tags, info = dict(run.data.tags), run.info
    author = str(tags.get("mlflow.user") or getattr(info, "user_id", "") or "")
    ended = info.end_time or info.start_time
    date = datetime.fromtimestamp(ended / 1000, UTC).date().isoformat() if ended else ""
    texts = {name: str(tags[name]) for name in FIELDS if tags.get(name)}
    if tags.get(_NOTE):
        texts.setdefault("purpose", str(tags[_NOTE]))
    texts = {name: text.strip()[:MOST_LETTERS] for name, text in texts.items() if text.strip()}
    stated = {"MLflow run": f"{info.run_id}, ended {date or 'never'}" + (f", by {author}" if author else "")}
    if run.data.params:
        told = (f"{name} = {told_or_kept(name, str(text))}" for name, text in sorted(run.data.params.items()))
        stated["MLflow parameters"] = ", ".join(told)[:MOST_LETTERS]
    if not author or not date:
        return Known(stated=stated, hints=texts)
    said = tuple(Said(name=name, text=text, author=author[:_MOST_WORDS], date=date) for name, text in texts.items())
    return Known(stated=stated, said=said)
