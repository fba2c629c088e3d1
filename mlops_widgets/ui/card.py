"""What a Result looks like, in data: a card of charts and words.

A pitfall's `figures` turns a Result into a Card. From the same Card, `pictures` draws with matplotlib and the browser
draws with SVG, so both show the same figure. Everything in a Card is text, numbers and arrays; texts may come from the
user's data and are escaped wherever they are shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.document import Document
from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import Form

Floats = npt.NDArray[np.float64]
Role = Literal["reference", "production", "truth", "good", "warning", "bad", "muted", "accent"]
"""What a mark stands for; the colour follows (design tokens `--mw-<role>`)."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A value axis: its title with the unit, how numbers are written, and fixed ends where they matter."""

    label: str
    form: Form = "number"
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A reference line at `value`, labelled directly: zero, a margin, a baseline, a date."""

    value: float
    label: str
    role: Role = "truth"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One labelled number with its interval (ends None where there is none) and how many rows it rests on."""

    label: str
    value: float
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    role: Role = "reference"
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Dots:
    """Dots with intervals, one estimate a row.

    `others` puts a second, hollow mark into each row, such as another method's number; `labels` name mark and second mark.
    """

    rows: tuple[Estimate, ...]
    axis: Axis
    marks: tuple[Mark, ...] = ()
    title: str = ""
    others: tuple[Estimate, ...] = ()
    labels: tuple[str, str] = ("", "")
    kind: Literal["dots"] = "dots"


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Horizontal bars from zero, with intervals where given; `others` and `labels` as in `Dots`."""

    rows: tuple[Estimate, ...]
    axis: Axis
    marks: tuple[Mark, ...] = ()
    title: str = ""
    others: tuple[Estimate, ...] = ()
    labels: tuple[str, str] = ("", "")
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True, kw_only=True)
class Waterfall:
    """Steps from one number to another, one a row, each beginning where the one before ends.

    Parameters
    ----------
    rows
        The steps; an interval is the step's own.
    start, end
        The number before the first step, and after the last.
    start_label, end_label
        What they are.
    axis
        The axis of the numbers.
    logistic
        Whether these are log-odds, so that the ticks say their probability too.
    title
        What it shows.
    """

    rows: tuple[Estimate, ...]
    start: float
    end: float
    start_label: str
    end_label: str
    axis: Axis
    logistic: bool = False
    title: str = ""
    kind: Literal["waterfall"] = "waterfall"


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line: values of shape (n,), band ends of the same shape or None.

    `end` names the last value at the line's end, where that isn't the whole line's; by default the label.
    """

    label: str
    y: Floats
    lower: Floats | None = None
    upper: Floats | None = None
    role: Role = "reference"
    dashed: bool = False
    end: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """Lines with bands over a common x of shape (n,); dates are milliseconds since 1970."""

    x: Floats
    x_axis: Axis
    y_axis: Axis
    series: tuple[Series, ...]
    marks: tuple[Mark, ...] = ()
    events: tuple[Mark, ...] = ()
    title: str = ""
    kind: Literal["line"] = "line"


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """A grid of values, shape (rows, columns); NaN cells stay empty. `centre` makes the colours diverge there."""

    values: Floats
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    axis: Axis
    column_title: str = ""
    row_title: str = ""
    centre: float | None = None
    title: str = ""
    kind: Literal["heatmap"] = "heatmap"


@dataclass(frozen=True, kw_only=True)
class Distributions:
    """Two distributions over the same bins: shares of shape (bins,), bin names or `edges` of shape (bins + 1,)."""

    reference: Floats
    production: Floats
    axis: Axis
    edges: Floats | None = None
    names: tuple[str, ...] = ()
    labels: tuple[str, str] = ("reference", "production")
    title: str = ""
    kind: Literal["distributions"] = "distributions"


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A ranked list with a slider for how many are shown; the first `shown` at first."""

    rows: tuple[Estimate, ...]
    axis: Axis
    shown: int = 10
    marks: tuple[Mark, ...] = ()
    title: str = ""
    kind: Literal["ranked"] = "ranked"


@dataclass(frozen=True, kw_only=True)
class SlopeRow:
    """One thing measured twice; emphasised rows are labelled and drawn in their role's colour, the rest as ghosts."""

    label: str
    left: float
    right: float
    role: Role = "muted"
    emphasised: bool = False


