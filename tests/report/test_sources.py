import sys
from pathlib import Path

import pytest

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.report.sources import find_study


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
