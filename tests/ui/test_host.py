import os

import pytest

from mlops_widgets.errors import InputError
from mlops_widgets.ui.host import detect, is_live, request_username, set_render

LAB = {"JPY_SESSION_NAME": "/notebooks/a.ipynb"}
HOSTS = [
    ("JupyterLab", LAB, (), "", True),
    ("nbclient started by hand", {}, (), "username", False),
    ("papermill started from a cell inherits the variable", LAB, (), "username", False),
    ("a script started from a cell has no kernel", LAB, (), None, False),
    ("Voila", {"VOILA_SERVER_URL": "/"}, (), "username", True),
    ("Voila behind a proxy", {"VOILA_APP_IP": "127.0.0.1"}, (), "username", True),
    ("Colab", {}, ("google.colab",), "username", True),
    ("plain Python", {}, (), None, False),
    ("a console kernel", {}, (), "", False),
]


@pytest.mark.parametrize(
    ("environ", "modules", "username", "live"), [row[1:] for row in HOSTS], ids=[row[0] for row in HOSTS]
)
def test_host_is_found_out(environ: dict[str, str], modules: tuple[str, ...], username: str | None, live: bool) -> None:
    assert detect(environ, modules, lambda: username) is live


def test_outside_a_kernel_there_is_no_username() -> None:
    assert request_username() is None


@pytest.mark.parametrize(("told", "live"), [("live", True), ("static", False)])
def test_environment_overrides(told: str, live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MLOPS_WIDGETS_RENDER", told)
    assert is_live() is live


def test_parameter_counts_before_the_environment(monkeypatch: pytest.MonkeyPatch, static: None) -> None:
    monkeypatch.setitem(os.environ, "MLOPS_WIDGETS_RENDER", "live")
    assert not is_live()


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MLOPS_WIDGETS_RENDER", "")
    assert not is_live()


def test_unknown_render_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"render='statik'\. Allowed: 'live', 'static' or None\. Did you mean 'static'\?"
    ):
        set_render("statik")


def test_unknown_variable_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "MLOPS_WIDGETS_RENDER", "on")
    with pytest.raises(InputError, match="MLOPS_WIDGETS_RENDER='on'"):
        is_live()
