"""Write everything that an auditor asks for into one folder."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import sound
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import NoResult, Result, type_name
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.audit_log.audit_log import AuditLog
from mlops_widgets.governance.bundle.bundle_findings import find
from mlops_widgets.governance.bundle.bundle_result import Bundle, BundleFile
from mlops_widgets.governance.bundle.contents import holds, write_contents
from mlops_widgets.governance.bundle.data_files import checked_files, contract_of, croissant_of, digests_of
from mlops_widgets.governance.bundle.environment import describe_environment
from mlops_widgets.governance.bundle.folder import check_place, place
from mlops_widgets.governance.bundle.index_page import write_index
from mlops_widgets.governance.bundle.manifest import INDEX, MANIFEST, SIGNATURE, SUMS, sizes, sums, write_manifest
from mlops_widgets.governance.bundle.parts import Parts
from mlops_widgets.governance.bundle.signature import key_hint, read_signing_key, sign
from mlops_widgets.governance.cards.model_card import ModelCard, write_model_card
from mlops_widgets.governance.fairness.assess_fairness import assess_fairness
from mlops_widgets.governance.fairness.fairness_result import FairnessResult
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.policies.evidence import gather
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.sign_offs import SignOff

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

    from mlops_widgets.governance.audit_log.checkpoint import Checkpoint
    from mlops_widgets.study.contract.contract import Contract
    from mlops_widgets.study.study import Study

PathLike = str | os.PathLike[str]

_METHOD = (
    "The audit is made anew from the evidence that was passed; each file's SHA-256 stands in the manifest, and in the bill of materials beside "
    "the claim that it is evidence for"
)
_REFERENCE = "CycloneDX 1.6 (ECMA-424); ODCS 3.1.0; Croissant 1.0; SARIF 2.1.0; DSSE v1.0"


@strategy("GV-BU")
def export_bundle(
    study: "Study",
    folder: PathLike,
    *,
    results: Sequence[Result] = (),
    policy: Policy | None = None,
    sign_offs: Sequence[SignOff] = (),
    statements: "PathLike | Mapping[str, Any] | None" = None,
    contract: "Contract | PathLike | None" = None,
    log: Any = None,  # noqa: ANN401 - an AuditLog, or any store of records
    registry: Any = None,  # noqa: ANN401 - whatever has verify()
    files: "Mapping[str, PathLike] | None" = None,
    author: str = "",
    sign_with: PathLike | None = None,
    password: str | None = None,
    overwrite: bool = False,
    now: datetime | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> Bundle | NoResult:
    """Write everything that an auditor asks for into one folder, whole or not at all; it opens offline and holds no rows.

    Parameters
    ----------
    study
        What it is about.
    folder
        Where to: a folder that isn't there yet, or is empty.
    results
        Evidence, of any chapter, as `audit` takes it. A ModelCard and a FairnessResult among them are used, else they are made here.
    policy, sign_offs, registry, author
        As `audit` takes them; an AuditResult isn't taken, the audit is made anew.
    statements
        What people say in the model card, as `write_model_card` takes it.
    contract
        A contract of the data, or its file; else one that a Result holds, else names and types of the model's columns.
    log
        An AuditLog: its checkpoint goes into the bundle.
    files
        "model" or a table's name → its file: its SHA-256 goes into the bundle, and of tables the columns into the Croissant.
    sign_with, password
        A private key (PEM; P-256, P-384 or P-521) that signs every file, so that `model_signing verify key` can check it.
    overwrite
        Whether a bundle that is there may be replaced; what isn't a bundle never is.
    now
        The time, with a zone: of the audit, and written into the bundle.
    seed, progress, cancel
        As everywhere.

    Returns
    -------
    Bundle or NoResult
        Findings: GV-BU-01 what it holds and how many requirements are met, GV-BU-02 what is missing or bare, GV-BU-03 who signed.

    Raises
    ------
    InputError
        If the folder can't be written, or an argument isn't what it should be.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     bundle = export_bundle(mw.sample("loans"), f"{home}/bundle")
    ...     verified = mw.governance.verify_bundle(f"{home}/bundle", digest=bundle.manifest_sha256)
    >>> verified.is_intact, (bundle.met, bundle.asked)
    (True, (1, 8))
    """
    home = Path(folder)
    check_place(home, overwrite=overwrite)
    _check_now(now)
    key = None if sign_with is None else read_signing_key(sign_with, password=password)
    known = checked_files(study, files)
    stage = iter(steps(("audit", "documents", "files"), "write", progress, cancel))
    next(stage)
    looks = _looks(study, results, statements=statements, seed=seed)
    asked = Policy.ready("small team") if policy is None else policy
    judged = audit(
        study, asked, results=looks.evidence, sign_offs=sign_offs, registry=registry, log=log, author=author, now=now, seed=seed
    )  # fmt: skip
    if isinstance(judged, NoResult):
        return judged
    next(stage)
    parts = _parts(study, asked, judged, looks=looks, contract=contract, log=log, files=known, sign_offs=sign_offs, now=now, seed=seed)  # fmt: skip
    next(stage)
    return _written(parts, home, key=key, seed=seed)


def _check_now(now: Any) -> None:  # noqa: ANN401 - checked here
    if now is not None and getattr(now, "tzinfo", None) is None:
        raise WrongTypeError(f"now= is {type(now).__name__} without a zone. Pass datetime.now(UTC).")


@dataclass(frozen=True, kw_only=True)
class _Looks:
    """Results by what becomes of them: evidence of the audit, and what goes into the folder."""

    evidence: tuple[Result, ...]
    kept: tuple[Result, ...]
    left_out: tuple[str, ...]


def _looks(study: "Study", results: Any, *, statements: Any, seed: int) -> _Looks:  # noqa: ANN401 - checked by gather
    found = gather(results, fingerprint=study.fingerprint)
    given = [results] if isinstance(results, Result) else list(results)
    kept, left_out = [], list(found.refused)
    for each in (held.result for held in found.held):
        if each.holds_cells:
            left_out.append(
                f"{type_name(type(each))} holds cells of the rows that it is about: it is evidence, and stays out."
            )
        elif not isinstance(each, AuditResult | Bundle):
            kept.append(each)
    card: tuple[Result, ...] = ()
    if statements is not None:
        if _first(ModelCard, kept) is not None:
            raise InputError("statements= and a ModelCard in results= are two sources of one card. Pass one of them.")
        card = (write_model_card(study, statements=statements, results=kept, seed=seed),)
    evidence = tuple(each for each in given if not isinstance(each, AuditResult | Bundle))
    return _Looks(evidence=evidence + card, kept=(*kept, *card), left_out=tuple(left_out))


def _parts(
    study: "Study", policy: Policy, judged: AuditResult, *, looks: _Looks, files: Mapping[str, Path], sign_offs: Sequence[SignOff],
    contract: "Contract | PathLike | None", log: Any, now: datetime | None, seed: int,  # noqa: ANN401 - whatever verifies
) -> Parts:  # fmt: skip
    fairness = _first(FairnessResult, looks.kept) or assess_fairness(study, seed=seed)
    card = _first(ModelCard, looks.kept) or write_model_card(study, results=[*looks.kept, fairness], seed=seed)
    promised, made = contract_of(study, contract, looks.kept)
    checkpoint, silent = _checkpoint(log, now)
    digests = digests_of(files)
    bare = [f"No {name}: {each.headline} {each.findings[0].action}" for name, each in (("comparison of groups", fairness), ("model card", card)) if isinstance(each, NoResult)]  # fmt: skip
    bare += [] if made else ["No contract was passed: it says names and types of the model's columns only."]
    bare += [] if set(digests) >= {*study.tables} else ["Of tables whose files= weren't passed, the Croissant says no columns."]  # fmt: skip
    bare += [silent] if silent else []
    return Parts(
        study=study, policy=policy, audit=judged, results=looks.kept, card=card if isinstance(card, ModelCard) else None,
        fairness=fairness if isinstance(fairness, FairnessResult) else None, contract=promised, croissant=croissant_of(study, files, digests),
        environment=describe_environment(study), sign_offs=tuple(sign_offs), checkpoint=checkpoint, file_digests=digests,
        left_out=(*looks.left_out, *bare), at="" if now is None else now.isoformat(timespec="seconds"),
    )  # fmt: skip


def _first(kind: type[Result], results: Sequence[Result]) -> Result | None:
    return next((each for each in results if isinstance(each, kind)), None)


def _checkpoint(log: Any, now: datetime | None) -> tuple["Checkpoint | None", str]:  # noqa: ANN401 - whatever verifies
    """Return what the log holds, or why that can't be said."""
    if log is None:
        return None, "No log was passed: there is no checkpoint of one."
    try:
        held = log if isinstance(log, AuditLog) else AuditLog(log.path)
        state = held.checkpoint()
    except (InputError, AttributeError) as error:
        return None, f"The log gives no checkpoint: {error}"
    return (state if now is None else replace(state, at=now.isoformat(timespec="seconds"))), ""


