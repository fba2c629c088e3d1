"""The files of a bundle: path inside → what it holds, and its bytes."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import sound
from mlops_widgets.core.result import JSON_ERRORS, Result, type_name
from mlops_widgets.governance.bundle.bom import write_bom
from mlops_widgets.governance.bundle.manifest import sizes
from mlops_widgets.governance.policies.build_files import junit, sarif

if TYPE_CHECKING:
    from mlops_widgets.governance.bundle.parts import Parts
    from mlops_widgets.governance.fairness.fairness_result import FairnessResult

HOLDS: Mapping[str, str] = {
    "audit.html": "which requirement has which evidence, to read",
    "model_card/card.html": "the model card, to read",
    "fairness.csv": "rates and ratios of groups, a row a group",
    "audit.json": "the audit, for programs",
    "audit.junit.xml": "the audit, for a build server (JUnit)",
    "audit.sarif": "the audit, for a code host (SARIF 2.1.0)",
    "bom.json": "model, data, libraries, and requirement → claim → evidence → digest → who signed (CycloneDX 1.6)",
    "contract.odcs.yaml": "what the data promise (Open Data Contract Standard 3.1.0)",
    "croissant.json": "the data sets, without a cell of them (Croissant 1.0)",
    "environment.json": "Python and packages",
    "fairness.json": "the comparison of groups in full, for programs",
    "findings.json": "every finding of every look",
    "log_checkpoint.json": "how many records the log holds, and their root",
    "model_card/README.md": "the model card, as Hugging Face reads it",
    "model_card/card.json": "the model card, for programs",
    "policy.json": "the policy: what is asked, and what decides it",
    "sign_offs.json": "who signed what, when, bound to which digest",
    "index.html": "this page",
    "SHA256SUMS": "a digest a file, for sha256sum -c",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def holds(path: str) -> str:
    """Return what a file of a bundle holds, in words."""
    return HOLDS.get(path, "a look at the model, in full")


def write_contents(parts: "Parts") -> dict[str, bytes]:
    """Return every file but the index, the lists of digests and the signature."""
    audit = parts.audit
    files = {
        "audit.html": audit.contents(".html"), "audit.json": audit.contents(".json"), "audit.junit.xml": junit(audit), "audit.sarif": sarif(audit),
        "contract.odcs.yaml": str(parts.contract.to_odcs()).encode("utf-8", "replace"), "croissant.json": _json(parts.croissant),
        "environment.json": _json(parts.environment), "policy.json": _json(asdict(parts.policy)),
        "sign_offs.json": _json({"sign_offs": [asdict(each) for each in parts.sign_offs]}),
        **_of_results(parts),
    }  # fmt: skip
    if parts.card is not None:
        files |= {
            "model_card/README.md": parts.card.to_huggingface().encode("utf-8", "replace"),
            "model_card/card.html": parts.card.contents(".html"), "model_card/card.json": parts.card.contents(".json"),
        }  # fmt: skip
    if parts.fairness is not None:
        files |= {"fairness.json": parts.fairness.contents(".json"), "fairness.csv": _csv(parts.fairness)}
    if parts.checkpoint is not None:
        files["log_checkpoint.json"] = _json(asdict(parts.checkpoint))
    digests = {path: digest for path, (digest, _) in sizes(files).items()}
    return files | {"bom.json": _json(write_bom(parts, digests))}


def _of_results(parts: "Parts") -> dict[str, bytes]:
    """Return each look that has no file yet in one of its own, and the findings of all in another."""
    others = [each for each in parts.results if each is not parts.card and each is not parts.fairness]
    named: dict[str, Result] = {
        f"results/{at:02d}_{type_name(type(each))}.json": each for at, each in enumerate(others, start=1)
    }
    own = {"audit.json": parts.audit, "fairness.json": parts.fairness, "model_card/card.json": parts.card}
    looks = [_look(path, each) for path, each in (*own.items(), *named.items()) if each is not None]
    about = {"study": sound(parts.study.name), "fingerprint": parts.study.fingerprint, "results": looks}
    return {path: each.contents(".json") for path, each in named.items()} | {"findings.json": _json(about)}


def _look(path: str, result: Result) -> dict[str, Any]:
    plain = result.to_dict()
    return {"file": path} | {name: plain[name] for name in ("type", "findings", "rows", "seed", "method", "reference")}


def _csv(fairness: "FairnessResult") -> bytes:
    """Return the groups as a table; a name that a spreadsheet would take for a formula gets a quote before it."""
    frame = fairness.frame()
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(frame.columns)
    rows.writerows([_cell(each) for each in line] for line in frame.itertuples(index=False))
    return written.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value != value else value  # noqa: PLR0124 - NaN alone isn't itself


def _json(plain: Any) -> bytes:  # noqa: ANN401 - plain JSON
    return (json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode(errors=JSON_ERRORS)
