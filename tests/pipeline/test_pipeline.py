"""A pipeline does what isn't done yet, on rows whose labels had arrived, and says what it came to."""

import errno
import json
import pickle
import socket
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Finding, NoResult, write_atomically
from mlops_widgets.data_quality import ColumnRules, Contract
from mlops_widgets.errors import InputError, UnsafeModelError, WrongTypeError
from mlops_widgets.pipeline import artefacts, steps
from mlops_widgets.pipeline.artefacts import Kept
from mlops_widgets.pipeline.ledger import KIND, MODEL, Ledger
from mlops_widgets.pipeline.pipeline import Pipeline
from mlops_widgets.pipeline.pipeline_result import EXIT_CODES
from mlops_widgets.pipeline.products import Skipped, StoredModel
from mlops_widgets.pipeline.registry import ModelFolder
from mlops_widgets.pipeline.run_lock import only_run
from mlops_widgets.pipeline.training import training_rows
from mlops_widgets.records import open_records
from tests.pipeline.small import QUICK, pipeline, study

NOW = datetime(2025, 1, 1, tzinfo=UTC)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_second_run_does_nothing_again(tmp_path: Path) -> None:
    first, second = pipeline(tmp_path).run(now=NOW), pipeline(tmp_path).run(now=NOW)
    assert {each.status for each in first.steps} == {"ran"}
    assert {each.status for each in second.steps[1:]} == {"cached"}
    assert (first.verdict, first.exit_code, second.exit_code) == ("retrain", 3, 3)
    assert len(open_records(tmp_path / "records.db").read(MODEL)) == 1


def test_a_later_day_trains_no_other_model_on_the_same_rows(tmp_path: Path) -> None:
    pipeline(tmp_path).run(now=NOW)
    later = pipeline(tmp_path).run(now=datetime(2025, 2, 1, tzinfo=UTC))
    assert later.step("rows").status == "ran"
    assert later.step("retrain").status == "cached"


def test_another_code_or_option_runs_what_depends_on_it(tmp_path: Path) -> None:
    pipeline(tmp_path).run(now=NOW)
    changed = pipeline(tmp_path, holdout=0.5, steps={"drift": lambda study: {"of": study.name}}).run(now=NOW)
    ran = {each.name for each in changed.steps if each.status == "ran"}
    assert ran == {"load", "drift", "rows", "retrain", "compare", "gate", "register", "report"}


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    result = pipeline(tmp_path / "out").run(dry_run=True)
    assert files(tmp_path) == []
    assert (result.verdict, result.exit_code, result.run) == ("dry run", 0, 0)
    pipeline(tmp_path / "out").run(now=NOW)
    before = files(tmp_path)
    told = pipeline(tmp_path / "out").run(dry_run=True, now=NOW)
    assert files(tmp_path) == before
    assert {each.status for each in told.steps[1:]} == {"cached"}


def test_rows_without_a_label_are_never_used_and_nothing_is_made_up() -> None:
    rows = training_rows(study(), now=None, window_days=None, holdout=0.25)
    assert rows.unlabelled == 50
    for table in (rows.learn, rows.judge):
        assert table["y"].notna().all()
    kept = {*rows.learn["when"], *rows.judge["when"]}
    production = study().need("production")
    assert not kept & set(production["when"][production["y"].isna()])


@pytest.mark.parametrize("now", [None, datetime(2024, 7, 15, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)])
def test_labels_that_came_later_change_nothing(now: datetime | None) -> None:
    rows = training_rows(study(), now=now, window_days=None, holdout=0.25)
    first = rows.judge["when"].min()
    assert (rows.learn["known"] <= first).all()
    assert rows.learn["when"].max() < first
    if now is not None:
        assert rows.judge["known"].max() <= now.replace(tzinfo=None)
        assert rows.not_yet > 0


def test_a_window_leaves_old_rows_out() -> None:
    rows = training_rows(study(), now=None, window_days=60, holdout=0.25)
    every = training_rows(study(), now=None, window_days=None, holdout=0.25)
    assert rows.learn.rows < every.learn.rows
    assert (rows.judge["when"].min() - rows.learn["when"].min()).days <= 67


