"""The live tournament, run as a script runs it."""

import pytest

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.overfitting.explorer.tournament import TournamentExplorer
from mlops_widgets.overfitting.tournament import TournamentResult
from mlops_widgets.study.samples.catalogue import sample


@pytest.fixture(scope="module")
def explorer() -> TournamentExplorer:
    return TournamentExplorer(sample("census"), n_models=5, train_rows=200)


def test_a_run_takes_what_the_controls_say(explorer: TournamentExplorer) -> None:
    result = explorer.run(n_models=3, seed=7)
    assert isinstance(result, TournamentResult)
    assert explorer.result is result
    assert (len(result.names), result.train_rows, result.seed) == (3, 200, 7)


def test_controls_refuse_what_is_out_of_range(explorer: TournamentExplorer) -> None:
    with pytest.raises(InputError, match="n_models=0"):
        explorer.run(n_models=0)
    with pytest.raises(UnknownNameError, match="models"):
        explorer.run(models=3)


def test_controls_reach_as_far_as_they_were_set() -> None:
    wide = TournamentExplorer(sample("census"), n_models=1000, train_rows=5000)
    assert wide._checked({"n_models": 1000, "train_rows": 5000})["n_models"] == 1000
