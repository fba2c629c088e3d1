"""What a stranger's file reaches first: each target takes bytes and may refuse them only by errors of ours."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from mlops_widgets.errors import MlopsWidgetsError

Target = Callable[[bytes], object]


def lightgbm_text(data: bytes) -> None:
    from mlops_widgets.study.model_files.lightgbm_text import text_problem

    text_problem(data.decode("utf-8", "replace"))


def xgboost_bytes(data: bytes) -> None:
    from mlops_widgets.study.model_files.xgboost_files import raw_problem

    raw_problem(data)


def catboost_bytes(data: bytes) -> None:
    from mlops_widgets.study.model_files.catboost_files import cbm_problem

    cbm_problem(data)


def onnx_bytes(data: bytes) -> None:
    from mlops_widgets.study.model_files.onnx_graph import onnx_problem

    onnx_problem(data)


def skops_bytes(data: bytes) -> None:
    from mlops_widgets.study.model_files.skops_files import skops_problem

    skops_problem(data)


def study_file(data: bytes) -> None:
    from mlops_widgets.study.saved.study_file import open_study

    with tempfile.TemporaryDirectory() as folder:
        (path := Path(folder) / "study.toml").write_bytes(data)
        _only_ours(lambda: open_study(path))


def _table(suffix: str) -> Target:
    def read(data: bytes) -> None:
        from mlops_widgets.study.tables import read_table

        with tempfile.TemporaryDirectory() as folder:
            (path := Path(folder) / f"table{suffix}").write_bytes(data)
            _only_ours(lambda: read_table(path, name="test", max_rows=50))

    return read


def _only_ours(work: Callable[[], object]) -> None:
    try:
        work()
    except MlopsWidgetsError:
        return


TARGETS: Mapping[str, Target] = {
    "lightgbm_text": lightgbm_text,
    "xgboost_bytes": xgboost_bytes,
    "catboost_bytes": catboost_bytes,
    "onnx_bytes": onnx_bytes,
    "skops_bytes": skops_bytes,
    "study_file": study_file,
    "csv": _table(".csv"),
    "csv_gz": _table(".csv.gz"),
    "json_lines": _table(".jsonl"),
    "parquet": _table(".parquet"),
    "feather": _table(".feather"),
}
