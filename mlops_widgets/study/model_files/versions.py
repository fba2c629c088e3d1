"""What is to be said when a model was saved by other versions than those that read it."""

import warnings
from collections.abc import Iterable
from inspect import Parameter, signature
from typing import Any

from mlops_widgets.study.model_files.structure import objects_in


def version_notes(caught: Iterable[warnings.WarningMessage], *, saved: Iterable[str] = ()) -> tuple[str, ...]:
    """Return sentences on version mismatches, from the warnings that loading raised and versions that the file names.

    Parameters
    ----------
    caught
        Warnings recorded while the model was loaded.
    saved
        Versions of scikit-learn that the file says it was saved by.
    """
    from sklearn import __version__
    from sklearn.exceptions import InconsistentVersionWarning

    messages = [each.message for each in caught]
    olds = {str(each.original_sklearn_version) for each in messages if isinstance(each, InconsistentVersionWarning)}
    olds |= {version for version in saved if version != __version__}
    notes = []
    if olds:
        notes.append(
            f"The model was saved by scikit-learn {', '.join(sorted(olds))} and is read by {__version__}: its answers may "
            "differ from those where it was saved. Reproduce a known score first (expected=)."
        )
    notes += [
        f"Loading warned: {_first_line(str(each))}"
        for each in messages
        if not isinstance(each, InconsistentVersionWarning) and _is_about_versions(str(each))
    ]
    return tuple(dict.fromkeys(notes))


def fill_settings(model: Any, *, name: str) -> None:  # noqa: ANN401 - any model
    """Give scikit-learn's estimators the settings that their class has gained since they were saved, at their defaults.

    Without them an older pipeline predicts, but can't be copied, refitted or shown.

    Parameters
    ----------
    model
        A loaded model, changed in place.
    name
        What messages call its file.
    """
    from sklearn.base import BaseEstimator

    for each in objects_in(model, name=name):
        if isinstance(each, BaseEstimator) and type(each).__module__.startswith("sklearn."):
            stored = vars(each)
            for setting, parameter in signature(type(each)).parameters.items():
                if setting not in stored and parameter.default is not Parameter.empty:
                    setattr(each, setting, parameter.default)


def _is_about_versions(text: str) -> bool:
    return "version" in text.lower()


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("[")]
    line = (lines or [text.strip()])[0]
    return line if len(line) <= 200 else line[:197] + "…"
