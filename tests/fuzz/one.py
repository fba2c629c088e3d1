"""One target under atheris: `python -m tests.fuzz.one TARGET CORPUS …`, with libFuzzer's options."""

import sys
import warnings
from pathlib import Path

import atheris

from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz the target that the first argument names."""
    warnings.simplefilter("ignore")  # readers warn of odd files; that isn't what is looked for
    target = TARGETS[sys.argv.pop(1)]
    with atheris.instrument_imports(include=["mlops_widgets"]):
        for seed in sorted(Path(sys.argv[1]).iterdir()):
            target(seed.read_bytes())  # imports what it reads with, which isn't to count as slow reading
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
