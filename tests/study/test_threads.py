"""One thread inside, and afterwards as many as before, in whatever order jobs end."""

from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from threadpoolctl import ThreadpoolController, threadpool_info, threadpool_limits

from mlops_widgets.study.threads import one_thread


def _threads(api: str = "blas") -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == api}


def _set_blas(limits: Any) -> None:
    """Set BLAS in a thread that ends: a living one would keep others from it."""
    setter = Thread(target=threadpool_limits, kwargs={"limits": limits, "user_api": "blas"})
    setter.start()
    setter.join()


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    """Two threads for BLAS, however many this machine has."""
    import sklearn.ensemble  # noqa: F401 - loads OpenMP

    before = max(_threads())
    _set_blas(2)
    yield
    _set_blas(before)


def _job(entered: Event, leave: Event, seen: list[Any]) -> None:
    with ThreadpoolController().select(user_api="openmp").limit(limits=2):
        with one_thread():
            entered.set()
            leave.wait()
            seen.append((_threads(), _threads("openmp")))
        seen.append(_threads("openmp"))


@pytest.mark.parametrize("order", [[0, 1], [1, 0]], ids=["first out first", "last out first"])
def test_jobs_that_overlap_leave_as_many_threads_as_there_were(order: list[int]) -> None:
    seen: list[Any] = []
    events = [(Event(), Event()) for _ in order]
    jobs = [Thread(target=_job, args=(*pair, seen)) for pair in events]
    for job, (entered, _) in zip(jobs, events, strict=True):
        job.start()
        entered.wait()
    for index in order:
        events[index][1].set()
        jobs[index].join()
    assert _threads() == {2}
    assert seen == [({1}, {1}), {2}] * 2


def test_what_raises_inside_gives_the_threads_back() -> None:
    with pytest.raises(ZeroDivisionError), one_thread():
        raise ZeroDivisionError
    assert _threads() == {2}


def test_a_job_inside_a_job_is_one_job() -> None:
    with one_thread():
        with one_thread():
            pass
        assert _threads() == {1}
    assert _threads() == {2}
