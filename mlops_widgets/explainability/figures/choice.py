"""A list to choose a chart from, beside charts that stay: what the browser shows in the place of a column of pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlops_widgets.ui.card import Chart, View


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One entry of the list: what it is called, one sentence on it, and its charts."""

    name: str
    says: str
    charts: tuple[Chart, ...]


def choice(label: str, choices: Sequence[Choice], *, first: tuple[Chart, ...] = ()) -> View | None:
    """Return the view that shows `first`, and of the choices the one that a person chose; None without any.

    Parameters
    ----------
    label
        What is chosen, such as "Column".
    choices
        The entries; the first is shown at first.
    first
        Charts that stay.
    """
    if not choices:
        return None
    return View(name="choice", state={"label": label, "first": first, "choices": tuple(choices)})
