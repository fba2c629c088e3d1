"""From what a person writes after `report` or in a parameters cell to the Study."""

import os
import runpy
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.samples.catalogue import FLAGS, SAMPLES, sample
from mlops_widgets.study.saved.recipe import MODELS, TABLES, Live
from mlops_widgets.study.saved.study_file import STUDY_FILE, open_study
from mlops_widgets.study.study import Study

_FORMS = "a sample, the path of a study.toml or of a Python file that defines `study`, or a Study"


_SCRIPT = "my_study.py"


def is_study_file(source: Any) -> bool:  # noqa: ANN401 - whatever was passed
    """Say whether a study is named by the path of a study file."""
    return isinstance(source, str | os.PathLike) and Path(source).suffix.lower() == ".toml"


def find_study(
    source: Any = None,  # noqa: ANN401 - checked here
    tables: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    trust: Trust = None,
) -> Study:
    """Return the Study that `source` names or `tables` make.

    Parameters
    ----------
    source
        A sample ("loans"; with flags "loans+shock"), the path of a `study.toml`, the path of a Python file that defines
        `study` (it is run, as `python my_study.py` would), or a Study.
    tables
        Arguments of `load_study`, instead of `source`; beside a `study.toml`, instead of what it holds.
    seed
        Seed of the sample or of the study made from tables; a Study, a script and a `study.toml` bring their own.
    trust
        What the caller vouches for of model files.

    Raises
    ------
    InputError
        If neither or both are given, or the script raises or defines no Study.
    UnknownNameError
        If there is no such sample or file.

    Examples
    --------
    >>> find_study("loans+shock").name
    'loans'
    """
    if is_study_file(source):
        return open_study(source, trust=trust, **(tables or {}))
    if tables and source is not None:
        raise InputError(f"study={source!r} and {next(iter(tables))}= are both given. Leave one out.")
    if tables:
        return load_study(**tables, seed=seed, trust=trust)
    if trust is not None:
        raise InputError(f"trust= is for model files; study={str(source)[:100]!r} reads none that it could be for.")
    if isinstance(source, Study):
        return source
    if not isinstance(source, str | os.PathLike):
        raise InputError(f"study={source!r} is {type(source).__name__}. Pass {_FORMS}.")
    if Path(source).suffix == ".py":
        return _run_script(Path(source))
    name, *flags = str(source).split("+")
    if name not in SAMPLES:
        raise UnknownNameError(
            f"Unknown study {str(source)!r}. Pass {_FORMS}. Samples: {listed(SAMPLES)}.{did_you_mean(name, SAMPLES)}"
        )
    return sample(name, seed=seed, **dict.fromkeys(flags, True))


def name_of(study: Study, *, seed: int) -> tuple[str, str]:
    """Return the text by which `find_study` finds `study` again, and what has to be done first, in a sentence or "".

    Parameters
    ----------
    study
        The study.
    seed
        The seed that `find_study` will be given: a sample of another one needs a file that says its own.

    Examples
    --------
    >>> name_of(sample("loans", shock=True), seed=0)
    ('loans+shock', '')
    """
    if study.file is not None:
        return os.fspath(study.file), ""
    recipe = study.recipe
    if "sample" in recipe and recipe.get("seed", 0) == seed:
        return "+".join([recipe["sample"], *(flag for flag in FLAGS if recipe.get(flag))]), ""
    live = {name for name, value in recipe.items() if isinstance(value, Live)}
    if recipe and live <= {*TABLES, *MODELS}:
        return STUDY_FILE, f"First save the study: study.save({STUDY_FILE!r}, overwrite=True)."
    return _SCRIPT, f"First save the lines that make `study` as {_SCRIPT}."


def _run_script(path: Path) -> Study:
    """Run the script that its owner named and return its `study`."""
    if not path.is_file():
        raise UnknownNameError(f"study={str(path)!r}: no such file. Pass {_FORMS}.")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as `python my_study.py` does, and for good: models import their own modules late
    try:
        # As __main__, so that `if __name__ == "__main__":` runs and worker processes can be sent its classes.
        names = runpy.run_path(str(path), run_name="__main__")
    except MlopsWidgetsError:
        raise
    except (Exception, SystemExit) as error:  # whatever the user's own code raises; the cause stays attached
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f" in line {lines[-1]}" if lines else ""
        raise InputError(f"study={str(path)!r}: the script raised {type(error).__name__}{where}: {error}") from error
    study = names.get("study")
    if not isinstance(study, Study):
        what = "defines no `study`" if study is None else f"defines `study` as {type(study).__name__}"
        raise InputError(f"study={str(path)!r} {what}. Write `study = mw.load_study(…)` in it.")
    return study
