"""What a review of production over time says, in sentences with a verdict: findings OV-DR-01 to OV-DR-05."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number, worse
from mlops_widgets.errors import listed
from mlops_widgets.measures.drift.alarms import SIGMA_CHUNKS, AlarmRule, Null
from mlops_widgets.measures.intervals import Estimate, harm
from mlops_widgets.overfitting.monitoring.performance import Performance
from mlops_widgets.study.over_time.maturity import Maturity
from mlops_widgets.study.over_time.streams import MOST_COLUMNS, OUTPUT, Units, Watch
from mlops_widgets.study.study import Study
from mlops_widgets.study.timeline import Chunks

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Evidence = dict[str, float | int | str | bool | None]

_FEWEST_UNITS = 20
_SIGNIFICANT = 0.05


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """Everything that the findings are made of; arrays are (columns, chunks)."""

    study: Study
    chunks: Chunks
    performance: Performance | None
    margin: float
    maturity: Maturity
    watch: Watch
    units: Units
    rule: AlarmRule
    null: Null
    distances: Floats
    standardised: Floats
    alarms: npt.NDArray[np.int64]
    chunks_a_year: float
    sigma_share: float
    accepted: float
    p_value: float
    least_share: float

    @property
    def names(self) -> list[str]:
        """What is watched."""
        return [each.name for each in self.watch.watched]

    @property
    def by(self) -> str:
        """What a chunk is called."""
        return "stretch of rows" if self.chunks.by == "rows" else self.chunks.by

    @property
    def baseline(self) -> str:
        """What the baseline is called inside a sentence."""
        name = self.watch.baseline.name
        return f"the {name}" if name in {"test", "reference"} else f"the test {name!r}"


def find(r: Reviewed) -> tuple[Finding, ...]:
    """Return the findings; the realised metric leads, drift where there is none."""
    loss, drift = _loss(r), _drift(r)
    first = (drift, loss) if loss.status == "not_applicable" else (loss, drift)
    return (*first, _rule(r), _labels(r), *_unwatched(r))


def _loss(r: Reviewed) -> Finding:
    """OV-DR-01: which mature chunks of production lost more than the margin."""
    harms = {} if r.performance is None else r.performance.harms
    if r.performance is None or not harms:
        return _no_loss(r)
    beyond = [index for index, harm in harms.items() if harm.lower > r.margin]
    within = all(each.upper < r.margin for each in harms.values()) or _whole_keeps(r, r.performance)
    status: Status = "failed" if beyond else "passed" if within else "not_enough_data"
    worst = max(harms, key=lambda index: harms[index].value)
    skill = r.study.metric.is_skill(r.performance.promise.value)
    if status == "passed" and not skill:
        status = "warning"
    claim = _loss_claim(r, r.performance, harms, beyond, worst)
    evidence: Evidence = {
        "chunks": len(harms), "beyond_margin": len(beyond), "margin": r.margin, "worst_harm": harms[worst].value,
        "lower": harms[worst].lower, "upper": harms[worst].upper, "worst_chunk": r.chunks.labels[worst],
    }  # fmt: skip
    return Finding(code="OV-DR-01", status=status, claim=claim, evidence=evidence, action=_loss_action(r, status, worst),
                   cost=max(harms[worst].lower, 0.0), cost_unit=r.study.metric.label)  # fmt: skip


def _whole_keeps(r: Reviewed, seen: Performance) -> bool:
    return seen.whole is not None and harm(r.study.metric, seen.promise, seen.whole).upper < r.margin


def _loss_claim(r: Reviewed, seen: Performance, harms: dict[int, Estimate], beyond: list[int], worst: int) -> str:
    promised = f"{r.study.metric.label} was {written(seen.promise.value, seen.promise.lower, seen.promise.upper)}"
    lost = _worse(harms[worst])
    which = "" if not beyond or len(beyond) > 3 else f" ({', '.join(r.chunks.labels[index] for index in beyond)})"
    limit = number(r.margin)
    counted = (
        f"{len(beyond)} of {len(harms)} chunks of production by {r.by}{which} lost more than the margin of {limit}"
        if beyond
        else f"none of {len(harms)} chunks of production by {r.by} is shown to have lost more than the margin of {limit}"
    )
    skill = "" if r.study.metric.is_skill(seen.promise.value) else " A score of 0 or less shows no skill to lose."
    whole = ""
    if seen.whole is not None and not beyond:
        whole = f" Production as a whole is {_worse(harm(r.study.metric, seen.promise, seen.whole))}."
    return f"{promised} on {_test(seen.promise_name)}; {counted}. The worst, {r.chunks.labels[worst]}, is {lost}.{whole}{skill}"


def _worse(lost: Estimate) -> str:
    return worse(lost.value, lost.lower, lost.upper)


def _test(name: str) -> str:
    return "the test" if name == "test" else f"the test {name!r}"


def _loss_action(r: Reviewed, status: Status, worst: int) -> str:
    if status == "failed":
        return f"Run explain_change: it says which part of the fall comes from other rows, and whether to retrain. Look at {r.chunks.labels[worst]} first."
    if status == "passed" and r.alarms.any():
        return "The metric holds: ask where the columns of OV-DR-02 come from, and review again when the next chunk's labels are in."
    if status == "passed":
        return "Nothing to do but to look again when the next chunk's labels are in."
    if status == "warning":
        return "Look at what the model answers first: a margin judges a model that has some skill."
    return "Take longer chunks or wait for more labels: these are too small to judge at this margin."


def _no_loss(r: Reviewed) -> Finding:
    labelled = np.nan_to_num(r.maturity.shares).max(initial=0.0) > 0
    if labelled and r.performance is not None:
        return Finding(
            code="OV-DR-01", status="not_enough_data", action="Take longer chunks, or wait for more labels.",
            claim=f"No {r.by} of production has labels enough for a {r.study.metric.label} of its own.",
        )  # fmt: skip
    where = "the test" if labelled else "production"
    return Finding(
        code="OV-DR-01", status="not_applicable",
        claim=f"Whether {r.study.metric.label} fell can't be measured: it has no value on {where} for want of labels.",
        action="Join labels as they arrive (labels=, ids=); until then estimate_without_labels gives an estimate to be doubted.",
    )  # fmt: skip


def _drift(r: Reviewed) -> Finding:
    """OV-DR-02: whether anything drifted at all, and what: one test for all columns and chunks."""
    alarmed: Mask = np.asarray(r.alarms.any(axis=1))
    if np.isnan(r.p_value) or r.units.baseline < 2:
        return Finding(
            code="OV-DR-02", status="not_enough_data", claim=_too_few(r), action="Pass a larger test=, or wait."
        )
    drifted = r.p_value < _SIGNIFICANT and alarmed.any()
    few = r.units.baseline < _FEWEST_UNITS
    status: Status = "warning" if drifted else "not_enough_data" if few else "passed"
    row, column = np.unravel_index(int(np.nanargmax(np.where(r.alarms > 0, r.distances, -1) if alarmed.any() else
                                                    np.nan_to_num(r.standardised, nan=-np.inf))), r.distances.shape)  # fmt: skip
    biggest = f"{_quote(r, int(row))} in {r.chunks.labels[column]}, where {_moved(r, int(row), int(column))}"
    if drifted:
        claim = (
            f"{_counted(r, alarmed)} lie further from {r.baseline} than chance explains, in {int(r.alarms.any(axis=0).sum())} "
            f"of {len(r.chunks.labels)} chunks (one test for all: p = {_p(r)}). Furthest: {biggest}."
        )
    elif r.p_value < _SIGNIFICANT:
        claim = (
            f"Something differs from {r.baseline} by more than chance (one test for all: p = {_p(r)}), but nothing by "
            f"{number(r.least_share, 'percent')} of the rows in an alarm: furthest from chance is {biggest}."
        )
    else:
        claim = (
            f"No column or answer is further from {r.baseline} than chance and {number(r.least_share, 'percent')} of the "
            f"rows explain (one test for all: p = {_p(r)}); {_visible(r)}."
        )
    evidence = {
        "p_value": r.p_value, "columns": len(r.names), "columns_in_alarm": int(alarmed.sum()),
        "chunks_in_alarm": int(r.alarms.any(axis=0).sum()), "furthest": float(r.distances[row, column]),
        "threshold": r.rule.threshold, "draws": len(r.null.largest),
    }  # fmt: skip
    return Finding(code="OV-DR-02", status=status, claim=claim, evidence=evidence, action=_drift_action(r, status))


def _counted(r: Reviewed, alarmed: Mask) -> str:
    names = [name for name, on in zip(r.names, alarmed, strict=True) if on and name != OUTPUT]
    columns = sum(name != OUTPUT for name in r.names)
    output = any(on and name == OUTPUT for name, on in zip(r.names, alarmed, strict=True))
    parts = [f"{len(names)} of {columns} columns"] if columns else []
    parts += ["the model's answers"] if output else []
    return " and ".join(parts)


def _quote(r: Reviewed, row: int) -> str:
    return "the model's answers" if r.names[row] == OUTPUT else repr(r.names[row][:60])


def _moved(r: Reviewed, row: int, column: int) -> str:
    share = number(float(r.distances[row, column]), "percent")
    return (
        f"{share} of the rows lie elsewhere"
        if r.watch.watched[row].cells.ordered
        else f"one category's share moved by {share}"
    )


def _p(r: Reviewed) -> str:
    least = 1 / (1 + len(r.null.largest))
    return (
        f"{number(r.p_value)}, the least that {len(r.null.largest):,} draws can give"
        if r.p_value <= least
        else number(r.p_value)
    )


def _visible(r: Reviewed) -> str:
    """Return what would have been seen: the difference at which a typical column of a typical chunk alarms."""
    seen = np.median(r.null.centre + r.rule.threshold * r.null.spread)
    return f"a difference of about {number(max(float(seen), r.least_share), 'percent')} would have been an alarm"


def _too_few(r: Reviewed) -> str:
    return (
        f"Too few rows to tell drift from chance: {r.watch.baseline.rows:,} rows of {r.baseline} in "
        f"{r.units.baseline:,} units, and no chunk of production with 30 rows or more to compare."
    )


def _drift_action(r: Reviewed, status: Status) -> str:
    if status == "passed":
        return "Nothing to do; keep the alarm rule of OV-DR-03 on the next chunks."
    if status == "not_enough_data":
        return f"Take a test of {_FEWEST_UNITS} units or more (it has {r.units.baseline}), so that chance can be told from drift."
    harms = {} if r.performance is None else r.performance.harms
    if harms and not any(h.lower > r.margin for h in harms.values()):
        return "Drift by itself is no harm: the realised metric isn't shown to have fallen, so ask where these columns come from before you retrain."
    return (
        "Ask first whether the pipeline of these columns changed; if the world did, explain_change says what it cost."
    )


def _rule(r: Reviewed) -> Finding:
    """OV-DR-03: how often the alarm rule cries wolf, and what three sigma would do on the same columns."""
    yearly = not np.isnan(r.chunks_a_year)
    times, per = (r.chunks_a_year, "a year") if yearly else (1.0, "per chunk")
    looks = len(r.names) * times
    sigma, promised = r.sigma_share * looks, 0.0027 * looks
    rule = r.rule
    wolf = written(rule.share * times, rule.lower * times, rule.upper * times)
    few = r.units.baseline < _FEWEST_UNITS
    claim = (
        f"Alarm from {number(rule.threshold)} standard deviations: without drift that is {wolf} "
        f"chunks in alarm {per}. Three sigma of {SIGMA_CHUNKS} chunks on these "
        f"{len(r.names)} streams would be {number(sigma)} alarms {per}, not the {number(promised)} that its name promises."
    )
    evidence = {
        "threshold": rule.threshold, "false_alarms": rule.share * times, "lower": rule.lower * times,
        "upper": rule.upper * times, "chunks_a_year": r.chunks_a_year if yearly else None, "sigma_alarms": sigma,
        "sigma_promise": promised, "units": r.units.baseline,
    }  # fmt: skip
    capped = yearly and r.accepted / r.chunks_a_year > rule.share * 1.01
    note = " At most one chunk in ten may alarm, so fewer than you accept." if capped else ""
    action = (
        f"{r.baseline.capitalize()} has {r.units.baseline} units ({r.study.unit_name}): too few to promise a rate. Take a longer one."
        if few
        else "Use this threshold in place of a fixed one (PSI .1, three sigma), and set false_alarms_a_year to what you can look into."
    )
    return Finding(
        code="OV-DR-03",
        status="not_enough_data" if few else "passed",
        claim=claim + note,
        evidence=evidence,
        action=action,
    )


def _labels(r: Reviewed) -> Finding:
    """OV-DR-04: which chunks' labels have arrived."""
    present = ~np.isnan(r.maturity.shares)
    shares = r.maturity.shares[present]
    if not len(shares) or shares.max() == 0:
        return Finding(code="OV-DR-04", status="not_applicable", claim="No label of production has arrived.",
                       action="Join labels as they arrive: labels= with ids=.")  # fmt: skip
    ripe = int(r.maturity.mature.sum())
    late = [
        label
        for label, mature, here in zip(r.chunks.labels, r.maturity.mature, present, strict=True)
        if here and not mature
    ]
    low, high = (number(float(each), "percent") for each in (shares.min(), shares.max()))
    of_rows = f"{low} of their rows" if low == high else f"{low} to {high} of their rows"
    claim = f"Labels of {ripe} of {int(present.sum())} chunks have arrived ({of_rows})"
    if late:
        claim += f"; the metric of {listed(late, most=3)} waits, since the labels that come first are no sample of all"
    claim += _delay(r) + "."
    evidence = {"mature_chunks": ripe, "chunks": int(present.sum()), "least_share": float(shares.min()),
                "most_share": float(shares.max())}  # fmt: skip
    action = _LATE_ACTION if late else ""
    return Finding(
        code="OV-DR-04", status="warning" if late else "passed", claim=claim, evidence=evidence, action=action
    )


