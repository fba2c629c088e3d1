import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.explainability.documentation.outside_records import known_elsewhere, tracked
from mlops_widgets.study.study import Study
from tests.awkward import study_of

_GIT = shutil.which("git") or ""


def _run(tags: dict[str, str], *, end: int | None = 1_767_225_600_000) -> SimpleNamespace:
    info = SimpleNamespace(run_id="abc", end_time=end, start_time=end, user_id="")
    return SimpleNamespace(info=info, data=SimpleNamespace(tags=tags, params={"depth": "3"}))


def test_a_run_with_a_user_makes_statements_with_name_and_date() -> None:
    known = tracked(_run({"mlflow.user": "Bo", "mlflow.note.content": " Scores loans. ", "owner": "Risk", "odd": "x"}))
    assert {(each.name, each.text, each.author, each.date) for each in known.said} == {
        ("purpose", "Scores loans.", "Bo", "2026-01-01"), ("owner", "Risk", "Bo", "2026-01-01"),
    }  # fmt: skip
    assert known.stated["MLflow parameters"] == "depth = 3"


def test_what_may_be_a_secret_is_kept_back_of_a_runs_parameters() -> None:
    run = _run({})
    run.data.params = {"api_key": "sk-1", "store": "db://me:hunter2@host/x", "depth": "3"}
    said = tracked(run).stated["MLflow parameters"]
    assert "depth = 3" in said
    assert not {"sk-1", "hunter2"} & set(said.replace(":", " ").replace("@", " ").split())


def test_a_run_of_nobody_makes_hints_and_no_statements() -> None:
    for run in (_run({"owner": "Risk"}), _run({"owner": "Risk", "mlflow.user": "Bo"}, end=None)):
        assert tracked(run).said == ()
        assert tracked(run).hints == {"owner": "Risk"}


def test_an_mlflow_folder_says_its_run_and_what_its_metadata_hold(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(
        "flavors: {sklearn: {pickled_model: m.pkl}}\nrun_id: r1\nmetadata: {owner: Risk, purpose: 3, other: x}\n"
    )
    known = known_elsewhere(replace(study_of("plain"), recipe={"model": str(tmp_path)}), None)
    assert known.stated == {"MLflow run": "r1"}
    assert known.hints == {"owner": "Risk"}


@pytest.mark.skipif(not _GIT, reason="needs git")
def test_git_says_who_committed_the_study_file_and_runs_nothing_of_the_repository(tmp_path: Path) -> None:
    file = tmp_path / "study.toml"
    file.write_text("")
    study = replace(study_of("plain"), file=file)
    assert known_elsewhere(study, None).stated == {}
    who = ["-c", "user.name=Ada [x](y)", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (
        ["init", "-q"],
        ["add", "study.toml"],
        [*who, "commit", "-q", "--date=2026-02-03T12:00:00Z", "-m", "x"],
    ):
        subprocess.run([_GIT, *command], cwd=tmp_path, check=True)
    program = f"touch {tmp_path / 'ran'}; cat"
    for name in ("core.fsmonitor", "core.pager", "gpg.program", "diff.external", "core.sshCommand", "alias.log"):
        subprocess.run([_GIT, "config", name, program], cwd=tmp_path, check=True)
    said = known_elsewhere(study, None).stated["Study file last committed (git)"]
    assert said.startswith("by Ada [x](y) on 2026-02-03, commit ")
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not _GIT, reason="needs git")
def test_git_fetches_nothing_that_a_repository_lacks(tmp_path: Path) -> None:
    """A commit whose tree is missing, and a place to fetch it from that is a program."""
    file, ran = tmp_path / "study.toml", tmp_path / "ran"
    file.write_text("")
    who = ["-c", "user.name=Ada", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    for command in (["init", "-q"], ["add", "study.toml"], [*who, "commit", "-q", "-m", "x"]):
        subprocess.run([_GIT, *command], cwd=tmp_path, check=True)
    asked = subprocess.run([_GIT, "rev-parse", "HEAD^{tree}"], cwd=tmp_path, check=True, capture_output=True, text=True)
    tree = asked.stdout.strip()
    (tmp_path / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    lacking = {
        "core.repositoryformatversion": "1", "extensions.partialClone": "o", "remote.o.promisor": "true",
        "remote.o.url": f"ext::touch {ran}", "protocol.ext.allow": "always",
    }  # fmt: skip
    for name, value in lacking.items():
        subprocess.run([_GIT, "config", name, value], cwd=tmp_path, check=True)
    assert known_elsewhere(replace(study_of("plain"), file=file), None).stated == {}
    assert not ran.exists()


class _Counted:
    def looks(self, study: Study) -> int:
        return 7 if study.test is not None else 0


def test_the_ledger_says_how_often_the_test_was_looked_at() -> None:
    assert known_elsewhere(study_of("plain"), _Counted()).looks == 7
    with pytest.raises(InputError, match="open_ledger"):
        known_elsewhere(study_of("plain"), "looks.json")  # type: ignore[arg-type]
