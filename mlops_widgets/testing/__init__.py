"""A conformance kit: whether a model, with its tables, behaves as production takes for granted.

`kit` runs the checks and returns a Result; the checks stand in `answers` (what the model says), `inputs` (what it makes of
the rows that it is given) and `lifetime` (labels, refits, files, time). `bench` holds what they share.
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    from mlops_widgets.testing.kit import CheckResult, assert_study, check_study

__all__ = ["CheckResult", "assert_study", "check_study"]

__getattr__, __dir__ = lazy(
    __name__,
    {"CheckResult": "kit", "assert_study": "kit", "check_study": "kit"},
)
