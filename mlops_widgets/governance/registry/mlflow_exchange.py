"""Versions from and to an MLflow registry. An alias there moves nothing here, and what its files say of trust isn't read."""

import math
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.core.people import named
from mlops_widgets.core.statements import words
from mlops_widgets.errors import InputError
from mlops_widgets.governance.registry.entries import ModelMetric, ModelVersion
from mlops_widgets.governance.registry.mlflow_folder import requirements_of, write_folder
from mlops_widgets.governance.registry.registry import Registry
from mlops_widgets.governance.registry.stages import GATED, STAGES
from mlops_widgets.study.model_files.mlflow_models import stored_file
from mlops_widgets.study.model_files.packages import needs

_OWN = "mlops_widgets."
_PARTS = ("lower", "upper", "n")
_ARTIFACT = "model"


@dataclass(frozen=True, kw_only=True)
class Exchanged:
    """A version here and there: its number in the registry, in MLflow, the model's digest, and whether it was there already."""

    version: int
    elsewhere: int
    digest: str
    was_there: bool = False


def export_to_mlflow(
    registry: Registry, name: str, *, tracking_uri: str, versions: Sequence[int] | None = None, experiment: str = "mlops-widgets",
    pip_requirements: Sequence[str] | None = None,
) -> tuple[Exchanged, ...]:  # fmt: skip
    """Write versions of a model to an MLflow registry: bytes, metrics, tags, and the stage as an alias.

    The bytes are those that were registered; no model is loaded. Each version gets a run with its metrics. MLflow's own readers may refuse
    types that they don't know: what is trusted, whoever reads must say.

    Parameters
    ----------
    registry, name
        The model.
    tracking_uri
        Of the MLflow server.
    versions
        Numbers; by default all.
    experiment
        Of the runs; made if new.
    pip_requirements
        What must be installed to load the model; by default the libraries of its lineage. Always written, as MLflow would else guess.

    Returns
    -------
    tuple of Exchanged
        One a version; one that MLflow has already is left as it is, but for its alias.

    Raises
    ------
    InputError
        If MLflow isn't installed or answers with an error, or has no flavor for a version's file.
    """
    wanted = registry.versions(name)
    chosen = wanted if versions is None else tuple(registry.version(name, each) for each in versions)
    with _client(tracking_uri) as client:
        known = _known(client, name)
        found = []
        for version in chosen:
            there = known.get(version.digest)
            number = there or _exported(client, registry, version, experiment, pip_requirements)
            found.append(
                Exchanged(version=version.version, elsewhere=number, digest=version.digest, was_there=there is not None)
            )
        _set_aliases(client, registry.versions(name), known | {each.digest: each.elsewhere for each in found})
    return tuple(found)


def import_from_mlflow(
    tracking_uri: str, name: str, registry: Registry, *, author: str, called: str = ""
) -> tuple[Exchanged, ...]:
    """Register all versions of an MLflow model, in stage "none": bytes, metrics, tags, aliases, run.

    No model is loaded, so that there is nothing to trust yet: `registry.load(…, trust=…)` asks then. An alias such as "champion" or
    "production" is kept as a word; only the gate moves a version.

    Parameters
    ----------
    tracking_uri
        Of the MLflow server.
    name
        What the model is called there.
    registry
        Where to.
    author
        Who made the versions, or answers for them; whoever that is approves none of them.
    called
        What it is to be called here; by default the same.

    Returns
    -------
    tuple of Exchanged
        One a version; bytes that are registered already aren't registered again.

    Raises
    ------
    InputError
        If MLflow isn't installed or answers with an error, or a file isn't the one of the digest in its tags.
    UnsafeModelError
        If a model's file lies outside its folder.
    """
    maker, here = named("author", author), called or name
    with _client(tracking_uri) as client:
        aliases = _aliases(client, name)
        found = []
        for there in _versions(client, name):
            known = {each.digest: each.version for each in registry.versions(here)} if here in registry.names else {}
            with tempfile.TemporaryDirectory() as folder:
                file = _fetched(client, there, Path(folder), tracking_uri)
                digest = sha256(file.read_bytes()).hexdigest()
                _check(there, digest)
                number = known.get(digest) or _imported(
                    client, registry, there, file, name=here, author=maker, aliases=aliases
                )
            found.append(
                Exchanged(version=number, elsewhere=int(there.version), digest=digest, was_there=digest in known)
            )
    return tuple(found)


@contextmanager
def _client(tracking_uri: str) -> Iterator[Any]:
    """Give a client of the server, and say in our words what goes wrong with it."""
    if not str(tracking_uri or "").strip():
        raise InputError(
            f"tracking_uri={tracking_uri!r}. Pass the address of an MLflow server, such as http://localhost:5000."
        )
    with needs("mlflow", extra="mlflow", argument="tracking_uri"):
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    try:
        yield MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)
    except (MlflowException, OSError) as error:
        first = (str(error).strip().splitlines() or [""])[0]
        raise InputError(f"MLflow at {tracking_uri[:80]} answers with an error: {first[:300]}") from error


def _versions(client: Any, name: str) -> list[Any]:  # noqa: ANN401 - MLflow's
    client.get_registered_model(name)  # says so, where there is none
    quoted = name.replace("\\", "\\\\").replace("'", "\\'")
    found = [each for each in client.search_model_versions(f"name='{quoted}'") if each.name == name]
    return sorted(found, key=lambda each: int(each.version))


def _aliases(client: Any, name: str) -> dict[int, list[str]]:  # noqa: ANN401 - MLflow's
    found: dict[int, list[str]] = {}
    for alias, number in client.get_registered_model(name).aliases.items():
        found.setdefault(int(number), []).append(alias)
    return found


