"""LightGBM models saved as text: checked inside the file, tried in a child process, then loaded."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.lightgbm_text import text_problem
from mlops_widgets.study.model_files.opened import ModelFile, file_bytes, named, same_bytes
from mlops_widgets.study.model_files.packages import needs
from mlops_widgets.study.model_files.trial import try_once
from mlops_widgets.study.model_files.trust import Trusted


def read(path: Path, *, trusted: Trusted, argument: str) -> ModelFile:
    """Read a LightGBM text model (`Booster.save_model`).

    Raises
    ------
    ModelFileError
        If the file can't be read, isn't LightGBM's, or the package is missing.
    UnsafeModelError
        If its text is malformed: LightGBM would crash Python on it.
    """
    data = file_bytes(path, argument=argument)
    digest = sha256(data).hexdigest()
    trusted.check_digest(digest, name=named(path, argument))
    with needs("lightgbm", extra="boosting", argument=argument):
        import lightgbm
    text = _checked(data, name=named(path, argument))
    try_once(try_text, path, digest=digest, argument=argument)
    try:
        booster = lightgbm.Booster(model_str=text)
    except Exception as error:  # LightGBM raises its own and json's, both without a common base
        raise ModelFileError(f"{named(path, argument)} isn't a model that LightGBM reads: {error}") from error
    names = tuple(str(name) for name in booster.feature_name())
    return ModelFile(model=booster, notes=_notes(text, lightgbm.__version__), digest=digest, features=_known(names))


def try_text(path: Path, *, digest: str) -> Any:  # noqa: ANN401 - a model with a face
    """Load the file in a child process; only ever called there."""
    import lightgbm

    from mlops_widgets.study.native_models import with_sklearn_face

    data = same_bytes(path, digest=digest)
    return with_sklearn_face(lightgbm.Booster(model_str=_checked(data, name=path.name)))


def _checked(data: bytes, *, name: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ModelFileError(
            f"{name} isn't text, as LightGBM models are. Save it with booster.save_model(…)."
        ) from error
    if not text.startswith("tree\n"):
        raise ModelFileError(
            f"{name} isn't a LightGBM model: its first line isn't 'tree'. Save the model with booster.save_model(…)."
        )
    problem = text_problem(text)
    if problem:
        raise UnsafeModelError(
            f"{name} is a malformed LightGBM model: {problem}. Loading it could crash Python. "
            "Save it again from a sound model."
        )
    return text


def _notes(text: str, version: str) -> tuple[str, ...]:
    form = text.partition("\nversion=")[2].partition("\n")[0]
    if form and form != "v4":
        return (f"The LightGBM model was saved in the older form {form[:20]}; LightGBM {version} reads it.",)
    return ()


def _known(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return column names; none where they only count the columns of an array."""
    return () if names == tuple(f"Column_{i}" for i in range(len(names))) else names
