"""`mlops-widgets log`: verify a log of records, or sign what it holds."""

import argparse
import sys
from pathlib import Path

from mlops_widgets.core.result import write_atomically
from mlops_widgets.core.terminal import add_password, read_password, say
from mlops_widgets.errors import InputError


def add_log(parser: argparse.ArgumentParser) -> None:
    """Add `verify`, `checkpoint` and `keys` to a command.

    Parameters
    ----------
    parser
        The command.
    """
    commands = parser.add_subparsers(required=True, metavar="verify | checkpoint | keys")
    verify = commands.add_parser("verify", help="say whether a log is as it was written; the exit code tells")
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint that was kept elsewhere")
    verify.add_argument(
        "--public-key", metavar="FILE", help="the signer's, kept elsewhere: a PEM file or 64 hex digits"
    )
    verify.add_argument("--root", metavar="HEX", help="a root that was printed elsewhere")
    verify.add_argument("--json", type=Path, metavar="FILE", help="write the findings as JSON")
    verify.set_defaults(run=_verify)
    checkpoint = commands.add_parser("checkpoint", help="write down what a log holds now, signed where a key is given")
    checkpoint.add_argument("--key", type=Path, metavar="FILE", help="private key, as `log keys` makes")
    checkpoint.add_argument("--out", type=Path, metavar="FILE", required=True, help="where to; keep it elsewhere")
    checkpoint.set_defaults(run=_checkpoint)
    for each in (verify, checkpoint):
        each.add_argument("file", type=Path, help="the store of records")
    keys = commands.add_parser("keys", help="make a pair of ed25519 keys")
    keys.add_argument("folder", type=Path, help="where to, not beside the log")
    for each in (checkpoint, keys):
        add_password(each)
    keys.set_defaults(run=_keys)


def _verify(options: argparse.Namespace) -> int:
    from mlops_widgets.governance.audit_log.verify_log import verify_log

    result = verify_log(
        options.file, checkpoint=options.checkpoint, public_key=options.public_key, root=options.root
    )  # fmt: skip
    if options.json is not None:
        write_atomically(options.json, result.contents(".json"))
    for finding in result.findings:
        say(finding, sys.stdout)
    return 0 if result.is_intact else 1


def _checkpoint(options: argparse.Namespace) -> int:
    from mlops_widgets.governance.audit_log.checkpoint import checkpoint_of
    from mlops_widgets.records import Records

    file = options.file
    if not file.is_file() or file.is_symlink():
        raise InputError(f"There is no log {file.name!r}. Pass the path of a store of records.")
    made = checkpoint_of(
        Records(file.resolve(), writable=False), options.key, password=read_password(wanted=options.password_stdin)
    )
    made.write(options.out)
    say(made.line(), sys.stdout)
    return 0


def _keys(options: argparse.Namespace) -> int:
    from mlops_widgets.governance.audit_log.keys import make_keys

    for path in make_keys(options.folder, password=read_password(wanted=options.password_stdin)):
        say(path, sys.stdout)
    return 0
