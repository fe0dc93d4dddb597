"""A box as a domain: graph and complex are those of the box, walls included; gudhi is referee."""

import gudhi
import numpy as np
import pytest
import torch

import morseloss as ml

POINTS = {1: 4001, 2: 401, 3: 81}  # of the grid, along each axis


def half_box(r, dim=2):
    return torch.tensor([[-r] * dim, [r] * dim], dtype=torch.float64)


def cosines(x):
    """Grows nowhere: outside of the square [-3.6, 3.6]^2 there are more wells, and deeper ones."""
    return torch.cos(x[:, 0]) + 0.8 * torch.cos(x[:, 1]) + 0.05 * x[:, 0] + 0.03 * x[:, 1]


def growing(x):
    """The same on the square, and it grows outside."""
    return cosines(x) + 0.5 * (torch.relu(x.abs() - 3.6) ** 4).sum(-1)


BOXED = ml.OnBox(ml.Function(cosines, dim=2), half_box(3.6))
GROWN = ml.Function(growing, dim=2, box=half_box(5.0))


def points_of(land, count=200):
    starts = ml.sample_box(land, count, generator=torch.Generator().manual_seed(0))
    return ml.critical_points(land, starts)


def numbers(bars):
    return np.stack([bars.births, bars.deaths], 1)


def test_what_lies_outside_the_box_does_not_count():
    """Ascending lines leave the box, to wells' rims outside that are not in the complex."""
    inside, all_of_it = (ml.morse_complex(land, points_of(land)) for land in (BOXED, GROWN))
    assert repr(inside) == repr(all_of_it)
    assert len(inside) == 9
    for k in range(3):
        ours, theirs = (numbers(m.diagram().of_degree(k)) for m in (inside, all_of_it))
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_all_outer_boundaries_agree_from_below_and_from_above():
    points = points_of(BOXED)
    for index in (1, 2):
        down, up = (
            ml.flow_lines(BOXED, points, index, upward=way).boundary(
                points.values.numpy(), points.indices.numpy()
            )
            for way in (False, True)
        )
        assert (down - up).nnz == 0


def test_flow_lines_stay_in_the_box():
    low, high = BOXED.domain.numpy()
    for path in ml.morse_complex(BOXED, points_of(BOXED)).lines.paths:
        assert ((path >= low) & (path <= high)).all()


def test_a_point_outside_is_refused():
    points = points_of(BOXED)
    moved = ml.classify(BOXED, torch.cat([points.points, points.points[:1] - 2 * torch.pi]))
    with pytest.raises(ValueError, match=r"the domain of .*, got rows \[9\] outside \(1 in all\)"):
        ml.morse_complex(BOXED, moved)


def test_walls_at_which_the_landscape_falls_outward_hold_its_minima():
    """The wall x = 3 cuts two wells open: their lowest points, and the pass between, are on it."""
    cut = ml.OnBox(ml.Function(cosines, dim=2), torch.tensor([[-3.6, -3.6], [3.0, 3.6]]))
    points = points_of(cut)
    assert points.eigenvalues.isinf().any(1).sum() == 3
    complex = ml.morse_complex(cut, points)
    bars, error = grid_bars(cut, 401)
    for k in range(2):
        ours = numbers(complex.diagram().of_degree(k))
        assert ml.bottleneck_distance(ours, bars[k], metric="chebyshev") < error
    lines = ml.flow_lines(cut, points, 1)
    values, indices = points.values.numpy(), points.indices.numpy()
    boundary = complex.boundary[:, indices == 1]
    assert (lines.boundary(values, indices)[:, indices == 1] != boundary).nnz == 0
    low, high = cut.domain.numpy()
    for path in complex.lines.paths:
        assert ((path >= low) & (path <= high)).all()


def test_critical_points_of_the_inside_alone_are_no_complete_set():
    cut = ml.OnBox(ml.Function(cosines, dim=2), torch.tensor([[-3.6, -3.6], [3.0, 3.6]]))
    inside = points_of(cut)
    inside = inside.take((~inside.eigenvalues.isinf().any(1)).nonzero().flatten())
    with pytest.raises(ValueError, match="cannot be all critical points"):
        ml.morse_complex(cut, inside)


