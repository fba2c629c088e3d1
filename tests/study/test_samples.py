from html import escape
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.samples import catalogue
from mlops_widgets.study.samples.catalogue import SAMPLES, default_estimator, sample, samples
from mlops_widgets.study.samples.loans import make_loans


def test_every_sample_is_listed_with_source_and_licence() -> None:
    assert list(samples().index) == list(SAMPLES) == ["loans", "flights", "census"]
    assert samples()["synthetic"].tolist() == [True, False, False]


def test_the_list_of_samples_is_shown_whole() -> None:
    page = samples()._repr_html_()  # type: ignore[operator]  # pandas-stubs doesn't know it
    for info in SAMPLES.values():
        assert info.what in repr(samples())
        assert escape(info.what) in page
        assert escape(info.source) in page
    assert "text-align: left" in page


@pytest.mark.parametrize("name", list(SAMPLES))
def test_a_sample_loads_without_fitting_its_model(name: str) -> None:
    study = sample(name)
    assert study.model._model is None  # type: ignore[attr-defined]
    assert study.model.can == {"predict", "scores", "probabilities", "refit"}
    assert study.synthetic == (name == "loans")
    assert ("Synthetic" in str(study)) == study.synthetic
    assert set(study.roles.features) <= set(study.need("test").columns)


@pytest.mark.parametrize("flag", ["shock", "biased_recording", "post_outcome", "artefact"])
def test_the_truth_is_aligned_row_by_row_under_every_flag(flag: str) -> None:
    study = sample("loans", **{flag: True})
    assert study.truth is not None
    for name, table in study.tables.items():
        truth = study.truth[name]
        assert len(truth) == table.rows
        assert "_row" not in table
        known = table["defaulted"].notna().to_numpy()
        wrong = (table["defaulted"][known].to_numpy() != truth["label"].to_numpy()[known]).mean()
        assert (0 < wrong < 0.08) if flag == "biased_recording" else wrong == 0
        assert METRICS["roc_auc"](truth["label"].to_numpy(), truth["probability"].to_numpy()) > 0.65


def test_flags_do_what_they_say() -> None:
    shocked = make_loans(rows=6000, shock=True).table
    assert "outcome_known_on" in shocked
    assert shocked["defaulted"].isna().mean() > 0.08
    assert {"support_calls"} <= set(make_loans(rows=500, post_outcome=True).table)
    assert {"form_version"} <= set(make_loans(rows=500, artefact=True).table)
    assert make_loans(rows=500).table.equals(make_loans(rows=500).table)
    assert not make_loans(rows=500).table.equals(make_loans(rows=500, seed=1).table)


def test_flights_learn_before_may_and_census_before_2017() -> None:
    flights, census = sample("flights"), sample("census")
    assert flights.need("test")["scheduled_departure"].max() < flights.need("production")["scheduled_departure"].min()
    assert flights.need("reference")["scheduled_departure"].max() < flights.need("test")["scheduled_departure"].min()
    assert not {"dep_delay", "arr_delay", "air_time"} & set(flights.roles.features)
    assert np.asarray(census.need("reference")["year"]).max() < 2017 <= census.need("production")["year"].min()


def test_the_default_model_reads_words_and_gaps_and_is_fitted_once() -> None:
    from mlops_widgets.study.samples.loans import NUMBERS, WORDS

    frame = make_loans(rows=600).table.assign(age=lambda f: f["age"].where(f["age"] < 60))
    columns = [*NUMBERS, *WORDS]
    model = default_estimator(columns, words=WORDS, seed=0).fit(frame[columns], frame["defaulted"])
    assert model.predict_proba(frame[columns].assign(purpose="yacht")).shape == (600, 2)


def test_a_samples_model_is_fitted_once_for_all_that_ask_for_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    fits, estimator = [], catalogue.default_estimator

    def counted(*given: Any, **named: Any) -> Any:
        fits.append(named["seed"])
        return estimator(*given, **named)

    monkeypatch.setattr(catalogue, "default_estimator", counted)
    for seed in (9001, 9001, 9002):  # which no other test asks for
        study = sample("census", seed=seed)
        assert study.model.predictions(study.need("test")).any()
    assert fits == [9001, 9002]


def test_whoever_fits_a_samples_model_again_changes_no_other_study() -> None:
    mine, other = sample("census"), sample("census")
    test = other.need("test")
    before, model = other.model.probabilities(test), mine.model.model  # type: ignore[attr-defined]  # samples hold estimators
    model.fit(mine.model.inputs(test), 1 - other.labels(test))  # type: ignore[attr-defined]  # the same
    again = sample("census")
    assert np.array_equal(again.model.probabilities(again.need("test")), before)


def test_a_samples_model_is_made_once_when_it_is_first_asked() -> None:
    study, made = sample("census"), []

    def make() -> LogisticRegression:
        made.append(1)
        return LogisticRegression().fit([[0.0], [1.0]], [0, 1])

    model = EstimatorPredictor(outcome=study.outcome, features=(), make=make)
    assert not made
    assert model.model is model.model
    assert made == [1]


def test_unknown_samples_flags_and_seeds_are_errors() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'loans'"):
        sample("loan")
    with pytest.raises(UnknownNameError, match="Did you mean 'shock'"):
        sample("loans", shok=True)
    with pytest.raises(UnknownNameError, match="Flags: none"):
        sample("census", shock=True)
    with pytest.raises(InputError, match="True or False"):
        sample("loans", shock="yes")
    with pytest.raises(InputError, match="seed="):
        sample("loans", seed=-1)


def test_dirty_loans_are_the_loans_with_the_truth_of_every_cell() -> None:
    dirty, clean = make_loans(rows=3000, dirty=True), make_loans(rows=3000)
    first = ~dirty.truth["typed_twice"].to_numpy()
    assert first.sum() == 3000
    assert 30 < (~first).sum() < 100
    for name in ("credit_score", "income", "employment_years", "purpose"):
        assert (dirty.truth.loc[first, f"clean_{name}"].to_numpy() == clean.table[name].to_numpy()).all()
        wrong = (dirty.table[name] != dirty.truth[f"clean_{name}"]).mean()
        assert 0.005 < wrong < 0.06
    assert dirty.table["application_id"].is_unique
    assert (dirty.table.loc[first, "age"].to_numpy() == clean.table["age"].to_numpy()).all()
