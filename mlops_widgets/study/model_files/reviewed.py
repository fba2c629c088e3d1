"""Types that a .skops file may hold beyond those skops trusts itself: our own list, kept here and never read from a file.

A type stands here for one *way* of building it (skops' loader), since trusting a name for every way would let a file call
it with arguments of its own. What is listed can't run code that its state brings along:

- **Trees, neighbour trees, splines, sparse matrices** (`TreeNode`, `TreePredictor`, `KDTree` …): arrays that compiled code
  indexes without looking. They run nothing, but malformed ones crash; `structure` checks each before any predict.
- **Boosters**: rebuilt by C++ parsers from text or bytes, which are checked in the file before skops sees them.
- **scikit-learn's and boosting libraries' plain classes** (kernels, splitters, scorers, losses, optimisers): attributes
  only; what they call is either their own method or a function of this list.
- **Functions**: scores and tests on arrays, without file, network or import among their arguments.
- **`functools.partial`** only around a function of this list.

Left out on purpose: `scipy.stats` distributions (their `__setstate__` runs text from the state with `exec`),
`PyFuncDistance64` and `FunctionTransformer` around other functions (they call what the file names), callbacks that write
files, `operator.methodcaller` and bound methods (any method by name), CatBoost (a binary model inside; `.cbm` is checked).
"""

from collections.abc import Mapping

_KERNELS = (
    "CompoundKernel", "ConstantKernel", "DotProduct", "ExpSineSquared", "Exponentiation", "Matern", "PairwiseKernel",
    "Product", "RBF", "RationalQuadratic", "Sum", "WhiteKernel",
)  # fmt: skip
_SPLITTERS = (
    "GroupKFold", "GroupShuffleSplit", "KFold", "LeaveOneGroupOut", "LeaveOneOut", "LeavePGroupsOut", "LeavePOut",
    "PredefinedSplit", "RepeatedKFold", "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedGroupKFold",
    "StratifiedKFold", "StratifiedShuffleSplit", "TimeSeriesSplit",
)  # fmt: skip
_DISTANCES = (
    "BrayCurtis", "Canberra", "Chebyshev", "Dice", "Euclidean", "Hamming", "Haversine", "Jaccard", "Mahalanobis",
    "Manhattan", "Minkowski", "RogersTanimoto", "RussellRao", "SEuclidean", "SokalMichener",
    "SokalSneath",
)  # fmt: skip
_NUMBERS = (
    "character", "complexfloating", "flexible", "floating", "generic", "inexact", "integer", "number", "signedinteger",
    "unsignedinteger",
)  # fmt: skip
_SPARSE = ("bsr", "coo", "csc", "csr", "dia")
_SCORES = {
    "sklearn.metrics._classification": (
        "accuracy_score", "balanced_accuracy_score", "brier_score_loss", "cohen_kappa_score", "d2_brier_score",
        "d2_log_loss_score", "f1_score", "fbeta_score", "hamming_loss", "hinge_loss", "jaccard_score", "log_loss",
        "matthews_corrcoef", "precision_score", "recall_score", "zero_one_loss",
    ),
    "sklearn.metrics._ranking": (
        "average_precision_score", "coverage_error", "dcg_score", "label_ranking_average_precision_score",
        "label_ranking_loss", "ndcg_score", "roc_auc_score", "top_k_accuracy_score",
    ),
    "sklearn.metrics._regression": (
        "d2_absolute_error_score", "d2_pinball_score", "d2_tweedie_score", "explained_variance_score", "max_error",
        "mean_absolute_error", "mean_absolute_percentage_error", "mean_gamma_deviance", "mean_pinball_loss",
        "mean_poisson_deviance", "mean_squared_error", "mean_squared_log_error", "mean_tweedie_deviance",
        "median_absolute_error", "r2_score", "root_mean_squared_error", "root_mean_squared_log_error",
    ),
    "sklearn.metrics._scorer": ("negative_likelihood_ratio", "positive_likelihood_ratio"),
    "sklearn.metrics.cluster._supervised": (
        "adjusted_mutual_info_score", "adjusted_rand_score", "completeness_score", "fowlkes_mallows_score",
        "homogeneity_score", "mutual_info_score", "normalized_mutual_info_score", "rand_score", "v_measure_score",
    ),
    "sklearn.feature_selection._univariate_selection": ("chi2", "f_classif", "f_oneway", "f_regression", "r_regression"),
    "sklearn.feature_selection._mutual_info": ("mutual_info_classif", "mutual_info_regression"),
    "sklearn.cluster._kmeans": ("_kmeans_single_elkan", "_kmeans_single_lloyd"),
    "sklearn.utils.validation": ("check_array",),
    "scipy._lib.array_api_compat.numpy._aliases": ("asarray",),
    "numpy": ("max", "mean", "median", "min"),
}  # fmt: skip


