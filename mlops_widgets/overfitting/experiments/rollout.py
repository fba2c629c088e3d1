"""Two models on the same rows: what a rollout of the challenger would have shown."""

from dataclasses import dataclass

from mlops_widgets.core.result import Result


@dataclass(frozen=True, kw_only=True)
class RolloutResult(Result):
    """The replay of a rollout.

    Parameters
    ----------
    first_value, first_lower, first_upper
        What the first stage would have told of production's score.
    """

    first_value: float
    first_lower: float
    first_upper: float
