"""Malformed content of every kind is found before anything predicts; sound models pass."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity, KNeighborsClassifier, LocalOutlierFactor, RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, SplineTransformer, StandardScaler
from sklearn.svm import SVC, SVR, NuSVC, OneClassSVM
from sklearn.tree import DecisionTreeClassifier

from mlops_widgets.errors import UnsafeModelError
from mlops_widgets.study.model_files.structure import check_structure, forget_folders, forget_machines, objects_in

RNG = np.random.default_rng(0)
X = RNG.random((60, 4))
y = (X[:, 0] + X[:, 1] > 1).astype(int)
Y3 = np.digitize(X[:, 0], [0.3, 0.6])
MIXED = pd.DataFrame({"n": X[:, 0], "k": pd.Categorical(np.array(["a", "b", "c"])[Y3])})
WORDS = np.array(["aa", "bb", "cc"])[Y3]


def edit_tree(tree: Any, **changes: Any) -> None:
    """Change the state of a Tree: fields of its nodes as (row, value), or whole entries."""
    state = tree.__getstate__()
    state["nodes"] = state["nodes"].copy()
    for key, change in changes.items():
        if key in state["nodes"].dtype.names:
            state["nodes"][key][change[0]] = change[1]
        else:
            state[key] = change
    tree.__setstate__(state)


def edit_nodes(model: Any, **changes: Any) -> None:
    predictor = model._predictors[0][0]
    predictor.nodes = predictor.nodes.copy()
    for key, (row, value) in changes.items():
        predictor.nodes[key][row] = value


def edit_space(tree: Any, position: int, change: Callable[[Any], Any]) -> None:
    state = list(tree.__getstate__())
    state[position] = change(np.array(state[position]) if position < 4 else state[position])
    tree.__setstate__(tuple(state))


def put(array: Any, row: Any, value: Any) -> Any:
    array = np.array(array)
    array[row] = value
    return array


def put_field(nodes: Any, field: str, value: Any) -> Any:
    nodes = nodes.copy()
    nodes[field] = value
    return nodes


def tree() -> Any:
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, y)


def forest() -> Any:
    return RandomForestClassifier(3, random_state=0).fit(X, y)


def boosted() -> Any:
    return GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X, Y3)


def histogram() -> Any:
    return HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=3, random_state=0).fit(X, y)


def categorical() -> Any:
    model = HistGradientBoostingClassifier(
        max_iter=3, min_samples_leaf=3, categorical_features="from_dtype", random_state=0
    )
    return model.fit(MIXED[["k", "n"]], Y3 % 2)


def isolation() -> Any:
    return IsolationForest(n_estimators=3, max_features=0.5, random_state=0).fit(X)


def neighbours() -> Any:
    return KNeighborsClassifier(3, algorithm="kd_tree").fit(X, y)


def ball() -> Any:
    return KNeighborsClassifier(3, algorithm="ball_tree", metric="seuclidean", metric_params={"V": np.ones(4)}).fit(
        X, y
    )


def brute() -> Any:
    return KNeighborsClassifier(3, algorithm="brute").fit(X, y)


def support() -> Any:
    return SVC().fit(X, Y3)


def sparse_support() -> Any:
    return SVC().fit(scipy.sparse.csr_matrix(X), Y3)


def sparse_linear() -> Any:
    return SGDClassifier(random_state=0).fit(X, y).sparsify()


def spline() -> Any:
    return make_pipeline(SplineTransformer(), LinearRegression()).fit(X, y)


def words() -> Any:
    return make_pipeline(CountVectorizer(), LogisticRegression()).fit(WORDS, y)


def onehot() -> Any:
    return make_pipeline(OneHotEncoder(), LogisticRegression()).fit(WORDS[:, None], y)


def rare() -> Any:
    encoder = OneHotEncoder(min_frequency=25, handle_unknown="infrequent_if_exist")
    return make_pipeline(encoder, LogisticRegression()).fit(np.where(X < 0.7, 0, np.round(X, 1)), y)


def hashed() -> Any:
    return make_pipeline(HashingVectorizer(n_features=8), LogisticRegression()).fit(WORDS, y)


def kmeans() -> Any:
    return KMeans(2, n_init=1, random_state=0).fit(X)


def set_columns(model: Any) -> None:
    model.estimators_[0] = DecisionTreeClassifier(max_depth=2).fit(RNG.random((60, 9)), y)


def set_stage(model: Any) -> None:
    vars(model).update(init_=DummyClassifier(strategy="prior").fit(X, y))


def seeded(generator: Any) -> Callable[[], Any]:
    return lambda: RandomForestClassifier(2, random_state=generator)


def set_position(generator: Any, **position: int) -> None:
    bits = getattr(generator, "bit_generator", None) or generator._bit_generator
    state = bits.state
    state["state"] |= {key: value for key, value in position.items() if key in state["state"]}
    bits.state = state | {key: value for key, value in position.items() if key in state}


def shrink(model: Any, name: str, rows: Any) -> None:
    setattr(model, name, np.ascontiguousarray(getattr(model, name)[rows]))


MALFORMED: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "tree: left child far away": (tree, lambda m: edit_tree(m.tree_, left_child=(0, 2**40))),
    "tree: right child far away": (tree, lambda m: edit_tree(m.tree_, right_child=(0, 2**40))),
    "tree: negative child": (tree, lambda m: edit_tree(m.tree_, left_child=(0, -(2**40)))),
    "tree: child is its own parent": (tree, lambda m: edit_tree(m.tree_, left_child=(0, 0), right_child=(0, 0))),
    "tree: one child": (tree, lambda m: edit_tree(m.tree_, right_child=(0, -1))),
    "tree: a node with two parents": (tree, lambda m: edit_tree(m.tree_, left_child=(0, 2))),
    "tree: feature far away": (tree, lambda m: edit_tree(m.tree_, feature=(0, 2**40))),
    "tree: negative feature": (tree, lambda m: edit_tree(m.tree_, feature=(0, -(2**40)))),
    "tree: more nodes than it holds": (tree, lambda m: edit_tree(m.tree_, node_count=2**40)),
    "tree: no nodes": (tree, lambda m: edit_tree(m.tree_, node_count=0)),
    "tree: deeper than it says": (tree, lambda m: edit_tree(m.tree_, max_depth=-(2**20))),
    "tree: columns aren't checked": (tree, lambda m: delattr(m, "n_features_in_")),
    "tree: other columns than the model": (tree, lambda m: setattr(m, "n_features_in_", 1)),
    "forest: child far away in the last tree": (
        forest,
        lambda m: edit_tree(m.estimators_[2].tree_, left_child=(0, 2**40)),
    ),
    "forest: a tree for more columns": (forest, set_columns),
    "isolation forest: a tree for more columns": (isolation, set_columns),
    "bagging: a tree for more columns": (lambda: BaggingClassifier(n_estimators=2).fit(X, y), set_columns),
    "boosting: no tree": (boosted, lambda m: setattr(m.estimators_[0, 0], "tree_", None)),
    "boosting: child far away": (boosted, lambda m: edit_tree(m.estimators_[0, 2].tree_, left_child=(0, 2**40))),
    "boosting: initial model with fewer classes": (boosted, set_stage),
    "boosting: stages in a list": (boosted, lambda m: setattr(m, "estimators_", list(m.estimators_.ravel()))),
    "histogram: left child far away": (histogram, lambda m: edit_nodes(m, left=(0, 2**31))),
    "histogram: right child far away": (histogram, lambda m: edit_nodes(m, right=(0, 2**31))),
    "histogram: round in a circle": (histogram, lambda m: edit_nodes(m, left=(0, 0), right=(0, 0))),
    "histogram: feature far away": (histogram, lambda m: edit_nodes(m, feature_idx=(0, 2**40))),
    "histogram: categories of a column that has none": (histogram, lambda m: edit_nodes(m, is_categorical=(0, 1))),
    "histogram: set of categories far away": (
        categorical,
        lambda m: edit_nodes(m, is_categorical=(0, 1), bitset_idx=(0, 2**31)),
    ),
    "histogram: no nodes": (histogram, lambda m: setattr(m._predictors[0][0], "nodes", m._predictors[0][0].nodes[:0])),
    "histogram: narrow sets of categories": (
        categorical,
        lambda m: setattr(m._predictors[0][0], "raw_left_cat_bitsets", np.zeros((9, 0), np.uint32)),
    ),
    "histogram: bins of fewer columns": (histogram, lambda m: shrink(m._bin_mapper, "is_categorical_", slice(1))),
    "histogram: columns aren't checked": (histogram, lambda m: delattr(m, "n_features_in_")),
    "histogram: preparation loses columns": (
        categorical,
        lambda m: setattr(m, "_preprocessor", make_column_transformer((StandardScaler(), ["n"])).fit(MIXED)),
    ),
    "neighbours: order of rows far away": (
        neighbours,
        lambda m: edit_space(m._tree, 1, lambda a: put(a, slice(None), 2**40)),
    ),
    "neighbours: node ends far away": (
        neighbours,
        lambda m: edit_space(m._tree, 2, lambda a: put_field(a, "idx_end", 2**40)),
    ),
    "neighbours: node starts far away": (
        neighbours,
        lambda m: edit_space(m._tree, 2, lambda a: put_field(a, "idx_start", -(2**40))),
    ),
    "neighbours: child far away": (neighbours, lambda m: edit_space(m._tree, 2, lambda a: put_field(a, "is_leaf", 0))),
    "neighbours: fewer bounds": (neighbours, lambda m: edit_space(m._tree, 3, lambda a: a[:, :, :1].copy())),
    "neighbours: no distance": (neighbours, lambda m: edit_space(m._tree, 11, lambda _: None)),
    "neighbours: distance for fewer columns": (
        ball,
        lambda m: m._tree.__getstate__()[11].__setstate__((2.0, np.ones(1), np.ones((1, 1)))),
    ),
    "neighbours: label far away": (brute, lambda m: setattr(m, "_y", put(m._y, slice(None), 2**40))),
    "neighbours: fewer labels": (brute, lambda m: shrink(m, "_y", slice(1))),
    "support: counts cancel": (
        support,
        lambda m: setattr(m, "_n_support", m._n_support + np.array([-99999, 0, 99999], np.int32)),
    ),
    "support: fewer coefficients": (support, lambda m: setattr(m, "_dual_coef_", m._dual_coef_[:, :1].copy())),
    "support: one row of coefficients": (support, lambda m: setattr(m, "_dual_coef_", m._dual_coef_[:1].copy())),
    "support: fewer intercepts": (support, lambda m: shrink(m, "_intercept_", slice(1))),
    "support: narrow vectors": (support, lambda m: setattr(m, "support_vectors_", m.support_vectors_[:, :1].copy())),
    "support: other probabilities": (support, lambda m: setattr(m, "_probA", np.ones(1))),
    "support: another machine": (support, lambda m: setattr(m, "_impl", "one_class")),
    "support: vector far away": (
        lambda: SVC(kernel="precomputed").fit(X @ X.T, y),
        lambda m: setattr(m, "support_", put(m.support_, slice(None), 2**30)),
    ),
    "support: kernel of other width": (
        lambda: SVC(kernel="precomputed").fit(X @ X.T, y),
        lambda m: setattr(m, "kernel", np.add),
    ),
    "support: sparse vectors far away": (
        sparse_support,
        lambda m: setattr(m.support_vectors_, "indices", put(m.support_vectors_.indices, slice(None), 2**30)),
    ),
    "support: sparse coefficients left out": (
        sparse_support,
        lambda m: setattr(m, "_dual_coef_", scipy.sparse.csr_matrix(m._dual_coef_.shape)),
    ),
    "sparse: index far away": (
        sparse_linear,
        lambda m: setattr(m.coef_, "indices", put(m.coef_.indices, 0, 2**30)),
    ),
    "sparse: rows end far away": (
        sparse_linear,
        lambda m: setattr(m.coef_, "indptr", put(m.coef_.indptr, -1, 2**30)),
    ),
    "sparse: column far away in coordinates": (
        brute,
        lambda m: setattr(m, "extra", broken_coordinates()),
    ),
    "generator: position far away": (
        seeded(np.random.RandomState(0)),
        lambda m: set_position(m.random_state, pos=2**30),
    ),
    "generator: negative position": (
        seeded(np.random.Generator(np.random.MT19937(0))),
        lambda m: set_position(m.random_state, pos=-(2**30)),
    ),
    "generator: negative place in the buffer": (
        seeded(np.random.Generator(np.random.Philox(0))),
        lambda m: set_position(m.random_state, buffer_pos=-(2**30)),
    ),
    "spline: fewer coefficients": (
        spline,
        lambda m: setattr(m[0].bsplines_[0], "_c", m[0].bsplines_[0].c[:1].copy()),
    ),
    "spline: degree far away": (spline, lambda m: setattr(m[0].bsplines_[0], "k", 2**20)),
    "spline: knots out of order": (
        spline,
        lambda m: setattr(m[0].bsplines_[0], "_t", m[0].bsplines_[0].t[::-1].copy()),
    ),
    "words: column far away": (words, lambda m: m[0].vocabulary_.update(aa=2**30)),
    "words: no column number": (words, lambda m: m[0].vocabulary_.update(aa="x")),
    "one-hot: fewer columns": (onehot, lambda m: setattr(m[0], "_n_features_outs", [1])),
    "one-hot: numbers out of order": (rare, lambda m: m[0].categories_.__setitem__(0, m[0].categories_[0][::-1])),
    "one-hot: rare ones far away": (
        rare,
        lambda m: m[0]._default_to_infrequent_mappings.__setitem__(
            0, put(m[0]._default_to_infrequent_mappings[0], slice(None), 2**30)
        ),
    ),
    "hashing: no columns": (hashed, lambda m: setattr(m[0], "n_features", 0)),
    "k-means: narrow centres": (kmeans, lambda m: setattr(m, "cluster_centers_", m.cluster_centers_[:, :1].copy())),
    "k-means: columns aren't checked": (kmeans, lambda m: delattr(m, "n_features_in_")),
}


def broken_coordinates() -> Any:
    matrix = scipy.sparse.coo_array(np.eye(3))
    matrix.coords = (np.array([0, 1, 2**30]), matrix.coords[1])
    return matrix


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_content_is_refused(name: str) -> None:
    make, damage = MALFORMED[name]
    model = make()
    check_structure(model, name="model='m.skops'")
    damage(model)
    with pytest.raises(UnsafeModelError, match=r"model='m.skops' holds a malformed \w+: "):
        check_structure(model, name="model='m.skops'")


@pytest.mark.parametrize("name", list(MALFORMED)[::9])
def test_malformed_content_is_found_wherever_it_is_nested(name: str) -> None:
    make, damage = MALFORMED[name]
    part = make()
    damage(part)
    outer = make_pipeline("passthrough", LogisticRegression())
    outer.extra = {"a": [(np.array([part, None], dtype=object),)], "again": outer}
    with pytest.raises(UnsafeModelError, match="malformed"):
        check_structure(outer, name="model='m.skops'")


SOUND: list[Callable[[], Any]] = [
    tree, forest, boosted, histogram, categorical, isolation, neighbours, ball, brute, support, sparse_support, sparse_linear,
    spline, words, onehot, rare, hashed, kmeans,
    lambda: BisectingKMeans(3, random_state=0).fit(X),
    lambda: MiniBatchKMeans(2, n_init=1, random_state=0).fit(X),
    lambda: ExtraTreesRegressor(2).fit(X, np.c_[X[:, 0], X[:, 1]]),
    lambda: IsolationForest(n_estimators=2).fit(X),
    lambda: BaggingClassifier(n_estimators=2, max_features=0.5).fit(X, y),
    lambda: AdaBoostClassifier(n_estimators=2).fit(X, y),
    lambda: GradientBoostingRegressor(n_estimators=2, init="zero").fit(X, X[:, 0]),
    lambda: GradientBoostingClassifier(n_estimators=2, init=RandomForestClassifier(2)).fit(X, Y3),
    lambda: StackingClassifier([("t", tree()), ("s", SVC())], cv=2).fit(X, y),
    lambda: VotingClassifier([("t", tree()), ("h", histogram())]).fit(X, y),
    lambda: CalibratedClassifierCV(forest(), method="isotonic", cv=2).fit(X, y),
    lambda: GridSearchCV(make_pipeline(StandardScaler(), tree()), {"decisiontreeclassifier__max_depth": [1, 2]}, cv=2).fit(X, y),
    lambda: make_pipeline(KBinsDiscretizer(3, quantile_method="averaged_inverted_cdf"), LogisticRegression()).fit(X, y),
    lambda: make_pipeline(OneHotEncoder(drop="if_binary"), LogisticRegression()).fit(np.c_[WORDS, y.astype(str)], y),
    lambda: make_pipeline(OneHotEncoder(drop="first", max_categories=2), LogisticRegression()).fit(WORDS[:, None], y),
    lambda: make_pipeline(OneHotEncoder(), LogisticRegression()).fit(np.array([[1.0], [np.nan]] * 30), y),
    lambda: make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(WORDS, y),
    lambda: DictVectorizer().fit([{"a": 1}, {"b": "x"}]),
    lambda: RadiusNeighborsClassifier(2.0).fit(X, np.array(["a", "b"])[y]),
    lambda: KNeighborsClassifier().fit(X, np.c_[y, Y3]),
    lambda: LocalOutlierFactor(novelty=True).fit(X),
    lambda: KernelDensity().fit(X, sample_weight=X[:, 0]),
    lambda: SVR().fit(X, X[:, 0]), lambda: OneClassSVM().fit(X), lambda: NuSVC(kernel="poly").fit(X, y),
    lambda: SVC(kernel="precomputed").fit(X @ X.T, y), lambda: SVC(kernel=lambda a, b: a @ b.T).fit(X, y),
    seeded(np.random.RandomState(0)), seeded(np.random.default_rng(0)),
    RandomForestClassifier, SVC, KMeans, HistGradientBoostingClassifier, OneHotEncoder, CountVectorizer,
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SOUND)))
def test_sound_models_pass(number: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # probability= of SVC
        model = SOUND[number]()
    check_structure(model, name="model='m.skops'")


def test_objects_in_circles_and_in_depth_are_walked_once() -> None:
    chain: list[Any] = []
    for _ in range(50_000):
        chain = [chain]
    circle: dict[str, Any] = {"chain": chain}
    circle["self"] = circle
    assert sum(1 for _ in objects_in(circle, name="model='m.skops'")) == 50_002


def test_a_model_of_endless_size_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlops_widgets.study.model_files.structure.MOST_OBJECTS", 10)
    with pytest.raises(UnsafeModelError, match="more than 10 objects"):
        check_structure([[] for _ in range(20)], name="model='m.skops'")


def test_a_folder_for_a_cache_is_left_out_and_said() -> None:
    model = make_pipeline(StandardScaler(), LogisticRegression(), memory="/tmp/somewhere")  # noqa: S108 - never used
    assert "memory= of Pipeline" in forget_folders(model)[0]
    assert model.memory is None
    assert forget_folders(model) == ()


def test_machines_that_a_refit_would_connect_to_are_left_out_and_said() -> None:
    model = LGBMClassifier(n_estimators=2, verbose=-1, machines="198.51.100.1:9", num_machines=2, cat_smooth=5)
    assert forget_machines(make_pipeline(StandardScaler(), model)) == (
        "LightGBM's machines, num_machines named other computers or files and is left out.",
    )
    assert clone(model).get_params().keys() & {"machines", "num_machines", "cat_smooth"} == {"cat_smooth"}
    assert forget_machines(model) == ()
