"""What a person has entered so far, and the arguments of `load_study` that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from mlops_widgets.errors import InputError
from mlops_widgets.study.guessing import ROLES, Role, RoleGuess, guess_roles
from mlops_widgets.study.saved.recipe import Live
from mlops_widgets.study.tables import Table, distinct
from mlops_widgets.ui.loader.browsing import Kind, Listing
from mlops_widgets.ui.loader.looking import ModelLook, Question, TableLook
from mlops_widgets.ui.loader.namespace import Found

Slot = Literal["model", "test", "reference", "production"]
SLOTS: tuple[Slot, ...] = get_args(Slot)
OWN = "own"
"""The choice that isn't a sample."""

SETTINGS = ("task", "positive", "metric")
SINGLE: Mapping[Role, str] = {
    "target": "target", "time": "time", "label time": "label_time", "entity": "entity", "weights": "weights",
    "prediction": "predictions", "decision": "decision",
}  # fmt: skip
"""Roles that one column has → the argument that names it."""
SEVERAL: Mapping[Role, str] = {"id": "ids", "group": "groups", "score": "scores"}
_MOST_LABELS = 20


@dataclass
class Field:
    """One of model, test, reference and production: what was chosen, and what a look at it found.

    Parameters
    ----------
    slot
        Which.
    live
        The live object that was chosen.
    path
        The path that was chosen.
    look
        What was found; None before it was looked at.
    question
        What is to be answered before a model file may be opened.
    trust
        What a person vouched for: names of types or a digest. In memory, for this file alone.
    may_open
        Whether a person, having answered, asked to open the file.
    asked
        The question that was answered, to be asked again before the next load.
    error
        What is wrong with it; until something else is chosen, nothing can be loaded.
    complaint
        What the last attempt said of it: to load, to upload, to choose something else.
    """

    slot: Slot
    live: Found | None = None
    path: str = ""
    look: TableLook | ModelLook | None = None
    question: Question | None = None
    trust: tuple[str, ...] = ()
    may_open: bool = False
    asked: Question | None = None
    error: str = ""
    complaint: str = ""

    @property
    def kind(self) -> Kind:
        """Whether a model or a table belongs here."""
        return "model" if self.slot == "model" else "table"

    @property
    def is_filled(self) -> bool:
        """Whether something was chosen."""
        return self.live is not None or bool(self.path)

    @property
    def waits(self) -> bool:
        """Whether something was chosen that is still to be looked at: at once, or now that its question is answered."""
        if not self.is_filled or self.look is not None or self.error:
            return False
        return self.question is None or (self.is_answered and self.may_open)

    @property
    def value(self) -> Any:  # noqa: ANN401 - a live object of any kind
        """What `load_study` takes: the live object itself, or the path."""
        return self.live.value if self.live is not None else self.path

    @property
    def is_answered(self) -> bool:
        """Whether all was said that the file's question asks."""
        if self.question is None:
            return True
        asked = self.question.types or (f"sha256:{self.question.digest}",)
        return set(asked) <= set(self.trust)

    def choose(self, *, live: Found | None = None, path: str = "") -> None:
        """Put something else here; what was vouched for was vouched for the old one."""
        self.live, self.path = live, path
        self.look, self.question, self.asked, self.trust, self.may_open = None, None, None, (), False
        self.error = self.complaint = ""

    def ask_again(self) -> None:
        """Ask anew what was answered for an earlier load."""
        if self.asked is not None and not self.trust:
            self.look, self.question, self.asked = None, self.asked, None


