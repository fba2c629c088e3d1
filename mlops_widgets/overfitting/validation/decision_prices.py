"""What a false positive and a false negative cost, from the study's values or the caller."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError
from mlops_widgets.study.predictor import numeric_column
from mlops_widgets.study.study import Measured, Study

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Prices of the two mistakes, row by row times a factor each.

    Parameters
    ----------
    false_positive, false_negative
        (n,) of each row at a factor of 1: ones where all rows have one price. NaN where the table has none.
    of_positive, of_negative
        The factors: the price where all rows have one, else 1.
    given, by_row
        Whether anybody gave them; whether they differ by row.
    """

    false_positive: Floats
    false_negative: Floats
    of_positive: float
    of_negative: float
    given: bool
    by_row: bool

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which rows (n,) have both prices."""
        return np.isfinite(self.false_positive) & np.isfinite(self.false_negative)

    def take(self, rows: npt.NDArray[np.bool_]) -> "Prices":
        """Return the prices of these rows."""
        return Prices(
            false_positive=self.false_positive[rows], false_negative=self.false_negative[rows], given=self.given,
            of_positive=self.of_positive, of_negative=self.of_negative, by_row=self.by_row,
        )  # fmt: skip

    @property
    def words(self) -> str:
        """Where the prices come from, in a sentence."""
        if self.by_row:
            return "Prices are those of each row in the study's values."
        if not self.given:
            return "Nobody gave prices: both mistakes count 1."
        return (
            f"A false positive costs {price_text(self.of_positive)}, a false negative {price_text(self.of_negative)}."
        )


def price_text(price: float) -> str:
    """Return a price as people write it: 1, .5, 2.25, 1,000."""
    return f"{price:,.0f}" if price == round(price) else number(price)


def prices_of(study: Study, rows: Measured, positive: float | None, negative: float | None) -> Prices:
    """Return the prices of mistakes: those given in the call, else those that follow from the study's values, else 1.

    A false positive costs what a true negative would have been worth more; a false negative, what a true positive
    would.

    Raises
    ------
    InputError
        If a price isn't above 0 (on average, where prices differ by row).
    """
    for name, price in (("false_positive_price", positive), ("false_negative_price", negative)):
        if price is not None and not 0 < price < np.inf:
            raise InputError(f"{name}={price}. Pass what that mistake costs more than the right decision, above 0.")
    if positive is not None or negative is not None or study.values is None:
        ones = np.ones(rows.n)
        return Prices(
            false_positive=ones, false_negative=ones, given=positive is not None or negative is not None, by_row=False,
            of_positive=1.0 if positive is None else float(positive),
            of_negative=1.0 if negative is None else float(negative),
        )  # fmt: skip
    return _from_values(study, rows)


def _from_values(study: Study, rows: Measured) -> Prices:
    assert study.values is not None  # noqa: S101 - asked for by the caller alone, and told to mypy
    worth = {
        name: numeric_column(rows.table, value, argument="values")[rows.rows] if isinstance(value, str) else np.full(rows.n, value)
        for name, value in study.values.of.items()
    }  # fmt: skip
    wrong, missed = worth["true_negative"] - worth["false_positive"], worth["true_positive"] - worth["false_negative"]
    for name, price in (("false positive", wrong[rows.y == 0]), ("false negative", missed[rows.y == 1])):
        mean = float(np.nanmean(price)) if np.isfinite(price).any() else float("nan")
        if not mean > 0:
            raise InputError(
                f"values= makes a {name} worth {number(-mean)} more than the right decision. A mistake must cost something: "
                "check the signs, or pass false_positive_price= and false_negative_price=."
            )
    if study.values.columns:
        return Prices(
            false_positive=wrong, false_negative=missed, of_positive=1.0, of_negative=1.0, given=True, by_row=True
        )
    ones = np.ones(rows.n)
    return Prices(
        false_positive=ones, false_negative=ones, of_positive=float(wrong[0]), of_negative=float(missed[0]), given=True,
        by_row=False,
    )  # fmt: skip