@dataclass(frozen=True, kw_only=True)
class Slope:
    """Two axes side by side, a line from each thing's left value to its right value."""

    left: str
    right: str
    rows: tuple[SlopeRow, ...]
    axis: Axis
    marks: tuple[Mark, ...] = ()
    title: str = ""
    kind: Literal["slope"] = "slope"


@dataclass(frozen=True, kw_only=True)
class BeforeAfter:
    """The same headline number before and after a remedy."""

    before: Estimate
    after: Estimate
    axis: Axis
    title: str = ""
    kind: Literal["beforeafter"] = "beforeafter"


@dataclass(frozen=True, kw_only=True)
class Swarm:
    """A dot a value in rows: where it lies, and above or below its row's line by the rank (0 to 1) of what is behind it.

    Both arrays have a row a name; a rank is NaN where there is no order.
    """

    rows: tuple[str, ...]
    values: Floats
    ranks: Floats
    axis: Axis
    low: str = "low value"
    high: str = "high value"
    title: str = ""
    kind: Literal["swarm"] = "swarm"


Chart = Dots | Bars | Waterfall | Line | Swarm | HeatMap | Distributions | Ranked | Slope | BeforeAfter


@dataclass(frozen=True, kw_only=True)
class Table:
    """A small table of words and numbers, already written out; over 12 rows it folds."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class View:
    """An interactive view that the browser draws in the place of the charts: its name, JSON state, arrays."""

    name: str
    state: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Control:
    """An option of a run that a person sets in an Explorer before pressing Run.

    Parameters
    ----------
    name
        Name of the option, as in `Explorer.run(name=…)`.
    label
        What the control is called on the screen.
    value
        Where it stands at first.
    kind
        How it is set: by a slider, by a choice among `options`, or by typing a number or a text.
    lower, upper, step
        Range of a number; None where it has no end, or any step goes.
    unit
        What stands behind the number ("models").
    options
        The values of a choice.
    """

    name: str
    label: str
    value: float | str
    kind: Literal["slider", "choice", "number", "text"] = "slider"
    lower: float | None = None
    upper: float | None = None
    step: float | None = None
    unit: str = ""
    options: tuple[float | str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Card:
    """A view from top to bottom: headline, figure, controls, what to do, small print.

    Parameters
    ----------
    headline
        One sentence with the number and its interval.
    status
        The headline's verdict, or None where there is none to give.
    summary
        One line under the headline.
    charts
        The figure: one idea, so mostly one chart. Empty with `empty` set: an impossible state, designed.
    view
        The interactive view drawn by the browser in place of `charts`.
    findings
        The findings after the headline's, folded.
    table
        The numbers, folded.
    action
        What to do next: one line, shown as "Do this on Monday".
    code
        The line of code that does it, with a copy button.
    small
        Small print: rows, seed, method, "synthetic" where it is.
    reference
        Paper or page of the method.
    empty
        Why there is nothing to draw and what to tell, where that is so.
    veil
        Key of the guess that must be locked or skipped before the card shows; empty: never veiled.
    document
        The text that the card is about, shown under the figure; what `save` writes as a page, a PDF or Markdown.
    """

    headline: str
    status: Status | None = None
    summary: str = ""
    charts: tuple[Chart, ...] = ()
    view: View | None = None
    findings: tuple[Finding, ...] = ()
    table: Table | None = None
    action: str = ""
    code: str = ""
    small: str = ""
    reference: str = ""
    empty: str = ""
    veil: str = ""
    document: Document | None = None
