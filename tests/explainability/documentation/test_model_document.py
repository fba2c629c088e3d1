import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw
from mlops_widgets.core.document import Grid, Paragraph, Statement
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import InputError
from mlops_widgets.explainability import ModelDocument, document_model, write_rationale_form
from tests.awkward import AWKWARD, HOSTILE_NAMES, study_of

ADA = {"text": "Because *I* say <b>so</b>", "author": "Ada", "date": "2026-03-01"}


def written(study: mw.Study, **options: object) -> ModelDocument:
    found = document_model(study, **{"explained_rows": 20, "draws": 50, **options})  # type: ignore[arg-type]
    assert isinstance(found, ModelDocument)
    return found


@cache
def of(name: str) -> ModelDocument:
    return written(study_of(name))


def finding(result: Result, code: str) -> Finding:
    return next(each for each in result.findings if each.code == code)


@cache
def additive(**options: object) -> ModelDocument:
    """Write down 3 a - b + a hill of c, of independent columns; d does nothing."""
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.uniform(-1, 1, (400, 4)), columns=list("abcd"))
    rows["y"] = predict(rows)
    study = mw.load_study(
        predict=predict, task="regression", reference=rows[:200], test=rows[200:], target="y", metric="rmse"
    )
    return written(study, explained_rows=100, **options)


def predict(rows: pd.DataFrame) -> np.ndarray:
    return np.asarray(3 * rows["a"] - rows["b"] - 2 * np.abs(rows["c"]) + 0 * rows["d"])


@pytest.mark.parametrize("name", AWKWARD)
def test_every_study_is_written_down(name: str) -> None:
    result = of(name)
    assert [each.code for each in result.findings][:3] == ["EX-DO-01", "EX-DO-02", "EX-DO-03"]
    assert result.contents(".md").startswith(b"# Model document")


def test_shapes_and_order_are_those_of_the_model() -> None:
    found = additive().influences
    assert found is not None
    # Mean |a centred uniform| is a half: 3/2; 1/2; of 2 |c| less its mean of 1, a half; d nothing.
    shapes = {each.column: each.shape for each in found.columns}
    assert shapes == {"a": "rises", "b": "falls", "c": "rises then falls", "d": "not used"}
    assert [each.column for each in found.columns][::3] == ["a", "d"]
    assert found.columns[0].lower < 1.5 / 2.5 < found.columns[0].upper
    assert finding(additive(), "EX-DO-01").status == "passed"


def test_a_model_that_adds_up_has_no_pairs() -> None:
    found = additive().influences
    assert found is not None
    assert len(found.pairs) == 6
    assert all(pair.share == pytest.approx(0, abs=1e-12) for pair in found.pairs)


def test_a_product_is_found_among_the_pairs() -> None:
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(rng.uniform(-1, 1, (200, 3)), columns=list("abc"))
    rows["y"] = rows["a"] * rows["b"] + 0.1 * rows["c"]
    study = mw.load_study(
        predict=lambda f: (f["a"] * f["b"] + 0.1 * f["c"]).to_numpy(), task="regression", test=rows, target="y"
    )
    found = written(study, explained_rows=80).influences
    assert found is not None
    first = found.pairs[0]
    assert {first.first, first.second} == {"a", "b"}
    # The variance of a b is 1/9, that of c / 10 is .01 / 3.
    assert first.lower < (1 / 9) / (1 / 9 + 0.01 / 3) < first.upper


def test_a_model_that_says_the_same_of_every_row_fails() -> None:
    rows = pd.DataFrame({"a": np.arange(40.0), "y": np.arange(40.0)})
    study = mw.load_study(predict=lambda f: np.zeros(len(f)), task="regression", test=rows, target="y")
    assert finding(written(study), "EX-DO-01").status == "failed"


