"""Retraining policies, live: other costs and delays judged anew, with intervals and thresholds of their own."""

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options


class RetrainingExplorer(Explorer):
    """Judge policies under other costs and delays: what the view's sliders look up, with intervals and thresholds learned anew.

    Parameters
    ----------
    result
        The simulated or given timeline to begin with.

    Examples
    --------
    >>> from mlops_widgets.lifecycle.retraining.result import RetrainingResult
    >>> explorer = RetrainingExplorer(RetrainingResult.from_matrix([[1, 2, 3], [0, 1, 2], [0, 0, 1]]))
    >>> explorer.run(retrain_cost=0.75).totals()["every 1"]
    4.5
    """

    def __init__(self, result: RetrainingResult) -> None:
        def work(options: Options, _progress: Progress | None, _cancel: Cancel | None) -> Result:
            return result.with_costs(
                retrain_cost=float(options["retrain_cost"]), value_per_loss=float(options["value_per_loss"]),
                label_delay=int(options["label_delay"]), deploy_delay=int(options["deploy_delay"]),
            )  # fmt: skip

        most = len(result.chunk_labels)
        unit = result.value_unit or result.loss_name
        controls = (
            Control(name="retrain_cost", label="a retrain costs", value=result.retrain_cost, kind="number", lower=0.0, unit=unit),
            Control(name="value_per_loss", label=f"one {result.loss_name} is worth", value=result.value_per_loss, kind="number", lower=1e-12, unit=unit),
            Control(name="label_delay", label="labels arrive after", value=result.assumed_label_delay, lower=0, upper=most, step=1, unit=f"{result.by}s"),
            Control(name="deploy_delay", label="a deployment takes", value=result.deploy_delay, lower=0, upper=most, step=1, unit=f"{result.by}s"),
        )  # fmt: skip
        super().__init__(work, controls, result)