def test_data_that_break_their_contract_decide_nothing(tmp_path: Path) -> None:
    broken = Contract(name="small", columns=(ColumnRules(name="x", lower=50),))
    made = Pipeline(
        study(),
        out=tmp_path,
        contract=broken,
        steps={**QUICK, "decide": steps.decide, "review": lambda validate: {"ok": 1}},
    )
    result = made.run(now=NOW)
    assert (result.verdict, result.exit_code, result.promoted) == ("failed", 1, False)
    assert result.step("retrain").status == "skipped"


def test_labels_that_are_still_to_come_break_no_contract() -> None:
    contract = Contract(name="small", columns=(ColumnRules(name="y", missing_share=0.0),))
    found = steps.validate(study(), contract, NOW)
    assert not isinstance(found, Skipped)
    assert {each.status for each in found.findings} & {"failed"} == set()


def compared(gain_lower: object, margin: object, status: Any = "passed") -> Any:
    found = NoResult(findings=(Finding(code="X-00", status=status, claim="Compared."),), rows=0, strategy="x")
    object.__setattr__(found, "gain_lower", gain_lower)
    object.__setattr__(found, "margin", margin)
    return found


@pytest.mark.parametrize(
    ("gain", "margin", "status", "promote"),
    [(-0.01, 0.02, "passed", True), (-0.03, 0.02, "passed", False), (float("nan"), 0.02, "passed", False), (0.1, None, "passed", False),
     (0.1, 0.02, "failed", False)],
)  # fmt: skip
def test_only_a_challenger_that_is_surely_not_worse_passes(
    gain: float, margin: float | None, status: Any, promote: bool
) -> None:
    assert steps.gate(compared(gain, margin, status), None)["promote"] is promote


def test_a_margin_of_the_pipelines_own_counts_first() -> None:
    assert steps.gate(compared(-0.03, 0.02), 0.05)["promote"]


@pytest.mark.parametrize(("said", "code"), [("keep", 0), ("retire", 4), ("not enough data", 5)])
def test_the_exit_code_is_the_verdict(tmp_path: Path, said: str, code: int) -> None:
    result = pipeline(tmp_path, steps={"decide": lambda study: said}).run(now=NOW)
    assert (result.verdict, result.exit_code) == (said, code)
    assert result.step("register").status == "skipped"
    assert len(set(EXIT_CODES.values()) - {2}) == len(EXIT_CODES) - 1  # a dry run ends as keep does


def test_a_model_that_fails_the_gate_is_not_registered(tmp_path: Path) -> None:
    result = pipeline(
        tmp_path, steps={"gate": lambda compare: {"promote": False, "why": "Worse."}, "register": steps.register}
    ).run(now=NOW)
    assert (result.exit_code, result.promoted, result.model) == (6, False, "")
    assert not (tmp_path / "models").exists()