def random_polynomial(dim, rng):
    """About two wells an axis, coupled up to degree three; every other one falls far out."""
    terms = {
        powers: float(rng.normal()) / dim
        for powers in np.ndindex(*[4] * dim)
        if 0 < sum(powers) < 4
    }
    falls = rng.random() < 0.5
    for unit in np.eye(dim, dtype=int):
        terms[tuple(2 * unit)] = float(rng.normal()) - 2.0
        terms[tuple(4 * unit)] = 1.0
        if falls:
            terms[tuple(6 * unit)] = -0.05
    return ml.Polynomial(terms)


def grid_bars(land, count):
    """Bars of the values on a grid of the box, and how far they may be off."""
    axes = [torch.linspace(a, b, count, dtype=torch.float64) for a, b in land.domain.T.tolist()]
    grid = torch.cartesian_prod(*axes).reshape(-1, land.dim)
    values = land.value(grid).reshape([count] * land.dim)
    complex = gudhi.CubicalComplex(vertices=values.numpy())
    complex.compute_persistence(min_persistence=0.0)
    bars = [complex.persistence_intervals_in_dimension(k).reshape(-1, 2) for k in range(land.dim)]
    curvature = torch.linalg.matrix_norm(land.hessian(grid[:: 1 + len(grid) // 20000]), ord=2).max()
    step = float((land.domain[1] - land.domain[0]).max()) / (count - 1)
    return bars, land.dim * float(curvature) * step**2


def test_walls_in_four_variables_are_refused_with_what_works():
    slope = ml.Polynomial({tuple(row): 1.0 for row in np.eye(4, dtype=int).tolist()})
    land = ml.OnBox(slope, half_box(1.0, 4))
    points = ml.critical_points(land)
    assert points.points.tolist() == [[-1.0] * 4]
    with pytest.raises(ValueError, match=r"in at most 3 variables, got .*`build_graph` works"):
        ml.morse_complex(land, points)
    assert ml.build_graph(land, points).values.tolist() == [-4.0]


@pytest.mark.slow
@pytest.mark.parametrize("dim", [1, 2])
def test_random_polynomials_on_boxes_have_the_bars_of_a_grid(dim):
    rng = np.random.default_rng([7, dim])
    for _ in range({1: 15, 2: 20}[dim]):
        land = ml.OnBox(random_polynomial(dim, rng), half_box(float(rng.uniform(1.2, 2.6)), dim))
        points = ml.critical_points(land)
        complex = ml.morse_complex(land, points).diagram()
        graph = ml.barcode(ml.build_graph(land, points, points))
        bars, error = grid_bars(land, POINTS[dim])
        ours = [(numbers(complex.of_degree(k)), bars[k]) for k in range(dim)]
        for found, expected in [*ours, (numbers(graph), bars[0])]:
            assert ml.bottleneck_distance(found, expected, metric="chebyshev") < error


@pytest.mark.slow
def test_a_cubic_on_a_cube_has_the_bars_of_a_grid_in_three_degrees():
    """Most of it lies on walls, edges and corners."""
    terms = {(3, 0, 0): 1.0, (0, 3, 0): -0.8, (0, 0, 3): 0.6, (1, 0, 0): -2.0, (0, 1, 0): 1.5}
    terms |= {(0, 0, 1): -1.0, (1, 1, 0): 0.4, (0, 1, 1): -0.3, (1, 0, 1): 0.2, (2, 1, 0): 0.3}
    land = ml.OnBox(ml.Polynomial(terms), torch.tensor([[-1.5, -1.3, -1.6], [1.4, 1.5, 1.3]]))
    points = ml.critical_points(land)
    assert points.certificate.complete and points.certificate.euler == 1
    assert points.eigenvalues.isinf().any(1).sum() == 19  # of 27
    complex = ml.morse_complex(land, points).diagram()
    bars, error = grid_bars(land, POINTS[3])
    assert len(complex.of_degree(2)) >= 1
    for k in range(3):
        ours = numbers(complex.of_degree(k))
        assert ml.bottleneck_distance(ours, bars[k], metric="chebyshev") < error
