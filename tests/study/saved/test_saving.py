"""Studies saved and opened again."""

import errno
import os
import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.result import write_atomically
from mlops_widgets.errors import InputError, TableError
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.study.saved.files_beside import FilesBeside
from mlops_widgets.study.saved.saving import save_study
from mlops_widgets.study.saved.study_file import open_study
from mlops_widgets.study.study import Study
from tests.awkward import AWKWARD, plain

FUNCTIONS = {"callable_only"}
"""Studies whose model is a function."""
OWN_CODE = {"regression_pipeline": ("tests.awkward._month",)}
"""Studies whose model holds a function of the user's own, which opening must trust."""
ROWS = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8, 0.7, 0.4] * 15, "n": range(60)})


def files(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


def logged(**more: Any) -> Study:
    return load_study(**{"test": ROWS, "scores": "score", "target": "y", **more})


@pytest.mark.parametrize("name", [name for name in AWKWARD if name not in {*FUNCTIONS, *OWN_CODE}])
def test_a_saved_study_opens_as_the_same(name: str, tmp_path: Path) -> None:
    study = AWKWARD[name]().study
    saved = study.save(tmp_path / "study.toml")
    assert saved.notes == ()
    assert open_study(saved).fingerprint == study.fingerprint


@pytest.mark.parametrize("name", list(OWN_CODE))
def test_a_model_with_own_code_is_saved_and_opens_with_trust(name: str, tmp_path: Path) -> None:
    study = AWKWARD[name]().study
    saved = study.save(tmp_path / "study.toml")
    assert "trust=('tests.awkward._month',)" in saved.notes[0]
    assert "trust" not in saved.path.read_text()
    with pytest.raises(InputError, match="nobody has reviewed"):
        open_study(saved)
    assert open_study(saved, trust=OWN_CODE[name]).fingerprint == study.fingerprint


@pytest.mark.parametrize("name", list(FUNCTIONS))
def test_a_function_is_refused_by_name(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"predict= is a function '_positive_a'.*scores="):
        AWKWARD[name]().study.save(tmp_path / "study.toml")
    assert files(tmp_path) == []


def test_a_function_as_model_is_refused_by_name(tmp_path: Path) -> None:
    def risky(frame: pd.DataFrame) -> Any:
        return (frame["n"] > 30).astype(int)

    study = load_study(model=risky, test=ROWS, target="y", features="n")
    with pytest.raises(InputError, match="model= is a function 'risky'"):
        study.save(tmp_path / "study.toml")


def test_a_metric_of_ones_own_is_refused_by_name(tmp_path: Path) -> None:
    def my_score(y: Any, y_pred: Any) -> float:
        return float((y == y_pred).mean())

    with pytest.raises(InputError, match=r"metric= is a live object \(function 'my_score'\)"):
        logged(metric=my_score).save(tmp_path / "study.toml")
    assert files(tmp_path) == []


def test_a_model_that_skops_cant_hold_is_refused_with_what_to_do(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    study = plain(200, model=make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression())).study
    with pytest.raises(InputError, match=r"model= is Pipeline, which \.skops can't hold"):
        study.save(tmp_path / "study.toml")
    assert files(tmp_path) == []


def test_a_booster_is_saved_in_its_own_format_and_opens_as_the_same(tmp_path: Path) -> None:
    arguments = plain(200).arguments
    study = load_study(**{**arguments, "model": _booster("lightgbm", arguments["reference"])})
    saved = study.save(tmp_path / "study.toml")
    assert [file.suffix for file in saved.files if file.name.startswith("model")] == [".txt"]
    assert open_study(saved).fingerprint == study.fingerprint


@pytest.mark.parametrize(("name", "suffix"), [("xgboost", ".ubj"), ("catboost", ".cbm")])
def test_a_booster_is_written_as_its_library_writes_it(name: str, suffix: str, tmp_path: Path) -> None:
    rows = plain(200).arguments["test"]
    booster = _booster(name, rows)
    saved = load_study(model=booster, test=rows, target="y", features=["a", "b"]).save(tmp_path / "study.toml")
    file = next(file for file in saved.files if file.name.startswith("model"))
    assert file.suffix == suffix
    if name == "xgboost":
        assert file.read_bytes() == bytes(booster.save_raw("ubj"))
        return
    from catboost import CatBoost

    again = CatBoost().load_model(str(file))
    np.testing.assert_array_equal(again.predict(rows[["a", "b"]]), booster.predict(rows[["a", "b"]]))


def _booster(name: str, rows: pd.DataFrame) -> Any:
    x, y = rows[["a", "b"]], rows["y"]
    if name == "lightgbm":
        import lightgbm

        return lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, lightgbm.Dataset(x, y), 3)
    if name == "xgboost":
        import xgboost

        return xgboost.train({"objective": "binary:logistic", "nthread": 1}, xgboost.DMatrix(x, y), 3)
    from catboost import CatBoost

    quiet = {"loss_function": "Logloss", "iterations": 3, "verbose": False, "allow_writing_files": False}
    return CatBoost({**quiet, "thread_count": 1}).fit(x, y)


