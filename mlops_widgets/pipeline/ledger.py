"""What was run, when, and what came of it: entries of the records, from which a run goes on that was cut off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlops_widgets.pipeline.artefacts import Kept
from mlops_widgets.records import Records, open_records
from mlops_widgets.records.store import journal_of

KIND = "pipeline"
"""Kind of its entries in the records."""
MODEL = "model"
"""Kind of the entry of a model that was registered."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a pipeline, as its ledger tells it.

    Parameters
    ----------
    run
        What it is called: its number among the runs of this pipeline.
    subject
        Digest of the study, the options and the steps' code.
    now
        The moment that it was told, ISO 8601.
    verdict
        What it ended with; "" where it hasn't ended.
    steps
        Step → status, as far as it came.
    """

    run: int
    subject: str
    now: str
    verdict: str
    steps: Mapping[str, str]


class Ledger:
    """The entries of one pipeline in a store of records.

    Parameters
    ----------
    records
        The store.
    name
        The pipeline's name: several may share a store.
    """

    def __init__(self, records: Records, name: str) -> None:
        self.records = records
        self.name = name

    def entries(self) -> list[Mapping[str, Any]]:
        """Return what was written of this pipeline, in order; entries of another form are passed by."""
        own = (each.payload for each in self.records.read(KIND) if each.payload.get("pipeline") == self.name)
        return [each for each in own if _is_entry(each)]

    def write(self, event: str, run: int, **facts: Any) -> None:  # noqa: ANN401 - plain JSON
        """Append an entry."""
        self.records.append(KIND, {"pipeline": self.name, "event": event, "run": run, **facts})

    def finished(self) -> dict[str, Kept]:
        """Return what finished steps made, by the keys of their work; the latest of each."""
        found = {}
        for entry in self.entries():
            kept = _kept(entry.get("kept")) if entry.get("event") == "step finished" else None
            if kept is not None and isinstance(entry.get("key"), str):
                found[entry["key"]] = kept
        return found

    def last(self) -> Run | None:
        """Return the latest run, or None."""
        entries = self.entries()
        starts = [entry for entry in entries if entry.get("event") == "run started"]
        if not starts:
            return None
        start = starts[-1]
        own = [entry for entry in entries if entry.get("run") == start.get("run")]
        steps = {str(each.get("step")): str(each.get("status")) for each in own if each.get("event") in _ENDS}
        told = next((each.get("steps") or {} for each in own if each.get("event") == "run finished"), {})
        began = {str(each.get("step")): "started" for each in own if each.get("event") == "step started"}
        verdict = next((str(each.get("verdict")) for each in own if each.get("event") == "run finished"), "")
        return Run(
            run=int(start.get("run", 0)), subject=str(start.get("subject")), now=str(start.get("now")), verdict=verdict,
            steps=began | steps | told,
        )  # fmt: skip

    def registered(self, digest: str) -> bool:
        """Say whether this pipeline registered a model of this digest already."""
        found = (each.payload for each in self.records.read(MODEL))
        return any(each.get("digest") == digest and each.get("pipeline") == self.name for each in found)

    def register(self, payload: Mapping[str, Any], at: datetime | None = None) -> None:
        """Append the entry of a model, unless there is one of its digest."""
        if not self.registered(str(payload["digest"])):
            self.records.append(MODEL, {"pipeline": self.name, **payload}, at=at)


_ENDS = ("step finished", "step failed")


def open_ledger(path: Path, name: str, *, writing: bool) -> Ledger | None:
    """Return the ledger in a store of records; of one that isn't there, None unless it may be made.

    Parameters
    ----------
    path
        The store.
    name
        The pipeline's name.
    writing
        Whether it may be made, recovered and written. A dry run and a look at the status leave it as it is.
    """
    if writing:
        return Ledger(open_records(path), name)
    if not path.is_file() or not journal_of(path).is_file():
        return None
    return Ledger(Records(path.resolve(), writable=False), name)


def _is_entry(payload: Mapping[str, Any]) -> bool:
    """Say whether an entry is of our form: anybody may have written a store that came with a folder."""
    run, steps = payload.get("run"), payload.get("steps", {})
    if isinstance(run, bool) or not isinstance(run, int) or not isinstance(steps, Mapping):
        return False
    return payload.get("event") != "run started" or _is_moment(payload.get("now"))


def _is_moment(text: object) -> bool:
    try:
        return isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _kept(plain: Any) -> Kept | None:  # noqa: ANN401 - what an entry holds
    """Return the artefact that an entry names; None where it names none that a file name could be made of."""
    names = ("kind", "digest", "suffix")
    if not isinstance(plain, Mapping) or not all(isinstance(plain.get(name), str) for name in names):
        return None
    digest, suffix = plain["digest"], plain["suffix"]
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef") or suffix not in _SUFFIXES:
        return None
    facts = plain.get("facts")
    return Kept(kind=plain["kind"], digest=digest, suffix=suffix, facts=facts if isinstance(facts, Mapping) else {})


_SUFFIXES = (".json", ".parquet", ".skops", ".txt", ".ubj", ".cbm", ".onnx")
