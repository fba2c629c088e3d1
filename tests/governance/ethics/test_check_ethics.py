"""An ethics checklist: nobody's silence holds, no statement stands in for evidence, and no answer outlives its study."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.result import Finding, NoResult, Result, Status
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.ethics.check_ethics import check_ethics
from mlops_widgets.governance.ethics.checklist import Checklist, read_checklist
from mlops_widgets.governance.ethics.ethics_result import EthicsItem, EthicsResult
from mlops_widgets.governance.ethics.guideline import Guideline
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import sign_off
from mlops_widgets.study.study import Study

SAID = {"answer": "yes", "text": "We asked the board.", "by": "Ada King", "on": "2026-03-31"}
GUIDELINE = Guideline(text="# Ours\n\nVersion 3, 2026-03-01.\n\n## What we do\n\n- We ask first.\n")
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@cache
def _study() -> Study:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=120), "b": rng.normal(size=120)})
    frame["y"] = (frame.a + rng.normal(size=120) > 0).astype(int)
    model = LogisticRegression().fit(frame[["a", "b"]], frame.y)
    return mw.load_study(model=model, test=frame, target="y", name="small")


def _checklist(*checks: Check) -> Checklist:
    items = tuple(Requirement(id=f"T{at}", title=f"Item {at}.", check=each) for at, each in enumerate(checks, 1))
    return Checklist(items=Policy(name="test", requirements=items), sections={"T": "Testing"})


PERSON = Check(kind="sign_off", role="respondent", on="study")
LOOK = Check(kind="finding", codes=("XX-AA-01",), make="mw.xx(study)")


def _found(status: Status, code: str = "XX-AA-01") -> Result:
    return Result(findings=(Finding(code=code, status=status, claim="It is so.", action="Do it."),), rows=9)


def _check(
    answers: Mapping[str, Any] | None, *checks: Check, results: Sequence[Result] = (), **options: Any
) -> EthicsResult:
    told = check_ethics(_study(), answers, checklist=_checklist(*checks), results=results, **options)
    assert isinstance(told, EthicsResult)
    return told


def _answered(**items: Mapping[str, str]) -> dict[str, Any]:
    return {"study": _study().fingerprint, **items}


def _only(result: EthicsResult) -> EthicsItem:
    (item,) = result.items
    return item


def test_what_nobody_answered_fails_and_says_how_to_answer() -> None:
    told = _check(None, PERSON, LOOK)
    assert [each.state for each in told.items] == ["unanswered", "unanswered"]
    assert told.status == "failed"
    assert "write_ethics_answers" in told.items[0].action
    assert "mw.xx(study)" in told.items[1].action


def test_a_signed_statement_about_this_study_holds() -> None:
    item = _only(told := _check(_answered(T1=SAID), PERSON, now=NOW))
    assert (item.state, item.by, item.on, item.told) == (
        "statement",
        "Ada King",
        "2026-03-31",
        ("We asked the board.",),
    )
    assert told.status == "passed"
    assert told.uncounted == ()


@pytest.mark.parametrize("lost", ["answer", "text", "by", "on"])
def test_an_answer_without_reason_name_or_day_is_none(lost: str) -> None:
    assert _only(_check(_answered(T1={**SAID, lost: ""}), PERSON)).state == "unanswered"
    part = {key: value for key, value in SAID.items() if key != lost}
    assert _only(_check(_answered(T1=part), PERSON)).state == "unanswered"


@pytest.mark.parametrize("study", ["", "0123456789abcdef"])
def test_an_answer_about_another_study_or_none_counts_for_nothing(study: str) -> None:
    told = _check({"study": study, "T1": SAID}, PERSON)
    assert _only(told).state == "unanswered"
    assert len(told.uncounted) == 1
    assert [each.code for each in told.findings] == ["GV-ET-01", "GV-ET-02", "GV-ET-04"]


def test_an_answer_of_tomorrow_counts_for_nothing() -> None:
    told = _check(_answered(T1={**SAID, "on": "2026-06-02"}), PERSON, now=NOW)
    assert _only(told).state == "unanswered"
    assert "after this check" in told.uncounted[0]


def test_a_no_always_counts_even_beside_evidence_that_passes_and_of_another_study() -> None:
    no = {**SAID, "answer": "no"}
    assert _only(_check(_answered(T1=no), PERSON)).state == "not met"
    assert _only(_check(_answered(T1=no), LOOK, results=[_found("passed")])).state == "not met"
    assert _only(_check({"study": "", "T1": no}, PERSON)).state == "not met"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("passed", "evidence"), ("warning", "not met"), ("failed", "not met"), ("not_enough_data", "not enough data"),
        ("not_applicable", "not met"), ("not_run", "not met"),
    ],
)  # fmt: skip
def test_evidence_is_judged_as_in_an_audit(status: Status, state: str) -> None:
    assert _only(_check(None, LOOK, results=[_found(status)])).state == state


def test_the_worst_of_several_looks_counts() -> None:
    for results in ([_found("passed"), _found("failed")], [_found("failed"), _found("passed")]):
        assert _only(_check(None, LOOK, results=results)).state == "not met"


@pytest.mark.parametrize("results", [[], [_found("failed")], [_found("not_enough_data")]])
@pytest.mark.parametrize("answer", ["yes", "does not apply"])
def test_a_person_cannot_answer_what_evidence_can(results: list[Result], answer: str) -> None:
    told = _check(_answered(T1={**SAID, "answer": answer}), LOOK, results=results)
    assert _only(told).state in {"unanswered", "not met", "not enough data"}
    assert "evidence answers this item" in told.uncounted[0]


def test_a_person_may_say_that_an_item_does_not_apply_where_the_look_says_it_cannot_be_made() -> None:
    gone = {**SAID, "answer": "does not apply"}
    finding = Finding(code="XX-AA-00", status="not_applicable", claim="Can't be measured here.", action="Pass it.")
    nothing = NoResult(findings=(finding,), rows=0, strategy="xx", missing="groups", fingerprint=_study().fingerprint)
    told = _check(_answered(T1=gone, T2=SAID), LOOK, PERSON, results=[nothing])
    assert [each.state for each in told.items] == ["does not apply", "statement"]
    assert told.status == "passed"
    assert told.findings[2].code == "GV-ET-03"
    unbound = _check(_answered(T1=gone, T2=SAID), LOOK, PERSON, results=[replace(nothing, fingerprint="")])
    assert unbound.items[0].state == "not met"
    assert "Ada King" in told.findings[2].claim


def test_a_checklist_of_which_nothing_applies_is_not_passed() -> None:
    told = _check(_answered(T1={**SAID, "answer": "does not apply"}), PERSON)
    assert _only(told).state == "does not apply"
    assert told.status == "failed"


def test_evidence_of_another_study_is_refused_and_named() -> None:
    other = mw.governance.assess_fairness(mw.sample("census"), groups="SEX", draws=100)
    told = _check(None, LOOK, results=[other])
    assert any("isn't evidence here" in each for each in told.uncounted)


def _sign(digest: str, on: str = "2026-03-02") -> list[mw.governance.SignOff]:
    return [
        sign_off("guideline", by="Ada King", role="owner", on=on, statement="This is how we work.", evidence=digest)
    ]


def test_only_the_owner_makes_a_guideline_stand() -> None:
    visitor = sign_off(
        "guideline", by="Bo Lee", role="visitor", on="2026-03-02", statement="Fine.", evidence=GUIDELINE.digest
    )
    told = _check(_answered(T1=SAID), PERSON, guideline=GUIDELINE, sign_offs=[visitor])
    assert told.findings[1].status == "failed"
    assert "role 'visitor'" in told.findings[1].claim


def test_a_look_at_another_study_waives_nothing() -> None:
    rows = pd.DataFrame({"z": [0.0, 1.0] * 60, "y": [0, 1] * 60, "grp": (["a"] * 2 + ["b"] * 2) * 30})
    model = LogisticRegression().fit(rows[["z"]], rows.y)
    real = mw.load_study(model=model, test=rows, target="y", groups="grp", favourable=1, features=["z"])
    without = mw.load_study(model=model, test=rows[["z", "y"]], target="y")
    asked = _checklist(Check(kind="finding", codes=("GV-FA-01",), make="x"), PERSON)
    gone = {**SAID, "answer": "does not apply"}
    none = mw.governance.assess_fairness(without)
    assert isinstance(none, NoResult)
    told = check_ethics(real, {"study": real.fingerprint, "T1": gone, "T2": SAID}, checklist=asked, results=[none])
    assert isinstance(told, EthicsResult)
    assert told.items[0].state != "does not apply"
    own = check_ethics(without, {"study": without.fingerprint, "T1": gone, "T2": SAID}, checklist=asked)
    assert isinstance(own, EthicsResult)
    assert (own.items[0].state, own.uncounted) == ("does not apply", ())


def test_a_guideline_stands_while_its_text_is_what_was_signed() -> None:
    def state(text: Guideline, on: str = "2026-03-02") -> Finding:
        told = _check(_answered(T1=SAID), PERSON, guideline=text, sign_offs=_sign(GUIDELINE.digest, on), now=NOW)
        return next(each for each in told.findings if each.code == "GV-ET-02")

    assert state(GUIDELINE).status == "passed"
    changed = Guideline(text=GUIDELINE.text.replace("first", "later"))
    assert state(changed).status == "failed"
    assert "has changed since" in state(changed).claim
    assert state(GUIDELINE, on="2026-06-02").status == "failed"


def test_a_guideline_with_blanks_fails_though_it_is_signed() -> None:
    blank = Guideline(text=GUIDELINE.text + "- [fill in: who] stops it.\n")
    told = _check(_answered(T1=SAID), PERSON, guideline=blank, sign_offs=_sign(blank.digest))
    assert told.findings[1].status == "failed"
    assert not told.guideline.stands
    assert not _check(None, PERSON).guideline.stands


def _documented() -> set[str]:
    """Return every code that methods.md names; a line of a table may name several: "| GV-EQ-01, 04 |"."""
    text = (Path(__file__).parents[3] / "docs" / "methods.md").read_text(encoding="utf-8")
    plain = set(re.findall(r"[A-Z]{2}-[A-Z]{2}-\d\d", text))
    text = re.sub(r"(?m)^\| ([A-Z]{2}-[A-Z]{2}-)(\d\d) … [A-Z]{2}-[A-Z]{2}-(\d\d) \|", _spelled, text)
    found = re.findall(r"(?m)^\| ([A-Z]{2}-[A-Z]{2}-)(\d\d(?:, \d\d)*) \|", text)
    return plain | {f"{start}{number}" for start, numbers in found for number in numbers.split(", ")}


def _spelled(found: re.Match[str]) -> str:
    """Return "| OV-BL-02 … OV-BL-04 |" with every number."""
    start, first, last = found.groups()
    return f"| {start}{', '.join(f'{number:02d}' for number in range(int(first), int(last) + 1))} |"


@pytest.mark.parametrize("name", ["small team", "regulated"])
def test_ready_policies_ask_for_findings_and_documents_that_there_are(name: Any) -> None:
    for each in Policy.ready(name).requirements:
        assert {part for code in each.check.codes for part in code.split("|")} <= _documented(), each.id
        assert all(callable(attrgetter(kind)(mw)) for kind in each.check.types), each.id
        for part in each.check.make.split(", or "):
            call = re.sub(r"^\w+ = ", "", part).partition("(")[0].removeprefix("mw.")
            assert not call or callable(attrgetter(call)(mw)), each.id


def test_the_ready_checklist_asks_for_looks_that_there_are() -> None:
    known = _documented()
    asked = read_checklist()
    people = sum(each.check.kind == "sign_off" for each in asked.items.requirements)
    count = len(asked.items.requirements)
    told = (Path(__file__).parents[3] / "docs" / "methods.md").read_text(encoding="utf-8")
    assert (
        f"{count - people} of its {count} items are answered by evidence, judged as in an audit; {people} by a person"
        in told
    )
    for each in asked.items.requirements:
        assert asked.section(each.id) != "Other"
        assert {part for code in each.check.codes for part in code.split("|")} <= known, each.id
        call = each.check.make.partition("(")[0].removeprefix("log = ").removeprefix("mw.")
        if call:
            assert callable(attrgetter(call)(mw)), each.id
        assert (each.check.kind == "sign_off") == (not each.check.make), each.id


def test_regulated_policy_takes_the_checklist_as_evidence() -> None:
    rule = next(each for each in Policy.ready("regulated").requirements if each.id == "RG-26")
    policy = Policy(name="one", requirements=(rule,))
    open_one = _check(None, PERSON)
    done = _check(_answered(T1=SAID), PERSON, guideline=GUIDELINE, sign_offs=_sign(GUIDELINE.digest))
    for evidence, outcome in ((open_one, "fail"), (done, "pass")):
        told = mw.governance.audit(_study(), policy, results=[evidence])
        assert isinstance(told, mw.governance.AuditResult)
        assert told.outcomes[0].outcome == outcome


def test_the_answers_file_is_made_filled_and_read(tmp_path: Path) -> None:
    file = mw.governance.write_ethics_answers(tmp_path / "ethics.toml", _study(), checklist=_checklist(PERSON, LOOK))
    assert check_ethics(_study(), file, checklist=_checklist(PERSON, LOOK)).status == "failed"
    text = file.read_text(encoding="utf-8")
    for part, value in SAID.items():
        text = text.replace(f'{part} = ""', f'{part} = "{value}"')
    file.write_text(text, encoding="utf-8")
    told = check_ethics(_study(), file, checklist=_checklist(PERSON, LOOK), results=[_found("passed")])
    assert told.status == "passed"
    with pytest.raises(InputError, match="is there already"):
        mw.governance.write_ethics_answers(file, _study())
    with pytest.raises(InputError, match=r"must end in \.toml"):
        mw.governance.write_ethics_answers(tmp_path / "ethics.txt", _study())


def test_the_ready_answers_file_is_toml_with_every_item_for_a_person(tmp_path: Path) -> None:
    file = mw.governance.write_ethics_answers(tmp_path / "ethics.toml", _study())
    plain = tomllib.loads(file.read_text(encoding="utf-8"))
    people = {each.id for each in read_checklist().items.requirements if each.check.kind == "sign_off"}
    assert set(plain) == {"study"} | people


def test_a_hostile_checklist_writes_no_answer_into_the_file(tmp_path: Path) -> None:
    title = 'x\n[T9]\nanswer = "yes"\u2028y'
    item = Requirement(id='T"1]\\', title=title, check=PERSON)
    hostile = Checklist(items=Policy(name="n\nb = 1", requirements=(item,)), sections={"T": "s\nc = 2"})
    file = mw.governance.write_ethics_answers(tmp_path / "a.toml", _study(), checklist=hostile)
    assert set(tomllib.loads(file.read_text(encoding="utf-8"))) == {"study", 'T"1]\\'}


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"T7": SAID}, UnknownNameError), ({"T1": "yes"}, InputError), ({"T1": {**SAID, "answer": "maybe"}}, UnknownNameError),
        ({"T1": {**SAID, "by": "tbd"}}, InputError), ({"T1": {**SAID, "on": "soon"}}, InputError), ({"T1": {**SAID, "more": ""}}, InputError),
        ({"T1": {**SAID, "text": 3}}, WrongTypeError), ({"study": 3}, WrongTypeError), (3, WrongTypeError), ("missing.toml", InputError),
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_used_is_refused_by_name(answers: Any, error: type[MlopsWidgetsError]) -> None:
    with pytest.raises(error):
        _check(answers, PERSON)


@pytest.mark.parametrize(
    "text",
    [
        "", "checklist = 2\nname = 'x'\nrequirements = []", "checklist = 1\nname = 'x'\nrequirements = []",
        "checklist = 1\nname = 'x'\nsections = 3\n[[requirements]]\nid = 'A'\ntitle = 't'\ncheck = 'log'",
        "checklist = 1\nname = 'x'\n[[requirements]]\nid = 'A'\ntitle = 't'\ncheck = 'sorcery'", "[", "more = 1",
    ],
)  # fmt: skip
def test_a_checklist_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_checklist(tmp_path / "list.toml")


@pytest.mark.parametrize("part", [{"on": "evidence"}, {"on": ""}, {"independent": True}])
def test_an_item_that_answers_cannot_meet_is_refused(part: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="T1"):
        _checklist(Check(**{"kind": "sign_off", "role": "respondent", "on": "study", **part}))
    with pytest.raises(InputError, match="'study'"):
        Checklist(items=Policy(name="x", requirements=(Requirement(id="study", title="t", check=PERSON),)), sections={})


def test_an_answer_that_is_too_old_is_named() -> None:
    told = _check(_answered(T1=SAID), Check(kind="sign_off", role="respondent", on="study", days=30), now=NOW)
    assert _only(told).state == "unanswered"
    assert "older than the item allows" in told.uncounted[0]


def test_what_a_look_says_of_a_row_is_not_quoted() -> None:
    study = mw.sample("loans")
    told = mw.governance.explain_decision(study, 3, explanation=mw.explainability.explain(study, 3, method="shap"))
    held = check_ethics(study, results=[told])
    assert isinstance(held, EthicsResult)
    assert next(each for each in held.items if each.id == "D4").state == "not met"
    assert "of test: the model says" not in held.contents(".json").decode()
    card = mw.governance.write_model_card(study, results=[told], draws=50)
    assert "of test: the model says" not in card.contents(".json").decode()


def test_results_that_name_no_study_are_named() -> None:
    assert _check(None, LOOK, results=[_found("passed")]).unbound == ("core.Result",)


def test_names_from_outside_stay_text_in_page_and_json() -> None:
    script = "<script>window.pwned=1</script>"
    text = Guideline(text=f"# {script}\n\nVersion 1, 2026-03-01.\n\n## {script}\n\n{script}\n")
    told = _check(_answered(T1={**SAID, "text": script, "by": f"Ada {script}"}), PERSON, guideline=text)
    page = told.contents(".html").decode()
    assert script not in page
    assert page.count("&lt;script&gt;window.pwned=1&lt;/script&gt;") >= 5  # title, heading, text, statement, name
    assert Result.from_dict(told.to_dict()).to_dict() == told.to_dict()


def test_every_state_is_in_document_and_frame() -> None:
    told = _check(
        _answered(T1=SAID, T3={**SAID, "answer": "no"}),
        PERSON,
        LOOK,
        PERSON,
        PERSON,
        results=[_found("not_enough_data")],
    )
    assert told.frame()["state"].tolist() == ["statement", "not enough data", "not met", "unanswered"]
    text = told.contents(".md").decode()
    assert "We asked the board" in text
    assert "○\N{NO-BREAK SPACE}unanswered" in text
    assert told.held == 1
