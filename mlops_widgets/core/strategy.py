"""What makes a function a strategy: it answers with a Result, also where it can't measure."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from mlops_widgets.core.result import Finding, NoResult, Result
from mlops_widgets.errors import FitError, MissingInputError, MlopsWidgetsError, ModelError, WrongTypeError

P = ParamSpec("P")
S = TypeVar("S")
R = TypeVar("R", bound=Result)

_ANSWER_ACTION = "Call the model on that table yourself; what it raises there it will raise in production."
_REFIT_ACTION = (
    "Pass a model whose clone can be fitted on rows alone: try sklearn.base.clone(model).fit(X, y). How it answers isn't "
    "affected, so what needs no refit can still be measured."
)


def strategy(
    code: str, *, takes_data: bool = False
) -> Callable[[Callable[Concatenate[S, P], R]], Callable[Concatenate[S, P], R | NoResult]]:
    """Make a missing input and a failing user's model into findings, so that a chapter or report reads on.

    Everything else that goes wrong is a bug or a wrong argument and raises: a caught bug is never "not applicable".

    Parameters
    ----------
    code
        Prefix of the strategy's finding codes, such as `"OV-LG"`; `-00` is the finding made here.
    takes_data
        Whether numbers and tables do as well as a Study.
    """

    def decorate(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R | NoResult]:
        @wraps(function)
        def measured(study: S, /, *args: P.args, **options: P.kwargs) -> R | NoResult:
            if not takes_data and _is_data_or_model(study):
                raise WrongTypeError(
                    f"{function.__name__} takes a Study, not {type(study).__name__}: pass mw.load_study(model=…, test=…, "
                    "target=…)."
                )
            try:
                return _about(study, function(study, *args, **options))
            except MissingInputError as error:
                claim = f"Can't be measured here: this study has no {error.missing}."
                finding = Finding(code=f"{code}-00", status="not_applicable", claim=claim, action=error.remedy)
                return _about(
                    study, NoResult(findings=(finding,), rows=0, strategy=function.__name__, missing=error.missing)
                )
            except ModelError as error:
                refit = isinstance(error, FitError)
                finding = Finding(
                    code=f"{code}-00", status="failed", claim=f"A refit failed: {error.claim}" if refit else error.claim,
                    action=_REFIT_ACTION if refit else _ANSWER_ACTION,
                )  # fmt: skip
                return _about(study, NoResult(findings=(finding,), rows=0, strategy=function.__name__))

        return measured

    return decorate


def _about(study: object, result: R) -> R:
    """Write into a new Result of which study it is, where it doesn't say so itself; of a table alone, it is of none."""
    if not result.fingerprint and hasattr(study, "tables"):
        try:
            object.__setattr__(result, "fingerprint", str(getattr(study, "fingerprint", "")))
        except MlopsWidgetsError:  # the model answers no row
            return result
    return result


def _is_data_or_model(given: object) -> bool:
    """Say whether `given` is what `load_study` makes a study of: a table, rows, a name, a model, or nothing."""
    return (
        given is None
        or isinstance(given, str | tuple | list | dict)
        or any(hasattr(given, name) for name in ("shape", "columns", "predict"))
    )
