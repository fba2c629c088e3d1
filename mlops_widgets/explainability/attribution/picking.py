"""A row worth explaining, where nobody has named one."""

import numpy as np

from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.study.study import Study

_HIGH = 0.9


def pick_row(study: Study, *, table: str | None = None) -> int:
    """Return the position of a row worth explaining: usual among those that somebody will ask about.

    Of two classes the row in the middle of those that the model decides for the positive class, by their score. Where it
    decides for none, and of a number that is predicted, the row that stands higher than nine in ten; of several classes the row
    in the middle by how sure the model is.

    Parameters
    ----------
    study
        The study.
    table
        Name of the table; by default the test, else production, else the reference.

    Returns
    -------
    int
        A position, as `explain` takes it; 0 where the model can't be asked.

    Raises
    ------
    UnknownNameError
        If there is no such table.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans")
    >>> row = mw.explainability.pick_row(study)
    >>> float(study.model.predictions(study.test)[row])
    1.0
    """
    home = table_of(study, table)
    try:
        ranked = "scores" in study.model.can
        answers = study.model.scores(home) if ranked else study.model.predictions(home)
        decided = study.model.predictions(home) if study.task == "binary" and "predict" in study.model.can else None
    except (MissingInputError, ModelError):
        return 0
    if answers.ndim > 1:
        return _nearest(answers.max(axis=1), 0.5)
    positive = np.zeros(len(answers), dtype=bool) if decided is None else decided == 1
    if not positive.any():
        return _nearest(answers, _HIGH)
    return _nearest(np.where(positive, answers, np.nan), 0.5)


def _nearest(answers: "np.ndarray[tuple[int], np.dtype[np.float64]]", share: float) -> int:
    """Return where the value stands that is nearest to this quantile of those that are known; the first of equals."""
    known = np.isfinite(answers)
    if not known.any():
        return 0
    away = np.abs(np.where(known, answers, np.inf) - np.quantile(answers[known], share))
    return int(away.argmin())
