"""The card of a rating: what was checked of each method's explanation, and how far to rely on it."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.result import MARKS, Status
from mlops_widgets.core.words import number
from mlops_widgets.explainability.trust.rating import Rated, TrustResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Mark, Role, Table
from mlops_widgets.ui.figures import small_print

_SHARES = {"leading columns", "other seeds", "stability"}
_NAMES = {"shap": "SHAP", "lime": "LIME"}
_ROLES: dict[Status, Role] = {"passed": "good", "warning": "warning", "not_enough_data": "muted", "failed": "bad"}


@register
def card_of_rating(result: TrustResult) -> Card:
    """Return how often the same columns lead, and every check in words."""
    shown = [each for each in result.checks if each.check.name in _SHARES and np.isfinite(each.check.value)]
    charts = (_bars(shown),) if shown else ()
    first = result.findings[0]
    return Card(
        headline=result.headline, status=result.status, charts=charts, findings=result.findings[1:], table=_table(result),
        action=first.action, small=small_print(result, _close(result)),
        reference=result.reference, empty="" if charts else "Nothing that was drawn could have come out otherwise: see the checks.",
    )  # fmt: skip


def _close(result: TrustResult) -> str:
    return f"{result.checked_rows} of them looked at closely" if result.checked_rows < result.rows else ""


def _bars(shown: list[Rated]) -> Bars:
    rows = tuple(
        Estimate(
            label=f"{MARKS[each.check.status]} {_NAMES[each.engine]}: {each.check.name}", value=each.check.value,
            role=_ROLES.get(each.check.status, "muted"),
        )
        for each in shown
    )  # fmt: skip
    limit = next(each.check.limit for each in shown)
    marks = () if limit is None else (Mark(value=limit, label=f"good from {number(limit, 'percent')}", role="good"),)
    axis = Axis(label="share in which the same columns lead", form="percent", lower=0.0, upper=1.0)
    return Bars(rows=rows, axis=axis, marks=marks, title="Do the same columns lead when what is drawn is drawn anew?")


def _table(result: TrustResult) -> Table:
    return Table(
        columns=("method", "check", "verdict", "what was found"),
        rows=tuple((_NAMES[each.engine], each.check.name, _verdict(each), each.check.text) for each in result.checks),
    )


def _verdict(each: Rated) -> str:
    if each.check.limit is None:
        return "– reported"
    return f"{MARKS[each.check.status]} {each.check.status.replace('_', ' ')}"
