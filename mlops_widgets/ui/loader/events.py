"""What a person does in the form, taken one event at a time; what can't be taken is said beside its field."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, MlopsWidgetsError
from mlops_widgets.study.samples.catalogue import SAMPLES
from mlops_widgets.ui.loader.browsing import list_folder, short_path
from mlops_widgets.ui.loader.form import OWN, SETTINGS, SLOTS, Field, Form
from mlops_widgets.ui.loader.namespace import Found, find_models, find_tables
from mlops_widgets.ui.loader.uploading import Upload

Event = Mapping[str, Any]
Buffers = Sequence["memoryview[Any]"]
Told = Mapping[str, Any] | None
"""What the browser is told of a file on its way."""


class Events:
    """Takes events into a form.

    Parameters
    ----------
    form
        What was entered so far.
    folder
        Where the browser of files begins, and in whose `uploads` files from the browser go.
    namespace
        Gives the notebook's objects by name.
    """

    def __init__(self, form: Form, folder: Path, namespace: Callable[[], Mapping[str, Any]]) -> None:
        self._form, self._folder, self._namespace = form, folder, namespace
        self._upload: Upload | None = None
        self._upload_id: object = None
        self._taken: dict[str, Callable[[Event], None]] = {
            "choose": self._choose, "live": self._live, "path": self._path, "browse": self._browse, "close": self._close,
            "role": self._role, "setting": self._setting, "trust": self._trust, "open": self._open,
        }  # fmt: skip
        self._told: dict[str, Callable[[Event, Buffers], Told]] = {
            "upload": self._begin, "chunk": self._chunk, "stop_upload": self._stop,
        }  # fmt: skip

    @property
    def models(self) -> list[Found]:
        """Models that the notebook holds now."""
        return find_models(self._namespace())

    @property
    def tables(self) -> list[Found]:
        """Tables that the notebook holds now."""
        return find_tables(self._namespace())

    def take(self, event: Event, buffers: Buffers = ()) -> Told:
        """Take one event; an error stands beside the field that it is about, else above the form."""
        name = event.get("event")
        self._form.error = ""
        if event.get("slot") in SLOTS:
            self._form.fields[event["slot"]].complaint = ""
        try:
            if name in self._told:
                return self._told[name](event, buffers)
            if name in self._taken:
                self._taken[name](event)
        except MlopsWidgetsError as error:
            self._say(event, str(error))
        except Exception as error:  # noqa: BLE001 - the toolkit would log it where nobody looks; it is shown instead
            self._say(event, f"{type(error).__name__}: {error}")
        return None

    def _say(self, event: Event, words: str) -> None:
        if event.get("slot") in SLOTS:
            self._form.fields[event["slot"]].complaint = words
        else:
            self._form.error = words

    def _field(self, event: Event) -> Field:
        slot = event.get("slot")
        if slot not in SLOTS:
            raise InputError(f"slot={slot!r}. Allowed: {', '.join(SLOTS)}.")
        return self._form.fields[slot]

    def _choose(self, event: Event) -> None:
        if event.get("value") not in {*SAMPLES, OWN}:
            raise InputError(f"value={event.get('value')!r}. Allowed: {', '.join((*SAMPLES, OWN))}.")
        self._form.chosen = event["value"]

    def _live(self, event: Event) -> None:
        field, name = self._field(event), event.get("name")
        if not name:
            field.choose()
        else:
            found = [each for each in (self.models if field.kind == "model" else self.tables) if each.name == name]
            if not found:
                raise InputError(
                    f"{field.slot}={name}: the notebook holds no such {field.kind} any more. Choose again."
                )
            field.choose(live=found[0])
        self._form.guess()

    def _path(self, event: Event) -> None:
        field, path = self._field(event), str(event.get("path") or "").strip()
        field.choose(
            path=short_path(Path(path).expanduser()) if path and "://" not in path and ":/" not in path else path
        )
        self._form.browser = None
        self._form.guess()

    def _browse(self, event: Event) -> None:
        field = self._field(event)
        folder = event.get("path") or self._folder
        try:
            self._form.browser = (field.slot, list_folder(folder, field.kind))
        except InputError as error:
            if self._form.browser is None:
                raise
            self._form.error = str(error)  # the folder that is open stays open

    def _close(self, _event: Event) -> None:
        self._form.browser = None

    def _role(self, event: Event) -> None:
        self._form.columns_error = ""
        self._form.say_role(str(event.get("column")), str(event.get("role")))

    def _setting(self, event: Event) -> None:
        if event.get("name") not in SETTINGS:
            raise InputError(f"name={event.get('name')!r}. Allowed: {', '.join(SETTINGS)}.")
        self._form.columns_error = ""
        value = str(event.get("value") or "")
        settings = {name: each for name, each in self._form.settings.items() if name != event["name"]}
        self._form.settings = settings | ({event["name"]: value} if value else {})

    def _trust(self, event: Event) -> None:
        """Note what a person vouches for, out of what was asked and nothing else."""
        field = self._field(event)
        if field.question is None:
            return
        asked = field.question.types or (f"sha256:{field.question.digest}",)
        given = event.get("trusted") or []
        field.trust = tuple(each for each in asked if each in given)

    def _open(self, event: Event) -> None:
        field = self._field(event)
        if not field.is_answered:
            raise InputError("Tick each line first: what isn't ticked isn't trusted.")
        field.may_open = True

    def _begin(self, event: Event, _buffers: Buffers) -> Told:
        field = self._field(event)
        self.cancel_upload()
        self._upload_id = event.get("id")
        try:
            self._upload = Upload(
                self._folder / "uploads", name=str(event.get("name")), size=event.get("size") or 0, kind=field.kind
            )
        except InputError as error:
            field.complaint = str(error)
            return self._transfer("failed", str(error))
        return self._transfer("receiving")

    def _chunk(self, event: Event, buffers: Buffers) -> Told:
        field, upload = self._field(event), self._upload
        if upload is None or event.get("id") != self._upload_id:
            return None  # of a file that was stopped
        try:
            chunk = memoryview(buffers[0]).cast("B") if len(buffers) == 1 else b""
            if not upload.take(chunk, index=event.get("index", -1), digest=event.get("digest")):
                return self._transfer("receiving")
            path = upload.finish()
        except InputError as error:
            self._upload, field.complaint = None, str(error)
            return {"id": self._upload_id, "state": "failed", "text": str(error)}
        told = self._transfer("done", f"{path.name} is here.")
        self._upload = None
        field.choose(path=short_path(path))
        self._form.guess()
        return told

    def _stop(self, event: Event, _buffers: Buffers) -> Told:
        if self._upload is None or event.get("id") != self._upload_id:
            return None
        told = self._transfer("cancelled", "Stopped. Nothing was kept of it.")
        self.cancel_upload()
        return told

    def cancel_upload(self) -> None:
        """Stop what is on its way, and remove what has come of it."""
        if self._upload is not None:
            self._upload.cancel()
        self._upload = None

    def _transfer(self, state: str, text: str = "") -> dict[str, Any]:
        upload = self._upload
        progress = {"next": upload.next, "received": upload.received, "size": upload.size} if upload is not None else {}
        return {"id": self._upload_id, "state": state, "text": text, **progress}
