import numpy as np

from mlops_widgets.data_quality.detection.answers import Answers, no_answers
from mlops_widgets.data_quality.detection.cell_signs import level_sign
from mlops_widgets.data_quality.detection.evidence import Evidence
from mlops_widgets.data_quality.detection.learning import Learned, learn_columns, scores_of
from mlops_widgets.data_quality.detection.picking import _Asked, pick_rows
from mlops_widgets.measures.prior_logistic import logit

NONE = no_answers(["a"])


def _evidence(levels: np.ndarray, prior: np.ndarray) -> Evidence:
    return Evidence(0, prior, (level_sign(np.zeros(len(levels), dtype=np.int64)),), (level_sign(levels),))


def _learned(levels: np.ndarray, prior: np.ndarray, answers: Answers = NONE) -> tuple[Learned, ...]:
    return learn_columns([_evidence(levels, prior)], answers)


def test_without_answers_the_belief_is_what_was_believed() -> None:
    prior = np.linspace(0.02, 0.98, 50)
    (learned,) = _learned(np.arange(50) % 5, prior)
    np.testing.assert_allclose(learned.logits, logit(prior), atol=1e-9)


def test_the_unsure_level_is_asked_about_before_those_that_are_known() -> None:
    levels = np.repeat(np.arange(4), 25)
    prior = np.where(levels == 2, 0.5, 0.02)
    assert levels[pick_rows(_learned(levels, prior), NONE)[0]] == 2


def test_a_second_row_is_of_another_level_than_the_first() -> None:
    levels = np.repeat(np.arange(4), 25)
    picked = levels[pick_rows(_learned(levels, np.full(100, 0.3)), NONE, count=4)]
    assert sorted(picked.tolist()) == [0, 1, 2, 3]


def test_a_level_that_was_answered_is_left_for_another() -> None:
    levels = np.repeat(np.arange(2), 50)
    answers = Answers(np.arange(0, 12), np.zeros((12, 1), dtype=bool))
    learned = _learned(levels, np.full(100, 0.3), answers)
    assert levels[pick_rows(learned, answers)[0]] == 1


def test_answers_move_their_level_and_hardly_another() -> None:
    levels = np.repeat(np.arange(4), 25)
    rows = np.array([0, 5, 9, 30, 31, 32])
    answers = Answers(rows, np.array([[True]] * 3 + [[False]] * 3))
    scores = scores_of(_learned(levels, np.full(100, 0.05), answers), answers)[0]
    assert scores[1] > 0.5
    assert scores[60] < 0.3
    assert (scores[rows] == [1, 1, 1, 0, 0, 0]).all()


def test_one_answer_does_not_turn_half_of_a_column_but_twelve_do() -> None:
    answers = Answers(np.array([0]), np.array([[True]]))
    half = np.arange(400) % 2
    assert scores_of(_learned(half, np.zeros(400), answers), answers)[0][2] < 0.5
    several = Answers(np.arange(0, 24, 2), np.ones((12, 1), dtype=bool))
    assert scores_of(_learned(half, np.zeros(400), several), several)[0][30] > 0.5


def test_the_shrinking_of_what_is_uncertain_is_that_of_a_new_fit() -> None:
    rng = np.random.default_rng(0)
    levels = rng.integers(0, 6, 60)
    (learned,) = _learned(levels, np.full(60, 0.4))
    rows = np.arange(60)
    asked = _Asked(learned, rows, NONE)
    asked.count_as_answered(7)
    x = learned.features(rows)
    p = 1 / (1 + np.exp(-learned.logits[7]))
    anew = np.linalg.inv(learned.precision + p * (1 - p) * np.outer(x[7], x[7]))
    np.testing.assert_allclose(asked._variance, np.einsum("ij,jk,ik->i", x, anew, x))
