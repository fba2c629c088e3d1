import json
import os
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.errors import InputError, ModelFileError, UnknownNameError, UnsafeModelError, WrongTypeError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.opened import ModelFile
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.recipe import Live
from mlops_widgets.study.saved.study_file import open_study
from mlops_widgets.ui.loader.loader import Doors, StudyLoader
from tests.ui.conftest import FakeScreen, Front

PATIENCE = 20.0
RNG = np.random.default_rng(0)
FRAME = pd.DataFrame({"age": RNG.integers(18, 80, 200), "visits": RNG.poisson(3, 200)})
FRAME["customer_id"] = np.arange(200) % 40
FRAME["churned"] = np.where(RNG.random(200) < FRAME["visits"] / 8, "yes", "no")
CLF = LogisticRegression().fit(FRAME[["age", "visits"]], FRAME["churned"])
SMALL = load_study(model=CLF, test=FRAME, target="churned", name="small")
NAMESPACE = {"clf": CLF, "holdout": FRAME, "_hidden": FRAME}
DIGEST = "ab" * 32


class Person:
    """Somebody in front of a live loader."""

    def __init__(self, loader: StudyLoader, front: Front, screen: FakeScreen) -> None:
        loader._ipython_display_()
        self.loader, self.front, (self.widget,) = loader, front, screen.widgets

    def do(self, event: str, buffers: Any = (), **more: Any) -> Mapping[str, Any]:
        """Do something in the form, wait for what it starts, and return the form."""
        content = {"kind": "form", "event": event, **more}
        self.widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": buffers})
        return self.settled()

    def load(self) -> Mapping[str, Any]:
        self.front.send(self.widget, kind="run")
        return self.settled()

    def settled(self) -> Mapping[str, Any]:
        self.widget.join(PATIENCE)
        while self.widget.is_running:  # a look that another look has started
            self.widget.join(PATIENCE)
        return self.form

    @property
    def form(self) -> Mapping[str, Any]:
        state: Mapping[str, Any] = self.widget.message["card"]["view"]["state"]
        return state

    def field(self, slot: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(each for each in self.form["fields"] if each["slot"] == slot)
        return found

    def roles(self) -> dict[str, str]:
        return {column["name"]: column["role"] for column in self.form["columns"]}


@pytest.fixture
def person(front: Front, screen: FakeScreen, live: None, tmp_path: Path) -> Person:
    return Person(StudyLoader(SMALL, folder=tmp_path, namespace=NAMESPACE, screen=screen), front, screen)


def brought(person: Person) -> Person:
    person.do("choose", value="own")
    person.do("live", slot="model", name="clf")
    person.do("live", slot="test", name="holdout")
    return person


def test_until_something_is_loaded_it_is_what_the_loader_was_made_with() -> None:
    assert StudyLoader().study.name == "loans"
    census = sample("census")
    assert StudyLoader(census).study is census
    with pytest.raises(UnknownNameError, match="Did you mean 'loans'"):
        StudyLoader("loan")
    with pytest.raises(WrongTypeError, match=r"study= is int\. Pass a Study, or the name of a sample: loans"):
        StudyLoader(5)  # type: ignore[arg-type]  # what a person may pass


def test_a_study_that_was_passed_is_in_use_with_nothing_chosen(person: Person) -> None:
    assert (person.form["chosen"], person.form["fields"]) == ("", [])
    assert person.form["next"].startswith("This study is in use")
    assert 'target="churned"' in person.form["loaded"]["code"]
    person.load()
    assert person.widget.job["text"] == "Choose a study first: a sample, or your own."


def test_a_study_that_no_text_can_make_again_still_shows(front: Front, screen: FakeScreen, live: None) -> None:
    study = replace(SMALL, recipe={"metric": Live("<lambda>")})
    person = Person(StudyLoader(study, screen=screen), front, screen)
    assert person.form["loaded"]["code"].startswith("# metric: the live object's name")


def test_a_sample_that_was_passed_is_the_one_chosen() -> None:
    assert StudyLoader(sample("census"))._form.chosen == "census"


def test_in_a_report_it_is_the_description_and_no_widget_is_made(
    front: Front, screen: FakeScreen, static: None, capsys: pytest.CaptureFixture[str]
) -> None:
    StudyLoader("census", screen=screen)._ipython_display_()
    assert (front.opened, screen.widgets) == (0, [])
    assert "Study 'census'" in capsys.readouterr().out


def test_the_saved_outputs_hold_the_description_and_follow_a_load(person: Person) -> None:
    ((first, second),) = person.loader._screen.shown  # type: ignore[attr-defined]  # the fake's record
    assert "image/png" in first
    assert "Study 'small'" in first["text/plain"]
    brought(person).load()
    ((first, second),) = person.loader._screen.shown  # type: ignore[attr-defined]  # the fake's record
    assert "Study 'yours'" in first["text/plain"]
    assert "Study &#x27;yours&#x27;" in second["text/html"]


def test_a_sample_is_chosen_and_loaded_with_the_code_that_makes_it(person: Person) -> None:
    assert person.do("choose", value="census")["next"] == "Next: load census."
    form = person.load()
    assert person.widget.job["text"] == "Loaded."
    assert person.loader.study.name == "census"
    assert form["loaded"]["code"] == 'study = mw.sample("census")'
    assert form["loaded"]["toml"] == 'sample = "census"\n'
    assert "in use" in form["next"]


def test_live_objects_are_offered_guessed_and_loaded_as_they_are(person: Person) -> None:
    brought(person)
    assert [each["name"] for each in person.field("test")["live"]] == ["holdout"]
    assert person.field("model")["said"] == "LogisticRegression, 2 features"
    assert person.field("test")["said"] == "4 columns, 200 rows."
    assert person.roles() == {"customer_id": "entity", "churned": "target", "age": "feature", "visits": "feature"}
    form = person.load()
    assert person.loader.study.model.name == "LogisticRegression"
    assert (
        form["loaded"]["code"]
        == 'study = mw.load_study(model=clf, test=holdout, target="churned", entity="customer_id")'
    )
    assert form["loaded"]["fresh"]


def test_the_reason_of_a_guess_stands_beside_it_until_a_person_says_otherwise(person: Person) -> None:
    brought(person)
    first = person.form["columns"][0]
    assert (first["name"], first["reason"], first["said"]) == (
        "customer_id",
        "each value comes 5 times in the rows looked at",
        False,
    )
    first = person.do("role", column="customer_id", role="id")["columns"][0]
    assert (first["role"], first["reason"], first["said"]) == ("id", "", True)


def test_a_role_that_one_column_has_moves_with_it(person: Person) -> None:
    brought(person)
    person.do("role", column="age", role="target")
    assert person.roles() == {"customer_id": "entity", "churned": "not used", "age": "target", "visits": "feature"}
    person.do("role", column="churned", role="target")
    assert person.roles()["age"] == "feature"


def test_task_positive_and_metric_are_said_only_where_a_person_says_them(person: Person) -> None:
    brought(person)
    assert [each["options"] for each in person.form["settings"] if each["name"] == "positive"] == [["no", "yes"]]
    person.do("setting", name="positive", value="no")
    person.do("setting", name="metric", value="accuracy")
    form = person.load()
    assert person.loader.study.outcome.positive == "no"
    assert person.loader.study.metric.name == "accuracy"
    assert 'positive="no"' in form["loaded"]["code"]
    person.do("setting", name="metric", value="")
    person.load()
    assert person.loader.study.metric.name == "roc_auc"


def test_a_pair_of_features_and_labels_is_brought_and_written(front: Front, screen: FakeScreen, live: None) -> None:
    namespace = {"clf": CLF, "X_test": FRAME[["age", "visits"]], "y_test": FRAME["churned"]}
    person = Person(StudyLoader(SMALL, namespace=namespace, screen=screen), front, screen)
    person.do("choose", value="own")
    person.do("live", slot="model", name="clf")
    person.do("live", slot="test", name="X_test, y_test")
    code = person.load()["loaded"]["code"]
    assert person.loader.study.test is not None
    assert code.splitlines()[0] == "test_pair = (X_test, y_test)"
    assert "test=test_pair" in code


def test_what_cannot_be_loaded_loses_neither_the_form_nor_the_study(person: Person) -> None:
    brought(person)
    person.load()
    before = person.loader.study
    person.do("role", column="churned", role="not used")
    person.do("role", column="age", role="target")
    form = person.load()
    assert person.widget.job["state"] == "failed"
    assert person.loader.study is before
    assert person.field("test")["chosen"] == "holdout"
    assert person.roles()["age"] == "target"
    assert form["loaded"]["headline"].startswith("Study 'yours'")


def test_an_error_stands_beside_its_field_in_the_words_of_a_script(person: Person, tmp_path: Path) -> None:
    brought(person)
    with pytest.raises(InputError) as caught:
        load_study(model=CLF, test="nowhere.csv", target="churned")
    person.do("path", slot="test", path="nowhere.csv")
    assert person.field("test")["error"] == str(caught.value)
    person.load()
    assert person.widget.job["text"] == str(caught.value)
    person.do("live", slot="test", name="holdout")
    assert person.field("test")["error"] == ""
    assert person.widget.job["text"] == ""


def test_what_only_the_whole_study_shows_stands_beside_the_field_that_it_names(person: Person, tmp_path: Path) -> None:
    brought(person)
    FRAME.drop(columns="visits").to_csv(tmp_path / "late.csv", index=False)
    person.do("path", slot="production", path=str(tmp_path / "late.csv"))
    person.load()
    assert person.widget.job["state"] == "failed"
    assert person.field("production")["error"] == person.widget.job["text"]
    person.do("path", slot="production", path="")
    person.load()
    assert person.widget.job["state"] == "done"


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([], "There is no test yet: choose a table with the rows that the model is to be judged on."),
        ([("live", {"slot": "test", "name": "holdout"})], "There is no model yet: choose one, or give a column"),
    ],
)
def test_what_is_missing_is_said_and_is_the_next_step(person: Person, events: Any, words: str) -> None:
    person.do("choose", value="own")
    for event, more in events:
        person.do(event, **more)
    assert person.form["next"].startswith("Next: choose a")
    assert person.form["in_use"] is False
    person.load()
    assert person.widget.job["text"].startswith(words)
    assert {field["error"] for field in person.form["fields"]} == {""}, "said once, beside the button"


