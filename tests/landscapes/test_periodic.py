"""A landscape on a torus repeats itself, and what differs by a period is one point."""

import math

import pytest
import torch

import morseloss as ml

TURN = 2 * math.pi
INF = math.inf


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def box(*sides):
    return torch.tensor(sides, dtype=torch.float64).T


def cosines(dim=2, **options):
    return ml.Function(lambda x: torch.cos(x).sum(-1), dim=dim, **options)


CYLINDER = ml.Periodic(
    ml.Function(
        lambda x: torch.cos(x[:, 0]) + x[:, 1] ** 4 - x[:, 1] ** 2 + 0.1 * x[:, 1],
        dim=2,
        box=box((0.0, TURN), (-2.0, 2.0)),
    ),
    [TURN, INF],
)


def test_points_a_period_apart_are_one_and_lie_in_the_first_period():
    land = ml.Periodic(cosines(), TURN)
    rows = torch.tensor([[math.pi, math.pi], [-math.pi, 5 * math.pi], [math.pi, -math.pi]])
    points = ml.merge(ml.classify(land, rows.double()))
    assert len(points) == 1
    assert points.origins.rows.tolist() == [0, 0, 0]
    torch.testing.assert_close(points.points, torch.full((1, 2), math.pi, dtype=torch.float64))


@pytest.mark.parametrize("shift", [0.0, 1e-15, -1e-15, TURN, -TURN, TURN - 1e-15, 9 * TURN])
def test_the_seam_is_stable_to_round_off(shift):
    land = ml.Periodic(cosines(1), TURN)
    points = ml.classify(land, torch.tensor([[shift]], dtype=torch.float64))
    assert 0 <= float(points.points) < 1e-13
    assert points.indices.tolist() == [1]


def test_the_order_of_equal_points_does_not_hang_on_the_side_of_the_seam():
    land = ml.Periodic(cosines(), TURN)
    tops = torch.tensor([[math.pi, 1e-12], [0.0, math.pi]], dtype=torch.float64)
    below = torch.tensor([[math.pi, TURN - 1e-12], [0.0, math.pi]], dtype=torch.float64)
    first, second = (ml.merge(ml.classify(land, rows)).points[:, 0] for rows in (tops, below))
    torch.testing.assert_close(first, second)


def test_the_axes_that_are_not_periodic_stay_as_they_are():
    minima = ml.find_minima(CYLINDER, ml.sample_box(CYLINDER, 64, generator=seeded()))
    assert repr(minima) == "CriticalPoints(2 points in S^1 x R: 2 minima)"
    assert float(minima.points[:, 1].min()) < 0 < float(minima.points[:, 1].max())
    torch.testing.assert_close(minima.points[:, 0], torch.full((2,), math.pi, dtype=torch.float64))


def test_without_any_period_the_space_is_the_usual_one_and_every_bit_the_same():
    land = ml.analytic.SixHumpCamel()
    same = ml.Periodic(land, INF)
    assert same.space == land.space
    starts = ml.sample_box(land, 50, generator=seeded())
    found, wanted = ml.find_minima(same, starts), ml.find_minima(land, starts)
    assert torch.equal(found.points, wanted.points)
    assert repr(found) == repr(wanted)


def test_wrappers_stay_on_the_torus():
    land = ml.Periodic(cosines(), TURN)
    for other in (ml.Counted(land), ml.Negated(land)):
        assert other.space == land.space
    tilted = ml.Tilted(CYLINDER, torch.tensor([0.0, 0.1]), torch.zeros(2))
    assert tilted.space == CYLINDER.space


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: ml.Periodic(cosines(), [TURN]), r"one number for each of 2 axes, got 1"),
        (lambda: ml.Periodic(cosines(), [TURN, -1.0]), r"must be positive, got -1.0 for axis 1"),
        (lambda: ml.Periodic(cosines(), [0.0, TURN]), r"give `inf` for an axis that is not"),
        (lambda: ml.Periodic(cosines(), [math.nan, TURN]), r"must be positive, got nan"),
        (lambda: ml.Periodic(cosines(), [TURN, 6.28]), r"axis 1 with the period 6.28, got .* at"),
        (
            lambda: ml.Periodic(cosines(box=box((0, 7.0), (0, 6.0))), TURN),
            r"no longer than a period, got \[0, 7\] on axis 0",
        ),
        (
            lambda: ml.Periodic(ml.OnBox(cosines(), box((0, 6.0), (0, 6.0))), TURN),
            r"which has a domain already",
        ),
        (lambda: ml.Periodic(ml.Periodic(cosines(), TURN), TURN), r"has periods or symmetries"),
        (
            lambda: ml.OnBox(ml.Periodic(cosines(), TURN), box((0, 6.0), (0, 6.0))),
            r"walls on every axis, got .* periodic on axis 0: a circle has none",
        ),
        (
            lambda: ml.Tilted(CYLINDER, torch.tensor([0.1, 0.1]), torch.zeros(2)),
            r"`slope` must be 0 along axis 0, on which .* is periodic, got 0.1",
        ),
    ],
)
def test_what_makes_no_torus_is_refused(make, told):
    with pytest.raises(ValueError, match=told):
        make()


@pytest.mark.parametrize("land", [CYLINDER, ml.Periodic(cosines(3), [TURN] * 3)], ids=["S", "T"])
def test_a_perturbed_landscape_repeats_itself_and_changes_by_no_more(land):
    other = ml.perturb(land, 0.01, generator=seeded())
    points = ml.sample_box(land, 200, generator=seeded(1))
    change = (other.value(points) - land.value(points)).abs()
    assert 0.001 < float(change.max()) <= 0.01
    assert other.space == land.space
    around = points + torch.tensor([TURN] + [0.0] * (land.dim - 1), dtype=torch.float64)
    torch.testing.assert_close(other.value(around), other.value(points))
    plain = ml.Function(other.value, dim=land.dim)
    for ours, derived in zip(other.jet(points), plain.jet(points), strict=True):
        torch.testing.assert_close(ours, derived)
    torch.testing.assert_close(other.gradient(points), plain.gradient(points))
    torch.testing.assert_close(other.hvp(points, points), plain.hvp(points, points))


def test_a_perturbed_trigonometric_polynomial_is_one():
    land = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 1.0})
    other = ml.perturb(land, 0.01, generator=seeded())
    assert isinstance(other, ml.TrigonometricPolynomial)
    points = ml.sample_box(land, 200, generator=seeded(1))
    change = (other.value(points) - land.value(points)).abs()
    assert 0.001 < float(change.max()) <= 0.01
