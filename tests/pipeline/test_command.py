"""`mlops-widgets pipeline run | status`: a study file and a pipeline file, every step the real one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import mlops_widgets as mw
from mlops_widgets.cli import main
from mlops_widgets.lifecycle import Pipeline
from tests.pipeline.small import study


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a pipeline file beside the study file that it names."""
    study().save(tmp_path / "study.toml")
    path = tmp_path / "pipeline.toml"
    path.write_text('study = "study.toml"\nout = "runs"\nrecords = "records.db"\n')
    return path


def test_a_run_ends_with_its_verdict_and_the_next_does_nothing_again(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = tmp_path / "result.json"
    code = main(["pipeline", "run", str(file), "--json", str(said)])
    first = json.loads(said.read_text())
    assert code == mw.Result.from_dict(first).exit_code  # type: ignore[attr-defined]  # a PipelineResult
    assert {step["status"] for step in first["steps"]} <= {"ran", "skipped"}
    capsys.readouterr()
    assert main(["pipeline", "run", str(file), "--json", str(said)]) == code
    again = {step["name"]: step["status"] for step in json.loads(said.read_text())["steps"]}
    assert {name for name, status in again.items() if status == "ran"} == {
        "load"
    }  # which finds out whether anything changed
    assert main(["pipeline", "status", str(file)]) == 0
    assert first["verdict"] in capsys.readouterr().out


def test_a_dry_run_is_no_verdict_and_leaves_no_file(file: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert main(["pipeline", "run", str(file), "--dry-run"]) == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_a_file_that_isnt_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipeline", "run", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_a_regression_whose_slope_turned_goes_through_every_step(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    n = 600
    x = rng.normal(size=n)
    slope = np.where(np.arange(n) < 300, 2.0, -2.0)
    rows = pd.DataFrame(
        {"x": x, "y": slope * x + rng.normal(size=n), "when": pd.date_range("2024-01-01", periods=n, freq="12h")}
    )
    model = LinearRegression().fit(rows[["x"]][:150], rows["y"][:150])
    turned = mw.load_study(
        model=model, reference=rows[:150], test=rows[150:260], production=rows[260:], target="y", time="when", features=["x"]
    )  # fmt: skip
    result = Pipeline(turned, out=tmp_path / "runs", records=tmp_path / "records.db").run()
    assert (result.verdict, result.promoted) == ("retrain", True), str(result)