def test_rows_outside_the_training_rows_are_found() -> None:
    rng = np.random.default_rng(2)
    rows = pd.DataFrame({"a": rng.uniform(size=300), "y": rng.uniform(size=300)})
    late = rows.assign(a=np.where(np.arange(300) < 90, 2.0, rows["a"].clip(0.1, 0.9)))
    study = mw.load_study(
        predict=lambda f: f["a"].to_numpy(), task="regression", reference=rows, test=rows, production=late, target="y"
    )
    found = finding(written(study), "EX-DO-04")
    assert (found.status, found.evidence["beyond"]) == ("warning", 1)
    assert found.evidence["share"] == pytest.approx(0.3)


def test_a_score_that_fell_in_production_fails() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=600)
    y = (x + 0.3 * rng.normal(size=600) > 0).astype(int)
    test = pd.DataFrame({"x": x, "y": y})
    late = test.assign(y=rng.permutation(y))
    study = mw.load_study(
        predict_proba=lambda f: np.column_stack([1 - 1 / (1 + np.exp(-f["x"])), 1 / (1 + np.exp(-f["x"]))]), test=test,
        production=late, target="y",
    )  # fmt: skip
    assert finding(written(study), "EX-DO-03").status == "failed"


def test_without_a_model_what_is_known_is_written_and_the_rest_is_named() -> None:
    result = of("logged_predictions")
    assert finding(result, "EX-DO-01").status == "not_applicable"
    assert "test.score" in result.facts
    assert any("model that can be asked" in text for text in result.without)


def test_a_statement_is_shown_with_name_and_date_and_stays_words() -> None:
    study = study_of("plain")
    result = written(study, rationale={"owner": ADA, "columns": {"a": ADA}})
    said = [b for s in result.document.sections for b in s.blocks if isinstance(b, Statement) and b.source == "human"]
    assert {(each.author, each.date) for each in said} == {("Ada", "2026-03-01")}
    assert len(said) == 2
    assert finding(result, "EX-DO-02").evidence["filled"] == 2
    assert b"<b>so</b>" not in result.contents(".md")


def test_what_nobody_said_is_shown_as_empty() -> None:
    document = of("plain").document
    empty = [b for s in document.sections for b in s.blocks if isinstance(b, Statement) and b.source == "missing"]
    assert len(empty) == len(of("plain").rationale.empty)


def test_all_fields_filled_pass() -> None:
    study = study_of("ten_rows_a_customer")
    names = of("ten_rows_a_customer").rationale.fields
    filled = {name: ADA for name in names if "." not in name} | {"columns": dict.fromkeys(study.model.features, ADA)}
    assert finding(written(study, rationale=filled), "EX-DO-02").status == "passed"


def test_statements_older_than_the_training_rows_are_named() -> None:
    rows = pd.DataFrame({
        "day": pd.date_range("2026-01-01", periods=60), "a": np.arange(60.0) % 7, "y": np.arange(60.0) % 5
    })  # fmt: skip
    study = mw.load_study(
        predict=lambda f: f["a"].to_numpy(),
        task="regression",
        reference=rows[:30],
        test=rows[30:],
        target="y",
        time="day",
    )
    old, new = {**ADA, "date": "2026-01-29"}, {**ADA, "date": "2026-01-30"}
    found = finding(written(study, rationale={"owner": old, "purpose": new}), "EX-DO-06")
    assert (found.status, found.evidence["older"]) == ("warning", 1)
    assert finding(written(study, rationale={"purpose": new}), "EX-DO-06").status == "passed"


def test_other_looks_are_quoted_and_weak_slices_taken_over() -> None:
    study = study_of("plain")
    weak = mw.overfitting.find_weak_slices(study)
    pairs = mw.explainability.find_interactions(study, max_rows=20)
    result = written(study, results=[weak, study.describe(), pairs])
    assert finding(result, "EX-DO-05").status == min(
        (each.status for each in weak.findings), key=["failed", "warning", "not_enough_data", "passed"].index
    )
    assert [each.code for each in result.others.headlines] == ["ST-01", "EX-IN-01"]
    assert result.influences is not None
    assert [each.share for each in result.influences.pairs] == [each.share for each in pairs.pairs]  # type: ignore[union-attr]
    assert finding(of("plain"), "EX-DO-05").status == "not_run"


