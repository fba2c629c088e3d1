"""Explanations of made-up numbers, so that every sentence about them is known."""

from typing import Any

import numpy as np

from mlops_widgets.core.document import Document
from mlops_widgets.core.result import Finding
from mlops_widgets.explainability.attribution.explanation import Check, Explanation
from mlops_widgets.explainability.stakeholders.report.facts import Facts, Quoted, Related
from mlops_widgets.explainability.stakeholders.report.letters import Asked, letter
from mlops_widgets.explainability.stakeholders.report.sentences import Audience
from mlops_widgets.study.wording import Wording

WORDS = Wording(
    features={"dti": "debt-to-income ratio"}, values={"default": {"1": "default"}, "term": {"12": "a year"}}
)
RELATED = (
    Related(column="income", other="loan_amount", association=0.83), Related(column="dti", other="age", association=0.91, more=2),
)  # fmt: skip
QUOTED = (Quoted(label="EX-IM-01, ● passed", claim="Income matters most, .12 [.10, .14]."),)
CHECKS = (
    Check(
        name="additivity",
        value=1e-9,
        limit=1e-4,
        status="passed",
        text="The contributions add up to 1e-9 of the range.",
    ),
    Check(
        name="sampling error", value=0.2, limit=0.1, status="warning", text="The widest interval is 20 % of the whole."
    ),
)
FAILED = Check(
    name="re-estimate", value=9.0, limit=6.0, status="failed", text="A second draw differs by 9 standard errors."
)


def explained(**changes: Any) -> Explanation:
    """Return the explanation of a row whose chance is 34 %, against 16 % on average."""
    values = np.array(changes.pop("values", [[0.11, -0.06, 0.08, 0.03, 0.021, -0.001]]), dtype=float)[:, :, None]
    error = np.array(changes.pop("error", [[0.004, 0.002, 0.003, 0.001, 0.02, 0.001]]), dtype=float)[:, :, None]
    base = np.full((len(values), 1), 0.16)
    given = {
        "findings": (Finding(code="EX-AT-01", status="passed", claim="It explains."),), "rows": len(values), "seed": 0,
        "method": "Shapley values by 10 pairs.", "reference": "Lundberg & Lee (2017)", "engine": "shap", "route": "permutation",
        "exact": False, "scale": "probability", "columns": ("income", "loan_amount", "dti", "term", "age", "area"),
        "outputs": ("default = 1",), "row_names": tuple(f"row {k} of test" for k in range(len(values))),
        "cells": (("21123", "5000", "0.427", "12", "40", "north"),) * len(values), "numbers": np.zeros(values.shape[:2]),
        "values": values, "standard_error": error, "base": base, "prediction": base + values.sum(axis=1), "pairs": 10,
        "evaluations": 17_401, "background_rows": 100, "baseline_text": "the average over 100 rows drawn from reference (seed 0)",
        "checks": CHECKS,
    }  # fmt: skip
    return Explanation(**(given | changes))


def three_rows(**changes: Any) -> Explanation:
    """Return an explanation of three rows; of the second nothing moved the answer up."""
    values = [
        [0.11, -0.06, 0.08, 0.03, 0.021, -0.001],
        [-0.12, -0.03, -0.02, 0.0001, 0.0, -0.004],
        [0.21, 0.02, -0.07, 0.05, 0.03, -0.001],
    ]
    return explained(**({"values": values, "error": [[0.004, 0.002, 0.003, 0.001, 0.02, 0.001]] * 3} | changes))


def facts_of(explanation: Explanation, words: Wording = WORDS) -> Facts:
    return Facts(explanation=explanation, words=words)


def text_for(explanation: Explanation, audience: Audience, words: Wording = WORDS) -> Document:
    asked = Asked(
        audience=audience, related=RELATED, quoted=QUOTED, contact="Ada, 555 0100", said_by="Grace", date="2026-03-01"
    )
    return letter(facts_of(explanation, words), asked)
