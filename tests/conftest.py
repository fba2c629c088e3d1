"""What all tests share: property tests that try the same examples at every run."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "same",
    derandomize=True,
    database=None,
    deadline=None,  # a busy machine is no fault of the code
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("same")

_WITHOUT = {"browser": "not browser", "notebooks": "not notebook"}
"""Folders whose every test has a mark: where it is deselected, importing them (JupyterLab's parts) is for nothing."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out a folder whose tests would all be deselected, unless something in it was asked for by name."""
    told = _WITHOUT.get(collection_path.name)
    if told is None or collection_path.parent != Path(__file__).parent or told not in config.option.markexpr:
        return None
    by_name = any(collection_path.name in Path(argument.partition("::")[0]).parts for argument in config.args)
    return None if by_name else True
