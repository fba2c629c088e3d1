"""The graph of steps, on Apache Hamilton: which step needs which, in what order they run, and whether they go in circles."""

import sys
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter, Signature
from itertools import count
from typing import Any

from mlops_widgets.errors import InputError, listed

Call = Callable[[str, Mapping[str, Any]], Any]
"""Called with a step's name and what it is given, by name."""

_NUMBERS = count(1)


def run_graph(needs: Mapping[str, Sequence[str]], call: Call, inputs: Mapping[str, Any]) -> None:
    """Call every step once, each after those that it needs.

    Parameters
    ----------
    needs
        Step → names of the steps and inputs that it is given.
    call
        Does a step's work. It must not raise but for what ends the process: Hamilton would write what a step was given, which may
        be rows, to the terminal.
    inputs
        What isn't made by a step, by name.

    Raises
    ------
    InputError
        If steps need each other in a circle.
    """
    driver = _driver(needs, call)
    driver.execute(list(needs), inputs=dict(inputs))


def check_graph(needs: Mapping[str, Sequence[str]]) -> None:
    """Raise `InputError` if steps need each other in a circle."""
    _driver(needs, lambda name, given: (name, given))


def _driver(needs: Mapping[str, Sequence[str]], call: Call) -> Any:  # noqa: ANN401 - Hamilton ships no types
    from hamilton import ad_hoc_utils, driver

    name = f"mlops_widgets_steps_{next(_NUMBERS)}"
    module = ad_hoc_utils.create_temporary_module(
        *(_node(step, names, call) for step, names in needs.items()), module_name=name
    )
    try:
        built = driver.Builder().with_modules(module).build()
    finally:
        sys.modules.pop(name, None)  # Hamilton finds functions through it, and leaves it there
    if built.has_cycles(list(needs)):
        raise InputError(f"steps= need each other in a circle, among {listed(needs)}. Let each need only earlier ones.")
    return built


def _node(step: str, names: Sequence[str], call: Call) -> Callable[..., Any]:
    """Return a function as Hamilton reads it: its name is the step's, its arguments' names are what it needs."""

    def node(**given: Any) -> Any:  # noqa: ANN401 - whatever steps hand on
        return call(step, given)

    node.__name__ = node.__qualname__ = step
    node.__annotations__ = {**dict.fromkeys(names, Any), "return": Any}
    node.__signature__ = Signature(  # type: ignore[attr-defined]  # read by inspect, as documented
        [Parameter(name, Parameter.KEYWORD_ONLY, annotation=Any) for name in names], return_annotation=Any
    )
    return node
