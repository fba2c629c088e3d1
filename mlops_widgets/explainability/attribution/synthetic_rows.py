"""The rows that explainers ask a model about: cells of real rows, put together as no real row may be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.measures.ranks import auc_interval, auc_many
from mlops_widgets.study.encoding import learn_encoding
from mlops_widgets.study.tables import Table, frame_of, holds_numbers

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Players = Mapping[str, tuple[str, ...]]
Kind = Literal["coalitions", "centres", "independent", "normal"]
"""Rows as Shapley values ask about them, the same with a summarised background, as LIME does, and as the library lime does."""

KINDS: Mapping[Kind, str] = {
    "coalitions": "rows in which some columns come from another row, as Shapley values ask about them",
    "centres": "rows in which some columns come from the middle of a cluster, as shap asks with a summarised background",
    "independent": "rows whose columns are drawn one by one, as LIME asks about them",
    "normal": "rows whose numbers are drawn from normal distributions, as the library lime asks about them",
}
_FEWEST_ROWS = 20
_CENTRES = 10


def synthetic(rows: pd.DataFrame, players: Players, kind: Kind, rng: np.random.Generator) -> pd.DataFrame:
    """Return as many rows of a kind, made of the cells of `rows`.

    Parameters
    ----------
    rows
        Real rows.
    players
        Name → columns that act together.
    kind
        What an explainer does with them: of each coalition at least one column is a row's own, and one another row's.
    rng
        Where they are drawn from.
    """
    count = len(rows)
    if kind in {"independent", "normal"}:
        taken = rng.integers(0, count, size=(count, len(players)))
    else:
        other = _another(count, rng) + (count if kind == "centres" else 0)
        taken = np.where(_coalitions(count, len(players), rng), np.arange(count)[:, None], other[:, None])
    source = pd.concat([rows, _centres(rows, rng)], ignore_index=True) if kind == "centres" else rows
    made = rearranged(source, players, taken)
    if kind == "normal":
        for column in [name for name in made.columns if _is_number(rows[name])]:
            made[column] = _normal(rows[column], rng)
    return made


def rearranged(rows: pd.DataFrame, players: Players, taken: Integers) -> pd.DataFrame:
    """Return rows whose player k has the cells of the row at `taken[:, k]`, (n, players) positions."""
    place = {column: k for k, columns in enumerate(players.values()) for column in columns}
    return frame_of({column: rows[column].array.take(taken[:, place[column]]) for column in rows.columns}, rows.columns)


def _centres(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the rows with their numbers moved to the mean of their cluster (Lloyd 1982), whole where the type is.

    Other cells are those of the cluster's row that lies nearest to the mean.
    """
    from sklearn.cluster import KMeans

    table = Table(rows, name="rows")
    numbers = learn_encoding(table, table.columns).numbers(table)[0]
    if not numbers.shape[1]:
        return rows
    most = min(_CENTRES, len(np.unique(numbers, axis=0)))
    fitted = KMeans(most, n_init=1, max_iter=20, random_state=int(rng.integers(2**31))).fit(numbers)
    nearest = np.argmin(fitted.transform(numbers), axis=0)[fitted.labels_]
    made: pd.DataFrame = rows.iloc[nearest].reset_index(drop=True)
    for column in [name for name in rows.columns if _is_number(rows[name])]:
        means = _as_floats(rows[column]).groupby(fitted.labels_).mean()
        made[column] = _cast(means.to_numpy()[fitted.labels_], rows[column], made[column])
    return made


