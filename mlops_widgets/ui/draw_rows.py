"""Pictures of labelled numbers, one a row: dots with intervals, bars, waterfalls, ranked lists, before and after."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from matplotlib.axes import Axes

from mlops_widgets.core.words import estimate, interval, number
from mlops_widgets.ui.card import Axis, Bars, BeforeAfter, Dots, Estimate, Mark, Ranked, Waterfall
from mlops_widgets.ui.lettering import cut, width
from mlops_widgets.ui.scales import digits_apart, range_digits, shared_digits, span, spread, ticks
from mlops_widgets.ui.sheet import DASHES, MUTED, Block, Sheet, axis_title, chart_title, points, value_ticks
from mlops_widgets.ui.style import BACKGROUND, BODY, LABEL, MARGIN, ROLES, SMALL, TEXT, WIDTH, tint

_LABEL_ROOM = 230.0
_MOST_ROWS = 40


@dataclass(frozen=True, kw_only=True)
class Rows:
    """What all charts of rows share once they are reduced to it.

    Parameters
    ----------
    starts
        Of a waterfall, where each row's bar begins; NaN for a row that is a dot.
    digits
        Decimals of all numbers; None for what the intervals support.
    logistic
        Whether the ticks say the probability of their log-odds too.
    """

    rows: Sequence[Estimate]
    axis: Axis
    marks: Sequence[Mark] = ()
    title: str = ""
    bars: bool = False
    arrow: bool = False
    more: int = 0
    others: Sequence[Estimate] = ()
    labels: tuple[str, str] = ("", "")
    starts: Sequence[float] = ()
    digits: int | None = None
    logistic: bool = False


def dots(chart: Dots) -> Block:
    """Return dots with their intervals, one estimate a row."""
    return _block(_reduced(chart.rows, chart.axis, chart.marks, chart.title, pair=(chart.others, chart.labels)))


def bars(chart: Bars) -> Block:
    """Return horizontal bars from zero."""
    pair = (chart.others, chart.labels)
    return _block(_reduced(chart.rows, chart.axis, chart.marks, chart.title, bars=True, pair=pair))


def waterfall(chart: Waterfall) -> Block:
    """Return the steps from the first number to the last, each beginning where the one before ends."""
    at = list(accumulate((row.value for row in chart.rows), initial=chart.start))
    first, last = (
        Estimate(label=label, value=value, role="truth")
        for label, value in ((chart.start_label, chart.start), (chart.end_label, chart.end))
    )
    numbers = [*at, chart.end]
    return _block(Rows(
        rows=(first, *chart.rows, last), axis=chart.axis, title=chart.title, bars=True, logistic=chart.logistic,
        starts=[math.nan, *at[:-1], math.nan], digits=digits_apart(numbers, chart.axis.form),
    ))  # fmt: skip


def ranked(chart: Ranked) -> Block:
    """Return the first rows of the list, as many as it shows at first."""
    return _block(_reduced(chart.rows, chart.axis, chart.marks, chart.title, bars=True, most=chart.shown))


def before_after(chart: BeforeAfter) -> Block:
    """Return two dots with an arrow from the number before to the number after."""
    return _block(Rows(rows=(chart.before, chart.after), axis=chart.axis, title=chart.title, arrow=True))


def _reduced(
    rows: Sequence[Estimate],
    axis: Axis,
    marks: Sequence[Mark],
    title: str,
    *,
    bars: bool = False,
    most: int = _MOST_ROWS,
    pair: tuple[Sequence[Estimate], tuple[str, str]] = ((), ("", "")),
) -> Rows:
    shown = rows[: min(max(most, 1), _MOST_ROWS)]
    both = [each.value for each in (*shown, *pair[0]) if math.isfinite(each.value)] if pair[0] else []
    return Rows(
        rows=shown, axis=axis, marks=marks, title=title, bars=bars, more=len(rows) - len(shown),
        others=pair[0][: len(shown)], labels=pair[1], digits=digits_apart(both, axis.form) if both else None,
    )  # fmt: skip


def _block(chart: Rows) -> Block:
    head = (26.0 if chart.title else 6.0) + (20.0 if chart.marks else 0.0) + (22.0 if chart.others else 0.0)
    row = 38.0 if any(map(_under, chart.rows)) else 30.0 if len(chart.rows) <= 12 else 24.0
    foot = 46.0 + (18.0 if chart.more else 0.0) + (16.0 if chart.logistic else 0.0)

    def draw(sheet: Sheet, top: float) -> None:
        _draw(sheet, chart, top=top, head=head, row=row)

    return Block(head + row * len(chart.rows) + foot, draw)


def _draw(sheet: Sheet, chart: Rows, *, top: float, head: float, row: float) -> None:
    values, spans = _texts(chart)
    label_room = min(max((_label_width(each) for each in chart.rows), default=0.0), _LABEL_ROOM)
    value_room = max((width(v, BODY, "bold") for v in values), default=0.0) + 8
    span_room = max((width(s, LABEL) for s in spans), default=0.0)
    left, right = MARGIN + label_room + 18, WIDTH - MARGIN - value_room - span_room - 14
    start, end = top + head, top + head + row * len(chart.rows)
    chart_title(sheet, chart.title, top)
    _key(sheet, chart, left, top + (42 if chart.title else 16))
    axes = _scale(sheet, chart, (left, start, right, end))
    for number_of_row, each in enumerate(chart.rows):
        from_ = chart.starts[number_of_row] if chart.starts else 0.0
        _mark_row(axes, each, number_of_row + 0.5, bar=chart.bars and not math.isnan(from_), start=from_)
        if number_of_row < len(chart.others):
            _mark_other(axes, chart.others[number_of_row], number_of_row + 0.5)
        middle = start + row * (number_of_row + 0.5)
        _label(sheet, each, middle, label_room)
        sheet.text(right + 14, middle + 5, values[number_of_row], size=BODY, weight="bold", color=ROLES[each.role])
        sheet.text(right + 14 + value_room, middle + 5, spans[number_of_row], color=MUTED)
    _mark_lines(sheet, axes, chart, (left, right), start)
    if chart.arrow:
        _arrow(axes, chart.rows[0].value, chart.rows[1].value)
    under = 16 if chart.logistic else 0
    axis_title(sheet, chart.axis.label, (left + right) / 2, end + 38 + under)
    if chart.more:
        sheet.text(MARGIN, end + 56 + under, f"… and {chart.more} more", color=MUTED)


def _texts(chart: Rows) -> tuple[list[str], list[str]]:
    """Return values and intervals as text, numbers with the same decimals down the column."""
    form = chart.axis.form
    if chart.digits is not None:
        spans = [interval(each.lower, each.upper, form, digits=chart.digits) for each in chart.rows]
        return [_step(chart, place) for place in range(len(chart.rows))], spans
    digits = shared_digits((each.lower, each.upper) for each in chart.rows) if form == "number" else None
    if digits is None:
        alone = [estimate(each.value, each.lower, each.upper, form).split(" [", 1)[0] for each in chart.rows]
        return alone, [interval(each.lower, each.upper, form) for each in chart.rows]
    values = [number(each.value, form, digits=digits) for each in chart.rows]
    return values, [interval(each.lower, each.upper, form, digits=digits) for each in chart.rows]


def _step(chart: Rows, place: int) -> str:
    """Return a row's number; a step of a waterfall with its sign, what it starts from and comes to without."""
    value = chart.rows[place].value
    plus = "+" if value > 0 and chart.starts and not math.isnan(chart.starts[place]) else ""
    return plus + number(value, chart.axis.form, digits=chart.digits)