def _written(parts: Parts, home: Path, *, key: "EllipticCurvePrivateKey | None", seed: int) -> Bundle:
    """Write the folder: contents, then what lists them, then the page, then what lists that too, then the signature."""
    signed_by = "" if key is None else key_hint(key.public_key())
    files = write_contents(parts)
    files[SUMS] = sums(files)
    contents_sha256 = sizes({SUMS: files[SUMS]})[SUMS][0]
    files[INDEX] = write_index(parts, sizes(files), contents_sha256=contents_sha256, signed_by=signed_by)
    listed = sizes(files)
    files[MANIFEST] = write_manifest(listed)
    manifest_sha256 = sizes({MANIFEST: files[MANIFEST]})[MANIFEST][0]
    if key is not None:
        digests = {path: digest for path, (digest, _) in sizes(files).items()}
        files[SIGNATURE] = sign(digests, key, name=sound(home.name) or "bundle")
    place(home, files)
    return Bundle(
        findings=find(parts.audit, files=len(files), left_out=parts.left_out, signed_by=signed_by), rows=parts.audit.rows, seed=seed,
        method=_METHOD, reference=_REFERENCE, name=sound(home.name), study=parts.study.name, fingerprint=parts.study.fingerprint,
        policy=parts.policy.name, met=parts.audit.met, asked=parts.audit.asked, contents_sha256=contents_sha256, manifest_sha256=manifest_sha256,
        files=tuple(BundleFile(path=path, holds=holds(path), bytes=size, sha256=digest) for path, (digest, size) in listed.items()),
        evidence_digest=parts.audit.evidence_digest, signed_by=signed_by, left_out=parts.left_out, synthetic=parts.study.synthetic,
    )  # fmt: skip
