"""The command line: `mlops-widgets guide | report | check | audit | pipeline | log | governance`."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets import __version__
from mlops_widgets.core.terminal import progress_bar, say
from mlops_widgets.errors import InputError, MlopsWidgetsError

if TYPE_CHECKING:
    from mlops_widgets.report.scorecard import Scorecard

FAILING = {
    "failed": frozenset({"failed"}),
    "warning": frozenset({"failed", "warning"}),
    "not_enough_data": frozenset({"failed", "warning", "not_enough_data"}),
    "never": frozenset[str](),
}
"""Statuses that end a check with exit code 1, by `--fail-on`."""

_STUDY = """a sample (loans, flights, census; with flags: loans+shock), the path of a study.toml, or of a Python file that
defines `study`; leave it out where files are given: -p model m.skops -p test log.csv -p target y"""
_BATCHES = """files, one a batch, in order; or a study (a sample, a study.toml, a Python file that defines `study`): its production,
cut along time"""
_PIPELINE_CODES = """exit codes: 0 keep the model, 1 failed, 2 wrong usage, 3 a new model was registered, 4 retire the model, 5 not enough
data to decide, 6 retrain, but no new model passed the gate"""
_TRUST_SEVERAL = re.compile(r"trust=\(((?:'[^']+',? ?|…)+)\)")
_TRUST_ONE = re.compile(r"""trust=(["'])([\w:.]+)\1""")
_TRUST = """what you vouch for of a model file: pickle, sha256:<digest> or the name of a type; may be given several times,
and is never saved"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 a finding failed the check, 2 wrong usage or data.

    Parameters
    ----------
    arguments
        The words after the program's name; by default this process's.
    """
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except MlopsWidgetsError as error:
        say(f"mlops-widgets: {in_options(str(error))}", sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    from mlops_widgets.governance.audit_log.command import add_log

    parser = argparse.ArgumentParser(
        prog="mlops-widgets", description="Find out which of five pitfalls await your model in production."
    )
    parser.add_argument("--version", action="version", version=f"mlops-widgets {__version__}")
    commands = parser.add_subparsers(
        required=True, metavar="guide | report | check | audit | pipeline | log | governance"
    )
    _add_guide(commands.add_parser("guide", help="open the guide in JupyterLab, on copies of the notebooks"))
    _add_report(commands.add_parser("report", help="write chapters as pages that open offline"))
    _add_check(commands.add_parser("check", help="run every check on a study; the exit code tells"))
    _add_audit(commands.add_parser("audit", help="audit new batches of data; the exit code tells"))
    _add_pipeline(commands.add_parser("pipeline", help="run a model's pipeline, or write what runs it at its times"))
    add_log(commands.add_parser("log", help="verify a log of records, or sign what it holds"))
    _add_governance(commands.add_parser("governance", help="audit a study against a policy; the exit code tells"))
    return parser


def _add_guide(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", nargs="?", default="mlops-widgets-guide", type=Path, help="where to work; made if new"
    )
    parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening a browser")
    parser.add_argument("--port", type=int, help="port of JupyterLab")
    parser.set_defaults(run=_guide)


def _add_report(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument(
        "--chapters", type=int, nargs="+", metavar="N", help="numbers of the chapters (default: all that there are)"
    )
    parser.add_argument("--out", type=Path, default=Path("report"), help="folder for the files (default: report)")
    parser.add_argument("--guess", type=float, help="your guess, for the chapter's question")
    parser.set_defaults(run=_report)


def _add_check(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument(
        "--fail-on", choices=list(FAILING), default="failed", help="worst status that still fails the check"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings as JSON")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="write the findings as JUnit XML")
    parser.add_argument("--budget-seconds", type=float, default=60.0, help="how long it may take (default: 60)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="strategies or pitfalls to run")
    parser.set_defaults(run=_check)


def _add_audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("batches", nargs="+", help=_BATCHES)
    parser.add_argument("--contract", type=Path, metavar="FILE", help="what each batch must keep, .toml or .json")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="a table to compare with")
    parser.add_argument("--records", type=Path, metavar="FILE", help="where the history is kept (made if new)")
    parser.add_argument("--name", help="what to call the history within the records")
    parser.add_argument("--every-days", type=int, metavar="N", help="days between audits: says when the next is due")
    parser.add_argument("--ics", type=Path, metavar="FILE", help="write the next audit as a file for a calendar")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings as JSON")
    parser.add_argument(
        "--fail-on", choices=list(FAILING), default="failed", help="worst status that still fails the audit"
    )
    parser.set_defaults(run=_audit)


def _add_pipeline(parser: argparse.ArgumentParser) -> None:
    from mlops_widgets.pipeline.export.command import add_export

    commands = parser.add_subparsers(required=True, metavar="run | status | export | due")
    run = commands.add_parser("run", help="do what isn't done yet; the exit code tells", epilog=_PIPELINE_CODES)
    run.add_argument("--dry-run", action="store_true", help="say what would run, and write nothing")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
    run.add_argument("--log", type=Path, metavar="FILE", help="a line of JSON an event (default: log.jsonl in out)")
    run.set_defaults(run=_pipeline_run)
    status = commands.add_parser("status", help="tell the latest run, and whether it ended")
    status.set_defaults(run=_pipeline_status)
    for each in (run, status):
        each.add_argument("file", nargs="?", type=Path, default=Path("pipeline.toml"), help="default: pipeline.toml")
        each.add_argument("--trust", action="append", metavar="WORD", help=_TRUST)
    add_export(commands)


def _add_governance(parser: argparse.ArgumentParser) -> None:
    from mlops_widgets.governance.bundle.command import add_bundle, add_verify
    from mlops_widgets.governance.policies.command import add_options

    commands = parser.add_subparsers(required=True, metavar="audit | bundle | verify")
    audit = commands.add_parser("audit", help="say which requirements are met, with which evidence")
    _add_study(audit)
    add_options(audit)
    audit.set_defaults(run=_governance_audit)
    bundle = commands.add_parser("bundle", help="write everything that an auditor asks for into one folder")
    _add_study(bundle)
    add_bundle(bundle)
    bundle.set_defaults(run=_governance_bundle)
    add_verify(commands.add_parser("verify", help="say whether a bundle is as it was written; the exit code tells"))


def _add_study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("study", nargs="?", help=_STUDY)
    parser.add_argument("--seed", type=int, help="seed of everything random")
    parser.add_argument("-p", dest="pairs", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
                        help="a parameter; VALUE as JSON where it is one")  # fmt: skip
    parser.add_argument("--trust", action="append", metavar="WORD", help=_TRUST)
    parser.add_argument("-f", dest="file", type=Path, help="YAML file with parameters")


def _guide(options: argparse.Namespace) -> int:
    from mlops_widgets.server import open_guide

    extra = [] if options.port is None else [f"--ServerApp.port={options.port}"]
    open_guide(options.folder, browser=not options.no_browser, extra=extra)
    return 0


def _report(options: argparse.Namespace) -> int:
    from mlops_widgets.report.notebooks import find_chapters, find_notebooks
    from mlops_widgets.report.site import write_report

    chapters = options.chapters or [
        number for number in find_chapters(find_notebooks()) if number
    ]  # 0 is the start page
    for path in write_report(options.study, chapters, out=options.out, parameters=_parameters(options)):
        say(str(path), sys.stdout)
    return 0


def _check(options: argparse.Namespace) -> int:
    from mlops_widgets.report.scorecard import run_all

    study, seed = _study_of(options)
    with progress_bar(sys.stderr) as progress:
        scorecard = run_all(
            study, budget_seconds=options.budget_seconds, only=options.only, seed=seed, progress=progress
        )
    return report_check(scorecard, fail_on=options.fail_on, json_file=options.json, junit_file=options.junit)


def _governance_audit(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from mlops_widgets.governance.policies.command import run_audit

    study, seed = _study_of(options)
    with progress_bar(sys.stderr) as progress:
        result = run_audit(study, options, now=datetime.now(UTC), seed=seed, progress=progress)
    say(str(result), sys.stdout)
    return result.exit_code


def _governance_bundle(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from mlops_widgets.governance.bundle.command import run_bundle

    study, seed = _study_of(options)
    with progress_bar(sys.stderr) as progress:
        made = run_bundle(study, options, now=datetime.now(UTC), seed=seed, progress=progress)
    say(f"{made}\nSHA-256 of MANIFEST.json, to keep elsewhere: {made.manifest_sha256}", sys.stdout)
    return 0


def _study_of(options: argparse.Namespace) -> tuple[Any, int]:
    """Return the study that the options name, and the seed."""
    from mlops_widgets.report.parameters import check_names, check_seed
    from mlops_widgets.report.sources import find_study

    parameters = _parameters(options)
    check_names(list(parameters), allowed=("seed", "trust"))
    seed, trust = check_seed(parameters.pop("seed", 0)), parameters.pop("trust", None)
    return find_study(options.study, parameters, seed=seed, trust=trust), seed


def _audit(options: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from mlops_widgets.data_quality import BatchAuditResult, audit_batches, read_contract

    contract = None if options.contract is None else read_contract(options.contract)
    with progress_bar(sys.stderr) as progress:
        result = audit_batches(
            _batches(options.batches), contract, baseline=options.baseline, records=options.records, name=options.name,
            calendar=options.every_days, now=datetime.now(UTC), progress=progress,
        )  # fmt: skip
    say(str(result), sys.stdout)
    if options.json is not None:
        _write(options.json, result.contents(".json"))
    if options.ics is not None and isinstance(result, BatchAuditResult):
        _write(options.ics, result.calendar_file().encode())
    return int(any(finding.status in FAILING[options.fail_on] for finding in result.findings))


def _pipeline_run(options: argparse.Namespace) -> int:
    from mlops_widgets.pipeline.pipeline import Pipeline

    pipeline = Pipeline.from_file(options.file, trust=options.trust)
    with progress_bar(sys.stderr) as progress:
        result = pipeline.run(dry_run=options.dry_run, log=options.log, progress=progress)
    # one line a step: a line of somebody else's that begins with :: would be a command to GitHub Actions
    whys = [" ".join(each.why.split()) for each in result.steps]
    steps = [
        f"  {each.name:<10}{each.status}{f'  ({why})' if why else ''}"
        for each, why in zip(result.steps, whys, strict=True)
    ]
    say("\n".join([str(result), *steps]), sys.stdout)
    if options.json is not None:
        _write(options.json, result.contents(".json"))
    return result.exit_code


def _pipeline_status(options: argparse.Namespace) -> int:
    from mlops_widgets.pipeline.pipeline import Pipeline

    last = Pipeline.from_file(options.file, trust=options.trust).status()
    if last is None:
        say("This pipeline hasn't run yet.", sys.stdout)
        return 0
    ended = (
        f"ended: {last.verdict}"
        if last.verdict
        else "hasn't ended: it is at work, or was cut off; the next run goes on"
    )
    steps = [f"  {name:<10}{status}" for name, status in last.steps.items()]
    say("\n".join([f"Run {last.run} of {last.now} {ended}.", *steps]), sys.stdout)
    return 0


def _batches(given: list[str]) -> Any:  # noqa: ANN401 - a study or paths
    """Return the study that one word names, or the tables that there are."""
    if len(given) > 1 or (Path(given[0]).exists() and Path(given[0]).suffix not in {".toml", ".py"}):
        return [Path(each) for each in given]
    from mlops_widgets.report.sources import find_study

    return find_study(given[0], {}, seed=0, trust=None)


def report_check(
    scorecard: "Scorecard", *, fail_on: str = "failed", json_file: Path | None = None, junit_file: Path | None = None
) -> int:
    """Print the findings, write the files that were asked for, and return the exit code: 1 if one fails the check.

    Parameters
    ----------
    scorecard
        What was found.
    fail_on
        Name of a set in `FAILING`.
    json_file, junit_file
        Where to write, or None.
    """
    from mlops_widgets.report.junit import to_junit

    failing = FAILING[fail_on]
    say(f"{scorecard.headline}\n\n{scorecard}", sys.stdout)
    if json_file is not None:
        _write(json_file, scorecard.contents(".json"))
    if junit_file is not None:
        _write(junit_file, to_junit(scorecard, failing=failing))
    return int(any(finding.status in failing for finding in scorecard.findings))


def _write(path: Path, content: bytes) -> None:
    from mlops_widgets.core.result import write_atomically

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise InputError(f"{str(path)!r} can't be written: {error.strerror}.") from error


def _parameters(options: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters of `-f`, then `-p`, then the options that have a name of their own."""
    from mlops_widgets.report.takeaways import read_value

    found = {} if options.file is None else read_parameter_file(options.file)
    found |= {name: read_value(text) for name, text in options.pairs}
    own = {name: getattr(options, name, None) for name in ("seed", "guess", "trust")}
    return found | {name: value for name, value in own.items() if value is not None}


def read_parameter_file(path: Path) -> dict[str, Any]:
    """Return the parameters in a YAML or JSON file.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else than names with plain values.
    """
    import yaml

    try:
        found = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise InputError(f"-f {str(path)!r} can't be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise InputError(f"-f {str(path)!r} is no YAML: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found):
        raise InputError(f"-f {str(path)!r} must hold one map, such as `test: log.csv`.")
    if "trust" in found:
        raise InputError(
            f"-f {str(path)!r} holds trust. A file can't vouch for a file: take the line out and pass --trust in the call."
        )
    return {name: _plain(value) for name, value in found.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 - what YAML holds
    """Return `value` with its dates as text: YAML reads 2024-01-01 as a date, papermill can't pass one on."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def in_options(message: str) -> str:
    """Return an error's text with `trust=…` as this command line takes it.

    Examples
    --------
    >>> in_options("If you know them, pass trust=('a.B', 'a.C', …); they run on loading.")
    'If you know them, pass --trust a.B --trust a.C …; they run on loading.'
    >>> in_options('(this file and no other) or trust="pickle".')
    '(this file and no other) or --trust pickle.'
    """
    message = _TRUST_SEVERAL.sub(lambda found: _each_trusted(found[1]), message)
    return _TRUST_ONE.sub(lambda found: f"--trust {found[2]}", message)


def _each_trusted(names: str) -> str:
    more = " …" if "…" in names else ""
    return " ".join(f"--trust {name}" for name in re.findall(r"'([^']+)'", names)) + more


if __name__ == "__main__":
    sys.exit(main())