def _from(module: str, *names: str) -> frozenset[str]:
    return frozenset(f"{module}.{name}" for name in names)


REVIEWED: Mapping[str, frozenset[str]] = {
    "TreeNode": _from("sklearn.tree._tree", "Tree"),
    "ObjectNode": frozenset().union(
        _from("lightgbm.basic", "Booster"),
        _from("lightgbm.sklearn", "LGBMClassifier", "LGBMModel", "LGBMRanker", "LGBMRegressor"),
        _from("scipy.interpolate._bsplines", "BSpline"),
        _from("sklearn._loss.loss", "HalfTweedieLoss", "HalfTweedieLossIdentity"),
        _from("sklearn._loss._loss", "CyHalfBinomialLoss"),  # of scikit-learn 1.4: no state, made by __new__ alone
        _from("sklearn.calibration", "_CalibratedClassifier", "_SigmoidCalibration", "_TemperatureScaling"),
        _from("sklearn.cluster._bisect_k_means", "_BisectingTree"),
        _from("sklearn.compose._column_transformer", "_RemainderColsList", "make_column_selector"),
        _from("sklearn.ensemble._hist_gradient_boosting.predictor", "TreePredictor"),
        _from("sklearn.gaussian_process._gpc", "_BinaryGaussianProcessClassifierLaplace"),
        _from("sklearn.gaussian_process.kernels", *_KERNELS),
        _from(
            "sklearn.metrics._dist_metrics", *(f"{each}Distance{bits}" for each in _DISTANCES for bits in ("", 32, 64))
        ),
        _from("sklearn.metrics._scorer", "_CurveScorer", "_MultimetricScorer", "_PassthroughScorer", "_Scorer"),
        _from("sklearn.model_selection._search_successive_halving", "HalvingGridSearchCV", "HalvingRandomSearchCV"),
        _from("sklearn.model_selection._split", *_SPLITTERS),
        _from("sklearn.multiclass", "_ConstantPredictor"),
        _from("sklearn.neighbors._ball_tree", "BallTree", "BallTree32", "BallTree64"),
        _from("sklearn.neighbors._kd_tree", "KDTree", "KDTree32", "KDTree64"),
        _from("sklearn.neural_network._stochastic_optimizers", "AdamOptimizer", "SGDOptimizer"),
        _from("sklearn.utils._metadata_requests", "MetadataRequest", "MethodMetadataRequest"),
        _from("xgboost.callback", "EarlyStopping"),
        _from("xgboost.core", "Booster"),
        _from(
            "xgboost.sklearn",
            *("XGBClassifier", "XGBModel", "XGBRFClassifier", "XGBRFRegressor", "XGBRanker", "XGBRegressor"),
        ),
    ),
    "FunctionNode": frozenset().union(*(_from(module, *names) for module, names in _SCORES.items())),
    "TypeNode": _from("builtins", "dict", "object")
    | _from("collections", "OrderedDict")
    | _from("numpy", *_NUMBERS)
    | _from("sklearn.model_selection._split", "KFold", "StratifiedKFold")
    | _from("pandas.core.dtypes.dtypes", "CategoricalDtype")
    | _from("pandas", "CategoricalDtype"),
    "DictNode": _from("builtins", "dict")
    | _from("collections", "OrderedDict")
    | _from("sklearn.utils._bunch", "Bunch")
    | _from("sklearn.utils", "Bunch"),
    "DTypeNode": _from("numpy", "dtype"),
    "PartialNode": _from("functools", "partial"),  # the audit gives this loader another name around other functions
    "SparseMatrixNode": frozenset(
        f"scipy.sparse._{form}.{form}_{kind}" for form in _SPARSE for kind in ("array", "matrix")
    ),
}
"""Full names of the reviewed types, by the skops loader that may build them."""


def is_reviewed(loader: str, name: str) -> bool:
    """Say whether a type may be built this way without the caller's trust."""
    return name in REVIEWED.get(loader, ())
