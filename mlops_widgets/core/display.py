"""How a Result finds its picture without anything below `figures` knowing that pictures exist.

A pitfall's `figures` module registers, for each Result type, a function from the Result to a card (what to show);
`ui.show` turns any card into notebook outputs (how to show it). Both are imported by name at the first display, so no
import statement points upwards: the package that holds the Result's class also holds `figures`, and `ui.figures` has
the fallback: verdict and table.
"""

from collections.abc import Callable, Mapping
from functools import singledispatch
from importlib import import_module
from importlib.util import find_spec
from typing import Any


class Bundle(dict[str, Any]):
    """One notebook output: mime type → data, and beside it `metadata`: mime type → what helps to show it."""

    def __init__(self, data: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.metadata = dict(metadata or {})


@singledispatch
def _card(result: object) -> Any:  # noqa: ANN401 - a card is a type of `ui`, a floor above
    raise TypeError(f"No picture is registered for {type(result).__name__}.")


def register(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register the function that makes the card of a Result type, named by the annotation of its argument."""
    return _card.register(function)


def card_of(result: object) -> Any:  # noqa: ANN401 - a card is a type of `ui`, a floor above
    """Return what to show for `result`, importing the `figures` module beside its class first."""
    if type(result) not in _card.registry:
        import_module("mlops_widgets.ui.figures")
        package, _, floor = type(result).__module__.partition(".")
        figures = f"{package}.{floor.partition('.')[0]}.figures"
        if package == "mlops_widgets" and find_spec(figures):
            import_module(figures)
    return _card(result)


def bundles(result: object) -> tuple[Bundle, ...]:
    """Return the outputs that show `result`, in order: picture and words, then the interactive page fragment."""
    show = import_module("mlops_widgets.ui.show")
    return tuple(show.bundles(result, card_of(result)))


def display_result(result: object) -> None:
    """Send the outputs of `result` to the notebook, or its words to a plain terminal."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(result)  # noqa: T201 - a plain Python prompt has no other screen
        return
    for bundle in bundles(result):
        display(bundle, raw=True, metadata=bundle.metadata)