def test_what_a_users_step_raises_is_told_by_type_and_place_and_never_by_its_words(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def drift(study: Any) -> None:
        raise ValueError("CANARY of Ada King")

    result = pipeline(tmp_path, steps={"drift": drift}).run(now=NOW)
    assert (result.verdict, result.exit_code) == ("failed", 1)
    assert "ValueError was raised in line" in result.step("drift").why
    everything = str(result) + json.dumps(result.to_dict()) + "".join(capfd.readouterr())
    everything += "".join(path.read_bytes().decode("latin-1") for path in tmp_path.rglob("*") if path.is_file())
    assert "CANARY" not in everything
    mended = pipeline(tmp_path).run(now=NOW)
    assert (mended.verdict, mended.step("drift").status, mended.step("score").status) == ("retrain", "ran", "cached")


def test_the_log_and_the_ledger_hold_no_cells(tmp_path: Path) -> None:
    pipeline(tmp_path).run(now=NOW)
    told = (tmp_path / "log.jsonl").read_text() + (tmp_path / "records.db.journal.jsonl").read_text()
    cells = [f"{cell!r}" for cell in study().need("production")["x"]]
    assert not [cell for cell in cells if cell in told]
    events = [json.loads(line)["event"] for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert (events[0], events[-1]) == ("run started", "run finished")


@pytest.mark.parametrize("writes", range(1, 6))
def test_a_full_disk_is_said_and_the_ledger_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    real, left = write_atomically, [writes]

    def full(path: Path, content: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(artefacts, "write_atomically", full)
        with pytest.raises(InputError, match=r"No space left on device\. What was finished before is kept"):
            pipeline(tmp_path).run(now=NOW)
    assert open_records(tmp_path / "records.db").verify() == []
    result = pipeline(tmp_path).run(now=NOW)
    assert (result.verdict, result.continued) == ("retrain", True)
    assert sum(each.status == "cached" for each in result.steps) == writes


def test_a_corrupt_ledger_is_recovered_and_said_and_the_run_goes_on(tmp_path: Path) -> None:
    pipeline(tmp_path).run(now=NOW)
    file = tmp_path / "records.db"
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 400] = bytes(400)
    file.write_bytes(content)
    result = pipeline(tmp_path).run(now=NOW)
    assert "LC-PI-05" in {each.code for each in result.findings}
    assert result.exit_code == 3
    assert len(open_records(file).read(MODEL)) == 1


def test_an_artefact_that_was_changed_is_made_again(tmp_path: Path) -> None:
    first = pipeline(tmp_path).run(now=NOW)
    (tmp_path / "artefacts" / first.step("score").file).write_bytes(b"changed")
    second = pipeline(tmp_path).run(now=NOW)
    assert second.step("score").status == "ran"
    assert second.step("score").digest == first.step("score").digest
    assert "LC-PI-06" in {each.code for each in second.findings}


def test_two_runs_at_once_are_refused_by_name_and_a_dead_ones_lock_is_taken(tmp_path: Path) -> None:
    with (
        only_run(tmp_path),
        pytest.raises(InputError, match=r"Another run is at work in .*: process \d+ on .*, since 20"),
    ):
        pipeline(tmp_path).run(now=NOW)
    (tmp_path / "run.json").write_text('{"process": 1, "machine": "gone", "since": "2020"}')
    assert pipeline(tmp_path).run(now=NOW).verdict == "retrain"
    assert not (tmp_path / "run.json").exists()


def test_the_status_tells_the_last_run_and_writes_nothing(tmp_path: Path) -> None:
    made = pipeline(tmp_path / "out")
    assert made.status() is None
    assert files(tmp_path) == []
    made.run(now=NOW)
    before = files(tmp_path)
    last = made.status()
    assert last is not None
    assert (last.verdict, list(last.steps)) == ("retrain", list(made.graph()))
    assert files(tmp_path) == before


def test_other_pipelines_and_kinds_in_the_records_are_passed_by(tmp_path: Path) -> None:
    records = tmp_path / "shared.db"
    pipeline(tmp_path / "a", name="a", records=records).run(now=NOW)
    open_records(records).append(
        KIND, {"pipeline": "b", "event": "step finished", "key": 7, "kept": {"digest": "../../x"}}
    )
    result = pipeline(tmp_path / "b", name="b", records=records).run(now=NOW)
    assert {each.status for each in result.steps} == {"ran"}
    assert len(open_records(records).read(MODEL)) == 2


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"mine": lambda nothing: nothing}, "needs 'nothing', which it can't be given"),
        ({"one": lambda two: two, "two": lambda one: one}, "in a circle"),
        ({"study": lambda: 1}, "names 'study'"),
        ({"load": lambda: 1}, "names 'load'"),
        ({"drift": 3}, "is int. Pass a function"),
        ({"drift": lambda drift: drift}, "needs 'drift'"),
    ],
)
def test_steps_that_cant_be_run_are_refused_at_once(tmp_path: Path, given: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        pipeline(tmp_path, steps=given)


@pytest.mark.parametrize(
    "options",
    [{"holdout": 1}, {"window_days": 0}, {"margin": -1}, {"seed": -1}, {"notebooks": ["x"]}, {"name": ""}, {"calendar": 0}, {"chunks": 3}],
)  # fmt: skip
def test_options_out_of_range_are_refused_by_name(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        Pipeline(study(), **options)


def test_what_is_no_contract_or_moment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongTypeError, match="contract=str"):
        Pipeline(study(), contract="c.toml")  # type: ignore[arg-type]  # the point of the test
    with pytest.raises(WrongTypeError, match="now='today'"):
        pipeline(tmp_path).run(now="today")  # type: ignore[arg-type]  # the point of the test


def test_what_a_step_returns_and_nothing_can_keep_ends_the_run_with_a_word(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Step 'drift' returned object"):
        pipeline(tmp_path, steps={"drift": lambda study: object()}).run(now=NOW)


def test_a_model_that_cant_be_refitted_is_reviewed_and_not_retrained(tmp_path: Path) -> None:
    test = study().need("test").pandas()
    logged = mw.load_study(
        predict_proba=lambda frame: (frame["x"] > 0).to_numpy() * 0.8 + 0.1, test=test, target="y", features=["x"]
    )
    result = Pipeline(logged, out=tmp_path, steps=QUICK).run(now=NOW)
    assert result.step("rows").status == "skipped"
    assert "can't be refitted" in result.step("rows").why
    assert result.exit_code == 6


def test_a_registered_model_is_the_one_that_was_trained(tmp_path: Path) -> None:
    file = tmp_path / f"{'0' * 64}.skops"
    file.write_bytes(b"swapped")
    swapped = StoredModel(path=file, digest="0" * 64)
    registry = ModelFolder(tmp_path / "models", Ledger(open_records(tmp_path / "records.db"), "p"))
    with pytest.raises(InputError, match="was changed since it was trained"):
        registry.add(swapped, {})
    with pytest.raises(InputError, match="was changed since it was trained"):
        swapped.open()
    assert not (tmp_path / "models").exists()


@pytest.mark.parametrize(
    "entry",
    [
        {"event": "run started", "run": "x", "now": "2025-01-01T00:00:00+00:00"},
        {"event": "run started", "run": 1, "now": "\x1b[31m"},
        {"event": "run finished", "run": 1, "steps": [1]},
        {"event": "step finished", "run": 1, "key": "k", "kept": {"kind": "model", "digest": "../x", "suffix": ".pkl"}},
    ],
)
def test_entries_of_another_form_in_a_ledger_are_passed_by(tmp_path: Path, entry: dict[str, Any]) -> None:
    records = open_records(tmp_path / "records.db")
    records.append(KIND, {"pipeline": "pipeline", **entry})
    ledger = Ledger(records, "pipeline")
    assert (ledger.last(), ledger.finished()) == (None, {})


@pytest.mark.parametrize(
    ("kind", "content"),
    [("plain", b"[" * 100_000), ("result", b'{"type": "core.Nothing"}'), ("result", b"3"), ("table", b"PAR1")],
)
def test_an_artefact_that_another_program_wrote_is_told_in_words(tmp_path: Path, kind: str, content: bytes) -> None:
    kept = Kept(kind=kind, digest=sha256(content).hexdigest(), suffix=".json")
    (tmp_path / kept.file).write_bytes(content)
    with pytest.raises(InputError):
        artefacts.Artefacts(tmp_path).read(kept)


def test_no_model_is_opened_from_a_pickle_that_lies_under_its_name(tmp_path: Path) -> None:
    content = pickle.dumps(LogisticRegression())
    kept = Kept(kind="model", digest=sha256(content).hexdigest(), suffix=".skops")
    (tmp_path / kept.file).write_bytes(content)
    stored = artefacts.Artefacts(tmp_path, trust="pickle").read(kept)
    assert stored.trust is None  # what is vouched for is the study's model, and not what a folder holds
    with pytest.raises(UnsafeModelError):
        stored.open()


def test_a_link_in_an_artefacts_place_is_made_again(tmp_path: Path) -> None:
    kept = artefacts.Artefacts(tmp_path / "here").keep({"a": 1}, {}, step="s")
    (tmp_path / "here" / kept.file).rename(tmp_path / "elsewhere")
    (tmp_path / "here" / kept.file).symlink_to(tmp_path / "elsewhere")
    assert not artefacts.Artefacts(tmp_path / "here").holds(kept)


def test_no_step_or_engine_connects_to_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *given: asked.append(given))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **_: asked.append(given))
    assert pipeline(tmp_path).run(now=NOW).verdict == "retrain"
    assert asked == []
