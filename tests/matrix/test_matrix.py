"""Every kind of model on every form of table: the study's answers are the model's own."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mlops_widgets.study.loading import load_study
from tests.matrix.forms import FORMS, Form
from tests.matrix.kinds import KINDS, Kind, rows


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], Kind]:
    """Make each kind of model once."""

    @cache
    def make(kind: Callable[[Path], Kind]) -> Kind:
        return kind(tmp_path_factory.mktemp(kind.__name__))

    return make


def test_the_matrix_has_twenty_kinds_and_ten_forms_at_least() -> None:
    assert len(KINDS) >= 20
    assert len(FORMS) >= 10


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_answers_are_the_models_own(
    kind: Callable[[Path], Kind], form: Form, made: Callable[[Any], Kind], tmp_path: Path
) -> None:
    model = made(kind)
    test = rows()[1][[*model.columns, model.target]]
    study = load_study(**model.arguments, test=form(test, tmp_path, model.target), target=model.target)
    table = study.need("test")
    found = {
        "probabilities": study.model.probabilities,
        "scores": study.model.scores,
        "predict": study.model.predictions,
    }[model.ability](table)
    expected = np.asarray(model.answers, dtype=float)
    if study.task == "binary" and expected.ndim == 2:
        expected = expected[:, 1]
    assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    assert table.rows == len(test)
    assert study.measure(table).score >= 0 or study.metric.lower is None
