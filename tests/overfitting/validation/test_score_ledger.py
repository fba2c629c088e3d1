import json
import os
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError
from mlops_widgets.overfitting.validation.score_ledger import open_ledger
from mlops_widgets.overfitting.validation.selection_bias import SelectionBiasResult, estimate_selection_bias

_BASE = pd.DataFrame({"y": np.arange(60) % 2, "score": np.linspace(0.2, 0.8, 60)})


def _study(shift: float = 0.0, rows: int = 60) -> mw.Study:
    """Return a study of the same test in which a function answers a little otherwise at each `shift`."""

    def ask(frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(np.clip(frame["score"] + shift * (np.arange(len(frame)) % 3), 0, 1))

    return mw.load_study(predict_proba=ask, test=_BASE[:rows], target="y", features=["score"])


def test_distinct_answers_count_once_each(tmp_path: Path) -> None:
    ledger = open_ledger()
    assert [ledger.record(_study(shift)) for shift in (0.0, 0.0, 0.01, 0.02, 0.01)] == [1, 1, 2, 3, 3]
    assert ledger.looks(_study()) == 3
    assert ledger.looks(_study(rows=50)) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_with_a_path_outlives_the_notebook_and_holds_hashes_alone(tmp_path: Path) -> None:
    path = tmp_path / "looks.json"
    open_ledger(path).record(_study())
    assert open_ledger(path).record(_study(0.01)) == 2
    plain = json.loads(path.read_text())
    (looks,) = plain["tests"].values()
    assert all(len(look) == 16 for look in looks)
    assert [each.name for each in tmp_path.iterdir()] == ["looks.json"]


def test_two_notebooks_add_to_one_ledger(tmp_path: Path) -> None:
    path = tmp_path / "looks.json"
    first, second = open_ledger(path), open_ledger(path)
    first.record(_study())
    second.record(_study(0.01))
    assert open_ledger(path).looks(_study()) == 2


def test_the_bound_counts_the_looks() -> None:
    ledger = open_ledger()
    for shift in np.linspace(0, 0.05, 6):
        ledger.record(_study(float(shift)))
    result = estimate_selection_bias(_study(), ledger=ledger, draws=100)
    assert isinstance(result, SelectionBiasResult)
    assert (result.how, result.n_candidates) == ("bound", 6)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"version": 2, "tests": {}}', '{"version": 1, "tests": []}',
        '{"version": 1, "tests": {"../../x": ["0123456789abcdef"]}}', '{"version": 1, "tests": {"0123456789abcdef": "x"}}',
        '{"version": 1, "tests": {"0123456789abcdef": ["<script>"]}}', "[" * 100_000, "\udcff",
    ],
)  # fmt: skip
def test_a_file_that_is_no_ledger_is_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / "looks.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"looks\.json"):
        open_ledger(path)
    assert path.read_bytes() == before


def test_a_folder_and_a_file_too_large_are_no_ledgers(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no ledger"):
        open_ledger(tmp_path)
    large = tmp_path / "large.json"
    large.write_bytes(b" " * 5_000_001)
    with pytest.raises(InputError, match="5,000,000"):
        open_ledger(large)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="folders have no locks on Windows")
def test_two_notebooks_that_write_at_once_wait_for_each_other(tmp_path: Path) -> None:
    import fcntl

    path = tmp_path / "looks.json"
    ours, theirs = open_ledger(path), open_ledger(path)
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)  # as somebody who has read the file and not written it yet
    writer = Thread(target=theirs.record, args=(_study(0.01),))
    writer.start()
    writer.join(0.2)  # longer than a look takes: only the lock can hold it up
    assert writer.is_alive()
    assert not path.exists()
    os.close(folder)
    writer.join()
    assert ours.record(_study()) == 2


def test_a_link_to_a_ledger_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "shared" / "looks.json", tmp_path / "looks.json"
    real.parent.mkdir()
    open_ledger(real).record(_study())
    link.symlink_to(real)
    assert open_ledger(link).record(_study(0.01)) == 2
    assert link.is_symlink()
    assert open_ledger(real).looks(_study()) == 2


def test_a_pipe_is_no_ledger_and_isnt_waited_for(tmp_path: Path) -> None:
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "looks.json")
        with pytest.raises(InputError, match="is no ledger"):
            open_ledger(tmp_path / "looks.json")


def test_a_ledger_in_a_folder_that_isnt_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no folder"):
        open_ledger(tmp_path / "none" / "looks.json").record(_study())
