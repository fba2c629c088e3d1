"""Find out on your own model and data which of five pitfalls await it in production, and what to do.

The public names, loaded on first use: `import mlops_widgets` loads nothing heavy.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets import overfitting
    from mlops_widgets.core.result import Finding, NoResult, Result
    from mlops_widgets.report.chapter import Chapter, open_chapter
    from mlops_widgets.report.exercises import exercise
    from mlops_widgets.report.scorecard import Scorecard, run_all
    from mlops_widgets.study.loading import load_study
    from mlops_widgets.study.samples.catalogue import sample, samples
    from mlops_widgets.study.study import Study
    from mlops_widgets.ui.guess import Guess

__version__ = "0.1.0"

__all__ = [
    "Chapter",
    "Finding",
    "Guess",
    "NoResult",
    "Result",
    "Scorecard",
    "Study",
    "exercise",
    "load_study",
    "open_chapter",
    "overfitting",
    "run_all",
    "sample",
    "samples",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Chapter": "report.chapter",
        "Finding": "core.result",
        "Guess": "ui.guess",
        "NoResult": "core.result",
        "Result": "core.result",
        "Scorecard": "report.scorecard",
        "Study": "study.study",
        "exercise": "report.exercises",
        "load_study": "study.loading",
        "open_chapter": "report.chapter",
        "overfitting": "",
        "run_all": "report.scorecard",
        "sample": "study.samples.catalogue",
        "samples": "study.samples.catalogue",
    },
)
