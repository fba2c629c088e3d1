"""With which Python and packages it was made: those that this package and the model need, not all that are installed."""

import platform
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from typing import TYPE_CHECKING, Any

from mlops_widgets import __version__

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_OURS = ("numpy", "pandas", "scikit-learn", "scipy")
"""What figures are computed with, also where this package runs from its source tree and can't be asked what it needs."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def describe_environment(study: "Study") -> dict[str, Any]:
    """Return Python, system, and versions of packages as plain JSON; no name of the machine or its user."""
    return {
        "python": {"version": platform.python_version(), "implementation": sys.implementation.name},
        "system": {"name": platform.system(), "machine": platform.machine()},
        "packages": {"mlops-widgets": __version__} | installed(["mlops-widgets", *_OURS, *_of_model(study)]),
    }


def installed(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of these packages and of all that they need, as far as they are installed.

    Examples
    --------
    >>> sorted(installed(["narwhals"]))
    ['narwhals']
    """
    waiting, found = list(names), dict[str, str]()
    while waiting:
        try:
            each = distribution(waiting.pop())
        except PackageNotFoundError:
            continue
        name = re.sub(r"[-_.]+", "-", each.name).lower()
        if name not in found:
            found[name] = each.version
            needed = [said for said in each.requires or () if "extra ==" not in said]
            waiting += [match[0] for said in needed if (match := _NAME.match(said))]
    return dict(sorted(found.items()))


def _of_model(study: "Study") -> list[str]:
    """Return the packages that define the model and its parts."""
    model = getattr(study.model, "model", None)
    if model is None:
        return []
    rooms = {
        type(each).__module__.partition(".")[0] for each in (model, *_parts(model).values())
    } - sys.stdlib_module_names
    return [name for room in sorted(rooms) for name in _packages_of(room)]


def _packages_of(room: str) -> list[str]:
    """Return the packages that a module comes from; the list of all, which takes long, is read for odd names alone."""
    if room == "sklearn":
        return ["scikit-learn"]
    try:
        return [distribution(room).name]
    except PackageNotFoundError:
        return packages_distributions().get(room, [])


def _parts(model: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any model
    """Return scikit-learn's parameters of a model, the models inside it among them; of others nothing."""
    from sklearn.base import BaseEstimator

    if not isinstance(model, BaseEstimator):
        return {}
    parts: Mapping[str, Any] = model.get_params(deep=True)
    return parts