def test_every_type_of_column_comes_back(tmp_path: Path) -> None:
    frame = ROWS.assign(
        category=pd.Categorical(list("bab") * 20, categories=["c", "b", "a"], ordered=True),
        tz=pd.date_range("2024-01-01", periods=60, tz="Europe/Oslo"), seconds=pd.date_range("2024", periods=60, unit="s"),
        span=pd.to_timedelta(range(60), unit="h"), whole=pd.array([1, None] * 30, dtype="Int64"),
        truth=pd.array([True, None] * 30, dtype="boolean"), small=np.arange(60, dtype=np.int8),
        half=np.arange(60, dtype=np.float32), text=pd.Series(["x", None] * 30, dtype="str"), string=pd.array(["x", None] * 30, dtype="string"),
        words=pd.Series(["x", None] * 30, dtype=object), mixed_truth=pd.Series([True, None] * 30, dtype=object),
        halves=pd.Series(np.arange(60) / 2).astype(object), empty=pd.Series([None] * 60, dtype=object),
    )  # fmt: skip
    study = logged(test=frame)
    saved = study.save(tmp_path / "study.toml")
    assert saved.notes == ()
    assert study.test is not None
    again = open_study(saved).test
    assert again is not None
    pd.testing.assert_series_equal(again.pandas().dtypes, study.test.pandas().dtypes)
    assert again.fingerprint == study.test.fingerprint


def test_a_column_of_cells_without_a_type_is_refused_by_name(tmp_path: Path) -> None:
    study = logged(test=ROWS.assign(mixed=pd.Series([1, "a"] * 30, dtype=object)))
    with pytest.raises(TableError, match=r"test can't be saved as Parquet: 'mixed' \(cells of type int, str\)"):
        study.save(tmp_path / "study.toml")
    assert files(tmp_path) == []


def test_a_column_that_comes_back_in_another_type_is_named(tmp_path: Path) -> None:
    study = logged(test=ROWS.assign(amount=pd.Series([Decimal("1.5")] * 60, dtype=object)))
    before = study.test
    notes = study.save(tmp_path / "study.toml").notes
    assert before is not None
    assert notes == () or "'amount'" in notes[0]


def test_half_a_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be saved"):
        logged(test=ROWS.assign(bad=pd.Series(["\ud800"] * 60, dtype=object))).save(tmp_path / "study.toml")
    assert files(tmp_path) == []


def test_parts_stand_for_data_split_and_labels(tmp_path: Path) -> None:
    frame = ROWS.assign(day=pd.date_range("2024-01-01", periods=60))
    late = frame[["n", "y"]]
    study = load_study(data=frame, split="2024-02-01", labels=late, ids="n", time="day", scores="score", target="y")
    saved = study.save(tmp_path / "study.toml")
    names = set(tomllib.loads(saved.path.read_text()))
    assert {"reference", "test", "production", "target", "ids"} <= names
    assert not {"data", "split", "labels"} & names
    assert open_study(saved).fingerprint == study.fingerprint


def test_pairs_of_arrays_are_saved_with_their_names(tmp_path: Path) -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(80, 3)), np.arange(80) % 2
    study = load_study(model=LogisticRegression().fit(x, y), reference=(x[:40], y[:40]), test=(x[40:], y[40:]))
    assert open_study(study.save(tmp_path / "study.toml")).fingerprint == study.fingerprint


