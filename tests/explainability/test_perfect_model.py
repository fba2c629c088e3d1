"""The experiment "the perfect model": what wins the test, and what gives it away."""

from functools import cache

import numpy as np
import pytest

import mlops_widgets as mw
from mlops_widgets.core.display import card_of
from mlops_widgets.errors import InputError
from mlops_widgets.explainability.perfect_model import WRITTEN, PerfectModelResult, run_perfect_model


@cache
def run() -> PerfectModelResult:
    return run_perfect_model(explained_rows=20, draws=100)


def test_the_winner_of_the_test_loses_to_the_plain_model_in_production() -> None:
    result = run()
    assert result.winner.columns == tuple(WRITTEN)
    assert result.winner.test_lower > result.plain.test_upper
    assert result.winner.production_upper < result.plain.production_lower
    assert result.findings[0].status == "warning"
    behind = result.plain.production - result.winner.production
    assert result.findings[0].evidence["behind"] == pytest.approx(behind)


def test_its_explanation_shows_columns_that_production_has_not() -> None:
    result = run()
    assert result.winner.top.column in WRITTEN
    assert result.plain.top.column == "credit_score"
    for candidate in result.candidates:
        assert sum(share.value for share in candidate.shares) == pytest.approx(1)
        assert [share.column for share in candidate.shares[: len(candidate.columns)]] == sorted(
            candidate.columns, key=lambda column: -next(s.value for s in candidate.shares if s.column == column)
        )


def test_no_honest_model_beats_the_true_probabilities_and_the_winner_does() -> None:
    result = run()
    truth = mw.sample("loans", post_outcome=True, artefact=True).truth
    assert truth is not None
    label, probability = (truth["test"][name].to_numpy() for name in ("label", "probability"))
    above = probability[label == 1][:, None] - probability[label == 0][None, :]
    assert result.best_possible == pytest.approx(float(((above > 0) + 0.5 * (above == 0)).mean()), abs=1e-9)
    assert result.plain.test < result.best_possible < result.winner.test_lower


def test_the_view_has_all_models_and_begins_with_the_worst_case() -> None:
    card = card_of(run())
    state = card.view.state
    assert [model["name"] for model in state["models"]] == [each.name for each in run().candidates]
    assert state["models"][state["winner"]]["name"] == run().winner.name
    slope = state["models"][state["winner"]]["slope"]
    assert [row["emphasised"] for row in slope["rows"]].count(True) == 1
    assert len(card.charts) == 2


def test_the_table_is_one_row_a_model() -> None:
    frame = run().frame()
    assert list(frame["name"]) == ["plain", "plain + calls", "plain + form", "plain + both"]
    assert np.isfinite(frame[["test", "production", "top_share"]].to_numpy()).all()


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(InputError, match="explained_rows=5"):
        run_perfect_model(explained_rows=5)
