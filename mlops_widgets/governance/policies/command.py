"""`mlops-widgets governance audit`: a policy's requirements in a build, with an exit code."""

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import InputError

if TYPE_CHECKING:
    from mlops_widgets.core.progress import Progress
    from mlops_widgets.core.result import Result
    from mlops_widgets.governance.policies.audit_result import AuditResult
    from mlops_widgets.governance.policies.policy import Policy
    from mlops_widgets.study.study import Study

_READY = {"small-team": "small team", "regulated": "regulated"}
_MOST_BYTES = 50_000_000
_MOST_FILES = 200


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of an audit to a command.

    Parameters
    ----------
    parser
        The command.
    """
    add_evidence(parser)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the audit as JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the audit as JUnit XML")
    parser.add_argument("--sarif", type=Path, metavar="FILE", help="write the audit as SARIF 2.1.0")


def add_evidence(parser: argparse.ArgumentParser) -> None:
    """Add the options that say by what is audited.

    Parameters
    ----------
    parser
        The command.
    """
    parser.add_argument(
        "--policy", default="small-team", help="small-team, regulated, or a policy's .toml (default: small-team)"
    )
    parser.add_argument("--results", type=Path, metavar="DIR", help="folder of results saved as .json")
    parser.add_argument("--sign-offs", type=Path, metavar="FILE", help="what people signed, .toml or .json")
    parser.add_argument("--log", type=Path, metavar="FILE", help="a log of records, verified here")
    parser.add_argument("--author", default="", help="who made the model: somebody else must approve")


def read_evidence(options: argparse.Namespace) -> dict[str, Any]:
    """Return what `add_evidence`'s options name, as arguments of `audit`.

    Parameters
    ----------
    options
        As `add_evidence` makes them.
    """
    from mlops_widgets.governance.policies.sign_offs import read_sign_offs

    return {
        "policy": _policy(options.policy), "results": _results(options.results), "log": _log(options.log), "author": options.author,
        "sign_offs": () if options.sign_offs is None else read_sign_offs(options.sign_offs),
    }  # fmt: skip


def run_audit(
    study: "Study", options: argparse.Namespace, *, now: datetime, seed: int = 0, progress: "Progress | None" = None
) -> "AuditResult":
    """Audit the study as the options say, write the files that were asked for, and return the result.

    Parameters
    ----------
    study
        What is audited.
    options
        As `add_options` makes them.
    now
        The time, by which evidence and signatures age.
    seed, progress
        As everywhere.
    """
    from mlops_widgets.governance.policies.audit import audit
    from mlops_widgets.governance.policies.audit_result import AuditResult

    result = audit(study, **read_evidence(options), now=now, seed=seed, progress=progress)
    if not isinstance(result, AuditResult):
        raise InputError(f"The audit couldn't run: {result.headline} {result.findings[0].action}")
    _write(result, options)
    return result


def _write(result: "AuditResult", options: argparse.Namespace) -> None:
    from mlops_widgets.core.result import write_atomically

    for path, write in ((options.junit, result.to_junit), (options.sarif, result.to_sarif)):
        if path is not None:
            write(path)
    if options.json is not None:
        write_atomically(options.json, result.contents(".json"))


def _policy(given: str) -> "Policy":
    from mlops_widgets.governance.policies.policy import Policy

    return Policy.ready(_READY[given]) if given in _READY else Policy.read(given)  # type: ignore[arg-type]  # the two that there are


def _log(file: Path | None) -> Any:  # noqa: ANN401 - a log, or None
    from mlops_widgets.governance.audit_log.audit_log import AuditLog

    if file is not None and not file.is_file():
        raise InputError(f"--log {str(file)[:200]!r}: there is no such file. Pass the path of a store of records.")
    return None if file is None else AuditLog(file)


def _results(folder: Path | None) -> list["Result"]:
    """Return the Results saved in a folder, by name."""
    if folder is None:
        return []
    if not folder.is_dir():
        raise InputError(f"--results {str(folder)[:200]!r} is no folder. Pass one that holds results saved as .json.")
    files = sorted(folder.glob("*.json"))
    if len(files) > _MOST_FILES:
        raise InputError(f"--results {str(folder)[:200]!r} holds {len(files):,} .json files. Allowed: {_MOST_FILES}.")
    return [_result(file) for file in files]


def _result(file: Path) -> "Result":
    from mlops_widgets.core.result import Result

    try:
        with file.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise InputError(f"{file.name} has more than {_MOST_BYTES:,} bytes. Leave it out of --results.")
        return Result.from_dict(json.loads(content))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file.name} holds no result: {str(error)[:200]}") from error
