import json
import os
import pickle
import sys
from dataclasses import FrozenInstanceError, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from mlops_widgets import errors
from mlops_widgets.core import display
from mlops_widgets.core.exports import lazy
from mlops_widgets.core.progress import check_cancel, part, steps
from mlops_widgets.core.result import Finding, NoResult, Result, type_name, write_atomically
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import CancelledError, InputError, MissingInputError, ModelError, UnknownNameError


@dataclass(frozen=True, kw_only=True)
class Measured(Result):
    numbers: npt.NDArray[np.float64]


def _finding(**changes: Any) -> Finding:
    return Finding(**{"code": "XX-01", "status": "failed", "claim": "It fell.", "action": "Look.", **changes})


def _result() -> Measured:
    return Measured(
        findings=(_finding(), _finding(status="passed", code="XX-02")), rows=3, numbers=np.array([1.0, np.nan])
    )


# ---- Result


def test_a_result_cannot_be_changed_and_does_not_follow_the_callers_arrays() -> None:
    mine, evidence = np.array([1.0]), {"x": 1}
    result = Measured(findings=(_finding(evidence=evidence),), rows=1, numbers=mine)
    mine[0], evidence["x"] = 2.0, 2
    assert result.numbers[0] == 1.0
    assert result.findings[0].evidence == {"x": 1}
    with pytest.raises(ValueError, match="read-only"):
        result.numbers[0] = 3.0
    with pytest.raises(FrozenInstanceError):
        result.rows = 2  # type: ignore[misc]


def test_a_result_speaks_by_its_first_finding_and_lists_what_to_do() -> None:
    result = _result()
    assert (result.headline, result.status) == ("It fell.", "failed")
    assert str(result).splitlines() == ["■ failed  XX-01  It fell.", "    → Look.", "● passed  XX-02  It fell."]
    assert result.frame()["code"].tolist() == ["XX-01", "XX-02"]


def test_findings_are_ordered_by_status_then_cost_then_code() -> None:
    given = [
        ("passed", None, "a"),
        ("failed", 1.0, "c"),
        ("failed", 2.0, "b"),
        ("warning", 9.0, "d"),
        ("failed", 1.0, "a"),
    ]
    findings = [_finding(status=status, cost=cost, code=code) for status, cost, code in given]
    assert [f.code for f in sorted(findings, key=lambda f: f.order)] == ["b", "a", "c", "d", "a"]
    with pytest.raises(InputError, match="Allowed: passed"):
        _finding(status="fine")


def test_a_result_round_trips_through_json() -> None:
    plain = json.loads(json.dumps(_result().to_dict(), allow_nan=False))
    back = Result.from_dict(plain)
    assert isinstance(back, Measured)
    assert back.to_dict() == plain


@pytest.mark.parametrize("name", [None, "os.system", "overfitting.", "overfitting.compare_live", "sys", "", "core.Result.x", 3,
                                  "antigravity.Result", "study.Study"])  # fmt: skip
def test_an_unknown_type_is_refused_and_nothing_is_imported_by_name(name: Any) -> None:
    before = {module for module in sys.modules if not module.startswith("mlops_widgets")}
    with pytest.raises(InputError, match="is no Result"):
        Result.from_dict({"type": name, "findings": [], "rows": 1})
    assert "antigravity" not in sys.modules
    assert "antigravity" not in {m for m in sys.modules if not m.startswith("mlops_widgets")} - before


def test_a_result_of_another_type_or_no_mapping_is_refused() -> None:
    with pytest.raises(InputError, match="is no NoResult"):
        NoResult.from_dict(_result().to_dict())
    others: list[Any] = [[], "text", None]
    for plain in others:
        with pytest.raises(InputError):
            Result.from_dict(plain)
    with pytest.raises(InputError, match="rows"):
        Result.from_dict({**_result().to_dict(), "rows": "many"})


