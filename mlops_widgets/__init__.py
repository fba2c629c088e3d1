"""Find out on your own model and data which of five pitfalls await it in production, and what to do.

The public names, loaded on first use: `import mlops_widgets` loads nothing heavy.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets import data_quality, explainability, governance, lifecycle, overfitting, testing
    from mlops_widgets.core.result import Finding, NoResult, Result
    from mlops_widgets.report.assessment import SelfAssessment, assess
    from mlops_widgets.report.chapter import Chapter, open_chapter
    from mlops_widgets.report.exercises import exercise
    from mlops_widgets.report.scorecard import Scorecard, run_all
    from mlops_widgets.study.loading import load_study
    from mlops_widgets.study.model_files.door import load_model
    from mlops_widgets.study.samples.catalogue import sample, samples
    from mlops_widgets.study.saved.study_file import open_study
    from mlops_widgets.study.study import Study
    from mlops_widgets.ui.guess import Guess
    from mlops_widgets.ui.loader.loader import StudyLoader

__version__ = "0.1.0"

__all__ = [
    "Chapter",
    "Finding",
    "Guess",
    "NoResult",
    "Result",
    "Scorecard",
    "SelfAssessment",
    "Study",
    "StudyLoader",
    "assess",
    "data_quality",
    "exercise",
    "explainability",
    "governance",
    "lifecycle",
    "load_model",
    "load_study",
    "open_chapter",
    "open_study",
    "overfitting",
    "run_all",
    "sample",
    "samples",
    "testing",
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
        "SelfAssessment": "report.assessment",
        "Study": "study.study",
        "StudyLoader": "ui.loader.loader",
        "assess": "report.assessment",
        "data_quality": "",
        "exercise": "report.exercises",
        "explainability": "",
        "governance": "",
        "lifecycle": "",
        "load_model": "study.model_files.door",
        "load_study": "study.loading",
        "open_chapter": "report.chapter",
        "open_study": "study.saved.study_file",
        "overfitting": "",
        "run_all": "report.scorecard",
        "sample": "study.samples.catalogue",
        "samples": "study.samples.catalogue",
        "testing": "",
    },
)