def test_results_of_another_study_are_refused() -> None:
    effects = mw.explainability.measure_effects(study_of("three_classes"), max_rows=30, dependence_rows=10, draws=50)
    with pytest.raises(InputError, match="doesn't take"):
        written(study_of("plain"), results=[effects])


def test_options_are_checked() -> None:
    for options in ({"margin_outside": 0}, {"results": [3]}, {"results": of("plain")}, {"explained_rows": 3}):
        with pytest.raises(InputError):
            written(study_of("plain"), **options)


def test_the_same_facts_have_the_same_hash_and_other_facts_another() -> None:
    again = written(study_of("plain"))
    assert again.facts_hash == of("plain").facts_hash
    assert of("tiny_test").facts_hash != of("plain").facts_hash
    assert json.loads(again.contents(".json"))["facts"]["test.score"]["n"] == again.facts["test.score"].n


def test_hostile_names_stay_words() -> None:
    text = of("odd_names").contents(".html").decode()
    assert not [name for name in map(str, HOSTILE_NAMES) if "<" in name and name in text]
    assert any("<" in name for name in map(str, HOSTILE_NAMES))
    grids = [b for s in of("odd_names").document.sections for b in s.blocks if isinstance(b, Grid)]
    assert len(grids[0].rows) == len(HOSTILE_NAMES)


def test_the_form_keeps_what_was_filled_when_it_is_written_again(tmp_path: Path) -> None:
    study = study_of("plain")
    path = write_rationale_form(study, tmp_path / "notes.toml")
    text = path.read_text().replace(
        '[owner]\ntext = ""\nauthor = ""\ndate = ""', '[owner]\ntext = "Risk"\nauthor = "Ada"\ndate = 2026-03-01'
    )
    path.write_text(text)
    assert written(study, rationale=path).rationale.of("owner").date == "2026-03-01"  # type: ignore[union-attr]
    write_rationale_form(study_of("three_classes"), path)
    assert 'text = "Risk"' in path.read_text()
    path.write_text("owner = 3")
    with pytest.raises(InputError):
        write_rationale_form(study, path)
    assert path.read_text() == "owner = 3"


def test_nobodys_cell_is_in_the_text() -> None:
    rng = np.random.default_rng(4)
    names = [f"person {k}" for k in range(60)]
    rows = pd.DataFrame({"name": names, "a": rng.normal(size=60), "y": rng.normal(size=60)})
    rows.loc[0, "a"] = 98765.0
    study = mw.load_study(predict=lambda f: f["a"].to_numpy(), task="regression", reference=rows, test=rows, target="y")
    text = str(written(study).to_dict())
    assert "person 1" not in text
    assert "98765" not in text.replace(",", "")


class _Connected(LogisticRegression):
    """A model whose settings hold a secret."""

    def __init__(self, api_key: str = "", store: str = "", C: float = 1.0) -> None:
        super().__init__(C=C)
        self.api_key, self.store = api_key, store


def test_settings_that_may_be_secrets_are_kept_back() -> None:
    plain = study_of("plain")
    rows = plain.need("reference").pandas()
    numbers = rows[[name for name in plain.model.features if rows[name].dtype.kind in "if"]].fillna(0)
    model = _Connected(api_key="sk-hunter2", store="db://me:hunter2@host/x", C=0.5).fit(
        numbers, rows[plain.outcome.target]
    )
    study = mw.load_study(
        model=model, reference=rows.assign(**numbers), test=rows.assign(**numbers), target=plain.outcome.target,
        features=[str(name) for name in numbers],
    )  # fmt: skip
    made = written(study)
    assert made.facts["model.settings.C"].value == "0.5"
    assert "hunter2" not in made.contents(".json").decode() + made.contents(".md").decode()


def test_warnings_stand_out_in_the_text() -> None:
    tones = [b.tone for s in of("logged_predictions").document.sections for b in s.blocks if isinstance(b, Paragraph)]
    assert "warning" in tones
