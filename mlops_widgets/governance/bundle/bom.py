"""The bill of materials: model with its card, data and libraries, as CycloneDX 1.6 (ECMA-424, 1st edition)."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from mlops_widgets import __version__
from mlops_widgets.core.document import Statement, sound
from mlops_widgets.governance.bundle.declarations import MODEL_REF, declarations, standards

if TYPE_CHECKING:
    from mlops_widgets.governance.bundle.parts import Parts
    from mlops_widgets.governance.cards.model_card import ModelCard
    from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine, Span

_TASKS = {"binary": "tabular-classification", "multiclass": "tabular-classification", "regression": "tabular-regression"}  # fmt: skip
_OUTPUTS = ("probabilities", "scores", "predict")
_Metric = dict[str, Any]


def write_bom(parts: "Parts", digests: Mapping[str, str]) -> dict[str, Any]:
    """Return the bill as plain JSON.

    Parameters
    ----------
    parts
        What the bundle is made of.
    digests
        File of the bundle → SHA-256: what evidence is bound to.
    """
    libraries = [
        {"type": "library", "bom-ref": f"library-{name}", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
        for name, version in parts.environment["packages"].items()
    ]  # fmt: skip
    data = [_data(parts, name) for name in parts.study.tables]
    tool = {"type": "application", "name": "mlops-widgets", "version": __version__}
    stamp = {"timestamp": parts.at} if parts.at else {}
    made_of = "\n".join(f"{digest} {path}" for path, digest in sorted(digests.items()))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json", "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, made_of)}",
        "metadata": {**stamp, "tools": {"components": [tool]}},
        "components": [_model(parts, digests), *data, *libraries],
        "dependencies": [{"ref": MODEL_REF, "dependsOn": [each["bom-ref"] for each in (*data, *libraries)]}],
        "definitions": {"standards": standards(parts)},
        "declarations": declarations(parts, digests),
    }  # fmt: skip


def _model(parts: "Parts", digests: Mapping[str, str]) -> dict[str, Any]:
    study, model = parts.study, getattr(parts.study.model, "model", None)
    about: dict[str, Any] = {
        "type": "machine-learning-model", "bom-ref": MODEL_REF, "name": sound(study.name) or "unnamed",
        "description": f"Predicts {sound(study.outcome.target)} ({study.task}).",
        "properties": _properties(fingerprint=study.fingerprint, model=study.model.name, synthetic=str(study.synthetic).lower()),
        "externalReferences": [
            {"type": "model-card", "url": path, "hashes": [_hash(digests[path])]} for path in ("model_card/README.md",) if path in digests
        ],
        "modelCard": _card(parts, "" if model is None else type(model).__name__),
    }  # fmt: skip
    if "model" in parts.file_digests:
        about["hashes"] = [_hash(parts.file_digests["model"])]
    licence = parts.card.statements["license"].value if parts.card else ""
    return about | ({"licenses": [{"license": {"name": licence}}]} if licence else {})


def _card(parts: "Parts", kind: str) -> dict[str, Any]:
    study = parts.study
    output = next((each for each in _OUTPUTS if each in study.model.can), "predict")
    parameters: dict[str, Any] = {
        "approach": {"type": "supervised"}, "task": _TASKS[study.task], "modelArchitecture": kind or sound(study.model.name),
        "datasets": [{"ref": _data_ref(study, name)} for name in study.tables],
        "inputs": [{"format": f"{sound(name)[:200]}"} for name in study.model.features], "outputs": [{"format": output}],
    }  # fmt: skip
    card: dict[str, Any] = {"modelParameters": parameters}
    metrics = [*_scores(parts.card), *_of_groups(parts.fairness)]
    if metrics:
        card["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    told = {name: value for name, value in _considerations(parts).items() if value}
    return card | ({"considerations": told} if told else {})


def _scores(card: "ModelCard | None") -> Iterator[_Metric]:
    for each in card.metrics if card else ():
        yield _metric(each.metric, (each.value, each.lower, each.upper), f"{each.table}, {each.n} rows")


def _of_groups(fairness: "FairnessResult | None") -> Iterator[_Metric]:
    """Yield the rates of each group; of suppressed ones the number of rows alone."""
    for line in fairness.groups if fairness else ():
        where = f"{fairness.table if fairness else ''}: {sound(line.name)}"
        yield {"type": "rows", "value": str(line.n), "slice": where}
        if line.suppressed:
            continue
        for rate, span in line.rates.items():
            yield _metric(rate, span, where)
        for rate, span in line.ratios.items():
            yield _metric(f"{rate} over the reference group's", span, where)
        for name, found in (("calibration gap", line.gap), ("mean absolute error", line.error)):
            if found is not None:
                yield _metric(name, found, where)


def _metric(kind: str, span: "Span", where: str) -> _Metric:
    value, lower, upper = span
    metric: _Metric = {"type": kind, "value": _number(value), "slice": where}
    if math.isfinite(lower) and math.isfinite(upper):
        metric["confidenceInterval"] = {"lowerBound": _number(lower), "upperBound": _number(upper)}
    return metric


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else "unknown"


def _considerations(parts: "Parts") -> dict[str, Any]:
    """Return what people said of the model, each with their name, and which groups fare differently."""
    told = parts.card.statements if parts.card else {}
    ethics = _said(told, "ethical considerations")
    return {
        "useCases": [*_said(told, "intended use"), *(f"Out of scope: {each}" for each in _said(told, "out of scope use"))],
        "technicalLimitations": _said(told, "caveats"),
        "ethicalConsiderations": [{"name": each} for each in ethics],
        "fairnessAssessments": [_assessed(line) for line in _compared(parts.fairness)],
    }  # fmt: skip


def _said(told: Mapping[str, Statement], name: str) -> list[str]:
    each = told.get(name)
    return [f"{each.value} ({each.origin})"] if each and each.value else []


def _compared(fairness: "FairnessResult | None") -> Iterable["GroupLine"]:
    return [] if fairness is None else [line for line in fairness.groups if line.ratios and not line.suppressed]


def _assessed(line: "GroupLine") -> dict[str, str]:
    told = [
        f"{rate.replace('_', ' ')} {_number(value)} times the reference group's, 95 % interval {_number(lower)} to {_number(upper)}"
        for rate, (value, lower, upper) in line.ratios.items()
        if math.isfinite(value)
    ]
    return {"groupAtRisk": sound(line.name), "harms": f"{'; '.join(told)}. {line.n} rows."}


def _data(parts: "Parts", name: str) -> dict[str, Any]:
    study, table = parts.study, parts.study.tables[name]
    held = {"type": "dataset", "name": sound(name), "description": f"{table.rows} rows, {len(table.columns)} columns"}
    groups = [sound(each) for each in study.roles.groups if each in table]
    about: dict[str, Any] = {
        "type": "data", "bom-ref": _data_ref(study, name), "name": f"{sound(study.name)}: {sound(name)}",
        "properties": _properties(fingerprint=table.fingerprint, rows=str(table.rows), columns=str(len(table.columns))),
        "data": [held | ({"sensitiveData": groups} if groups else {})],
    }  # fmt: skip
    return about | ({"hashes": [_hash(parts.file_digests[name])]} if name in parts.file_digests else {})


def _data_ref(study: Any, name: str) -> str:  # noqa: ANN401 - a Study
    return f"data-{list(study.tables).index(name) + 1}"


def _properties(**told: str) -> list[dict[str, str]]:
    return [{"name": f"mlops-widgets:{name}", "value": sound(value)} for name, value in told.items()]


def _hash(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}
