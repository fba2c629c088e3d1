"""How many of six spills in one's own rows somebody would notice: the chapter's number, after each strategy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, steps
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.notices.notices_findings import find
from mlops_widgets.data_quality.notices.sightings import Batch, Sighting, sighting, spill_into
from mlops_widgets.data_quality.notices.watchers import watched_by
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.data_quality.spills import BY_NAME
from mlops_widgets.errors import InputError, ModelError
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.roles import Roles

if TYPE_CHECKING:
    import pandas as pd

_ALONE = ("nothing", "the model")
"""Who looks before any strategy does, without a model and with one."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one watcher sees of one spill.

    Parameters
    ----------
    spill
        The spill.
    watcher
        Who looks: "nothing", "the model", "find_errors", "the contract", "the recipe", "find_label_errors" …
    share
        Share of the rows hit that are pointed at, 0 to 1.
    others
        Share of the other rows that are, 0 to 1.
    noticed
        Whether somebody would notice.
    said
        By what.
    """

    spill: str
    watcher: str
    share: float
    others: float
    noticed: bool
    said: str


@dataclass(frozen=True, kw_only=True)
class NoticeResult(Result):
    """Which of the spills somebody would notice, with nothing but the model and with what the strategies found.

    Parameters
    ----------
    spills, labels
        Names of the spills that were put in, and what they are called in a sentence.
    columns
        The columns that each hit, in words; "" where it isn't about some.
    notices
        One a watcher and spill, the model first.
    before, after
        How many spills are noticed by the model alone, and with all watchers.
    share, least
        Share of the rows hit, and share of these that must be pointed at, 0 to 1.
    table
        Whose rows.
    left_out
        Spills that these rows can't have, each with its reason.
    synthetic
        Whether the data were made up.
    """

    spills: tuple[str, ...]
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    notices: tuple[Notice, ...]
    before: int
    after: int
    share: float
    least: float
    table: str
    left_out: tuple[str, ...] = ()
    synthetic: bool = False

    @property
    def watchers(self) -> tuple[str, ...]:
        """Who looked, in order."""
        return tuple(dict.fromkeys(each.watcher for each in self.notices))

    def by(self, spill: str) -> tuple[Notice, ...]:
        """Return the notices of a spill by those who noticed it, the surest first."""
        found = [each for each in self.notices if each.spill == spill and each.noticed]
        return tuple(sorted(found, key=lambda each: -each.share))

    def frame(self) -> "pd.DataFrame":
        """Return one row a spill and watcher."""
        import pandas as pd

        return pd.DataFrame(
            [vars(each) for each in self.notices], columns=["spill", "watcher", "share", "others", "noticed", "said"]
        )


@strategy("DQ-NO", takes_data=True)
def notice_spills(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    /,
    *results: Any,  # noqa: ANN401 - of the strategies
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    table: str | None = None,
    share: float = 0.05,
    least: float = 0.1,
    max_rows: int = 2000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> NoticeResult:
    """Put six spills into copies of your own rows, one at a time, and count those that somebody would notice.

    Without a strategy there is only the model: does it refuse the rows? With the errors that were found, the search runs again on
    each copy; a contract is checked on it, a recipe cleans it, surprising labels are looked for in it. What was pointed at before
    the spill doesn't count.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts.
    *results
        What `find_errors`, `infer_contract`, `propose_recipe` and `find_label_errors` returned. One that couldn't be measured is
        passed over.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    table
        Of a study: whose rows come as the batch; by default the latest.
    share
        Share of the rows that each spill hits, above 0 up to 1; of outcomes booked late, of the positive ones.
    least
        Share of the rows hit that must be pointed at for somebody to notice, above 0 up to 1.
    max_rows
        Most rows of the batch, 50 or more.
    seed
        Seed of rows and spills.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    NoticeResult or NoResult
        Findings: DQ-NO-01 how many are noticed, and which aren't; DQ-NO-02 spills that these rows can't have.

    Raises
    ------
    WrongTypeError
        If nothing is known of a kind of result.
    InputError
        If an option is out of its range, or a result is of a table with other columns.

    Examples
    --------
    >>> import pandas as pd
    >>> import mlops_widgets as mw
    >>> orders = pd.DataFrame(
    ...     {"price": [float(100 + 7 * at % 900) for at in range(300)], "paid": [at % 3 > 0 for at in range(300)]}
    ... )
    >>> nothing = mw.data_quality.notice_spills(orders, roles={"target": "paid"})
    >>> nothing.after, len(nothing.spills)
    (0, 6)
    """
    check_counts(max_rows=(max_rows, 50), seed=(seed, 0))
    given: Mapping[str, Any] = {"share": share, "least": least}
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            raise InputError(f"{name}={value!r}. Pass a share of rows, above 0 up to 1.")
    batch = spill_into(_batch(data, table, roles, max_rows=max_rows, seed=seed), share, seed=seed)
    watchers = [each for each in results if not isinstance(each, NoResult)]
    seen = dict(
        (_refused(batch) if each is None else watched_by(each, batch))
        for each in steps([None, *watchers], "look", progress, cancel)
    )
    notices = tuple(
        _notice(spill, watcher, found[spill], least)
        for watcher, found in seen.items()
        for spill in batch.spilt
        if spill in found
    )
    return _result(batch, notices, share=share, least=least, seed=seed)


def _batch(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    name: str | None,
    roles: Roles | Mapping[str, str | Sequence[str]] | None,
    *,
    max_rows: int,
    seed: int,
) -> Source:
    """Return rows drawn from the latest table, in their order."""
    source = source_of(data, table=name, roles=roles, seed=seed)
    if source.study is not None and name is None:
        tables = [table for table in source.study.tables.values() if source.roles.target in table]
        source = replace(source, table=tables[-1] if tables else source.table)
    rows = np.random.default_rng(seed).permutation(source.table.rows)[:max_rows]
    return replace(source, table=source.table.take(np.sort(rows)))


def _refused(batch: Batch) -> tuple[str, dict[str, Sighting]]:
    """Ask the model about each copy: an error is noticed, an answer isn't."""
    study = batch.source.study
    model = study.model if study is not None and isinstance(study.model, EstimatorPredictor) else None
    found = {}
    for name, copy in batch.spilt.items():
        error = ""
        if model is not None:
            try:
                asked = batch.source.table.replace(copy.frame)
                model.predictions(asked) if "predict" in model.can else model.scores(asked)
            except ModelError as raised:
                error = type(raised.__cause__ or raised).__name__
        rows = np.full(len(copy.frame), bool(error))
        found[name] = sighting(
            rows, copy, f"it raises {error}" if error else "it answers" if model else "nobody looks", alarm=bool(error)
        )
    return _ALONE[model is not None], found


