"""One target under atheris: `python -m tests.fuzz.one TARGET CORPUS …`, with libFuzzer's options."""

import sys
import warnings

import atheris

from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target that the first argument names."""
    warnings.simplefilter("ignore")  # readers warn of odd files; that isn't what is looked for
    target = TARGETS[sys.argv.pop(1)]
    with atheris.instrument_imports(include=["mlops_widgets"]):
        target(b"")  # imports what it reads with
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
