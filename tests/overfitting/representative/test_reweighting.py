from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import accuracy_score, precision_score, roc_auc_score, root_mean_squared_error

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.overfitting.figures.reweighting import card_of_reweighting
from mlops_widgets.overfitting.representative.reweighting import ReweightResult, reweight_metric
from mlops_widgets.study.loading import load_study
from tests.awkward import AWKWARD, plain, regression_pipeline

FAST = {"draws": 100}


def _frame(rng: np.random.Generator, rows: int, *, north: float = 0.5, shift: float = 0.0) -> pd.DataFrame:
    """In the north the model is right in 90 %, in the south in 60 %; x tells nothing unless it shifts."""
    area = np.where(rng.random(rows) < north, "north", "south")
    y = rng.integers(0, 2, rows)
    right = rng.random(rows) < np.where(area == "north", 0.9, 0.6)
    return pd.DataFrame({"area": area, "x": rng.normal(shift, 1, rows), "said": np.where(right, y, 1 - y), "y": y})


def _study(test: pd.DataFrame, production: pd.DataFrame | None = None, **more: Any) -> mw.Study:
    more = {"predictions": "said", "metric": "accuracy", "features": ["area", "x"], **more}
    return load_study(test=test, production=production, target="y", **more)


def _run(study: mw.Study, **options: Any) -> ReweightResult:
    result = reweight_metric(study, **{**FAST, **options})
    assert isinstance(result, ReweightResult)
    return result


@cache
def _test() -> pd.DataFrame:
    return _frame(np.random.default_rng(0), 2000)


def _score(result: Any, code: str) -> Any:
    return next(finding for finding in result.findings if finding.code == code)


def test_a_named_mix_is_the_weighted_mean_of_its_levels() -> None:
    test = _test()
    result = _run(_study(test), to={"area": {"south": 0.8}})
    parts = {area: accuracy_score(rows["y"], rows["said"]) for area, rows in test.groupby("area")}
    assert_allclose(result.value, 0.8 * parts["south"] + 0.2 * parts["north"])
    assert_allclose(result.unweighted, accuracy_score(test["y"], test["said"]))
    assert result.lower < result.value < result.upper
    assert _score(result, "OV-RW-01").status == "failed"


def test_a_class_prior_is_scikit_learns_metric_under_those_weights() -> None:
    test = _test()
    result = _run(_study(test, metric="precision"), to={"target": {1: 0.1}})
    weights = np.where(test["y"] == 1, 0.1 / (test["y"] == 1).mean(), 0.9 / (test["y"] == 0).mean())
    assert_allclose(result.value, precision_score(test["y"], test["said"], sample_weight=weights))
    assert "label shift" in result.assumption


def test_auc_does_not_move_with_the_class_prior() -> None:
    result = _run(plain().study, to={"target": {1: 0.9}})
    assert result.harm == result.harm_lower == result.harm_upper == 0
    assert_allclose(result.value, result.unweighted)


def test_quantile_bins_of_a_number_can_be_named() -> None:
    frame = regression_pipeline().arguments["test"]
    result = _run(regression_pipeline().study, to={"size": [1.0, 0.0]})
    lower = (frame["size"] < frame["size"].median()).to_numpy()
    model = regression_pipeline().estimator
    rows = frame[lower]
    expected = root_mean_squared_error(rows["price"], model.predict(rows[["sold_on", "town", "size"]]))
    assert_allclose(result.value, expected, rtol=1e-6)


def test_a_level_that_the_test_lacks_is_unsupported() -> None:
    production = _test().assign(area=np.where(np.arange(2000) % 5 == 0, "west", _test()["area"]))
    result = _run(_study(_test(), production), to={"area": {"west": 0.2}})
    assert_allclose(result.unsupported_share, 0.2)
    assert result.effective_share > 0.96
    assert result.reasons == ("unsupported",)
    assert result.status == "not_enough_data"


def test_a_hole_in_the_test_is_seen_under_productions_mix_though_effective_rows_are_many() -> None:
    rng = np.random.default_rng(1)
    production = _frame(rng, 2000)
    production.loc[:399, "x"] = rng.normal(30, 1, 400)
    result = _run(_study(_test(), production))
    assert result.effective_share > 0.9
    assert_allclose(result.unsupported_share, 0.2, atol=0.02)
    assert "unsupported" in result.reasons
    assert not result.trusted


def test_weighting_brings_the_test_to_productions_score_where_only_features_moved() -> None:
    production = _frame(np.random.default_rng(2), 2000, north=0.1)
    result = _run(_study(_test(), production))
    assert_allclose(result.value, 0.9 * 0.1 + 0.6 * 0.9, atol=0.035)
    assert abs(result.realised - result.value) < abs(result.realised - result.unweighted)
    assert result.imbalance_after < 0.1 < result.imbalance_before
    assert result.trusted
    assert _score(result, "OV-RW-02").evidence["closer"] is True


