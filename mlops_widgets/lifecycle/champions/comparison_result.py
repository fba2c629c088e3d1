"""What a comparison of champion and challenger holds."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.result import Result
from mlops_widgets.lifecycle.champions.contrasts import Contrast, Forecasts
from mlops_widgets.study.challengers import Kind

if TYPE_CHECKING:
    import pandas as pd

Verdict = Literal["better", "no worse", "worse", "not enough data"]


@dataclass(frozen=True, kw_only=True)
class ComparisonResult(Result):
    """A model and its challenger on the same rows.

    Parameters
    ----------
    verdict
        "better": surely better; "no worse": a loss beyond the margin is ruled out; "worse": it is certain; else "not enough data".
    champion, challenger, kind
        Names of the two, and where the challenger comes from: "given", "retrained" or "plain".
    where
        Rows that both are judged on.
    metric, metric_label, greater_is_better, margin
        The study's metric, and the largest loss that doesn't matter.
    champion_value, champion_lower, champion_upper, challenger_value, challenger_lower, challenger_upper
        Each model's score with its 95 % interval.
    gain, gain_lower, gain_upper
        How much better the challenger is, paired, with its 95 % interval; negative is worse.
    needed_rows
        About how many rows would settle the verdict; 0 where it is settled, or more rows would settle it only slowly.
    metrics, groups, chunks
        The same by other metrics, in groups, and in chunks of time; the intervals of each of the three hold together in 95 %.
    value
        The same for the mean value of a decision, or None.
    forecasts, forecast_margin
        How well either's forecasts are calibrated, and the distance that doesn't matter; empty and NaN where they aren't forecasts.
    same_answers, differing_share
        Whether both answer every row the same, and the share of rows on which they decide differently, NaN where they decide nothing.
    only_champion_right, only_challenger_right, decisions_p_value
        Decisions on which just one is right, and McNemar's p-value; −1 and NaN where there are none.
    delong_lower, delong_upper
        DeLong's interval of the gain, for ROC AUC of independent rows; else NaN.
    synthetic
        Whether the data were made up.
    """

    verdict: Verdict
    champion: str
    challenger: str
    kind: Kind
    where: str
    metric: str
    metric_label: str
    greater_is_better: bool
    margin: float
    champion_value: float
    champion_lower: float
    champion_upper: float
    challenger_value: float
    challenger_lower: float
    challenger_upper: float
    gain: float
    gain_lower: float
    gain_upper: float
    needed_rows: int
    metrics: tuple[Contrast, ...]
    groups: tuple[Contrast, ...]
    chunks: tuple[Contrast, ...]
    value: Contrast | None
    forecasts: tuple[Forecasts, ...]
    forecast_margin: float
    same_answers: bool
    differing_share: float
    only_champion_right: int
    only_challenger_right: int
    decisions_p_value: float
    delong_lower: float
    delong_upper: float
    synthetic: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a comparison: all rows first, then other metrics, value, groups and chunks."""
        import pandas as pd

        overall = Contrast(
            label="all rows", metric=self.metric, rows=self.rows, champion=self.champion_value, challenger=self.challenger_value,
            gain=self.gain, lower=self.gain_lower, upper=self.gain_upper, level=0.95,
        )  # fmt: skip
        kinds = {
            "overall": (overall,), "metric": self.metrics, "value": () if self.value is None else (self.value,), "group": self.groups,
            "chunk": self.chunks,
        }  # fmt: skip
        return pd.DataFrame([{"of": kind, **vars(each)} for kind, found in kinds.items() for each in found])
