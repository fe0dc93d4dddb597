"""Elimination without subtraction: every digit of eigenvalues that are next to nothing."""

import mpmath
import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.witten.cells import cells_of
from morseloss.witten.chain import Chain, chain_of, reduce_chain
from morseloss.witten.conductances import FLOOR, Network, network_of
from morseloss.witten.mesh import reduce
from morseloss.witten.reduction import log_singular_values

LINE = ml.analytic.EasyAndHard()
PLANE = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4, (1, 1): 0.3, (1, 0): 0.1})


def exact(network, digits=120):
    """All eigenvalues of the network's matrix, ascending, by arithmetic with many digits."""
    with mpmath.workdps(digits):
        a, b = network.masses.shape
        rows = np.arange(a * b).reshape(a, b)
        matrix = mpmath.diag([mpmath.mpf(g) for g in network.ground.ravel().tolist()])
        links = (rows[:-1], rows[1:], network.down), (rows[:, :-1], rows[:, 1:], network.across)
        for starts, ends, conductances in links:
            for i, j, c in zip(starts.flat, ends.flat, conductances.flat, strict=True):
                matrix[int(i), int(i)] += c
                matrix[int(j), int(j)] += c
                matrix[int(i), int(j)] -= c
                matrix[int(j), int(i)] -= c
        there = np.flatnonzero(network.masses.ravel()).tolist()
        scale = [mpmath.sqrt(m) for m in network.masses.ravel()[there].tolist()]
        scaled = mpmath.matrix(len(there), len(there))
        for i, row in enumerate(there):
            for j, column in enumerate(there):
                scaled[i, j] = matrix[row, column] / (scale[i] * scale[j])
        return sorted(mpmath.eigsy(scaled, eigvals_only=True))


def compare(found, wanted):
    """Logarithms of eigenvalues with eigenvalues of many digits."""
    off = [
        float(mpmath.log(w) - mpmath.mpf(f)) for f, w in zip(found.tolist(), wanted, strict=True)
    ]
    assert np.abs(off).max() < 1e-12, off


@pytest.mark.parametrize("temperature", [0.3, 0.05, 0.01])
def test_small_eigenvalues_on_a_line_are_right_to_the_last_digits(temperature):
    cells = cells_of(LINE, np.array([[-2.6], [2.6]]), 30, temperature)
    chain = chain_of(cells, 3.5)
    wells = cells.rows(LINE.critical_points.of_index(0).points.numpy(), 0)[:, 0] - chain.first
    found = reduce_chain(chain, wells).log_eigenvalues()
    if temperature == 0.01:
        assert found[0] < -345  # where double precision sees but zeros
    assert len(found) == 2
    compare(found, exact(network_of(cells, 0, 3.5), 400)[1:3])


def test_a_chain_is_a_mesh_with_one_row():
    cells = cells_of(LINE, np.array([[-2.6], [2.6]]), 80, 0.05)
    chain = chain_of(cells, 3.5)
    wells = cells.rows(LINE.critical_points.of_index(0).points.numpy(), 0)
    one = reduce_chain(chain, wells[:, 0] - chain.first)
    other = reduce(network_of(cells, 0, 3.5), np.hstack([wells, 0 * wells]))
    shift = float(other.moments[0, 0, 0] - one.moments[0, 0, 0])  # another unit of mass
    for mine, theirs in ((one.moments, other.moments), (one.conductances, other.conductances)):
        near = np.isfinite(mine) & (mine + shift > np.log(np.finfo(float).tiny) + 40)
        assert near.any()
        np.testing.assert_allclose(mine[near] + shift, theirs[near], rtol=1e-12, atol=1e-11)
    np.testing.assert_allclose(one.log_eigenvalues(), other.log_eigenvalues(), atol=1e-11)
    assert repr(chain) == f"Chain({len(chain.masses)} nodes)"


def test_a_chain_may_end_at_its_wells_and_have_nothing_between():
    found = reduce_chain(Chain(np.zeros(3), np.zeros(2)), np.array([2, 0, 1]))
    assert found.log_rate == np.inf
    np.testing.assert_allclose(np.exp(found.log_eigenvalues()), [1.0, 3.0])


@pytest.mark.parametrize("spread", [0.0, 3.0, 400.0])
def test_singular_values_do_not_depend_on_the_size_of_the_columns(spread, generator):
    columns = torch.randn(6, 5, generator=generator, dtype=torch.float64).numpy()
    sizes = spread * torch.randn(5, generator=generator, dtype=torch.float64).numpy()
    found = np.sort(log_singular_values(columns, sizes))
    with mpmath.workdps(100):
        matrix = mpmath.matrix(columns.tolist())
        for j, size in enumerate(sizes.tolist()):
            for i in range(6):
                matrix[i, j] *= mpmath.exp(size)
        with mpmath.workdps(100 + int(5 * spread)):
            squares = sorted(mpmath.eigsy(matrix.T * matrix, eigvals_only=True))
        wanted = [float(mpmath.log(square) / 2) for square in squares]
    np.testing.assert_allclose(found, wanted, rtol=1e-14, atol=1e-13)