def _known(client: Any, name: str) -> dict[str, int]:  # noqa: ANN401 - MLflow's
    """Return which digests a registered model has there, and make the model if it is new."""
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    return {told: int(each.version) for each in _versions(client, name) if (told := each.tags.get(f"{_OWN}digest"))}


def _exported(
    client: Any, registry: Registry, version: ModelVersion, experiment: str, pip_requirements: Sequence[str] | None  # noqa: ANN401 - MLflow's
) -> int:  # fmt: skip
    run = client.create_run(_experiment(client, experiment), run_name=version.id)
    with tempfile.TemporaryDirectory() as folder:
        needed = requirements_of(version) if pip_requirements is None else pip_requirements
        write_folder(version, registry.file(version.name, version.version), Path(folder), pip_requirements=needed)
        client.log_artifacts(run.info.run_id, folder, _ARTIFACT)
    for key, value in _numbers(version.metrics).items():
        client.log_metric(run.info.run_id, key, value)
    client.set_terminated(run.info.run_id)
    made = client.create_model_version(
        version.name,
        f"{run.info.artifact_uri}/{_ARTIFACT}",
        run_id=run.info.run_id,
        tags=_tags(version),
        description=version.note or None,
    )
    return int(made.version)


def _experiment(client: Any, name: str) -> str:  # noqa: ANN401 - MLflow's
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found is not None else client.create_experiment(name))


def _numbers(metrics: Sequence[ModelMetric]) -> dict[str, float]:
    """Return metrics as MLflow has them: "test/roc_auc", and beside it both ends of the interval and the rows."""
    told: dict[str, float] = {}
    for each in metrics:
        key = f"{each.table}/{each.name}" if each.table else each.name
        told |= {key: each.value, f"{key}/lower": each.lower, f"{key}/upper": each.upper, f"{key}/n": float(each.n)}
    return {
        key: value for key, value in told.items() if math.isfinite(value) and not (key.endswith("/n") and not value)
    }


def _metrics(numbers: Mapping[str, float]) -> tuple[ModelMetric, ...]:
    """Return numbers of MLflow's as metrics, those that were written here with interval and rows."""
    found = []
    for key, value in sorted(numbers.items()):
        whole, _, part = key.rpartition("/")
        if part in _PARTS and whole in numbers:
            continue
        beside = {each: numbers.get(f"{key}/{each}", float("nan")) for each in _PARTS}
        rows = int(beside["n"]) if math.isfinite(beside["n"]) else 0
        table, _, name = key.rpartition("/")
        found.append(
            ModelMetric(name=name, table=table, value=value, lower=beside["lower"], upper=beside["upper"], n=rows)
        )
    return tuple(found)


def _tags(version: ModelVersion) -> dict[str, str]:
    own = {
        "digest": version.digest,
        "author": version.author,
        "version": version.id,
        "fingerprint": version.lineage.get("fingerprint", ""),
    }
    return dict(version.tags) | {f"{_OWN}{key}": value for key, value in own.items() if value}


def _set_aliases(client: Any, versions: Sequence[ModelVersion], numbers: Mapping[str, int]) -> None:  # noqa: ANN401 - MLflow's
    """Set each stage as an alias of its newest version, and take the alias of a stage in which none is; others come from the versions."""
    name = versions[0].name
    wanted = {alias: each for each in versions for alias in each.aliases if alias not in STAGES}
    wanted |= {each.stage: each for each in versions if each.stage in GATED}
    held = client.get_registered_model(name).aliases
    for stage in set(GATED) & set(held) - set(wanted):
        client.delete_registered_model_alias(name, stage)
    for alias, each in wanted.items():
        if each.digest in numbers:
            client.set_registered_model_alias(name, alias, str(numbers[each.digest]))


def _fetched(client: Any, there: Any, folder: Path, tracking_uri: str) -> Path:  # noqa: ANN401 - MLflow's
    import mlflow.artifacts

    address = client.get_model_version_download_uri(there.name, there.version)
    local = mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(folder), tracking_uri=tracking_uri)
    return stored_file(Path(local), argument=f"{there.name}/{there.version}")


def _check(there: Any, digest: str) -> None:  # noqa: ANN401 - MLflow's
    told = there.tags.get(f"{_OWN}digest")
    if told and told != digest:
        raise InputError(
            f"{there.name}/{there.version} in MLflow isn't the file that was exported: its SHA-256 is {digest[:16]}…, its tag says "
            f"{told[:16]}…. Find out who changed it."
        )


def _imported(
    client: Any, registry: Registry, there: Any, file: Path, *, name: str, author: str, aliases: Mapping[int, list[str]],  # noqa: ANN401 - MLflow's
) -> int:  # fmt: skip
    numbers = client.get_run(there.run_id).data.metrics if there.run_id else {}
    own = {key.removeprefix(_OWN): str(value) for key, value in there.tags.items() if key.startswith(_OWN)}
    lineage = {"mlflow model": f"{there.name}/{there.version}", "mlflow run": there.run_id or ""}
    lineage |= {f"told by {key}": value for key, value in own.items() if key != "digest"}
    told = {key: words("tags", str(value)[:1000]) for key, value in there.tags.items() if not key.startswith(_OWN)}
    made = registry.register(
        file, name=name, author=author, metrics=_metrics(numbers), aliases=sorted(aliases.get(int(there.version), [])), tags=told,
        lineage={key: value for key, value in lineage.items() if value}, note=(there.description or "")[:1000],
    )  # fmt: skip
    return made.version
