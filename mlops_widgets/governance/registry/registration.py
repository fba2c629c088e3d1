"""What is written of a new version: bytes kept, names checked, the study shown to hold this model."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.people import named
from mlops_widgets.core.statements import statement, words
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.registry.entries import ModelMetric, ModelVersion, Registered
from mlops_widgets.governance.registry.identity import identify, own_bytes
from mlops_widgets.governance.registry.measured import lineage_of, metrics_of, signature_of, tables_of
from mlops_widgets.governance.registry.model_store import ModelStore
from mlops_widgets.governance.registry.replay import State
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.saved.stable_models import stable_bytes

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_LONGEST_NAME = 120


def new_entry(
    state: State, store: ModelStore, model: Any, study: "Study | None", *, name: str, author: str, note: str,  # noqa: ANN401 - any model
    metrics: Sequence[ModelMetric] | None, parents: Sequence[int | str], lineage: Mapping[str, str] | None, signature: bool,
    aliases: Sequence[str], tags: Mapping[str, str] | None, trust: Trust, draws: int, seed: int,
) -> Registered:  # fmt: skip
    """Return the entry of a new version, once its bytes are kept; the arguments are those of `Registry.register`."""
    check_counts(draws=(draws, 50), seed=(seed, 0))
    if isinstance(aliases, str):
        raise WrongTypeError("aliases= is a text. Pass a list of texts.")
    maker, called = named("author", author), name_of(name)
    told: dict[str, Any] = {
        "lineage": lineage_of(study) | _texts("lineage", lineage), "parents": _parents(state, called, parents),
        "aliases": tuple(words("aliases", each) for each in aliases), "tags": _texts("tags", tags), "note": statement("note", note),
    }  # fmt: skip
    given = None if metrics is None else _given(metrics)
    digest, file = _kept(store, model, study)
    entry = Registered(
        name=called, digest=digest, file=file, author=maker, tables=tables_of(study), seen=state.last, **told
    )
    _refuse_twice(state, entry)
    if study is None:
        return replace(entry, metrics=given or ())
    if model is not None:
        _refuse_other(study, entry, store, trust)
    measured = metrics_of(study, draws=draws, seed=seed) if given is None else given
    return replace(entry, metrics=measured, signature=signature_of(study) if signature else None)


def _kept(store: ModelStore, model: Any, study: "Study | None") -> tuple[str, str]:  # noqa: ANN401 - any model
    """Keep the model's bytes, and return digest and file; what comes as a file is copied and never loaded."""
    if isinstance(model, str | os.PathLike):
        return store.copy(Path(model))
    if model is not None:
        saved = stable_bytes(model, argument="model")
        return store.put(saved.content, saved.suffix)
    own = None if study is None else own_bytes(study)
    if own is None:
        raise InputError(
            "model= is missing, and study= holds none that a file can keep. Pass a live model, or the path of its file."
        )
    return store.put(own.content, own.suffix)


def _refuse_twice(state: State, entry: Registered) -> None:
    same = next(
        (each for each in state.versions.get(entry.name, ()) if each.digest == entry.digest and each.author), None
    )
    if same is not None:
        raise InputError(f"These bytes are {same.id} already, by {same.author}. A version is registered once.")


def _refuse_other(study: "Study", entry: Registered, store: ModelStore, trust: Trust) -> None:
    asked = ModelVersion(name=entry.name, version=0, digest=entry.digest, file=entry.file, author=entry.author, at="")
    _, other = identify(study, asked, store, trust=trust)
    if other:
        raise InputError(f"study= and model= don't belong together. {other}")


def name_of(given: Any) -> str:  # noqa: ANN401 - checked here
    """Return the name of a model.

    Raises
    ------
    InputError
        If it is empty, too long, or holds a slash, which parts name and number.
    """
    name = words("name", given)
    if not name or len(name) > _LONGEST_NAME or "/" in name:
        raise InputError(f"name={name[:60]!r}. Pass 1 to {_LONGEST_NAME} characters on one line, without a slash.")
    return name


def _texts(argument: str, given: Mapping[str, str] | None) -> dict[str, str]:
    if given is not None and not isinstance(given, Mapping):
        raise WrongTypeError(f"{argument}= is {type(given).__name__}. Pass a map of names to texts.")
    return {
        words(argument, key): words(f"{argument}[{str(key)[:40]!r}]", value) for key, value in (given or {}).items()
    }


def _given(metrics: Sequence[ModelMetric]) -> tuple[ModelMetric, ...]:
    found = tuple(metrics)
    if not all(isinstance(each, ModelMetric) for each in found):
        raise WrongTypeError(
            "metrics= holds something else than ModelMetric(name=…, value=…). Leave it out to measure them."
        )
    return tuple(_metric(each) for each in found)


def _metric(given: ModelMetric) -> ModelMetric:
    """Return the metric with numbers and names that can be recorded."""
    name = words("metrics.name", given.name)
    if not name:
        raise InputError("metrics= holds one without a name. Pass ModelMetric(name='ROC AUC', value=…).")
    numbers = {}
    for part in ("value", "lower", "upper"):
        value: Any = getattr(given, part)
        if isinstance(value, bool) or not isinstance(value, int | float | np.number):
            raise WrongTypeError(
                f"metrics: {part} of {name[:60]!r} is {type(value).__name__}. Pass a number, or NaN where there is none."
            )
        numbers[part] = float(value)
    if numbers["lower"] > numbers["upper"]:
        raise InputError(
            f"metrics: the interval of {name[:60]!r} ends before it begins. Pass lower and upper, or neither."
        )
    n: Any = given.n
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise InputError(f"metrics: n={str(n)[:40]} of {name[:60]!r}. Pass the number of rows, or 0.")
    return ModelMetric(name=name, n=int(n), table=words("metrics.table", given.table), **numbers)


def _parents(state: State, name: str, given: Sequence[int | str]) -> tuple[str, ...]:
    if isinstance(given, str | int):
        raise WrongTypeError(f"parents={given!r}. Pass a list, such as [1] or ['loans/1'].")
    found = []
    for each in given:
        model, _, number = each.rpartition("/") if isinstance(each, str) else (name, "", str(each))
        found.append(state.version(model, int(number) if number.isdecimal() else -1).id)
    return tuple(found)
