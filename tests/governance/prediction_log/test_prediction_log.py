"""The prediction log: what goes in comes out, by whatever reads it, and every change of a file shows."""

import json
import re
import shutil
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance import (
    AuditLog,
    PredictionLog,
    PredictionLogger,
    check_predictions,
    log_predictions,
    make_log_key,
)
from mlops_widgets.governance.prediction_log.batch_files import Batch

KEY, MODEL = b"sixteen bytes or more", "ab" * 32
ROWS = 300


@cache
def _answers() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    skill = rng.normal(size=ROWS)
    return pd.DataFrame({
        "id": [f"c{row}" for row in range(ROWS)], "skill": skill, "sex": rng.choice(["f", "m"], ROWS),
        "score": 1 / (1 + np.exp(-skill)), "y": (rng.random(ROWS) < 1 / (1 + np.exp(-skill))).astype(int),
        "at": pd.date_range("2026-01-05", periods=ROWS, freq="6h", tz="UTC"),
    })  # fmt: skip


def write(log: PredictionLog, first: int = 0, after: int = ROWS, **more: Any) -> Batch:
    part = _answers().iloc[first:after]
    given: dict[str, Any] = {
        "model_digest": MODEL, "inputs": part[["skill", "sex"]], "scores": part["score"], "decisions": (part["score"] > 0.5).astype(int),
        "threshold": 0.5, "ids": part["id"], "at": part["at"], "key": KEY, "keep": ["sex"], "policy_version": "v1",
    }  # fmt: skip
    return log_predictions(log, **(given | more))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> PredictionLog:
    log = PredictionLog(tmp_path_factory.mktemp("shared") / "log")
    write(log, 0, 200)
    write(log, 200, ROWS, reasons=[["R1", "R2"], []] * 50)
    return log


@pytest.fixture
def copied(shared: PredictionLog, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shared.folder, tmp_path / "log"))


def test_what_was_logged_is_read_back(shared: PredictionLog) -> None:
    frame, answers = PredictionLog(shared.folder).frame(), _answers()
    assert frame["row_id"].tolist() == answers["id"].tolist()
    assert frame["score"].tolist() == answers["score"].tolist()
    assert (frame["at"] == answers["at"]).all()
    assert frame["sex"].tolist() == answers["sex"].tolist()
    assert [list(codes) for codes in frame["reasons"][200:202]] == [["R1", "R2"], []]
    assert set(frame["model"]) == {MODEL}
    assert shared.rows == ROWS


def test_no_input_and_no_key_is_in_any_file_but_what_was_kept(shared: PredictionLog) -> None:
    assert "skill" not in shared.frame()
    content = b"".join(path.read_bytes() for path in shared.folder.rglob("*") if path.is_file())
    assert KEY not in content
    assert KEY.hex().encode() not in content


def test_pandas_polars_and_duckdb_read_the_files_without_us(shared: PredictionLog) -> None:
    files = f"{shared.folder}/predictions/*.parquet"
    total = float(_answers()["score"].sum())
    assert pl.read_parquet(files)["score"].sum() == pytest.approx(total)
    with duckdb.connect() as connection:
        read = connection.execute("SELECT sum(score), count(*) FROM read_parquet(?)", [files]).fetchall()
    assert read[0] == pytest.approx((total, ROWS))
    assert pd.read_parquet(shared.folder / "predictions")["score"].sum() == pytest.approx(total)


def test_an_input_finds_its_own_entry_with_the_key_and_no_other(shared: PredictionLog) -> None:
    row = _answers().iloc[[7]]
    assert shared.find(row[["sex", "skill"]], key=KEY)["row_id"].tolist() == ["c7"]
    assert shared.find(row[["sex", "skill"]], key=b"another key of bytes").empty


def test_a_log_with_labels_is_a_study_that_other_chapters_review(shared: PredictionLog) -> None:
    answers = _answers()
    labels = answers.rename(columns={"id": "row_id"})[["row_id", "y"]]
    test = answers.assign(decision=(answers["score"] > 0.5).astype(int))
    study = shared.study(labels, target="y", groups="sex", test=test, features=["sex"])
    assert study.production is not None
    assert study.model.scores(study.production).tolist() == answers["score"].tolist()
    assert study.labels(study.production).tolist() == answers["y"].tolist()
    review = mw.lifecycle.review_performance(study, draws=100)
    assert isinstance(review, Result)
    assert review.findings[0].status != "not_applicable"
    fairness = mw.governance.assess_fairness(study, draws=100)
    selected = dict(zip(fairness.frame()["group"], fairness.frame()["selection_rate"], strict=True))
    assert selected["f"] == pytest.approx((answers["score"] > 0.5)[answers["sex"] == "f"].mean())


