"""Whether the model leans on a shortcut: a column that counts offline and not in production."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import MissingInputError, ModelError
from mlops_widgets.explainability.trust.shortcuts_findings import find
from mlops_widgets.explainability.trust.shortcuts_refits import Refits, Worth
from mlops_widgets.explainability.trust.shortcuts_shares import Shares, contribution_shares
from mlops_widgets.explainability.trust.shortcuts_shuffles import Leaning, shuffle_columns
from mlops_widgets.explainability.trust.shortcuts_signs import changed_in_kind, explains_alone
from mlops_widgets.explainability.trust.shortcuts_verdicts import (
    Screen,
    ShortcutColumn,
    Span,
    Verdict,
    differ,
    screen,
    settle,
)
from mlops_widgets.measures.attribution.shares import Drawn
from mlops_widgets.measures.intervals import Estimate
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study

_MOST_REFITTED = 3
"""Columns that refits look at: those that lost most, then those that the screen couldn't clear."""


@dataclass(frozen=True, kw_only=True)
class ShortcutResult(Result):
    """What the model leans on in test and in production, column by column, and what it is worth in each.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    margin
        The largest loss that doesn't matter, in the metric's unit.
    columns
        One a feature, those with the gravest verdict first.
    test_score, production_score
        The model's score on the sampled rows; NaN without labels.
    test_rows, production_rows, explained_rows, fit_rows
        Rows shuffled in each table, rows explained in each, and rows that each refit learned from (0 without refits).
    detectable
        The smallest fall of importance that would have been seen in 80 % of cases; NaN without labels in production.
    rest_test, rest_production
        Scores of the model learned anew without the confirmed columns; NaN without any.
    not_refitted
        Why there are no refits, in half a sentence; empty where there are.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    columns: tuple[ShortcutColumn, ...]
    test_score: float
    production_score: float
    test_rows: int
    production_rows: int
    explained_rows: int
    fit_rows: int
    detectable: float
    rest_test: float
    rest_production: float
    not_refitted: str = ""
    synthetic: bool = False

    @property
    def labelled(self) -> bool:
        """Whether importance could be measured in both tables."""
        return bool(np.isfinite(self.test_score) and np.isfinite(self.production_score))

    def of(self, verdict: str) -> tuple[ShortcutColumn, ...]:
        """Return the columns with this verdict."""
        return tuple(column for column in self.columns if column.verdict == verdict)

    def frame(self) -> pd.DataFrame:
        """Return one row a column: verdict, importance, shares and worth in test and production, with intervals."""
        return pd.DataFrame([column.flat() for column in self.columns])


@strategy("EX-SC")
def find_shortcuts(
    study: Study,
    *,
    margin: float | None = None,
    max_rows: int = 3000,
    max_fit_rows: int = 4000,
    explained_rows: int = 200,
    draws: int = 300,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ShortcutResult:
    """Find out whether the model leans on a column that counts offline and not in production.

    Each column is shuffled within the test and within production: how far do the answers move, how much worse does the
    score get? Where a column lost that, the model is learned anew without it. A shortcut is confirmed where the test
    then falls by more than the margin and production doesn't.

    Parameters
    ----------
    study
        With a model that can be asked, a test and production. Labels in both give importance, a model that can be
        refitted on a labelled reference gives confirmation; without them a column is suspected at most.
    margin
        The largest loss that doesn't matter, in the metric's unit; by default the study's, else the metric's.
    max_rows
        Most rows of each table that are asked about, 50 or more; refits, of which there are few, are asked about twice as many.
    max_fit_rows
        Most rows that each refit learns from, 50 or more.
    explained_rows
        Most rows of each table whose contributions (SHAP) are averaged, fewer where the model can only be asked; 0 leaves
        them out.
    draws
        Bootstrap draws, 100 or more.
    seed
        Seed of samples, shuffles and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ShortcutResult or NoResult
        Findings: EX-SC-01 the verdict, EX-SC-02 what each suspect is worth, EX-SC-03 what its explanation shows,
        EX-SC-04 what would have been seen.

    Raises
    ------
    InputError
        If an option is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> study = mw.sample("loans", artefact=True)
    >>> result = mw.explainability.find_shortcuts(study, max_rows=500, max_fit_rows=1000, explained_rows=0)
    >>> [column.column for column in result.of("confirmed")]
    ['form_version']
    """
    check_margin(margin)
    check_counts(
        max_rows=(max_rows, 50), max_fit_rows=(max_fit_rows, 50), explained_rows=(explained_rows, 0), draws=(draws, 100),
        seed=(seed, 0),
    )  # fmt: skip
    run = _Run(study, margin=margin, draws=draws, seed=seed, cancel=cancel)
    run.shuffle(max_rows, part(progress, 0, 0.5))
    run.refit(max_fit_rows, 2 * max_rows, part(progress, 0.5, 0.8))
    return run.result(explained_rows, part(progress, 0.8, 1))


class _Run:
    """One search, step by step: shuffles, then refits, then what explanations show."""

    def __init__(self, study: Study, *, margin: float | None, draws: int, seed: int, cancel: Cancel | None) -> None:
        if not isinstance(study.model, EstimatorPredictor):
            raise MissingInputError(
                "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
            )
        self.study, self.draws, self.seed, self.cancel = study, draws, seed, cancel
        self.tables = {"test": study.need("test"), "production": study.need("production")}
        self.names: tuple[str, ...] = study.model.features
        self.asked_margin = margin
        self.worth: dict[str, Worth] = {}
        self.rest: Worth | None = None
        self.fit_rows, self.not_refitted = 0, ""

    def shuffle(self, most_rows: int, progress: Progress | None) -> None:
        """Shuffle each column within each table, and compare."""
        ends = {"test": (0.0, 0.5), "production": (0.5, 1.0)}
        found: Mapping[str, Leaning] = {
            name: shuffle_columns(
                self.study, table, self.names, most_rows=most_rows, draws=self.draws, seed=self.seed,
                progress=part(progress, *ends[name]), cancel=self.cancel,
            )
            for name, table in self.tables.items()
        }  # fmt: skip
        self.test, self.production = found["test"], found["production"]
        known = np.isfinite(self.test.score)
        self.margin = self.study.accepted_loss(self.test.score, self.asked_margin) if known else np.nan
        self.screen: Screen = screen(self.test, self.production, margin=self.margin)

    def refit(self, fit_rows: int, asked_rows: int, progress: Progress | None) -> None:
        """Learn anew without each column that lost importance, the others of them silent too; then without each open one."""
        lost = [self.names[place] for place in self.screen.looked_at][:_MOST_REFITTED]
        # What is open beside a lost column may be a second shortcut, which the first one covers for while it is there.
        open_ones = [self.names[place] for place in self.screen.unsettled]
        looked_at = (lost + open_ones)[:_MOST_REFITTED]
        if not looked_at:
            return
        try:
            refits = Refits(
                self.study, fit_rows=fit_rows, asked_rows=asked_rows, draws=self.draws, seed=self.seed, cancel=self.cancel
            )  # fmt: skip
            self.fit_rows = refits.fit_rows
            for count, name in enumerate(looked_at):
                tell(progress, count / len(looked_at), f"without {name}")
                self.worth[name] = refits.worth([name], beside=lost)
            confirmed = [name for name in looked_at if self._verdict(name) == "confirmed"]
            self.rest = refits.worth(confirmed) if confirmed else None
        except MissingInputError as error:
            self.not_refitted = f"this study has no {error.missing}"
        except ModelError as error:  # a refit that raises says nothing of shortcuts; the finding says so
            self.worth, self.rest, self.fit_rows, self.not_refitted = {}, None, 0, error.claim.rstrip(".")

    def _verdict(self, name: str) -> Verdict:
        place = self.names.index(name)
        return settle(
            self.worth.get(name), lost=bool(self.screen.looked_at), suspect=bool(self.screen.suspects[place]),
            harmless=bool(self.screen.harmless[place]), margin=self.margin,
        )  # fmt: skip

    def result(self, explained_rows: int, progress: Progress | None) -> ShortcutResult:
        """Explain both tables, look at the suspects' cells, and put everything together."""
        shares = self._explained(explained_rows, progress)
        explained = 0 if shares is None else min(each.rows for each in shares)
        rank = {"confirmed": 0, "suspected": 1, "open": 2, "cleared": 3}
        columns = [self._column(place, shares) for place in range(len(self.names))]
        lean = {column.column: column.lean_test.value for column in columns}
        columns.sort(key=lambda column: (rank[column.verdict], -lean[column.column]))
        metric = self.study.metric
        found = ShortcutResult(
            findings=(), rows=self.test.rows + self.production.rows, seed=self.seed, method=self._method(explained),
            reference="Breiman 2001; Fisher, Rudin & Dominici 2019; Lundberg & Lee 2017; Holm 1979",
            metric=metric.name, metric_label=metric.label, greater_is_better=metric.greater_is_better, margin=self.margin,
            columns=tuple(columns), test_score=self.test.score, production_score=self.production.score,
            test_rows=self.test.rows, production_rows=self.production.rows, explained_rows=explained,
            fit_rows=self.fit_rows, detectable=self.screen.detectable,
            rest_test=np.nan if self.rest is None else self.rest.test_score,
            rest_production=np.nan if self.rest is None else self.rest.production_score,
            not_refitted=self.not_refitted, synthetic=self.study.synthetic,
        )  # fmt: skip
        return replace(found, findings=find(found))

    def _explained(self, rows: int, progress: Progress | None) -> tuple[Shares, Shares] | None:
        if not rows:
            return None
        test, production = (
            contribution_shares(
                self.study, table, rows=rows, draws=self.draws, seed=self.seed, progress=part(progress, place / 2, place / 2 + 0.5),
                cancel=self.cancel,
            )
            for place, table in enumerate(self.tables.values())
        )  # fmt: skip
        return test, production

    def _column(self, place: int, shares: tuple[Shares, Shares] | None) -> ShortcutColumn:
        name, verdict = self.names[place], self._verdict(self.names[place])
        before, after, shown = self.test.importance, self.production.importance, self.screen
        found = ShortcutColumn(
            column=name, verdict=verdict, lean_test=_span(self.test.lean, place), p_value=float(shown.p_half[place]),
            lean_production=_span(self.production.lean, place), importance_test=_span(before, place),
            importance_production=_span(after, place),
            fall=Span(float(shown.fall[place]), float(shown.lower[place]), float(shown.upper[place])),
        )  # fmt: skip
        if name in self.worth:
            worth = self.worth[name]
            found = replace(found, worth_test=_of(worth.test), worth_production=_of(worth.production))
        if shares is not None:
            found = replace(
                found, shap_test=_span(shares[0].drawn, place), shap_production=_span(shares[1].drawn, place),
                shap_p_value=float(differ(shares[0].drawn, shares[1].drawn)[place]),
            )  # fmt: skip
        return found if verdict == "cleared" else self._with_signs(found)

    def _with_signs(self, column: ShortcutColumn) -> ShortcutColumn:
        """Return a column that isn't cleared with what its cells say by themselves."""
        reference, name = self.study.reference, column.column
        if reference is None or name not in reference:
            return column
        test, production = self.tables.values()
        return replace(
            column, kind=changed_in_kind(reference[name], production[name]),
            alone_test=explains_alone(self.study, name, reference, test),
            alone_production=explains_alone(self.study, name, reference, production),
        )  # fmt: skip

    def _method(self, explained_rows: int) -> str:
        left_out = "1 column" if len(self.worth) == 1 else f"{len(self.worth)} columns"
        refits = f"; {left_out} left out in refits on {self.fit_rows:,} rows" if self.worth else ""
        shap = f"; contributions of {explained_rows} rows a table" if explained_rows else ""
        return (
            f"Each column shuffled within the test ({self.test.rows:,} rows) and within production "
            f"({self.production.rows:,}); bootstrap by {self.study.unit_name}, {self.draws:,} draws, Student's t; Holm over all "
            f"columns{refits}{shap}"
        )  # fmt: skip


def _span(drawn: Drawn | None, place: int) -> Span:
    if drawn is None:
        return Span()
    lower, upper = drawn.bounds()
    return Span(float(drawn.values[place]), float(lower[place]), float(upper[place]))


def _of(gap: Estimate) -> Span:
    return Span(gap.value, gap.lower, gap.upper)
