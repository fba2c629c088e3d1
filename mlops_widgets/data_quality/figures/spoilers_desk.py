"""The spoiler's desk as a card: in the picture what each spill does at one share, in the browser buttons, a slider and dials."""

import numpy as np

from mlops_widgets.core.display import register
from mlops_widgets.core.words import estimate, number
from mlops_widgets.data_quality.spoilers_desk.desk import Dial, SpoilersDeskResult
from mlops_widgets.ui.card import Axis, Card, Dots, Estimate, Mark, Role, Table, View
from mlops_widgets.ui.figures import small_print

_PAIRS = ((0, 1), (2, 3))
_SMALL = 10


@register
def card_of_spoilers_desk(result: SpoilersDeskResult) -> Card:
    """Return the scores and the decisions after each spill; in the browser one spill at a time, from any share to any other."""
    first = result.findings[0]
    return Card(
        headline=first.claim, status=first.status, charts=tuple(_dots(result, pair) for pair in _PAIRS), view=_view(result),
        findings=result.findings[1:], table=_table(result), action=first.action, small=small_print(result),
        reference=result.reference,
    )  # fmt: skip


def _dots(result: SpoilersDeskResult, pair: tuple[int, int]) -> Dots:
    """Return two dials for each spill, at the largest share."""
    share, (one, other) = len(result.shares) - 1, (result.dials[at] for at in pair)
    rows, others = (
        tuple(_estimate(result, (k, share, 0, at), role) for k in range(len(result.spills)))
        for at, role in zip(pair, _roles(pair), strict=True)
    )
    clean = float(np.nanmedian(result.values[:, 0, 0, pair[1]]))
    digits = 2 if other.form == "number" and abs(clean) < _SMALL else None
    return Dots(
        rows=rows, others=others, labels=(one.label, other.label), axis=Axis(label="", form=one.form),
        marks=(Mark(value=clean, label=f"{other.label}, clean {number(clean, other.form, digits=digits)}"),),
        title=f"{one.label} and {other.label}, {number(result.shares[share], 'percent')} of the rows hit",
    )  # fmt: skip


def _roles(pair: tuple[int, int]) -> tuple[Role, Role]:
    return ("reference", "production") if pair == _PAIRS[0] else ("accent", "bad")


def _estimate(result: SpoilersDeskResult, place: tuple[int, ...], role: Role) -> Estimate:
    return Estimate(
        label=result.shorts[place[0]], value=float(result.values[place]), lower=float(result.lower[place]),
        upper=float(result.upper[place]), role=role,
    )  # fmt: skip


def _view(result: SpoilersDeskResult) -> View:
    spills = [
        {"short": result.shorts[k], "repair": result.repairs[k],
         "says": [_says(result, k, s) for s in range(len(result.shares))]}
        for k in range(len(result.spills))
    ]  # fmt: skip
    dials = [{"label": dial.label, "form": dial.form} for dial in result.dials]
    moved = np.where(result.change_lower > 0, 1.0, np.where(result.change_upper < 0, -1.0, 0.0))
    return View(
        name="desk", state={"spills": spills, "shares": list(result.shares), "dials": dials, "start": list(result.start)},
        arrays={"values": result.values.ravel(), "lower": result.lower.ravel(), "upper": result.upper.ravel(), "moved": moved.ravel()},
    )  # fmt: skip


def _says(result: SpoilersDeskResult, k: int, s: int) -> str:
    """Return what is spilled, in a sentence."""
    if not s:
        return "Clean rows: nothing is spilled."
    where = f" ({result.columns[k]})" if result.columns[k] else ""
    said = f"{result.labels[k]}{where} in {number(result.shares[s], 'percent')} of the rows"
    return said[:1].upper() + said[1:]


def _table(result: SpoilersDeskResult) -> Table:
    columns = ("spill", "rows hit", "repaired", *(dial.label for dial in result.dials))
    rows = [
        (result.labels[k], number(result.shares[s], "percent"), "yes" if r else "no",
         *(_written(result, dial, (k, s, r, d)) for d, dial in enumerate(result.dials)))
        for k in range(len(result.spills)) for s in range(len(result.shares)) for r in range(2 if s else 1)
    ]  # fmt: skip
    return Table(columns=columns, rows=tuple(rows))


def _written(result: SpoilersDeskResult, dial: Dial, place: tuple[int, ...]) -> str:
    return estimate(float(result.values[place]), float(result.lower[place]), float(result.upper[place]), dial.form)