_LATE_ACTION = (
    "Compare models on mature chunks only, and review again when the next one is. Where labels are a random sample and no "
    "more will come, say so by a lower matured_share."
)


def _delay(r: Reviewed) -> str:
    if r.maturity.delay_days is None:
        return ""
    half, most = r.maturity.delay_days
    if np.isnan(half):
        return "; fewer than half have arrived so far"
    late = "" if np.isnan(most) else f", nine tenths by {number(most)}"
    return f"; half of the labels are there {number(half)} days after the row{late} (Kaplan–Meier)"


def _unwatched(r: Reviewed) -> list[Finding]:
    """OV-DR-05: columns that aren't watched, and why."""
    parts = []
    if r.watch.clocks:
        parts.append(
            f"{listed([repr(name[:60]) for name in r.watch.clocks], most=5)} tell the time and drift by themselves"
        )
    if r.watch.left_out:
        parts.append(f"{r.watch.left_out} columns beyond the first {MOST_COLUMNS}")
    if not any(name == OUTPUT for name in r.names):
        parts.append(f"the model's answers, which {r.baseline} has none of that it didn't learn from")
    if not parts:
        return []
    return [Finding(code="OV-DR-05", status="not_run", claim=f"Not watched: {'; '.join(parts)}.",
                    action="Name columns with columns=, or pass a test= that the model didn't learn from.")]  # fmt: skip
