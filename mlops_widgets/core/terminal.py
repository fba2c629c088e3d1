"""What commands say to a terminal, whatever it can show, and whatever the text holds."""

import argparse
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from mlops_widgets.core.progress import Progress
from mlops_widgets.errors import InputError

_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def say(text: object, stream: TextIO) -> None:
    r"""Write `text` and a line's end as any terminal can: what would steer it or turn the direction of text is replaced.

    Examples
    --------
    >>> import sys
    >>> say("two\nlines, \u202e43 %".replace("\n", " "), sys.stdout)
    two lines, �43 %
    """
    visible = "".join("\N{REPLACEMENT CHARACTER}" if _steers(letter) else letter for letter in str(text))
    encoding = stream.encoding or "utf-8"
    stream.write(visible.encode(encoding, "replace").decode(encoding) + "\n")


def _steers(letter: str) -> bool:
    """Return whether `letter` is a control, a lone surrogate or a mark that overrides the direction of text."""
    control = unicodedata.category(letter) in {"Cc", "Cs"} and letter != "\n"
    return control or unicodedata.bidirectional(letter) in _TURNING


@contextmanager
def progress_bar(screen: TextIO) -> Iterator[Progress | None]:
    """Give a progress bar on a terminal; elsewhere None, so that logs stay readable."""
    if not screen.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=100, file=screen, leave=False, bar_format="{l_bar}{bar}| {postfix}") as bar:

        def show(share: float, text: str) -> None:
            bar.n = round(100 * share)
            bar.set_postfix_str(text)

        yield show


def add_password(parser: argparse.ArgumentParser) -> None:
    """Add the option that reads a key's password; among the arguments every user of the machine could read it."""
    parser.add_argument("--password-stdin", action="store_true", help="read the private key's password from stdin")


def read_password(*, wanted: bool) -> str | None:
    """Return the first line of what is typed or piped, or None where no password is wanted.

    Raises
    ------
    InputError
        If there is none.
    """
    if not wanted:
        return None
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise InputError("--password-stdin: stdin holds no password. Pipe one line to it.")
    return password
