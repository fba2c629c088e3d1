"""ONNX models: looked through for what they ask beyond themselves, tried in a child process, then loaded.

onnxruntime checks the graph, its types and the nodes of tree ensembles while it loads; what it misses, the trial meets.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.onnx_graph import onnx_problem
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named, same_bytes
from mlops_widgets.study.model_files.packages import needs
from mlops_widgets.study.model_files.trial import try_once
from mlops_widgets.study.model_files.trust import Trusted


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Read an ONNX model whose input is a table.

    Raises
    ------
    ModelFileError
        If the file can't be read, isn't ONNX, its inputs aren't columns, or onnxruntime is missing.
    UnsafeModelError
        If it names other files or unknown operators, or crashes in the trial.
    """
    data = file_bytes(path, argument=argument)
    digest = sha256(data).hexdigest()
    trusted.check_digest(digest, name=named(path, argument))
    with needs("onnxruntime", extra="onnx", argument=argument):
        import onnxruntime  # noqa: F401 - to say early that it is missing
    _check(data, name=named(path, argument))
    try_once(try_graph, path, digest=digest, argument=argument)
    session = session_of(data, argument=named(path, argument))
    names = tuple(one.name for one in session.get_inputs())
    return ModelFile(model=session, notes=(), digest=digest, features=names if len(names) > 1 else ())


def session_of(data: bytes, *, argument: str) -> Any:  # noqa: ANN401 - an onnxruntime.InferenceSession
    """Return a session on the processor, of a model in memory, in one thread.

    Raises
    ------
    ModelFileError
        If onnxruntime is missing or refuses the model; `UnsafeModelError` if it names other files.
    """
    with needs("onnxruntime", extra="onnx", argument=argument):
        import onnxruntime
    _check(data, name=argument)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it refuses is raised as well
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no base but Exception
        first = (str(error).strip().splitlines() or [""])[0]
        raise ModelFileError(f"{argument} isn't a model that onnxruntime reads: {first[:200]}") from error


def try_graph(path: Path, *, digest: str) -> Any:  # noqa: ANN401 - a model with a face
    """Load the file in a child process and answer on a few rows; only ever called there."""
    from mlops_widgets.study.native_models import with_sklearn_face

    data = same_bytes(path, digest=digest)
    return with_sklearn_face(session_of(data, argument=path.name))


def _check(data: bytes, *, name: str) -> None:
    problem = onnx_problem(data)
    if problem is None:
        return
    if "protobuf" in problem or "no graph" in problem:
        raise ModelFileError(f"{name} isn't an ONNX model: {problem}. Convert the model again.")
    raise UnsafeModelError(f"{name} is refused: {problem}. Save the model as one file with standard operators.")
