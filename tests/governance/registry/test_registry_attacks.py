"""Ways round the gate: through the API, the records, sqlite, names, files, races. Each moves nothing, and what can be shown is."""

import json
import pickle
import sqlite3
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import mlops_widgets as mw
from mlops_widgets.core.codec import to_plain
from mlops_widgets.errors import InputError, ModelFileError, UnsafeModelError
from mlops_widgets.governance.audit_log.audit_log import AuditLog
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import sign_off
from mlops_widgets.governance.registry.entries import MOVE, RULE, VERSION
from mlops_widgets.governance.registry.gate import GateRefused
from mlops_widgets.governance.registry.registry import Registry
from mlops_widgets.records import Record
from mlops_widgets.records.chain import read_line
from tests.governance.registry.small_models import (
    ADA,
    BO,
    CY,
    OWNED,
    REASON,
    SIGNED,
    STRICT,
    promote,
    registry_in,
    study,
)

Payload = dict[str, Any]


def _passed(folder: Path) -> Payload:
    """Return the entry of a promotion that passed, in another registry of the same model."""
    registry = registry_in(folder, 1.0)
    promote(registry)
    payload: Payload = json.loads(json.dumps(registry.records.read(MOVE)[-1].payload))
    return payload


def _with_audit(payload: Payload, change: Callable[[Payload], object]) -> Payload:
    """Change the audit in an entry, and make the entry's digest fit."""
    change(payload["audit"])
    return payload | {"audit_digest": digest(payload["audit"])}


def _other_policy(payload: Payload) -> Payload:
    """Judge by a policy of one requirement, and leave the audit of two."""
    weak = payload["policy"] | {"requirements": payload["policy"]["requirements"][:1]}
    return _with_audit(payload | {"policy": weak}, lambda audit: audit.update(policy_digest=digest(weak)))