@pytest.mark.slow
@pytest.mark.parametrize("degree", [0, 1])
def test_small_eigenvalues_in_the_plane_are_right_to_the_last_digits(degree):
    points = ml.critical_points(PLANE)
    cells = cells_of(PLANE, np.array([[-1.6, -1.4], [1.6, 1.4]]), 8, 0.06)
    wells = cells.rows(points.of_index(2 * degree).points.numpy(), degree)
    network = network_of(cells, degree, np.inf)
    found = reduce(network, wells).log_eigenvalues()
    assert len(found) == (3 if degree == 0 else 1)
    zeros = 1 - degree
    compare(found, exact(network)[zeros : zeros + len(found)])


@pytest.mark.parametrize("cells", [9, 12])
def test_the_plain_loops_tell_what_the_compiled_ones_do(cells, monkeypatch):
    points = ml.critical_points(PLANE)
    grid = cells_of(PLANE, np.array([[-1.6, -1.4], [1.6, 1.4]]), cells, 0.1)
    network = network_of(grid, 0, np.inf)
    wells = grid.rows(points.of_index(0).points.numpy(), 0)
    fast = reduce(network, wells)
    monkeypatch.setattr("morseloss.witten.mesh.compiled", lambda kernel: kernel)
    plain = reduce(network, wells)
    np.testing.assert_allclose(plain.log_eigenvalues(), fast.log_eigenvalues(), atol=1e-12)
    np.testing.assert_allclose(plain.moments, fast.moments, atol=1e-12)


def test_the_order_of_axes_and_of_wells_does_not_matter():
    points = ml.critical_points(PLANE)
    cells = cells_of(PLANE, np.array([[-1.9, -1.7], [1.9, 1.7]]), 30, 0.08)
    network = network_of(cells, 0, np.inf)
    wells = cells.rows(points.of_index(0).points.numpy(), 0)
    one = reduce(network, wells)
    other = reduce(network.transposed, wells[::-1, ::-1])
    np.testing.assert_allclose(one.log_eigenvalues(), other.log_eigenvalues(), atol=1e-12)
    np.testing.assert_allclose(one.log_rate, other.log_rate, atol=1e-12)
    assert repr(one).startswith("Reduction(4 wells, the rest above ")


def test_the_rest_of_the_spectrum_begins_at_the_rate():
    cells = cells_of(LINE, np.array([[-2.6], [2.6]]), 60, 0.1)
    wells = cells.rows(LINE.critical_points.of_index(0).points.numpy(), 0)
    network = network_of(cells, 0, 3.5)
    reduction = reduce(network, np.hstack([wells, 0 * wells]))
    there = network.masses.ravel() > 0
    down = network.down.ravel()[there[1:] & there[:-1]]
    matrix = np.diag(np.append(down, 0) + np.append(0, down)) - np.diag(down, 1) - np.diag(down, -1)
    scale = np.sqrt(network.masses.ravel()[there])
    values = np.linalg.eigvalsh(matrix / scale[:, None] / scale)
    rate = np.exp(reduction.log_rate)
    assert 0.5 * rate < values[3] < 2 * rate
    assert values[2] < 1e-3 * rate


def test_parts_that_do_not_meet_have_a_zero_each():
    down = np.ones((5, 1))
    down[2] = 0.0
    network = Network(np.ones((6, 1)), down, np.ones((6, 0)), np.zeros((6, 1)))
    wells = np.array([[0, 0], [2, 0], [3, 0], [5, 0]])
    found = reduce(network, wells)
    assert len(found.log_eigenvalues()) == 2
    alone = reduce(network, wells[[0, 2]])
    assert not len(alone.log_eigenvalues())


def test_a_line_of_three_to_the_ground_has_its_known_eigenvalue():
    weak = 1e-200
    network = Network(
        np.array([[1.0], [1.0]]), np.array([[1.0]]), np.ones((2, 0)), np.array([[0.0], [weak]])
    )
    (found,) = reduce(network, np.array([[0, 0]])).log_eigenvalues()
    np.testing.assert_allclose(found, np.log(weak / 2), rtol=1e-14)


def test_weights_below_the_floor_are_zero():
    points = LINE.critical_points
    cells = cells_of(LINE, np.array([[-2.6], [2.6]]), 64, 0.05)
    level = float(points.values.max()) + 0.6
    full, cut = (network_of(cells, 0, level, floor) for floor in (FLOOR, 20.0))
    assert full.masses.min() == 0.0  # above the level
    assert np.count_nonzero(cut.masses) < np.count_nonzero(full.masses)
    assert cut.masses[cut.masses > 0].min() > np.exp(-20.0)
    assert repr(full) == f"Network({np.count_nonzero(full.masses)} nodes of 65 x 1)"
    torch.testing.assert_close(full.masses.max(), np.float64(1.0))
