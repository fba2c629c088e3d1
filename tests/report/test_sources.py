import sys
from pathlib import Path

import pandas as pd
import pytest

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.report.sources import find_study
from tests.awkward import plain


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))


def test_a_sample_may_carry_flags_and_a_seed() -> None:
    study = find_study("loans+shock", seed=3)
    assert study.seed == 3
    assert study.fingerprint != find_study("loans", seed=3).fingerprint


def test_a_study_is_itself() -> None:
    study = find_study("loans")
    assert find_study(study) is study


def test_a_script_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_the_script.py").write_text("NAME = 'loans'\n")
    script = tmp_path / "my_study.py"
    script.write_text(
        "import mlops_widgets as mw\nfrom beside_the_script import NAME\n"
        "if __name__ == '__main__':\n    study = mw.sample(NAME)\n"
    )
    assert find_study(script).name == "loans"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "raised ZeroDivisionError in line 1: division by zero"),
        ("x = 1\nraise SystemExit('no data')", "raised SystemExit in line 2: no data"),
        ("studdy = 1", "defines no `study`"),
        ("study = 3", "defines `study` as int"),
    ],
)
def test_a_script_without_a_study_is_named(tmp_path: Path, code: str, message: str) -> None:
    script = tmp_path / "my_study.py"
    script.write_text(code)
    with pytest.raises(InputError) as caught:
        find_study(str(script))
    assert message in str(caught.value)


def test_a_missing_script_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"gone\.py'?: no such file"):
        find_study("gone.py")


def test_an_unknown_sample_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'flights'"):
        find_study("flight")


@pytest.mark.parametrize("source", [None, 3])
def test_anything_else_is_refused(source: object) -> None:
    with pytest.raises(InputError, match="Pass a sample"):
        find_study(source)


def test_a_name_and_tables_together_are_refused() -> None:
    with pytest.raises(InputError, match="both given"):
        find_study("loans", {"test": "log.csv"})


def _rows(folder: Path) -> pd.DataFrame:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8, 0.7, 0.4] * 15})
    rows.to_csv(folder / "test.csv", index=False)
    return rows


def test_a_study_file_is_opened_and_tables_replace_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = _rows(tmp_path)
    rows[:30].to_csv(tmp_path / "november.csv", index=False)
    (tmp_path / "study.toml").write_text('test = "test.csv"\nscores = "score"\ntarget = "y"\nseed = 5\n')
    monkeypatch.chdir(tmp_path)
    study = find_study("study.toml", {"production": "november.csv"}, seed=9)
    assert study.production is not None
    assert (study.production.rows, study.seed) == (30, 5)


def test_a_model_path_and_a_table_make_a_study(tmp_path: Path) -> None:
    made = plain(200)
    made.study.save(tmp_path / "study.toml")
    model = next((tmp_path / "study_files").glob("*.skops"))
    made.arguments["test"].to_csv(tmp_path / "test.csv", index=False)
    study = find_study(None, {"model": str(model), "test": str(tmp_path / "test.csv"), "target": "y"})
    assert study.model.name == "LogisticRegression"


def test_trust_without_a_model_file_is_refused() -> None:
    with pytest.raises(InputError, match="trust= is for model files"):
        find_study("loans", trust="pickle")