def _as_floats(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.Series(pd.to_numeric(cells).to_numpy(dtype=np.float64, na_value=np.nan)).replace(
        [np.inf, -np.inf], np.nan
    )


def _cast(values: Floats, like: "pd.Series[Any]", otherwise: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return numbers in a column's type, whole where it is; another cell where there is no number."""
    whole = pd.api.types.is_integer_dtype(like.dtype)
    filled = np.where(np.isnan(values), 0.0, values)
    cast = pd.Series(np.round(filled) if whole else filled).astype(like.dtype)
    return cast.where(~np.isnan(values), otherwise)


def _another(count: int, rng: np.random.Generator) -> Integers:
    """Return for each row another one: a shuffle, one further for those that it leaves in place."""
    order = rng.permutation(count)
    stays = order == np.arange(count)
    return np.where(stays, (order + 1) % count, order)


def _coalitions(count: int, players: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Return who is in, (n, players): sizes evenly from one to all but one, as along the permutations of Shapley values."""
    sizes = rng.integers(1, max(2, players), size=count)
    return np.asarray(np.argsort(rng.random((count, players)), axis=1) < sizes[:, None])


def _is_number(cells: "pd.Series[Any]") -> bool:
    return holds_numbers(cells) and not pd.api.types.is_bool_dtype(cells.dtype)


def _normal(cells: "pd.Series[Any]", rng: np.random.Generator) -> "pd.Series[Any]":
    """Return normal numbers of the column's mean and spread within its range, whole where the column's type is."""
    known = _as_floats(cells).dropna()
    if known.empty:
        return cells
    drawn = rng.normal(known.mean(), known.std(ddof=0), len(cells))
    return _cast(np.clip(drawn, known.min(), known.max()), cells, cells)


@dataclass(frozen=True, kw_only=True)
class ToldApart:
    """How well synthetic rows can be told from real ones.

    Parameters
    ----------
    kind
        Which ones.
    auc, lower, upper
        ROC AUC of boosted trees on rows that they didn't learn from, with its 95 % interval: .5 where they can't be told.
    rows
        Real rows, and as many synthetic ones.
    """

    kind: Kind
    auc: float
    lower: float
    upper: float
    rows: int


def tell_apart(
    rows: pd.DataFrame, players: Players, kind: Kind, *, most_rows: int = 800, rng: np.random.Generator
) -> ToldApart:
    """Return how well boosted trees tell synthetic rows from real ones, cross-fitted over two halves.

    Synthetic rows are made of rows that aren't among the real ones, within each half, so that no cell is learned by heart.
    The AUC is the mean of both halves', the interval the mean of DeLong's (1988) in each half.

    Parameters
    ----------
    rows
        Real rows.
    players
        Name → columns that act together.
    kind
        Which synthetic rows.
    most_rows
        Rows of `rows` that are used.
    rng
        Of rows and folds.
    """
    drawn = rng.permutation(len(rows))[:most_rows]
    quarter = len(drawn) // 4
    nothing = ToldApart(kind=kind, auc=np.nan, lower=np.nan, upper=np.nan, rows=2 * quarter)
    if quarter < _FEWEST_ROWS:
        return nothing
    parts = [rows.iloc[drawn[k * quarter : (k + 1) * quarter]].reset_index(drop=True) for k in range(4)]
    table = Table(rows.iloc[drawn], name="rows")
    encoding = learn_encoding(table, table.columns)
    if not encoding.features:
        return nothing
    sides = []
    for real, parents in (parts[:2], parts[2:]):
        frame = pd.concat([real, synthetic(parents, players, kind, rng)], ignore_index=True)
        sides.append(encoding.numbers(Table(frame, name="rows"))[0])
    return _scored(kind, sides, np.repeat([0, 1], quarter))


def _scored(kind: Kind, sides: list[Floats], made: Integers) -> ToldApart:
    scores = [_boosted().fit(sides[1 - k], made).predict_proba(sides[k])[:, 1] for k in range(2)]
    found = [float(auc_many(made, score[None, :])[0]) for score in scores]
    # Each half's model learned from the other half, so that both AUCs vary together: the interval is one half's.
    ends = np.array([[float(end[0]) for end in auc_interval(made, score[None, :])] for score in scores]).mean(axis=0)
    return ToldApart(
        kind=kind,
        auc=float(np.mean(found)),
        lower=float(ends[0]),
        upper=float(ends[1]),
        rows=2 * int((made == 0).sum()),
    )


def _boosted() -> Any:  # noqa: ANN401 - scikit-learn has no types
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        max_iter=40, learning_rate=0.1, max_leaf_nodes=8, min_samples_leaf=10, l2_regularization=1.0, early_stopping=False,
        random_state=0,
    )  # fmt: skip
