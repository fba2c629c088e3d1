"""The tournament's card: every model's fall from its test score to its later one."""

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.overfitting.tournament import TournamentResult
from mlops_widgets.ui.card import Axis, Card, Mark, Slope, SlopeRow, Table, View

Floats = npt.NDArray[np.float64]

_LEADERS = 12


@register
def _(result: TournamentResult) -> Card:
    first, *others = result.findings
    return Card(
        headline=result.headline, status=result.status, charts=(_slope(result),),
        view=_view(result), findings=tuple(others), table=_table(result), action=first.action, small=_small(result),
        reference=result.reference,
    )  # fmt: skip


def _slope(result: TournamentResult) -> Slope:
    at, won = result.size(), result.winner()
    offline, later = result.offline[at], result.later
    shown = [index for index in range(len(later)) if index != won.index and np.isfinite(offline[index] + later[index])]
    rows = [
        SlopeRow(label=result.names[index], left=float(offline[index]), right=float(later[index])) for index in shown
    ]
    plain = SlopeRow(
        label=result.plain_name,
        left=float(result.plain_offline[at]),
        right=result.plain_later,
        role="reference",
        emphasised=True,
    )
    champion = SlopeRow(label="winner", left=won.offline, right=won.later, role="production", emphasised=True)
    emphasised = [row for row in (plain, champion) if np.isfinite(row.left + row.right)]
    ceiling = result.ceiling_later
    marks = (Mark(value=ceiling, label=f"best possible {number(ceiling)}"),) if np.isfinite(ceiling) else ()
    return Slope(
        left=f"on {number(result.start, 'integer')} test rows", right=result.where, rows=(*rows, *emphasised),
        axis=Axis(label=result.metric_label), marks=marks,
    )  # fmt: skip


def _view(result: TournamentResult) -> View:
    state = {
        "metric": result.metric_label, "greater_is_better": result.greater_is_better, "test_rows": list(result.test_rows),
        "start_rows": result.start, "names": list(result.names), "where": result.where, "plain_name": result.plain_name,
        "synthetic": result.synthetic, "candidates_word": "models", "train_rows": result.train_rows,
    }  # fmt: skip
    arrays = {
        "offline": result.offline.ravel(), "lower": result.lower.ravel(), "upper": result.upper.ravel(), "later": result.later,
        "plain_offline": result.plain_offline, "plain_later": np.array([result.plain_later]),
        "ceiling_offline": result.ceiling_offline, "ceiling_later": np.array([result.ceiling_later]),
    }  # fmt: skip
    return View(name="tournament", state=state, arrays=arrays)


def _table(result: TournamentResult) -> Table:
    board = result.frame()
    offline, lower, upper, later = (
        board[["offline", "lower", "upper", "later"]].head(_LEADERS).to_numpy(dtype=np.float64).T.tolist()
    )
    rows = tuple(
        (name, estimate(score, *_ends(low, high)), number(after), f"{rank}")
        for name, score, low, high, after, rank in zip(
            board["model"].head(_LEADERS), offline, lower, upper, later, board["true_rank"].head(_LEADERS), strict=True
        )
    )
    caption = f"The best {len(rows)} of {len(board):,} on {result.start:,} test rows"
    return Table(
        columns=("model", f"{result.metric_label}, test", result.where, "true rank"), rows=rows, caption=caption
    )


def _ends(lower: float, upper: float) -> tuple[float | None, float | None]:
    return (lower, upper) if np.isfinite(lower) and np.isfinite(upper) else (None, None)


def _small(result: TournamentResult) -> str:
    parts = [
        "synthetic data, truth known" if result.synthetic else "",
        f"{len(result.names):,} models, each fitted on {result.train_rows:,} rows",
        f"{result.later_rows:,} rows {result.where}",
        f"seed {result.seed}",
        result.method,
        *result.notes,
    ]
    return " · ".join(each for each in parts if each)
