"""The loop of asking and learning: rows are picked, a person judges them, and every other cell is looked at anew."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.data_quality.detection.answers import Answers, Oracle, no_answers, read_row
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.combination import Suspected
from mlops_widgets.data_quality.detection.evidence import Evidence, gather_evidence
from mlops_widgets.data_quality.detection.learning import Learned, learn_columns, scores_of
from mlops_widgets.data_quality.detection.picking import pick_rows
from mlops_widgets.data_quality.detection.rescoring import rescored
from mlops_widgets.data_quality.detection.suspicions import CERTAIN
from mlops_widgets.measures.shares import Share, share_of

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_AT_ONCE = 4
"""Rows that an oracle is asked about before anything is learned anew."""
_FOLDS = 5


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What judged rows changed, and how well cells are told apart on them.

    Parameters
    ----------
    judged
        How many rows were judged.
    picked
        Whether they were picked for what they teach: then they are harder than rows at random, and the shares below with them.
    wrong_cells
        Cells that the person called wrong.
    before, after
        Cells of the table that counted as errors before and count now.
    only_labels
        Cells that count as errors by the answers alone.
    cleared
        Cells that counted as errors before and don't now.
    precision_before, precision
        Share of the judged cells that counted as errors which are wrong: by the detectors alone, and with labels. A judged row's
        own answer is never used on it: each fifth of the rows is looked at with what the others taught.
    recall_before, recall
        Share of the wrong cells of judged rows that counted as errors, likewise.
    """

    judged: int
    picked: bool
    wrong_cells: int
    before: int
    after: int
    only_labels: int
    cleared: int
    precision_before: Share
    precision: Share
    recall_before: Share
    recall: Share


class Labelling:
    """Suspected cells of a table, and what a person says of them row by row.

    Parameters
    ----------
    columns
        The prepared table.
    found
        What the detectors suspect.
    answers
        What was said already.
    seed
        Seed of the rows that stand in for the detectors' beliefs, and of those that are picked from.
    """

    def __init__(self, columns: Columns, found: Suspected, answers: Answers | None = None, *, seed: int = 0) -> None:
        self.columns, self.first, self.seed = columns, found, seed
        self.names = tuple(columns.columns)
        self.answers = no_answers(self.names) if answers is None else answers
        self._evidence: tuple[Evidence, ...] | None = None
        self._learned: tuple[Answers, tuple[Learned, ...]] | None = None

    def pick(self, count: int = 1) -> Integers:
        """Return positions of rows to ask about next."""
        return pick_rows(self.learned(), self.answers, count=count, seed=self.seed + len(self.answers.rows))

    def say(self, answers: Answers) -> None:
        """Take answers; of a row that was judged before, the new one counts."""
        self.answers = self.answers.joined(answers)

    def forget(self, row: int) -> None:
        """Take back what was said of a row."""
        kept = self.answers.rows != row
        self.answers = Answers(self.answers.rows[kept], self.answers.wrong[kept])

    def found(self) -> Suspected:
        """Return what is suspected now."""
        if not len(self.answers.rows):
            return self.first
        return rescored(self.first, self.answers, scores_of(self.learned(), self.answers), self.names)

    def learned(self) -> tuple[Learned, ...]:
        """Return what the answers so far taught, learned once."""
        if self._learned is None or self._learned[0] is not self.answers:
            self._learned = self.answers, learn_columns(self._known(), self.answers, seed=self.seed)
        return self._learned[1]

    def _known(self) -> tuple[Evidence, ...]:
        wrong = np.flatnonzero(self.answers.wrong.any(axis=0)).tolist()
        if self._evidence is None or not set(wrong) <= {each.index for each in self._evidence}:
            self._evidence = gather_evidence(self.columns, self.first, also=wrong)
        return self._evidence

    def taught(self, *, picked: bool) -> Taught:
        """Return what the answers changed, and how good they say the result is."""
        found, rows, wrong = self.found(), self.answers.rows, self.answers.wrong
        before, after = (_sure(each, len(self.names)) for each in (self.first, found))
        new = ~np.isin(after, before)
        detected, learned = self._flagged(self.first, rows), self._foretold()
        precision_before, recall_before = rates(detected, wrong)
        precision, recall = rates(learned, wrong)
        return Taught(
            judged=len(rows), picked=picked, wrong_cells=int(wrong.sum()), before=len(before), after=len(after),
            only_labels=int(new.sum()), cleared=int((~np.isin(before, after)).sum()), precision_before=precision_before,
            precision=precision, recall_before=recall_before, recall=recall,
        )  # fmt: skip

    def _flagged(self, found: Suspected, rows: Integers) -> Booleans:
        """Return which cells of some rows count as errors, shape (len(rows), columns)."""
        flagged = np.zeros((len(rows), len(self.names)), dtype=bool)
        of_cells = (found.columns >= 0) & (found.confidence >= CERTAIN)
        for place, row in enumerate(rows):
            flagged[place, found.columns[of_cells & (found.rows == row)]] = True
        return flagged

    def _foretold(self) -> Booleans:
        """Return which judged cells would count as errors by what was said of other rows."""
        rows, wrong = self.answers.rows, self.answers.wrong
        flagged = np.zeros(wrong.shape, dtype=bool)
        folds = np.arange(len(rows)) % _FOLDS
        for fold in np.unique(folds):
            out = folds == fold
            others = learn_columns(self._known(), Answers(rows[~out], wrong[~out]), seed=self.seed)
            flagged[out] = self._flagged_by(others, rows[out])
        return flagged

    def _flagged_by(self, learned: tuple[Learned, ...], rows: Integers) -> Booleans:
        flagged = self._flagged(self.first, rows)
        for each in learned:
            flagged[:, each.evidence.index] = each.logits[rows] >= 0
        return flagged

    def flagged(self, row: int) -> Booleans:
        """Return which cells of a row count as errors by what was learned so far, whatever was said of it, shape (columns,)."""
        return np.asarray(self._flagged_by(self.learned(), np.array([row]))[0])


def _sure(found: Suspected, columns: int) -> Integers:
    """Return a number for each cell that counts as an error."""
    sure = (found.confidence >= CERTAIN) & (found.columns >= 0)
    return (found.rows * columns + found.columns)[sure]


def rates(flagged: Booleans, wrong: Booleans) -> tuple[Share, Share]:
    """Return precision and recall over judged cells, with intervals by row."""
    units = np.broadcast_to(np.arange(len(wrong))[:, None], wrong.shape)
    return share_of(wrong[flagged], units[flagged]), share_of(flagged[wrong], units[wrong])


def ask(
    labelling: Labelling, oracle: Oracle, rows: int, *, progress: Progress | None = None, cancel: Cancel | None = None
) -> None:
    """Ask about rows, a few at a time, until enough were judged or none is left.

    Parameters
    ----------
    labelling
        What is suspected; takes the answers.
    oracle
        Judges a row by its position.
    rows
        How many rows to ask about.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.
    """
    sizes = [min(_AT_ONCE, rows - done) for done in range(0, rows, _AT_ONCE)]
    for size in steps(sizes, "rows to judge", progress, cancel):
        picked = labelling.pick(size)
        said = [read_row(oracle(int(row)), labelling.names, int(row)) for row in picked]
        labelling.say(Answers(picked, np.array(said, dtype=bool).reshape(len(picked), len(labelling.names))))
