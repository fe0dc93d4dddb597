"""A frame knows the unstable manifold to second order, and itself upside down."""

import itertools

import pytest
import torch

import morseloss as ml
from morseloss.search.trajectories.frame import frame
from tests.checks import close
from validation.ensembles import gaussian_polynomial

LANDS = [
    ml.analytic.SixHumpCamel(),
    gaussian_polynomial(3, 4, torch.Generator().manual_seed(0)),
    gaussian_polynomial(4, 4, torch.Generator().manual_seed(1)),
]


def frame_of(land):
    return frame(land, ml.critical_points(land))


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"R^{land.dim}")
def test_modes_are_oriented_eigenvectors(land):
    found = frame_of(land)
    assert len(found) == len(found.values)
    assert found.dim == land.dim
    hessians = land.hessian(found.points)
    close(hessians @ found.modes, found.modes * found.eigenvalues[:, None])
    close(found.modes.mT @ found.modes, torch.eye(land.dim).double().expand_as(hessians))
    largest = found.modes.gather(1, found.modes.abs().argmax(1, keepdim=True))
    assert (largest > 0).all()


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"R^{land.dim}")
def test_third_derivatives_are_those_of_torch(land):
    found = frame_of(land)
    for row in range(len(found)):
        modes = found.modes[row]

        def hessian(x, land=land, modes=modes):
            return modes.mT @ land.hessian(x[None])[0] @ modes

        thirds = torch.autograd.functional.jacobian(hessian, found.points[row]) @ modes
        close(found.thirds[row], thirds, 1e-4)


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"R^{land.dim}")
def test_points_beside_lie_on_the_unstable_manifold_to_second_order(land, generator):
    """What is left of tangency, `s' - ds/du u'`, falls with the third power of the distance."""
    found = frame_of(land)
    for index in range(1, land.dim):
        rows = found.of_index(index)
        if not len(rows):
            continue
        ways = torch.randn(len(rows), index, generator=generator, dtype=torch.float64)
        ways = ways / ways.norm(dim=-1, keepdim=True)
        left = []
        for size in (1e-2, 5e-3):
            unstable = (size * found.radii[rows])[:, None] * ways

            def stable(u, rows=rows, index=index):
                return found.coordinates(rows, found.beside(rows, u))[:, index:]

            speeds = -land.gradient(found.beside(rows, unstable))
            speeds = (found.modes[rows].mT @ speeds[..., None])[..., 0]
            _, along = torch.func.jvp(stable, (unstable,), (speeds[:, :index],))
            left.append((speeds[:, index:] - along).norm(dim=-1))
        assert (left[1] < 0.16 * left[0] + 1e-13).all()


def test_points_beside_lie_on_a_parabola_known_in_closed_form():
    """For L = -x^2/2 + (y - x^2)^2 the unstable curve begins as y = 2 x^2 / 4."""
    land = ml.Polynomial({(2, 0): -0.5, (0, 2): 1.0, (2, 1): -2.0, (4, 0): 1.0})
    found = frame(land, ml.classify(land, torch.zeros(1, 2, dtype=torch.float64)))
    beside = found.beside(torch.tensor([0]), torch.tensor([[0.1]]).double())
    # y' = -2 (y - x^2), x' = x + ...: y = c x^2 needs 2 c = -2 c + 2
    close(beside, torch.tensor([[0.1, 0.5 * 0.1**2]]).double(), 1e-9)


def test_places_and_coordinates_are_inverse(generator):
    found = frame_of(LANDS[1])
    rows = torch.arange(len(found))
    ways = torch.randn(len(found), 3, generator=generator, dtype=torch.float64)
    close(found.coordinates(rows, found.at(rows, ways)), ways)


@pytest.mark.parametrize("land", LANDS, ids=lambda land: f"R^{land.dim}")
def test_the_dual_is_the_frame_of_the_landscape_upside_down(land):
    points = ml.critical_points(land)
    found, upside = frame(land, points), ml.Negated(land)
    dual, again = found.dual(), frame(upside, ml.classify(upside, points.points))
    for name in ("points", "values", "indices", "eigenvalues", "modes"):
        close(getattr(dual, name).double(), getattr(again, name).double(), 1e-8)
    close(dual.thirds, again.thirds, 1e-4)
    for name in ("points", "values", "indices", "eigenvalues", "modes", "thirds", "radii"):
        assert torch.equal(getattr(dual.dual(), name), getattr(found, name))


def test_indices_add_up_to_the_dimension():
    found = frame_of(LANDS[1])
    for index in range(4):
        assert torch.equal(found.dual().of_index(index), found.of_index(3 - index))


@pytest.mark.parametrize("dim", [1, 2, 3, 4])
def test_orientation_is_the_sign_of_stable_before_unstable_modes(dim):
    """Modes along the axes, in every order and with every index: the sign can be counted."""
    for axes in itertools.permutations(range(dim)):
        for index in range(dim + 1):
            curvatures = torch.arange(-index, dim - index).double() + 0.5
            terms = {tuple(2 * (i == a) for i in range(dim)): float(curvatures[k]) / 2
                     for k, a in enumerate(axes)}  # fmt: skip
            land = ml.Polynomial(terms)
            found = frame(land, ml.classify(land, torch.zeros(1, dim, dtype=torch.float64)))
            assert found.indices.tolist() == [index]
            order = [*reversed(axes[index:]), *axes[:index]]
            swaps = sum(a > b for a, b in itertools.combinations(order, 2))
            assert found.orientation().item() == (-1) ** swaps
