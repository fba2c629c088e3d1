"""Fuzz every loader with atheris: `python tests/fuzz/fuzz.py SECONDS [TARGET …]`; a crash or a foreign error fails.

Each target runs in a process of its own, for SECONDS divided among the targets, from sound files on. What it finds lies
in the folder that the message names.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_MEMORY_MB = 4096
_SECONDS_PER_INPUT = 60


def main(arguments: list[str]) -> int:
    """Run the targets and return the number of those that failed."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from tests.fuzz.seeds import write_seeds
    from tests.fuzz.targets import TARGETS

    seconds, names = float(arguments[0]), arguments[1:] or list(TARGETS)
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    write_seeds(folder)
    failed = 0
    for name in names:
        (corpus := folder / name).mkdir(exist_ok=True)
        (found := folder / f"{name}-found").mkdir()
        command = [
            sys.executable, "-m", "tests.fuzz.one", name, str(corpus), f"-artifact_prefix={found}/", "-seed=1",
            f"-max_total_time={max(1, round(seconds / len(names)))}", f"-rss_limit_mb={_MEMORY_MB}",
            f"-timeout={_SECONDS_PER_INPUT}", "-max_len=65536", "-print_final_stats=1",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
        runs = [
            line.split()[-1] for line in done.stderr.splitlines() if line.startswith("stat::number_of_executed_units")
        ]
        print(
            f"{name}: {runs[0] if runs else 'no'} inputs, {'sound' if done.returncode == 0 else 'FAILED'}", flush=True
        )
        if done.returncode:
            failed += 1
            print(f"{done.stdout[-4000:]}{done.stderr[-6000:]}\nThe input lies in {found}.", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