def test_several_tests_keep_their_names(tmp_path: Path) -> None:
    study = logged(test={"May 2024/2": ROWS, "../june": ROWS[:30]})
    saved = study.save(tmp_path / "study.toml")
    assert all(file.parent == (tmp_path / "study_files").resolve() for file in saved.files)
    again = open_study(saved)
    assert list(again.tests) == ["May 2024/2", "../june"]
    assert again.fingerprint == study.fingerprint


def test_files_inside_the_folder_are_named_and_others_copied(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "data").mkdir(parents=True)
    ROWS.to_csv(home / "data" / "test.csv", index=False)
    ROWS[:40].to_parquet(tmp_path / "live.parquet")
    study = load_study(test=home / "data/test.csv", production=tmp_path / "live.parquet", scores="score", target="y")
    saved = study.save(home / "study.toml")
    held = tomllib.loads(saved.path.read_text())
    assert held["test"] == "data/test.csv"
    assert re.fullmatch(r"study_files/production-[0-9a-f]{12}\.parquet", held["production"])
    (tmp_path / "live.parquet").unlink()
    assert open_study(saved).fingerprint == study.fingerprint


def test_a_folder_can_be_moved(tmp_path: Path) -> None:
    study = plain(200).study
    study.save(tmp_path / "a" / "study.toml")
    (tmp_path / "a").rename(tmp_path / "b")
    assert open_study(tmp_path / "b" / "study.toml").fingerprint == study.fingerprint


def test_a_model_file_is_copied_byte_for_byte(tmp_path: Path) -> None:
    first = plain(200).study.save(tmp_path / "a" / "study.toml")
    study = open_study(first)
    second = study.save(tmp_path / "b" / "other.toml")
    models = [next(file for file in saved.files if file.name.startswith("model")) for saved in (first, second)]
    assert models[0].read_bytes() == models[1].read_bytes()
    assert second.files[0].parent.name == "other_files"
    assert open_study(second).fingerprint == study.fingerprint


def test_a_model_file_that_is_gone_is_said(tmp_path: Path) -> None:
    first = plain(200).study.save(tmp_path / "a" / "study.toml")
    study = open_study(first)
    first.files[0].unlink()
    with pytest.raises(InputError, match="isn't there any more"):
        study.save(tmp_path / "b" / "study.toml")


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    first = logged().save(path)
    with pytest.raises(InputError, match=r"already there\. Pass overwrite=True"):
        logged().save(path)
    second = logged(test=ROWS[:40]).save(path, overwrite=True)
    assert not first.files[0].exists()
    assert files(tmp_path) == sorted(["study.toml", f"study_files/{second.files[0].name}"])
    assert open_study(path).fingerprint == logged(test=ROWS[:40]).fingerprint


def test_a_study_may_be_saved_over_the_file_it_came_from(tmp_path: Path) -> None:
    study = open_study(logged().save(tmp_path / "study.toml"))
    before = files(tmp_path)
    again = study.save(tmp_path / "study.toml", overwrite=True)
    assert files(tmp_path) == before
    assert again.files == ()
    assert open_study(again).fingerprint == study.fingerprint


def test_files_of_others_in_the_folder_stay(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    logged().save(path)
    (tmp_path / "study_files" / "mine.csv").write_text("x")
    (tmp_path / "study_files" / "test-000000000000.parquet").write_text("x")
    logged(test=ROWS[:40]).save(path, overwrite=True)
    assert {"study_files/mine.csv", "study_files/test-000000000000.parquet"} <= set(files(tmp_path))


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4, 5])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, fails_at: int) -> None:
    calls = 0

    def full(path: Path, content: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomically(path, content)

    with pytest.raises(InputError, match=r"can't be saved: No space left on device\. Nothing of it was kept"):
        save_study(plain(100).study, tmp_path / "new" / "study.toml", write=full)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_earlier_study_whole(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    study = logged()
    study.save(path)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}

    def full(target: Path, content: bytes) -> None:
        if target.suffix == ".toml":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write_atomically(target, content)

    with pytest.raises(InputError, match="No space left"):
        save_study(logged(test=ROWS[:40]), path, overwrite=True, write=full)
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_a_folder_that_cant_be_written_is_said(tmp_path: Path) -> None:
    def denied(path: Path, content: bytes) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with pytest.raises(InputError, match=r"can't be saved: Permission denied\."):
        save_study(logged(), tmp_path / "study.toml", write=denied)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"can't be saved: Not a directory\."):
        logged().save(tmp_path / "file" / "study.toml")
    assert files(tmp_path) == ["file"]


