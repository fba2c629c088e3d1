"""What LIME's surrogates say of some rows, and whether they can be relied on, in words."""

from collections.abc import Sequence

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, number
from mlops_widgets.explainability.attribution.lime_route import DRAWS, LimeAnswer
from mlops_widgets.explainability.attribution.question import Question
from mlops_widgets.measures.proportions import wilson

STABLE_SHARE = 0.8
"""Redrawn neighbourhoods that must agree on the leading columns."""
LEAST_KEPT = 0.5
"""Below this the ridge's penalty decides more of the weights than the samples do."""


def lime_findings(question: Question, answer: LimeAnswer) -> tuple[Finding, ...]:
    """Return what a person should know of LIME's answer: what leads, whether that is stable, and what it doesn't rest on.

    R² is reported and never a gate: a surrogate that fits badly everywhere may still name the right columns.
    """
    return (
        _leader(question, answer),
        *_stability(question, answer),
        *_penalty(question, answer),
        *_unseen(question, answer),
    )


def _leader(question: Question, answer: LimeAnswer) -> Finding:
    fit = answer.fit
    output = int(np.argmax(answer.prediction[0])) if len(question.outputs) > 1 else 0
    values = answer.values[0, :, output]
    column = int(np.abs(values).argmax())
    value, r2 = float(values[column]), float(fit.r2[0, output])
    lower, upper = _interval(answer, column, output)
    unsure = fit.kept[0] < LEAST_KEPT or value == 0 or (lower is not None and upper is not None and lower <= 0 <= upper)
    unit = f"({question.scale}{f' of {question.outputs[output]}' if len(question.outputs) > 1 else ''})"
    leads = (
        f"{fit.conditions[0][column]} goes with a change of {estimate(value, lower, upper)} {unit}, more than any other"
    )
    none = f"no condition is known to change the answer {unit}: what LIME finds is within the noise of its samples"
    return Finding(
        code="EX-LI-01", status="not_enough_data" if unsure else "passed",
        claim=f"{question.row_names[0]}: around it, {none if unsure else f'{leads} condition'}; {_fits(r2)}.",
        evidence={"value": value, "lower": lower, "upper": upper, "r2": r2, "kernel_width": fit.kernel_width, "samples": fit.samples},
        action="Draw more samples, or widen the kernel." if unsure else "Compare with the row's Shapley values: LIME asks "
        "what being in this range does, against all other ranges.",
    )  # fmt: skip


def _interval(answer: LimeAnswer, column: int, output: int) -> tuple[float | None, float | None]:
    from scipy.stats import t

    value, error = answer.values[0, column, output], answer.standard_error[0, column, output]
    if not np.isfinite(error):
        return None, None
    # The largest of all columns was looked for: the interval is simultaneous over them (Bonferroni).
    half = t.ppf(1 - 0.025 / answer.values.shape[1], answer.pairs - 1) * error
    return float(value - half), float(value + half)


def _fits(r2: float) -> str:
    if np.isnan(r2):
        return "the answers don't vary there"
    return f"the linear surrogate explains {number(max(r2, 0.0), 'percent')} (R²) of how the answers vary there"


def _stability(question: Question, answer: LimeAnswer) -> tuple[Finding, ...]:
    shares = answer.fit.stability
    if np.isnan(shares).all():
        return ()
    row, output = np.unravel_index(int(np.nanargmin(shares)), shares.shape)
    least = float(shares[row, output])
    lower, upper = (float(end[0]) for end in wilson(np.array([round(least * DRAWS)]), np.array([DRAWS])))
    status: Status = "passed" if lower >= STABLE_SHARE else "warning" if upper < STABLE_SHARE else "not_enough_data"
    top = answer.fit.top
    lead = "the same column leads" if top == 1 else f"the same {top} columns lead"
    return (
        Finding(
            code="EX-LI-02", status=status,
            claim=f"{question.row_names[row]}: {lead} in {estimate(least, lower, upper, 'percent')} of redrawn neighbourhoods"
            f"{'' if len(shares) == 1 else ', the least of the rows'}.",
            evidence={"share": least, "lower": lower, "upper": upper, "margin": STABLE_SHARE, "top": top, "draws": DRAWS},
            action="" if status == "passed" else "Draw more samples, and don't name one of these columns as the reason.",
        ),
    )  # fmt: skip


def _penalty(question: Question, answer: LimeAnswer) -> tuple[Finding, ...]:
    kept = answer.fit.kept
    if np.isnan(kept).all() or np.nanmin(kept) >= LEAST_KEPT:
        return ()
    row = int(np.nanargmin(kept))
    return (
        Finding(
            code="EX-LI-03", status="not_enough_data",
            claim=f"{question.row_names[row]}: too few samples are near enough to count, so the ridge's penalty pulls the weights "
            f"towards 0: it leaves {number(float(kept[row]), 'percent')} of their freedom.",
            evidence={"kept": float(kept[row]), "margin": LEAST_KEPT, "kernel_width": answer.fit.kernel_width,
                      "effective_samples": float(answer.fit.effective[row])},
            action="Widen the kernel, or draw more samples.",
        ),
    )  # fmt: skip


def _unseen(question: Question, answer: LimeAnswer) -> tuple[Finding, ...]:
    fit = answer.fit
    unmet = [
        (question.row_names[row], fit.conditions[row][column]) for row, column in zip(*np.nonzero(fit.alike == 0), strict=True)
    ]  # fmt: skip
    said = _unmet_words(unmet) + _dropped_words(fit.dropped, fit.samples)
    if not said:
        return ()
    return (
        Finding(
            code="EX-LI-04", status="warning", claim=" ".join(said), evidence={"unmet": len(unmet), "dropped": fit.dropped},
            action="Read a weight of 0 there as unknown, not as no influence." if unmet else "Find out why the model doesn't answer.",
        ),
    )  # fmt: skip


def _unmet_words(unmet: Sequence[tuple[str, str]]) -> list[str]:
    if not unmet:
        return []
    row, condition = unmet[0]
    more = f", and {len(unmet) - 1:,} more" if len(unmet) > 1 else ""
    return [f"{row}: no sample meets {condition}{more}, so LIME learned nothing of it."]


def _dropped_words(dropped: int, samples: int) -> list[str]:
    if not dropped:
        return []
    return [f"The model gave no finite answer to {dropped:,} of {dropped + samples:,} samples, which were left out."]
