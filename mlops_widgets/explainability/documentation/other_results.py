"""What other looks found, taken over as it is: headlines, weak slices, importance, shapes, pairs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from mlops_widgets.core.result import Finding, Result, Status, type_name
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.documentation.influences import Influences, PairInfluence

_WEAK, _EFFECTS, _PAIRS = (
    "overfitting.WeakSlicesResult",
    "explainability.EffectsResult",
    "explainability.InteractionsResult",
)


@dataclass(frozen=True, kw_only=True)
class Quoted:
    """One finding of another look.

    Parameters
    ----------
    code, status, claim, action
        As in the finding.
    strategy
        The type of the Result.
    """

    code: str
    status: Status
    claim: str
    action: str
    strategy: str


@dataclass(frozen=True, kw_only=True)
class Others:
    """What other looks found.

    Parameters
    ----------
    headlines
        The first finding of each.
    weak_slices
        All findings of the search for weak slices; None where none was passed.
    """

    headlines: tuple[Quoted, ...]
    weak_slices: tuple[Quoted, ...] | None


def others_of(results: Sequence[Result]) -> Others:
    """Return what these looks found.

    Raises
    ------
    InputError
        If something else than results was passed.
    """
    _check_results(results)
    weak = named(results, _WEAK)
    return Others(
        headlines=tuple(_quoted(each, each.findings[0]) for each in results if each is not weak),
        weak_slices=None if weak is None else tuple(_quoted(weak, finding) for finding in weak.findings),
    )


def _check_results(results: object) -> None:
    if not isinstance(results, Sequence) or not all(isinstance(each, Result) for each in results):
        raise InputError("results= holds something else than results. Pass a list of what the strategies returned.")


def named(results: Sequence[Result], name: str) -> Any:  # noqa: ANN401 - a Result of a room that this one doesn't know
    """Return the first result of that type, or None."""
    return next((each for each in results if type_name(type(each)) == name), None)


def with_others(found: Influences, results: Sequence[Result]) -> Influences:
    """Return the influences with the shapes and pairs that passed results measured more closely.

    Raises
    ------
    InputError
        If these speak of columns that the model doesn't take.
    """
    effects, pairs = named(results, _EFFECTS), named(results, _PAIRS)
    if effects is not None:
        shapes = {curve.column: curve.shape for curve in effects.strongest if curve.shape}
        _check(found, shapes, "effects")
        columns = tuple(replace(each, shape=shapes.get(each.column, each.shape)) for each in found.columns)
        found = replace(found, columns=columns, how=f"{found.how}; shapes of ordered columns as in {_EFFECTS}")
    if pairs is not None:
        _check(found, [name for pair in pairs.pairs for name in (pair.first, pair.second)], "interactions")
        taken = tuple(
            PairInfluence(first=p.first, second=p.second, share=p.share, lower=p.lower, upper=p.upper)
            for p in pairs.pairs
        )
        found = replace(found, pairs=taken, how=f"{found.how}; pairs as in {_PAIRS}")
    return found


def measured_pairs(results: Sequence[Result]) -> bool:
    """Say whether the pairs are among the results, so that they needn't be measured again."""
    return named(results, _PAIRS) is not None


def _check(found: Influences, names: Any, what: str) -> None:  # noqa: ANN401 - names
    strange = sorted(set(names) - {each.column for each in found.columns})
    if strange:
        raise InputError(
            f"results= holds {what} of {strange[0]!r:.60}, which the model doesn't take. Measure this study's."
        )


def _quoted(result: Result, finding: Finding) -> Quoted:
    return Quoted(
        code=finding.code,
        status=finding.status,
        claim=finding.claim,
        action=finding.action,
        strategy=type_name(type(result)),
    )
