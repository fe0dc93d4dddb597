"""Proofs of critical points: existence next to them, nothing else near, and the index."""

import numpy as np
import pytest
import torch

import morseloss as ml
from tests.checks import CATALOGUE, Derived


@pytest.mark.parametrize("land", CATALOGUE, ids=repr)
def test_every_point_of_the_catalogue_is_proved_with_its_index(land):
    known = land.critical_points
    found = ml.prove(land, known.points)
    assert found.proved.all()
    assert found.indices.equal(known.indices)
    assert (found.radii < 1e-12 * (1 + known.points.norm(dim=1))).all()
    gaps = torch.cdist(known.points, known.points, p=torch.inf).fill_diagonal_(torch.inf)
    assert (found.alone < gaps.amin(1)).all()
    assert (found.alone > 1e-4).all()


def test_the_exact_point_lies_within_the_radius():
    land = ml.Polynomial({(4,): 1.0, (2,): -6.0, (1,): 0.5})
    shift = torch.tensor([1e-3, -2e-3, 1e-4], dtype=torch.float64)
    exact = torch.tensor(np.sort(np.roots([4, 0, -12, 0.5]).real))
    points = (exact + shift)[:, None]
    found = ml.prove(land, points)
    assert found.proved.all()
    assert (found.radii >= shift.abs()).all()
    assert (found.radii <= 1.2 * shift.abs()).all()
    assert found.indices.tolist() == [0, 1, 0]


def test_a_function_is_proved_as_its_polynomial_is():
    land = ml.analytic.SixHumpCamel()
    points = land.critical_points
    found = ml.prove(Derived(land), points.points)
    assert found.indices.equal(points.indices)
    assert (found.radii < 1e-12).all()


def test_far_from_a_critical_point_nothing_is_proved():
    land = ml.analytic.Himmelblau()
    points = torch.tensor([[1.0, 1.0], [3.0, 2.0]], dtype=torch.float64)
    found = ml.prove(land, points)
    assert found.proved.tolist() == [False, True]
    assert found.radii[0] == torch.inf
    assert found.indices.tolist() == [-1, 0]
    assert found.alone[0] == 0


def test_a_degenerate_point_is_not_proved():
    land = ml.Polynomial({(4, 0): 1.0, (0, 2): 1.0})
    found = ml.prove(land, torch.zeros(1, 2, dtype=torch.float64))
    assert not found.proved.any()


def test_a_point_beside_two_that_merge_is_told_from_the_other():
    land = ml.Polynomial({(3,): 1.0, (1,): -3e-6, (4,): 0.25})
    points = ml.critical_points(land)
    found = ml.prove(land, points.points)
    assert len(points) == 3
    assert found.proved.all()
    assert found.indices.equal(points.indices)


def test_more_variables_are_refused():
    land = ml.analytic.DoubleWell(4)
    with pytest.raises(ValueError, match="in one to 3 variables, got"):
        ml.prove(land, land.critical_points.points)


def test_a_well_narrower_than_the_nodes_withdraws_the_proof():
    """Hidden between the nodes of every series: eigenvalues 98 at the point, -2 around it."""
    narrow = ml.Function(
        lambda x: -x.square().sum(-1) - 0.04 * torch.exp(-x.square().sum(-1) / (2 * 0.02**2)),
        dim=2,
        box=torch.tensor([[-2.5, -2.5], [2.5, 2.5]]).double(),
    )
    found = ml.prove(narrow, torch.zeros(1, 2, dtype=torch.float64))
    assert not found.proved.any()


def test_two_points_that_are_both_alone_are_not():
    aside = ml.Function(
        lambda x: x.square().sum(-1) - 0.2 * torch.exp(-(x - 0.6).square().sum(-1) / (2 * 0.02**2)),
        dim=2,
        box=torch.tensor([[-2.5, -2.5], [2.5, 2.5]]).double(),
    )
    minima = ml.find_minima(aside, torch.tensor([[0.01, 0.01], [0.6, 0.6]]).double())
    assert len(minima) == 2
    assert not (ml.prove(aside, minima).alone > 0.6).any()


def test_proofs_say_how_many_there_are():
    land = ml.analytic.SixHumpCamel()
    told = repr(ml.prove(land, land.critical_points))
    assert told.startswith("Proofs(15 of 15 proved, within ") and len(told) < 50
    far = torch.full((1, 2), 0.7, dtype=torch.float64)
    assert repr(ml.prove(land, far)) == "Proofs(0 of 1 proved)"
