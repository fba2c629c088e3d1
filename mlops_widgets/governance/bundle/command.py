"""`mlops-widgets governance bundle` and `verify`: write the folder for an auditor, and say whether one is as it was written."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.terminal import add_password, read_password, say
from mlops_widgets.errors import InputError
from mlops_widgets.governance.policies.command import add_evidence, read_evidence

if TYPE_CHECKING:
    from mlops_widgets.core.progress import Progress
    from mlops_widgets.governance.bundle.bundle_result import Bundle
    from mlops_widgets.study.study import Study


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Add the options of an export to a command.

    Parameters
    ----------
    parser
        The command.
    """
    parser.add_argument("--out", type=Path, metavar="FOLDER", required=True, help="where to: a new or empty folder")
    add_evidence(parser)
    parser.add_argument("--statements", type=Path, metavar="FILE", help="what people say in the model card, .toml")
    parser.add_argument("--contract", type=Path, metavar="FILE", help="the data's contract, .toml or .json")
    parser.add_argument("--file", dest="files", nargs=2, action="append", default=[], metavar=("NAME", "FILE"),
                        help="the file of the model or of a table: --file model m.skops --file test test.csv")  # fmt: skip
    parser.add_argument("--sign-with", type=Path, metavar="FILE", help="private key, PEM (P-256, P-384 or P-521)")
    add_password(parser)
    parser.add_argument("--overwrite", action="store_true", help="replace a bundle that is there")


def add_verify(parser: argparse.ArgumentParser) -> None:
    """Add the options of a verification to a command.

    Parameters
    ----------
    parser
        The command.
    """
    parser.add_argument("folder", type=Path, help="the bundle")
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="the signer's, kept elsewhere: a PEM file")
    parser.add_argument("--digest", metavar="HEX", help="SHA-256 of MANIFEST.json, kept elsewhere")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the findings as JSON")
    parser.set_defaults(run=_verify)


def run_bundle(
    study: "Study", options: argparse.Namespace, *, now: datetime, seed: int = 0, progress: "Progress | None" = None
) -> "Bundle":
    """Write the bundle as the options say, and return what was written.

    Parameters
    ----------
    study
        What it is about.
    options
        As `add_bundle` makes them.
    now
        The time.
    seed, progress
        As everywhere.
    """
    from mlops_widgets.governance.bundle.bundle_result import Bundle
    from mlops_widgets.governance.bundle.export_bundle import export_bundle

    made = export_bundle(
        study, options.out, **read_evidence(options), statements=options.statements, contract=options.contract, files=dict(options.files),
        sign_with=options.sign_with, password=read_password(wanted=options.password_stdin), overwrite=options.overwrite, now=now, seed=seed, progress=progress,
    )  # fmt: skip
    if not isinstance(made, Bundle):
        raise InputError(f"The bundle couldn't be written: {made.headline} {made.findings[0].action}")
    return made


def _verify(options: argparse.Namespace) -> int:
    from mlops_widgets.governance.bundle.verify_bundle import verify_bundle

    result = verify_bundle(options.folder, public_key=options.public_key, digest=options.digest)
    if options.json is not None:
        write_atomically(options.json, result.contents(".json"))
    for finding in result.findings:
        say(finding, sys.stdout)
    return result.exit_code