def test_types_are_found_again_after_a_fresh_start(monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_widgets.overfitting.monitoring.live_gap import LiveGapResult
    from mlops_widgets.study.describing import StudyDescription

    for cls in (LiveGapResult, StudyDescription):
        with pytest.raises(InputError, match="can't be read back"):
            Result.from_dict({"type": type_name(cls)})


def test_a_result_is_saved_by_its_suffix(tmp_path: Path) -> None:
    path = _result().save(tmp_path / "r.json")
    assert Result.from_dict(json.loads(path.read_text(encoding="utf-8"))).rows == 3
    with pytest.raises(InputError, match=r"\.json, \.png, \.html or \.pdf"):
        _result().save(tmp_path / "r.pkl")
    with pytest.raises(InputError, match="no folder"):
        _result().save(tmp_path / "missing" / "r.json")
    assert [each.name for each in tmp_path.iterdir()] == ["r.json"]


def test_a_failed_write_leaves_the_old_content_and_no_temporary_file(tmp_path: Path) -> None:
    path = tmp_path / ("long" * 60 + ".json")
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "not bytes")  # type: ignore[arg-type]
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        write_atomically(tmp_path / "folder", b"new")
    assert path.read_bytes() == b"old"
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["folder", path.name])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no umask of files")
def test_a_file_is_as_open_to_others_as_its_owner_wants(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        path = _result().save(tmp_path / "r.json")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(tmp_path / "theirs")
    write_atomically(tmp_path / "link", b"ours")
    assert ((tmp_path / "theirs").read_bytes(), (tmp_path / "link").read_bytes()) == (b"theirs", b"ours")


def test_half_a_character_is_saved_and_read_back(tmp_path: Path) -> None:
    half = Measured(findings=(_finding(claim="\ud800 fell"),), rows=1, numbers=np.zeros(1))
    assert json.loads(half.save(tmp_path / "r.json").read_bytes())["findings"][0]["claim"] == "\ud800 fell"


# ---- display


def test_without_a_notebook_a_result_prints_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    _result()._ipython_display_()
    assert "XX-01" in capsys.readouterr().out


def test_a_result_without_a_picture_of_its_own_gets_verdict_and_table() -> None:
    assert display.card_of(_result()).headline == "It fell."
    with pytest.raises(TypeError, match="No picture"):
        display.card_of(3)


def test_a_bundle_carries_metadata() -> None:
    assert display.Bundle({"text/plain": "x"}, {"isolated": True}).metadata == {"isolated": True}
    assert display.Bundle({}).metadata == {}


# ---- strategy


def test_a_missing_input_is_not_applicable_a_failing_model_fails_and_bugs_raise() -> None:
    def raises(error: Exception) -> Any:
        @strategy("XX")
        def look(study: object, *, deep: bool = False) -> Measured:
            if deep:
                raise error
            return _result()

        return look

    assert isinstance(raises(ValueError())(object()), Measured)
    missing = raises(MissingInputError("production table", "Pass production=."))(object(), deep=True)
    assert (missing.status, missing.missing, missing.strategy) == ("not_applicable", "production table", "look")
    assert missing.findings[0].action == "Pass production=."
    failed = raises(ModelError("the model raised"))(object(), deep=True)
    assert (failed.status, failed.findings[0].code, failed.missing) == ("failed", "XX-00", "")
    assert failed.findings[0].claim == "The model raised."
    quoting = raises(ModelError("Model raised ValueError in predict on test", quoted="'a cell of the user's'"))
    assert quoting(object(), deep=True).findings[0].claim == "Model raised ValueError in predict on test."
    for bug in (ValueError("bug"), InputError("wrong"), KeyError("x"), CancelledError("stop")):
        with pytest.raises(type(bug)):
            raises(bug)(object(), deep=True)


@pytest.mark.parametrize("given", [pd.DataFrame({"y": [0, 1]}), "loans", None, LinearRegression(), ([[1]], [1])])
def test_a_strategy_called_with_a_table_or_a_model_says_how_to_make_a_study(given: Any) -> None:
    @strategy("XX")
    def look(study: Any) -> Measured:
        return _result()

    with pytest.raises(TypeError, match=r"look takes a Study, not \w+: pass mw.load_study") as caught:
        look(given)
    assert isinstance(caught.value, InputError)


# ---- progress and cancel


def test_steps_report_their_share_and_stop_when_asked() -> None:
    seen: list[tuple[float, str]] = []
    assert list(steps("ab", "letter", lambda share, text: seen.append((share, text)), None)) == ["a", "b"]
    assert seen == [(0.5, "letter 1 of 2"), (1.0, "letter 2 of 2")]
    assert list(steps("ab", "letter", None, lambda: False)) == ["a", "b"]
    with pytest.raises(CancelledError):
        list(steps("ab", "letter", None, lambda: True))
    check_cancel(None)


def test_a_part_of_the_whole_moves_one_bar() -> None:
    seen: list[float] = []
    inner = part(lambda share, _: seen.append(share), 0.5, 1.0)
    assert inner is not None
    inner(0.0, "")
    inner(1.0, "")
    assert seen == [0.5, 1.0]
    assert part(None, 0, 1) is None


# ---- errors and lazy names


def test_errors_are_also_the_builtins_that_they_refine() -> None:
    assert issubclass(InputError, ValueError)
    assert issubclass(UnknownNameError, KeyError)
    assert issubclass(ModelError, RuntimeError)
    error = pickle.loads(pickle.dumps(ModelError("Model raised KeyError", quoted="'x'")))
    assert (str(error), error.claim) == ("Model raised KeyError: 'x'", "Model raised KeyError.")
    assert str(UnknownNameError("no 'x'")) == "no 'x'"


def test_long_lists_of_names_are_cut() -> None:
    assert errors.listed(range(3)) == "0, 1, 2"
    assert errors.listed(range(30)).endswith("11 … and 18 more")
    assert len(errors.listed(["x" * 500])) == 58
    assert errors.did_you_mean("zzz", ["age"]) == ""


def test_lazy_names_are_imported_when_asked_and_unknown_ones_have_a_hint() -> None:
    getattribute, listing = lazy("mlops_widgets", {"Finding": "core.result", "errors": ""})
    assert getattribute("Finding") is Finding
    assert getattribute("errors") is errors
    assert listing() == ["Finding", "errors"]
    with pytest.raises(AttributeError, match="Did you mean 'Finding'"):
        getattribute("Findin")
    with pytest.raises(AttributeError, match=r"_x'\.$"):
        getattribute("_x")
