"""Does a calibration alarm with a few retrains do as well as retraining every month, and does it keep quiet where nothing changes?

Loans as in `sample("loans", shock=True)`: 24,000 applications in 24 months, a shock in month 14, labels three months late. A logistic
regression approves applicants whose risk is below .2; a repaid loan earns 10 % of its amount, a default loses 60 %. As in the
experiment from which the question comes, monthly retraining learns from the last six months whose labels had arrived, and a retrain
after an alarm from the last four; both windows are also compared with themselves.

Shock: the alarm's value less that of monthly retraining, over the 18 months from month 6 on, paired over seeds. The alarm is
non-inferior if the lower end of the one-sided 97.5 % interval (Student's t) is above minus the margin of 50,000: 4 % of the 1.3 million
that monthly retraining earned in that experiment.

The alarm is the only trigger there, so that all of the 5 % of timelines with a false alarm are its own.

Null: the same without a shock and with all four triggers, which share these 5 %; the share of seeds in which drift or calibration
alarms at all.

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

NUMBERS = [
    "age",
    "employment_years",
    "income",
    "loan_amount",
    "term_months",
    "debt_to_income",
    "prior_defaults",
    "credit_score",
]
WORDS = ["area", "channel", "purpose"]
MARGIN = 50_000.0
WINDOWS, DELAY_MONTHS, FIRST_SEED = (6, 4), 3, 1000


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


def simulated(seed: int, *, shock: bool, policies: list[str] | None, only_first: bool = False) -> RetrainingResult:
    """Return the simulation; where nothing alarms no other model than the first is needed, so that the null can be quick."""
    result = simulate_retraining(
        study_of(seed, shock=shock), chunks="month", window=WINDOWS[:1] if only_first else WINDOWS, label_delay=DELAY_MONTHS, policies=policies, seed=seed,
        budget_seconds=1e-9 if only_first else None,
    )  # fmt: skip
    if not isinstance(result, RetrainingResult):
        raise SystemExit(str(result.findings[0]))
    return result


def shocked(seeds: int) -> None:
    """Print values of never, monthly and the alarm, and the paired differences with their verdicts."""
    never, values, retrains = [], [], []
    alarm, monthly = Policy(kind="signal", signal="calibration", threshold=1.0), Policy(kind="every", every=1)
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        result = simulated(seed, shock=True, policies=["calibration"])
        paths = [walk(grid, policy, result.terms) for grid in result.grids() for policy in (monthly, alarm)]
        never.append(-result.never_total)
        values.append([-path.total for path in paths])
        retrains.append([len(path.decided) for path in paths])
    found, names = np.array(values), ("monthly, last 6", "alarm, last 6", "monthly, last 4", "alarm, last 4")
    print(f"never            {np.mean(never) / 1e6:6.3f} M")
    for name, value, times in zip(names, found.mean(axis=0), np.mean(retrains, axis=0), strict=True):
        print(f"{name:16s} {value / 1e6:6.3f} M, {times:.1f} retrains")
    for one, other in ((3, 0), (1, 0), (3, 2)):
        apart = found[:, one] - found[:, other]
        lower = apart.mean() - stats.t.ppf(0.975, seeds - 1) * apart.std(ddof=1) / np.sqrt(seeds)
        verdict = "non-inferior" if lower > -MARGIN else "not shown to be non-inferior"
        print(
            f"{names[one]} less {names[other]}: {apart.mean() / 1e6:.3f} M, lower end {lower / 1e6:.3f} M: {verdict} (margin {MARGIN / 1e6:.2f} M, {seeds} seeds)"
        )


def unchanged(seeds: int) -> None:
    """Print in what share of timelines without change an alarm fires."""
    fired = []
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        grid = simulated(seed, shock=False, policies=None, only_first=True).grids()[0]
        fired.append([np.nanmax(grid.signals[name][grid.first]) > 1 for name in ("drift", "calibration")])
    found = np.array(fired)
    for name, hits in (("drift", found[:, 0]), ("calibration", found[:, 1]), ("either", found.any(axis=1))):
        interval = stats.binomtest(int(hits.sum()), seeds).proportion_ci()
        print(
            f"without change: {name:12s} fires in {hits.sum()} of {seeds} seeds ({hits.mean():.1%}, 95 % interval {interval.low:.1%} to {interval.high:.1%})"
        )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    began = time.process_time()
    shocked(count)
    unchanged(3 * count)
    print(f"{time.process_time() - began:.0f} CPU seconds")
