"""Does a calibration alarm with a few retrains do as well as retraining every month, and does it keep quiet where nothing changes?

Loans as in `sample("loans", shock=True)`: 24,000 applications in 24 months, a shock in month 14, labels three months late. A logistic
regression approves applicants whose risk is below .2; a repaid loan earns 10 % of its amount, a default loses 60 %. Refits learn from
the last six months whose labels had arrived.

Shock: the alarm's value less that of retraining every month, over the 18 months from month 6 on, paired over seeds. The alarm is
non-inferior if the lower end of the one-sided 97.5 % interval (Student's t) is above minus the margin of 50,000: 4 % of the 1.3 million
that monthly retraining earned in the experiment from which the question comes, set before this was run.

Null: the same without a shock; the share of seeds in which an alarm of drift or calibration fires at all.

Run: `python benchmarks/retraining_loans.py [seeds]`.
"""

import sys
import time

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining
from mlops_widgets.measures.retraining.policies import Policy, walk
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.samples.loans import make_loans
from mlops_widgets.study.study import Study

NUMBERS = ["age", "employment_years", "income", "loan_amount", "term_months", "debt_to_income", "prior_defaults", "credit_score"]
WORDS = ["area", "channel", "purpose"]
MARGIN = 50_000.0
LEARNED_MONTHS, DELAY_MONTHS = 6, 3


def model() -> Pipeline:
    """Return a logistic regression, regularised as in the experiment."""
    columns = make_column_transformer((StandardScaler(), NUMBERS), (OneHotEncoder(handle_unknown="ignore"), WORDS))
    return make_pipeline(columns, LogisticRegression(C=1.0, max_iter=120, tol=1e-3))


def study_of(seed: int, *, shock: bool) -> Study:
    """Return six months to learn from and eighteen to serve, with every outcome; labels that come late are a matter of the simulation."""
    loans = make_loans(shock=shock, seed=seed)
    frame = loans.table[["applied_on", *NUMBERS, *WORDS]].assign(
        defaulted=loans.truth["label"], earned=0.1 * loans.table["loan_amount"], lost=-0.6 * loans.table["loan_amount"]
    )
    early = frame["applied_on"] < pd.Timestamp("2023-07-01")
    learned = frame[early]
    return load_study(
        model=model().fit(learned[NUMBERS + WORDS], learned["defaulted"]), reference=learned, production=frame[~early],
        target="defaulted", time="applied_on", features=NUMBERS + WORDS, decision_threshold=0.2,
        values={"true_negative": "earned", "false_negative": "lost"},
    )  # fmt: skip


def simulated(seed: int, *, shock: bool, policies: list[str], only_first: bool = False) -> RetrainingResult:
    """Return the simulation; where nothing alarms no other model than the first is needed, so that the null can be quick."""
    result = simulate_retraining(
        study_of(seed, shock=shock), chunks="month", window=LEARNED_MONTHS, label_delay=DELAY_MONTHS, policies=policies, seed=seed,
        budget_seconds=1e-9 if only_first else None,
    )  # fmt: skip
    if not isinstance(result, RetrainingResult):
        raise SystemExit(str(result.findings[0]))
    return result


def shocked(seeds: int) -> None:
    """Print values of never, monthly and the alarm, and the paired difference with its verdict."""
    rows = []
    for seed in range(seeds):
        result = simulated(seed, shock=True, policies=["calibration"])
        grid, alarm = result.grids()[0], Policy(kind="signal", signal="calibration", threshold=1.0)
        never, monthly, aimed = (walk(grid, each, result.terms) for each in (Policy(), Policy(kind="every", every=1), alarm))
        rows.append((-never.total, -monthly.total, -aimed.total, len(monthly.decided), len(aimed.decided), min((*aimed.decided, 99))))
    found = np.array(rows)
    apart = found[:, 2] - found[:, 1]
    lower = apart.mean() - stats.t.ppf(0.975, seeds - 1) * apart.std(ddof=1) / np.sqrt(seeds)
    for name, column in (("never", 0), ("monthly", 1), ("calibration alarm", 2)):
        print(f"{name:18s} {found[:, column].mean() / 1e6:6.3f} M")
    print(f"retrains: monthly {found[:, 3].mean():.1f}, alarm {found[:, 4].mean():.2f}; first alarm in month {np.median(found[:, 5]):.0f} (median)")
    print(
        f"alarm less monthly {apart.mean() / 1e6:.4f} M, lower end {lower / 1e6:.4f} M, margin -{MARGIN / 1e6:.2f} M: "
        f"{'non-inferior' if lower > -MARGIN else 'not shown to be non-inferior'} ({seeds} seeds)"
    )


def unchanged(seeds: int) -> None:
    """Print in what share of timelines without change an alarm fires."""
    fired = []
    for seed in range(seeds):
        grid = simulated(seed, shock=False, policies=["drift", "calibration"], only_first=True).grids()[0]
        fired.append([np.nanmax(grid.signals[name][grid.first]) > 1 for name in ("drift", "calibration")])
    found = np.array(fired)
    for name, hits in (("drift", found[:, 0]), ("calibration", found[:, 1]), ("either", found.any(axis=1))):
        interval = stats.binomtest(int(hits.sum()), seeds).proportion_ci()
        print(f"without change: {name:12s} fires in {hits.sum()} of {seeds} seeds ({hits.mean():.1%}, 95 % interval {interval.low:.1%} to {interval.high:.1%})")


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    began = time.process_time()
    shocked(count)
    unchanged(4 * count)
    print(f"{time.process_time() - began:.0f} CPU seconds")
