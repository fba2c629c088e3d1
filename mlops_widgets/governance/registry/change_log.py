"""What changed between versions of a model, in plain language, from what the registry recorded."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from mlops_widgets.core.document import Block, Document, Points, Section, Statement
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.statements import said
from mlops_widgets.core.words import estimate, short
from mlops_widgets.errors import InputError, WrongTypeError, listed
from mlops_widgets.governance.registry.entries import ModelMetric, ModelVersion, Move
from mlops_widgets.governance.registry.registry_reader import RegistryReader

if TYPE_CHECKING:
    import pandas as pd

_METHOD = (
    "Compared: columns and types, task, tables by their digests, libraries, metrics of one name on a table of one name, decisions. A metric moved "
    "for certain where both 95 % intervals lie apart, which is stricter than a paired comparison"
)
_NOT_LIBRARIES = frozenset({"study", "fingerprint"})
_SHOWN = 8


@dataclass(frozen=True, kw_only=True)
class ChangeLine:
    """One thing that changed: "inputs", "task", "data", "software", "metric", "decision" or "bytes", in a sentence.

    `sure` says of a metric whether it moved for certain.
    """

    kind: str
    text: str
    sure: bool = False


@dataclass(frozen=True, kw_only=True)
class VersionChange:
    """From one version to the next: numbers, when and by whom the later one was registered, what they say of it, and what changed."""

    before: int
    after: int
    at: str
    author: str
    note: str
    lines: tuple[ChangeLine, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeLog(Result):
    """What changed between versions of a model.

    Parameters
    ----------
    name
        The model.
    changes
        From version to version, the newest first.
    """

    name: str
    changes: tuple[VersionChange, ...]

    def frame(self) -> "pd.DataFrame":
        """Return one row a change."""
        import pandas as pd

        rows = [
            {"before": each.before, "after": each.after, "kind": line.kind, "change": line.text, "sure": line.sure}
            for each in self.changes
            for line in each.lines
        ]
        return pd.DataFrame(rows, columns=["before", "after", "kind", "change", "sure"])

    @property
    def document(self) -> Document:
        """The change log as a text, the newest change first."""
        return Document(
            title=f"Changes of the model “{self.name}”", lead=self.headline, sections=tuple(map(_section, self.changes)),
            small="From what the registry recorded; what nobody registered isn't in it.",
        )  # fmt: skip


def describe_changes(
    registry: RegistryReader, name: str, *, before: int | None = None, after: int | None = None
) -> ChangeLog:
    """Say in plain language what changed between versions of a model.

    Parameters
    ----------
    registry
        A Registry.
    name
        The model.
    before, after
        Two versions that are compared; by default every version with the one before it.

    Returns
    -------
    ChangeLog
        Findings: GV-CL-01 what changed last, GV-CL-02 metrics that moved for certain, GV-CL-03 versions of which nobody said why.

    Raises
    ------
    UnknownNameError
        If there is no such model or version.
    InputError
        If only one of the two is named, or both are one.

    Examples
    --------
    >>> import tempfile
    >>> import mlops_widgets as mw
    >>> study = mw.sample("census")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     registry = mw.governance.Registry(folder)
    ...     _ = registry.register(study.model.model, name="jobs", author="Ada King")
    ...     describe_changes(registry, "jobs").headline
    'Model “jobs” has one version: nothing has changed yet.'
    """
    if not isinstance(registry, RegistryReader):
        raise WrongTypeError(f"registry= is {type(registry).__name__}. Pass a Registry.")
    if (before is None) != (after is None):
        raise InputError("before= and after= are two versions. Pass both, or neither for all of them.")
    if before is not None and before == after:
        raise InputError(f"before={before} and after={after} are one version. Pass two.")
    versions, moves = registry.versions(name), registry.history(name)
    pairs = list(pairwise(versions))[::-1]
    if before is not None and after is not None:
        pairs = [(registry.version(name, before), registry.version(name, after))]
    changes = tuple(_between(a, b, moves) for a, b in pairs)
    return ChangeLog(findings=_find(name, changes), rows=0, method=_METHOD, name=name, changes=changes)


def _between(a: ModelVersion, b: ModelVersion, moves: tuple[Move, ...]) -> VersionChange:
    lines = [*_metrics(a, b), *_inputs(a, b), *_data(a, b), *_software(a, b)]
    lines += [_decision(each) for each in moves if each.version == b.version and each.outcome == "passed"]
    lines += [ChangeLine(kind="bytes", text="The model's bytes are the same.")] if a.digest == b.digest else []
    return VersionChange(before=a.version, after=b.version, at=b.at, author=b.author, note=b.note, lines=tuple(lines))


def _inputs(a: ModelVersion, b: ModelVersion) -> list[ChangeLine]:
    if a.signature is None or b.signature is None:
        return [ChangeLine(kind="inputs", text="Which columns both versions take isn't recorded.")]
    old, new = a.signature.inputs, b.signature.inputs
    came, gone = [name for name in new if name not in old], [name for name in old if name not in new]
    kinds = [
        f"{short(name)} (from {old[name]} to {new[name]})" for name in old if name in new and old[name] != new[name]
    ]
    told = [f"It takes {listed(came, most=_SHOWN)} as well."] if came else []
    told += [f"It no longer takes {listed(gone, most=_SHOWN)}."] if gone else []
    told += [f"Columns of another type: {listed(kinds, most=_SHOWN)}."] if kinds else []
    lines = [ChangeLine(kind="inputs", text=each) for each in told]
    if (a.signature.task, a.signature.classes) != (b.signature.task, b.signature.classes):
        was, now = (
            f"{each.task}{f' of {each.classes} classes' if each.classes else ''}" for each in (a.signature, b.signature)
        )
        lines.append(ChangeLine(kind="task", text=f"The task was {was}, and is {now}."))
    return lines


def _data(a: ModelVersion, b: ModelVersion) -> list[ChangeLine]:
    if not a.tables or not b.tables:
        return [ChangeLine(kind="data", text="Which data both versions came with isn't recorded.")]
    other = [name for name in b.tables if name in a.tables and a.tables[name] != b.tables[name]]
    came, gone = (
        [name for name in b.tables if name not in a.tables],
        [name for name in a.tables if name not in b.tables],
    )
    told = [f"Other rows: {listed(other, most=_SHOWN)}."] if other else []
    told += [f"New tables: {listed(came, most=_SHOWN)}."] if came else []
    told += [f"Tables that are gone: {listed(gone, most=_SHOWN)}."] if gone else []
    return [ChangeLine(kind="data", text=each) for each in told]


def _software(a: ModelVersion, b: ModelVersion) -> list[ChangeLine]:
    names = [name for name in {**a.lineage, **b.lineage} if name not in _NOT_LIBRARIES]
    other = [
        f"{short(name)} from {short(a.lineage.get(name, 'none'))} to {short(b.lineage.get(name, 'none'))}"
        for name in names
        if a.lineage.get(name) != b.lineage.get(name)
    ]
    return [ChangeLine(kind="software", text=f"Other versions: {listed(other, most=_SHOWN)}.")] if other else []


def _metrics(a: ModelVersion, b: ModelVersion) -> list[ChangeLine]:
    old = {(each.name, each.table): each for each in a.metrics}
    lines = []
    for metric in b.metrics:
        was = old.pop((metric.name, metric.table), None)
        if was is None:
            lines.append(ChangeLine(kind="metric", text=f"{_named(metric)} is new: {_valued(metric)}."))
        else:
            lines.append(_moved(was, metric, _rows(a.tables, b.tables, metric.table)))
    return lines + [
        ChangeLine(kind="metric", text=f"{_named(each)} was {_valued(each)}, and isn't measured.")
        for each in old.values()
    ]


def _moved(was: ModelMetric, now: ModelMetric, rows: str) -> ChangeLine:
    sure = was.upper < now.lower or now.upper < was.lower
    if not (math.isfinite(was.value) and math.isfinite(now.value)):
        return ChangeLine(kind="metric", text=f"{_named(now)} can't be compared: it isn't known of both versions.")
    verdict = "for certain, as the intervals lie apart" if sure else "which these intervals can't tell from no change"
    if not all(map(math.isfinite, (was.lower, was.upper, now.lower, now.upper))):
        verdict = "how surely isn't known without intervals"
    if was.value == now.value:
        return ChangeLine(kind="metric", text=f"{_named(now)} is {_valued(now)} as before, {rows}.")
    way = "rose" if now.value > was.value else "fell"
    return ChangeLine(
        kind="metric", text=f"{_named(now)} {way} from {_valued(was)} to {_valued(now)}, {rows}: {verdict}.", sure=sure
    )


def _rows(old: Mapping[str, str], new: Mapping[str, str], table: str) -> str:
    """Return whether both were measured on the same rows, in words."""
    if table not in old or table not in new:
        return "on rows that aren't recorded"
    return "on the same rows" if old[table] == new[table] else "on other rows"


def _named(metric: ModelMetric) -> str:
    return f"{short(metric.name)}{f' on {short(metric.table)}' if metric.table else ''}"


def _valued(metric: ModelMetric) -> str:
    return estimate(metric.value, metric.lower, metric.upper)


def _decision(move: Move) -> ChangeLine:
    way = "audited" if move.action == "audit" else f"moved from {move.before} to {move.to}"
    return ChangeLine(kind="decision", text=f"{move.by} had it {way} on {_day(move.at)}: {short(move.reason, 120)}")


def _day(at: str) -> str:
    """Return the day of a time in ISO form."""
    return at.partition("T")[0]


def _find(name: str, changes: tuple[VersionChange, ...]) -> tuple[Finding, ...]:
    if not changes:
        return (
            Finding(code="GV-CL-01", status="not_run", claim=f"Model “{name}” has one version: nothing has changed yet.", action="registry.register(…) keeps the next one."),
        )  # fmt: skip
    last, count = changes[0], sum(len(each.lines) for each in changes)
    told = last.lines[0].text if last.lines else "nothing that is recorded."
    evidence = {"versions": len(changes) + 1, "changes": count}
    claim = f"From version {last.before} to {last.after} of “{name}”, {len(last.lines)} things are to be told; first: {told}"
    sure = [(each, line) for each in changes for line in each.lines if line.sure]
    found = [Finding(code="GV-CL-01", status="passed", claim=claim, evidence=evidence)]
    if sure:
        words = " ".join(f"Version {each.after}: {line.text}" for each, line in sure[:3])
        found.append(Finding(code="GV-CL-02", status="warning", claim=words, evidence={"moved": len(sure)}, action="Say in the version's note whether that was meant."))  # fmt: skip
    unsaid = [str(each.after) for each in changes if not each.note]
    if unsaid:
        claim = f"Nobody said why there is version {listed(unsaid, most=_SHOWN)}."
        found.append(Finding(code="GV-CL-03", status="failed", claim=claim, evidence={"unsaid": len(unsaid)}, action="registry.register(…, note='…') says it at the time; no one can later."))  # fmt: skip
    return tuple(found)


def _section(change: VersionChange) -> Section:
    why = (
        said("Why, by its author", change.note, by=change.author, on=_day(change.at))
        if change.note
        else Statement(label="Why, by its author", value="", source="missing")
    )
    blocks: list[Block] = [why]
    blocks.append(Points(items=tuple(line.text for line in change.lines) or ("Nothing that is recorded changed.",)))
    return Section(title=f"Version {change.before} → {change.after}, {_day(change.at)}", blocks=tuple(blocks))
