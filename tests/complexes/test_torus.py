"""On a torus the Morse complex has its homology, and gudhi's bars on a periodic grid."""

import cmath
import math

import gudhi
import numpy as np
import pytest
import torch

import morseloss as ml

TURN = 2 * math.pi


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def angles(x):
    """Two dihedral angles that lean on one another."""
    lean = 0.3 * torch.cos(2 * x[:, 0] + 0.4) + 0.2 * torch.sin(x[:, 1] - x[:, 0])
    return torch.cos(x).sum(-1) + lean


ANGLES = ml.Periodic(ml.Function(angles, dim=2), TURN)
SQUARE = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 1.0})
CUBE = ml.TrigonometricPolynomial({(1, 0, 0): 1.0, (0, 1, 0): 0.8, (0, 0, 1): 0.7})
CIRCLE = ml.TrigonometricPolynomial({1: 0.4, 2: 1.0, 3: (0.1, 0.3)}, 5.0)
WELLS = ml.TrigonometricPolynomial(
    {(1, 0): (0.3, 0.2), (0, 1): (-0.4, 0.3), (2, 0): 0.3, (0, 2): -0.3, (1, 1): 0.3}, [1.0, 2.0]
)
LEANING = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7, (1, 1): (0.1, 0.4)}, [1.0, 2.0])
ANGLES_SERIES = ml.TrigonometricPolynomial(
    {(1, 0): 1.0, (0, 1): 1.0, (2, 0): 0.3 * cmath.exp(0.4j), (1, -1): (0.0, -0.2)}
)


def points_of(land):
    if isinstance(land, ml.TrigonometricPolynomial):
        return ml.critical_points(land)
    return ml.critical_points(land, ml.sample_box(land, 100, generator=seeded()))


def endless(bars):
    return np.bincount(bars.degrees[~bars.finite]).tolist()


def grid_bars(land, size):
    axes = [np.arange(size) * period / size for period in land.periods]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, land.dim)
    values = land.value(torch.from_numpy(grid)).numpy().reshape((size,) * land.dim)
    cubes = gudhi.PeriodicCubicalComplex(vertices=values, periodic_dimensions=[True] * land.dim)
    cubes.compute_persistence(homology_coeff_field=2, min_persistence=0)
    return [cubes.persistence_intervals_in_dimension(k) for k in range(land.dim + 1)]


@pytest.mark.parametrize(
    ("land", "betti"),
    [(CIRCLE, [1, 1]), (ANGLES_SERIES, [1, 2, 1]), (SQUARE, [1, 2, 1]), (CUBE, [1, 3, 3, 1])],
    ids=["circle", "angles", "square", "cube"],
)
def test_the_bars_without_end_are_the_homology_of_the_torus(land, betti):
    complex_ = ml.morse_complex(land, points_of(land))
    assert endless(complex_.diagram()) == betti
    assert endless(complex_.diagram(characteristic=2)) == betti
    assert complex_.chain_complex.euler == 0


@pytest.mark.parametrize("land", [CIRCLE, ANGLES_SERIES, WELLS], ids=["circle", "angles", "wells"])
def test_bars_of_every_degree_are_those_of_a_periodic_grid(land):
    bars, theirs = ml.morse_complex(land, points_of(land)).diagram(), grid_bars(land, 200)
    for degree, wanted in enumerate(theirs):
        found = ml.interop.to_array(bars, degree)
        assert ml.bottleneck_distance(found, wanted, metric="chebyshev") < 2e-3


def test_a_cylinder_has_one_component_and_one_circle_without_end():
    land = ml.Periodic(
        ml.Function(
            lambda x: torch.cos(x[:, 0]) * (1 + 0.2 * x[:, 1]) + (x[:, 1] ** 2 - 1) ** 2,
            dim=2,
            box=torch.tensor([[0.0, -1.5], [TURN, 1.5]]),
        ),
        [TURN, math.inf],
    )
    points = points_of(land)
    assert points.certificate.consistent
    assert endless(ml.morse_complex(land, points).diagram()) == [1, 1]


def shifted(series, turns):
    """The same series, its origin moved by parts of a turn."""
    moves = [2 * math.pi * sum(map(math.prod, zip(k, turns, strict=True))) for k in series.terms]
    terms = {
        k: complex(a, -b) * cmath.exp(1j * move)
        for (k, (a, b)), move in zip(series.terms.items(), moves, strict=True)
    }
    return ml.TrigonometricPolynomial(terms, series.periods)


def test_the_closed_form_and_the_function_are_one_landscape():
    one, other = points_of(ANGLES), points_of(ANGLES_SERIES)
    torch.testing.assert_close(one.points, other.points, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one.values, other.values)


@pytest.mark.parametrize("turns", [(0.1, 0.3), (0.55, 0.95)])
def test_bars_do_not_depend_on_where_the_seam_is(turns):
    moved = shifted(WELLS, turns)
    ours = ml.morse_complex(moved, points_of(moved)).diagram()
    wanted = ml.morse_complex(WELLS, points_of(WELLS)).diagram()
    np.testing.assert_array_equal(ours.degrees, wanted.degrees)
    np.testing.assert_allclose(ours.births, wanted.births, atol=1e-12)
    np.testing.assert_allclose(ours.deaths, wanted.deaths, atol=1e-12)


@pytest.mark.slow
def test_lines_counted_from_the_other_end_are_the_same():
    points = points_of(LEANING)
    for index in (1, 2):
        down = ml.flow_lines(LEANING, points, index, upward=False)
        up = ml.flow_lines(LEANING, points, index, upward=True)
        values, indices = points.values.numpy(), points.indices.numpy()
        one, other = (lines.boundary(values, indices).toarray() for lines in (down, up))
        np.testing.assert_array_equal(one, other)


def test_a_line_ends_at_an_image_of_its_target():
    points = points_of(WELLS)
    lines = ml.morse_complex(WELLS, points).lines
    for source, target, path in zip(lines.sources, lines.targets, lines.paths, strict=True):
        ends = torch.tensor(np.stack([path[0], path[-1]]))
        wanted = points.points[[int(source), int(target)]]
        gaps = (points.space.nearest(ends, wanted) - ends).norm(dim=-1)
        assert float(gaps.max()) < 1e-9


def test_points_that_are_not_all_are_told_by_the_count_of_the_space():
    points = points_of(SQUARE)
    with pytest.raises(ValueError, match=r"alternating count of .* is -1, not 0"):
        ml.morse_complex(SQUARE, points.take(torch.tensor([0, 1, 2])))