def _under(each: Estimate) -> str:
    """Return the small line under a row's label: its note and how many rows it rests on."""
    count = f"n = {number(each.n, 'integer')}" if each.n is not None else ""
    return " · ".join(part for part in (each.note, count) if part)


def _label_width(each: Estimate) -> float:
    return max(width(cut(each.label, BODY, _LABEL_ROOM), BODY), width(cut(_under(each), SMALL, _LABEL_ROOM), SMALL))


def _label(sheet: Sheet, each: Estimate, middle: float, room: float) -> None:
    under = _under(each)
    right = MARGIN + room
    if under:
        sheet.text(right, middle - 1, cut(each.label, BODY, room + 1), size=BODY, align="right")
        sheet.text(right, middle + 13, cut(under, SMALL, room + 1), size=SMALL, color=MUTED, align="right")
        return
    sheet.text(right, middle + 5, cut(each.label, BODY, room + 1), size=BODY, align="right")


def _scale(sheet: Sheet, chart: Rows, area: tuple[float, float, float, float]) -> Axes:
    starts = [0.0 if math.isnan(start) else start for start in chart.starts] or [0.0] * len(chart.rows)
    ends = [
        None if end is None else start + end
        for start, each in zip(starts, chart.rows, strict=True) for end in (each.value, each.lower, each.upper)
    ]  # fmt: skip
    ends += [end for each in chart.others for end in (each.value, each.lower, each.upper)]
    zero = chart.bars and not chart.starts
    low, high = span([*ends, *(mark.value for mark in chart.marks)], chart.axis, zero=zero)
    axes = sheet.axes(*area)
    axes.set_xlim(low, high)
    axes.set_ylim(max(len(chart.rows), 1), 0)
    places, texts = ticks(low, high, chart.axis.form)
    if chart.logistic:
        shares = [share_of(end) for end in ends if end is not None]
        digits = range_digits(100 * min(shares), 100 * max(shares))
        under = [number(share_of(place), "percent", digits=digits) for place in places]
        texts = [f"{text}\n{below}" for text, below in zip(texts, under, strict=True)]
    value_ticks(axes, places, texts, along="x")
    return axes


