"""What the registry says in words: where a model stands, and whether everything is as it should be."""

from pathlib import Path
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.errors import InputError, listed
from mlops_widgets.governance.audit_log.verify_log import verify_log
from mlops_widgets.governance.registry.breaks import at_breaks
from mlops_widgets.governance.registry.entries import ModelVersion, Move
from mlops_widgets.governance.registry.model_store import ModelStore
from mlops_widgets.governance.registry.registry_result import RegistryResult, RegistryVerification, SaidOfModel
from mlops_widgets.governance.registry.replay import State, replay
from mlops_widgets.governance.registry.stages import GATED
from mlops_widgets.records import Records
from mlops_widgets.records.recovery import TAKEN_OVER

if TYPE_CHECKING:
    import os

    from mlops_widgets.governance.audit_log.checkpoint import Checkpoint

_METHOD = "Stages follow from the records read in order; an entry counts where it was allowed at its place, and the audit in it is judged anew"
_METHOD_OF_CHECK = f"{_METHOD}. Every model file's SHA-256 is computed again. Nothing is loaded, recovered or written"


def showing(state: State, name: str) -> RegistryResult:
    """Return a model's versions, stages and history."""
    versions, moves = tuple(state.of(name)), tuple(each for each in state.moves if each.name == name)
    said = {
        key: SaidOfModel(words=each.said[key], by=each.by, on=each.on) for key, each in state.said.get(name, {}).items()
    }
    policies: dict[str, str] = {
        stage: f"{rule.policy.name}, {len(rule.policy.requirements)} requirements; set by {rule.by} on {rule.at[:10]}: {rule.reason}"
        for stage in GATED
        if (rule := state.rule(name, stage)) is not None
    }
    found = [_standing(name, versions, moves), _refusals(moves), _odd(moves), _rule(policies), _gaps(versions)]
    return RegistryResult(
        findings=tuple(each for each in found if each is not None), rows=0, method=_METHOD, name=name, versions=versions, moves=moves,
        said=said, policies=policies,
    )  # fmt: skip


def _standing(name: str, versions: tuple[ModelVersion, ...], moves: tuple[Move, ...]) -> Finding:
    count = f"Model “{name}” has {len(versions)} version{'s' if len(versions) > 1 else ''}"
    live = next((each for each in versions if each.stage == "production"), None)
    evidence = {"versions": len(versions), "production": None if live is None else live.version}
    if live is None:
        return Finding(
            code="GV-RG-01", status="not_run", claim=f"{count}; none is in production.", evidence=evidence,
            action="registry.promote(name, version, to='production', study=…, approver=…, reason=…) runs the gate.",
        )  # fmt: skip
    own = [
        each for each in moves if each.version == live.version and each.outcome == "passed" and each.to == "production"
    ]
    gated, last = next(each for each in reversed(own) if each.action == "promote"), own[-1]
    since = f"since {last.at[:10]}" + (f", put back by {last.by}" if last.action == "roll back" else "")
    claim = (
        f"{count}; version {live.version} is in production {since}, made by {live.author}, approved by {gated.by} on {gated.at[:10]} with "
        f"{gated.met} of {gated.asked} requirements of “{gated.policy}” met."
    )
    evidence |= {"met": gated.met, "asked": gated.asked}
    return Finding(code="GV-RG-01", status="passed", claim=claim, evidence=evidence)


def _refusals(moves: tuple[Move, ...]) -> Finding | None:
    refused = [each for each in moves if each.outcome == "refused"]
    if not refused:
        return None
    last = refused[-1]
    times = "once" if len(refused) == 1 else f"{len(refused)} times"
    first = last.reasons[0] if last.reasons else "no reason is recorded"
    return Finding(
        code="GV-RG-02", status="passed", evidence={"refused": len(refused)},
        claim=f"The gate refused {times}, at last version {last.version} for {last.to} on {last.at[:10]} (asked by {last.by}): {first}",
    )  # fmt: skip


def _odd(moves: tuple[Move, ...]) -> Finding | None:
    odd = [each for each in moves if each.outcome == "ignored"]
    if not odd:
        return None
    told = " ".join(f"Record {each.number}: {' '.join(each.reasons)}" for each in odd[:3])
    return Finding(
        code="GV-RG-03", status="warning", claim=f"{_entries_of(len(odd))} of the history count for nothing. {told}", evidence={"ignored": len(odd)},
        action="registry.verify() says which of them somebody must have forged.",
    )  # fmt: skip


def _entries_of(count: int) -> str:
    """Return the beginning of a sentence about entries.

    Examples
    --------
    >>> _entries_of(1), _entries_of(2)
    ('1 entry', '2 entries')
    """
    return f"{count} entry" if count == 1 else f"{count} entries"