def test_a_link_in_place_of_the_folder_isnt_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "study_files").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="is a link to another folder"):
        logged().save(tmp_path / "study.toml")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_old_file_behind_a_link_isnt_tidied_away(tmp_path: Path) -> None:
    others = tmp_path / "others" / "test-0123456789ab.parquet"
    others.parent.mkdir()
    others.touch()
    (tmp_path / "study_files").symlink_to(others.parent)
    (tmp_path / "study.toml").write_text(f"# {others.name}")
    sample("loans").save(tmp_path / "study.toml", overwrite=True)
    assert others.exists()


def test_a_link_in_a_models_folder_isnt_copied(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("private")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "conda.yaml").symlink_to(tmp_path / "key")
    beside = FilesBeside(home=tmp_path, name="study_files", write=write_atomically)
    with pytest.raises(InputError, match=r"model= is a folder with a link that leads out of it: conda\.yaml"):
        beside.add_tree("model", tmp_path / "model")


@pytest.mark.parametrize(
    ("path", "message"), [("study.json", r"ends in \.toml"), (".", r"ends in \.toml"), ("x.toml", "is a folder")]
)
def test_a_path_that_is_no_study_file_is_refused(tmp_path: Path, path: str, message: str) -> None:
    (tmp_path / "x.toml").mkdir()
    with pytest.raises(InputError, match=message):
        logged().save(tmp_path / path)


def test_a_sample_is_saved_by_its_name(tmp_path: Path) -> None:
    study = sample("loans", shock=True, seed=4)
    saved = study.save(tmp_path / "study.toml")
    assert tomllib.loads(saved.path.read_text()) == {"sample": "loans", "shock": True, "seed": 4}
    assert saved.files == ()
    assert open_study(saved).fingerprint == study.fingerprint


def test_a_study_that_nothing_is_known_of_is_refused(tmp_path: Path) -> None:
    study = logged()
    unknown = Study(name="x", model=study.model, outcome=study.outcome, roles=study.roles, metric=study.metric)
    with pytest.raises(InputError, match="wasn't made by load_study"):
        unknown.save(tmp_path / "study.toml")


def test_a_sampled_table_is_saved_as_the_study_has_it(tmp_path: Path) -> None:
    study = logged(max_rows=20)
    saved = study.save(tmp_path / "study.toml")
    assert saved.notes == ("test: the 20 rows of the study are saved, of 60.",)
    assert open_study(saved).fingerprint == study.fingerprint


def test_what_was_written_is_said_and_stands_for_its_path(tmp_path: Path) -> None:
    saved = logged().save(tmp_path / "study.toml")
    assert str(saved).split("\n")[1] == f"  study_files/{saved.files[0].name}"
    assert Path(saved) == saved.path
    assert repr(saved) == str(saved)


def test_a_query_is_kept_where_its_database_lies_inside(tmp_path: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(tmp_path / "rows.db")
    ROWS.to_sql("t", connection, index=False)
    connection.close()
    query = {"database": str(tmp_path / "rows.db"), "sql": "SELECT * FROM t"}
    study = logged(test=query, production=(str(tmp_path / "rows.db"), "SELECT * FROM t WHERE n < 30"))
    saved = study.save(tmp_path / "study.toml")
    assert tomllib.loads(saved.path.read_text())["test"]["database"] == "rows.db"
    assert open_study(saved).fingerprint == study.fingerprint
    copied = study.save(tmp_path / "other" / "study.toml")
    assert len(copied.files) == 2
    assert open_study(copied).fingerprint == study.fingerprint
