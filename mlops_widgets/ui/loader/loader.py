"""The first thing in a chapter that a person touches: choose a sample, or bring a model and tables of one's own."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mlops_widgets.core.display import Bundle, card_of, display_result
from mlops_widgets.core.progress import Cancel, Progress, check_cancel
from mlops_widgets.errors import InputError, MlopsWidgetsError, WrongTypeError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.opened import ModelFile
from mlops_widgets.study.samples.catalogue import SAMPLES, sample
from mlops_widgets.study.saved.keeping import save_keeping
from mlops_widgets.study.saved.recipe import to_code, to_toml
from mlops_widgets.study.saved.saving import SavedStudy
from mlops_widgets.study.saved.study_file import STUDY_FILE
from mlops_widgets.study.study import Study
from mlops_widgets.ui.card import Card, View
from mlops_widgets.ui.host import in_voila, is_live
from mlops_widgets.ui.loader.browsing import short_path
from mlops_widgets.ui.loader.events import Events
from mlops_widgets.ui.loader.form import OWN, SETTINGS, SEVERAL, SINGLE, SLOTS, Field, Form
from mlops_widgets.ui.loader.form_state import form_state, sendable
from mlops_widgets.ui.loader.looking import ModelLook, look_at_table, question_of
from mlops_widgets.ui.loader.namespace import model_words
from mlops_widgets.ui.screen import Screen, Update
from mlops_widgets.ui.show import bundles

_NEXT = "Run the cells below: they read loader.study."
_NEXT_IN_VOILA = (
    "This page runs its checks once, when it is opened. Save study.toml below and open the page again: it is then about this "
    "study."
)
_NEXT_WITH_TRUST = (
    "This page runs its checks once, when it is opened, and would open your model's file without your word. Save study.toml "
    "below, and run `mlops-widgets report study.toml --trust …`, or open the notebook in JupyterLab."
)
_ARGUMENT = re.compile(r"\b([a-z_]+)=")
_TABLE = re.compile(r"\b(test|reference|production)\b")
_OF_COLUMNS = frozenset({*SINGLE.values(), *SEVERAL.values(), *SETTINGS, "features"})


@dataclass(frozen=True)
class Doors:
    """What opens files and makes studies; a test passes its own."""

    load: Callable[..., Study] = load_study
    read_model: Callable[..., ModelFile] = read_model


class StudyLoader:
    """Choose a study in a notebook: a sample, or a model and tables of your own.

    Live it is a form; in a report it is the study's description. Until something was loaded, `study` is what the loader
    was made with. What fails to load leaves the form and the study as they were.

    Parameters
    ----------
    study
        A Study or the name of a sample; by default the sample "loans".
    folder
        Where the list of files begins; files from the browser go into its folder `uploads`.
    namespace
        Objects by name, among which models and tables are offered; by default what the notebook holds.
    screen
        Where outputs go.

    Attributes
    ----------
    study
        The study that was loaded last.

    Raises
    ------
    UnknownNameError
        If there is no sample of that name.

    Examples
    --------
    >>> loader = StudyLoader("census")
    >>> loader.study.name
    'census'
    """

    def __init__(
        self, study: Study | str | None = None, *, folder: str | Path = ".", namespace: Mapping[str, Any] | None = None,
        screen: Screen | None = None, doors: Doors | None = None,
    ) -> None:  # fmt: skip
        if study is not None and not isinstance(study, Study | str):
            raise WrongTypeError(
                f"study= is {type(study).__name__}. Pass a Study, or the name of a sample: {', '.join(SAMPLES)}."
            )
        name = "loans" if study is None else study
        self.study = sample(name) if isinstance(name, str) else name
        self._recipe: Mapping[str, Any] = {"sample": name} if isinstance(name, str) else self.study.recipe
        self._lines, self._is_trusted, self._is_fresh = "", False, False
        self._saved, self._written = "", ""
        self._kept = self._opened = self.study.fingerprint
        self._folder, self._screen, self._doors = Path(folder), screen or Screen(), doors or Doors()
        self._form = Form(chosen=str(self._recipe.get("sample", "")))
        self._events = Events(self._form, self._folder, lambda: _notebook() if namespace is None else namespace)
        self._lock = threading.RLock()
        self._updates: list[Update] = []
        self._described: tuple[Study, Card] | None = None

    def __repr__(self) -> str:
        """Return the study's description in words."""
        return repr(self.study)

    def _ipython_display_(self) -> None:
        if not is_live():
            display_result(self.study.describe())
            return
        from mlops_widgets.ui.controls import FormWidget

        self._updates.append(self._screen.show(self._outputs()))
        self._screen.show_widget(
            FormWidget(
                self._work, self._card, self._take, settled=self._look_on, run="Load this study", lock=self._lock
            )
        )

    def _outputs(self) -> Sequence[Bundle]:
        description = self.study.describe()
        return bundles(description, card_of(description))

    def _card(self) -> Card:
        state = form_state(self._form, self._events.models, self._events.tables)
        state |= {"loaded": self._loaded(), "next": self._next_step(), "in_use": self._is_in_use}
        return Card(headline="Which study do you want to look at?", view=View(name="loader", state=sendable(state)))

    def _next_step(self) -> str:
        if self._is_in_use:
            return (
                f"This study is in use: go on {'below' if in_voila() else 'with the cells below'}, or choose another."
            )
        return self._form.next_step

    @property
    def _is_in_use(self) -> bool:
        """Whether the form says nothing else than what is in use."""
        return self._is_fresh or self._form.chosen in {"", self._recipe.get("sample")}

    def _after_loading(self) -> str:
        if not in_voila():
            return _NEXT
        if self.study.fingerprint == self._opened:
            return "What follows is about this study."
        return _NEXT_WITH_TRUST if self._is_trusted else _NEXT_IN_VOILA

    def _loaded(self) -> dict[str, Any]:
        """Return what is said of the study that later cells read."""
        if self._described is None or self._described[0] is not self.study:
            self._described = self.study, card_of(self.study.describe())  # once: it reads every label
        card = self._described[1]
        table = (
            None
            if card.table is None
            else {"columns": list(card.table.columns), "rows": list(map(list, card.table.rows))}
        )
        code, toml = ("", "") if not self._recipe else _texts(self._recipe, self._lines, needs_trust=self._is_trusted)
        return {
            "name": self.study.name, "headline": card.headline, "table": table, "notes": list(self.study.notes),
            "next": self._after_loading(), "code": code, "toml": toml, "saved": self._saved, "fresh": self._is_fresh,
        }  # fmt: skip

    def _take(self, event: Mapping[str, Any], buffers: Sequence["memoryview[Any]"]) -> Mapping[str, Any] | None:
        if event.get("event") == "save":
            self._say_saved()
            return None
        with self._lock:
            self._is_fresh = self._is_fresh and event.get("event") in {"browse", "close"}
            return self._events.take(event, buffers)

    def save(self) -> SavedStudy | None:
        """Write the study that was loaded to `study.toml` beside the notebook, where chapters find it.

        Does nothing for the study that the loader was made with. A `study.toml` that this loader didn't write is kept
        under another name.

        Returns
        -------
        SavedStudy or None
            What was written, and what should be known of it; None where nothing was to be saved.

        Raises
        ------
        InputError
            If something in the study can't be saved, or the files can't be written.

        Examples
        --------
        >>> StudyLoader("census").save()
        """
        return None if self.study.fingerprint == self._kept else self._write()

    def _write(self) -> SavedStudy:
        path = self._folder / STUDY_FILE
        written = save_keeping(self.study, path, ours=self._written)
        with self._lock:
            self._written, self._kept = path.read_text(encoding="utf-8"), self.study.fingerprint
            self.study = replace(self.study, file=path)
        return written

    def _say_saved(self) -> None:
        """Write study.toml; what goes wrong stands beside the button."""
        from mlops_widgets.ui.controls import in_words

        try:
            written = self._write()
            beside = f", with {len(written.files)} files in {written.files[0].parent.name}/" if written.files else ""
            self._saved = " ".join((f"✓ Saved as {short_path(written.path)}{beside}.", *written.notes))
        except Exception as error:  # noqa: BLE001 - whatever writes a user's model may raise anything; it is shown
            self._saved = f"Not saved. {in_words(error)}"

    def _look_on(self, widget: Any, state: str) -> None:  # noqa: ANN401 - a FormWidget; its module loads only where live
        """Look at what was chosen and not looked at, unless a job runs; that one calls here again when it ends."""
        with self._lock:
            waiting = [field for field in self._form.fields.values() if field.waits]
            if state == "cancelled":
                for field in waiting:
                    field.error = "Stopped before it was looked at. Choose it again."
            elif waiting and not widget.is_running and self._form.chosen == OWN:
                widget.start({"do": "look"})

    def _work(self, options: Mapping[str, Any], progress: Progress, cancel: Cancel) -> Callable[[], str]:
        if options.get("do") == "look":
            self._look(progress, cancel)
            return lambda: ""
        with self._lock:
            self._form.error = self._form.columns_error = ""
            for field in self._form.fields.values():
                field.complaint = ""
            self._form.check()  # what is missing is said beside the button, where the next step stands
        try:
            return self._load(progress, cancel)
        except MlopsWidgetsError as error:
            self._complain(str(error))
            raise

    def _look(self, progress: Progress, cancel: Cancel) -> None:
        """Look at each thing that was chosen; what goes wrong stands beside it."""
        while (field := next((each for each in self._form.fields.values() if each.waits), None)) is not None:
            check_cancel(cancel)
            progress(0.5, f"looking at {field.slot}")
            chosen, path, question = field.live, field.path, field.question
            found = self._look_at(field)
            with self._lock:
                if field.live is chosen and field.path == path:  # else something else was chosen meanwhile
                    field.look, field.question, field.error = found.look, found.question, found.error
                    field.asked, field.may_open = question or field.asked, False
                    self._form.guess()

    def _look_at(self, field: Field) -> Field:
        found = Field(field.slot)
        try:
            found.look = (
                self._look_at_model(field) if field.kind == "model" else look_at_table(field.value, name=field.slot)
            )
        except MlopsWidgetsError as error:
            found.question = question_of(error) if field.path and field.kind == "model" else None
            found.error = "" if found.question else str(error)
        except Exception as error:  # noqa: BLE001 - a live object of any library may raise anything; it is shown
            found.error = f"{field.slot}= raised {type(error).__name__} while it was looked at: {error}"
        return found

    def _look_at_model(self, field: Field) -> ModelLook:
        if field.live is not None:
            features = _features(field.live.value)
            return ModelLook(said=_with_count(field.live.said, features), features=features)
        opened = self._doors.read_model(field.path, trust=field.trust or None)
        features = tuple(opened.features) or _features(opened.model)
        said = " ".join((f"{_with_count(model_words(opened.model), features)}.", *opened.notes))
        return ModelLook(said=said, features=features)

    def _load(self, progress: Progress, cancel: Cancel) -> Callable[[], str]:
        """Load what was chosen, and return what puts it in the place of the study before."""
        with self._lock:
            own = self._form.chosen == OWN
            arguments = self._form.arguments() if own else {}
            recipe, lines = self._form.recipe() if own else ({"sample": self._form.chosen}, "")
        progress(0.2, "reading the tables and asking the model" if own else f"making {recipe['sample']}")
        study = self._doors.load(**arguments) if own else sample(str(recipe["sample"]))
        check_cancel(cancel)
        progress(0.8, "describing it")
        description = study.describe()
        outputs = bundles(description, card_of(description))

        def finish() -> str:
            with self._lock:
                self.study, self._recipe, self._lines, self._saved = study, recipe, lines, ""
                self._is_trusted, self._is_fresh = "trust" in arguments, True
                for field in self._form.fields.values():
                    field.trust = ()  # it held for this load alone
            for update in self._updates:
                update(outputs)
            return "Loaded."

        return finish

    def _complain(self, words: str) -> None:
        """Put an error beside the field or the columns that it names first."""
        argument, table = _ARGUMENT.search(words), _TABLE.search(words)
        with self._lock:
            if argument is not None and argument[1] in _OF_COLUMNS:
                self._form.columns_error = words
                return
            named = argument if argument is not None and argument[1] in SLOTS else table
            for slot in SLOTS:
                if named is not None and named[1] == slot:
                    self._form.fields[slot].complaint = words


def _features(model: Any) -> tuple[str, ...]:  # noqa: ANN401 - any model
    """Return the columns that a model says it takes, or ()."""
    from mlops_widgets.study.model_columns import own_columns

    return own_columns(model)


def _with_count(words: str, features: Sequence[str]) -> str:
    """Return a model's words with how many columns it takes, where they don't say so themselves."""
    counted = f"{len(features)} feature{'s' if len(features) != 1 else ''}"
    return words if not features or " feature" in words else f"{words}, {counted}"


def _texts(recipe: Mapping[str, Any], lines: str, *, needs_trust: bool) -> tuple[str, str]:
    """Return the code and the study.toml that make the same study; what can't be written says why."""
    try:
        return lines + to_code(recipe, needs_trust=needs_trust), to_toml(recipe)
    except InputError as error:
        return f"# {error}", f"# {error}"


def _notebook() -> Mapping[str, Any]:
    """Return what the notebook holds; nothing outside one."""
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    return {} if shell is None else shell.user_ns
