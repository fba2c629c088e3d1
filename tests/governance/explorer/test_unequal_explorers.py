"""Live faces of the experiment and of the search: their options reach the strategy."""

import mlops_widgets as mw
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.governance import (
    AlternativesExplorer,
    AlternativesResult,
    EqualAccuracyExplorer,
    EqualAccuracyResult,
)


def test_a_study_can_be_switched_to() -> None:
    explorer = EqualAccuracyExplorer(mw.sample("loans+biased_recording"), options={"favourable": "negative", "draws": 100, "rows": 1000})  # fmt: skip
    result = explorer.run(rows="your study")
    assert isinstance(result, EqualAccuracyResult)
    assert result.draws_made == 0
    assert result.feature == "area"


def test_the_search_takes_the_count_and_the_seed() -> None:
    options = {"favourable": "negative", "groups": "group", "draws": 100, "max_rows": 600, "max_fit_rows": 500, "drop": False}  # fmt: skip
    explorer = AlternativesExplorer(mw.sample("loans"), options=options)
    result = explorer.run(candidates=1, seed=3)
    assert isinstance(result, AlternativesResult)
    assert result.seed == 3
    assert result.rules == ()


def test_the_control_of_progress_is_handed_on() -> None:
    told: list[float] = []

    def progress(share: float, text: str) -> None:
        told.append(share)

    cancel: Cancel = lambda: False  # noqa: E731 - one line
    reported: Progress = progress
    mw.governance.run_equal_accuracy(seeds=2, rows=2000, progress=reported, cancel=cancel)
    assert told == [0.5, 1.0]
