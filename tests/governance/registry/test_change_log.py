"""The change log: every recorded difference between versions is told, once, and no other."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.registry.change_log import _between, describe_changes
from mlops_widgets.governance.registry.entries import ModelMetric, ModelSignature, ModelVersion

SIGNATURE = ModelSignature(inputs={"age": "int64", "income": "float64"}, task="binary", classes=2)
METRIC = ModelMetric(name="ROC AUC", value=0.70, lower=0.68, upper=0.72, n=900, table="test")


def _version(number: int = 1, **other: object) -> ModelVersion:
    usual: dict[str, object] = {
        "name": "loans", "digest": f"{number:064x}", "file": "m", "author": "Ada King", "note": "Better.", "signature": SIGNATURE,
        "lineage": {"python": "3.11.7", "fingerprint": f"{number:016x}"}, "tables": {"test": "aa"}, "metrics": (METRIC,),
        "version": number, "at": "2026-03-31T12:00:00+00:00",
    }  # fmt: skip
    return ModelVersion(**{**usual, **other})  # type: ignore[arg-type]  # as each test has it


def _told(before: Mapping[str, object], after: Mapping[str, object]) -> list[tuple[str, str, bool]]:
    change = _between(_version(1, **before), _version(2, **after), ())
    return [(each.kind, each.text, each.sure) for each in change.lines]


def test_where_nothing_changed_only_the_metric_is_told() -> None:
    assert _told({}, {}) == [("metric", "ROC AUC on test is .70 [.68, .72] as before, on the same rows.", False)]


def test_columns_that_came_went_or_changed_type_are_told() -> None:
    other = ModelSignature(inputs={"age": "float64", "job": "object"}, task="multiclass", classes=3)
    told = [text for kind, text, _ in _told({}, {"signature": other}) if kind in {"inputs", "task"}]
    assert told == [
        "It takes job as well.", "It no longer takes income.", "Columns of another type: age (from int64 to float64).",
        "The task was binary of 2 classes, and is multiclass of 3 classes.",
    ]  # fmt: skip


def test_what_is_not_recorded_is_not_made_up() -> None:
    told = [text for _, text, _ in _told({"signature": None, "tables": {}, "metrics": ()}, {"metrics": ()})]
    assert told == [
        "Which columns both versions take isn't recorded.",
        "Which data both versions came with isn't recorded.",
    ]


@pytest.mark.parametrize(
    ("value", "sure", "words"),
    [(0.80, True, "rose"), (0.60, True, "fell"), (0.73, False, "rose"), (0.67, False, "fell")],
)
def test_a_metric_moved_for_certain_where_the_intervals_lie_apart(value: float, sure: bool, words: str) -> None:
    now = ModelMetric(name="ROC AUC", value=value, lower=value - 0.02, upper=value + 0.02, n=900, table="test")
    ((_, text, found),) = _told({}, {"metrics": (now,)})
    assert found == sure
    assert f"{words} from" in text
    assert ("for certain" in text) == sure
    assert "on the same rows" in text


def test_without_intervals_nothing_is_certain() -> None:
    now = ModelMetric(name="ROC AUC", value=0.99, table="test")
    ((_, text, sure),) = _told({}, {"metrics": (now,)})
    assert not sure
    assert "isn't known without intervals" in text


def test_what_is_not_known_of_both_versions_is_not_compared() -> None:
    gone = ModelMetric(name="ROC AUC", value=float("nan"), table="test")
    for before, after in ((gone, gone), (METRIC, gone), (gone, METRIC)):
        ((_, text, sure),) = _told({"metrics": (before,)}, {"metrics": (after,)})
        assert text == "ROC AUC on test can't be compared: it isn't known of both versions."
        assert not sure
    told = [text for kind, text, _ in _told({"tables": {}}, {}) if kind == "metric"]
    assert told == ["ROC AUC on test is .70 [.68, .72] as before, on rows that aren't recorded."]


def test_other_rows_libraries_and_metrics_are_told() -> None:
    now = ModelMetric(name="accuracy", value=0.9, lower=0.8, upper=0.95, n=50, table="test")
    told = _told({}, {"tables": {"test": "bb", "production": "cc"}, "lineage": {"python": "3.12.1"}, "metrics": (now,)})
    assert [text for _, text, _ in told] == [
        "accuracy on test is new: .90 [.80, .95].", "ROC AUC on test was .70 [.68, .72], and isn't measured.",
        "Other rows: test.", "New tables: production.", "Other versions: python from 3.11.7 to 3.12.1.",
    ]  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> mw.governance.Registry:
    found = mw.governance.Registry(tmp_path / "models", clock=lambda: datetime(2026, 3, 31, tzinfo=UTC))
    for at, note in enumerate(("First.", "", "<script>window.pwned=1</script>")):
        found.register(LogisticRegression(C=1.0 + at), name="loans", author="Ada King", note=note, metrics=[METRIC])
    found.demote("loans", 2, by="Bo Lee", reason="Not needed.")
    return found


def test_versions_are_compared_one_by_one_the_newest_first(registry: mw.governance.Registry) -> None:
    log = describe_changes(registry, "loans")
    assert [(each.before, each.after) for each in log.changes] == [(2, 3), (1, 2)]
    assert [each.code for each in log.findings] == ["GV-CL-01", "GV-CL-03"]
    assert log.findings[1].claim == "Nobody said why there is version 2."
    assert any(line.kind == "decision" and "Bo Lee" in line.text for line in log.changes[1].lines)
    assert b"<script>window.pwned" not in log.contents(".html")
    assert Result.from_dict(log.to_dict()).to_dict() == log.to_dict()


def test_two_versions_can_be_chosen_in_either_direction(registry: mw.governance.Registry) -> None:
    (change,) = describe_changes(registry, "loans", before=3, after=1).changes
    assert (change.before, change.after) == (3, 1)


def test_what_cannot_be_compared_is_refused(registry: mw.governance.Registry, tmp_path: Path) -> None:
    with pytest.raises(WrongTypeError):
        describe_changes(tmp_path, "loans")  # type: ignore[arg-type]  # as a caller might
    for options in ({"before": 1}, {"before": 1, "after": 1}):
        with pytest.raises(InputError):
            describe_changes(registry, "loans", **options)
    for name, after in (("loans", 9), ("laons", 2)):
        with pytest.raises(UnknownNameError):
            describe_changes(registry, name, before=1, after=after)