@dataclass
class Form:
    """All of it.

    Parameters
    ----------
    chosen
        Name of a sample, or "own"; empty before anything was chosen.
    fields
        Model and tables.
    roles
        What a person said of columns; what wasn't said is guessed.
    settings
        Task, positive label and metric as text; left out where the data are to say.
    browser
        The slot that a file is looked for, and the folder that is open.
    error
        What is wrong with the form as a whole.
    columns_error
        What the last attempt to load said of a column's role.
    guesses
        What columns may mean.
    """

    chosen: str
    fields: dict[Slot, Field] = field(default_factory=lambda: {slot: Field(slot) for slot in SLOTS})
    roles: dict[str, Role] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    browser: tuple[Slot, Listing] | None = None
    error: str = ""
    columns_error: str = ""
    guesses: tuple[RoleGuess, ...] = ()

    @property
    def tables(self) -> dict[str, Table]:
        """The tables that were looked at, by name."""
        looks = {slot: each.look for slot, each in self.fields.items()}
        return {slot: look.table for slot, look in looks.items() if isinstance(look, TableLook)}

    @property
    def model_features(self) -> tuple[str, ...]:
        """The columns that the model says it takes, or ()."""
        look = self.fields["model"].look
        return look.features if isinstance(look, ModelLook) else ()

    def guess(self) -> None:
        """Guess anew what columns mean."""
        self.guesses = guess_roles(self.tables, model_features=self.model_features)

    def role(self, guess: RoleGuess) -> Role:
        """Return what a column means: as said, else as guessed, unless another column was given that role."""
        said = self.roles.get(guess.column)
        if said is not None:
            return said
        taken = guess.role in SINGLE and guess.role in self.roles.values()
        return ("not used" if self.model_features else "feature") if taken else guess.role

    def say_role(self, column: str, role: str) -> None:
        """Take what a person says of a column; a role that one column has leaves the column that had it."""
        if role not in ROLES or column not in {guess.column for guess in self.guesses}:
            raise InputError(f"{column!r} can't be {role!r}. Roles: {', '.join(ROLES)}.")
        said = ROLES[ROLES.index(role)]
        if said in SINGLE:
            self.roles = {name: each for name, each in self.roles.items() if each != said}
        self.roles[column] = said

    def columns(self, role: Role) -> list[str]:
        """Return the columns of a role."""
        return [guess.column for guess in self.guesses if self.role(guess) == role]

    def labels(self) -> list[Any]:
        """Return the target's values where they are few, each a possible positive label."""
        target = self.columns("target")
        cells = next((table[target[0]] for table in self.tables.values() if target and target[0] in table), None)
        if cells is None or not 2 <= distinct(cells) <= _MOST_LABELS:
            return []
        values = [value.item() if hasattr(value, "item") else value for value in cells.dropna().unique()]
        return sorted((value for value in values if isinstance(value, str | int | float | bool)), key=str)

    def missing(self) -> tuple[str, str] | None:
        """Return what is missing before anything can be loaded: as an error says it, and as the next step."""
        model, tables = self.fields["model"], [self.fields[slot] for slot in SLOTS if slot != "model"]
        wrong = next((each for each in self.fields.values() if each.error), None)
        if wrong is not None:
            return wrong.error, f"see the message beside {wrong.slot.capitalize()}, and choose something else there."
        if model.question is not None:
            return (
                "The model's file waits for your answer: see what it holds, and say whether you trust it.",
                "say whether you trust the model's file.",
            )
        if not any(each.is_filled for each in tables):
            return (
                "There is no test yet: choose a table with the rows that the model is to be judged on.",
                "choose a model, and a table to test it on.",
            )
        if not model.is_filled and not self.columns("prediction") and not self.columns("score"):
            return (
                "There is no model yet: choose one, or give a column the role prediction or score.",
                "choose a model, or give a column the role prediction or score.",
            )
        if self.guesses and not self.columns("target") and not self._knows_target():
            return (
                "There is no target yet: give the column that the model predicts the role target.",
                "give the column that the model predicts the role target.",
            )
        return None

    def _knows_target(self) -> bool:
        return any(isinstance(each.value, tuple) for each in self.fields.values())

    def check(self) -> None:
        """Say what is missing before anything is loaded.

        Raises
        ------
        InputError
            If no study was chosen; of an own one, if a table, a model or a target is missing, or a question is open.
        """
        self.fields["model"].ask_again()
        if not self.chosen:
            raise InputError("Choose a study first: a sample, or your own.")
        found = self.missing() if self.chosen == OWN else None
        if found is not None:
            raise InputError(found[0])

    @property
    def next_step(self) -> str:
        """What to do now, in a sentence."""
        found = self.missing() if self.chosen == OWN else None
        if found is not None:
            return f"Next: {found[1]}"
        if self.chosen == OWN:
            return "All is there: check the roles of the columns, then load."
        return f"Next: load {self.chosen}."

    def arguments(self) -> dict[str, Any]:
        """Return the arguments of `load_study`; live objects as they are."""
        found: dict[str, Any] = {slot: each.value for slot, each in self.fields.items() if each.is_filled}
        for role, argument in SINGLE.items():
            if self.columns(role):
                found[argument] = self.columns(role)[0]
        for role, argument in SEVERAL.items():
            if self.columns(role):
                found[argument] = self.columns(role)
        if self.columns("not used") and not self.model_features:
            found["features"] = self.columns("feature")
        by_text = {str(value): value for value in self.labels()}
        for name, text in self.settings.items():
            found[name] = by_text.get(text, text) if name == "positive" else text
        trust = self.fields["model"].trust
        return found | ({"trust": trust} if trust else {})

    def recipe(self) -> tuple[dict[str, Any], str]:
        """Return the arguments with names in the place of live objects, and the lines that make those names."""
        found, lines = self.arguments(), ""
        for slot, each in self.fields.items():
            if each.live is not None:
                is_pair = "," in each.live.name
                lines += f"{slot}_pair = ({each.live.name})\n" if is_pair else ""
                found[slot] = Live(f"{slot}_pair" if is_pair else each.live.name)
        return found, lines
