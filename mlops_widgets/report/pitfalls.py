"""The pitfalls that exist: a new one joins every scorecard, check, report and exercise by a line here."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

PITFALLS: Mapping[str, str] = {
    "OV": "overfitting",
    "EX": "explainability",
    "DQ": "data_quality",
    "LC": "lifecycle",
    "GV": "governance",
}
"""Letters with which a pitfall's codes begin → its package, which lists its strategies as `STRATEGIES`."""


def package_of(letters: str) -> ModuleType:
    """Return the package of a pitfall, imported."""
    return import_module(f"mlops_widgets.{PITFALLS[letters]}")
