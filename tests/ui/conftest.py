"""A front end that isn't there: it records what a widget sends and can send messages to it."""

from collections.abc import Iterator
from typing import Any

import comm
import comm.base_comm
import ipywidgets.widgets.widget as widget_module
import pytest

from mlops_widgets.core.display import Bundle
from mlops_widgets.ui import host
from mlops_widgets.ui.screen import Screen


class RecordingComm(comm.base_comm.BaseComm):
    """Keeps what would have gone to the browser."""

    sent: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012 - one list for all comms of a test, emptied by `front`

    def publish_msg(
        self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **keys: Any
    ) -> None:
        RecordingComm.sent.append((msg_type, data or {}))


class Front:
    """The browser's side of the widgets of one test."""

    @property
    def opened(self) -> int:
        return sum(kind == "comm_open" for kind, _ in RecordingComm.sent)

    def states(self, name: str) -> list[Any]:
        """Return every value that the trait was sent with, in order."""
        updates = [data.get("state", {}) for kind, data in RecordingComm.sent if kind == "comm_msg"]
        return [state[name] for state in updates if name in state]

    def send(self, widget: Any, **content: Any) -> None:
        widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


class FakeScreen(Screen):
    """Keeps what would have been shown."""

    def __init__(self) -> None:
        self.shown: list[list[Bundle]] = []
        self.widgets: list[Any] = []

    def show(self, bundles: Any) -> Any:
        place = len(self.shown)
        self.shown.append(list(bundles))

        def update(others: Any) -> None:
            self.shown[place] = list(others)

        return update

    def show_widget(self, widget: Any) -> None:
        self.widgets.append(widget)


@pytest.fixture
def front(monkeypatch: pytest.MonkeyPatch) -> Front:
    RecordingComm.sent = []
    monkeypatch.setattr(widget_module.comm, "create_comm", RecordingComm)
    return Front()


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def live() -> Iterator[None]:
    host.set_render("live")
    yield
    host.set_render(None)


@pytest.fixture
def static() -> Iterator[None]:
    host.set_render("static")
    yield
    host.set_render(None)
