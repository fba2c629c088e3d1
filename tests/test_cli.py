import io
import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import joblib
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

from mlops_widgets import __version__, cli
from mlops_widgets.errors import InputError
from tests.report.fakes import finding, scored


class Doubled(LinearRegression):
    """A class that nobody has reviewed."""


ALL = [finding(status) for status in ("passed", "not_enough_data", "warning", "failed", "not_run")]


@pytest.mark.parametrize(
    ("statuses", "fail_on", "code"),
    [
        (["passed", "warning"], "failed", 0), (["failed"], "failed", 1),
        (["warning"], "warning", 1), (["not_enough_data"], "warning", 0),
        (["not_enough_data"], "not_enough_data", 1), (["not_applicable", "not_run"], "not_enough_data", 0),
        (["failed"], "never", 0),
    ],
)  # fmt: skip
def test_the_exit_code_tells_whether_a_finding_is_that_bad(statuses: list[str], fail_on: str, code: int) -> None:
    assert cli.report_check(scored(*(finding(each) for each in statuses)), fail_on=fail_on) == code  # type: ignore[arg-type]


def test_a_check_prints_mark_code_claim_and_action(capsys: pytest.CaptureFixture[str]) -> None:
    cli.report_check(scored(finding("failed", "F-01"), finding("passed", "P-01")))
    printed = capsys.readouterr().out
    assert "1 of 2 checks failed" in printed
    assert "■ failed  F-01  F-01 failed." in printed
    assert "→ Mend F-01." in printed


def test_a_check_writes_json_and_junit(tmp_path: Path) -> None:
    json_file, junit_file = tmp_path / "new" / "findings.json", tmp_path / "junit.xml"
    cli.report_check(scored(*ALL), json_file=json_file, junit_file=junit_file)
    assert len(json.loads(json_file.read_text())["findings"]) == len(ALL)
    suite = ET.parse(junit_file).getroot()[0]  # noqa: S314 - what we just wrote
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("5", "1", "2")


def test_a_file_that_cant_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="can't be written"):
        cli.report_check(scored(finding("passed")), json_file=tmp_path / "file" / "findings.json")


def test_terminal_codes_in_the_users_data_are_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    cli.report_check(scored(finding("failed", claim="\x1b[2J\x07 12\u202f% \u202egone\ud800")))
    assert "\ufffd[2J\ufffd 12\u202f% \ufffdgone\ufffd" in capsys.readouterr().out


def test_a_terminal_without_unicode_gets_what_it_can_show(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    assert cli.report_check(scored(finding("failed"))) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["check", "loanz"], "Did you mean 'loans'?"),
        (["check"], "Pass a sample"),
        (["check", "loans", "-p", "tset", "log.csv"], "Unknown parameter 'tset'"),
        (["check", "loans", "-p", "test", "log.csv"], "both given"),
        (["check", "-p", "test", "gone.csv", "-p", "target", "y"], "no such file"),
        (["check", "loans", "--seed", "-1"], "seed=-1"),
        (["check", "loans", "-f", "gone.yaml"], "can't be read"),
        (["report", "loans", "--chapters", "77"], "Unknown chapter 77"),
        (["report", "loans", "-p", "budget_secs", "3"], "Did you mean 'budget_seconds'?"),
        (["check", "loans", "--trust", "pickle"], "trust= is for model files"),
        (["check", "gone.toml"], "there is no such file"),
        (["check", "-p", "model", "gone.skops", "-p", "test", "gone.csv", "-p", "target", "y"], "model='gone.skops'"),
    ],
)
def test_wrong_input_is_one_message_and_exit_code_2(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert message in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("suffix", "said"),
    [(".skops", "pass --trust tests.test_cli.Doubled; they run"), (".pkl", "or --trust pickle. Better")],
)
def test_a_refused_model_file_is_answered_by_an_option(
    suffix: str, said: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    import skops.io

    file = tmp_path / f"model{suffix}"
    dump: Any = skops.io.dump if suffix == ".skops" else joblib.dump
    dump(Doubled().fit([[1.0]], [1]), file)
    pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]}).to_csv(tmp_path / "t.csv", index=False)
    assert (
        cli.main(["check", "-p", "model", str(file), "-p", "test", str(tmp_path / "t.csv"), "-p", "target", "y"]) == 2
    )
    words = capsys.readouterr().err
    assert said in words
    assert "trust=" not in words