def test_what_the_mix_does_not_explain_is_said() -> None:
    production = _frame(np.random.default_rng(3), 2000)
    broken = np.random.default_rng(4).random(2000) < 0.3
    production["said"] = np.where(broken, 1 - production["y"], production["said"])
    finding = _score(_run(_study(_test(), production)), "OV-RW-02")
    assert finding.status == "failed"
    assert finding.evidence["unexplained"] > 0.1


def test_a_metric_without_weights_is_scored_on_rows_drawn_in_proportion() -> None:
    def hits(y_true: Any, y_pred: Any) -> float:
        return float(np.mean(y_true == y_pred))

    known = _run(_study(_test()), to={"area": {"south": 0.8}})
    own = _run(_study(_test(), metric=(hits, "higher is better")), to={"area": {"south": 0.8}})
    assert_allclose(own.value, known.value, atol=0.002)
    assert "drawn in proportion" in own.method


def test_row_weights_count_in_the_mix() -> None:
    test = _test().assign(w=np.where(_test()["area"] == "south", 3.0, 1.0))
    result = _run(_study(test, weights="w"), to={"area": {"south": 0.5}})
    parts = {area: accuracy_score(rows["y"], rows["said"]) for area, rows in test.groupby("area")}
    assert_allclose(result.value, (parts["south"] + parts["north"]) / 2)


def test_sliders_hold_the_exact_score_at_their_positions() -> None:
    result = _run(_study(_test()), to={"area": {"south": 0.8}})
    at = [mix.column for mix in result.mixes].index("area")
    level = sum(len(mix.levels) for mix in result.mixes[:at]) + result.mixes[at].levels.index("south")
    assert_allclose(result.grid_values[level, 32], result.value)  # position 32 of 0 … 40 is .8
    assert_allclose(result.grid_upper[level, 32] - result.grid_lower[level, 32], result.upper - result.lower, rtol=0.5)
    assert result.grid_values.shape == result.grid_lower.shape == (sum(len(m.levels) for m in result.mixes), 41)


def test_without_production_its_mix_is_not_applicable() -> None:
    result = reweight_metric(_study(_test()))
    assert isinstance(result, NoResult)
    assert result.missing == "production table"
    assert "to={" in result.findings[0].action


@pytest.mark.parametrize(("to", "error", "words"), [
    ("live", InputError, "to='live'"), ({"area": {"south": 1.2}}, InputError, "from 0 to 1"),
    ({"area": {"south": 0.7, "north": 0.7}}, InputError, "add up to 1.4"), ({"area": [0.5, 0.5]}, InputError, "shares; the test"),
    ({"aera": {"south": 0.5}}, UnknownNameError, "Did you mean 'area'"),
    ({"area": {"sout": 0.5}}, UnknownNameError, "Did you mean 'south'"), ({"x": {}, "area": {}}, InputError, "one column"),
    ({"area": 0.5}, InputError, "by level"), ({"area": {"south": True}}, InputError, "from 0 to 1"),
])  # fmt: skip
def test_a_mix_that_cannot_be_is_refused(to: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        reweight_metric(_study(_test()), to=to)


def test_the_reweighted_auc_is_scikit_learns_under_the_same_weights() -> None:
    arguments = plain().arguments
    frame = arguments["test"]
    production = arguments["production"].assign(a=lambda f: f["a"] + 0.8)
    study = load_study(**{**arguments, "production": production})
    result = _run(study)
    assert result.effective_rows < len(frame)
    assert not np.isnan(result.pareto_k)
    scores = plain().estimator.predict_proba(frame[["a", "b"]])[:, 1]
    assert_allclose(result.unweighted, roc_auc_score(frame["y"], scores))


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_studies_get_findings_and_a_card(name: str) -> None:
    study = AWKWARD[name]().study
    result = _run(study)
    assert result.findings[0].code == "OV-RW-01"
    assert card_of_reweighting(result).headline == result.headline
    assert ReweightResult.from_dict(result.to_dict()).to_dict() == result.to_dict()


def test_the_share_of_a_rare_class_has_an_interval_wherever_it_has_a_score() -> None:
    rng = np.random.default_rng(0)
    y = (np.arange(1000) < 60).astype(int)
    frame = pd.DataFrame({"x": rng.normal(size=1000) + y, "y": y})
    study = load_study(predict_proba=lambda rows: 1 / (1 + np.exp(-rows["x"])), test=frame, features=["x"], target="y")
    result = _run(study, to={"target": {1: 0.5}})
    known = np.isfinite(result.grid_values[:2])
    assert known[:, 1:-1].all()  # of one class alone there is no ROC AUC
    assert not known[:, [0, -1]].any()
    assert (np.isfinite(result.grid_lower[:2]) == known).all()