def test_logged_answers_take_the_place_of_a_model(front: Front, screen: FakeScreen, live: None) -> None:
    log = FRAME.assign(y_pred=CLF.predict(FRAME[["age", "visits"]]))
    person = Person(StudyLoader(SMALL, namespace={"log": log}, screen=screen), front, screen)
    person.do("choose", value="own")
    person.do("live", slot="test", name="log")
    person.do("role", column="churned", role="target")
    assert person.roles()["y_pred"] == "prediction"
    person.load()
    assert person.widget.job["state"] == "done", person.widget.job


def test_the_files_of_the_server_are_walked_through_and_chosen(person: Person, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    FRAME.to_csv(tmp_path / "data" / "log.csv", index=False)
    person.do("choose", value="own")
    browser = person.do("browse", slot="test")["browser"]
    assert [entry["name"] for entry in browser["entries"]] == ["data"]
    browser = person.do("browse", slot="test", path=browser["entries"][0]["path"])["browser"]
    person.do("browse", slot="test", path=str(tmp_path / "gone"))
    assert "there is none" in person.form["error"]
    assert person.form["browser"]["folder"] == browser["folder"]
    form = person.do("path", slot="test", path=browser["entries"][0]["path"])
    assert (form["browser"], form["error"]) == (None, "")
    assert person.field("test")["said"].startswith("4 columns, 200 rows")


def sent(person: Person, content: bytes, *, name: str = "log.csv", size: int = 5_000) -> Any:
    """Send a file as the browser does: the next piece when the last was acknowledged."""
    person.do("upload", slot="test", id="u1", name=name, size=len(content))
    while person.widget.transfer["state"] == "receiving":
        index = person.widget.transfer["next"]
        piece = content[index * size : (index + 1) * size]
        person.do("chunk", [memoryview(piece)], slot="test", id="u1", index=index)
    return person.widget.transfer


def test_an_upload_is_acknowledged_piece_by_piece_and_then_looked_at(person: Person, tmp_path: Path) -> None:
    person.do("choose", value="own")
    content = FRAME.to_csv(index=False).encode() * 5
    told = sent(person, content, size=1_000)
    assert (told["state"], told["received"]) == ("done", len(content))
    assert len(person.front.states("transfer")) > len(content) // 1_000
    assert (tmp_path / "uploads" / "log.csv").read_bytes() == content
    assert person.field("test")["path"].endswith("log.csv")
    sent(person, content)
    assert sorted(path.name for path in (tmp_path / "uploads").iterdir()) == ["log-2.csv", "log.csv"]


def test_a_broken_upload_says_so_and_keeps_what_was_there(person: Person, tmp_path: Path) -> None:
    brought(person)
    person.do("upload", slot="test", id="u1", name="log.csv", size=10)
    person.do("chunk", [b"01234"], slot="test", id="u1", index=3)
    assert person.widget.transfer["state"] == "failed"
    assert "piece 3 came where 0 was expected" in person.field("test")["error"]
    assert person.field("test")["chosen"] == "holdout"
    person.do("chunk", [b"01234"], slot="test", id="u1", index=0)  # of an upload that is over: nobody listens
    assert list((tmp_path / "uploads").iterdir()) == []


def test_a_stopped_upload_leaves_nothing(person: Person, tmp_path: Path) -> None:
    person.do("choose", value="own")
    person.do("upload", slot="test", id="u1", name="log.csv", size=10)
    person.do("stop_upload", slot="test", id="another")
    assert person.widget.transfer["state"] == "receiving"
    person.do("stop_upload", slot="test", id="u1")
    assert person.widget.transfer["state"] == "cancelled"
    assert list((tmp_path / "uploads").iterdir()) == []


class FakeDoors:
    """A door for model files that asks before it opens."""

    def __init__(self, error: UnsafeModelError) -> None:
        self.error, self.asked, self.loaded = error, [], []  # type: ignore[var-annotated]  # records

    def read(self, path: str, *, trust: Any = None) -> ModelFile:
        self.asked.append(trust)
        wanted = set(self.error.types or (f"sha256:{self.error.digest}",))
        if not wanted <= set(trust or ()):
            raise self.error
        return ModelFile(model=CLF, notes=("Saved by an older version.",), digest=DIGEST)

    def load(self, **arguments: Any) -> Any:
        self.loaded.append(arguments)
        return load_study(**{**arguments, "model": CLF, "trust": None})


def trusting(front: Front, screen: FakeScreen, error: UnsafeModelError, folder: Path) -> tuple[Person, FakeDoors]:
    doors = FakeDoors(error)
    loader = StudyLoader(
        SMALL, folder=folder, namespace=NAMESPACE, screen=screen, doors=Doors(load=doors.load, read_model=doors.read)
    )
    person = Person(loader, front, screen)
    person.do("choose", value="own")
    person.do("live", slot="test", name="holdout")
    person.do("path", slot="model", path="model.skops")
    return person, doors


def test_each_type_that_nobody_reviewed_is_ticked_by_hand(
    front: Front, screen: FakeScreen, live: None, tmp_path: Path
) -> None:
    error = UnsafeModelError("It holds types.", types=("mine.A", "mine.B"))
    person, doors = trusting(front, screen, error, tmp_path)
    assert person.field("model")["question"]["types"] == ["mine.A", "mine.B"]
    person.load()
    assert person.widget.job["text"].startswith("The model's file waits for your answer")
    person.do("trust", slot="model", trusted=["mine.A", "os.system"])  # what wasn't asked can't be vouched for
    person.do("open", slot="model")
    assert person.field("model")["question"]["trusted"] == ["mine.A"]
    person.do("trust", slot="model", trusted=["mine.A", "mine.B"])
    assert doors.asked == [None], "a tick alone opens nothing"
    person.do("open", slot="model")
    assert person.field("model")["said"] == "LogisticRegression, 2 features. Saved by an older version."
    assert doors.asked == [None, ("mine.A", "mine.B")]


def test_trust_holds_for_one_load_and_is_written_nowhere(
    front: Front, screen: FakeScreen, live: None, tmp_path: Path
) -> None:
    person, doors = trusting(front, screen, UnsafeModelError("It is a program.", digest=DIGEST), tmp_path)
    trust = f"sha256:{DIGEST}"
    assert person.field("model")["question"]["kind"] == "pickle"
    person.do("trust", slot="model", trusted=[trust])
    person.do("open", slot="model")
    form = person.load()
    assert doors.loaded[0]["trust"] == (trust,)
    assert "# trust= is given in the call, never saved" in form["loaded"]["code"]
    assert DIGEST not in str(form)
    assert DIGEST not in str(person.loader._screen.shown)  # type: ignore[attr-defined]  # the fake's record
    person.load()
    assert person.widget.job["text"].startswith("The model's file waits for your answer")
    assert len(doors.loaded) == 1
    assert person.field("model")["question"]["trusted"] == []


def test_trust_in_one_file_is_none_in_the_next(front: Front, screen: FakeScreen, live: None, tmp_path: Path) -> None:
    person, doors = trusting(front, screen, UnsafeModelError("It holds types.", types=("mine.A",)), tmp_path)
    person.do("trust", slot="model", trusted=["mine.A"])
    person.do("path", slot="model", path="other.skops")
    assert doors.asked == [None, None]
    assert person.field("model")["question"]["trusted"] == []


def test_a_file_that_nothing_can_open_is_refused_without_a_question(
    front: Front, screen: FakeScreen, live: None, tmp_path: Path
) -> None:
    person, _ = trusting(front, screen, UnsafeModelError("Its trees point outside their arrays."), tmp_path)
    assert person.field("model")["question"] is None
    assert person.field("model")["error"] == "Its trees point outside their arrays."


def test_a_cancelled_load_changes_nothing(front: Front, screen: FakeScreen, live: None, tmp_path: Path) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow(**arguments: Any) -> Any:
        begun.set()
        assert let_go.wait(PATIENCE)
        return load_study(**arguments)

    loader = StudyLoader(SMALL, folder=tmp_path, namespace=NAMESPACE, screen=screen, doors=Doors(load=slow))
    person = brought(Person(loader, front, screen))
    front.send(person.widget, kind="run")
    assert begun.wait(PATIENCE)
    front.send(person.widget, kind="cancel")
    let_go.set()
    person.settled()
    assert person.widget.job["state"] == "cancelled"
    assert loader.study is SMALL


def test_a_cancelled_look_is_not_begun_again_by_itself(
    front: Front, screen: FakeScreen, live: None, tmp_path: Path
) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow(path: str, *, trust: Any = None) -> ModelFile:
        begun.set()
        assert let_go.wait(PATIENCE)
        raise ModelFileError("It can't be read.")

    loader = StudyLoader(SMALL, folder=tmp_path, namespace=NAMESPACE, screen=screen, doors=Doors(read_model=slow))
    person = Person(loader, front, screen)
    person.widget._grace_seconds = 0.0
    person.do("choose", value="own")
    content = {"kind": "form", "event": "path", "slot": "model", "path": "model.skops"}
    front.send(person.widget, **content)
    assert begun.wait(PATIENCE)
    ended = threading.Event()
    person.widget.observe(lambda change: ended.set() if change["new"]["state"] == "cancelled" else None, "job")
    front.send(person.widget, kind="cancel")
    assert ended.wait(PATIENCE)
    let_go.set()
    person.settled()
    assert person.field("model")["error"] in {"Stopped before it was looked at. Choose it again.", "It can't be read."}


def test_what_is_chosen_while_something_is_looked_at_is_looked_at_next(
    front: Front, screen: FakeScreen, live: None, tmp_path: Path
) -> None:
    begun, let_go = threading.Event(), threading.Event()

    def slow(path: str, *, trust: Any = None) -> ModelFile:
        begun.set()
        assert let_go.wait(PATIENCE)
        return ModelFile(model=CLF, notes=(), digest=DIGEST)

    loader = StudyLoader(SMALL, folder=tmp_path, namespace=NAMESPACE, screen=screen, doors=Doors(read_model=slow))
    person = Person(loader, front, screen)
    person.do("choose", value="own")
    front.send(person.widget, kind="form", event="path", slot="model", path="model.skops")
    assert begun.wait(PATIENCE)
    front.send(person.widget, kind="form", event="live", slot="test", name="holdout")
    let_go.set()
    person.settled()
    assert (person.field("model")["said"], person.field("test")["said"]) == (
        "LogisticRegression, 2 features.",
        "4 columns, 200 rows.",
    )


NONSENSE: tuple[dict[str, Any], ...] = (
        {"event": "unheard of"}, {"event": ["choose"]}, {"event": "choose", "value": "__class__"}, {"event": "live"},
        {"event": "live", "slot": "test", "name": "_hidden"}, {"event": "role", "column": "age", "role": "king"},
        {"event": "setting", "name": "seed", "value": "1"}, {"event": "trust", "slot": "test", "trusted": ["x"]},
        {"event": "open", "slot": "nowhere"}, {"event": "upload", "slot": "test", "id": 1, "name": None, "size": None},
        {"event": "chunk", "slot": "test", "id": 5}, {"event": "path", "slot": "test", "path": "a\0b.csv"},
        {"event": "browse", "slot": ["test"]}, {"event": "role", "column": ["age"], "role": ["x"]}, {},
)  # fmt: skip


def test_messages_that_make_no_sense_never_end_in_a_log(person: Person, caplog: pytest.LogCaptureFixture) -> None:
    person.do("choose", value="own")
    for event in NONSENSE:
        person.do(**{"event": "", **event})
    assert caplog.text == ""
    assert person.loader.study is SMALL


def test_halves_of_characters_dont_keep_the_form_from_being_sent(person: Person, tmp_path: Path) -> None:
    (tmp_path / "half.jsonl").write_text('{"a": "\\udfff", "y": 1}\n' * 9)
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.csv", os.O_CREAT))
    person.do("choose", value="own")
    person.do("path", slot="test", path=str(tmp_path / "half.jsonl"))
    form = person.do("browse", slot="test")
    json.dumps(form, ensure_ascii=False).encode()
    assert form["rows"]["rows"][0] == ["?", "1"]
    assert [entry["name"] for entry in form["browser"]["entries"]] == ["half.jsonl", "?.csv"]


def test_a_preview_is_cut_and_never_leaves_the_widget(front: Front, screen: FakeScreen, live: None) -> None:
    secret = "the life of " + "x" * 100
    wide = pd.DataFrame({f"c{k}": [secret] * 30 for k in range(20)} | {"label": [0, 1, 1] * 10})
    person = Person(StudyLoader(SMALL, namespace={"wide": wide}, screen=screen), front, screen)
    person.do("choose", value="own")
    form = person.do("live", slot="test", name="wide")
    assert (len(form["rows"]["rows"]), len(form["rows"]["columns"])) == (8, 12)
    assert form["rows"]["caption"] == "test, without 9 more columns"
    assert max(len(cell) for row in form["rows"]["rows"] for cell in row) == 40
    assert "the life of" not in str(screen.shown)


def test_the_study_is_saved_beside_the_notebook_and_a_file_of_somebody_elses_is_kept(
    person: Person, tmp_path: Path
) -> None:
    file = tmp_path / "study.toml"
    file.write_text("mine")
    said = person.do("save")["loaded"]["saved"]
    assert said.startswith("✓")
    assert "The study.toml that was there is kept as study.toml.bak." in said
    assert (tmp_path / "study.toml.bak").read_text() == "mine"
    assert 'target = "churned"' in file.read_text()
    assert person.loader.study.file == file
    assert "is kept as" not in person.do("save")["loaded"]["saved"]
    file.write_text("mine again")
    assert "is kept as study.toml.bak-2" in person.do("save")["loaded"]["saved"]


def test_voila_has_no_cells_and_the_form_says_what_works_there(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOILA_SERVER_URL", "/")
    assert person.do("close")["next"] == "This study is in use: go on below, or choose another."
    assert person.form["loaded"]["next"] == "What follows is about this study."
    brought(person).load()
    assert "Save study.toml below and open the page again" in person.form["loaded"]["next"]
    assert person.form["in_use"]
    assert "cells" not in person.form["loaded"]["next"] + person.form["next"]
    person.loader._is_trusted = True
    assert "--trust" in person.do("close")["loaded"]["next"]


def test_saving_does_nothing_for_the_study_it_was_made_with_and_runs_again_for_another(tmp_path: Path) -> None:
    loader = StudyLoader(SMALL, folder=tmp_path)
    assert loader.save() is None
    assert list(tmp_path.iterdir()) == []
    for study in (sample("census"), SMALL, sample("loans")):
        loader.study = study
        saved = loader.save()
        assert saved is not None
        assert open_study(saved.path).fingerprint == study.fingerprint
        assert loader.save() is None
    assert [path.name for path in tmp_path.iterdir() if "bak" in path.name] == []


def test_a_save_that_fails_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text("mine")
    loader = StudyLoader("loans", folder=tmp_path)
    loader.study = replace(SMALL, recipe={"metric": Live("<lambda>")})
    loader._kept = ""
    with pytest.raises(InputError, match="metric= is a live object"):
        loader.save()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("study.toml", "mine")]


def test_what_a_kept_file_names_stays(tmp_path: Path) -> None:
    first = StudyLoader("loans", folder=tmp_path)
    first.study = SMALL
    first.save()
    text = (tmp_path / "study.toml").read_text()
    second = StudyLoader("loans", folder=tmp_path)
    for study in (sample("census"), SMALL, sample("census", seed=1)):
        second.study = study
        second.save()
    kept = tmp_path / "kept.toml"
    kept.write_text((tmp_path / "study.toml.bak").read_text())
    assert kept.read_text() == text
    assert open_study(kept).fingerprint == SMALL.fingerprint
