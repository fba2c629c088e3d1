"""Pitfall 4: data nobody looked at, and what its errors cost the model.

Rooms stand on each other as the work does: `profiling` (what is there), `detection` (what looks wrong), `contracts` (what may
come), `cleaning` (what is repaired), `pricing` (what each error costs the model), `audits` (what changes from batch to batch).
`stewardship` (who answers for the data) stands beside them; `damage` and `source` are what all of them use.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.data_quality.detection.errors import ErrorsResult
    from mlops_widgets.data_quality.detection.find_errors import find_errors
    from mlops_widgets.data_quality.explorer.spoilers_desk import SpoilersDeskExplorer
    from mlops_widgets.data_quality.labels.label_errors import LabelErrorsResult, find_label_errors
    from mlops_widgets.data_quality.pricing.price_issues import PriceResult, price_issues
    from mlops_widgets.data_quality.spoilers_desk.desk import SpoilersDeskResult, run_spoilers_desk

__all__ = [
    "ErrorsResult",
    "LabelErrorsResult",
    "PriceResult",
    "SpoilersDeskExplorer",
    "SpoilersDeskResult",
    "find_errors",
    "find_label_errors",
    "price_issues",
    "run_spoilers_desk",
]

STRATEGIES = ("find_errors",)
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {
        "ErrorsResult": "detection.errors",
        "LabelErrorsResult": "labels.label_errors",
        "PriceResult": "pricing.price_issues",
        "SpoilersDeskExplorer": "explorer.spoilers_desk",
        "SpoilersDeskResult": "spoilers_desk.desk",
        "run_spoilers_desk": "spoilers_desk.desk",
        "find_errors": "detection.find_errors",
        "price_issues": "pricing.price_issues",
        "find_label_errors": "labels.label_errors",
    },
)
