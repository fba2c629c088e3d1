"""What an explanation is: contributions in the user's own columns, with what they rest on and how far to trust them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.result import Result, Status
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.attribution.lime_route import LocalFit

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Engine = Literal["shap", "lime"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was checked of an explanation.

    Parameters
    ----------
    name
        What was checked, such as "additivity".
    value
        What was measured.
    limit
        Where it stops being good, or None where it is only reported.
    status
        The verdict.
    text
        The verdict in a sentence.
    """

    name: str
    value: float
    limit: float | None
    status: Status
    text: str


def half_width(standard_error: Floats, degrees: int, level: float = 0.95) -> Floats:
    """Return half the width of intervals by Student's t with these degrees of freedom; 0 with none, of exact values."""
    from scipy.stats import t

    return np.asarray(standard_error * (t.ppf((1 + level) / 2, degrees) if degrees else 0.0))


@dataclass(frozen=True, kw_only=True)
class Explanation(Result):
    """What each column contributed to the model's answers on some rows.

    It holds the cells of the rows that it explains: it is about them. n rows, p players (columns or groups of columns), k outputs.

    Parameters
    ----------
    engine
        "shap" for Shapley values, "lime" for a local surrogate.
    route
        How it was computed: "linear", "tree", "exact", "permutation", "lime", or the library that was asked for.
    exact
        Whether the values are exact (to rounding) for this background.
    scale
        What the values are in: "probability", "log-odds", "score", or a unit.
    columns, outputs, row_names
        What players, outputs and rows are called.
    cells
        (n, p) the rows' cells in words; empty of rows that nobody named, such as a sample's.
    numbers
        (n, p) the same as numbers, NaN where they are none or not told.
    values
        (n, p, k) contributions; of LIME the surrogate's weights times what it says of the row.
    standard_error
        (n, p, k) their sampling error: 0 where exact, NaN where unknown.
    base
        (n, k) the answer for the baseline: `base + values.sum(axis=1)` is the prediction where the values are additive.
    prediction
        (n, k) the user's own model on these rows.
    pairs
        Antithetic pairs behind the standard errors, 0 where exact; of LIME, blocks of samples. See `degrees`.
    evaluations
        Rows that the model was asked about.
    background_rows, baseline_text
        What the values are compared with.
    checks
        What was checked.
    lime
        With `method="both"`, the same rows by LIME on the same scale.
    fit
        Of LIME, how the surrogates fit.
    declined
        Why faster routes weren't taken, a sentence each.
    positions
        Where the rows stand in their table; empty where they were given.
    """

    holds_cells: ClassVar[bool] = True

    engine: Engine
    route: str
    exact: bool
    scale: str
    columns: tuple[str, ...]
    outputs: tuple[str, ...]
    row_names: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    numbers: Floats
    values: Floats
    standard_error: Floats
    base: Floats
    prediction: Floats
    pairs: int
    evaluations: int
    background_rows: int
    baseline_text: str
    checks: tuple[Check, ...] = ()
    lime: "Explanation | None" = None
    fit: LocalFit | None = None
    declined: tuple[str, ...] = ()
    positions: tuple[int, ...] = ()

    @property
    def degrees(self) -> int:
        """Degrees of freedom of the intervals: the pairs (one of them for the pooled variance), of LIME the blocks less one."""
        return max(self.pairs - 1, 0) if self.engine == "lime" else self.pairs

    @property
    def logistic(self) -> bool:
        """Whether each answer stands for a probability: log-odds of one outcome, not of several classes."""
        return self.scale == "log-odds" and len(self.outputs) == 1

    def favoured(self, row: int = 0) -> int:
        """Return which output a row is about: of several classes the one that the model says."""
        return int(self.prediction[row].argmax())

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return both ends of each contribution's interval, (n, p, k) each; the sampling error of the background isn't in it."""
        width = half_width(self.standard_error, self.degrees, level)
        return self.values - width, self.values + width

    def to_frame(self, output: int = -1) -> "pd.DataFrame":
        """Return the contributions to one output, a row a row and a column a column."""
        import pandas as pd

        return pd.DataFrame(self.values[:, :, output], index=list(self.row_names), columns=list(self.columns))

    def frame(self) -> "pd.DataFrame":
        """Return one row a row, output and column: cell, value and its 95 % interval."""
        import pandas as pd

        lower, upper = self.interval()
        n, p, k = self.values.shape
        row, column, output = (axis.ravel() for axis in np.meshgrid(range(n), range(p), range(k), indexing="ij"))
        return pd.DataFrame({
            "row": np.array(self.row_names, dtype=object)[row], "output": np.array(self.outputs, dtype=object)[output],
            "column": np.array(self.columns, dtype=object)[column],
            "cell": np.array(self.cells, dtype=object).reshape(n, p)[row, column] if self.cells else "",
            "value": self.values.ravel(), "lower": lower.ravel(), "upper": upper.ravel(),
        })  # fmt: skip

    def to_shap(self) -> Any:  # noqa: ANN401 - a shap.Explanation
        """Return a `shap.Explanation` for shap's own plots."""
        from mlops_widgets.explainability.attribution.shap_library import as_shap

        return as_shap(self)

    def to_lime(self, row: int = 0) -> Any:  # noqa: ANN401 - a lime.explanation.Explanation
        """Return one row's surrogate as lime's own type, for its `as_list`, `as_map` and `as_pyplot_figure`.

        Parameters
        ----------
        row
            The row's place in this explanation.

        Raises
        ------
        InputError
            If LIME wasn't asked, or there is no such row.
        """
        from mlops_widgets.explainability.attribution.lime_library import as_lime

        by_lime = self if self.engine == "lime" else self.lime
        if by_lime is None or by_lime.fit is None:
            raise InputError("This explanation holds nothing of LIME. Ask for it: explain(…, method='both').")
        if not 0 <= row < len(self.row_names):
            raise InputError(f"row={row}. Rows of this explanation: 0 to {len(self.row_names) - 1}.")
        return as_lime(by_lime, by_lime.fit, row)
