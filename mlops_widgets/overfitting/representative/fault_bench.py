"""The user's model on the bench: every fault in every place, on some rows of the study."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mlops_widgets.core.progress import Cancel, Progress, tell
from mlops_widgets.errors import ModelError
from mlops_widgets.overfitting.representative.asking import Answers, Asked
from mlops_widgets.overfitting.representative.fault_costs import Bill, FaultCell, judged, labels_of, moved_by, observed
from mlops_widgets.overfitting.representative.faults import BY_NAME, Fault, spoil
from mlops_widgets.study.library_logs import prints_about
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table

SINGLE_ROWS = 20
"""Rows asked about one at a time: each costs a call."""
_SCREENED_ROWS = 100
_PRINTED = frozenset({"extra_column", "duplicated_column", "missing_column"})

Tried = tuple[FaultCell, Answers | None]
"""What came of a fault, and the answers where there are any."""


class FaultBench:
    """The model beside some rows.

    Parameters
    ----------
    study, table
        The study and the rows.
    affected_share
        Share of the rows that a fault in a column befalls.
    margin
        The largest loss that doesn't matter, or None for the study's.
    seed
        Seed of the rows befallen and the noise.
    stop
        Whether time is up.
    """

    def __init__(
        self, study: Study, table: Table, affected_share: float, *, margin: float | None, seed: int, stop: Callable[[], bool]
    ) -> None:  # fmt: skip
        self.table, self._study, self._seed, self._stop = table, study, seed, stop
        self.asked = Asked(study, table)
        self._names = study.model.features
        self._prints = prints_about(getattr(study.model, "model", None), "a column more")
        if self.asked.base.missing.all():
            raise ModelError(f"{study.model.name} gave no answer on the rows of {table.name} as they are")
        rng = np.random.default_rng(seed)
        self._hit: npt.NDArray[np.bool_] = np.zeros(table.rows, dtype=np.bool_)
        self._hit[rng.permutation(table.rows)[: max(1, round(affected_share * table.rows))]] = True
        self.labels = labels_of(study, table, self.asked.base)
        self.score = float("nan")
        if self.labels is not None:
            self.score = study.metric(self.labels.y, self.asked.base.output[self.labels.rows], self.labels.weights)
        self.margin = study.accepted_loss(0.0 if np.isnan(self.score) else self.score, margin)
        self.moved = moved_by(study, self.asked.base, None if np.isnan(self.score) else self.margin)
        self._together = True

    def billed(
        self, tried: "Sequence[Tried]", *, margin: float, error_share: float, draws: int, cancel: Cancel | None
    ) -> list[FaultCell]:
        """Return the cells with losses and verdicts, of which all hold at once but for a chance of `error_share`."""
        losses = {}
        if self.labels is not None:
            bill = Bill(
                study=self._study, labels=self.labels, base=self.asked.base, draws=draws, seed=self._seed,
                error_share=error_share, cancel=cancel,
            )  # fmt: skip
            losses = bill.losses(_changed(tried))
        return judged([cell for cell, _ in tried], losses, margin=margin)

    def places(self, most: int) -> list[int]:
        """Return the positions of the features to try: of many, those whose shuffling changes the most answers."""
        inputs = self.asked.inputs
        if inputs.shape[1] <= most:
            return list(range(inputs.shape[1]))
        few = inputs.head(_SCREENED_ROWS)
        base = self.asked.base.take(slice(0, len(few)))
        order = np.random.default_rng(self._seed).permutation(len(few))
        shares = []
        for place in range(inputs.shape[1]):
            shuffled = few.copy()
            shuffled.isetitem(place, few.iloc[order, place].array)
            answer = self.asked.ask_all([shuffled], stop=self._stop)[0]
            shares.append(float(answer.differs(base).mean()) if isinstance(answer, Answers) else 0.0)
        return sorted(int(place) for place in np.argsort(-np.array(shares), kind="stable")[:most])

    def run(self, faults: Sequence[Fault], places: list[int], progress: Progress | None) -> list[Tried]:
        """Return what came of every fault; those of the batch go first, since they say whether rows may be stacked."""
        found: dict[str, list[Tried]] = {}
        batch_first = sorted(faults, key=lambda fault: fault.scope != "batch")
        for done, fault in enumerate(batch_first, start=1):
            run = self._batch if fault.scope == "batch" else self._columns
            found[fault.name] = run(fault, places)
            tell(progress, 0.9 * done / len(batch_first), fault.label)
        return [each for fault in faults for each in found[fault.name]]

    def again(self, cell: FaultCell) -> "Tried | None":
        """Return what comes of a fault found elsewhere, on these rows; None for faults of the batch, or out of time."""
        fault = BY_NAME[cell.fault]
        if fault.scope == "batch" or self._stop():
            return None
        places = [self._names.index(cell.column)] if cell.column else []
        return next(iter(self._columns(fault, places)), None)

    def _columns(self, fault: Fault, places: list[int]) -> list[Tried]:
        if fault.name in _PRINTED and self._prints:  # refused for its number of columns, with a line on the screen
            befallen = [self._names[place] for place in places] if fault.scope == "column" else [""]
            return [
                (FaultCell(fault=fault.name, column=column, outcome="raises", error="LightGBMError"), None)
                for column in befallen
            ]
        hit = self._hit if fault.scope == "column" and fault.name != "missing_column" else np.ones_like(self._hit)
        several = list(spoil(fault, self.asked.inputs, places, hit, seed=self._seed))
        answers = self.asked.ask_all([each.inputs for each in several], stop=self._stop, together=self._together)
        return [
            self._tried(fault, "" if each.place is None else self._names[each.place], answer, hit)
            for each, answer in zip(several, answers, strict=True)
        ]

    def _tried(
        self, fault: Fault, column: str, answer: "Answers | ModelError | None", hit: npt.NDArray[np.bool_]
    ) -> Tried:
        cell = FaultCell(fault=fault.name, column=column, outcome="not_run")
        seen = observed(cell, answer, self.asked.base, hit, moved=self.moved)
        return seen, answer if isinstance(answer, Answers) else None

    def _batch(self, fault: Fault, _places: list[int]) -> list[Tried]:
        """Ask about rows twice in one batch, or one at a time: the answers should be the same."""
        inputs, rows = self.asked.inputs, len(self.asked.inputs)
        if fault.name == "duplicated_rows":
            asked = self.asked.ask_all([pd.concat([inputs, inputs], ignore_index=True)], stop=self._stop)[0]
            answer = asked.take(slice(0, rows)) if isinstance(asked, Answers) else asked
            found = self._tried(fault, "", answer, np.ones(rows, dtype=np.bool_))
        else:
            found = self._single(fault)
        self._together = self._together and found[0].outcome in {"unchanged", "not_run"}
        return [found]

    def _single(self, fault: Fault) -> Tried:
        rng = np.random.default_rng(self._seed)
        chosen = np.sort(rng.permutation(len(self.asked.inputs))[:SINGLE_ROWS])
        base = self.asked.base.take(chosen)
        cell = FaultCell(fault=fault.name, column="", outcome="not_run")
        seen = []
        for row in chosen:
            answer = self.asked.ask_all([self.asked.inputs.iloc[[row]]], stop=self._stop)[0]
            if not isinstance(answer, Answers):
                return observed(cell, answer, base, np.ones(len(chosen), dtype=np.bool_), moved=self.moved), None
            seen.append(answer)
        together = Answers(
            output=np.concatenate([each.output for each in seen]), decisions=np.concatenate([each.decisions for each in seen])
        )  # fmt: skip
        return observed(cell, together, base, np.ones(len(chosen), dtype=np.bool_), moved=self.moved), None


def _changed(tried: Sequence[Tried]) -> dict[int, Answers]:
    """Return by position the answers that changed."""
    return {
        index: answers
        for index, (cell, answers) in enumerate(tried)
        if answers is not None
        and (cell.outcome == "changes" or (cell.outcome == "abstains" and cell.changed_share > 0))
    }
