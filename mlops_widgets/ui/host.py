"""Whether a person with a front end is there, or this run writes a file.

A widget made in a run for a file blanks the report, so the answer decides whether any widget is made at all.
"""

import os
import sys
from collections.abc import Callable, Container, Mapping
from typing import Literal, get_args

from mlops_widgets.errors import InputError, did_you_mean

Render = Literal["live", "static"]
RENDERS: tuple[Render, ...] = get_args(Render)

_told: Render | None = None


def set_render(render: str | None) -> None:
    """Decide by hand how results are shown in this session; it counts before `MLOPS_WIDGETS_RENDER`.

    Parameters
    ----------
    render
        `"live"` (widgets that talk to the kernel), `"static"` (no widget is made) or None (find out). The name of the
        papermill parameter that sets it.

    Raises
    ------
    InputError
        If `render` is something else.
    """
    global _told  # noqa: PLW0603 - one answer for the whole session, as papermill gives one parameter for the notebook
    _told = _checked(render, "render")


def is_live() -> bool:
    """Return whether widgets can be used here: told by `set_render` or the environment, else found out.

    Raises
    ------
    InputError
        If `MLOPS_WIDGETS_RENDER` is neither `live` nor `static`.
    """
    told = _told or _checked(os.environ.get("MLOPS_WIDGETS_RENDER") or None, "MLOPS_WIDGETS_RENDER")
    return detect(os.environ, sys.modules, request_username) if told is None else told == "live"


def detect(environ: Mapping[str, str], modules: Container[str], username: Callable[[], str | None]) -> bool:
    """Return whether a front end with widgets runs this process.

    Parameters
    ----------
    environ
        The environment variables. A kernel started by Jupyter's server has `JPY_SESSION_NAME`, and so has every process
        started from it: papermill in a cell inherits it.
    modules
        Names of the imported modules; Colab's own is there before the first cell.
    username
        Gives the user name in the header of the request being run: Lab sends an empty one, nbclient "username".
    """
    if in_voila(environ) or "google.colab" in modules:
        return True
    return "JPY_SESSION_NAME" in environ and username() == ""


def in_voila(environ: Mapping[str, str] | None = None) -> bool:
    """Return whether Voilà shows this notebook: live, but without cells that a person could run again.

    Examples
    --------
    >>> in_voila({"VOILA_SERVER_URL": "/"}), in_voila({"JPY_SESSION_NAME": "a.ipynb"})
    (True, False)
    """
    return bool({"VOILA_SERVER_URL", "VOILA_APP_IP"} & (os.environ if environ is None else environ).keys())


def request_username() -> str | None:
    """Return the user name of the request that the kernel runs now, or None outside a kernel."""
    interactive = sys.modules.get("IPython.core.getipython")
    shell = interactive.get_ipython() if interactive else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None or not hasattr(kernel, "get_parent"):
        return None
    name = (kernel.get_parent("shell") or {}).get("header", {}).get("username")
    return name if isinstance(name, str) else None


def _checked(render: str | None, name: str) -> Render | None:
    if render is None:
        return None
    if render in RENDERS:
        return RENDERS[RENDERS.index(render)]
    raise InputError(f"{name}={render!r}. Allowed: 'live', 'static' or None.{did_you_mean(render, RENDERS)}")
