"""A recipe in a file: JSON that holds data only, checked piece by piece when it is read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.result import JSON_ERRORS, write_atomically
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.errors import InputError, MlopsWidgetsError, listed

FORMAT = "mlops-widgets recipe 1"
MOST_BYTES = 50_000_000
_FIELDS = ("kind", "columns", "parameters", "on", "reason")


def write_steps(path: str | Path, steps: Sequence[Step]) -> Path:
    """Write steps to a file that appears whole or not at all."""
    path = Path(path)
    if path.suffix != ".json":
        raise InputError(f"save({str(path)!r}): the name must end in .json.")
    plain = {"format": FORMAT, "steps": [to_plain(step) for step in steps]}
    text = json.dumps(plain, indent=1, allow_nan=False, ensure_ascii=False)
    write_atomically(path, text.encode(errors=JSON_ERRORS))
    return path


def read_steps(path: str | Path) -> tuple[Step, ...]:
    """Return the steps of a file."""
    path = Path(path)
    plain = _json(path)
    if not isinstance(plain, dict) or plain.get("format") != FORMAT or not isinstance(plain.get("steps"), list):
        raise InputError(
            f"{path.name} holds no recipe: an object with format {FORMAT!r} and a list of steps is needed."
        )
    return tuple(_step(each, f"step {number} of {path.name}") for number, each in enumerate(plain["steps"], start=1))


def _json(path: Path) -> Any:  # noqa: ANN401 - whatever a file holds
    if not path.is_file():
        raise InputError(f"There is no file {str(path)!r}. Pass the path of a recipe that save() wrote.")
    if path.stat().st_size > MOST_BYTES:
        raise InputError(f"{path.name} has over {MOST_BYTES:,} bytes, more than a recipe can have.")
    try:
        return json.loads(path.read_bytes().decode())
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{path.name} isn't JSON: {type(error).__name__}. Pass a file that recipe.save() wrote."
        ) from error


def _step(plain: object, where: str) -> Step:
    if not isinstance(plain, Mapping) or set(plain) - set(_FIELDS) or not {"kind", "columns"} <= set(plain):
        raise InputError(f"{where} has other fields than a step: {listed(_FIELDS)}.")
    columns, parameters = plain["columns"], plain.get("parameters", {})
    texts = [plain["kind"], plain.get("reason", "")]
    if (
        not isinstance(columns, list) or not all(isinstance(each, str) for each in (*columns, *texts))
        or not isinstance(parameters, dict) or not isinstance(plain.get("on", True), bool)
    ):  # fmt: skip
        raise InputError(
            f"{where}: kind and reason are texts, columns a list of texts, parameters an object, on true or false."
        )
    try:
        return Step(
            kind=plain["kind"], columns=tuple(columns), parameters=parameters, on=plain.get("on", True), reason=texts[1]
        )
    except MlopsWidgetsError as error:
        raise InputError(f"{where}: {error}") from error
