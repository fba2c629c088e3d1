"""Compare two profiles: what changed between two batches, without reading either again."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from mlops_widgets.core.options import check_margin
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import interval, number, p_words
from mlops_widgets.data_quality.profiling.column_change import ColumnChange, column_change
from mlops_widgets.data_quality.profiling.profile_result import Profile
from mlops_widgets.errors import InputError, WrongTypeError, listed
from mlops_widgets.measures.several_tests import holm

_ERROR_SHARE = 0.05
_ORDER = {"failed": 0, "not_enough_data": 1, "passed": 2}
_METHOD = (
    "Both profiles' own bins and counts: Kolmogorov–Smirnov over bins for numbers, with the Dvoretzky–Kiefer–Wolfowitz bound; the "
    "largest difference of a value's share with Newcombe's intervals; 95 % for all columns at once (Bonferroni), "
    "p-values by Holm; rows count as independent"
)


@dataclass(frozen=True, kw_only=True)
class ProfileDiff(Result):
    """What changed from one profile to another, the columns that changed most first.

    Parameters
    ----------
    before, after
        Names of the tables.
    columns
        One a column that both have.
    added, removed
        Columns that only the second has, and only the first.
    margin, missing_margin
        The largest distance, and the largest change in the share of missing cells, that doesn't matter.
    """

    before: str
    after: str
    columns: tuple[ColumnChange, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]
    margin: float
    missing_margin: float

    def frame(self) -> pd.DataFrame:
        """Return one row a column: shares of missing cells, distance with its interval, p-values, new and gone values, verdict."""
        return pd.DataFrame([vars(each) for each in self.columns], columns=[each.name for each in fields(ColumnChange)])


def compare_profiles(
    before: Profile, after: Profile, *, margin: float = 0.1, missing_margin: float = 0.02
) -> ProfileDiff:
    """Return what changed between two batches, from their profiles alone.

    Parameters
    ----------
    before, after
        Two profiles, in memory or read from files.
    margin
        The largest distance between distributions that doesn't matter: a difference of cumulative shares of numbers, or of
        a value's share, above 0.
    missing_margin
        The largest change in the share of missing cells that doesn't matter, above 0.

    Returns
    -------
    ProfileDiff
        Findings: DQ-PR-20 what changed, DQ-PR-21 columns that came, went or hold something else, DQ-PR-22 one a column that
        changed, DQ-PR-23 what can't be told.

    Raises
    ------
    WrongTypeError
        If either is no profile.
    InputError
        If a margin isn't above 0.

    Examples
    --------
    >>> from mlops_widgets.data_quality import profile
    >>> one, other = (profile(pd.DataFrame({"a": np.arange(5000) + shift})) for shift in (0, 2000))
    >>> compare_profiles(one, other).columns[0].status
    'failed'
    """
    for each in (before, after):
        if not isinstance(each, Profile):
            raise WrongTypeError(
                f"compare_profiles takes two profiles, not {type(each).__name__}: profile(table) makes one."
            )
    check_margin(margin, "the largest distance between distributions that doesn't matter")
    check_margin(missing_margin, "the largest change in the share of missing cells that doesn't matter")
    shared = [column.name for column in before.columns if column.name in after.by_name]
    if not shared:
        raise InputError(f"The profiles share no column: {listed(before.by_name)} and {listed(after.by_name)}.")
    share = _ERROR_SHARE / len(shared)
    changes = [
        column_change(before[name], after[name], margin=margin, missing_margin=missing_margin, error_share=share)
        for name in shared
    ]
    result = ProfileDiff(
        findings=(), rows=before.rows + after.rows, method=_METHOD,
        reference="Massart 1990; Newcombe 1998; Holm 1979", before=before.table, after=after.table,
        columns=_ordered(_adjusted(changes)), added=tuple(_only(after, before)),
        removed=tuple(_only(before, after)), margin=margin, missing_margin=missing_margin,
    )  # fmt: skip
    return replace(result, findings=_findings(result))


def _only(a: Profile, b: Profile) -> list[str]:
    return [column.name for column in a.columns if column.name not in b.by_name]


def _adjusted(changes: Sequence[ColumnChange]) -> list[ColumnChange]:
    """Give every column the smaller of its two p-values, doubled and adjusted for all columns."""
    smallest = np.array([min(1.0, 2 * float(np.nanmin([each.missing_p, each.p, 1.0]))) for each in changes])
    return [replace(each, p_adjusted=float(p)) for each, p in zip(changes, holm(smallest), strict=True)]


def _ordered(changes: Sequence[ColumnChange]) -> tuple[ColumnChange, ...]:
    return tuple(sorted(changes, key=lambda each: (_ORDER[each.status], -_size(each))))


def _size(change: ColumnChange) -> float:
    return max(float(np.nan_to_num(change.distance)), abs(change.missing_after - change.missing_before))


def _findings(result: ProfileDiff) -> tuple[Finding, ...]:
    others = [
        *_columns_changed(result),
        *(_of_column(each) for each in result.columns if each.status == "failed"),
        *_open(result),
    ]
    return (_headline(result), *sorted(others, key=lambda finding: finding.order))


def _headline(result: ProfileDiff) -> Finding:
    failed = [each for each in result.columns if each.status == "failed"]
    kinds = [
        each for each in result.columns if each.kind != each.kind_after and "empty" not in {each.kind, each.kind_after}
    ]
    open_ones = sum(each.status == "not_enough_data" for each in result.columns)
    broken = bool(failed or kinds or result.removed)
    said = f"{len(failed)} of {len(result.columns)} columns changed by more than the margin"
    worst = f", most of all {failed[0].column[:40]}" if failed else ""
    return Finding(
        code="DQ-PR-20", status="failed" if broken else "not_enough_data" if open_ones else "passed", claim=f"{said}{worst}.",
        evidence={
            "columns": len(result.columns), "changed": len(failed), "open": open_ones, "added": len(result.added),
            "removed": len(result.removed), "margin": result.margin, "missing_margin": result.missing_margin,
        },
        action="Ask what fills these columns before the model answers on them." if broken else "Keep the profile for the next batch.",
    )  # fmt: skip


def _columns_changed(result: ProfileDiff) -> list[Finding]:
    kinds = [
        f"{each.column[:40]} ({each.kind}, now {each.kind_after})" for each in result.columns
        if each.kind != each.kind_after and "empty" not in {each.kind, each.kind_after}
    ]  # fmt: skip
    parts = [
        f"{what}: {listed(names, most=5)}"
        for what, names in (("gone", result.removed), ("new", result.added), ("of another kind", kinds)) if names
    ]  # fmt: skip
    if not parts:
        return []
    return [
        Finding(
            code="DQ-PR-21", status="failed" if result.removed or kinds else "warning", claim=f"Columns {'; '.join(parts)}.",
            action="A renamed column or a new export is the usual cause: compare the two sources' versions.",
        )
    ]  # fmt: skip


def _of_column(change: ColumnChange) -> Finding:
    parts = []
    if change.distance == change.distance:
        parts.append(f"distance {number(change.distance)} {interval(change.lower, change.upper)}".rstrip())
    shares = [number(each, "percent") for each in (change.missing_before, change.missing_after)]
    if shares[0] != shares[1]:
        parts.append(f"missing {shares[0]}, now {shares[1]}")
    parts += [
        f"{word} values: {listed(values, most=3)}"
        for word, values in (("new", change.new), ("gone", change.gone))
        if values
    ]
    return Finding(
        code="DQ-PR-22", status="failed", claim=f"Column {change.column[:40]} changed: {'; '.join(parts)} ({p_words(change.p_adjusted)}, adjusted).",
        evidence={"column": change.column, "distance": change.distance, "psi": change.psi, "p_adjusted": change.p_adjusted},
        action="Look at both batches' values of it.", cost=_size(change), cost_unit="distance",
    )  # fmt: skip


def _open(result: ProfileDiff) -> list[Finding]:
    names = [each.column[:40] for each in result.columns if each.status == "not_enough_data"]
    if not names:
        return []
    return [
        Finding(
            code="DQ-PR-23", status="not_enough_data",
            claim=f"Whether {listed(names, most=5)} changed by more than the margin can't be told from these profiles.",
            action="Compare larger batches, or state a margin that matters.",
        )
    ]  # fmt: skip
