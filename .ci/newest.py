"""Resolve the newest version of every dependency and say what breaks with them. A report, never a gate: exits with 0."""

import json
import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WHAT = f"{ROOT}[dev]"
PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet")


def canonical(name: str) -> str:
    """Return the name as package registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned() -> dict[str, str]:
    """Return name → version of what the tests ran with."""
    lines = (ROOT / "constraints" / "tested.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {canonical(name): version for name, version in pairs}


def newest(folder: Path) -> dict[str, str]:
    """Return name → version of what would be installed today without the pins."""
    report = folder / "report.json"
    run([sys.executable, *PIP, "--dry-run", "--ignore-installed", "--report", str(report), WHAT])
    installs = json.loads(report.read_text())["install"]
    return {canonical(each["metadata"]["name"]): each["metadata"]["version"] for each in installs}


def try_out(folder: Path) -> str:
    """Install the newest versions, run the unit tests, and return their last lines."""
    venv.create(folder / "venv", with_pip=True)
    python = str(folder / "venv" / "bin" / "python")
    run([python, *PIP, WHAT])
    tests = [python, "-m", "pytest", "-q", "-m", "not browser and not notebook", "-p", "no:cacheprovider", "--tb=line"]
    done = subprocess.run(tests, cwd=ROOT, capture_output=True, text=True, check=False)
    return "\n".join(done.stdout.splitlines()[-25:])


def run(command: list[str]) -> None:
    """Run `command`; its last words become the error where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr.strip()[-2000:])


def main() -> None:
    """Print what is newer than the pins and, where something is, how the unit tests fare with it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            now, then = newest(folder), pinned()
            now.pop("mlops-widgets", None)
            changed = sorted(package for package in now if now[package] != then.get(package))
            if not changed:
                print("The pinned versions are the newest.")
                return
            for package in changed:
                print(f"  {package}: {then.get(package, 'none')} → {now[package]}", flush=True)
            print(try_out(folder))
        except RuntimeError as error:
            print(f"The newest versions can't be installed together:\n{error}")


if __name__ == "__main__":
    main()
