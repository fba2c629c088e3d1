"""What was trusted in a run, taken out of the notebook that the run leaves: it is given anew in each call."""

import ast
import re
from typing import Any

_LINE = re.compile(r"^\s*trust\s*(?::[^=]*)?=(?!=)")
_INSTEAD = "trust = None  # given in the call, never saved"
_TAGS = frozenset({"parameters", "injected-parameters"})


def forget_trust(notebook: Any) -> None:  # noqa: ANN401 - nbformat's node, a dict with attributes
    """Take `trust` out of an executed notebook: out of what papermill noted and out of its cells of parameters."""
    noted = notebook["metadata"].get("papermill", {})
    for name in ("parameters", "environment_variables"):
        noted.get(name, {}).pop("trust", None)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and _TAGS & set(cell["metadata"].get("tags", ())):
            cell["source"] = without_trust(cell["source"])


def without_trust(source: str) -> str:
    r"""Return the source of a cell in which no value is given to `trust`.

    Examples
    --------
    >>> without_trust("seed = 1\ntrust = 'pickle'")
    'seed = 1\ntrust = None  # given in the call, never saved'
    """
    lines = source.split("\n")
    try:
        statements = ast.parse(source).body
    except SyntaxError:  # a cell with magics: papermill writes a value in one line
        return "\n".join(_INSTEAD if _LINE.match(line) else line for line in lines)
    for statement in reversed(statements):
        if _sets_trust(statement):
            lines[statement.lineno - 1 : statement.end_lineno] = [_INSTEAD]
    return "\n".join(lines)


def _sets_trust(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    names = [name.id for target in targets if target for name in ast.walk(target) if isinstance(name, ast.Name)]
    return "trust" in names
