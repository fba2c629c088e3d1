"""What a registry says to whoever asks: versions, stages, history, files; nothing is written here."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.registry.breaks import at_breaks
from mlops_widgets.governance.registry.entries import MOVE, ModelVersion, Move, MoveEntry, read
from mlops_widgets.governance.registry.gate_evidence import audit_of
from mlops_widgets.governance.registry.model_store import ModelStore
from mlops_widgets.governance.registry.registry_findings import showing, verifying
from mlops_widgets.governance.registry.registry_result import RegistryResult, RegistryVerification
from mlops_widgets.governance.registry.replay import State, replay
from mlops_widgets.governance.registry.stages import Stage, stage_of
from mlops_widgets.records import open_records
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.trust import Trust

if TYPE_CHECKING:
    from mlops_widgets.governance.audit_log.checkpoint import Checkpoint

PathLike = str | os.PathLike[str]

_STORE, _FILES = "registry.db", "models"
_SUFFIXES = (".db", ".sqlite", ".sqlite3")


class RegistryReader:
    """The half of a `Registry` that only reads.

    Parameters
    ----------
    path, clock
        As of `Registry`.
    """

    def __init__(self, path: PathLike, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        file = _store_of(path)
        self.records = open_records(file)
        self.models = ModelStore(file.parent / _FILES)
        self._clock = clock

    def __repr__(self) -> str:
        """Return the file's name."""
        return f"Registry({self.records.path.parent.name + '/' + self.records.path.name!r})"

    @property
    def names(self) -> tuple[str, ...]:
        """The models."""
        return tuple(self.state().versions)

    def state(self) -> State:
        """Return what the records amount to now."""
        records = self.records.read()
        return replay(records, broken=at_breaks(records))

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """Return the versions of a model, each with its stage, the oldest first."""
        return tuple(self.state().of(name))

    def version(self, name: str, version: int) -> ModelVersion:
        """Return one version."""
        return self.state().version(name, version)

    def stage(self, name: str, version: int) -> Stage:
        """Return the stage of a version, as it follows from the records."""
        return self.version(name, version).stage

    def current(self, name: str, stage: Stage = "production") -> ModelVersion | None:
        """Return the latest version in a stage, or None."""
        wanted = stage_of("stage", stage)
        return next((each for each in reversed(self.versions(name)) if each.stage == wanted), None)

    def history(self, name: str) -> tuple[Move, ...]:
        """Return every decision about a model, also those that the gate refused and entries that don't count, the oldest first."""
        state = self.state()
        state.of(name)
        return tuple(each for each in state.moves if each.name == name)

    def audit(self, number: int) -> AuditResult:
        """Return the audit behind a decision.

        Parameters
        ----------
        number
            Of the record, as `history` has it.

        Raises
        ------
        UnknownNameError
            If that record holds none.
        """
        found = next((each for each in self.records.read(MOVE) if each.number == number), None)
        told = audit_of(read(MoveEntry, found.payload)) if found is not None else None
        if told is None:
            raise UnknownNameError(
                f"number={number!r}: that record holds no audit. registry.history(name) has the numbers."
            )
        return told

    def file(self, name: str, version: int) -> Path:
        """Return where a version's file lies, once its bytes were shown to be those of its digest; it isn't loaded."""
        found = self.version(name, version)
        return self.models.path(found.file, found.digest)

    def load(self, name: str, version: int, *, trust: Trust = None) -> Any:  # noqa: ANN401 - any model
        """Return a version's model, opened through the door for model files.

        Parameters
        ----------
        name, version
            Of the model.
        trust
            What you vouch for, as in `load_model`; neither the file nor the registry can say it.

        Raises
        ------
        UnsafeModelError
            If loading it could run code or crash Python.
        ModelFileError
            If the file is gone or was changed.
        """
        return read_model(self.file(name, version), trust=trust, argument=f"{name}/{version}").model

    def show(self, name: str) -> RegistryResult:
        """Return a model's versions, stages and history as a Result."""
        return showing(self.state(), name)

    def verify(
        self, checkpoint: "Checkpoint | PathLike | None" = None, *, public_key: PathLike | None = None, root: str | None = None
    ) -> RegistryVerification:  # fmt: skip
        """Say whether records, stages and model files are as they should be, and what this look can't see.

        Parameters
        ----------
        checkpoint, public_key, root
            What was kept elsewhere, as of `AuditLog.verify`.
        """
        return verifying(self.records, self.models, checkpoint=checkpoint, public_key=public_key, root=root)


def _store_of(path: PathLike) -> Path:
    """Return the file of the store: in a folder, which is made, or the file itself."""
    given = Path(path)
    if given.suffix in _SUFFIXES or given.is_file():
        return given.resolve()
    try:
        given.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{str(path)[:200]!r} can't be made: {error.strerror}. Pass a folder, or the file of a store."
        ) from error
    return given.resolve() / _STORE