def _rule(policies: dict[str, str]) -> Finding:
    told = policies.get("production")
    claim = (
        f"Production asks for: {told}"
        if told
        else "No policy is set for production: whoever promotes chooses which requirements count."
    )
    return Finding(
        code="GV-RG-04", status="passed" if told else "warning", claim=claim, evidence={"policies": len(policies)},
        action="" if told else "registry.require(policy, to='production', by=…, reason=…)",
    )  # fmt: skip


def _gaps(versions: tuple[ModelVersion, ...]) -> Finding | None:
    lacking = {
        "author": [each.version for each in versions if not each.author],
        "signature": [each.version for each in versions if each.signature is None],
        "metrics": [each.version for each in versions if not each.metrics],
    }
    told = [f"{what}: {listed(numbers)}" for what, numbers in lacking.items() if numbers]
    if not told:
        return None
    return Finding(
        code="GV-RG-05", status="warning", claim=f"Versions that lack something: {'; '.join(told)}.",
        evidence={what: len(numbers) for what, numbers in lacking.items()}, action="Register with author= and study=.",
    )  # fmt: skip


def verifying(
    records: Records, store: ModelStore, *, checkpoint: "Checkpoint | str | os.PathLike[str] | None",
    public_key: "str | os.PathLike[str] | None", root: str | None,
) -> RegistryVerification:  # fmt: skip
    """Return whether records, stages and model files are as they should be."""
    path = records.path
    repaired = tuple(each for each in records.recovered if not each.endswith(TAKEN_OVER))
    log = verify_log(path, checkpoint=checkpoint, public_key=public_key, root=root, repaired=repaired)
    state = _readable(path)
    forged = tuple(f"Record {each.number}: {each.why}." for each in state.ignored if not each.overtaken)
    held = {each.file: each for found in state.versions.values() for each in found}
    files = tuple(
        f"The file of {each.id}, {each.digest[:16]}…, {problem}."
        for each in held.values()
        if (problem := store.problem(each.file, each.digest))
    )
    result = RegistryVerification(
        findings=(), rows=log.rows, method=_METHOD_OF_CHECK, reference=log.reference, name=path.name, models=len(state.versions),
        versions=sum(map(len, state.versions.values())), decisions=len(state.moves), ignored=forged, files=files, root=log.root,
    )  # fmt: skip
    own = (_entries(forged, sum(each.overtaken for each in state.ignored)), _files(files, len(held)))
    found = (*own, *log.findings)
    ordered = sorted(found, key=lambda each: each.status != "failed")
    return RegistryVerification(**{**vars(result), "findings": (_whole(result, found), *ordered)})


def _readable(path: Path) -> State:
    """Return what the records amount to; of a store with changed records nothing, which the log's findings say."""
    try:
        records = Records(path, writable=False).read()
    except InputError:
        return State()
    return replay(records, broken=at_breaks(records))


def _whole(r: RegistryVerification, found: tuple[Finding, ...]) -> Finding:
    wrong = [each for each in found if each.status == "failed"]
    told = {"record": r.rows, "model": r.models, "version": r.versions, "decision": r.decisions}
    counts = ", ".join(f"{count:,} {what}{'' if count == 1 else 's'}" for what, count in told.items())
    if wrong:
        claim = f"The registry isn't as it should be: {wrong[0].claim}"
        action = "Keep all files as they are, compare them with a copy, and find out who may write them."
        return Finding(
            code="GV-RV-01", status="failed", claim=claim, evidence={"wrong": len(wrong), "root": r.root}, action=action
        )
    claim = f"The registry is as it should be: {counts}. Every stage follows from a decision that counts, and every model file is the one that was registered."
    return Finding(code="GV-RV-01", status="passed", claim=claim, evidence={"wrong": 0, "root": r.root})


def _entries(forged: tuple[str, ...], late: int) -> Finding:
    claim = (
        f"{_entries_of(len(forged))} of the records claim what can't be, and count for nothing. {' '.join(forged[:5])}"
        if forged
        else f"Every {'other ' if late else ''}entry was allowed where it stands."
    )
    claim += f" {_entries_of(late)} came too late and {'counts' if late == 1 else 'count'} for nothing." if late else ""
    return Finding(
        code="GV-RV-02", status="failed" if forged else "passed", claim=claim, evidence={"entries": len(forged), "too_late": late},
        action="Find out who wrote them: the API writes none of these." if forged else "",
    )  # fmt: skip


def _files(wrong: tuple[str, ...], held: int) -> Finding:
    claim = (
        " ".join(wrong[:5]) if wrong else f"Every model file ({held}) has the SHA-256 under which it was registered."
    )
    return Finding(
        code="GV-RV-03", status="failed" if wrong else "passed", claim=claim, evidence={"files": held, "wrong": len(wrong)},
        action="Put back a copy that has the digest; no other bytes are taken for it." if wrong else "",
    )  # fmt: skip
