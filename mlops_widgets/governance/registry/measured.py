"""What the registry keeps of a study: columns with their types, where everything comes from, and what was measured."""

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from mlops_widgets.governance.registry.entries import ModelMetric, ModelSignature
from mlops_widgets.study.scoring import score_tables

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_LIBRARIES = (
    "mlops-widgets", "numpy", "pandas", "scikit-learn", "skops", "xgboost", "lightgbm", "catboost", "onnxruntime",
)  # fmt: skip


def signature_of(study: "Study") -> ModelSignature:
    """Return the columns that the study's model takes, each with its type, and what it gives."""
    table = study.reference or study.test or next(iter(study.tables.values()))
    kinds = table.pandas().dtypes
    inputs = {name: str(kinds.get(name, "")) for name in study.model.features}
    return ModelSignature(inputs=inputs, task=study.task, classes=len(study.outcome.classes))


def lineage_of(study: "Study | None") -> dict[str, str]:
    """Return the study's fingerprint and name, and the versions of Python and of libraries that are installed."""
    told = {"python": platform.python_version()}
    for library in _LIBRARIES:
        try:
            told[library] = version(library)
        except PackageNotFoundError:
            continue
    return told if study is None else told | {"study": study.name, "fingerprint": study.fingerprint}


def tables_of(study: "Study | None") -> dict[str, str]:
    """Return the digest of each table of the study."""
    return {} if study is None else {name: table.fingerprint for name, table in study.tables.items()}


def metrics_of(study: "Study", *, draws: int, seed: int) -> tuple[ModelMetric, ...]:
    """Return the study's metric on each table with labels but the one that the model learned from."""
    found, _ = score_tables(study, draws=draws, seed=seed)
    return tuple(
        ModelMetric(name=study.metric.name, value=at.value, lower=at.lower, upper=at.upper, n=rows.n, table=name)
        for name, (rows, at) in found.items()
    )
