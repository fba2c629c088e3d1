"""Run a command with all its children under a memory limit; say how it was kept, the peak, and the seconds. Over it: 1.

The limit is the kernel's own where a control group can be made (version 2 or 1); else a watchdog adds up the shared-out
memory (PSS) of all processes ten times a second and ends them when it is over. The peak is measured at the same pace in
either case: memory that the kernel could give back at once, such as cached files, isn't counted.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MB = 2**20
PACE_SECONDS = 0.1
GROUPS = Path("/sys/fs/cgroup")
NAME = f"mlops-widgets-{os.getpid()}"


def make_group(limit: int) -> tuple[Path, str] | None:
    """Return a new control group with that limit and its version, or None where none can be made."""
    kinds = (("version 2", GROUPS, "memory.max"), ("version 1", GROUPS / "memory", "memory.limit_in_bytes"))
    for version, parent, file in kinds:
        group = parent / NAME
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if not (group / file).exists():  # a plain folder, or a group without the memory controller
                raise FileNotFoundError(file)
            (group / file).write_text(str(limit))
        except OSError:
            group.rmdir()
            continue
        return group, version
    return None


def used_by_group(group: Path) -> int:
    """Return the bytes that the group's processes hold for themselves."""
    stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    return int(stat["total_rss"] if "total_rss" in stat else stat["anon"])


def times_hit(group: Path) -> int:
    """Return how often a process of the group was ended for want of memory."""
    for name in ("memory.events", "memory.oom_control"):
        if (group / name).exists():
            found = dict(line.split() for line in (group / name).read_text().splitlines())
            return int(found.get("oom_kill", 0))
    return 0


def descendants(root: int) -> Iterator[int]:
    """Yield the process and everything that it started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
        parents.setdefault(parent, []).append(int(stat.parent.name))
    waiting = [root]
    while waiting:
        process = waiting.pop()
        yield process
        waiting += parents.get(process, [])


def used_by_tree(root: int) -> int:
    """Return the shared-out memory of a process and its descendants."""
    total = 0
    for process in descendants(root):
        try:
            lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has just ended
            continue
        total += next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
    return total


def watch(process: "subprocess.Popen[bytes]", used: Callable[[], int], limit: int) -> int:
    """Return the peak until the process ends; where it goes over the limit, end it with all that it started."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, used())
        if peak > limit:
            for each in list(descendants(process.pid)):
                os.kill(each, signal.SIGKILL)
        time.sleep(PACE_SECONDS)  # there is nothing to wait for but time
    return peak


def main(limit_mb: int, command: list[str]) -> int:
    """Run the command and return 0, its own exit code, or 1 where it went over the limit."""
    limit, start = limit_mb * MB, time.monotonic()
    made = make_group(limit)
    group, how = (None, "a watchdog that adds up PSS") if made is None else (made[0], f"a control group, {made[1]}")

    def enter() -> None:
        if group is not None:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    process = subprocess.Popen(command, preexec_fn=enter)  # noqa: PLW1509 - single-threaded here, and the child is a group's first
    peak = watch(process, lambda: used_by_tree(process.pid) if group is None else used_by_group(group), limit)
    killed = 0 if group is None else times_hit(group)
    seconds = time.monotonic() - start
    if group is not None:
        group.rmdir()
    over = peak > limit or killed > 0
    print(
        f"memory: peak {peak / MB:.0f} MB of {limit_mb} MB, kept by {how}; {seconds:.0f} s{'; over the limit' if over else ''}"
    )
    return 1 if over else process.returncode


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
