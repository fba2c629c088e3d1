"""The tournament on a hundred loan desks: what the winner of 200 models on 100 test rows promises and keeps.

Each run generates new loans without shock (data seed = run) and draws rows and models anew. Run it from the repository's
root: `python benchmarks/tournament_loans.py [runs]`.
"""

import sys
import time

import numpy as np

from mlops_widgets.core.result import NoResult
from mlops_widgets.overfitting.tournament import TournamentResult, run_tournament
from mlops_widgets.study.samples.catalogue import sample

MODELS, TEST_ROWS = 200, 100


def run(seed: int) -> tuple[TournamentResult, float]:
    study = sample("loans", seed=seed)
    start = time.perf_counter()
    result = run_tournament(study, n_models=MODELS, test_rows=(50, TEST_ROWS, 500, 2000), seed=seed)
    assert not isinstance(result, NoResult), str(result)
    return result, time.perf_counter() - start


def main(runs: int) -> None:
    results, seconds = zip(*(run(seed) for seed in range(runs)), strict=True)
    won = [result.winner() for result in results]
    offline, later = np.array([w.offline for w in won]), np.array([w.later for w in won])
    plain = np.array([r.plain_later for r in results])
    ceiling_offline = np.array([r.ceiling_offline[r.size()] for r in results])
    ceiling = np.array([r.ceiling_later for r in results])
    expected = np.array([r.findings[0].evidence["promised_too_much"] for r in results], dtype=np.float64)
    luck = np.array([r.findings[0].evidence["by_luck"] for r in results], dtype=np.float64)
    print(
        f"{runs} loan desks without shock, {MODELS} models, 400 training rows, {TEST_ROWS} test rows; ROC AUC, means:"
    )
    print(f"  winner on its test rows        {offline.mean():.3f}")
    print(f"  winner in production           {later.mean():.3f}")
    print(f"  promised too much              {(offline - later).mean():.3f} (worst {(offline - later).max():.3f})")
    print(f"  the same, over redrawn tests   {expected.mean():.3f} (from {expected.min():.3f} to {expected.max():.3f})")
    print(f"  of that, the luck of picking  {luck.mean():.3f} (from {luck.min():.3f} to {luck.max():.3f})")
    print(f"  winner's true rank             {np.mean([w.rank for w in won]):.0f} of {MODELS}")
    print(f"  plain logistic regression      {plain.mean():.3f} in production")
    print(
        f"  true probabilities             {ceiling_offline.mean():.3f} on the test rows, {ceiling.mean():.3f} in production"
    )
    print(f"  plain beats the winner in      {np.mean(plain > later):.0%} of the runs")
    print(
        f"  winner above the true probabilities on the same rows in {np.mean(offline > ceiling_offline):.0%} of the runs"
    )
    print(f"  winner above their production score in {np.mean(offline > ceiling):.0%} of the runs")
    print(f"  verdict failed in              {np.mean([r.status == 'failed' for r in results]):.0%} of the runs")
    print(f"  {np.median(seconds):.1f} s a run (median), {max(seconds):.1f} s at most, the study's own model included")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
