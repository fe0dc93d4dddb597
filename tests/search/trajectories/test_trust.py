"""In the ball of the trust radius the Hessian decides: sampled densely, and in closed form."""

import pytest
import torch

import morseloss as ml
from morseloss.search.trajectories.trajectory import Basins, GradientFlow, follow
from morseloss.search.trajectories.trust import SHARE, trust_radii
from tests.checks import CATALOGUE
from validation.ensembles import gaussian_polynomial, wavy_polynomial


def ball(points, radii, count, generator):
    """Points drawn uniformly in balls, and on their spheres."""
    dim = points.shape[1]
    ways = torch.randn(count, 1, dim, generator=generator, dtype=torch.float64)
    ways = ways / ways.norm(dim=-1, keepdim=True)
    parts = torch.rand(count, 1, 1, generator=generator, dtype=torch.float64) ** (1 / dim)
    parts[::2] = 1.0
    return points + radii[:, None] * parts * ways


POLYNOMIALS = [
    *(land for land in CATALOGUE if isinstance(land, ml.Polynomial)),
    gaussian_polynomial(3, 4, torch.Generator().manual_seed(1)),
    gaussian_polynomial(4, 4, torch.Generator().manual_seed(1)),
    wavy_polynomial(2, 6, torch.Generator().manual_seed(1)),
]
OTHERS = [land for land in CATALOGUE if not isinstance(land, ml.Polynomial)]


@pytest.mark.parametrize("land", POLYNOMIALS + OTHERS, ids=lambda land: f"{land!r:.30}")
def test_the_hessian_changes_by_less_than_half_of_the_smallest_curvature(land, generator):
    points = getattr(land, "critical_points", None) or ml.critical_points(land)
    radii = trust_radii(land, points)
    assert (radii > 0).all()
    inside = ball(points.points, radii, 1000, generator)
    hessians = land.hessian(inside.flatten(0, 1)).unflatten(0, inside.shape[:2])
    change = torch.linalg.matrix_norm(hessians - land.hessian(points.points), ord=2)
    allowed = SHARE * points.eigenvalues.abs().amin(-1)
    assert (change <= allowed * (1 + 1e-9)).all()


@pytest.mark.parametrize("land", POLYNOMIALS + OTHERS, ids=lambda land: f"{land!r:.30}")
def test_balls_are_disjoint(land):
    points = getattr(land, "critical_points", None) or ml.critical_points(land)
    radii = trust_radii(land, points)
    gaps = torch.cdist(points.points, points.points).fill_diagonal_(torch.inf)
    assert (radii <= gaps.amin(-1) / 2 * (1 + 1e-9)).all()


def test_in_one_variable_the_radius_is_the_largest_there_is():
    """H = 12 x^2 - 4, so that |H(x) - H(q)| <= 12 (2 |q| r + r^2) in a ball of radius r."""
    land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    points = land.critical_points
    centre, allowed = points.points[:, 0].abs(), points.eigenvalues.abs()[:, 0] / 2
    wanted = -centre + (centre**2 + allowed / 12).sqrt()
    torch.testing.assert_close(trust_radii(land, points), wanted, rtol=1e-9, atol=0)


def test_a_wrapper_changes_no_radius():
    land = ml.analytic.Himmelblau()
    points = land.critical_points
    assert torch.equal(trust_radii(ml.Counted(land), points), trust_radii(land, points))


def test_sampled_radii_are_like_those_from_the_taylor_expansion():
    land = ml.analytic.Himmelblau()
    points = land.critical_points
    proven, plain = trust_radii(land, points), ml.Pullback(land, lambda x: x)
    plain.hessian = land.hessian  # quicker than the derived one
    sampled = trust_radii(plain, points)
    assert ((sampled > 0.5 * proven) & (sampled < 2 * proven)).all()
    assert torch.equal(sampled, trust_radii(plain, points))


def test_a_bowl_alone_decides_far_out():
    land = ml.Polynomial({(2, 0): 1.0, (0, 2): 3.0})
    assert trust_radii(land, ml.critical_points(land)).tolist() == [1.0]


def test_of_no_points_there_are_no_radii():
    land = ml.analytic.Himmelblau()
    assert len(trust_radii(land, land.critical_points.of_index(7))) == 0


@pytest.mark.parametrize("land", [ml.analytic.Himmelblau(), ml.analytic.SixHumpCamel()], ids=repr)
def test_a_minimum_attracts_its_whole_ball(land, generator):
    minima = land.critical_points.of_index(0)
    radii = trust_radii(land, land.critical_points)[land.critical_points.indices == 0]
    starts = ball(minima.points, radii, 20, generator)
    depths = minima.values + 1e-6
    goal = Basins(minima.points, radii, depths)
    rows = torch.arange(len(minima)).repeat(20)
    floors = torch.full((len(rows),), -1e9, dtype=torch.float64)
    starts = starts.flatten(0, 1)
    run = follow(land, GradientFlow(goal), starts, starts[:, :0], floors)
    assert torch.equal(run.basins, rows)


def test_beside_a_saddle_the_nearer_side_wins(generator):
    """Nearer to the unstable line than to the stable one, a trajectory leaves on that side."""
    land = ml.analytic.SixHumpCamel()
    points = land.critical_points
    radii = trust_radii(land, points)
    for row in (points.indices == 1).nonzero().flatten().tolist():
        centre, radius = points.points[row], float(radii[row])
        modes = torch.linalg.eigh(land.hessian(centre[None]))[1][0]
        x = ball(torch.zeros(1, 2).double(), torch.ones(1).double(), 50, generator)[:, 0]
        x = torch.where((x[:, :1].abs() > x[:, 1:].abs()), x, x.flip(-1)) * 0.9 * radius
        slopes = -land.gradient(centre + x @ modes.T) @ modes
        assert (slopes[:, 0] * x[:, 0] > 0).all()