FORGERIES: dict[str, tuple[Callable[[Payload], Payload], str]] = {
    "no audit": (lambda p: p | {"audit": {}, "audit_digest": "", "policy": {}}, "no audit and policy"),
    "no policy": (lambda p: p | {"policy": {}}, "no audit and policy"),
    "another type in the audit's place": (lambda p: p | {"audit": {"type": "core.Result", "findings": [], "rows": 0}}, "no audit and policy"),
    "outcomes that fail": (lambda p: _with_audit(p, lambda a: a["outcomes"][0].update(outcome="fail")), "1 of 2 requirements met"),
    "no outcomes": (lambda p: _with_audit(p, lambda a: a.update(outcomes=[])), "doesn't answer each requirement"),
    "fewer requirements": (_other_policy, "doesn't answer each requirement"),
    "an audit by another policy": (lambda p: p | {"policy": to_plain(STRICT)}, "of another policy"),
    "an audit that was changed": (lambda p: p | {"audit_digest": "0" * 64}, "isn't the one of its digest"),
    "the author": (lambda p: p | {"by": "KING, ada"}, "made this version"),
    "nobody": (lambda p: p | {"by": ""}, "names nobody"),
    "a placeholder": (lambda p: p | {"by": "TBD"}, "names nobody"),
    "no reason": (lambda p: p | {"reason": " "}, "or no reason"),
    "other bytes": (lambda p: p | {"digest": "0" * 64}, "other bytes"),
    "no model shown": (lambda p: p | {"identity": ""}, "how the audited model was shown"),
    "a wrong stage before": (lambda p: p | {"before": "staging"}, "was in stage staging, and it was in none"),
    "the future known": (lambda p: p | {"seen": 99}, "what came after it"),
    "a demotion upwards": (lambda p: p | {"action": "demote"}, "no demotion"),
    "a rollback to where it never was": (lambda p: p | {"action": "roll back"}, "never came to stage production"),
    "an unknown version": (lambda p: p | {"version": 2}, "form"),
    "an unknown action": (lambda p: p | {"action": "approve"}, "form"),
    "an unknown stage": (lambda p: p | {"to": "live"}, "form"),
    "no form at all": (lambda _: {"x": 1}, "form"),
    "fields of other types": (lambda p: p | {"audit": 7}, "form"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
def test_an_entry_written_past_the_gate_moves_nothing_and_is_named(tmp_path: Path, name: str) -> None:
    forge, why = FORGERIES[name]
    payload = forge(_passed(tmp_path / "other"))
    registry = registry_in(tmp_path / "own", 1.0)
    registry.records.append(MOVE, payload)
    assert registry.stage("loans", 1) == "none"
    told = registry.verify()
    assert not told.is_intact
    assert why in told.ignored[0]
    assert told.ignored[0].startswith("Record 2:")
    assert all(each.outcome == "ignored" for each in registry.history("loans"))


def test_what_is_consistent_throughout_looks_like_a_promotion_and_only_a_kept_root_of_later_helps(
    tmp_path: Path,
) -> None:
    """The limit, as the class says it: whoever may write the file and forges everything isn't told from the gate."""
    payload = _passed(tmp_path / "other")
    registry = registry_in(tmp_path / "own", 1.0)
    registry.records.append(MOVE, payload)
    assert registry.stage("loans", 1) == "production"
    assert "Whoever may write the files can write all of them anew" in (Registry.__doc__ or "")


def test_a_policy_cannot_be_weakened_by_an_entry_of_another_form(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    registry.require(STRICT, by=ADA, reason="Ours.")
    changes: list[Payload] = [{"digest": "0" * 64}, {"policy": {}}, {"by": "TBD"}, {"stage": "none"}]
    for change in changes:
        weak = {
            "name": "",
            "stage": "production",
            "policy": to_plain(OWNED),
            "digest": digest(to_plain(OWNED)),
            "by": ADA,
            "reason": "x",
        }
        registry.records.append(RULE, weak | change)
    with pytest.raises(GateRefused, match="'strict'"):
        promote(registry)
    assert len(registry.verify().ignored) == 4


def test_another_author_of_the_same_bytes_is_no_way_to_approve_them_oneself(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    again = dict(registry.records.read(VERSION)[0].payload) | {"author": BO, "seen": 1}
    registry.records.append(VERSION, again)
    assert registry.version("loans", 1).author == ADA
    assert "has these bytes already, by Ada King" in registry.verify().ignored[0]
    with pytest.raises(GateRefused, match="made this version"):
        promote(registry, approver=ADA)
    other = registry.register(study().model.model, name="offers", author=BO)  # type: ignore[attr-defined]  # an EstimatorPredictor
    for approver in (ADA, BO):
        with pytest.raises(GateRefused, match="made this version"):
            registry.promote(
                other.name,
                1,
                to="staging",
                study=study(),
                policy=OWNED,
                approver=approver,
                reason=REASON,
                sign_offs=SIGNED,
            )


def test_no_maker_of_these_bytes_signs_as_the_independent_validator(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    registry.register(study().model.model, name="offers", author=BO)  # type: ignore[attr-defined]  # an EstimatorPredictor
    challenged = Policy(
        name="challenged",
        requirements=(
            Requirement(
                id="V-1", title="Challenged.", check=Check(kind="sign_off", role="validator", independent=True)
            ),
        ),
    )
    for maker in (ADA, "lee, bo"):
        signed = sign_off("V-1", by=maker, role="validator", on="2026-01-30", statement="Fine.")
        with pytest.raises(GateRefused, match="isn't independent"):
            promote(registry, policy=challenged, approver=CY, sign_offs=[signed])
    signed = sign_off("V-1", by=CY, role="validator", on="2026-01-30", statement="Fine.")
    assert promote(registry, policy=challenged, approver=CY, sign_offs=[signed]).outcome == "passed"


@pytest.mark.parametrize("approver", [
    "Ada King", "ada king", " ADA   KING ", "Ada\tKing", "Ａｄａ Ｋｉｎｇ", "Ada \u200bKing", "Ada\u200d King", "Àda King", "King, Ada",
    "Ada-King", "ada.king", "A\u0308da King",
])  # fmt: skip
def test_an_author_under_another_spelling_is_the_author(tmp_path: Path, approver: str) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(GateRefused, match="made this version"):
        promote(registry, approver=approver)


@pytest.mark.parametrize("approver", ["Аda King", "Ada Κing"])
def test_letters_of_two_alphabets_in_one_word_are_refused(tmp_path: Path, approver: str) -> None:
    with pytest.raises(InputError, match="several alphabets"):
        promote(registry_in(tmp_path, 1.0), approver=approver)


def test_another_models_audit_promotes_nothing(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(GateRefused, match="of 120 answers differ") as refused:
        promote(registry, study=study(0.001))
    assert refused.value.audit is None
    assert registry.stage("loans", 1) == "none"


def test_results_of_another_study_are_no_evidence(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    other = mw.governance.audit(study(0.001), OWNED, sign_offs=SIGNED)
    with pytest.raises(GateRefused, match="T-3"):
        promote(registry, policy=STRICT, results=[other])
    audit = registry.audit(registry.history("loans")[-1].number)
    assert audit.refused


def test_logged_answers_and_functions_are_no_model_that_could_be_promoted(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    answers = study().model.scores(study().need("test"))
    logged = mw.load_study(test=study().need("test").pandas().assign(p=answers), scores="p", target="y")
    called = mw.load_study(model=lambda frame: frame.a * 0.0, test=study().need("test").pandas(), target="y")
    for each in (logged, called):
        with pytest.raises(GateRefused, match="logged answers or a function"):
            promote(registry, study=each)


class _Marks:
    """Runs code when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("suffix", [".pkl", ".skops", ".joblib"])
def test_a_file_that_runs_code_is_kept_and_never_opened(tmp_path: Path, suffix: str) -> None:
    ran, path = tmp_path / "ran", tmp_path / f"model{suffix}"
    path.write_bytes(pickle.dumps(_Marks(ran)))
    registry = Registry(tmp_path / "registry")
    registry.register(path, name="loans", author=ADA)
    with pytest.raises(InputError, match="don't belong together"):
        registry.register(path, name="with a study", author=ADA, study=study())
    with pytest.raises(GateRefused, match="wasn't opened"):
        promote(registry)
    with pytest.raises(UnsafeModelError):
        registry.load("loans", 1)
    assert registry.verify().is_intact
    assert not ran.exists()


def test_a_file_that_was_swapped_is_neither_given_out_nor_promoted_and_is_named(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0, 0.01)
    first, second = registry.file("loans", 1), registry.file("loans", 2)
    first.write_bytes(second.read_bytes())
    for use in (registry.file, registry.load):
        with pytest.raises(ModelFileError, match="was changed"):
            use("loans", 1)
    told = registry.verify()
    assert not told.is_intact
    assert "loans/1" in told.files[0]
    first.unlink()
    assert "is missing" in registry.verify().files[0]
    first.symlink_to(second)
    assert "is a link" in registry.verify().files[0]
    first.unlink()
    registry.models.copy(registry_in(tmp_path / "again", 1.0).file("loans", 1))
    assert registry.verify().is_intact


@pytest.mark.parametrize(
    "file", ["../../secret.skops", "/etc/passwd", "models/x.skops", "x", f"{'0' * 64}.py", f"{'1' * 64}.skops"]
)
def test_an_entry_that_names_a_file_elsewhere_is_no_version(tmp_path: Path, file: str) -> None:
    registry = registry_in(tmp_path, 1.0)
    entry = dict(registry.records.read(VERSION)[0].payload) | {"name": "other", "file": file, "digest": "0" * 64}
    registry.records.append(VERSION, entry)
    registry.records.append("model", {"pipeline": "other", "file": file, "digest": "0" * 64})
    assert registry.names == ("loans",)
    assert len(registry.verify().ignored) == 2


def _edit(registry: Registry, number: int, change: Callable[[Record], Mapping[str, Any]], *, journal: bool) -> None:
    """Write another payload into a record, with a digest that fits it, in the file and where told in the journal too."""
    path = registry.records.path
    with closing(sqlite3.connect(path)) as connection:
        old = connection.execute("SELECT line FROM records WHERE number = ?", (number,)).fetchone()[0]
        record = read_line(old)
        assert record is not None
        edited = Record(**{**vars(record), "payload": dict(change(record))})
        line = Record(**{**vars(edited), "digest": edited.computed()}).line()
        connection.execute("UPDATE records SET line = ? WHERE number = ?", (line, number))
        connection.commit()
    if journal:
        text = registry.records.journal.read_text()
        registry.records.journal.write_text(text.replace(old, line))


@pytest.mark.parametrize("journal", [False, True])
@pytest.mark.parametrize("later", [False, True])
def test_a_refusal_that_is_edited_into_a_promotion_moves_nothing(tmp_path: Path, *, journal: bool, later: bool) -> None:
    registry = registry_in(tmp_path, 1.0)
    with pytest.raises(GateRefused):
        promote(registry, sign_offs=())
    if later:
        registry.describe("loans", use="Offers", by=ADA)
    root = AuditLog(registry.records.path).root()
    _edit(registry, 2, lambda record: {**record.payload, "outcome": "passed", "reasons": []}, journal=journal)
    for opened in (registry, Registry(tmp_path)):
        assert opened.stage("loans", 1) == "none"
    assert not Registry(tmp_path).verify().is_intact
    assert not Registry(tmp_path).verify(root=root).is_intact


def test_an_edited_author_counts_for_nothing_and_shows(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    registry.describe("loans", use="Offers", by=ADA)
    _edit(registry, 1, lambda record: {**record.payload, "author": "Di Moor"}, journal=True)
    opened = Registry(tmp_path)
    assert opened.names == ()
    assert not opened.verify().is_intact


def test_a_history_that_was_cut_off_shows_against_a_kept_root_and_not_without(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    promote(registry)
    registry.demote("loans", 1, by=ADA, reason="It errs.")
    log = AuditLog(registry.records.path)
    root, kept = log.root(), log.checkpoint()
    with closing(sqlite3.connect(registry.records.path)) as connection:
        connection.execute("DELETE FROM records WHERE number = 3")
        connection.commit()
    lines = registry.records.journal.read_text().splitlines(keepends=True)
    registry.records.journal.write_text("".join(lines[:2]))
    cut = Registry(tmp_path)
    assert cut.stage("loans", 1) == "production"
    assert cut.verify().status == "passed"
    assert any("cut off" in each.claim and each.status == "warning" for each in cut.verify().findings)
    assert not cut.verify(root=root).is_intact
    assert not cut.verify(kept).is_intact


def test_who_decides_on_what_somebody_else_has_changed_meanwhile_is_refused(tmp_path: Path) -> None:
    """The clock is read between the look at the records and the entry: at that moment somebody else promotes another version."""
    first = registry_in(tmp_path, 1.0, 0.01)
    other = Registry(tmp_path)
    moment = first._clock
    waiting = [lambda: promote(other, 2, 0.01)]

    def clock() -> Any:
        if waiting:
            waiting.pop()()
        return moment()

    slow = Registry(tmp_path, clock=clock)
    with pytest.raises(GateRefused, match="Somebody decided about this model meanwhile, in record 3"):
        promote(slow, 1, 1.0)
    assert [each.stage for each in slow.versions("loans")] == ["none", "production"]
    assert slow.history("loans")[-1].outcome == "ignored"
    told = slow.verify()
    assert told.is_intact, "being overtaken is no forgery"
    assert "1 entry came too late and counts for nothing" in told.findings[1].claim


def test_two_who_promote_at_once_leave_one_version_in_production(tmp_path: Path) -> None:
    registry_in(tmp_path, 1.0, 0.01)
    start, answers = threading.Barrier(2), list[str]()

    def run(version: int, strength: float) -> None:
        own = Registry(tmp_path)
        start.wait()
        try:
            answers.append(promote(own, version, strength).outcome)
        except GateRefused as refused:
            answers.append(refused.reasons[0])

    both = [threading.Thread(target=run, args=each) for each in ((1, 1.0), (2, 0.01))]
    for each in both:
        each.start()
    for each in both:
        each.join()
    registry = Registry(tmp_path)
    stages = [each.stage for each in registry.versions("loans")]
    assert stages.count("production") == 1
    assert len(answers) == 2
    assert answers.count("passed") == sum(each.outcome == "passed" for each in registry.history("loans")) >= 1
    assert registry.verify().is_intact


HOSTILE = "<script>window.pwned=1</script>"


def test_markup_in_names_and_reasons_comes_out_as_text(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    name = HOSTILE.replace("/", "\\")
    registry.register(study().model.model, name=name, author=f"Ada {HOSTILE}", note=HOSTILE)  # type: ignore[attr-defined]  # an EstimatorPredictor
    registry.describe(name, use=HOSTILE, owner=f"Bo {HOSTILE}", by=ADA)
    with pytest.raises(GateRefused):
        registry.promote(
            name, 1, to="production", study=study(), policy=OWNED, approver=f"Cy {HOSTILE}", reason=HOSTILE
        )
    for result in (registry.show(name), registry.verify(), mw.governance.inventory(registry)):
        page = result.save(tmp_path / "page.html").read_text()
        assert "<script>window.pwned" not in page
        assert f"<script>{HOSTILE[8:20]}" not in page
