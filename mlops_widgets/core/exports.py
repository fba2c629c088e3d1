"""Lazy public names: a package lists where each name lives, and importing the package loads none of them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from mlops_widgets.errors import did_you_mean


def lazy(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` for `package`.

    Parameters
    ----------
    package
        The package's `__name__`.
    homes
        Public name → module below the package that defines it; the empty string where the name is a subpackage; a module's full
        name where the name is at home on a higher floor.
    """

    def getattribute(name: str) -> Any:  # noqa: ANN401 - any public object
        if name not in homes:
            hint = "" if name.startswith("_") else did_you_mean(name, homes)
            raise AttributeError(f"module {package!r} has no attribute {name!r}.{hint}")
        home = homes[name]
        root = package.partition(".")[0]
        module = import_module(home if home.startswith(f"{root}.") else f"{package}.{home or name}")
        return getattr(module, name) if home else module

    return getattribute, lambda: sorted(homes)
