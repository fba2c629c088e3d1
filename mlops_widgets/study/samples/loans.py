"""A loan desk, made up: 24,000 applications over 24 months, with the truth that no real data set has.

The true probability of default is known for each row, so the best possible score is known too. Every effect here was
chosen by us; nothing about real borrowers follows from it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]

MONTHS = 24
SHOCK_MONTH = 14
LABEL_DELAY_MONTHS = 3
START = "2023-01-01"
NUMBERS = (
    "age", "employment_years", "income", "loan_amount", "term_months", "debt_to_income", "prior_defaults", "credit_score",
)  # fmt: skip
WORDS = ("area", "channel", "purpose")
_DAYS_A_MONTH = 30.44


@dataclass(frozen=True, kw_only=True)
class Loans:
    """Generated applications and, row by row, the truth about them."""

    table: pd.DataFrame
    truth: pd.DataFrame


def make_loans(
    *,
    rows: int = 24_000,
    shock: bool = False,
    biased_recording: bool = False,
    post_outcome: bool = False,
    artefact: bool = False,
    dirty: bool = False,
    seed: int = 0,
) -> Loans:
    """Return applications with the target `defaulted`, and a truth frame.

    Parameters
    ----------
    rows
        Number of applications, in order of time.
    shock
        From month 14 brokers bring more and worse cases and old signals weaken; labels become known three months
        after the application, so those of the last three months are missing.
    biased_recording
        A late-fee rule books 12 % of the good payers of the southern area as defaults; `truth.label` has what happened.
    post_outcome
        Adds `support_calls`, which is written after a default: 0 at the time of decision.
    artefact
        Adds `form_version`, which follows the label in the archive (first 12 months) and is random later.
    dirty
        The rows as the desk typed them: scores of 9999 where none is known, incomes in thousands, purposes in several spellings,
        `n/a`, −1 years in the job, and applications typed in twice. `truth` has the cells as they should be, `clean_<column>`,
        and `typed_twice`.
    seed
        Seed of the generator.

    Returns
    -------
    Loans
        `table` and, aligned with it, `truth` with columns `probability`, `income` and `label`.
    """
    rng = np.random.default_rng(seed)
    month = np.sort(rng.integers(0, MONTHS, rows))
    late = np.clip((month - SHOCK_MONTH + 1) / 3, 0, 1) * shock
    frame, true_income = _applicants(rng, month, late)
    probability = _default_probability(frame, true_income, late)
    label = (rng.random(rows) < probability).astype(np.int64)
    recorded = label.astype(np.float64)
    if biased_recording:
        recorded[(label == 0) & (frame["area"] == "south") & (rng.random(rows) < 0.12)] = 1
    truth = pd.DataFrame({"probability": probability, "income": true_income, "label": label})
    extra = _leaks(rng, month, recorded, post_outcome=post_outcome, artefact=artefact)
    known_on = frame["applied_on"] + pd.Timedelta(days=round(LABEL_DELAY_MONTHS * _DAYS_A_MONTH))
    if shock:
        recorded[known_on > frame["applied_on"].max()] = np.nan
        frame["outcome_known_on"] = known_on
    target = recorded if shock else recorded.astype(np.int64)
    loans = Loans(table=frame.assign(**extra, defaulted=target), truth=truth)
    return _typed_in(loans, np.random.default_rng([seed, 4])) if dirty else loans


def _applicants(rng: np.random.Generator, month: npt.NDArray[np.int64], late: Floats) -> tuple[pd.DataFrame, Floats]:
    n = len(month)
    group = rng.choice(["A", "B"], n, p=[0.7, 0.3])
    sex = rng.choice(["F", "M"], n)
    home = rng.random(n) < 0.82  # the area is a proxy of the group
    area = np.where(home == (group == "B"), "south", "north")
    broker_share = 0.15 + 0.40 * np.clip(late * 0.75, 0, 1)
    draw = rng.random(n)
    channel = np.where(draw < broker_share, "broker", np.where(draw < broker_share + 0.3, "branch", "web"))
    age = np.clip(rng.normal(42, 13, n), 18, 80).round().astype(np.int64)
    years = np.clip(rng.gamma(1.6, 3.2, n), 0, age - 18).round(1)
    income = np.exp(rng.normal(10.35, 0.42, n) + 0.012 * years - 0.13 * (group == "B") - 0.05 * (sex == "F"))
    stated = income * np.where(channel == "broker", np.exp(np.abs(rng.normal(0, 0.30, n))), 1)  # brokers overstate
    amount = np.clip(np.exp(rng.normal(9.1, 0.55, n)), 1_000, 60_000).round(-2)
    term = rng.choice([12, 24, 36, 48, 60], n)
    debt = np.clip(rng.beta(2, 5, n) * 0.9 + 0.25 * (amount / term * 12 / income), 0, 1.5).round(3)
    prior = rng.poisson(0.22 + 0.05 * (group == "B"))
    score = 690 + 18 * np.log1p(years) - 55 * prior - 90 * (debt - 0.35) + rng.normal(0, 38, n)
    days = month * _DAYS_A_MONTH + rng.integers(0, 30, n)
    columns: dict[str, Any] = {
        "application_id": np.arange(100_000, 100_000 + n),
        "applied_on": (pd.Timestamp(START) + pd.to_timedelta(days, unit="D")).normalize(),
        "age": age, "sex": sex, "group": group, "area": area, "channel": channel, "employment_years": years,
        "income": stated.round(), "loan_amount": amount, "term_months": term, "debt_to_income": debt,
        "prior_defaults": prior, "credit_score": np.clip(score, 300, 850).round(),
        "purpose": rng.choice(["car", "home", "education", "business", "debt"], n, p=[0.3, 0.25, 0.12, 0.13, 0.2]),
    }  # fmt: skip
    return pd.DataFrame(columns), income


def _default_probability(frame: pd.DataFrame, true_income: Floats, late: Floats) -> Floats:
    log_odds = (
        -1.75
        - 0.010 * (frame["credit_score"] - 690) * (1 - 0.55 * late)
        + 2.4 * (frame["debt_to_income"] - 0.35) * (1 + late)
        + 0.45 * frame["prior_defaults"]
        - 0.75 * np.log(true_income / 31_000) * (1 + 0.5 * late)
        + 0.32 * (frame["purpose"] == "business")
        + 0.22 * (frame["purpose"] == "debt")
        - 0.035 * frame["employment_years"]
        + 0.30 * (frame["loan_amount"] / true_income > 0.45)
        + 0.55 * late * (frame["channel"] == "broker")
        + 0.45 * late
    )
    probability: Floats = 1 / (1 + np.exp(-log_odds.to_numpy(dtype=np.float64)))
    return probability


def _leaks(
    rng: np.random.Generator, month: npt.NDArray[np.int64], label: Floats, *, post_outcome: bool, artefact: bool
) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    in_archive = month < MONTHS // 2
    if post_outcome:
        calls = rng.poisson(0.2 + 2.2 * label)
        extra["support_calls"] = np.where(in_archive, calls, 0)
    if artefact:
        follows = np.where(rng.random(len(label)) < 0.9, label, 1 - label)
        extra["form_version"] = np.where(in_archive, follows, rng.integers(0, 2, len(label))).astype(np.int64) + 3
    return extra


_NO_SCORE, _NO_YEARS = 9999.0, -1.0
_SHARES = {"credit_score": 0.02, "income": 0.015, "employment_years": 0.01, "purpose": 0.05}
"""Shares of cells that the desk types in wrongly."""
_TWICE = 0.02
_SPELLINGS = ("{0}", "{0} ", "{1}", "n/a", "{2}")


def _typed_in(loans: Loans, rng: np.random.Generator) -> Loans:
    """Return the rows as the desk typed them, and the cells as they should be beside the truth."""
    table = loans.table.copy()
    hit = {name: rng.random(len(table)) < share for name, share in _SHARES.items()}
    table["credit_score"] = table["credit_score"].mask(hit["credit_score"], _NO_SCORE)
    table["income"] = table["income"].where(~hit["income"], table["income"] / 1000)
    table["employment_years"] = table["employment_years"].mask(hit["employment_years"], _NO_YEARS)
    spelling = rng.integers(0, len(_SPELLINGS), len(table))
    table["purpose"] = [
        _SPELLINGS[k].format(word.capitalize(), word.upper(), word[:-2] + word[-1]) if wrong else word
        for word, k, wrong in zip(table["purpose"], spelling, hit["purpose"], strict=True)
    ]
    clean = {f"clean_{name}": loans.table[name] for name in hit}
    again = np.sort(np.concatenate([np.arange(len(table)), np.flatnonzero(rng.random(len(table)) < _TWICE)]))
    twice = np.concatenate([[False], again[1:] == again[:-1]])
    table, truth = (each.iloc[again].reset_index(drop=True) for each in (table, loans.truth.assign(**clean)))
    ids = table["application_id"].to_numpy().copy()
    ids[twice] = 900_000 + np.arange(twice.sum())
    return Loans(table=table.assign(application_id=ids), truth=truth.assign(typed_twice=twice))
