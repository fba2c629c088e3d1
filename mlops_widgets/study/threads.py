"""One thread for small fits, also where several jobs overlap: a kernel gets back as many as it had."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any


class _Jobs:
    """Who wants one thread now.

    OpenMP counts for each calling thread, so each job limits its own. BLAS has one number for the process: the first
    job in sets it, the last one out restores it. The lock is held for both, since the thread that set BLAS keeps others
    from it until it leaves (threadpoolctl 3.8).
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limits: list[Any] = []
        self._found: tuple[int, Any] | None = None

    def enter(self) -> Any:  # noqa: ANN401 - threadpoolctl has no types
        """Return the limit of this job's own threads."""
        found = self._libraries()
        blas = found.select(user_api="blas")
        with self._lock:
            own = found.select(user_api="openmp").limit(limits=1).__enter__()
            self._inside += 1
            if any(library["num_threads"] != 1 for library in blas.info()):  # also of those loaded since the first job
                self._limits.append(blas.limit(limits=1))
        return own

    def _libraries(self) -> Any:  # noqa: ANN401 - threadpoolctl has no types
        """Return the loaded libraries that have threads, searched again once another module was imported.

        The search takes longer than a small model's answer, and a library comes with the module that needs it.
        """
        from threadpoolctl import ThreadpoolController

        modules = len(sys.modules)
        if self._found is None or self._found[0] != modules:
            self._found = (modules, ThreadpoolController())
        return self._found[1]

    def leave(self, own: Any) -> None:  # noqa: ANN401 - threadpoolctl has no types
        """Give back what `enter` took."""
        with self._lock:
            self._inside -= 1
            while not self._inside and self._limits:
                self._limits.pop().restore_original_limits()
            own.__exit__(None, None, None)


_JOBS = _Jobs()


@contextmanager
def one_thread() -> Iterator[None]:
    """Give numerical libraries one thread: two pools on few cores make a small fit ten times slower."""
    own = _JOBS.enter()
    try:
        yield
    finally:
        _JOBS.leave(own)
