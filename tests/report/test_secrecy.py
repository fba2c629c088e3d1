import pytest

from mlops_widgets.report.secrecy import forget_trust, without_trust


@pytest.mark.parametrize(
    "cell",
    [
        '# Parameters\ntrust = "pickle"\nseed = 1',
        '# Parameters\ntrust: str = "pickle"\nseed = 1',
        '# Parameters\ntrust = [\n    "pickle",\n]\nseed = 1',
        '# Parameters\na, trust = 1, "pickle"\nseed = 1',
        '# Parameters\n%magic\ntrust = "pickle"\nseed = 1',
    ],
)
def test_no_value_of_trust_is_left(cell: str) -> None:
    left = without_trust(cell)
    assert "pickle" not in left
    assert left.endswith("trust = None  # given in the call, never saved\nseed = 1")


@pytest.mark.parametrize("cell", ["seed = 1\nmistrust = 3", "trust == 1", "", "x = {'trust': 1}"])
def test_other_lines_stay(cell: str) -> None:
    assert without_trust(cell) == cell


def test_a_notebook_keeps_its_other_parameters_and_cells() -> None:
    def cell(source: str, *tags: str) -> dict[str, object]:
        return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}}

    notebook = {
        "metadata": {"papermill": {"parameters": {"trust": "pickle", "seed": 1}}},
        "cells": [
            cell("trust = 'pickle'", "injected-parameters"), cell("trust = 'mine'", "parameters"), cell("trust = 'text'"),
            {"cell_type": "markdown", "source": "trust = 'text'", "metadata": {}},
        ],
    }  # fmt: skip
    forget_trust(notebook)
    assert "pickle" not in str(notebook)
    assert "mine" not in str(notebook)
    assert str(notebook).count("'text'") == 2
    assert notebook["metadata"] == {"papermill": {"parameters": {"seed": 1}}}
