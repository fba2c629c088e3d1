"""Models that behave where explainers ask, and only there."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

import mlops_widgets as mw
from mlops_widgets.core.result import NoResult
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.trust.manipulation import ManipulationAudit, audit_manipulation
from mlops_widgets.explainability.trust.manipulation_flips import flip_all
from tests.awkward import logged_predictions, odd_names, regression_pipeline, three_classes


def audited(study: mw.Study, **options: object) -> ManipulationAudit:
    found = audit_manipulation(study, **{"max_rows": 150, "explained_rows": 0, **options})  # type: ignore[arg-type]  # what each test passes
    assert isinstance(found, ManipulationAudit)
    return found


@cache
def people() -> pd.DataFrame:
    """Columns of one age that can't vary freely, a race, and a column of chance."""
    rng = np.random.default_rng(0)
    age, felony = rng.integers(18, 70, 1000), rng.integers(0, 2, 1000)
    race = rng.integers(0, 2, 1000)
    return pd.DataFrame({
        "age": age, "under_30": (age < 30) * 1, "from_30_to_50": ((age >= 30) & (age < 50)) * 1, "over_50": (age >= 50) * 1,
        "felony": felony, "misdemeanor": 1 - felony, "race": race, "unrelated": rng.integers(0, 2, 1000),
        "y": (race + 0.5 * rng.normal(size=1000) > 0.5) * 1,
    })  # fmt: skip


FEATURES = [*people().columns[:-1]]


@cache
def gate(explainer: str) -> RandomForestClassifier:
    """What tells real rows from an explainer's (Slack et al. 2020, section 3)."""
    x, rng = people()[FEATURES].to_numpy(float)[:500], np.random.default_rng(1)
    if explainer == "LIME":
        made = np.column_stack([rng.choice(column, len(x)) for column in x.T])
    else:
        made = np.where(rng.random(x.shape) < rng.random((len(x), 1)), x, x[rng.permutation(len(x))])
    made = made[~(made[:, None, :] == x[None, :, :]).all(axis=2).any(axis=1)]
    labels = np.r_[np.ones(len(x)), np.zeros(len(made))]
    return RandomForestClassifier(20, random_state=0, class_weight={1: 2, 0: 1}).fit(np.vstack([x, made]), labels)


@cache
def fooling(explainer: str) -> mw.Study:
    def predict(rows: pd.DataFrame) -> np.ndarray:
        real = gate(explainer).predict(rows[FEATURES].to_numpy(float)) == 1
        return np.where(real, rows["race"], rows["unrelated"]).astype(int)

    frame = people()
    return mw.load_study(
        predict=predict, reference=frame[:500], test=frame[500:], target="y", features=FEATURES, groups=["race"]
    )


@cache
def honest() -> mw.Study:
    frame = people()
    model = HistGradientBoostingClassifier(max_iter=30).fit(frame[FEATURES][:500], frame["y"][:500])
    return mw.load_study(model=model, reference=frame[:500], test=frame[500:], target="y", groups=["race"])


@cache
def caught(explainer: str) -> ManipulationAudit:
    return audited(fooling(explainer))


@pytest.mark.parametrize("explainer", ["LIME", "SHAP"])
def test_a_model_that_fools_an_explainer_trips_the_alarm(explainer: str) -> None:
    found = caught(explainer)
    assert found.status == "failed"
    assert found.of("hidden")[0].column == "race"
    assert "hides race" in found.headline
    assert "unrelated" in {column.column for column in found.of("shown")}


def test_a_hidden_column_decides_real_rows_and_not_made_ones() -> None:
    column = caught("LIME").of("hidden")[0]
    assert column.group
    assert column.real_lower > 0.8
    assert column.widest.made_upper < 0.3


def test_an_honest_model_on_the_same_rows_does_not() -> None:
    found = audited(honest(), max_rows=100)
    assert found.status == "passed"
    assert not found.of("hidden")
    race = next(column for column in found.columns if column.column == "race")
    assert race.verdict == "alike"


def test_of_a_sum_the_exchange_moves_by_the_same_in_all_rows() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(rng.normal(size=(200, 3)), columns=list("abc"))
    found = flip_all(
        lambda frame: frame[["a"]].to_numpy() * 2 - frame[["b"]].to_numpy(), rows[:80], rows[80:].reset_index(drop=True),
        {str(name): (str(name),) for name in rows}, ("coalitions", "independent"), rng=rng,
    )  # fmt: skip
    for each in found:
        assert all(np.allclose(each.real, made) for made in each.made.values())
    assert found[2].real.max() == 0


def test_independent_columns_cant_be_told_apart_and_pass() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(600, 3)), columns=list("abc"))
    frame["y"] = (frame["a"] * frame["b"] > 0).astype(int)
    model = RandomForestClassifier(15, random_state=0).fit(frame[list("abc")][:300], frame["y"][:300])
    found = audited(mw.load_study(model=model, reference=frame[:300], test=frame[300:], target="y"))
    assert found.status == "passed"
    assert all(each.lower < 0.6 for each in found.apart)


def test_columns_that_are_copies_raise_no_alarm() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=500)
    frame = pd.DataFrame({"a": a, "copy": a, "b": rng.normal(size=500)}).assign(
        y=lambda rows: rows["a"] + rows["copy"] + rows["b"]
    )
    study = mw.load_study(
        predict=lambda rows: rows["a"] + rows["copy"] + rows["b"], reference=frame[:200], test=frame[200:], target="y",
        features=["a", "copy", "b"], task="regression",
    )  # fmt: skip
    assert audited(study).status in {"passed", "not_enough_data"}


def test_three_classes_words_dates_and_hostile_names_are_audited() -> None:
    for make in (three_classes, regression_pipeline, odd_names):
        found = audit_manipulation(make().study, max_rows=60, explained_rows=0)
        assert found.status in {"passed", "not_enough_data", "not_applicable"}


def test_logged_predictions_cant_be_audited_and_options_are_checked() -> None:
    assert isinstance(audit_manipulation(logged_predictions().study), NoResult)
    with pytest.raises(InputError, match="max_rows=10"):
        audit_manipulation(honest(), max_rows=10)
