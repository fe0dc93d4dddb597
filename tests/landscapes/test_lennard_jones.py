import pytest
import torch

import morseloss as ml
from morseloss.landscapes.lennard_jones import CORE


def places(*rows):
    return torch.tensor([sum(rows, ())], dtype=torch.float64)


@pytest.mark.parametrize(("atoms", "space_dim"), [(2, 2), (3, 2), (5, 3)])
def test_closed_forms_are_the_derivatives_of_the_value(atoms, space_dim, generator):
    land = ml.LennardJones(atoms, space_dim)
    points = ml.sample_box(land, 16, generator=generator)
    derived = ml.Function(land.value, dim=land.dim)
    values, gradients, hessians = land.jet(points)
    assert torch.equal(values, land.value(points))
    torch.testing.assert_close(gradients, derived.gradient(points), rtol=1e-12, atol=1e-9)
    torch.testing.assert_close(hessians, derived.hessian(points), rtol=1e-12, atol=1e-6)
    assert torch.equal(gradients, land.gradient(points))
    assert torch.equal(hessians, land.hessian(points))


def test_energies_of_a_pair_are_those_of_the_formula():
    land = ml.LennardJones(2)
    for distance in (0.9, 1.0, 2 ** (1 / 6), 3.0):
        pair = places((0.0, 0.0, 0.0), (distance, 0.0, 0.0))
        wanted = 4 * (distance**-12 - distance**-6)
        assert float(land.value(pair)) == pytest.approx(wanted, rel=1e-13, abs=1e-13)


def test_close_atoms_have_finite_energies_that_go_on_without_a_jump():
    land = ml.LennardJones(2, space_dim=2)
    sides = [places((0.0, 0.0), (CORE + shift, 0.0)) for shift in (-1e-10, 1e-10)]
    for below, above in zip(*(land.jet(side) for side in sides), strict=True):
        torch.testing.assert_close(below, above, rtol=1e-7, atol=1e-3)
    together = land.jet(torch.zeros(1, 4, dtype=torch.float64))
    assert all(bool(part.isfinite().all()) for part in together)
    assert float(together[0]) > 1e5


def test_far_atoms_do_not_feel_each_other():
    far = places((0.0, 0.0), (1e4, 0.0))
    values, gradients, hessians = ml.LennardJones(2, space_dim=2).jet(far)
    assert abs(float(values)) < 1e-23
    assert float(gradients.abs().max()) < 1e-26
    assert float(hessians.abs().max()) < 1e-29


@pytest.mark.parametrize("arguments", [(1,), (2.0,), (3, 1), (3, 4)])
def test_clusters_that_are_none_are_refused(arguments):
    with pytest.raises(ValueError, match="must be"):
        ml.LennardJones(*arguments)
