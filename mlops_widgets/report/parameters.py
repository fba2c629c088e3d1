"""The parameters of a chapter, checked: papermill only warns of a name that a notebook doesn't know.

It writes the values that it was given into a cell that begins with `# Parameters`, so a misspelt name is found there,
and so are names that the notebook's own parameters cell doesn't show, such as `test` and `target`.
"""

import ast
import math
from collections.abc import Iterator, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

from mlops_widgets.errors import InputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.report.sources import is_study_file
from mlops_widgets.study.saved.plain_arguments import plain_names

CHAPTER_PARAMETERS = ("study", "table", "trust", "guess", "answers", "seed", "budget_seconds", "render")
OF_SOME_CHAPTERS = ("table", "guess", "answers")
"""Those that not every chapter takes: a chapter that does lists them in its cell of parameters."""

_HEAD = "# Parameters"


def table_parameters() -> tuple[str, ...]:
    """Return the arguments of `load_study` that plain data can fill: a study of files without a script."""
    return tuple(name for name in plain_names() if name != "seed")


def read_injected(history: Sequence[str]) -> dict[str, Any]:
    r"""Return what papermill injected: name → value, from the latest cell of its own.

    Parameters
    ----------
    history
        The source of every cell run so far, the latest last.

    Raises
    ------
    InputError
        If a value in that cell isn't plain data.

    Examples
    --------
    >>> read_injected(["guess = None", '# Parameters\ntest = "log.csv"\nseed = 3\n'])
    {'test': 'log.csv', 'seed': 3}
    """
    source = next((cell for cell in reversed(history) if cell.strip().partition("\n")[0].rstrip() == _HEAD), "")
    return {name: _literal(value, name) for name, value in assigned(ast.parse(source))}


def assigned(source: ast.Module) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield each name that the cell sets, with what it is set to."""
    for line in source.body:
        targets = (
            line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
        )
        for each in targets:
            if isinstance(each, ast.Name):
                yield each.id, getattr(line, "value", None)


def _literal(node: ast.expr | None, name: str) -> Any:  # noqa: ANN401 - plain data
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float" and node.args:
        return float(ast.literal_eval(node.args[0]))  # papermill writes NaN as float('nan')
    try:
        return None if node is None else ast.literal_eval(node)
    except ValueError as error:
        raise InputError(
            f"{name}={ast.unparse(node) if node else ''} is no plain data. Pass numbers, texts, lists or maps; "
            "bring live objects by load_study(…) and open_chapter(study=…)."
        ) from error


def merge(given: Mapping[str, Any], injected: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters by name, those of the notebook and those injected, without what is left at None.

    Raises
    ------
    UnknownNameError
        If a name is no parameter; the message lists those that are.
    InputError
        If both a study and tables for one are given.
    """
    check_names([*given, *injected])
    merged = {name: value for name, value in {**injected, **given}.items() if value is not None}
    tables = [name for name in merged if name in table_parameters()]
    if is_study_file(merged.get("study")):
        return merged  # the tables stand instead of those that it holds
    if tables and merged.get("study") is not None:
        if injected.get("study") is not None or not set(tables) <= set(injected):
            raise InputError(
                f"study={merged['study']!r} and {tables[0]}= are both given. A study is either named or made of tables: "
                "leave one out."
            )
        del merged["study"]  # the notebook's default
    return merged


def check_names(names: Sequence[str], *, allowed: Sequence[str] = CHAPTER_PARAMETERS) -> None:
    """Raise `UnknownNameError` for the first of `names` that is neither in `allowed` nor an argument of `load_study`."""
    for name in names:
        if name not in {*allowed, *table_parameters()}:
            raise UnknownNameError(
                f"Unknown parameter {name!r}. Parameters: {listed(allowed)}; "
                f"and instead of study: {listed(table_parameters(), most=40)}."
                f"{did_you_mean(name, (*allowed, *table_parameters()))}"
            )


def check_listed(given: Mapping[str, Any], injected: Mapping[str, Any]) -> None:
    """Raise `UnknownNameError` for a parameter that only other chapters take: this one would do nothing with it."""
    for name in OF_SOME_CHAPTERS:
        if injected.get(name) is not None and name not in given:
            raise UnknownNameError(f"This chapter has no parameter {name!r}. Parameters: {listed(given)}.")


def check_guess(value: Any) -> float | None:  # noqa: ANN401 - checked here
    """Return `value` as a finite number or None."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise InputError(f"guess={value!r}. Pass a number, or None to skip the guess.")
    return float(value)


def check_answers(value: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 - checked here
    """Return `value` as answers by question, or None; the questions check what is answered."""
    if value is not None and not isinstance(value, Mapping):
        raise InputError(f"answers= is {type(value).__name__}. Pass a map such as {{'label_delay': 'no'}}, or None.")
    return value


def check_seed(value: Any) -> int:  # noqa: ANN401 - checked here
    """Return `value` as a whole number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise InputError(f"seed={value!r}. Pass a whole number of 0 or more.")
    return int(value)


def check_budget(value: Any) -> float:  # noqa: ANN401 - checked here
    """Return `value` as a number of seconds over 0."""
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value) or value <= 0:
        raise InputError(f"budget_seconds={value!r}. Pass a number of seconds over 0.")
    return float(value)
