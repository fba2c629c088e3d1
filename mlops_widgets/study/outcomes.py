"""What the target means: the task, the classes, and labels as numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.errors import InputError, TableError, listed
from mlops_widgets.measures.metrics import Task
from mlops_widgets.study.tables import FEWEST_QUOTED, as_numbers, distinct, quoted

Floats = npt.NDArray[np.float64]
TASKS: tuple[Task, ...] = get_args(Task)
MOST_CLASSES = 50


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How labels become numbers.

    Parameters
    ----------
    task
        "binary", "multiclass" or "regression".
    target
        Column that holds the labels.
    classes
        The class labels in the model's order; for binary the positive one is last. Empty for regression.
    """

    task: Task
    target: str
    classes: tuple[Any, ...] = ()

    @property
    def positive(self) -> Any:  # noqa: ANN401 - a label of the user's
        """The positive class of a binary task, else None."""
        return self.classes[1] if self.task == "binary" else None

    def encode(self, labels: "pd.Series[Any] | npt.NDArray[Any]", *, where: str) -> Floats:
        """Return labels as numbers, shape (n,): 0/1, class codes, or the values; NaN where a label is missing.

        Raises
        ------
        TableError
            If a label isn't one of the classes, or isn't a number in regression.
        """
        values = pd.Series(np.asarray(labels, dtype=object)) if isinstance(labels, np.ndarray) else labels
        if self.task == "regression":
            return _numbers(values, where=where, target=self.target)
        lookup = {_key(label): code for code, label in enumerate(self.classes)}
        levels, uniques = _factorized(values, where=where, target=self.target)
        keys = [_key(level) for level in uniques]
        strange = np.array([key not in lookup for key in keys] + [False])
        if strange.any():
            cells = values.reset_index(drop=True)[strange[levels]]
            raise TableError(
                f"{where} has labels in {self.target!r} that the model doesn't know: {_typed(cells)}. Its classes: "
                f"{_with_kind(self.classes)}. {self._way_out(cells, values)}"
            )
        table = np.array([float(lookup[key]) for key in keys] + [np.nan])
        return np.asarray(table[levels])  # missing labels have level -1: the last entry

    def _way_out(self, strange: "pd.Series[Any]", values: "pd.Series[Any]") -> str:
        """Return what to do about labels that aren't among the classes."""
        if {_bare(label) for label in strange.unique()} <= {_bare(label) for label in self.classes}:
            return "They differ in type or spaces alone: convert the column."
        if self.task == "binary" and distinct(values) > 2:
            return "With more than two classes pass task='multiclass'."
        return "Leave those rows out, or give the labels the classes' names."


def sort_key(label: Any) -> tuple[str, Any]:  # noqa: ANN401 - a label of the user's
    """Return what classes are sorted by: scikit-learn's order, where all are of one type."""
    kind = "number" if isinstance(label, bool | int | float | np.number | np.bool_) else type(label).__name__
    return kind, label


def _bare(label: Any) -> str:  # noqa: ANN401 - a label of the user's
    """Return what a label looks like whatever its type and the spaces around it: "1" for 1, 1.0 and " 1"."""
    text = str(_plain(label)).strip().casefold()
    return text.removesuffix(".0")


def _typed(cells: "pd.Series[Any]") -> str:
    """Return labels that aren't known in quotes, and their type; what few rows hold isn't quoted."""
    counts = cells.map(_quotes).value_counts()
    if counts.max() < FEWEST_QUOTED:
        return quoted(cells)
    return f"{quoted(cells.map(_quotes), most=12)} ({listed(sorted({_kind(label) for label in cells.unique()}))})"


def _quotes(label: Any) -> str:  # noqa: ANN401 - a label of the user's
    return repr(label.item() if isinstance(label, np.generic) else label)


def _with_kind(labels: Sequence[Any]) -> str:
    return f"{listed(map(_quotes, labels))} ({listed(sorted({_kind(label) for label in labels}))})"


def _kind(label: Any) -> str:  # noqa: ANN401 - a label of the user's
    if isinstance(label, str):
        return "text"
    if isinstance(label, bool | np.bool_):
        return "true or false"
    return "numbers" if isinstance(label, int | float | np.number) else type(label).__name__


