"""Scores and outcomes for reference numbers, made without a random generator, so that every version makes the same."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def quasi_random(rows: int, root: int, start: int = 0) -> Floats:
    """Fractions of multiples of an irrational root: evenly spread over 0 to 1, never tied."""
    return np.asarray(np.modf((np.arange(rows) + 1.0 + start) * np.sqrt(root))[0])


def two_classes(rows: int, start: int, power: float) -> tuple[Floats, Floats]:
    """Scores, and outcomes that come with probability score ** power: calibrated at 1."""
    scores = quasi_random(rows, 2, start)
    return scores, (quasi_random(rows, 3, start) < scores**power).astype(float)


def three_classes(rows: int, start: int, power: float) -> tuple[Floats, Floats]:
    raw = np.column_stack([quasi_random(rows, root, start) for root in (2, 3, 5)]) ** 2 + 0.05
    scores = raw / raw.sum(axis=1, keepdims=True)
    true = scores**power / (scores**power).sum(axis=1, keepdims=True)
    return scores, (quasi_random(rows, 7, start)[:, None] > true.cumsum(axis=1)[:, :2]).sum(axis=1).astype(float)


def reference_cases(reference: dict[str, Any]) -> list[tuple[str, Floats, Floats, Floats, dict[str, Any]]]:
    """Name, scores and outcomes of the test, scores of production, and NannyML's numbers, by case."""
    found = []
    for name, power in (("binary calibrated", 1.0), ("binary overconfident", 2.0)):
        scores, y = two_classes(3000, 0, power)
        found.append((name, scores, y, two_classes(4000, 3000, power)[0] ** 1.2, reference["cases"][name]))
    for name, power in (("multiclass calibrated", 1.0), ("multiclass underconfident", 2.0)):
        scores, y = three_classes(3000, 0, power)
        found.append((name, scores, y, three_classes(4000, 3000, power)[0], reference["cases"][name]))
    return found
