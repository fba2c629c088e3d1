"""What a bundle holds, what it never holds, and how its parts are bound to each other."""

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError
from mlops_widgets.governance.audit_log.audit_log import AuditLog
from mlops_widgets.governance.bundle.bundle_result import Bundle
from mlops_widgets.governance.bundle.export_bundle import export_bundle
from mlops_widgets.governance.cards.model_card import FIELDS
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import sign_off
from mlops_widgets.study.contract.contract import Contract
from tests import awkward
from tests.governance.bundle.bundled import NOW, SECRET, keys, looks, made, policy, signed, study


def _json(folder: Path, path: str) -> Any:
    return json.loads((folder / path).read_text(encoding="utf-8"))


def test_no_file_holds_a_row() -> None:
    folder, _ = signed()
    for file in (each for each in folder.rglob("*") if each.is_file()):
        assert SECRET not in file.read_text(encoding="utf-8"), file.name
        assert f"{study().tables['test']['a'].iloc[0]:.6f}" not in file.read_text(encoding="utf-8"), file.name


def test_no_text_of_the_users_becomes_html() -> None:
    page = (signed()[0] / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<i>" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;loans&lt;/b&gt;" in page
    assert "&lt;script&gt;said" in page


def test_the_page_asks_no_network_and_each_of_its_links_leads_to_a_file() -> None:
    folder, _ = signed()
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert re.search(r"https?://|src=|@import|url\(", page) is None
    assert "default-src 'none'" in page
    links = re.findall(r'href="([^"]+)"', page)
    assert {*links} >= {"audit.html", "bom.json", "MANIFEST.json"}
    assert [link for link in links if not (folder / link).is_file()] == []


def test_the_pages_own_style_is_the_one_that_its_policy_allows() -> None:
    from base64 import b64encode

    page = (signed()[0] / "index.html").read_text(encoding="utf-8")
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert f"style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in page


def test_the_page_and_the_result_tell_the_digest_of_the_list_of_digests() -> None:
    folder, result = signed()
    assert sha256((folder / "SHA256SUMS").read_bytes()).hexdigest() == result.contents_sha256
    assert result.contents_sha256 in (folder / "index.html").read_text(encoding="utf-8")
    assert sha256((folder / "MANIFEST.json").read_bytes()).hexdigest() == result.manifest_sha256


def test_what_passes_is_claimed_what_fails_counterclaimed_and_what_is_open_neither() -> None:
    told = _json(signed()[0], "bom.json")["declarations"]
    lines = told["attestations"][0]["map"]
    assert [line["claims"] for line in lines] == [["claim-1"], [], [], []]
    assert [line["counterClaims"] for line in lines] == [[], ["claim-2"], [], []]
    assert [line["conformance"]["score"] for line in lines] == [1, 0, 0, 0]
    assert [line["conformance"]["rationale"].partition(":")[0] for line in lines] == ["pass", "fail", "not enough data", "missing human input"]  # fmt: skip
    assert "affirmation" not in told


def test_an_item_of_a_regime_gets_claims_and_never_a_score() -> None:
    bom = _json(signed()[0], "bom.json")
    regime = bom["declarations"]["attestations"][1]
    assert [(line["claims"], line["counterClaims"]) for line in regime["map"]] == [(["claim-1"], ["claim-2"])]
    assert "conformance" not in regime["map"][0]
    standard = bom["definitions"]["standards"][1]
    assert standard["requirements"][0]["identifier"] == "IV-2-g"
    assert "looked up on 20" in standard["description"]


def test_every_reference_in_the_bill_leads_to_something_in_it() -> None:
    bom = _json(signed()[0], "bom.json")
    told = bom["declarations"]
    lines = [line for each in told["attestations"] for line in each["map"]]
    asked = {each["bom-ref"] for standard in bom["definitions"]["standards"] for each in standard["requirements"]}
    claims = {each["bom-ref"]: each for each in told["claims"]}
    evidence = {each["bom-ref"] for each in told["evidence"]}
    parts = {each["bom-ref"] for each in bom["components"]}
    assert {line["requirement"] for line in lines} <= asked
    assert {name for line in lines for name in (*line["claims"], *line["counterClaims"])} <= {*claims}
    assert {name for each in claims.values() for name in (*each.get("evidence", ()), *each.get("counterEvidence", ()))} <= evidence  # fmt: skip
    assert {*bom["dependencies"][0]["dependsOn"], *(each["target"] for each in claims.values())} <= parts


def test_the_bill_is_bound_to_the_bytes_of_the_audit_and_the_audit_to_its_evidence() -> None:
    folder, _ = signed()
    outcomes = _json(folder, "audit.json")["outcomes"]
    for claim, outcome in zip(_json(folder, "bom.json")["declarations"]["claims"], outcomes, strict=True):
        reference = claim["externalReferences"][0]
        assert reference["hashes"][0]["content"] == sha256((folder / reference["url"]).read_bytes()).hexdigest()
        assert reference["comment"].endswith(outcome["digest"])


def test_the_bill_has_a_metric_a_slice_with_its_interval() -> None:
    folder, _ = signed()
    told = _json(folder, "bom.json")["components"][0]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    line = _json(folder, "fairness.json")["groups"][0]
    value, lower, upper = line["rates"]["selection_rate"]
    held = next(each for each in told if each["type"] == "selection_rate" and each["slice"] == "test: sex = =F")
    assert (line["attribute"], line["group"]) == ("sex", "=F")
    assert float(held["value"]) == pytest.approx(value, rel=1e-5)
    ends = held["confidenceInterval"]
    assert (float(ends["lowerBound"]), float(ends["upperBound"])) == pytest.approx((lower, upper), rel=1e-5)


def test_of_a_group_of_two_rows_the_number_is_told_and_no_rate() -> None:
    frame = study().tables["test"].pandas().assign(sex=["X"] * 2 + ["=F", "M"] * 99)
    small = mw.load_study(model=study().model.model, test=frame, target="y", features=["a", "b"], groups=["sex"])  # type: ignore[attr-defined]  # of an estimator
    folder = signed()[0].parent / "two rows"
    export_bundle(small, folder)
    told = _json(folder, "bom.json")["components"][0]["modelCard"]
    of_two = [each for each in told["quantitativeAnalysis"]["performanceMetrics"] if each["slice"].endswith("sex = X")]
    assert of_two == [{"type": "rows", "value": "2", "slice": "test: sex = X"}]
    assert all("X" not in each["groupAtRisk"] for each in told["considerations"]["fairnessAssessments"])


def test_a_spreadsheet_takes_no_name_of_a_group_for_a_formula() -> None:
    lines = (signed()[0] / "fairness.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("attribute,group,n,selection_rate")
    assert any(line.startswith("sex,'=F,") for line in lines[1:])
    assert not any(",=F" in line for line in lines)


def test_the_same_evidence_gives_the_same_bytes() -> None:
    one, two = (made(policy=policy(), results=looks(), now=NOW)[1] for _ in range(2))
    assert one.manifest_sha256 == two.manifest_sha256


def test_who_signs_what_the_bundle_shows_is_a_signatory_and_others_are_not() -> None:
    _, first = made(policy=policy(), results=looks(), now=NOW)
    ada = sign_off("T-4", by="Ada King", role="approver", on="2026-11-23", statement="Seen <b>.", evidence=first)
    void = sign_off("T-4", by="Grace Hopper", role="approver", on="2026-11-23", statement="Me too.", evidence="0" * 64)
    stale = replace(ada, digest="1" * 64)
    unasked = sign_off("T-9", by="Kay McNulty", role="owner", on="2026-11-23", statement="Mine.")
    folder, second = made(policy=policy(), results=looks(), now=NOW, sign_offs=[ada, stale, void, unasked])
    assert second.met == first.met + 1
    affirmed = _json(folder, "bom.json")["declarations"]["affirmation"]
    assert [each["name"] for each in affirmed["signatories"]] == ["Ada King"]
    assert affirmed["signatories"][0]["externalReference"]["comment"] == f"T-4, bound to {first.evidence_digest}"
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count("● counts: ") == 1
    assert page.count("○ doesn’t count: ") == 3


def test_a_signature_under_other_evidence_is_void() -> None:
    _, first = made(policy=policy(), results=looks(), now=NOW)
    ada = sign_off("T-4", by="Ada King", role="approver", on="2026-11-23", statement="Seen.", evidence=first)
    folder, second = made(policy=policy(), results=looks()[:1], now=NOW, sign_offs=[ada])
    assert second.met == first.met
    assert "affirmation" not in _json(folder, "bom.json")["declarations"]


def test_an_audit_that_was_passed_is_not_taken_but_made_anew() -> None:
    lenient = Policy(name="lenient", requirements=(policy().requirements[0],))
    passed = audit(study(), lenient, results=looks())
    assert passed.passed  # type: ignore[union-attr]  # it ran
    folder, result = made(policy=policy(), results=[passed, *looks()[1:]])
    assert (result.met, result.asked) == (0, 4)
    assert "AuditResult" not in "".join(each.name for each in (folder / "results").iterdir())


def test_a_look_at_another_study_stays_out_and_is_told() -> None:
    mine = mw.governance.assess_fairness(study(), draws=100)
    assert isinstance(mine, mw.governance.FairnessResult)
    other = replace(mine, fingerprint="0" * 16)
    folder, result = made(results=[other])
    assert any("is about the study" in each for each in result.left_out)
    assert _json(folder, "fairness.json")["fingerprint"] == study().fingerprint


def test_a_look_that_holds_cells_of_a_row_stays_out(tmp_path: Path) -> None:
    from sklearn.tree import DecisionTreeClassifier

    frame = study().tables["test"].pandas()
    tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(frame[["a", "b"]], frame["y"])
    grown = mw.load_study(model=tree, test=frame, target="y", features=["a", "b"])
    path = mw.explainability.read_decision_path(grown, row=1)
    assert not isinstance(path, NoResult)
    result = export_bundle(grown, tmp_path / "bundle", results=[path])
    assert isinstance(result, Bundle)
    assert any("DecisionPathResult holds cells" in each for each in result.left_out)
    assert not (tmp_path / "bundle/results").exists()
    assert path.headline not in (tmp_path / "bundle/model_card/README.md").read_text(encoding="utf-8")


def test_statements_fill_the_card_and_two_sources_of_a_card_are_refused() -> None:
    said = {name: {"text": f"About {name}.", "by": "Ada King", "on": "2026-11-01"} for name in FIELDS}
    needed = Requirement(id="C-1", title="Card.", check=Check(kind="document", types=("ModelCard",)))
    folder, result = made(statements=said, policy=Policy(name="card", requirements=(needed,)))
    assert result.met == 1
    assert "About caveats. (said by Ada King on 2026-11-01)" in str(_json(folder, "bom.json")["components"][0])
    card = mw.governance.write_model_card(study(), draws=50)
    with pytest.raises(InputError, match="two sources of one card"):
        export_bundle(study(), folder.parent / "other", statements=said, results=[card])


def test_a_contract_that_was_passed_is_the_one_that_is_written() -> None:
    rules = mw.data_quality.ColumnRules(name="a", type="number", lower=-9)
    folder, result = made(contract=Contract(name="mine", columns=(rules,)))
    assert "minimum: -9" in (folder / "contract.odcs.yaml").read_text(encoding="utf-8")
    assert not any("contract" in each for each in result.left_out)


def test_without_a_contract_names_and_types_are_told_and_nothing_of_cells() -> None:
    folder, result = made()
    found = Contract.from_odcs((folder / "contract.odcs.yaml").read_text(encoding="utf-8"))
    assert [(each.name, each.type, each.lower, each.allowed) for each in found.columns] == [
        ("a", "number", None, ()), ("b", "number", None, ()), ("y", "integer", None, ()),
    ]  # fmt: skip
    assert any("No contract was passed" in each for each in result.left_out)


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    table, model = tmp_path / "test.csv", tmp_path / "m.bin"
    study().tables["test"].pandas().to_csv(table, index=False)
    model.write_bytes(b"model")
    folder, _ = made(files={"test": table, "model": model})
    parts = {each["bom-ref"]: each for each in _json(folder, "bom.json")["components"]}
    assert parts["model"]["hashes"] == [{"alg": "SHA-256", "content": sha256(b"model").hexdigest()}]
    assert parts["data-2"]["hashes"][0]["content"] == sha256(table.read_bytes()).hexdigest()
    assert "hashes" not in parts["data-1"]
    croissant = _json(folder, "croissant.json")
    assert croissant["distribution"][0]["sha256"] == sha256(table.read_bytes()).hexdigest()


def test_a_file_of_another_table_is_refused(tmp_path: Path) -> None:
    pd.DataFrame({"x": [1]}).to_csv(tmp_path / "test.csv", index=False)
    with pytest.raises(InputError, match="other columns"):
        made(files={"test": tmp_path / "test.csv"})
    with pytest.raises(InputError, match="isn't there"):
        made(files={"model": tmp_path / "none"})
    with pytest.raises(UnknownNameError, match="Did you mean 'test'"):
        made(files={"tets": tmp_path / "test.csv"})
    with pytest.raises(WrongTypeError, match="Pass a mapping"):
        made(files=[tmp_path / "test.csv"])


def test_the_logs_checkpoint_is_that_of_the_log(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "log.db")
    log.append("release", {"v": 1}, at=NOW)
    folder, result = made(log=log, now=NOW)
    kept = _json(folder, "log_checkpoint.json")
    assert (kept["size"], kept["root"], kept["at"]) == (1, log.root(), NOW.isoformat(timespec="seconds"))
    assert log.verify(mw.governance.Checkpoint.read(folder / "log_checkpoint.json")).is_intact
    assert not any("log" in each for each in result.left_out)


def test_a_model_that_fails_leaves_a_bundle_that_says_so() -> None:
    def fail(frame: pd.DataFrame) -> pd.Series:
        raise RuntimeError(f"no answer for {frame.iloc[0]['who']}")

    frame = study().tables["test"].pandas()
    broken = mw.load_study(predict=fail, test=frame, target="y", features=["a", "b", "who"], groups=["sex"])
    folder = signed()[0].parent / "broken"
    result = export_bundle(broken, folder)
    assert isinstance(result, Bundle)
    assert any(each.startswith("No model card") for each in result.left_out)
    assert SECRET not in "".join(each.read_text(encoding="utf-8") for each in folder.rglob("*") if each.is_file())


@pytest.mark.parametrize("name", ["odd_names", "logged_predictions", "three_classes", "tiny_test", "late_labels"])
def test_awkward_studies_have_bundles(name: str, tmp_path: Path) -> None:
    result = export_bundle(getattr(awkward, name)().study, tmp_path / "bundle", sign_with=keys()[0])
    assert isinstance(result, Bundle)
    assert mw.governance.verify_bundle(tmp_path / "bundle", public_key=keys()[1]).is_intact


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(WrongTypeError, match="without a zone"):
        made(now=NOW.replace(tzinfo=None))
