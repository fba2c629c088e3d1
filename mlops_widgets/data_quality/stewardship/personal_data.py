"""Find personal data in a table: which columns hold it, of which kind, and on what evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, check_cancel, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.source import Source, source_of
from mlops_widgets.data_quality.stewardship.personal_data_findings import find
from mlops_widgets.study.personal.detection import BEYOND, LEVEL, PersonalColumn, personal_columns
from mlops_widgets.study.roles import Roles
from mlops_widgets.study.tables import MAX_ROWS

if TYPE_CHECKING:
    import pandas as pd

_METHOD = (
    "Shapes searched in the different cells of each column; check digits by a one-sided binomial test against their chance rate "
    f"(level {LEVEL:g} over all tests of the table, Bonferroni; lower limit {BEYOND:g} times chance); shares with Wilson's 95 % interval"
)
_REFERENCE = "ISO/IEC 7812 (Luhn), ISO 13616 and ISO 7064 (IBAN), Verhoeff 1969; Wilson 1927; Clopper & Pearson 1934"


@dataclass(frozen=True, kw_only=True)
class PersonalDataResult(Result):
    """Which columns of a table hold personal data.

    Parameters
    ----------
    columns
        One a column and kind, in the table's order.
    looked_at
        How many columns were read.
    inputs
        Personal columns that the model takes; empty without a study.
    table
        Whose rows.
    synthetic
        Whether the data were made up.
    """

    columns: tuple[PersonalColumn, ...]
    looked_at: int
    inputs: tuple[str, ...] = ()
    table: str = "table"
    synthetic: bool = False

    @property
    def personal(self) -> tuple[str, ...]:
        """The personal columns, each once."""
        return tuple(dict.fromkeys(each.column for each in self.columns))

    def frame(self) -> "pd.DataFrame":
        """Return one row a column and kind: on what evidence, the share of cells with its interval, the check digits."""
        import pandas as pd

        names = ["column", "kind", "basis", "share", "lower", "upper", "cells", "candidates", "passed", "chance", "p_value", "embedded"]  # fmt: skip
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.columns], columns=names)


@strategy("DQ-PD", takes_data=True)
def find_personal_data(
    data: Any,  # noqa: ANN401 - a study, or any form of table
    *,
    roles: Roles | Mapping[str, str | Sequence[str]] | None = None,
    table: str | None = None,
    max_rows: int = MAX_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> PersonalDataResult:
    """Find columns that hold data about persons: by check digits beyond chance, by shape, or by name.

    Nothing leaves the machine. Numbers with a check digit (cards, IBAN, national numbers) count only where more of them are right than
    chance allows: a tenth of random digits pass Luhn's check. E-mail addresses, phone numbers, US and UK numbers without one "look like"
    them. Names, dates of birth, addresses and precise places need a column name that says so, and cells that fit. Of free text, what stands
    inside it is found, too. What has none of these shapes isn't found: this can't show that a table holds no personal data.

    Parameters
    ----------
    data
        A Study, or any table that a study accepts.
    roles
        What columns mean, as `load_study` names them; a study brings its own.
    table
        Of a study: which of its tables; by default the first.
    max_rows
        Most rows; of each column 8 million letters are read, of a cell the first 10,000.
    seed
        Seed of the sample of a longer table.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    PersonalDataResult or NoResult
        Findings: DQ-PD-01 which columns are personal; DQ-PD-02 personal columns that the model takes; DQ-PD-03 too few numbers to tell a
        check digit from chance.

    Examples
    --------
    >>> import pandas as pd
    >>> import mlops_widgets as mw
    >>> people = pd.DataFrame({"contact": ["ada@example.org", "bob@example.net"], "visits": [3, 5]})
    >>> mw.data_quality.find_personal_data(people).personal
    ('contact',)
    """
    check_counts(max_rows=(max_rows, 1), seed=(seed, 0))
    source = source_of(data, table=table, roles=roles, max_rows=max_rows, seed=seed)

    def tick(share: float) -> None:
        check_cancel(cancel)
        tell(progress, share, "columns")

    found = personal_columns(source.table.pandas(), tick=tick)
    result = PersonalDataResult(
        findings=(), rows=source.table.rows, seed=seed if source.table.sampling else None, method=_METHOD, reference=_REFERENCE,
        columns=found, looked_at=len(source.table.columns), inputs=_inputs(source, found), table=source.table.name,
        synthetic=source.study is not None and source.study.synthetic,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _inputs(source: Source, found: tuple[PersonalColumn, ...]) -> tuple[str, ...]:
    if source.study is None:
        return ()
    taken = set(source.study.model.features)
    return tuple(name for name in dict.fromkeys(each.column for each in found) if name in taken)
