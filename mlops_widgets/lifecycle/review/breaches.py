"""How many rows of each chunk break the data contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.progress import Cancel, check_cancel
from mlops_widgets.errors import WrongTypeError
from mlops_widgets.lifecycle.review.promised import Promised
from mlops_widgets.study.contract.checking import check
from mlops_widgets.study.contract.contract import Contract

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Breached:
    """The rules of a contract that some chunk breaks beyond what they tolerate.

    Parameters
    ----------
    contract
        Its name.
    checked
        How many rules were put to the chunks.
    rules
        Those broken, the most serious and most broken first.
    serious
        1 for each of them whose breach is a failure, 0 for a warning.
    shares
        (rules, chunks) share of cells or rows that break it; NaN where it couldn't be checked.
    """

    contract: str
    checked: int
    rules: tuple[str, ...]
    serious: tuple[int, ...]
    shares: Floats


def contract_of(contract: object, results: Sequence[object]) -> Contract | None:
    """Return the contract passed, else the first among the results, else None.

    Raises
    ------
    WrongTypeError
        If something else was passed.
    """
    if contract is not None and not isinstance(contract, Contract):
        raise WrongTypeError(
            f"contract={type(contract).__name__}. Pass a Contract: mw.data_quality.infer_contract(table) or read_contract(path)."
        )
    return contract or next((each for each in results if isinstance(each, Contract)), None)


def measure_breaches(p: Promised, contract: Contract, *, now: datetime | None, cancel: Cancel | None) -> Breached:
    """Return which rules the chunks break."""
    frame = p.production.pandas()
    names = [rule.id for rule in contract.rules if rule.severity != "off"]
    serious = {rule.id: rule.severity == "failed" for rule in contract.rules}
    shares, beyond = np.full((len(names), p.count), np.nan), np.zeros(len(names), dtype=np.bool_)
    for chunk in range(p.count):
        check_cancel(cancel)
        rows = np.flatnonzero(p.chunks.of_row == chunk)
        if not len(rows):
            continue
        told = {each.rule.id: each for each in check(frame.iloc[rows], contract, now=now).outcomes}
        for at, name in enumerate(names):
            if told[name].measured:
                shares[at, chunk] = told[name].share
                beyond[at] |= told[name].beyond
    broken = sorted(np.flatnonzero(beyond), key=lambda at: (not serious[names[at]], -float(np.nanmax(shares[at]))))
    return Breached(
        contract=contract.name, checked=len(names), rules=tuple(names[at] for at in broken),
        serious=tuple(int(serious[names[at]]) for at in broken), shares=shares[broken],
    )  # fmt: skip
