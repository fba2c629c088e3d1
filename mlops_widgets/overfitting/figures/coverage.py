"""How the coverage of production by the test looks: which columns moved, and which regions are hardly held."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.overfitting.representative.coverage import CoverageResult
from mlops_widgets.overfitting.representative.coverage_numbers import Share
from mlops_widgets.ui.card import Axis, Card, Chart, Dots, Estimate, Ranked, Role, Table
from mlops_widgets.ui.figures import small_print

_SIGNIFICANT = 0.05
_MOST_REGIONS = 4
_SHOWN = 8


@register
def card_of_coverage(result: CoverageResult) -> Card:
    """Return the columns by how far they moved and, beside them, the regions that the earlier table hardly holds."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=_charts(result), findings=result.findings[1:], table=_table(result),
        action=first.action, small=small_print(result, of=_of(result)), reference=result.reference,
    )  # fmt: skip


def _charts(result: CoverageResult) -> tuple[Chart, ...]:
    rows = tuple(_bar(result, int(index)) for index in np.argsort(-result.distances, kind="stable"))
    columns = Ranked(
        rows=rows, axis=Axis(label="share of rows moved at most", form="percent", lower=0.0), shown=min(_SHOWN, len(rows)),
        title=f"Columns that moved from {result.earlier} to {result.later}",
    )  # fmt: skip
    if not result.regions:
        return (columns,)
    regions = Dots(
        rows=tuple(dot for region in result.regions[:_MOST_REGIONS] for dot in (
            _dot(region.rule, region.later, "production", note=result.later),
            _dot("the same rule", region.earlier, "reference", note=result.earlier),
        )),
        axis=Axis(label="share of rows", form="percent", lower=0.0), title=f"What the {result.earlier} hardly holds",
    )  # fmt: skip
    return columns, regions


def _bar(result: CoverageResult, index: int) -> Estimate:
    beyond = result.adjusted[index] <= _SIGNIFICANT
    return Estimate(
        label=result.columns[index], value=float(result.distances[index]), role="production" if beyond else "muted",
        note="beyond chance" if beyond else "",
    )  # fmt: skip


def _dot(label: str, share: Share, role: Role, *, note: str) -> Estimate:
    return Estimate(label=label, value=share.value, lower=share.lower, upper=share.upper, role=role, note=f"in {note}")


def _table(result: CoverageResult) -> Table:
    frame = result.frame()
    rows = tuple(
        (
            str(name),
            number(distance, "percent"),
            number(p, digits=3),
            number(adjusted, digits=3),
            number(unmet, "percent"),
        )
        for name, distance, p, adjusted, unmet in zip(
            frame["column"],
            *(frame[each].tolist() for each in ("distance", "p_value", "adjusted", "unmet_share")),
            strict=True,
        )
    )
    regions = tuple(
        (region.rule, f"{result.later} {written(region.later.value, region.later.lower, region.later.upper, 'percent')}",
         f"{result.earlier} {written(region.earlier.value, region.earlier.lower, region.earlier.upper, 'percent')}", "", "")
        for region in result.regions
    )  # fmt: skip
    columns = ("column or region", "moved", "p", "p, all columns", f"never in {result.earlier}")
    return Table(columns=columns, rows=(*regions, *rows))


def _of(result: CoverageResult) -> str:
    return f"{result.earlier} ({result.earlier_rows:,}) and {result.later} ({result.later_rows:,})"