@pytest.mark.parametrize(
    ("answers", "labels", "task"),
    [
        ({"decisions": [True, False] * 20}, [1, 0] * 20, "binary"),
        ({"decisions": ["yes", "no"] * 20}, ["yes", "no", "no", "no"] * 10, "binary"),
        ({"scores": [0.1, 0.9] * 20}, [0, 1] * 20, "binary"),
        ({"decisions": np.arange(40) / 7}, np.arange(40) / 6, "regression"),
        (
            {"scores": np.full((40, 3), 1 / 3), "classes": ["a", "b", "c"], "decisions": ["a", "b", "c", "a"] * 10},
            ["a", "b", "c", "c"] * 10,
            "multiclass",
        ),
    ],
)
def test_answers_of_every_task_make_a_study_without_a_kept_column(
    tmp_path: Path, answers: dict[str, Any], labels: Any, task: str
) -> None:
    log = PredictionLog(tmp_path / "log")
    log_predictions(log, model_digest=MODEL, ids=range(40), **answers)
    study = log.study(pd.DataFrame({"row_id": [str(row) for row in range(40)], "y": labels}), target="y")
    assert (study.task, study.roles.features) == (task, ())


def test_scores_of_classes_are_in_the_order_of_the_classes_as_numbers(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    log_predictions(log, model_digest=MODEL, scores=[[0.5, 0.3, 0.2]], classes=[10, 2, 1])
    assert log.score_columns == ["score_1", "score_2", "score_10"]
    assert PredictionLog(log.folder).frame(*log.score_columns).to_numpy().tolist() == [[0.2, 0.3, 0.5]]


def test_an_untouched_log_verifies_and_the_head_of_another_day_is_found(shared: PredictionLog) -> None:
    check = shared.verify(head=shared.head)
    assert [finding.status for finding in check.findings] == ["passed", "passed", "passed"]
    assert check.rows == ROWS
    assert AuditLog(shared.folder / "log.db").verify().is_intact


def _first_file(folder: Path) -> Path:
    return min((folder / "predictions").glob("*.parquet"))


def test_a_changed_file_is_named_and_nothing_is_read_from_it(copied: Path) -> None:
    file = _first_file(copied)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    check = check_predictions(copied)
    assert check.changed == (f"predictions/{file.name}",)
    assert not check.is_intact
    with pytest.raises(InputError, match="was changed"):
        PredictionLog(copied).frame()


def test_a_missing_and_an_added_file_are_named(copied: Path) -> None:
    file = _first_file(copied)
    file.rename(file.with_name("20260101T000000-0123456789abcdef.parquet"))
    check = check_predictions(copied)
    assert check.missing == (f"predictions/{file.name}",)
    assert check.added == ("predictions/20260101T000000-0123456789abcdef.parquet",)


def test_an_added_file_is_never_read(copied: Path) -> None:
    shutil.copy(_first_file(copied), copied / "predictions" / "20260101T000000-0123456789abcdef.parquet")
    assert len(PredictionLog(copied).frame("row_id")) == ROWS


def test_an_edited_record_breaks_the_chain(copied: Path) -> None:
    journal = copied / "log.db.journal.jsonl"
    journal.write_text(journal.read_text().replace('"rows":200', '"rows":199'))
    assert not check_predictions(copied).is_intact


def test_an_end_that_was_cut_off_with_its_file_shows_by_the_head_alone(shared: PredictionLog, tmp_path: Path) -> None:
    shorter = PredictionLog(tmp_path / "log")
    write(shorter, 0, 200)
    assert shorter.verify().is_intact
    assert not shorter.verify(head=shared.head).is_intact


def test_a_record_that_names_a_file_elsewhere_is_refused(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    batch = write(log, 0, 10)
    stolen = {"file": "../../etc/passwd", "sha256": batch.sha256, "rows": 1, "first": batch.first, "last": batch.last}
    log.records.append("predictions", stolen)
    with pytest.raises(InputError, match="none that a prediction log writes"):
        log.frame()


def test_the_same_batch_twice_is_refused(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    write(log, 0, 10)
    with pytest.raises(InputError, match="in the log already"):
        write(log, 0, 10)
    assert log.rows == 10


def test_later_overrides_stand_beside_the_answer_and_the_last_one_counts(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    write(log, 0, 10, overrides=[1] + [None] * 9)
    log.override("c3", 0, by="Ada King", why="income was wrong", at=datetime(2026, 2, 1, tzinfo=UTC))
    log.override(["c3", "c4"], [1, 0], by="Bo Li", at=datetime(2026, 2, 2, tzinfo=UTC))
    frame = log.frame().set_index("row_id")
    assert frame["override"].dropna().to_dict() == {"c0": 1, "c3": 1, "c4": 0}
    assert frame.loc[["c3", "c4"], "override_by"].tolist() == ["Bo Li", "Bo Li"]
    assert log.rows == 10
    assert log.verify().is_intact
    with pytest.raises(UnknownNameError, match="aren't in this log"):
        log.override("nobody", 1, by="Ada King")
    with pytest.raises(InputError, match="names nobody"):
        log.override("c1", 1, by="tbd")
    with pytest.raises(InputError, match="'override' holds text"):
        log.override("c1", "approve", by="Ada King")


def test_whole_numbers_and_broken_ones_of_a_column_are_read_together_and_text_is_refused(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    for cells in ([1, 2], [0.5, None], [None, None]):
        log_predictions(log, model_digest=MODEL, inputs={"age": cells}, decisions=[0, 1], key=KEY, keep=["age"])
    assert log.frame("age")["age"].fillna(-1).tolist() == [1, 2, 0.5, -1, -1, -1]
    with pytest.raises(InputError, match="'age' holds text and held number"):
        log_predictions(log, model_digest=MODEL, inputs={"age": ["old"]}, decisions=[0], key=KEY, keep=["age"])
    assert log.rows == 6


def test_scores_that_are_no_numbers_are_logged_as_they_are(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    log_predictions(log, model_digest=MODEL, scores=[0.5, np.nan, np.inf])
    assert np.array_equal(log.frame("score")["score"], [0.5, np.nan, np.inf], equal_nan=True)


def test_the_logger_writes_when_enough_is_there_and_at_the_end(tmp_path: Path) -> None:
    with PredictionLogger(tmp_path / "log", model_digest=MODEL, key=KEY, flush_rows=3, keep=["a"]) as logger:
        for number in range(7):
            logger.add(inputs={"a": number}, scores=number / 10, decisions=int(number > 3), reasons=[["R1"]])
        assert logger.log.rows == 6
        before = logger.log.frame("at")["at"]
        assert before.is_monotonic_increasing
    assert PredictionLog(tmp_path / "log").frame("a")["a"].tolist() == list(range(7))
    assert logger.flush() is None
    with pytest.raises(InputError, match="no argument 'score'"):
        logger.add(score=1)


def test_the_digest_of_a_model_is_that_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "model.skops"
    file.write_bytes(b"a model")
    log = PredictionLog(tmp_path / "log")
    log_predictions(log, model_digest=file, decisions=[1])
    log_predictions(log, model_digest="sha256:" + "AB" * 32, decisions=[1])
    assert log.frame("model")["model"].tolist() == [sha256(b"a model").hexdigest(), MODEL]
    with pytest.raises(InputError, match="isn't loaded from a file"):
        log_predictions(log, study=mw.sample("census"), decisions=[1])


def test_a_key_is_needed_must_be_long_and_lies_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = PredictionLog(tmp_path / "log")
    given: dict[str, Any] = {"model_digest": MODEL, "inputs": {"a": 1}, "decisions": 1}
    with pytest.raises(InputError, match=r"a bare SHA-256 of a row with few possible values can be guessed"):
        log_predictions(log, **given)
    with pytest.raises(InputError, match="has 4 bytes"):
        log_predictions(log, **given, key=b"abcd")
    with pytest.raises(InputError, match="1 of them different"):
        log_predictions(log, **given, key=b"a" * 64)
    (log.folder / "log.key").write_bytes(KEY)
    with pytest.raises(InputError, match="lies in the log's folder"):
        log_predictions(log, **given, key=log.folder / "log.key")
    with pytest.raises(InputError, match="no such variable"):
        log_predictions(log, **given, key="env:NO_SUCH_KEY")
    with pytest.raises(WrongTypeError, match="key= is int"):
        log_predictions(log, **given, key=5)  # type: ignore[arg-type]  # what the error is about
    file = make_log_key(tmp_path / "log.key")
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(InputError, match="already"):
        make_log_key(file)
    monkeypatch.setenv("LOG_KEY", file.read_text())
    log_predictions(log, **given, key=file)
    log_predictions(log, **given, key="env:LOG_KEY")
    assert len(set(log.frame("input_hmac")["input_hmac"])) == 1
    assert len({batch.key for batch in log.batches()}) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Neither scores= nor decisions="),
        ({"scores": [1, 2], "decisions": [1]}, r"decisions= has 1 values for 2 rows"),
        ({"scores": ["high"]}, "scores= holds cells that are no numbers"),
        ({"scores": [[0.1, 0.9]]}, "Name the class of each"),
        ({"decisions": [1, "a"]}, "several kinds"),
        ({"decisions": [1, 1], "ids": ["a", "a"]}, "ids= repeats 1 ids"),
        ({"decisions": [1, 1], "ids": "a"}, "one id for 2 rows"),
        ({"decisions": [1], "ids": [None]}, "rows without an id"),
        ({"decisions": [1], "ids": ["x" * 300]}, "more than 200"),
        ({"decisions": [1], "at": "yesterday"}, "can't be read as times"),
        ({"decisions": [1], "at": [pd.NaT]}, "rows without a time"),
        ({"decisions": [1], "reasons": [["x" * 101]]}, "a code of 101 characters"),
        ({"decisions": [1], "reasons": [["x"] * 21]}, "21 codes"),
        ({"decisions": [1, 1], "reasons": [["x"]]}, "one entry for each of 2 rows"),
        ({"decisions": [1], "overrides": {"by": "Ada King"}}, "without saying what was decided"),
        ({"decisions": [1], "overrides": {"dicision": [1]}}, "Did you mean 'decision'"),
        ({"decisions": [1], "overrides": ["no"]}, "'override' holds text"),
        ({"decisions": [1], "policy_version": "x" * 2000}, "2,000 characters"),
        ({"decisions": [1], "policy_version": 3}, "Allowed: text"),
        ({"decisions": [], "scores": []}, "nothing to log"),
        ({"decisions": [1], "keep": ["a"]}, "which isn't given"),
        ({"decisions": [1], "inputs": {"a": 1}, "keep": ["b"]}, "Unknown column 'b' in keep="),
        ({"decisions": [1], "inputs": {"score": 1}, "keep": ["score"]}, r"keep=\{'score': 'input_score'\}"),
        ({"decisions": [1], "inputs": {"a": 1, "b": 2}, "keep": {"a": "x", "b": "x"}}, "a name of its own"),
        ({"decisions": [1], "inputs": 5}, "inputs= is int"),
        ({"decisions": [1], "model_digest": None}, "model_digest= is missing"),
        ({"decisions": [1], "model_digest": "v7"}, "'v7' can't be read"),
    ],
)
def test_what_cant_be_logged_is_said_and_nothing_is_written(
    tmp_path: Path, given: dict[str, Any], message: str
) -> None:
    log = PredictionLog(tmp_path / "log")
    with pytest.raises((InputError, UnknownNameError), match=message):
        log_predictions(log, **({"model_digest": MODEL, "key": KEY} | given))
    assert log.entries() == []
    assert list((log.folder / "predictions").iterdir()) == []


def test_hostile_text_is_kept_in_one_line_and_comes_out_escaped(tmp_path: Path) -> None:
    log = PredictionLog(tmp_path / "log")
    log_predictions(
        log, model_digest=MODEL, decisions=["<script>alert(1)</script>", "b"] * 20, reasons=[["=cmd|'/c calc'!A1\n\u202e"]] * 40,
        at=pd.date_range("2026-01-05", periods=40, freq="D"),
    )  # fmt: skip
    assert log.frame("reasons")["reasons"][0][0] == "=cmd|'/c calc'!A1"
    usage = mw.governance.review_usage(log)
    page = usage.contents(".html").decode()
    assert "<script>alert(1)" not in re.sub(
        r"<script[^>]*type=.application/json.*?</script>", "", page, flags=re.DOTALL
    )
    assert json.loads(usage.contents(".json"))["rows"] == 40


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds other files"):
        PredictionLog(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(InputError, match="Name a folder in one that exists"):
        PredictionLog(tmp_path / "no" / "such")
    with pytest.raises(InputError, match="no prediction log"):
        check_predictions(tmp_path)


def test_an_empty_log_says_so_and_an_unknown_column_names_the_nearest(tmp_path: Path, shared: PredictionLog) -> None:
    log = PredictionLog(tmp_path / "log")
    assert (log.rows, log.verify().is_intact) == (0, True)
    with pytest.raises(InputError, match="holds no entries"):
        log.frame()
    with pytest.raises(UnknownNameError, match="Did you mean 'score'"):
        shared.frame("scor")
