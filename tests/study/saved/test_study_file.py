"""Studies from a study.toml, which may come from anybody."""

import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_widgets.core import toml_files
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownArgumentError, UnknownNameError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.plain_arguments import plain_names
from mlops_widgets.study.saved.study_file import open_study, read_study_file
from mlops_widgets.study.saved.toml_text import write_toml
from tests.study.saved.test_recipe import PLAIN, WHOLE_CHARACTERS

ROWS = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8, 0.7, 0.4] * 15, "n": range(60)})
LOGGED = 'scores = "score"\ntarget = "y"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table, and beside it a table that isn't its own."""
    own = tmp_path / "own"
    own.mkdir()
    ROWS.to_csv(own / "test.csv", index=False)
    ROWS.to_csv(tmp_path / "secret.csv", index=False)
    return own


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "study.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_paths_are_relative_to_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder, f'test = "test.csv"\n{LOGGED}')
    monkeypatch.chdir(folder.parent)
    study = open_study(file)
    assert study.fingerprint == load_study(test=ROWS, scores="score", target="y").fingerprint
    assert study.recipe["test"] == str((folder / "test.csv").resolve())
    monkeypatch.chdir(folder)
    assert open_study().fingerprint == study.fingerprint


def test_every_form_of_value_is_read(folder: Path) -> None:
    text = (
        'data = "test.csv"\nscores = ["score"]\nids = "n"\ntarget = "y"\nsplit = { test = 0.25, production = 0.25 }\n'
        'metric = "roc_auc"\nexpected = 0.8\nmargin = 1\nmax_rows = 50\nseed = 3\nname = "é 🎲"\npositive = 1\n'
        "decision_threshold = 0.5\nvalues = [[0, -1], [-2.5, 3]]\n"
    )
    study = open_study(write(folder, text))
    assert (study.name, study.seed, study.expected, study.outcome.positive) == ("é 🎲", 3, 0.8, 1)


def test_dates_may_be_written_without_quotes(folder: Path) -> None:
    ROWS.assign(day=pd.date_range("2024-01-01", periods=60)).to_csv(folder / "days.csv", index=False)
    text = (
        f'data = "days.csv"\ntime = "day"\nsplit = {{ test = 2024-01-15, production = 2024-02-01T00:00:00 }}\n{LOGGED}'
    )
    study = open_study(write(folder, text))
    assert study.production is not None
    assert study.production.rows == 29


def test_a_sample_with_its_flags_is_one(folder: Path) -> None:
    file = write(folder, 'sample = "loans"\nshock = true\nseed = 2\n')
    assert open_study(file).fingerprint == sample("loans", shock=True, seed=2).fingerprint
    with pytest.raises(InputError, match="takes no target"):
        open_study(file, target="y")
    with pytest.raises(InputError, match="names a sample"):
        open_study(file, trust="pickle")


def test_changes_come_from_the_caller_and_may_lie_anywhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder, f'test = "gone.csv"\nproduction = "test.csv"\n{LOGGED}')
    monkeypatch.chdir(folder.parent)
    study = open_study(file, test="secret.csv", production=None, expected=0.6)
    assert (study.production, study.expected) == (None, 0.6)
    assert study.test is not None
    assert open_study(file, test=ROWS).test is not None


@pytest.mark.parametrize("name", ["tset", "study", "render"])
def test_a_change_of_an_unknown_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(UnknownArgumentError, match=f"open_study has no argument '{name}'"):
        open_study(write(folder, ""), **{name: "x"})


def test_a_change_that_isnt_for_the_sample_is_refused(folder: Path) -> None:
    with pytest.raises(InputError, match="takes no"):
        open_study(write(folder, 'sample = "loans"'), test=ROWS)


OUTSIDE = [
    "../secret.csv", "./../secret.csv", "x/../../secret.csv", "/etc/passwd", "/dev/zero", "link.csv", "links/secret.csv",
    "links", "..", "parquet",
]  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("where", ['test = "{}"', 'model = "{}"', 'production = ["test.csv", "{}"]', 'test.may = "{}"',
                                   'reference = {{ database = "{}", sql = "SELECT 1" }}'])  # fmt: skip
def test_a_path_that_leads_out_is_refused(folder: Path, path: str, where: str) -> None:
    (folder / "link.csv").symlink_to(folder.parent / "secret.csv")
    (folder / "links").symlink_to(folder.parent)
    (folder / "parquet").mkdir()
    (folder / "parquet" / "part.parquet").symlink_to(folder.parent / "secret.csv")
    file = write(folder, where.format(path) + f"\n{LOGGED}")
    with pytest.raises(InputError, match=r"leads out|link that leads out") as caught:
        open_study(file)
    assert "study.toml: " in str(caught.value)


NO_PATHS = [
    "~/secret.csv", "~root/x.csv", "file:///etc/passwd", "file:secret.csv", "http://example.org/x.csv", "s3://b/x.csv",
    "\\\\\\\\server\\\\share\\\\x.csv", "//server/share/x.csv", "C:\\\\x.csv", "a\\u0000b.csv", "", "mlflow-artifacts:/x",
    "duckdb:x", "sqlite:///x.db",
]  # fmt: skip


@pytest.mark.parametrize("path", NO_PATHS)
@pytest.mark.parametrize("name", ["test", "model"])
def test_what_is_no_path_is_refused(folder: Path, path: str, name: str) -> None:
    with pytest.raises(InputError, match=f"study.toml: {name} is "):
        open_study(write(folder, f'{name} = "{path}"\n{LOGGED}'))


@pytest.mark.parametrize("path", ["runs:/../../etc/x", "models:/a/../b", "runs:/a?x=1", "models:", "runs:/"])
def test_an_address_of_mlflow_holds_names_only(folder: Path, path: str) -> None:
    with pytest.raises(InputError, match=r"study\.toml: model is "):
        open_study(write(folder, f'model = "{path}"\n{LOGGED}'))


def test_the_caller_may_allow_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(folder, f'test = "../secret.csv"\n{LOGGED}')
    with pytest.raises(InputError, match=r'folders=\("…",\)'):
        open_study(file)
    monkeypatch.chdir(folder.parent)
    assert open_study(file, folders=(".",)).test is not None
    assert open_study(file, folders=folder.parent).test is not None


def test_a_pipe_is_refused_before_it_is_opened(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        open_study(write(folder, f'test = "pipe.csv"\n{LOGGED}'))


def test_links_in_a_ring_and_endless_names_are_refused(folder: Path) -> None:
    (folder / "a.csv").symlink_to("b.csv")
    (folder / "b.csv").symlink_to("a.csv")
    for path in ("a.csv", "x" * 5000 + ".csv"):
        with pytest.raises(InputError, match=r"study\.toml: test"):
            open_study(write(folder, f'test = "{path}"\n{LOGGED}'))


@pytest.mark.parametrize("trust", ['"pickle"', '["a.B"]', "true"])
def test_trust_in_a_file_is_refused_and_said_why(folder: Path, trust: str) -> None:
    with pytest.raises(InputError, match="A file can't vouch for a file"):
        open_study(write(folder, f'test = "test.csv"\ntrust = {trust}\n{LOGGED}'))


@pytest.mark.parametrize("name", ["predict", "predict_proba"])
def test_functions_in_a_file_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(InputError, match="a function, which no file can hold"):
        open_study(write(folder, f'{name} = "os.system"\n'))


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('tset = "test.csv"', "Did you mean 'test'"), ('"test.csv" = 1', "'test.csv'"), ('study = "loans"', "'study'"),
        ("[tool.mlops]\nx = 1", "'tool'"), ('"\\u202E" = 1', "unknown name"),
    ],
)  # fmt: skip
def test_an_unknown_name_is_an_error(folder: Path, text: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=hint):
        open_study(write(folder, text))


WRONG_VALUES = [
    "target = 3", "target = ['y']", "target = true", "max_rows = 1.5", "max_rows = true", f"max_rows = {10**30}",
    "max_rows = -1", f"seed = {2**63}", "seed = '0'", "expected = 'high'", "expected = inf", "expected = nan",
    f"expected = {10**400}", "seed = 0x" + "f" * 9000, "margin = true", "scores = []", "scores = [1]", "scores = [['a']]", "test = 3", "test = []",
    "test = {}", "test = [3]", "test = { may = 3 }", "test = { may = { june = { july = 'x' } } }",
    "reference = { may = 'x.csv' }", "reference = { database = 'x', sql = 'y', more = 1 }",
    "reference = { database = 1, sql = 'y' }", "model = ['m.skops']", "model = {}", "split = true", "split = []",
    "split = { test = [] }", "values = 3", "values = [[1]," + "[" * 20 + "]" * 20 + "]", "values = { tp = true }",
    "positive = []", "positive = {}", "metric = { a = 1 }", "target = 2024-01-01\nmargin = 2024-01-01T00:00:00Z",
    "sample = 3", "sample = 'loans'\nshock = 1",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG_VALUES, ids=lambda text: text[:40])
def test_a_value_of_another_kind_is_refused_by_name(folder: Path, text: str) -> None:
    with pytest.raises(InputError) as caught:
        open_study(write(folder, text))
    assert text.replace("target = 2024-01-01\n", "").replace("sample = 'loans'\n", "").partition(" ")[0] in str(
        caught.value
    )
    assert len(str(caught.value)) < 1000


def test_a_huge_number_of_rows_is_a_number_like_another(folder: Path) -> None:
    assert open_study(write(folder, f'test = "test.csv"\nmax_rows = {10**18}\n{LOGGED}')).test is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"target = \n", "is no TOML"), (b"\xff\xfe\x00", "isn't UTF-8 in line 1"), (b'a = 1\nb = "\xe9"', "line 2"),
        (b"target = 'y'\ntarget = 'z'", "is no TOML"), (b"a = " + b"[" * 100_000 + b"]" * 100_000, "nested too deep"),
        (b"a = " + b"{a=" * 100_000 + b"1" + b"}" * 100_000, "nested too deep"), (b"x = " + b"9" * 10_000, "is no TOML"),
        (b"a" + b".a" * 400_000 + b" = 1", "more than 16 parts"), (b"[" + b"'b' . " * 100_000 + b"b]", "more than 16 parts"),
        (b"x = {" + b'"a".' * 100_000 + b"a = 1}", "more than 16 parts"), (b"#" * 1_000_001, "more than 1,000,000 bytes"),
        (b"".join(b"a%d = 1\n" % i for i in range(80_000)), "unknown name 'a0'"), (b"x = '\x00'", "is no TOML"),
        (b"x = 07:32:00\ny = 25:00:00", "is no TOML"),
    ],
    ids=lambda given: str(given)[:30],
)  # fmt: skip
def test_a_malformed_file_is_one_message(folder: Path, content: bytes, message: str) -> None:
    with pytest.raises(MlopsWidgetsError, match=message):
        open_study(write(folder, content))


def test_a_byte_order_mark_is_no_name(folder: Path) -> None:
    assert open_study(write(folder, b"\xef\xbb\xbf" + f'test = "test.csv"\n{LOGGED}'.encode())).test is not None


@pytest.mark.parametrize("path", ["gone.toml", ".", "a\0b", "x" * 5000])
def test_a_file_that_isnt_there_is_named(folder: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"no such file|can't be read|is a folder"):
        open_study(path)


WRITES = [
    "DROP TABLE t", "INSERT INTO t VALUES (1)", "SELECT 1; DROP TABLE t", "COPY t TO 'out.csv'", "ATTACH 'x.db' AS x",
    "PRAGMA writable_schema = 1", "CREATE TABLE u AS SELECT 1", "SELECT * FROM read_csv('../secret.csv')",
    "SELECT * FROM '../secret.csv'", "SELECT readfile('../secret.csv')", "SELECT load_extension('x')",
    "SELECT writefile('out', 'x')", "WITH a AS (SELECT 1) DELETE FROM t",
]  # fmt: skip


@pytest.mark.parametrize("sql", WRITES)
@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_sql_that_does_more_than_select_is_refused(folder: Path, sql: str, kind: str) -> None:
    database = folder / "t.db"
    _make_database(database, kind)
    before = database.read_bytes()
    file = write(folder, f'target = "y"\nscores = "score"\ntest = {{ database = "t.db", sql = "{sql}" }}\n')
    with pytest.raises(MlopsWidgetsError):
        open_study(file)
    assert database.read_bytes() == before
    assert sorted(each.name for each in folder.iterdir()) == ["study.toml", "t.db", "test.csv"]


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_select_on_a_database_in_the_folder_is_a_table(folder: Path, kind: str) -> None:
    _make_database(folder / "t.db", kind)
    query = 'test = { database = "t.db", sql = "SELECT * FROM t" }'
    test = open_study(write(folder, LOGGED + query)).test
    assert test is not None
    assert test.rows == 60


def _make_database(path: Path, kind: str) -> None:
    connection: Any
    if kind == "sqlite":
        import sqlite3

        connection = sqlite3.connect(path)
        ROWS.to_sql("t", connection, index=False)
    else:
        import duckdb

        connection = duckdb.connect(str(path))
        connection.register("rows", ROWS)
        connection.execute("CREATE TABLE t AS SELECT * FROM rows")
    connection.close()


def test_the_names_of_a_file_are_those_of_load_study() -> None:
    assert {"model", "challenger", "test", "split", "seed"} <= set(plain_names())
    assert not {"trust", "predict", "predict_proba"} & set(plain_names())


def test_every_name_has_a_kind(folder: Path) -> None:
    for name in plain_names():
        with pytest.raises(InputError, match=f"study.toml: {name} is"):
            open_study(write(folder, f"{name} = [[[]]]"))
    assert toml_files.MOST_BYTES == 1_000_000


@given(st.dictionaries(st.sampled_from([*plain_names(), "sample", "trust", "x"]), PLAIN | WHOLE_CHARACTERS, max_size=4))
def test_any_values_are_read_or_refused_in_words(
    tmp_path_factory: pytest.TempPathFactory, held: dict[str, Any]
) -> None:
    file = write(tmp_path_factory.getbasetemp(), write_toml(held))
    try:
        assert set(read_study_file(file)) == set(held)
    except MlopsWidgetsError as error:
        assert len(str(error)) < 1000  # noqa: PT017 - any of our errors will do


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = write(tmp_path_factory.getbasetemp(), content)
    try:
        read_study_file(file)
    except MlopsWidgetsError as error:
        assert "study.toml" in str(error)  # noqa: PT017 - any of our errors will do


def test_a_folder_is_answered_by_the_file_in_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is a folder\. It holds no study\.toml"):
        open_study(tmp_path)
    (tmp_path / "study.toml").write_text('sample = "loans"')
    with pytest.raises(InputError, match=r"is a folder\. Pass '.*study\.toml'\."):
        open_study(tmp_path)