def _notice(spill: str, watcher: str, seen: Sighting, least: float) -> Notice:
    return Notice(
        spill=spill, watcher=watcher, share=seen.share, others=seen.others / seen.others_of if seen.others_of else 0.0,
        noticed=seen.noticed(least), said=seen.said,
    )  # fmt: skip


def _result(batch: Batch, notices: tuple[Notice, ...], *, share: float, least: float, seed: int) -> NoticeResult:
    noticed = {each.spill for each in notices if each.noticed}
    alone = {each.spill for each in notices if each.noticed and each.watcher in _ALONE}
    spills, study = tuple(batch.spilt), batch.source.study
    method = "Six spills, each in a copy of the rows; noticed: an alarm that isn't raised without the spill, or rows pointed at beyond chance"
    result = NoticeResult(
        findings=(), rows=batch.source.table.rows, seed=seed, method=method, spills=spills,
        labels=tuple(BY_NAME[name].label for name in spills), columns=tuple(_hit(batch, name) for name in spills), notices=notices,
        before=len(alone), after=len(noticed), share=float(share), least=float(least), table=batch.source.table.name,
        left_out=tuple(f"{BY_NAME[name].label}: {why}" for name, why in batch.left_out.items()),
        synthetic=study is not None and study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _hit(batch: Batch, spill: str) -> str:
    if BY_NAME[spill].kind in {"labels", "late_labels"}:
        return batch.source.target or ""
    places = batch.places.get(spill, ())
    return ", ".join(places) if len(places) <= 2 else ""
