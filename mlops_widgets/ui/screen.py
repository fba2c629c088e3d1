"""Where outputs go: the notebook, or a fake in a test."""

from collections.abc import Callable, Sequence
from typing import Any

from mlops_widgets.core.display import Bundle

Update = Callable[[Sequence[Bundle]], None]
"""Replaces outputs that were shown before, in the saved notebook too."""


class Screen:
    """The notebook's outputs."""

    def show(self, bundles: Sequence[Bundle]) -> Update:
        """Show outputs below each other and return what replaces them."""
        from IPython.display import display

        handles = [display(each, raw=True, metadata=each.metadata, display_id=True) for each in bundles]

        def update(others: Sequence[Bundle]) -> None:
            for handle, each in zip(handles, others, strict=True):
                handle.update(each, raw=True, metadata=each.metadata)

        return update

    def show_widget(self, widget: Any) -> None:  # noqa: ANN401 - a widget of `ui.controls`, which loads only where live
        """Show a widget alone: with no words of its own, since the outputs before it have them."""
        from IPython.display import display

        data, metadata = widget._repr_mimebundle_()
        display({**data, "text/plain": "", "text/html": ""}, raw=True, metadata=metadata)
