"""What a record of a table lacks, in sentences."""

from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding
from mlops_widgets.core.words import number, short
from mlops_widgets.data_quality.stewardship.lineage import broken_links
from mlops_widgets.errors import listed

if TYPE_CHECKING:
    from mlops_widgets.data_quality.stewardship.data_record import DataRecord, RecordComparison

_SHOWN = 4


def find(record: "DataRecord") -> tuple[Finding, ...]:
    """Return whether everything is said, whether it agrees with what was found, whether the lineage holds, and what the version covers."""
    return (_complete(record), *_contradictions(record), _lineage(record), _version(record))


def _complete(r: "DataRecord") -> Finding:
    """DQ-DR-01: whether everything is said."""
    missing = r.missing
    evidence = {"missing": len(missing), "columns": len(r.version.columns)}
    name = short(r.version.name)
    if not missing:
        return Finding(
            code="DQ-DR-01", status="passed", evidence=evidence, action="Record it again when the data change: compare says whether they have.",
            claim=f"Everything asked of {name!r} is said, by {r.said_by} on {r.said_on}; {r.owner} answers for it.",
        )  # fmt: skip
    things = "thing is" if len(missing) == 1 else "things are"
    return Finding(
        code="DQ-DR-01", status="failed", evidence=evidence,
        claim=f"{number(len(missing), 'integer')} {things} missing of who answers for {name!r} and for what: {listed(missing, most=_SHOWN)}.",
        action="Ask whoever brought the data, and pass what they say to record_data: said_by= and said_on= keep who and when.",
    )  # fmt: skip


def _contradictions(r: "DataRecord") -> tuple[Finding, ...]:
    """DQ-DR-02: columns that look personal and are called otherwise."""
    looks = tuple(dict.fromkeys(each.column for each in r.found if each.basis != "too few to tell"))
    if not looks:
        return ()
    other = [name for name in looks if r.sensitivity.get(name, "personal") != "personal"]
    unsaid = [name for name in looks if name not in r.sensitivity]
    evidence = {"look_personal": len(looks), "called_otherwise": len(other), "unsaid": len(unsaid)}
    if other:
        said = listed([f"{short(name)} ({r.sensitivity[name]})" for name in other], most=_SHOWN)
        return (
            Finding(
                code="DQ-DR-02", status="failed", evidence=evidence, claim=f"Columns that look personal are recorded as something else: {said}.",
                action="Look at them, and record them as 'personal', or say in labels={'personal': {column: 'no'}} of load_study that they aren't.",
            ),
        )  # fmt: skip
    if unsaid:
        return (
            Finding(
                code="DQ-DR-02", status="warning", evidence=evidence, claim=f"Nobody has confirmed columns that look personal: {listed(unsaid, most=_SHOWN)}.",
                action="Have a person confirm them: sensitivity={column: 'personal'}.",
            ),
        )  # fmt: skip
    return (Finding(code="DQ-DR-02", status="passed", evidence=evidence, claim=f"Columns that look personal are recorded so: {listed(looks, most=_SHOWN)}."),)  # fmt: skip


def _lineage(r: "DataRecord") -> Finding:
    """DQ-DR-03: whether the steps lead to this table."""
    if not r.steps:
        return Finding(
            code="DQ-DR-03", status="not_run", claim="How this table came about wasn't written down.",
            action="lineage = mw.data_quality.Lineage(); lineage.step(name, inputs={…}, outputs={…}, code=…) for each step, then lineage=lineage.",
        )  # fmt: skip
    broken = broken_links(r.steps, r.version.version)
    evidence = {"steps": len(r.steps), "broken": len(broken)}
    if broken:
        return Finding(
            code="DQ-DR-03", status="failed", evidence=evidence, claim=f"The steps that were written down don't lead to this table: {'; '.join(broken)}.",
            action="Something changed the data between the steps, or a step wasn't written down. Write down the missing one.",
        )  # fmt: skip
    many = "step leads" if len(r.steps) == 1 else "steps lead"
    return Finding(
        code="DQ-DR-03", status="passed", evidence=evidence,
        claim=f"{number(len(r.steps), 'integer')} {many} to this table, from {r.steps[0].name!r} to {r.steps[-1].name!r}.",
    )  # fmt: skip


def _version(r: "DataRecord") -> Finding:
    """DQ-DR-04: what the version covers."""
    v = r.version
    sampled = v.rows < v.source_rows
    of = f" of {number(v.source_rows, 'integer')}" if sampled else ""
    return Finding(
        code="DQ-DR-04", status="warning" if sampled else "passed", evidence={"rows": v.rows, "source_rows": v.source_rows, "columns": len(v.columns)},
        claim=f"Version {v.version} is of {number(v.rows, 'integer')}{of} rows and {number(len(v.columns), 'integer')} columns.",
        action="Record the table that wasn't sampled: a change in rows that were left out isn't noticed." if sampled else "",
    )  # fmt: skip


def find_difference(c: "RecordComparison") -> tuple[Finding, ...]:
    """DQ-DR-10: whether it is the table that was recorded."""
    evidence = {
        "changed": len(c.changed),
        "gone": len(c.gone),
        "new": len(c.new),
        "rows": c.rows,
        "recorded_rows": c.recorded_rows,
    }
    if c.recorded == c.version:
        return (Finding(code="DQ-DR-10", status="passed", evidence=evidence, claim=f"This is the table that was recorded as {c.name!r}: version {c.version}."),)  # fmt: skip
    parts = [
        f"{words}: {listed(names, most=_SHOWN)}"
        for words, names in (("changed", c.changed), ("gone", c.gone), ("new", c.new))
        if names
    ]
    rows = (
        f"{number(c.rows, 'integer')} rows, recorded {number(c.recorded_rows, 'integer')}; "
        if c.rows != c.recorded_rows
        else ""
    )
    return (
        Finding(
            code="DQ-DR-10", status="failed", evidence=evidence,
            claim=f"This isn't the table that was recorded as {c.name!r}: {rows}{'; '.join(parts) or 'columns in another order'}.",
            action="Find out who changed it, or record the new version. A record can't say what happened before it was made.",
        ),
    )  # fmt: skip
