"""What `load_study` accepts, and what it says to what it doesn't."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mlops_widgets.errors import InputError, MissingInputError, MlopsWidgetsError, TableError, UnknownNameError
from mlops_widgets.measures.metrics import get_metric
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.outcomes import Outcome
from mlops_widgets.study.study import Study
from tests.awkward import AWKWARD, HOSTILE_NAMES, Awkward, categories_with_gaps, late_labels, odd_names, plain


def _frame(rows: int = 200, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "a": rng.normal(size=rows), "y": rng.integers(0, 2, rows), "day": pd.date_range("2024-01-01", periods=rows),
        "id": np.arange(rows), "who": np.arange(rows) // 4, "score": rng.random(rows),
    })  # fmt: skip


def _logged(**arguments: Any) -> Study:
    return load_study(**{"scores": "score", "target": "y", "features": ["a"], **arguments})


# ---- tables


@pytest.mark.parametrize("kind", ["polars", "lazy", "arrow", "csv", "tsv", "parquet", "batches", "path_text"])
def test_the_same_rows_in_any_container_give_the_same_study(kind: str, tmp_path: Any) -> None:
    frame = _frame().drop(columns="day")
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_parquet(tmp_path / "t.parquet")
    makers: dict[str, Callable[[], Any]] = {
        "polars": lambda: pl.from_pandas(frame),
        "lazy": lambda: pl.from_pandas(frame).lazy(),
        "arrow": lambda: pl.from_pandas(frame).to_arrow(),
        "csv": lambda: tmp_path / "t.csv",
        "tsv": lambda: tmp_path / "t.tsv",
        "parquet": lambda: tmp_path / "t.parquet",
        "batches": lambda: [frame[:90], frame[90:]],
        "path_text": lambda: str(tmp_path / "t.csv"),
    }
    table = makers[kind]()
    assert _logged(test=table).test.pandas().equals(_logged(test=frame).test.pandas())  # type: ignore[union-attr]
    if kind not in {"csv", "tsv", "path_text"}:  # floats written as text may differ in the last digit
        assert _logged(test=table).fingerprint == _logged(test=frame).fingerprint


def test_pairs_of_arrays_frames_and_lists_of_pairs_are_tables() -> None:
    from sklearn.linear_model import LogisticRegression

    frame = _frame()
    x, y = frame[["a", "score"]], frame["y"]
    by_array = LogisticRegression().fit(x.to_numpy(), y)
    shuffled = y.sample(frac=1, random_state=0).to_frame()
    for test in ((x.to_numpy(), y.to_numpy()), (x, y), (x, y.to_frame()), (pl.from_pandas(x), pl.from_pandas(y)),
                 [(x[:90], y[:90]), (x[90:], y[90:])], (x.to_numpy(), y.to_numpy().reshape(-1, 1))):  # fmt: skip
        study = load_study(model=by_array, test=test)
        assert study.test is not None
        assert np.allclose(study.output(study.test), by_array.predict_proba(x.to_numpy())[:, 1])
    study = load_study(model=by_array, test=(x, shuffled))  # by position, as scikit-learn joins X and y
    assert study.labels(study.need("test")).tolist() == shuffled["y"].tolist()


def test_decimals_dates_and_categories_from_arrow_become_what_models_take() -> None:
    table = pl.DataFrame({
        "money": pl.Series([1, 2], dtype=pl.Decimal(10, 2)), "on": [date(2024, 1, 1), date(2024, 1, 2)],
        "kind": pl.Series(["u", "v"], dtype=pl.Categorical), "y": [0, 1], "score": [0.1, 0.9],
    })  # fmt: skip
    kinds = _logged(test=table, features=()).need("test").pandas().dtypes
    assert kinds["money"] == np.float64
    assert isinstance(kinds["kind"], pd.CategoricalDtype)
    assert pd.api.types.is_datetime64_any_dtype(kinds["on"])


def test_batches_keep_categories_that_differ() -> None:
    frame = _frame(20)
    batches = [frame[:10].assign(c=pd.Categorical(["u"] * 10)), frame[10:].assign(c=pd.Categorical(["v"] * 10))]
    column = _logged(test=batches).need("test")["c"]
    assert list(column.cat.categories) == ["u", "v"]


def test_several_tests_keep_their_names_and_the_first_counts() -> None:
    study = _logged(test={"holdout": _frame(), "last winter": _frame(50)}, production=_frame(60))
    assert list(study.tables) == ["holdout", "last winter", "production"]
    assert study.test is study.tests["holdout"]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (42, "is int"),
        ("nowhere.csv", "no such file"),
        ("a,y\n1,2\n" * 400, "files end in"),
        ("x" * 5000 + ".csv", "can't be read|no such file"),
        ("file.xlsx", "files end in"),
        (np.zeros(3), "two dimensions"),
        (pd.DataFrame({"a": []}), "no rows"),
        (pd.DataFrame(index=range(3)), "no columns"),
        (pd.DataFrame([[1, 2]], columns=["y", "y"]), "repeated column names"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "repeated column names"),
        ((pd.DataFrame({"a": [1, 2]}), [1, 2, 3]), "must match"),
        ((pd.DataFrame({"y": [1, 2]}), [1, 2]), "already has a column"),
        ([pd.DataFrame({"y": [1]}), pd.DataFrame({"z": [1]})], "batch 2"),
        ([pd.DataFrame({"y": [1]}), pd.DataFrame([[1, 2]], columns=["y", "y"])], "repeated column names"),
        ([pd.DataFrame([[1, 2]], columns=["y", "y"])] * 2, "repeated column names"),
        (pl.LazyFrame({"a": [1]}).select("missing"), "ColumnNotFoundError"),
        ([1, 2], "is list"),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(table: Any, message: str) -> None:
    with pytest.raises(TableError, match=message):
        load_study(scores="score", target="y", test=table)


def test_files_that_cannot_be_read_are_table_errors(tmp_path: Any) -> None:
    for name, content in (("bad.parquet", b"PAR1 no"), ("empty.csv", b""), ("binary.csv", b"\xff\xfe\x00\xd8"),
                          ("header.csv", b"y,score\n")):  # fmt: skip
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TableError):
            load_study(scores="score", target="y", test=tmp_path / name)


# ---- nothing is changed, fingerprints


def test_nothing_of_the_users_is_changed_and_later_changes_do_not_reach_the_study() -> None:
    frame = _frame()
    before = frame.copy(deep=True)
    study = _logged(test=frame, time="day", labels=frame[["id", "y"]], ids="id")
    pd.testing.assert_frame_equal(frame, before)
    frame.loc[:, "score"] = 0.0
    assert study.need("test")["score"].equals(before["score"])
    handed_out = study.need("test").pandas()
    handed_out["score"] = 1.0
    assert study.need("test")["score"].equals(before["score"])


def test_a_model_that_writes_into_its_input_does_not_reach_the_study() -> None:
    class Writes:
        n_features_in_, classes_ = 1, np.array([0, 1])

        def predict_proba(self, x: Any) -> Any:
            x[:] = 0
            return np.tile([0.4, 0.6], (len(x), 1))

        def predict(self, x: Any) -> Any:
            return np.ones(len(x), dtype=int)

    frame = _frame()
    study = load_study(model=Writes(), features=["a"], test=frame, target="y")
    assert study.measure(study.need("test")).score == 0.5
    assert study.need("test")["a"].equals(frame["a"])


def test_the_fingerprint_is_stable_and_changes_with_data_roles_settings_and_model() -> None:
    from sklearn.linear_model import LogisticRegression

    base = plain(100)
    changed = base.arguments["test"].assign(a=lambda f: f["a"] + 1e-9)
    other = {
        "itself": base.arguments,
        "data": {**base.arguments, "test": changed},
        "roles": {**base.arguments, "groups": "b"},
        "threshold": {**base.arguments, "decision_threshold": 0.3},
        "values": {**base.arguments, "values": {"true_positive": 1}},
        "metric": {**base.arguments, "metric": "gini"},
        "seed": {**base.arguments, "seed": 1},
        "model": plain(100, model=LogisticRegression(C=0.01)).arguments,
    }
    prints = {name: load_study(**arguments).fingerprint for name, arguments in other.items()}
    assert prints["itself"] == plain(100).study.fingerprint
    assert len(set(prints.values())) == len(other)


def test_cells_that_cannot_be_hashed_or_encoded_have_a_fingerprint() -> None:
    cells: list[Any] = [[1], {"k": 2}, None, "\ud800"]
    others: list[Any] = [[1], {"k": 3}, None, "\ud800"]
    frame, other = (_frame(4).assign(odd=pd.Series(each, dtype=object)) for each in (cells, others))
    assert _logged(test=frame).fingerprint == _logged(test=frame.copy()).fingerprint
    assert _logged(test=frame).fingerprint != _logged(test=other).fingerprint


# ---- names


@pytest.mark.parametrize(
    "role",
    ["time", "label_time", "decision", "entity", "weights", "scores", "predictions", "groups", "ids", "features"],
)
def test_an_unknown_column_is_an_error_that_names_the_nearest(role: str) -> None:
    arguments: dict[str, Any] = {"scores": "score", "target": "y", "test": _frame(), role: "scor"}
    with pytest.raises(UnknownNameError, match=rf"'scor' in {role}=.*Did you mean 'score'"):
        load_study(**arguments)


def test_an_unknown_keyword_target_unit_metric_or_value_is_an_error() -> None:
    frame = _frame()
    with pytest.raises(TypeError, match="taget"):
        load_study(scores="score", test=frame, taget="y")  # type: ignore[call-arg]
    with pytest.raises(UnknownNameError, match="Did you mean 'score'"):
        _logged(test=frame, target="scre")
    with pytest.raises(InputError, match="Did you mean 'entity'"):
        _logged(test=frame, unit="entty", entity="who")
    with pytest.raises(UnknownNameError, match="roc_auc"):
        _logged(test=frame, metric="rocauc")
    with pytest.raises(UnknownNameError, match="Did you mean 'true_positive'"):
        _logged(test=frame, values={"true_positives": 1})
    with pytest.raises(UnknownNameError, match="Did you mean 'score'"):
        _logged(test=frame, values="scor")
    with pytest.raises(InputError, match=r"split=.*Name where"):
        _logged(data=frame, split={"tset": "2024-02-01"}, time="day")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"trust": True}, "trust="),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"max_rows": 0}, "max_rows=0"),
        ({"max_rows": True}, "max_rows=True"),
        ({"expected": float("nan")}, "expected=nan"),
        ({"decision_threshold": "high"}, "decision_threshold='high'"),
        ({"task": "ranking"}, "task='ranking'"),
        ({"task": "multiclass"}, "has 2 classes"),
        ({"positive": 7}, "isn't a label"),
        ({"metric": 7}, "metric=7"),
        ({"metric": "rmse"}, "is for regression"),
        ({"time": ["day", "id"]}, "Pass one"),
        ({"groups": ["a", "a"]}, "twice"),
        ({"features": ["a", "y"]}, "is among the features that features="),
        ({"unit": "entity"}, "entity"),
        ({"unit": "time block"}, "time"),
        ({"unit": "time block", "time": "id"}, "numbers"),
        ({"data": 1}, "split"),
        ({"split": 0.5}, "cuts data="),
        ({"test": None}, "No table given"),
        ({"test": {}}, "nothing"),
        ({"test": {"train": 1}}, "means something else"),
        ({"scores": None}, "No model given"),
        ({"scores": ["score", "a", "id"]}, "names 3 columns"),
        ({"model": "model.pkl"}, "there is no such file"),
        ({"model": 3}, "has no predict"),
        ({"predict": 3}, "Pass a function"),
        ({"predict": len, "model": len}, "not both"),
        ({"values": [[1, 2, 3]]}, "2 × 2"),
        ({"values": {"true_positive": None}}, "for true_positive"),
        ({"labels": 1}, "needs ids="),
        ({"weights": "a"}, "weights="),
        ({"positive": 1, "task": "regression"}, "For numbers pass predictions="),
    ],
)
def test_a_wrong_argument_is_refused_at_the_door(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises((InputError, UnknownNameError), match=message):
        _logged(**{"test": _frame(), **wrong})


def test_data_and_parts_exclude_each_other_and_data_needs_a_split() -> None:
    with pytest.raises(InputError, match="replaces"):
        _logged(data=_frame(), split=0.5, test=_frame())
    with pytest.raises(InputError, match="needs split="):
        _logged(data=_frame())
    with pytest.raises(UnknownNameError, match="in time="):
        _logged(data=_frame(), split=0.5, time="dya")
    with pytest.raises(InputError, match="target= is missing"):
        load_study(scores="score", test=_frame())


def test_a_class_or_an_unfitted_model_is_refused_with_the_call_that_helps() -> None:
    from sklearn.linear_model import LogisticRegression

    with pytest.raises(InputError, match=r"is a class.*fit"):
        load_study(model=LogisticRegression, test=_frame(), target="y")
    with pytest.raises(InputError, match="before it was fitted"):
        load_study(model=LogisticRegression(), test=_frame(), target="y")


def test_a_missing_feature_is_named_with_the_nearest_column() -> None:
    arguments = plain(100).arguments
    arguments["production"] = arguments["production"].rename(columns={"a": "aa"})
    with pytest.raises(TableError, match="takes a, which production lacks"):
        load_study(**arguments)


# ---- columns of the model


def test_extra_and_reordered_columns_do_not_change_the_answers() -> None:
    base = plain(100)
    test = base.arguments["test"]
    odd = test.assign(more=1.0)[["more", "y", "b", "a"]]
    study = load_study(**{**base.arguments, "test": odd})
    assert np.array_equal(study.output(study.need("test")), base.estimator.predict_proba(test[["a", "b"]])[:, 1])


def test_odd_column_names_reach_the_model_in_order() -> None:
    awkward = odd_names()
    study = awkward.study
    expected = awkward.estimator.predict_proba(awkward.arguments["test"][list(HOSTILE_NAMES)].to_numpy())[:, 1]
    assert np.array_equal(study.output(study.need("test")), expected)
    assert "<script>" in study.roles.features[3]
    assert len(str(study)) > 0


def test_a_model_without_names_and_with_another_number_of_columns_asks_for_features() -> None:
    arguments = odd_names().arguments
    wider = arguments["test"].assign(more=1)
    with pytest.raises(InputError, match="Name them, in the model's order"):
        load_study(model=arguments["model"], test=wider, target="</script> y")


def test_text_is_read_as_the_categories_that_the_model_learned() -> None:
    awkward = categories_with_gaps()
    study, live = awkward.study, awkward.arguments["production"]
    as_categories = live.assign(colour=pd.Categorical(live["colour"], categories=["blue", "red"]))
    expected = awkward.estimator.predict_proba(as_categories[["colour", "n"]])[:, 1]
    assert np.array_equal(study.output(study.need("production")), expected)
    live = live.assign(colour="violet")
    fresh = load_study(**{**awkward.arguments, "production": live})
    assert fresh.measure(fresh.need("production")).n == len(live)


def test_columns_with_a_role_and_the_split_column_are_no_features_of_a_function() -> None:
    frame = _frame().assign(part=["train"] * 100 + ["holdout"] * 50 + ["live"] * 50)
    study = load_study(
        predict=lambda f: (f["a"] > 0).astype(int), data=frame, split="part", target="y", time="day", ids="id",
        entity="who", groups="score",
    )  # fmt: skip
    assert study.roles.features == ("a",)
    assert [table.rows for table in study.tables.values()] == [100, 50, 50]


# ---- splits


def test_a_date_makes_later_rows_production_and_earlier_ones_75_to_25_by_time() -> None:
    study = _logged(data=_frame().sample(frac=1, random_state=0), split="2024-05-01", time="day")
    reference, test, live = (study.need(part)["day"] for part in ("reference", "test", "production"))
    assert reference.max() < test.min() <= test.max() < pd.Timestamp("2024-05-01") <= live.min()
    assert len(reference) == round(0.75 * (len(reference) + len(test)))


def test_a_mapping_says_where_each_part_begins() -> None:
    split = {"test": date(2024, 2, 1), "production": pd.Timestamp("2024-03-01", tz="UTC")}
    study = _logged(data=_frame(), split=split, time="day")
    assert [table.rows for table in study.tables.values()] == [31, 29, 140]
    study = _logged(data=_frame(), split={"test": 0.2, "production": 0.3})
    assert [table.rows for table in study.tables.values()] == [100, 40, 60]
    study = _logged(data=_frame(), split={"test": 50, "production": 150}, time="id")
    assert [table.rows for table in study.tables.values()] == [50, 100, 50]


def test_a_share_is_stratified_at_random_or_the_latest_rows_or_whole_entities() -> None:
    frame = _frame()
    study = _logged(data=frame, split=0.25)
    assert study.need("test").rows == 50
    assert abs(study.need("test")["y"].mean() - frame["y"].mean()) < 0.02
    latest = _logged(data=frame, split=0.25, time="day")
    assert latest.need("test")["day"].min() > latest.need("reference")["day"].max()
    whole = _logged(data=frame, split=0.26, entity="who")
    assert not set(whole.need("test")["who"]) & set(whole.need("reference")["who"])
    uneven = frame.assign(who=[0] * 150 + [1] * 50)
    assert not set(_logged(data=uneven, split=0.4, entity="who").need("test")["who"]) & {
        *_logged(data=uneven, split=0.4, entity="who").need("reference")["who"]
    }


def test_rows_without_a_time_are_in_no_part_and_a_note_says_so() -> None:
    frame = _frame()
    frame.loc[:4, "day"] = pd.NaT
    study = _logged(data=frame, split=0.25, time="day")
    assert sum(table.rows for table in study.tables.values()) == 195
    assert any("5 of 200 rows are in no part" in note for note in study.notes)


@pytest.mark.parametrize(
    ("split", "time"),
    [
        (True, None), ("2024-02-01", None), ("soon", "day"), (float("nan"), "day"), (pd.NaT, "day"), (2.0, "day"),
        ("1999-01-01", "day"), ("2024-02-01", "id"), ({"test": 0.6, "production": 0.6}, None), ({"production": 0.2}, None),
        ({"test": "2024-03-01", "production": "2024-02-01"}, "day"), ("who", None), (0.001, None), (object(), "day"),
        ({1: 2, "a": 3}, None), (float("inf"), "id"),
    ],
)  # fmt: skip
def test_a_split_that_cannot_be_made_is_refused(split: Any, time: str | None) -> None:
    with pytest.raises((InputError, UnknownNameError), match="split="):
        _logged(data=_frame(), split=split, time=time)


def test_one_entity_cannot_be_split_by_share() -> None:
    with pytest.raises(InputError, match="leaves no rows for reference"):
        _logged(data=_frame().assign(who=1), split=0.5, entity="who")


# ---- labels that come later


def test_late_labels_find_their_rows_by_id() -> None:
    awkward = late_labels()
    study, live = awkward.study, awkward.study.need("production")
    arrived = awkward.arguments["labels"].set_index("id")["y"]
    found = pd.Series(study.labels(live), index=live["id"])
    assert found.notna().sum() == 160
    assert (found.dropna() == arrived.reindex(found.dropna().index)).all()
    assert any("production: 160 of 200 rows got a label" in note for note in study.notes)


def test_a_label_that_arrived_replaces_the_old_one_and_brings_its_time() -> None:
    frame = _frame(20)
    arrived = pd.DataFrame({"id": [0, None, 3.0], "y": [1 - frame["y"][0], 1, None], "known": ["2024-05-01"] * 3})
    study = _logged(test=frame, production=frame, labels=arrived, ids="id", label_time="known")
    live = study.need("production")
    assert live["y"][0] == 1 - frame["y"][0]
    assert live["y"][1:].tolist() == frame["y"][1:].tolist()
    assert live["known"].notna().sum() == 2


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (pd.DataFrame({"id": [1, 1], "y": [0, 1]}), "repeated id"),
        (pd.DataFrame({"id": ["1", "2"], "y": [0, 1]}), "Give both one type"),
        (pd.DataFrame({"key": [1], "y": [1]}), "Unknown column 'id' in ids="),
        (pd.DataFrame({"id": [1], "label": [1]}), "Unknown column 'y' in target="),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels: pd.DataFrame, message: str) -> None:
    with pytest.raises((TableError, UnknownNameError), match=message):
        _logged(test=_frame(), production=_frame().drop(columns="y"), labels=labels, ids="id")


# ---- labels and tasks


def test_labels_that_the_model_does_not_know_are_refused_at_the_door() -> None:
    arguments = plain(100).arguments
    arguments["production"] = arguments["production"].assign(y=2)
    with pytest.raises(TableError, match="that the model doesn't know: 2"):
        load_study(**arguments)


@pytest.mark.parametrize(
    ("classes", "labels", "said"),
    [
        ((0, 1), ["0", "1"] * 10, "'0', '1' (text). Its classes: 0, 1 (numbers). They differ in type or spaces alone"),
        (("no", "yes"), ["no ", "yes"] * 10, "'no ' (text). Its classes: 'no', 'yes' (text). They differ in type or"),
        ((0, 1), [0, 1, 2] * 10, "2 (numbers). Its classes: 0, 1 (numbers). With more than two classes pass task="),
        ((0, 1), [2, 1] * 10, "2 (numbers). Its classes: 0, 1 (numbers). Leave those rows out"),
        ((0, 1), ["secret"] + [1] * 10, "1 cell (str), the first in row 1. Its classes: 0, 1 (numbers). Leave"),
    ],
)
def test_unknown_labels_are_quoted_with_their_type_and_what_to_do(
    classes: tuple[Any, ...], labels: list[Any], said: str
) -> None:
    outcome = Outcome(task="binary", target="y", classes=classes)
    with pytest.raises(TableError) as raised:
        outcome.encode(pd.Series(labels, dtype=object), where="test")
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "labels",
    [[None] * 4, [1] * 4, [[1], [2], [1], [2]], [1j, 2j, 3j, 4j], [(1,), "a", {1}, 2], [*range(60), "a"]],
)
def test_a_target_of_which_nothing_can_be_learned_is_refused(labels: list[Any]) -> None:
    frame = pd.DataFrame({"y": pd.Series(labels), "score": 0.5})
    with pytest.raises(InputError):
        load_study(scores="score", test=frame, target="y")


@pytest.mark.parametrize(
    ("labels", "task"),
    [
        (["no", "yes"] * 6, "binary"), ([True, False] * 6, "binary"), ([0.0, 1.0] * 6, "binary"), ([3, 5] * 6, "binary"),
        (["a", "b", "c"] * 4, "multiclass"), ([0, 1, 2] * 4, "multiclass"), ([0.5, 1.5, 2.5] * 4, "regression"),
        (list(range(12)), "regression"), ([1, "a"] * 6, "binary"),
    ],
)  # fmt: skip
def test_without_a_model_the_labels_tell_the_task(labels: list[Any], task: str) -> None:
    frame = pd.DataFrame({"y": labels, "said": labels})
    assert load_study(predictions="said", test=frame, target="y").task == task


def test_infinite_labels_of_a_regression_are_refused() -> None:
    frame = pd.DataFrame({"y": [1.5, 2.5, np.inf, 3.5], "said": 1.0})
    with pytest.raises(TableError, match="finite"):
        load_study(predictions="said", test=frame, target="y")


# ---- every awkward study


@pytest.mark.parametrize("name", list(AWKWARD))
def test_every_awkward_study_loads_describes_itself_and_counts_events(name: str) -> None:
    awkward: Awkward = AWKWARD[name]()
    study = awkward.study
    assert study.name in str(study)
    assert len(study.describe().frame()) == len(study.tables)
    measured = study.measure(study.need("test"))
    assert 0 < measured.events <= measured.n
    if study.task != "regression":
        assert measured.events == np.unique(measured.y, return_counts=True)[1].min()


def test_a_large_table_is_sampled_honestly_and_the_study_says_so() -> None:
    frame = _frame(1000)
    study = _logged(test=frame, max_rows=100)
    table = study.need("test")
    assert (table.rows, table.source_rows, study.describe().lines[0].source_rows) == (100, 1000, 1000)
    assert table["id"].is_monotonic_increasing
    assert abs(table["y"].mean() - frame["y"].mean()) <= 0.01
    assert any("100 of 1,000 rows" in note for note in study.notes)
    numbers = frame.assign(y=frame["a"], said=frame["a"])
    assert load_study(predictions="said", test=numbers, target="y", max_rows=50).need("test").rows == 50


def test_what_is_missing_is_said_with_its_remedy() -> None:
    study = _logged(test=_frame())
    with pytest.raises(MissingInputError, match="production="):
        study.need("production")
    with pytest.raises(MissingInputError, match="Pass values="):
        study.row_values(study.need("test"))
    unlabelled = _logged(test=_frame(), production=_frame().drop(columns="y"))
    with pytest.raises(MissingInputError, match="labels in production"):
        unlabelled.measure(unlabelled.need("production"))
    late = _logged(test=_frame(), production=_frame().assign(y=None))
    with pytest.raises(MissingInputError, match="labelled rows in production"):
        late.measure(late.need("production"))
    assert issubclass(MissingInputError, MlopsWidgetsError)


# ---- roles in every table


@pytest.mark.parametrize(
    ("roles", "lacking", "message"),
    [
        ({"entity": "who"}, "test", r"test has labels but no column 'who', which entity= names"),
        ({"entity": "who"}, "production", "production has labels but no column 'who'"),
        ({"weights": "id"}, "test", "test has labels but no column 'id', which weights= names"),
        ({"time": "day"}, "production", "production has labels but no column 'day', which time= names"),
    ],
)
def test_a_measured_table_without_the_column_that_it_is_measured_by_is_refused(
    roles: dict[str, str], lacking: str, message: str
) -> None:
    tables = {"test": _frame(), "production": _frame()}
    tables[lacking] = tables[lacking].drop(columns=[*roles.values()])
    with pytest.raises(TableError, match=message):
        _logged(**tables, **roles)


def test_time_in_production_alone_decisions_and_groups_are_noted_where_they_are_missing() -> None:
    bare = _frame().drop(columns=["day", "who", "id"])
    study = _logged(test=bare, production=_frame().assign(id=1), time="day", decision="id", groups="who")
    assert [note.partition(":")[0] for note in study.notes if "has no column" in note] == [
        "test has no column 'day' (time=)", "test has no column 'id' (decision=)", "test has no column 'who' (groups=)",
    ]  # fmt: skip


def test_a_table_without_labels_may_lack_the_entity_until_its_units_are_asked_for() -> None:
    study = _logged(test=_frame(), production=_frame().drop(columns=["y", "who"]), entity="who")
    with pytest.raises(MissingInputError, match="no entity column in production"):
        study.units(study.need("production"))


def test_columns_of_values_are_no_features_of_a_function() -> None:
    frame = _frame()[["a", "y", "score", "id"]]
    study = load_study(
        predict=lambda f: (f["a"] > 0).astype(int), test=frame, target="y", decision="y",
        values={"true_positive": "score", "false_positive": "id"},
    )  # fmt: skip
    assert study.roles.features == ("a",)


def test_two_shares_leave_entities_and_moments_whole() -> None:
    rng = np.random.default_rng(0)
    frame = _frame().assign(who=rng.integers(0, 30, 200), day=rng.integers(0, 30, 200))
    for column, role in (("who", "entity"), ("day", "time")):
        for split in ({"test": 0.2, "production": 0.3}, {"test": 0.3}):
            parts = [{*table[column]} for table in _logged(data=frame, split=split, **{role: column}).tables.values()]
            assert len(parts) == len(split) + 1
            assert sum(map(len, parts)) == len({*frame[column]})


# ---- margin


def test_the_margin_is_the_calls_else_the_studys_else_the_metrics() -> None:
    assert _logged(test=_frame()).accepted_loss(0.8) == 0.03
    study = _logged(test=_frame(), margin=0.01)
    assert (study.accepted_loss(0.8), study.accepted_loss(0.8, 0.2)) == (0.01, 0.2)
    other = get_metric("log_loss", "binary")
    assert study.accepted_loss(0.4, metric=other) == pytest.approx(0.02)
    assert study.fingerprint != _logged(test=_frame()).fingerprint


@pytest.mark.parametrize("margin", [0, -0.1, float("nan"), float("inf"), "small", True])
def test_a_margin_that_is_no_distance_is_refused(margin: Any) -> None:
    with pytest.raises(InputError, match="margin="):
        _logged(test=_frame(), margin=margin)
