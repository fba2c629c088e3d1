"""A rollout as a file that a service reads: who gets the challenger, and since when."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.toml_files import read_toml
from mlops_widgets.errors import InputError, did_you_mean, listed
from mlops_widgets.overfitting.experiments.assignment import assign, check_shares, check_word
from mlops_widgets.study.saved.toml_text import write_toml

Moment = datetime | date | str

_VERSION = 1
_NAMES = ("version", "salt", "incumbent", "stages", "stopped")
_STAGE_NAMES = ("starts", "shares")


@dataclass(frozen=True, kw_only=True)
class RampStage:
    """One stage of a ramp: since when, and each arm's share of the units, 0 to 1."""

    starts: datetime
    shares: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Ramp:
    """The plan of a rollout, and its end if it was stopped.

    Parameters
    ----------
    salt
        Name of the experiment; see `assign`.
    incumbent
        The arm that everybody is in before the first stage, and again once the ramp is stopped.
    stages
        In the order of time. Moments without a zone are UTC.
    stopped
        When the ramp was rolled back, or None.

    Raises
    ------
    InputError
        If stages aren't in order, lack the incumbent, or their shares don't add up to 1.

    Examples
    --------
    >>> ramp = Ramp(
    ...     salt="pricing-7",
    ...     incumbent="v1",
    ...     stages=(
    ...         RampStage(starts=datetime(2026, 3, 2), shares={"v1": 0.99, "v2": 0.01}),
    ...         RampStage(starts=datetime(2026, 3, 9), shares={"v1": 0.75, "v2": 0.25}),
    ...     ),
    ... )
    >>> ramp.arm_of("customer 12", at="2026-03-01"), ramp.arm_of("customer 12", at="2026-03-09")
    ('v1', 'v2')
    """

    salt: str
    incumbent: str
    stages: tuple[RampStage, ...]
    stopped: datetime | None = None

    def __post_init__(self) -> None:
        """Check and put all moments into UTC."""
        check_word(self.salt, "salt")
        check_word(self.incumbent, "incumbent")
        if not self.stages:
            raise InputError("stages=() is no ramp. Pass one stage or more.")
        stages = tuple(
            RampStage(starts=_moment(s.starts, "starts"), shares=check_shares(s.shares)) for s in self.stages
        )
        for stage in stages:
            if self.incumbent not in stage.shares:
                raise InputError(
                    f"The stage of {stage.starts:%Y-%m-%d} has no share for the incumbent {self.incumbent!r}. Arms: "
                    f"{listed(stage.shares)}. Give it one, 0 if it gets nobody."
                )
        for before, after in pairwise(stages):
            if after.starts <= before.starts:
                raise InputError(f"stages: {after.starts} doesn't come after {before.starts}. Put them in order.")
        object.__setattr__(self, "stages", stages)
        if self.stopped is not None:
            object.__setattr__(self, "stopped", _moment(self.stopped, "stopped"))

    def stage_at(self, at: Moment) -> int | None:
        """Return the position of the stage that holds at this moment; None before the first and once stopped."""
        moment = _moment(at, "at")
        if self.stopped is not None and moment >= self.stopped:
            return None
        begun = [number for number, stage in enumerate(self.stages) if stage.starts <= moment]
        return begun[-1] if begun else None

    def shares_at(self, at: Moment) -> Mapping[str, float]:
        """Return each arm's share of the units at this moment."""
        stage = self.stage_at(at)
        return {self.incumbent: 1.0} if stage is None else self.stages[stage].shares

    def arm_of(self, unit: "str | int | Iterable[Any]", *, at: Moment) -> "str | npt.NDArray[np.object_]":
        """Return the arm of a unit, or those of many, at this moment; see `assign`."""
        return assign(unit, salt=self.salt, shares=self.shares_at(at))


def write_ramp(ramp: Ramp, path: "str | os.PathLike[str]", *, overwrite: bool = False) -> Path:
    """Write a ramp as TOML and return its path. The file holds the old or the new ramp, never half of one.

    Parameters
    ----------
    ramp
        The ramp.
    path
        Where to write.
    overwrite
        Whether a file that is already there may be replaced.

    Raises
    ------
    InputError
        If the file is there and may not be replaced, or its folder isn't there.
    """
    file = Path(path)
    if file.exists() and not overwrite:
        raise InputError(f"{str(file)!r} is there already. Pass overwrite=True to replace it.")
    data: dict[str, Any] = {"version": _VERSION, "salt": ramp.salt, "incumbent": ramp.incumbent}
    if ramp.stopped is not None:
        data["stopped"] = ramp.stopped.isoformat()
    data["stages"] = [{"starts": s.starts.isoformat(), "shares": dict(s.shares)} for s in ramp.stages]
    write_atomically(file, write_toml(data).encode())
    return file


def read_ramp(path: "str | os.PathLike[str]") -> Ramp:
    """Return the ramp that a TOML file holds, checked name by name.

    Raises
    ------
    InputError
        If the file can't be read, or holds anything but a ramp.
    """
    file = Path(path)
    found = read_toml(file, what="ramp file", missing="Write one by write_ramp(ramp, path).")
    where = file.name
    _check_names(found, _NAMES, where)
    if type(found.get("version")) is not int or found["version"] != _VERSION:
        raise InputError(f"{where}: version={str(found.get('version'))[:20]!r}. This release reads version {_VERSION}.")
    stages = found.get("stages")
    if not isinstance(stages, list) or not all(isinstance(stage, dict) for stage in stages):
        raise InputError(f"{where}: stages has to be a list of maps with {listed(_STAGE_NAMES)}.")
    for stage in stages:
        _check_names(stage, _STAGE_NAMES, f"{where}: stages")
    try:
        return Ramp(
            salt=found.get("salt", ""), incumbent=found.get("incumbent", ""), stopped=found.get("stopped"),
            stages=tuple(RampStage(starts=s.get("starts"), shares=s.get("shares", {})) for s in stages),
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _check_names(found: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in found:
        if name not in known:
            raise InputError(f"{where}: unknown name {name[:60]!r}. Names: {listed(known)}.{did_you_mean(name, known)}")


def _moment(given: Any, argument: str) -> datetime:  # noqa: ANN401 - also what a file holds
    """Return a moment as UTC without a zone."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given[:40])
        except ValueError as error:
            raise InputError(
                f"{argument}={given[:40]!r} is no moment. Pass '2026-03-02' or '2026-03-02T09:00:00'."
            ) from error
    if isinstance(given, date) and not isinstance(given, datetime):
        given = datetime(given.year, given.month, given.day)  # noqa: DTZ001 - UTC, as all moments here
    if not isinstance(given, datetime) or given != given:  # noqa: PLR0124 - pandas' NaT is a datetime
        raise InputError(f"{argument}={str(given)[:40]!r} is no moment. Pass a datetime, a date or ISO text.")
    return given if given.tzinfo is None else given.astimezone(UTC).replace(tzinfo=None)
