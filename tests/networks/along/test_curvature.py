"""Ends of spectra and traces against dense Hessians, where all that can be reached is, too."""

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape, curvature
from tests.networks.models import cross_entropy, labelled, mlp, vectors


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def form(matrix):
    """The quadratic form of a matrix."""
    return ml.Function(lambda x: ((x @ matrix) * x).sum(-1) / 2, dim=len(matrix))


def test_a_network_has_the_ends_of_its_dense_hessian():
    x, y = labelled(seeded(), 6)
    land = NetworkLandscape(mlp(nn.Tanh), cross_entropy, x, y, weight_decay=1e-2)
    points = vectors(land, seeded(1), 3)
    found = curvature(land, points, steps=40, probes=400, generator=seeded(2))
    dense = torch.linalg.eigvalsh(land.hessian(points))
    assert (found.largest <= dense[:, -1] + 1e-12).all()
    assert (found.smallest >= dense[:, 0] - 1e-12).all()
    torch.testing.assert_close(found.largest, dense[:, -1], rtol=1e-8, atol=0)
    assert ((found.smallest - dense[:, 0]).abs() <= found.smallest_errors + 1e-8).all()
    assert ((found.traces - dense.sum(1)).abs() < 4 * found.trace_errors).all()
    assert (found.trace_errors < 0.2).all()


def test_definite_forms_show_no_zero_where_all_directions_are_spent():
    few = torch.diag(torch.tensor([3.0, 3.0, 3.0, 2.0, 2.0], dtype=torch.float64))
    points = torch.zeros(2, 5, dtype=torch.float64)
    for sign in (1, -1):
        found = curvature(form(sign * few), points, steps=9, generator=seeded())
        low, high = sorted((2.0 * sign, 3.0 * sign))
        torch.testing.assert_close(found.largest, torch.full((2,), high).double())
        torch.testing.assert_close(found.smallest, torch.full((2,), low).double())


def test_errors_hold_an_eigenvalue_after_few_steps():
    values = torch.linspace(-1, 5, 60, dtype=torch.float64)
    points = torch.zeros(4, 60, dtype=torch.float64)
    found = curvature(form(torch.diag(values)), points, steps=8, generator=seeded())
    for ends, errors in (
        (found.largest, found.largest_errors), (found.smallest, found.smallest_errors)
    ):  # fmt: skip
        nearest = (ends[:, None] - values).abs().amin(1)
        assert (nearest <= errors).all()
        assert (errors > 1e-3).all()


def test_a_flat_landscape_has_no_curvature():
    flat = curvature(form(torch.zeros(3, 3).double()), torch.zeros(1, 3).double(),
                     probes=2, generator=seeded())  # fmt: skip
    assert float(flat.largest) == float(flat.smallest) == float(flat.traces) == 0


def test_without_probes_there_is_no_trace():
    found = curvature(form(torch.eye(2).double()), torch.zeros(1, 2).double(), generator=seeded())
    assert found.traces.isnan().all()
    assert found.trace_errors.isnan().all()
    assert repr(found) == "Curvature(1 point, from 1 to 1)"


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"probes": 1}, {"probes": -1}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="`steps` must be 1 or more"):
        curvature(
            form(torch.eye(2).double()), torch.zeros(1, 2).double(), generator=seeded(), **wrong
        )
