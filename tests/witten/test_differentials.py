"""The twisted complex: its square is zero, its kernel is exact, its spectrum falls into pairs."""

import numpy as np
import pytest
from scipy.linalg import block_diag

import morseloss as ml
from morseloss import witten
from morseloss.witten.cells import cells_of
from morseloss.witten.conductances import network_of

LAND = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4, (1, 1): 0.3, (1, 0): 0.1})
BOX = np.array([[-2.0, -1.8], [2.0, 1.8]])
CELLS = cells_of(LAND, BOX, 20, 0.3)


def laplacian(network):
    """The dense matrix of a network, nodes without mass left out."""
    a, b = network.masses.shape
    rows = np.arange(a * b).reshape(a, b)
    matrix = np.diag(network.ground.ravel())
    links = (rows[:-1], rows[1:], network.down), (rows[:, :-1], rows[:, 1:], network.across)
    for starts, ends, conductances in links:
        for i, j, c in zip(starts.flat, ends.flat, conductances.flat, strict=True):
            matrix[[i, j], [i, j]] += c
            matrix[[i, j], [j, i]] -= c
    scale = np.sqrt(network.masses.ravel())
    return matrix / scale[:, None] / scale


def test_the_square_of_the_differential_is_zero():
    d0, d1 = (d.toarray() for d in witten.differentials(CELLS))
    size = np.abs(d1) @ np.abs(d0)
    assert np.abs(d1 @ d0).max() <= 1e-14 * size.max()
    assert size.max() > 1


@pytest.mark.parametrize("dim", [1, 2])
def test_the_ground_state_is_exact(dim):
    land = LAND if dim == 2 else ml.analytic.EasyAndHard()
    box = BOX if dim == 2 else np.array([[-2.4], [2.4]])
    cells = cells_of(land, box, 20, 0.3)
    d0 = witten.differentials(cells)[0].toarray()
    ground = np.exp(-cells.values[(slice(None, None, 2),) * dim].ravel() / 0.3)
    assert ground.min() > 0
    assert (np.abs(d0 @ ground) <= 1e-13 * (np.abs(d0) @ ground)).all()


def test_the_networks_are_the_laplacians_on_functions_and_on_forms_of_top_degree():
    d0, d1 = (d.toarray() for d in witten.differentials(CELLS))
    for degree, wanted in ((0, d0.T @ d0), (1, d1 @ d1.T)):
        found = laplacian(network_of(CELLS, degree, np.inf, np.inf))
        np.testing.assert_allclose(found, wanted, atol=1e-12 * np.abs(wanted).max())


def test_the_laplacian_on_one_forms_shares_its_spectrum_with_both_neighbours():
    d0, d1 = (d.toarray() for d in witten.differentials(CELLS))
    on_forms = np.linalg.eigvalsh(d0 @ d0.T + d1.T @ d1)
    beside = np.linalg.eigvalsh(block_diag(d0.T @ d0, d1 @ d1.T))
    np.testing.assert_allclose(on_forms, beside[1:], atol=1e-12 * beside[-1])
    assert abs(beside[0]) < 1e-12 * beside[-1]


def test_the_operator_is_that_of_the_continuum():
    """On a smooth function: `-h^2 u'' + (L'^2 - h L'') u`, with an error of second order."""
    h = 1.0
    errors = []
    for cells in (200, 400):
        grid = cells_of(ml.Polynomial({4: 1.0, 2: -2.0}), np.array([[-2.0], [2.0]]), cells, h)
        (d,) = witten.differentials(grid)
        x = np.linspace(-2, 2, cells + 1)
        u = np.exp(-(x**2))
        slope, bend = 4 * x**3 - 4 * x, 12 * x**2 - 4
        wanted = -(h**2) * (4 * x**2 - 2) * u + (slope**2 - h * bend) * u
        errors.append(np.abs(d.T @ (d @ u) - wanted)[1:-1].max())
    assert errors[1] < 0.05
    assert 3.5 < errors[0] / errors[1] < 4.5