def share_of(log_odds: float) -> float:
    """Return the probability that log-odds stand for."""
    return 1 / (1 + math.exp(-log_odds)) if log_odds > -700 else 0.0


def _key(sheet: Sheet, chart: Rows, left: float, y: float) -> None:
    """Say what the full and the hollow marks are."""
    if not chart.others:
        return
    x = left
    for shape, text in zip("●◇", chart.labels, strict=True):
        sheet.text(x, y, f"{shape} {text}", color=MUTED)
        x += width(f"{shape} {text}", LABEL) + 18


def _mark_other(axes: Axes, each: Estimate, y: float) -> None:
    """Draw the second mark of a row: a hollow diamond under the first."""
    if not math.isfinite(each.value):
        return
    color, y = ROLES[each.role], y + 0.2
    if each.lower is not None and each.upper is not None:
        axes.plot([each.lower, each.upper], [y, y], color=color, lw=points(1.4), ls="-", marker="", zorder=3.2)
    axes.plot(
        [each.value], [y], ls="", marker="D", ms=points(8), mfc=BACKGROUND, mec=color, mew=points(1.6), zorder=4, clip_on=False,
    )  # fmt: skip


def _mark_row(axes: Axes, each: Estimate, y: float, *, bar: bool, start: float = 0.0) -> None:
    if not math.isfinite(each.value):
        return
    color = ROLES[each.role]
    if bar:
        axes.barh([y], [each.value], left=start, height=0.56, color=tint(color, 0.75), linewidth=0, zorder=2)
    if each.lower is not None and each.upper is not None:
        ink = TEXT if bar else color
        axes.plot(
            [start + each.lower, start + each.upper] if bar else [each.lower, each.upper],
            [y, y],
            color=ink,
            lw=points(2.2),
            ls="-",
            marker="",
            solid_capstyle="round",
            zorder=3,
        )
    if not bar:
        axes.plot(
            [each.value],
            [y],
            ls="",
            marker="o",
            ms=points(10),
            mfc=color,
            mec="white",
            mew=points(1.4),
            zorder=4,
            clip_on=False,
        )


def _mark_lines(sheet: Sheet, axes: Axes, chart: Rows, ends: tuple[float, float], top: float) -> None:
    """Draw each reference line with its label above the plot, labels moved apart where they would touch."""
    left, right = ends
    low, high = axes.get_xlim()
    shown = [mark for mark in chart.marks if low <= mark.value <= high]
    labels = [cut(mark.label, LABEL, (right - left) / max(len(shown), 1)) for mark in shown]
    places = [left + (mark.value - low) / (high - low) * (right - left) for mark in shown]
    gap = max((width(label, LABEL) for label in labels), default=0.0) + 12
    for mark, label, place in zip(shown, labels, spread(places, gap, left, right), strict=True):
        axes.axvline(mark.value, color=ROLES[mark.role], lw=points(1.5), ls=DASHES, zorder=2.5)
        sheet.text(place, top - 6, label, color=ROLES[mark.role], align="center", halo=True)


def _arrow(axes: Axes, before: float, after: float) -> None:
    if math.isfinite(before) and math.isfinite(after):
        axes.annotate(
            "", xy=(after, 1.34), xytext=(before, 0.66),
            arrowprops={"arrowstyle": "-|>", "color": MUTED, "linewidth": points(1.4), "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
