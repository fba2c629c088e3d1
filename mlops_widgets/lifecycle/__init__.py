"""Pitfall 2: a model that nobody looks after, from review to retirement.

Rooms stand on each other as a model ages: `stream` (rows in the order of time, and when each label arrives), `retraining` (what
refits would have done, and which policy pays), `champions` (the model and its challenger on the same rows), `recovery` (whether a
fresh model would still do), `review`, `retirement` and `scheduling` (what is written down, decided and planned), `waiting` (what it
costs to look away). `green_dashboard` is the experiment. What automates all of it is on a higher floor: `mlops_widgets.pipeline`.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.lifecycle.green_dashboard.dashboard import run_green_dashboard
    from mlops_widgets.lifecycle.green_dashboard.dashboard_result import GreenDashboardResult

__all__ = [
    "GreenDashboardResult",
    "run_green_dashboard",
]

STRATEGIES: tuple[str, ...] = ()
"""What `run_all` runs: the quickest first; what needs a policy or a challenger is asked for by name."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "GreenDashboardResult": "green_dashboard.dashboard_result",
        "run_green_dashboard": "green_dashboard.dashboard",
    },
)
