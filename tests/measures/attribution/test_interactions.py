"""Friedman's H² without its bias, against closed forms."""

from collections.abc import Callable
from functools import cache

import numpy as np

from mlops_widgets.measures.attribution.interactions import Strength, partners, strength

Model = Callable[[np.ndarray], np.ndarray]


def _strength(model: Model, x: np.ndarray, *, each: int = 8, seed: int = 0) -> Strength:
    partner = partners(len(x), each=each, rng=np.random.default_rng(seed))

    def with_cells(*columns: int) -> np.ndarray:
        rows = x[partner].copy()
        for column in columns:
            rows[:, :, column] = x[:, column][:, None]
        return model(rows.reshape(-1, x.shape[1])).reshape(partner.shape)

    alone = with_cells(0), with_cells(1)
    return strength(with_cells(0, 1), alone, model(x), partner=partner, units=np.arange(len(x)))


def _normal(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 3))


def test_columns_that_are_added_have_no_joint_part_even_where_they_go_together() -> None:
    x = _normal(100)
    x[:, 1] = x[:, 0] + 0.1 * x[:, 1]
    found = _strength(lambda z: np.exp(z[:, 0]) + z[:, 1] ** 2 + z[:, 0] * z[:, 2], x)
    assert (found.share, found.lower, found.upper, found.size, found.h2) == (0.0, 0.0, 0.0, 0.0, 0.0)


@cache
def _products() -> list[Strength]:
    return [
        _strength(lambda z: z[:, 0] + z[:, 1] + z[:, 0] * z[:, 1], _normal(200, seed), seed=seed) for seed in range(24)
    ]


def test_a_product_of_standard_normals_beside_both_makes_a_third() -> None:
    # Var(x0) = Var(x1) = Var(x0 x1) = 1, and the joint partial dependence is the whole model: H² = 1/3.
    assert abs(np.mean([each.share for each in _products()]) - 1 / 3) < 0.04
    assert abs(np.mean([each.h2 for each in _products()]) - 1 / 3) < 0.04
    assert np.mean([each.lower <= 1 / 3 <= each.upper for each in _products()]) > 0.85


def test_a_product_alone_is_all_joint_part() -> None:
    found = _strength(lambda z: z[:, 0] * z[:, 1], _normal(400))
    assert found.h2 > 0.9
    assert abs(found.share - 1) < 0.25
    assert found.lower > 0.5


def test_three_columns_together_are_not_taken_for_two() -> None:
    # x0 x1 x2 with x2 of mean 0: no joint part of the first two, but a plain mean square over 8 rows would make 1/8 of it.
    found = [_strength(lambda z: z.prod(axis=1), _normal(200, seed), seed=seed) for seed in range(20)]
    assert np.mean([each.share for each in found]) < 0.04
    assert all(each.lower == 0 for each in found)


def test_a_model_that_never_varies_has_no_share() -> None:
    found = _strength(lambda z: np.ones(len(z)), _normal(30))
    assert np.isnan(found.share)
    assert np.isnan(found.h2)


def test_the_unit_of_the_answers_does_not_matter() -> None:
    x = _normal(80)
    one = _strength(lambda z: 7 + z[:, 0] * (1 + z[:, 1]), x)
    other = _strength(lambda z: 7 + 1e6 * z[:, 0] * (1 + z[:, 1]), x)
    assert np.isclose(one.share, other.share)
    assert np.isclose(one.upper, other.upper)
    assert np.isclose(one.size * 1e6, other.size)


def test_fewer_than_three_units_give_no_interval() -> None:
    x = _normal(40)
    partner = partners(40, each=5, rng=np.random.default_rng(0))
    shape = partner.shape
    rng = np.random.default_rng(1)
    found = strength(
        rng.normal(size=shape), (rng.normal(size=shape), rng.normal(size=shape)), x[:, 0], partner=partner,
        units=np.arange(40) % 2,
    )  # fmt: skip
    assert found.upper == np.inf


def test_partners_never_include_the_row_itself() -> None:
    found = partners(7, each=20, rng=np.random.default_rng(0))
    assert found.shape == (7, 6)
    assert all(sorted([*row, k]) == list(range(7)) for k, row in enumerate(found.tolist()))
