"""How the winner's curse looks: the winner's score with and without its luck, or the luck that many tries may bring."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.overfitting.validation.selection_bias import SelectionBiasResult
from mlops_widgets.ui.card import Axis, Bars, Card, Chart, Dots, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print

_MOST_SHOWN = 8
_CODE = "mw.overfitting.estimate_selection_bias(study, n_candidates=50)"


@register
def card_of_selection_bias(result: SelectionBiasResult) -> Card:
    """Return the winner before and after the correction beside who else could have won; or the bound by number of tries."""
    first, *others = result.findings
    return Card(
        headline=first.claim, status=first.status, charts=_charts(result), findings=tuple(others), table=_table(result),
        action=first.action, small=small_print(result, *(note.removesuffix(".") for note in result.notes)), reference=result.reference,
        code=_CODE if result.how == "unknown" else "",
    )  # fmt: skip


def _charts(result: SelectionBiasResult) -> tuple[Chart, ...]:
    if result.how == "candidates":
        return _corrected(result), _picked(result)
    return (_bound(result),) if np.isfinite(result.error) else ()


def _corrected(result: SelectionBiasResult) -> Dots:
    rows = (
        Estimate(
            label="the winner's own score", value=result.score, lower=known(result.score_lower),
            upper=known(result.score_upper), n=result.rows, role="muted",
        ),
        Estimate(
            label="without the luck of being picked", value=result.corrected, lower=known(result.corrected_lower),
            upper=known(result.corrected_upper), n=result.rows, role="accent",
        ),
    )  # fmt: skip
    return Dots(
        rows=rows, axis=Axis(label=result.metric_label), title=f"Best of {result.n_candidates:,} on {result.where}"
    )


def _picked(result: SelectionBiasResult) -> Bars:
    order = np.argsort(-result.picked_share, kind="stable")[:_MOST_SHOWN]
    rows = tuple(
        Estimate(
            label=result.names[place], value=float(result.picked_share[place]), role="accent" if at == 0 else "muted"
        )
        for at, place in enumerate(order)
    )
    return Bars(
        rows=rows, axis=Axis(label="share of resamples won", form="percent", lower=0.0), title="Who could have won"
    )


def _bound(result: SelectionBiasResult) -> Bars:
    known = dict(zip(result.tried, result.tried_optimism, strict=True))
    if result.n_candidates > 1:
        known[result.n_candidates] = result.optimism
    rows = tuple(
        Estimate(
            label=f"{tried:,} candidates" + (" (yours)" if tried == result.n_candidates else ""), value=float(luck),
            role="accent" if tried == result.n_candidates else "muted",
        )
        for tried, luck in sorted(known.items())
    )  # fmt: skip
    mark = Mark(value=result.margin, label=f"margin {number(result.margin)}")
    return Bars(
        rows=rows, axis=Axis(label=f"largest mean luck, {result.metric_label}", lower=0.0), marks=(mark,),
        title="What the best of so many may owe to luck, at most",
    )  # fmt: skip


def _table(result: SelectionBiasResult) -> Table:
    if not result.names:
        bounds = tuple(
            (f"{k:,}", number(v, digits=4)) for k, v in zip(result.tried, result.tried_optimism, strict=True)
        )
        return Table(columns=("candidates", f"{result.metric_label} owed to luck, at most on average"), rows=bounds)
    board = result.frame()
    score, share = (board[name].to_numpy(dtype=np.float64).tolist() for name in ("score", "picked_share"))
    rows = tuple(
        (str(name), number(value, digits=4), number(won, "percent"))
        for name, value, won in zip(board["candidate"], score, share, strict=True)
    )
    return Table(columns=("candidate", result.metric_label, "resamples won"), rows=rows, caption=_caption(result))


def _caption(result: SelectionBiasResult) -> str:
    return f"Corrected: {estimate(result.corrected, result.corrected_lower, result.corrected_upper)}"
