"""An explainer that stands ready: route, background and LIME's neighbourhood are prepared once, edited rows asked often."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any

import pandas as pd

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.explainability.attribution.checks import additivity, background_answers
from mlops_widgets.explainability.attribution.chosen_rows import Background, row_names, rows_like
from mlops_widgets.explainability.attribution.explain_findings import as_explanation, with_lime
from mlops_widgets.explainability.attribution.explanation import Check, Explanation
from mlops_widgets.explainability.attribution.lime_route import by_lime
from mlops_widgets.explainability.attribution.neighbourhood import SAMPLES, draw_neighbourhood
from mlops_widgets.explainability.attribution.question import Question, finite
from mlops_widgets.explainability.attribution.router import route
from mlops_widgets.explainability.attribution.routes import (
    MOST_EXACT_PLAYERS,
    Answer,
    Declined,
    answer_of,
    by_predictions,
    drawn_for,
)
from mlops_widgets.explainability.attribution.study_questions import BACKGROUND_ROWS, Output, ask_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.threads import one_thread

COARSE_PAIRS = 2
STEPS = (2, 5, 10, 20)
"""Pairs after which `refine` shows what it has."""


class StandingExplainer:
    """Explains rows of one study again and again, as fast as its model allows; safe to call from a worker thread.

    Parameters
    ----------
    study
        The study; its model must be there.
    output, groups, background
        As in `explain`.
    lime
        Whether explanations hold LIME's beside the Shapley values.
    samples
        Samples of LIME's neighbourhood.
    seed
        Of everything that is drawn.

    Raises
    ------
    MissingInputError
        If the study has no model that can be asked.

    Examples
    --------
    >>> from mlops_widgets import sample
    >>> study = sample("loans")
    >>> ready = StandingExplainer(study, lime=False)
    >>> row = study.test.pandas().head(1).assign(income=30_000)
    >>> ready.explain(row).columns[2]
    'income'
    """

    def __init__(
        self, study: Study, *, output: Output = "auto", groups: Mapping[str, Sequence[str]] | None = None,
        background: Background = BACKGROUND_ROWS, lime: bool = True, samples: int = SAMPLES, seed: int = 0,
    ) -> None:  # fmt: skip
        question = ask_study(study, None, output=output, groups=groups, background=background, seed=seed)
        self._lock = Lock()
        with one_thread():
            routed = route(question, pairs=COARSE_PAIRS)
            self._background = background_answers(question)
            self._neighbourhood = draw_neighbourhood(question, samples=samples) if lime else None
        self._question, self._route, self._checks = question, routed.route, _standing(routed.checks)
        self._like = question.background if question.training is None else question.training

    @property
    def exact(self) -> bool:
        """Whether the model is read, so that one answer is exact and there is nothing to refine."""
        return self._route is not None

    @property
    def question(self) -> Question:
        """The question that it stands ready for, about the first row."""
        return self._question

    def explain(
        self, rows: pd.DataFrame | Mapping[str, Any], *, pairs: int | None = None, cancel: Cancel | None = None
    ) -> Explanation:
        """Return the explanation of rows.

        Parameters
        ----------
        rows
            A frame of the model's columns, or one row as a mapping.
        pairs
            Pairs of permutations where the model is only asked; None for all coalitions of up to 8 columns, else 10 pairs.
        cancel
            Called between pieces of work.
        """
        question = self._about(rows)
        with one_thread():
            answer = self._read(question)
            if answer is None:
                answer = by_predictions(question, None, cancel, pairs=pairs)
            return self._told(question, answer)

    def refine(
        self, rows: pd.DataFrame | Mapping[str, Any], *, steps: Sequence[int] = STEPS, cancel: Cancel | None = None
    ) -> Iterator[Explanation]:
        """Yield explanations of rows that get sharper: each adds permutations to those before, and the intervals narrow.

        One explanation where the model can be read; else one after so many pairs, and for up to 8 columns a last exact one.

        Parameters
        ----------
        rows
            A frame of the model's columns, or one row as a mapping.
        steps
            Pairs after which to yield, ascending, 2 or more.
        cancel
            Called between pieces of work; the generator may also be closed.
        """
        question = self._about(rows)
        with one_thread():
            read = self._read(question)
            explained = None if read is None else self._told(question, read)
        if explained is not None:
            yield explained
            return
        yield from self._sharper(question, steps, cancel)

    def _sharper(self, question: Question, steps: Sequence[int], cancel: Cancel | None) -> Iterator[Explanation]:
        rows = range(len(question.rows))
        with one_thread():
            prediction = finite(question.predict(question.rows))
            done = steps[0]
            draws = [drawn_for(question, row, done, cancel=cancel) for row in rows]
            explained = self._told(question, answer_of(question, [each.shares for each in draws], prediction))
        yield explained
        for step in steps[1:]:
            check_cancel(cancel)
            with one_thread():
                more = [drawn_for(question, row, step - done, start=done, cancel=cancel) for row in rows]
                draws, done = [one + other for one, other in zip(draws, more, strict=True)], step
                answer = answer_of(question, [each.shares for each in draws], prediction)
                explained = self._told(question, answer, lime=explained.lime)
            yield explained
        if len(question.players) <= MOST_EXACT_PLAYERS:
            with one_thread():
                explained = self._told(question, by_predictions(question, None, cancel), lime=explained.lime)
            yield explained

    def _about(self, rows: pd.DataFrame | Mapping[str, Any]) -> Question:
        given = (
            rows if isinstance(rows, pd.DataFrame) else pd.DataFrame({str(k): pd.Series([v]) for k, v in rows.items()})
        )
        frame = rows_like(given, list(self._question.background.columns), self._like, argument="rows")
        return replace(self._question, rows=frame, row_names=row_names(given, frame), positions=())

    def _read(self, question: Question) -> Answer | None:
        """Return what the route finds, if it agrees with the model on these rows too."""
        if self._route is None:
            return None
        with self._lock:  # it remembers what it read
            found = self._route(question)
        if isinstance(found, Declined) or additivity(question, found, self._background).status == "failed":
            return None
        return found

    def _told(self, question: Question, answer: Answer, lime: Explanation | None = None) -> Explanation:
        closed = answer.route not in {"exact", "permutation"}
        own = (additivity(question, answer, self._background),) if closed else ()
        explained = as_explanation(question, answer, (*own, *self._checks))
        if lime is not None:
            return replace(explained, lime=lime, findings=(*explained.findings, *lime.findings))
        if self._neighbourhood is None:
            return explained
        return with_lime(explained, question, by_lime(question, neighbourhood=self._neighbourhood))


def _standing(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks that say something of the model and route, not of one row."""
    return tuple(check for check in checks if check.name in {"sharing out", "repeatability"})