def _factorized(values: "pd.Series[Any]", *, where: str, target: str) -> "tuple[npt.NDArray[Any], Any]":
    try:
        return pd.factorize(values)
    except TypeError as error:
        raise TableError(f"{where}: cells of {target!r} hold lists or the like. Pass one label a row.") from error


def _plain(label: Any) -> Any:  # noqa: ANN401 - a label of the user's
    """Return a label without numpy's type; 1 for 1.0, which gaps beside whole numbers make of it."""
    label = label.item() if isinstance(label, np.generic) else label
    return int(label) if isinstance(label, float) and label.is_integer() else label


def _key(label: Any) -> Any:  # noqa: ANN401 - a label of the user's
    """Make 1, 1.0, True and numpy's scalars the same label."""
    if isinstance(label, np.generic):
        label = label.item()
    return float(label) if isinstance(label, bool | int | float) else str(label)


def _numbers(values: "pd.Series[Any]", *, where: str, target: str) -> Floats:
    numbers = as_numbers(values)
    bad = values.reset_index(drop=True)[~np.isfinite(numbers) & values.notna().to_numpy()]
    if len(bad):
        raise TableError(f"{where} has labels in {target!r} that aren't finite numbers: {quoted(bad)}.")
    return numbers


def find_outcome(
    labels: "pd.Series[Any]",
    *,
    target: str,
    task: Task | None,
    positive: Any,  # noqa: ANN401 - a label of the user's
    classes: Sequence[Any] | None,
    regressor: bool,
) -> Outcome:
    """Return the task and classes: as told, else as the model says, else as the labels look.

    Without a model, text, true/false, two values, or at most ten whole numbers are classes; other numbers are regression.

    Raises
    ------
    InputError
        If `task` or `positive` doesn't fit the labels, or there is one class only.
    """
    if task is not None and task not in TASKS:
        raise InputError(f"task={task!r}. Allowed: {', '.join(TASKS)}.")
    present = labels.dropna()
    if pd.api.types.is_complex_dtype(present) or not _comparable(present):
        raise InputError(f"target={target!r} holds {present.dtype} cells that are neither labels nor real numbers.")
    if present.empty:
        raise InputError(f"Every label in target={target!r} is missing, so nothing can be measured.")
    if task == "regression" or (task is None and classes is None and (regressor or _looks_numeric(present))):
        return Outcome(task="regression", target=target)
    known = list(classes) if classes is not None else _in_order(present.unique(), target=target)
    if len(known) > MOST_CLASSES:
        raise InputError(f"target={target!r} has {len(known):,} different labels. For numbers pass task='regression'.")
    if len(known) < 2:
        raise InputError(f"target={target!r} holds one class only ({known[0]!r}). Nothing can be told apart.")
    known = [_plain(v) for v in known]
    kind: Literal["binary", "multiclass"] = "binary" if len(known) == 2 else "multiclass"
    if task is not None and task != kind:
        raise InputError(f"task={task!r}, but target={target!r} has {len(known)} classes: {listed(known)}.")
    return Outcome(task=kind, target=target, classes=_positive_last(known, positive, kind))


def _comparable(labels: "pd.Series[Any]") -> bool:
    try:
        labels.unique()
    except TypeError:  # lists and the like
        return False
    return True


def _in_order(labels: Iterable[Any], *, target: str) -> list[Any]:
    try:
        return sorted(labels, key=sort_key)
    except TypeError as error:
        kinds = listed(sorted({type(label).__name__ for label in labels}))
        raise InputError(
            f"target={target!r} holds labels that have no order ({kinds}). Pass text or numbers."
        ) from error


def _positive_last(known: list[Any], positive: Any, kind: str) -> tuple[Any, ...]:  # noqa: ANN401
    if positive is None:
        return tuple(known)
    if kind != "binary":
        raise InputError(f"positive={positive!r} is for two classes; there are {len(known)}: {listed(known)}.")
    matching = [label for label in known if _key(label) == _key(positive)]
    if not matching:
        raise InputError(f"positive={positive!r} isn't a label. Labels: {listed(known)}.")
    return tuple(sorted(known, key=lambda label: label is matching[0]))


def _looks_numeric(labels: "pd.Series[Any]") -> bool:
    if not pd.api.types.is_numeric_dtype(labels) or pd.api.types.is_bool_dtype(labels):
        return False
    numbers = as_numbers(labels)
    values = len(np.unique(numbers))
    return values > 10 or (values > 2 and bool((numbers != np.round(numbers)).any()))
