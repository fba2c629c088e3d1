from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.overfitting.representative.slice_losses import Loss, loss_of, row_losses
from mlops_widgets.overfitting.representative.slice_search import halves
from mlops_widgets.overfitting.representative.weak_slices import WeakSlicesResult, find_weak_slices
from mlops_widgets.overfitting.representative.weak_slices_findings import Overall, SlicesFound, find
from tests.awkward import AWKWARD, Awkward, linear_svc, plain, regression_pipeline, ten_rows_a_customer, three_classes

NAMES = list("abcdef")


def _sure(frame: pd.DataFrame) -> np.ndarray:
    """Probability .9 of the class that the sign of `a` gives."""
    p = np.where(frame["a"] > 0, 0.9, 0.1)
    return np.column_stack([1 - p, p])


def _torn(frame: pd.DataFrame) -> np.ndarray:
    """True probabilities that are near 0 or 1 where b > 0, and near a half elsewhere."""
    p = np.where(frame["b"] > 0, np.where(frame["a"] > 0, 0.97, 0.03), np.where(frame["a"] > 0, 0.6, 0.4))
    return np.column_stack([1 - p, p])


def _made(
    *, rows: int = 2000, planted: float = 0.1, oracle: Callable[[pd.DataFrame], np.ndarray] = _sure, seed: int = 0,
    **more: Any,
) -> mw.Study:  # fmt: skip
    """Six numbers; outcomes by the oracle, but flipped with chance `planted` where c > .5 and town is Oslo."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(rows, 6)), columns=NAMES).assign(town=rng.choice(["Oslo", "Bergen"], rows))
    p = oracle(frame)[:, 1]
    bad = ((frame["c"] > 0.5) & (frame["town"] == "Oslo")).to_numpy()
    says = p > 0.5
    chance = np.where(bad & (planted != 0.1), planted, np.minimum(p, 1 - p))
    frame["y"] = (says ^ (rng.random(rows) < chance)).astype(int)
    return mw.load_study(
        **{"predict_proba": oracle, "test": frame, "target": "y", "features": [*NAMES, "town"], **more}
    )


@cache
def _found() -> WeakSlicesResult:
    result = find_weak_slices(_made(planted=0.4))
    assert isinstance(result, WeakSlicesResult)
    return result


def _look(study: mw.Study, **options: Any) -> WeakSlicesResult:
    result = find_weak_slices(study, **options)
    assert isinstance(result, WeakSlicesResult)
    return result


def test_a_planted_slice_is_found_confirmed_and_named() -> None:
    result = _found()
    assert result.status == "failed"
    weakest = result.confirmed[0]
    assert {condition.column for condition in weakest.conditions} == {"c", "town"}
    assert weakest.lower < 0.3 < weakest.upper
    assert weakest.rule in result.headline
    assert weakest.rule == result.findings[0].evidence["rule"]


def test_numbers_of_a_slice_are_those_of_the_half_that_was_not_searched() -> None:
    study, result = _made(planted=0.4), _found()
    table = study.need("test")
    losses = row_losses(study, table, "error")
    second = ~halves(losses, 0)
    weakest = result.confirmed[0]
    inside = np.logical_and.reduce([condition.holds(table) for condition in weakest.conditions])
    assert weakest.rows == inside.sum()
    assert weakest.tested_rows == (inside & second).sum()
    assert_allclose(weakest.loss, losses.loss[inside & second].mean())
    assert_allclose((weakest.expected, weakest.rest_expected), 0.1)
    assert_allclose(result.overall_loss, losses.loss.mean())
    assert_allclose(weakest.excess, losses.loss[inside & second].mean() - losses.loss[~inside & second].mean())


def test_noise_that_the_model_knows_of_is_no_weakness_but_tops_the_raw_table() -> None:
    result = _look(_made(oracle=_torn))
    assert result.confirmed == ()
    assert "b" in {condition.column for condition in result.raw[0].conditions}
    assert result.raw[0].lower > 0.1


def test_without_probabilities_the_same_noise_is_flagged_with_the_caveat() -> None:
    study = _made(oracle=_torn)
    labels = mw.load_study(
        predict=lambda frame: (_torn(frame)[:, 1] > 0.5).astype(int), test=study.need("test").pandas(), target="y",
        features=NAMES,
    )  # fmt: skip
    result = _look(labels)
    assert not result.promised
    assert result.confirmed
    assert "noisier for everyone" in result.findings[0].action
    assert "can't be told from a weak one" in result.method
    assert [finding.code for finding in result.findings][-1] != "OV-WS-03"


def test_an_overconfident_model_fails_as_a_whole_not_in_a_slice() -> None:
    def bold(frame: pd.DataFrame) -> np.ndarray:
        return np.where(_sure(frame) > 0.5, 0.97, 0.03)

    study = mw.load_study(predict_proba=bold, test=_made().need("test").pandas(), target="y", features=NAMES)
    result = _look(study)
    assert result.confirmed == ()
    whole = result.findings[-1]
    assert (whole.code, whole.status) == ("OV-WS-03", "failed")
    assert_allclose(result.overall_expected, 0.03)


def test_halves_keep_units_whole_and_are_halves() -> None:
    study = ten_rows_a_customer().study
    losses = row_losses(study, study.need("test"), "error")
    half = halves(losses, 3)
    assert not set(losses.units[half]) & set(losses.units[~half])
    assert abs(half.mean() - 0.5) < 0.1


def test_shared_labels_count_by_customer() -> None:
    """600 customers of five rows; by row the same data would be flagged."""
    rng = np.random.default_rng(5)
    own = np.repeat(rng.normal(size=(600, 6)), 5, axis=0)
    frame = pd.DataFrame(own, columns=NAMES).assign(customer=np.repeat(np.arange(600), 5))
    wrong = np.repeat(rng.random(600) < 0.1, 5)
    frame["y"] = ((frame["a"] > 0).to_numpy() ^ wrong).astype(int)
    options: dict[str, Any] = {"predict_proba": _sure, "test": frame, "target": "y", "features": NAMES}
    by_customer = _look(mw.load_study(**options, entity="customer"))
    assert by_customer.confirmed == ()
    assert "errors by entity (customer)" in by_customer.method
    # By row the half that is tested shares its customers with the half that was searched.
    assert _look(mw.load_study(**options)).confirmed


def test_equal_weights_change_nothing_and_others_are_said_to_count() -> None:
    frame = _made(planted=0.4).need("test").pandas()
    weights = np.where(frame["d"] > 0, 1.0, 3.0)
    options: dict[str, Any] = {"predict_proba": _sure, "target": "y", "features": [*NAMES, "town"]}
    equal = _look(mw.load_study(**options, test=frame.assign(w=2.0), weights="w"))
    assert equal.slices == _found().slices
    weighted = _look(mw.load_study(**options, test=frame.assign(w=weights), weights="w"))
    assert weighted.confirmed
    assert "row weights count" in weighted.method.lower()


def test_rows_of_no_weight_do_not_count() -> None:
    frame = _made(planted=0.4).need("test").pandas()
    frame["w"] = np.where(frame["town"] == "Oslo", 0.0, 1.0)
    study = mw.load_study(predict_proba=_sure, target="y", features=[*NAMES, "town"], test=frame, weights="w")
    result = _look(study)
    assert result.rows == (frame["town"] != "Oslo").sum()
    assert result.confirmed == ()


@pytest.mark.parametrize(
    ("maker", "loss", "expected"),
    [
        (plain, "error", lambda p, y: np.minimum(p, 1 - p)),
        (plain, "squared", lambda p, y: p * (1 - p)),
        (plain, "log", lambda p, y: -p * np.log(p) - (1 - p) * np.log(1 - p)),
    ],
)
def test_the_expected_loss_is_its_mean_over_the_models_own_outcomes(maker: Any, loss: Any, expected: Any) -> None:
    study = maker().study
    table = study.need("test")
    found = row_losses(study, table, loss).expected
    assert found is not None
    assert_allclose(found, expected(study.model.probabilities(table), None), rtol=1e-9)


def test_of_several_classes_the_expected_losses_are_simpsons_and_shannons() -> None:
    study = three_classes().study
    table = study.need("test")
    p = study.model.probabilities(table)
    kinds: tuple[Loss, ...] = ("error", "squared", "log")
    means = (1 - p.max(axis=1), 1 - (p**2).sum(axis=1), -(p * np.log(p)).sum(axis=1))
    for kind, mean in zip(kinds, means, strict=True):
        found = row_losses(study, table, kind).expected
        assert found is not None
        assert_allclose(found, mean)


@pytest.mark.parametrize(
    ("metric", "maker", "loss"),
    [
        ("roc_auc", plain, "error"), ("log_loss", plain, "log"), ("brier", plain, "squared"), ("f1", plain, "error"),
        ("rmse", regression_pipeline, "squared"), ("mae", regression_pipeline, "absolute"),
        ("brier", three_classes, "squared"),
    ],
)  # fmt: skip
def test_the_loss_follows_the_metric(metric: str, maker: Callable[[], Awkward], loss: str) -> None:
    assert loss_of(mw.load_study(**{**maker().arguments, "metric": metric}), None) == loss


def test_a_weak_region_of_a_regression_is_confirmed_by_permutation() -> None:
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(2000, 6)), columns=NAMES)
    frame["y"] = frame["a"] + rng.normal(size=2000) + 3 * (frame["b"] > 1)
    study = mw.load_study(
        predict=lambda f: f["a"].to_numpy(), test=frame, target="y", features=NAMES, task="regression", metric="mae"
    )
    result = _look(study, draws=500)
    assert result.loss == "absolute"
    assert [condition.column for condition in result.confirmed[0].conditions] == ["b"]
    assert "permutation test" in result.method
    assert_allclose(min(each.p for each in result.slices), 2 / 501)


def test_missing_cells_make_a_slice() -> None:
    frame = _made(planted=0.1).need("test").pandas()
    hidden = np.random.default_rng(9).random(len(frame)) < 0.15
    flipped = hidden & (np.random.default_rng(10).random(len(frame)) < 0.4)
    frame["d"] = frame["d"].mask(hidden)
    frame["y"] = frame["y"].where(~flipped, 1 - frame["y"])
    result = _look(mw.load_study(predict_proba=_sure, test=frame, target="y", features=NAMES))
    assert result.confirmed[0].rule == "d is missing"


def test_few_rows_say_so_and_how_many_would_do() -> None:
    result = _look(plain(400).study)
    first = result.findings[0]
    assert first.status == "not_enough_data"
    assert "rows a tenth of them with half as much loss again would be seen" in first.action
    assert "No slice" in _look(linear_svc().study).headline


def test_a_model_without_errors_has_no_weak_slice() -> None:
    study = _made()
    frame = study.need("test").pandas().assign(y=lambda f: (f["a"] > 0).astype(int))
    result = _look(mw.load_study(predict_proba=_sure, test=frame, target="y", features=NAMES))
    assert result.status == "passed"
    assert "No row of test has any loss" in result.headline


def test_more_rows_than_asked_for_are_sampled_by_unit_and_said() -> None:
    result = _look(_made(), max_rows=500)
    assert result.rows == 500
    assert "500 of 2,000 labelled rows" in result.method


def test_production_is_looked_at_by_name() -> None:
    study = plain().study
    assert _look(study, table="production").table == "production"
    with pytest.raises(UnknownNameError, match=r"table='prod'\. Allowed: test, production"):
        find_weak_slices(study, table="prod")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"margin": 0.0}, "margin=0.0"), ({"least_share": 0.5}, "least_share=0.5"), ({"max_slices": 0}, "max_slices=0"),
        ({"draws": 10}, "draws=10"), ({"max_rows": 5}, "max_rows=5"), ({"seed": -1}, "seed=-1"),
        ({"loss": "eror"}, "loss='eror'. Allowed for binary: error, log, squared. Did you mean 'error'"),
    ],
)  # fmt: skip
def test_options_out_of_range_are_refused_by_name(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        find_weak_slices(plain().study, **options)
    assert words in str(caught.value)


def test_probabilities_are_asked_for_where_the_loss_needs_them() -> None:
    result = find_weak_slices(linear_svc().study, loss="log")
    assert isinstance(result, NoResult)
    assert result.missing == "probabilities"


@pytest.mark.parametrize("name", AWKWARD)
def test_every_awkward_study_gets_findings_and_a_card(name: str) -> None:
    result = find_weak_slices(AWKWARD[name]().study, draws=500)
    assert result.findings
    assert card_of(result).headline


@pytest.mark.parametrize(("sample", "rows"), [("loans", 1000), ("census", 1000), ("flights", 2500)])
def test_the_samples_are_searched(sample: str, rows: int) -> None:
    result = _look(mw.sample(sample), max_rows=rows)
    assert result.looked_through > 300
    assert result.raw


def test_the_frame_holds_tested_and_raw_slices() -> None:
    frame = _found().frame()
    assert frame["by"].tolist() == ["excess"] * len(_found().slices) + ["raw loss"] * len(_found().raw)


def test_the_card_marks_confirmed_slices_by_word_and_colour() -> None:
    card = card_of(_found())
    first = card.charts[0].rows[0]
    assert (first.role, first.note) == ("bad", "confirmed")
    assert card.view.name == "slices"


def test_fewer_errors_than_promised_are_not_called_beyond_it() -> None:
    overall = Overall(loss=0.17, expected=0.25, lower=-0.14, upper=-0.02)
    found = SlicesFound(
        tested=(), kind="error", label="error rate", margin=0.03, visible=0.1, overall=overall, tested_rows=75,
        looked_through=10, table="test",
    )  # fmt: skip
    promise = find(found)[-1]
    assert "8 [2, 14] points less" in promise.claim
    assert "Recalibrate" in promise.action
