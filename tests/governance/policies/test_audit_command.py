"""`mlops-widgets governance audit`: exit codes, and files that a build server reads."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mlops_widgets.cli import main
from mlops_widgets.core.result import Finding, NoResult
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import sign_off, write_sign_offs


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """Return the file of a policy that needs a finding and an owner."""
    asked = (
        Requirement(id="T-1", title="One.", check=Check(kind="finding", codes=("OV-XX-01",))),
        Requirement(id="T-2", title="Two.", check=Check(kind="sign_off", role="owner", days=36_000)),
    )
    return Policy(name="test", requirements=asked).write(tmp_path / "policy.toml")


def test_an_audit_that_is_not_met_exits_with_1_and_writes_its_files(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {name: tmp_path / f"audit.{name}" for name in ("json", "junit", "sarif")}
    words = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    assert main(["governance", "audit", "loans", "--policy", str(policy), *words]) == 1
    assert "0 of 2 requirements are met" in capsys.readouterr().out
    assert json.loads(files["json"].read_bytes())["type"] == "governance.AuditResult"
    assert ET.fromstring(files["junit"].read_bytes())[0].get("failures") == "2"  # noqa: S314 - our own file
    assert json.loads(files["sarif"].read_bytes())["version"] == "2.1.0"


def test_an_audit_that_is_met_exits_with_0(policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    finding = Finding(code="OV-XX-01", status="passed", claim="It holds.")
    NoResult(findings=(finding,), rows=1, strategy="made_up").save(folder / "one.json")
    signed = sign_off("T-2", by="Ada King", role="owner", on="2026-03-31", statement="Mine.")
    file = write_sign_offs([signed], tmp_path / "signed.toml")
    words = ["--policy", str(policy), "--results", str(folder), "--sign-offs", str(file)]
    assert main(["governance", "audit", "loans", *words]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [["--policy", "nowhere.toml"], ["--results", "nowhere"], ["--log", "nowhere.sqlite"], ["--author", "tbd"]]
)
def test_a_wrong_option_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["governance", "audit", "loans", *words]) == 2
    assert words[1] in capsys.readouterr().err
