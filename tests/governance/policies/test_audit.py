"""An audit: nothing unanswered passes, and every way round it is refused and said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import STATUSES, Finding, Result, Status
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.policies.digests import digest_of
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, sign_off
from mlops_widgets.records import open_records
from mlops_widgets.study.study import Study

HOSTILE = "<script>alert(1)</script>\x00"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


@cache
def _study() -> Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    frame["y"] = (frame.a + rng.normal(size=120) > 0).astype(int)
    model = LogisticRegression().fit(frame[["a", "b"]], frame.y)
    return mw.load_study(model=model, test=frame, target="y", name="small")


def _policy(*checks: Check, owner: str = "") -> Policy:
    found = tuple(
        Requirement(id=f"T-{at}", title=f"Number {at}.", check=each, owner=owner) for at, each in enumerate(checks, 1)
    )
    return Policy(name="test", requirements=found)


def _found(status: Status, code: str = "XX-AA-01", evidence: Mapping[str, float | None] | None = None) -> Result:
    return Result(
        findings=(Finding(code=code, status=status, claim="It is so.", evidence=evidence or {}, action="Do it."),),
        rows=9,
    )


def _audit(policy: Policy, results: Sequence[Result] = (), **options: object) -> AuditResult:
    told = audit(_study(), policy, results=results, **options)  # type: ignore[arg-type]  # as each test has it
    assert isinstance(told, AuditResult)
    return told


FINDING = _policy(Check(kind="finding", codes=("XX-AA-01",), make="mw.xx(study)"))


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("passed", "pass"), ("warning", "fail"), ("failed", "fail"), ("not_enough_data", "not enough data"), ("not_applicable", "fail"),
        ("not_run", "fail"),
    ],
)  # fmt: skip
def test_only_an_allowed_status_meets_a_requirement(status: Status, outcome: str) -> None:
    told = _audit(FINDING, [_found(status)])
    assert told.outcomes[0].outcome == outcome
    assert told.passed == (outcome == "pass")
    assert told.exit_code == int(outcome != "pass")


def test_all_statuses_that_there_are_have_an_outcome() -> None:
    assert len(STATUSES) == 6


def test_a_warning_passes_where_the_requirement_says_so() -> None:
    policy = _policy(Check(kind="finding", codes=("XX-AA-01",), allowed=("passed", "warning")))
    assert _audit(policy, [_found("warning")]).passed


def test_without_evidence_a_requirement_fails_and_names_the_call_that_makes_it() -> None:
    told = _audit(FINDING)
    assert told.outcomes[0].outcome == "fail"
    assert "mw.xx(study)" in told.outcomes[0].action
    assert told.headline == "0 of 1 requirement is met with evidence; 1 fails."


def test_a_run_that_passed_does_not_hide_one_that_failed() -> None:
    for results in ([_found("passed"), _found("failed")], [_found("failed"), _found("passed")]):
        assert _audit(FINDING, results).outcomes[0].outcome == "fail"


def test_every_code_of_a_check_needs_evidence() -> None:
    policy = _policy(Check(kind="finding", codes=("XX-AA-01", "XX-BB")))
    assert not _audit(policy, [_found("passed")]).passed
    assert _audit(policy, [_found("passed"), _found("passed", "XX-BB-07")]).passed
    assert not _audit(policy, [_found("passed"), _found("passed", "XX-BBB-07")]).passed


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        (("XX-AA-01",), "pass"),
        (("YY-BB-09",), "pass"),
        (("XX-AA-01", "YY-BB-09"), "pass"),
        ((), "fail"),
        (("ZZ-CC-01",), "fail"),
    ],
)
def test_either_of_two_codes_meets_a_check_that_names_both(codes: Sequence[str], outcome: str) -> None:
    policy = _policy(Check(kind="finding", codes=("XX-AA-01|YY-BB-09",)))
    assert _audit(policy, [_found("passed", code) for code in codes]).outcomes[0].outcome == outcome
    worse = [*[_found("passed", code) for code in codes], _found("failed", "YY-BB-09")]
    assert _audit(policy, worse).outcomes[0].outcome == "fail"


def test_a_regression_can_meet_the_requirement_about_groups() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=4000), "g": rng.choice(["p", "q"], 4000)})
    frame["y"] = frame.a + rng.normal(scale=0.1, size=4000)
    model = LinearRegression().fit(frame[["a"]], frame.y)
    study = mw.load_study(model=model, test=frame, target="y", groups="g", features=["a"])
    told = audit(study, Policy(name="one", requirements=(Policy.ready("small team").requirements[3],)))
    assert isinstance(told, AuditResult)
    assert "GV-FA-09" in told.outcomes[0].evidence[0]


@pytest.mark.parametrize(
    ("limits", "interval", "outcome"),
    [
        ({"at_most": 0.1}, (0.0, 0.05, 0.1), "pass"),
        ({"at_most": 0.1}, (0.0, 0.05, 0.101), "not enough data"),
        ({"at_most": 0.1}, (0.101, 0.2, 0.3), "fail"),
        ({"at_least": 0.8}, (0.8, 0.9, 1.0), "pass"),
        ({"at_least": 0.8}, (0.79, 0.9, 1.0), "not enough data"),
        ({"at_least": 0.8}, (0.5, 0.6, 0.79), "fail"),
        ({"at_least": -0.1}, (-0.1, 0.0, 0.1), "pass"),
        ({"at_most": 0.1}, (None, 0.05, None), "not enough data"),
        ({"at_most": 0.1}, (float("nan"), 0.05, float("nan")), "not enough data"),
    ],
)  # fmt: skip
def test_a_metric_is_judged_by_the_unfavourable_end_of_its_interval(
    limits: Mapping[str, float], interval: tuple[float | None, ...], outcome: str
) -> None:
    policy = _policy(Check(kind="metric", codes=("XX-AA-01",), number="harm", **limits))  # type: ignore[arg-type]  # at_least or at_most
    for names in (("lower", "harm", "upper"), ("harm_lower", "harm", "harm_upper")):
        evidence = dict(zip(names, interval, strict=True))
        assert _audit(policy, [_found("passed", evidence=evidence)]).outcomes[0].outcome == outcome


def test_evidence_of_another_study_is_refused_and_that_is_said() -> None:
    other = audit(
        mw.load_study(
            model=lambda rows: np.zeros(len(rows)), test=pd.DataFrame({"a": [1.0, 2.0], "y": [0, 1]}), target="y"
        ),
        FINDING,
    )
    assert isinstance(other, AuditResult)
    stolen = replace(other, findings=_found("passed").findings)
    told = _audit(FINDING, [stolen])
    assert not told.passed
    assert told.refused
    assert any(each.code == "GV-AU-05" for each in told.findings)
    own = replace(stolen, fingerprint=_study().fingerprint)
    assert _audit(FINDING, [own]).passed
    assert _audit(FINDING, [own]).unbound == ()
    assert _audit(FINDING, [_found("passed")]).unbound == ("core.Result",)


OWNER = sign_off("T-1", by="Ada King", role="owner", on="2026-03-31", statement="Mine.")
SIGNED = _policy(
    Check(kind="sign_off", role="owner"),
    Check(kind="sign_off", role="approver", on="evidence", independent=True),
    Check(kind="finding", codes=("XX-AA-01",)),
)


def _approved(by: str, evidence: object, **change: str) -> SignOff:
    given = sign_off("T-2", by=by, role="approver", on="2026-03-31", statement="Good.", evidence=evidence)  # type: ignore[arg-type]  # a Result
    return replace(given, **change)


def test_an_approval_of_what_is_here_by_somebody_else_passes() -> None:
    first = _audit(SIGNED, [_found("passed")], sign_offs=[OWNER])
    told = _audit(SIGNED, [_found("passed")], sign_offs=[OWNER, _approved("Bo Lee", first)])
    assert [each.outcome for each in first.outcomes] == ["pass", "missing human input", "pass"]
    assert told.passed
    assert told.evidence_digest == first.evidence_digest


@pytest.mark.parametrize("name", ["Ada King", "ADA  KING", "\uff21da King", " ada king ", "King, Ada", "\u00c0da King"])
def test_nobody_approves_what_they_made_however_they_write_their_name(name: str) -> None:
    first = _audit(SIGNED, [_found("passed")], sign_offs=[OWNER])
    told = _audit(SIGNED, [_found("passed")], sign_offs=[OWNER, _approved(name, first)])
    assert told.outcomes[1].outcome == "missing human input"
    assert "independent" in told.outcomes[1].evidence[0]
    by_argument = _audit(SIGNED, [_found("passed")], sign_offs=[_approved(name, first)], author="Ada King")
    assert by_argument.outcomes[1].outcome == "missing human input"


def test_none_of_several_makers_is_independent() -> None:
    first = _audit(SIGNED, [_found("passed")], author=["Cy Roth", "Bo Lee"])
    told = _audit(SIGNED, [_found("passed")], author=["Cy Roth", "Bo Lee"], sign_offs=[_approved("Bo Lee", first)])
    assert "Cy Roth, Bo Lee made or own it" in told.outcomes[1].evidence[0]


def test_an_approval_without_a_known_maker_does_not_count() -> None:
    first = _audit(SIGNED, [_found("passed")])
    told = _audit(SIGNED, [_found("passed")], sign_offs=[_approved("Bo Lee", first)])
    assert "nobody said who made" in told.outcomes[1].evidence[0]


def test_a_change_of_the_evidence_or_the_policy_voids_an_approval() -> None:
    signed = [OWNER, _approved("Bo Lee", _audit(SIGNED, [_found("passed")]))]
    changed = _audit(SIGNED, [_found("failed")], sign_offs=signed)
    assert "has changed since" in changed.outcomes[1].evidence[0]
    more = _audit(SIGNED, [_found("passed"), _found("passed", evidence={"x": 1.0})], sign_offs=signed)
    assert more.outcomes[1].outcome == "missing human input"
    looser = Policy(
        name="test", requirements=(*SIGNED.requirements[:2], replace(SIGNED.requirements[2], title="Easier."))
    )
    assert _audit(looser, [_found("passed")], sign_offs=signed).outcomes[1].outcome == "missing human input"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"digest": ""}, "bound to nothing"),
        ({"digest": "0" * 64}, "has changed since"),
        ({"on": "2027-01-01"}, "after the audit"),
    ],
)
def test_a_forged_approval_does_not_count(change: dict[str, str], why: str) -> None:
    first = _audit(SIGNED, [_found("passed")])
    told = _audit(SIGNED, [_found("passed")], sign_offs=[OWNER, _approved("Bo Lee", first, **change)], now=NOW)
    assert told.outcomes[1].outcome == "missing human input"
    assert why in told.outcomes[1].evidence[0]


@pytest.mark.parametrize("change", [{"what": "T-9"}, {"role": "intern"}])
def test_a_signature_under_something_else_or_in_another_role_is_none(change: dict[str, str]) -> None:
    assert _audit(SIGNED, sign_offs=[replace(OWNER, **change)]).outcomes[0].outcome == "missing human input"


@pytest.mark.parametrize(
    ("days", "now", "outcome"),
    [
        (300, NOW, "pass"),
        (236, NOW, "missing human input"),
        (237, NOW, "pass"),
        (300, None, "missing human input"),
        (0, None, "pass"),
    ],
)
def test_a_signature_ages_by_the_day(days: int, now: datetime | None, outcome: str) -> None:
    told = _audit(_policy(Check(kind="sign_off", role="owner", days=days)), sign_offs=[OWNER], now=now)
    assert told.outcomes[0].outcome == outcome  # from 31 March to 23 November there are 237 days


def test_evidence_of_unknown_age_is_not_fresh() -> None:
    policy = _policy(Check(kind="finding", codes=("XX-AA-01",), days=30))
    told = _audit(policy, [_found("passed")], now=NOW)
    assert told.outcomes[0].outcome == "fail"
    assert "doesn't say when" in told.outcomes[0].evidence[-1]


def test_a_document_with_a_missing_statement_waits_for_a_person() -> None:
    policy = _policy(Check(kind="document", types=("data_quality.DataRecord",), make="record_data"))
    record = mw.data_quality.record_data(_study(), owner="Ada King")
    told = _audit(policy, documents=[record])
    assert told.outcomes[0].outcome == "missing human input"
    assert "purpose" in told.outcomes[0].evidence[0]
    assert _audit(policy).outcomes[0].outcome == "fail"


def test_a_signature_under_a_document_is_bound_to_that_document() -> None:
    policy = _policy(Check(kind="sign_off", role="owner", on="DataRecord"))
    record, later = (mw.data_quality.record_data(_study(), owner=name) for name in ("Ada King", "Bo Lee"))
    signed = replace(OWNER, digest=digest_of(record))
    assert _audit(policy, documents=[record], sign_offs=[signed]).passed
    assert not _audit(policy, documents=[later], sign_offs=[signed]).passed
    assert not _audit(policy, sign_offs=[signed]).passed


def test_a_log_is_verified_by_the_audit_itself(tmp_path: Path) -> None:
    policy = _policy(Check(kind="log"))
    file = tmp_path / "log.sqlite"
    log = open_records(file)
    assert _audit(policy, log=log).outcomes[0].outcome == "fail"  # it holds nothing
    log.append("decision", {"x": 1}, at=NOW)
    first = _audit(policy, log=log)
    assert first.passed
    log.append("decision", {"x": 2}, at=NOW)
    assert _audit(policy, log=log).evidence_digest == first.evidence_digest  # a log that grows voids no approval
    journals = [each for each in tmp_path.iterdir() if b'"x":1' in each.read_bytes()]
    for each in journals:
        each.write_bytes(each.read_bytes().replace(b'"x":1', b'"x":9'))
    told = _audit(policy, log=open_records(file))
    assert journals
    assert told.outcomes[0].outcome == "fail"


def test_the_same_evidence_has_the_same_digest_and_other_evidence_another() -> None:
    one, same, other = (_audit(FINDING, [_found("passed", evidence={"x": x})]) for x in (1.0, 1.0, 2.0))
    assert one == same
    assert one.outcomes[0].digest != other.outcomes[0].digest
    assert len(one.outcomes[0].digest) == 64


def test_a_digest_is_the_sha256_of_canonical_json() -> None:
    from hashlib import sha256

    study = _study()
    assert digest_of(study) == sha256(b'{"study":"%s"}' % study.fingerprint.encode()).hexdigest()


def test_junit_has_a_case_a_requirement_and_skips_none(tmp_path: Path) -> None:
    result = _audit(SIGNED, [_found("not_enough_data")], sign_offs=[replace(OWNER, statement=HOSTILE)])
    suite = ET.fromstring(result.to_junit(tmp_path / "a.xml").read_bytes())[0]  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "2", "0")
    assert [case.find("failure") is not None for case in suite] == [False, True, True]


def test_sarif_has_what_the_standard_asks_for(tmp_path: Path) -> None:
    result = _audit(SIGNED, [_found("not_enough_data")], sign_offs=[replace(OWNER, statement=HOSTILE)])
    log = json.loads(result.to_sarif(tmp_path / "a.sarif").read_bytes())
    (run,) = log["runs"]
    rules = [each["id"] for each in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["name"] == "mlops-widgets"
    assert len(rules) == len(set(rules)) == 3
    for each in run["results"]:
        assert rules[each["ruleIndex"]] == each["ruleId"]
        assert each["message"]["text"]
        # SARIF 2.1.0, 3.27.10: a result whose kind isn't "fail" has the level "none".
        assert (each["kind"], each["level"]) in {("pass", "none"), ("fail", "error")}
    assert [each["kind"] for each in run["results"]] == ["pass", "fail", "fail"]


def test_hostile_names_come_out_escaped(tmp_path: Path) -> None:
    policy = Policy(
        name=HOSTILE,
        requirements=(Requirement(id=HOSTILE, title=HOSTILE, owner=HOSTILE, check=Check(kind="log", make=HOSTILE)),),
    )
    for suffix in (".html", ".md"):
        assert "<script>alert" not in _audit(policy).save(tmp_path / f"a{suffix}").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "wrong",
    [
        {"results": "x"},
        {"results": [1]},
        {"sign_offs": [1]},
        {"sign_offs": OWNER},
        {"now": "2026"},
        {"policy": "x"},
        {"log": "log.sqlite"},
        {"registry": 3},
    ],
)
def test_a_wrong_argument_is_named(wrong: dict[str, object]) -> None:
    with pytest.raises(WrongTypeError, match=f"{next(iter(wrong))}="):
        audit(_study(), **{"policy": FINDING, **wrong})  # type: ignore[arg-type]  # on purpose


def test_a_small_team_can_meet_all_eight(tmp_path: Path) -> None:
    study, on = mw.sample("loans"), "2026-11-01"
    said = {"text": "Said.", "by": "Ada King", "on": on}
    card = mw.governance.write_model_card(study)
    assert isinstance(card, mw.governance.ModelCard)
    full = mw.governance.write_model_card(study, statements=dict.fromkeys(card.missing, said))
    results = [
        full, mw.overfitting.compare_baselines(study), mw.overfitting.find_leaks(study), mw.explainability.measure_importance(study),
        mw.data_quality.validate(study, mw.data_quality.infer_contract(study)),
    ]  # fmt: skip
    log = open_records(tmp_path / "log.sqlite")
    log.append("decision", {"x": 1}, at=NOW)
    owner = sign_off("ST-1", by="Ada King", role="owner", on=on, statement="Mine.")
    first = audit(study, results=results, log=log, sign_offs=[owner], now=NOW)
    assert isinstance(first, AuditResult)
    approval = sign_off("ST-8", by="Bo Lee", role="approver", on=on, statement="Good.", evidence=first)
    told = audit(study, results=results, log=log, sign_offs=[owner, approval], now=NOW)
    assert isinstance(told, AuditResult)
    assert (first.met, first.asked) == (7, 8)
    assert told.passed, str(told)
    assert Result.from_dict(told.to_dict()) == told


def test_an_empty_log_is_called_empty_and_nobody_is_suspected(tmp_path: Path) -> None:
    policy = _policy(Check(kind="log", make="log.append(…)"))
    for store in (mw.governance.AuditLog(tmp_path / "a.db"), open_records(tmp_path / "b.db")):
        told = audit(_study(), policy, log=store)
        assert isinstance(told, AuditResult)
        assert told.outcomes[0].evidence == ("The log holds no record.",)
        assert told.outcomes[0].action == "log.append(…)"