@pytest.mark.parametrize("words", [[], ["chek"], ["check", "loans", "--fail-on", "all"]])
def test_wrong_usage_is_exit_code_2(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"mlops-widgets {__version__}\n"


def test_check_runs_on_tables_given_as_parameters(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8] * 30})
    rows.to_csv(tmp_path / "log.csv", index=False)
    (tmp_path / "p.yaml").write_text(f"test: {tmp_path / 'log.csv'}\ntarget: y\n")
    words = ["check", "-f", str(tmp_path / "p.yaml"), "-p", "scores", "score", "--fail-on", "never"]
    assert cli.main([*words, "--only", "compare_live"]) == 0
    assert "OV-LG" in capsys.readouterr().out


def test_a_parameter_file_holds_lists_maps_and_dates_as_text(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("split:\n  test: 2024-01-01\n  production: 2024-02-01\ngroups: [a, b]\n")
    assert cli.read_parameter_file(tmp_path / "p.yaml") == {
        "split": {"test": "2024-01-01", "production": "2024-02-01"}, "groups": ["a", "b"],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["- a", "a: [", "1: x"])
def test_a_parameter_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.yaml").write_text(text)
    with pytest.raises(InputError, match="-f "):
        cli.read_parameter_file(tmp_path / "p.yaml")


def test_guide_opens_the_folder_that_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mlops_widgets import server

    opened: list[object] = []
    monkeypatch.setattr(server, "open_guide", lambda folder, **options: opened.append((folder, options)))
    assert cli.main(["guide", str(tmp_path), "--no-browser", "--port", "8899"]) == 0
    assert opened == [(tmp_path, {"browser": False, "extra": ["--ServerApp.port=8899"]})]


def test_check_runs_on_a_study_file_with_this_months_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8] * 30})
    rows.to_csv(tmp_path / "test.csv", index=False)
    rows.to_csv(tmp_path / "november.csv", index=False)
    (tmp_path / "study.toml").write_text('test = "test.csv"\nscores = "score"\ntarget = "y"\n')
    monkeypatch.chdir(tmp_path)
    words = ["check", "study.toml", "-p", "production", "november.csv", "--fail-on", "never", "--only", "compare_live"]
    assert cli.main(words) == 0
    assert "60" in capsys.readouterr().out


def test_trust_may_be_given_several_times_and_as_a_parameter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    digest = "sha256:" + "0" * 64
    for words in (["--trust", "a.B", "--trust", digest], ["-p", "trust", f'["a.B", "{digest}"]']):
        options = cli._parser().parse_args(["check", "x.toml", *words])
        assert cli._parameters(options) == {"trust": ["a.B", digest]}


def test_trust_in_a_parameter_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("trust: pickle\ntarget: y\n")
    with pytest.raises(InputError, match="A file can't vouch for a file"):
        cli.read_parameter_file(tmp_path / "p.yaml")


def test_an_audit_continues_its_history_and_its_exit_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"2024-0{month}.csv" for month in (1, 2, 3)]
    for month, file in enumerate(files):
        lost = 300 if month == 2 else 0
        pd.DataFrame({"age": [None] * lost + [20 + n % 50 for n in range(900 + month - lost)]}).to_csv(
            file, index=False
        )
    contract = tmp_path / "contract.toml"
    contract.write_text('contract = 1\nname = "ages"\n[[columns]]\nname = "age"\nmissing_share = 0.1\n')
    words = ["--contract", str(contract), "--records", str(tmp_path / "audits.db"), "--every-days", "30"]
    assert cli.main(["audit", *map(str, files[:2]), *words]) == 0
    assert (
        cli.main(["audit", str(files[2]), *words, "--json", str(tmp_path / "a.json"), "--ics", str(tmp_path / "a.ics")])
        == 1
    )
    assert "1 of 1 new batch (2 earlier) fails a check" in capsys.readouterr().out
    assert json.loads((tmp_path / "a.json").read_text())["batches"] == ["2024-01", "2024-02", "2024-03"]
    assert "RRULE:FREQ=DAILY;INTERVAL=30" in (tmp_path / "a.ics").read_text()
    assert cli.main(["audit", str(files[2]), *words, "--fail-on", "never"]) == 0


def test_an_audit_of_a_sample_or_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["audit", "census"]) == 0
    assert cli.main(["audit", "no_such_sample"]) == 2
    assert "no_such_sample" in capsys.readouterr().err
