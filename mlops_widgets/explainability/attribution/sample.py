"""Explain a sample of a table's rows within a budget of questions to the model, for views of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.explainability.attribution.chosen_rows import table_of
from mlops_widgets.explainability.attribution.explain_findings import as_explanation
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.attribution.question import FEW_BACKGROUND_ROWS, Question
from mlops_widgets.explainability.attribution.router import ask_the_model, read
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

SAMPLE_ROWS = 300
EVALUATIONS = 300_000
"""Rows that the model is asked about at most, where it is only asked: a second or two of a boosted model."""
_PAIRS = 2
_FEWEST_ROWS = 20
_FEWEST_BACKGROUND_ROWS = 5


def explain_sample(
    study: Study, table_name: str, *, most_rows: int = SAMPLE_ROWS, output: Output = "auto",
    groups: Mapping[str, Sequence[str]] | None = None, background_rows: int = BACKGROUND_ROWS,
    most_evaluations: int = EVALUATIONS, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
) -> Explanation:  # fmt: skip
    """Return Shapley values of rows drawn from a table, without their cells: nobody named these rows.

    Where the model can be read, `most_rows` rows get exact values. Where it can only be asked, two pairs of permutations a
    row and a background of 50 rows (5 at least, where there are hundreds of columns) buy more rows: a mean over rows needs many rows more than it needs each of them sharp.

    Parameters
    ----------
    study
        The study; its model must be there.
    table_name
        Which table.
    most_rows
        Rows to draw.
    output, groups
        As in `explain`.
    background_rows
        Rows of the baseline.
    most_evaluations
        Rows that the model is asked about at most (but for 20 explained rows at least).
    seed
        Of everything that is drawn.
    progress, cancel
        Called between rows.

    Returns
    -------
    Explanation
        `positions` says which rows of the table they are; `cells` is empty and `numbers` NaN.

    Examples
    --------
    >>> from mlops_widgets import sample
    >>> explain_sample(sample("loans"), "test", most_rows=20).values.shape
    (20, 11, 1)
    """
    check_counts(most_rows=(most_rows, 1), background_rows=(background_rows, 1), most_evaluations=(most_evaluations, 1))
    table = table_of(study, table_name)
    drawn = np.sort(np.random.default_rng([seed, 3]).permutation(table.rows)[:most_rows])
    question = ask_study(
        study, drawn.tolist(), table=table_name, output=output, groups=groups, background=background_rows, seed=seed
    )
    with one_thread():
        reading = read(question, None, progress, cancel)
        if reading.routed is None:
            return _without_cells(_asked(question, most_evaluations, progress, cancel))
        return _without_cells(as_explanation(question, reading.routed.answer, reading.routed.checks))


def _asked(question: Question, most: int, progress: Progress | None, cancel: Cancel | None) -> Explanation:
    each = question.lighter(1).evaluations_a_row(_PAIRS)  # for one row of the background; many columns leave it few
    affordable = max(_FEWEST_BACKGROUND_ROWS, most // (_FEWEST_ROWS * each))
    question = question.lighter(min(FEW_BACKGROUND_ROWS, affordable))
    rows = min(len(question.rows), max(_FEWEST_ROWS, most // question.evaluations_a_row(_PAIRS)))
    spread = np.linspace(0, len(question.rows) - 1, rows).astype(int)
    question = question.part(spread.tolist())
    routed = ask_the_model(question, read(question, ()), pairs=_PAIRS, progress=progress, cancel=cancel)
    return as_explanation(question, routed.answer, routed.checks)


def _without_cells(explained: Explanation) -> Explanation:
    return replace(explained, cells=(), numbers=np.full(explained.numbers.shape, np.nan))
