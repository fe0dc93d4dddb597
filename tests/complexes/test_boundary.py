"""Flow lines counted with signs: known complexes, both sides, other coordinates, upside down."""

import itertools

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.complexes import followed
from morseloss.search.discs import discs
from tests.complexes.landscapes import (
    RANDOM,
    RING,
    SHELL,
    assert_lines_fall,
    assert_same_bars,
    bars,
    complex_of,
    counted,
    points_of,
    quick,
    seeded,
)
from tests.complexes.turned import rotation, turned
from validation.ensembles import gaussian_polynomial, random_wells, sum_of_wells
from validation.referee import bars_of_sum


@pytest.mark.parametrize(("dim",), quick([(1,), (2,), (3,), (4,)], 4))
def test_a_sum_of_double_wells_is_a_grid_of_cells(dim):
    """A cell is a product of wells and passes; one pass replaced by a well is a face, else none."""
    land = ml.analytic.DoubleWell(dim)
    complex = complex_of(land)
    middle = np.abs(complex.points) < 0.5  # a pass in this coordinate
    well = np.where(middle, 0, np.sign(complex.points))
    assert (middle.sum(1) == complex.indices).all()
    for p, q in itertools.product(range(len(complex)), repeat=2):
        differ = well[p] != well[q]
        face = differ.sum() == 1 and (well[p][differ] == 0).all()
        assert abs(complex.boundary[q, p]) == int(face)
    assert len(complex.lines) == 2 * dim * 3 ** (dim - 1)
    assert_lines_fall(land, complex, points_of(land))


@pytest.mark.parametrize("name", RANDOM)
def test_the_boundary_of_a_boundary_is_zero_and_the_euler_characteristic_one(name):
    complex = complex_of(RANDOM[name])
    assert (complex.boundary @ complex.boundary).nnz == 0
    assert ((-1) ** complex.indices).sum() == 1
    assert complex.canonical_form().betti == (1,) + (0,) * max(complex.indices)
    torch.testing.assert_close(torch.tensor(complex.points), points_of(RANDOM[name]).points)


@pytest.mark.parametrize("name", RANDOM)
def test_every_line_falls_from_its_source_to_its_target(name):
    land = RANDOM[name]
    assert_lines_fall(land, complex_of(land), points_of(land))


@pytest.mark.parametrize("name", RANDOM)
def test_two_lines_leave_every_point_of_index_one_with_opposite_signs(name):
    complex = complex_of(RANDOM[name])
    for saddle in complex.of_index(1):
        signs = complex.lines.signs[complex.lines.sources == saddle]
        assert sorted(signs.tolist()) == [-1, 1]


@pytest.mark.parametrize("name", RANDOM)
def test_bars_of_degree_zero_are_those_of_the_graph_of_passes(name):
    land, points = RANDOM[name], points_of(RANDOM[name])
    graph = ml.build_graph(land, points.of_index(0), points.of_index(1))
    found = bars(complex_of(land))
    wanted = ml.barcode(graph)
    rows = np.stack([wanted.degrees, wanted.births, wanted.deaths], axis=1)
    assert_same_bars(found[found[:, 0] == 0], rows[np.lexsort(rows.T[::-1])])


INDICES = {1: (1,), 2: (1, 2), 3: (2,), 4: ()}  # that can be followed both ways
TWICE = [(name, k) for name in RANDOM for k in INDICES[RANDOM[name].dim]]


@pytest.mark.parametrize(
    ("name", "index"), quick(TWICE, "camel", "wavy R^2", "gaussian R^3", "ring", "shell")
)
def test_lines_found_from_above_are_those_found_from_below_signs_and_all(name, index):
    land, points = RANDOM[name], points_of(RANDOM[name])
    down, up = (ml.flow_lines(land, points, index, upward=way) for way in (False, True))
    np.testing.assert_array_equal(counted(up, points), counted(down, points))
    assert len(up) == len(down)
    for lines in (down, up):
        for path, source, target in zip(lines.paths, lines.sources, lines.targets, strict=True):
            values = land.value(torch.tensor(path))
            assert (values.diff() < 0).all()
            np.testing.assert_array_equal(path[[0, -1]], points.points[[source, target]].numpy())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("degree", "seed"), [(4, 5019), (4, 5045), (6, 5000), (6, 5012), (6, 5033)]
)
def test_lines_that_pass_thin_fingers_of_the_disc_are_found_from_below_too(degree, seed):
    """Here two neighbours on either side of a far pass come close on a level between."""
    land = gaussian_polynomial(2, degree, seeded(seed))
    points = points_of(land)
    down, up = (ml.flow_lines(land, points, 1, upward=way) for way in (False, True))
    np.testing.assert_array_equal(counted(up, points), counted(down, points))


def test_a_disc_that_needs_levels_without_end_is_refused(monkeypatch):
    """As long as numbers allow it is refined; beyond, it is said how far the next point is."""
    monkeypatch.setattr(discs, "MOST_RUNGS", 100)
    with pytest.raises(
        ml.SearchError, match=r"part however close they .*pass 2e\+02 trust radii from it: no"
    ):
        ml.flow_lines(RING, points_of(RING), 1, upward=True)


@pytest.mark.parametrize(
    ("name",), quick([(name,) for name in RANDOM], "gaussian R^4", "gaussian R^3", "shell")
)
def test_bars_do_not_depend_on_the_coordinates(name):
    land = RANDOM[name]
    other = turned(land, rotation(land.dim, seed=1))
    if name == "camel":  # a rotation adds terms that its pure powers do not dominate
        other = turned(land, torch.tensor([[0.0, -1.0], [1.0, 0.0]], dtype=torch.float64))
    assert_same_bars(bars(complex_of(other)), bars(complex_of(land)))


@pytest.mark.parametrize("order", [(2, 0, 1)])
def test_bars_do_not_depend_on_the_order_of_the_coordinates(order):
    land = RANDOM["gaussian R^3"]
    permuted = turned(land, torch.eye(3, dtype=torch.float64)[list(order)])
    assert_same_bars(bars(complex_of(permuted)), bars(complex_of(land)))


def test_the_orientation_of_a_mode_changes_signs_and_no_bar(monkeypatch):
    """Every eigenvector turned around at random: a change of basis by signs."""
    land = RANDOM["gaussian R^3"]
    points, real = points_of(land), followed.frame
    flips = torch.randint(0, 2, (len(points), 1, 3), generator=seeded(0)) * 2.0 - 1.0

    def turned_around(*args):
        found = real(*args)
        flat = flips[:, 0]
        thirds = torch.einsum("ni,nj,nk,nijk->nijk", flat, flat, flat, found.thirds)
        changed = {"modes": found.modes * flips, "thirds": thirds}
        return followed.Frame(**{**vars(found), **changed})

    monkeypatch.setattr(followed, "frame", turned_around)
    other = ml.morse_complex(land, points)
    ours = complex_of(land)
    assert (other.boundary != ours.boundary).nnz > 0
    assert (abs(other.boundary) != abs(ours.boundary)).nnz == 0
    assert_same_bars(bars(other), bars(ours), atol=0)


@pytest.mark.parametrize(("dim", "degree", "seed"), [(2, 4, 0), (2, 6, 1)])
def test_bars_of_sums_of_wells_in_skew_coordinates_are_those_of_kuenneth(dim, degree, seed):
    generator = seeded(seed)
    pieces = [random_wells(degree, generator) for _ in range(dim)]
    land = sum_of_wells(pieces, generator)
    found = bars(complex_of(land))
    wanted = np.array(sorted(bar for bar in bars_of_sum(pieces) if bar[1] < bar[2]))
    assert_same_bars(
        found[found[:, 1] < found[:, 2]], wanted, atol=1e-8 * np.abs(found[:, 1]).max()
    )


def test_upside_down_the_lines_are_the_same_the_other_way_around():
    """In even dimension the alternating count of -L is 1, too, though -L has no minimum."""
    land = ml.analytic.Himmelblau()
    upside, points = ml.Negated(land), points_of(land)
    again = ml.classify(upside, points.points)
    for index in (1, 2):
        lines = ml.flow_lines(upside, again, 3 - index, upward=True)
        matrix = counted(ml.flow_lines(land, points, index, upward=False), points)
        np.testing.assert_array_equal(abs(counted(lines, again)).T, abs(matrix))


def test_two_lines_may_cancel():
    points, complex = points_of(SHELL), complex_of(SHELL)
    assert points.indices.tolist().count(1) == 1
    saddle = int(complex.of_index(1)[0])
    assert (complex.lines.sources == saddle).sum() == 2
    assert complex.boundary[:, [saddle]].nnz == 0
    assert sorted(bars(complex)[:, 0]) == [0, 1, 2]


def test_the_ring_has_a_bar_of_degree_one_from_its_pass_to_its_top():
    complex = complex_of(RING)
    assert np.bincount(complex.indices).tolist() == [1, 1, 1]
    np.testing.assert_allclose(bars(complex)[1], [1, complex.values[1], complex.values[2]])


def test_where_an_index_is_missing_there_are_no_lines():
    land = ml.Polynomial(SHELL.terms | {(1, 0, 0): 0.8})
    complex = complex_of(land)
    assert complex.indices.tolist() == [0, 2, 3]
    assert len(complex.lines) == 1
    assert len(ml.flow_lines(land, points_of(land), 1)) == 0


@pytest.mark.parametrize("dim", [1, 2, 4])
def test_a_bowl_is_one_bar(dim):
    terms = {tuple(2 * (i == k) for k in range(dim)): 1.0 + i for i in range(dim)}
    complex = complex_of(ml.Polynomial(terms))
    assert bars(complex).tolist() == [[0.0, 0.0, np.inf]]
    assert len(complex.lines) == 0


@pytest.mark.parametrize(
    "land", [ml.analytic.MuellerBrown(), ml.analytic.Rastrigin(2, 1), ml.analytic.Rastrigin(1, 3)]
)
def test_landscapes_that_are_no_polynomials_have_complexes_too(land):
    points = land.critical_points
    complex = ml.morse_complex(land, points)
    assert complex.canonical_form().betti == (1,) + (0,) * max(complex.indices)
    assert_lines_fall(land, complex, points)
    graph = ml.build_graph(land, points.of_index(0), points.of_index(1))
    np.testing.assert_allclose(
        sorted(complex.diagram().of_degree(0).deaths), sorted(ml.barcode(graph).deaths)
    )


def test_a_wrapper_that_counts_changes_nothing():
    land = ml.analytic.Himmelblau()
    other = ml.morse_complex(ml.Counted(land), points_of(land))
    np.testing.assert_array_equal(other.boundary.toarray(), complex_of(land).boundary.toarray())


@pytest.mark.parametrize("name", ["gaussian R^2", "gaussian R^3"])
def test_the_same_call_gives_the_same_bits(name):
    land, first = RANDOM[name], complex_of(RANDOM[name])
    again = ml.morse_complex(land, ml.critical_points(land))
    np.testing.assert_array_equal(again.values, first.values)
    np.testing.assert_array_equal(again.points, first.points)
    for part in ("sources", "targets", "signs"):
        np.testing.assert_array_equal(getattr(again.lines, part), getattr(first.lines, part))
    for one, other in zip(again.lines.paths, first.lines.paths, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("changes", [{"directions": 24}, {"closeness": 0.2}, {"directions": 7}])
def test_other_numbers_of_trajectories_count_the_same_lines(changes):
    land = RANDOM["wavy R^2"]
    other = ml.morse_complex(land, points_of(land), **changes)
    np.testing.assert_array_equal(other.boundary.toarray(), complex_of(land).boundary.toarray())


@pytest.mark.parametrize(("index",), quick([(1,), (2,), (4,), (5,)], 2, 4))
def test_in_five_variables_the_outer_boundaries_are_those_of_the_grid(index):
    land = ml.analytic.DoubleWell(5)
    points = points_of(land)
    matrix = counted(ml.flow_lines(land, points, index), points)
    places, indices = points.points.numpy(), points.indices.numpy()
    well = np.where(np.abs(places) < 0.5, 0, np.sign(places))
    for p in np.flatnonzero(indices == index):
        differ = well != well[p]
        face = (differ.sum(1) == 1) & (well[p] * differ == 0).all(1) & (indices == index - 1)
        np.testing.assert_array_equal(abs(matrix[:, p]), face.astype(int))


@pytest.mark.parametrize("constant", [1e4, 1e8])
@pytest.mark.parametrize("size", [1.0, 10.0, 1 / 30])
def test_neither_a_constant_nor_a_long_axis_stalls_a_descent(size, constant):
    """Round-off of the values hides the fall of the first steps; gradients tell it."""
    wells = {(0, 0): 2, (4, 0): 1, (2, 0): -2, (0, 4): 1, (0, 2): -2, (1, 0): 0.3, (0, 1): 0.1}
    sizes = torch.tensor([1.0, 1 / size], dtype=torch.float64)
    land = ml.Polynomial({**wells, (1, 1): 0.2}).rescaled(sizes) + constant
    found = ml.morse_complex(land, ml.critical_points(land)).diagram()
    deaths = [0.69600464, 0.90057093, 1.13050461]
    slack = 1e-8 + 1e-15 * constant
    assert found.of_degree(0).deaths[1:] - constant == pytest.approx(deaths, abs=slack)
    assert found.of_degree(1).deaths - constant == pytest.approx([2.01294251], abs=slack)


@pytest.mark.parametrize("periods", [[1.0, 4.0], [0.1, 3.0]])
def test_waves_of_unequal_periods_keep_their_bars(periods):
    def deaths(periods, constant):
        terms = {(0, 0): constant, (1, 0): 1.0, (0, 1): 1.0, (0, 3): (0.0, 0.9), (1, 1): (0.0, 0.1)}
        land = ml.TrigonometricPolynomial(terms, periods=periods)
        return ml.morse_complex(land, ml.critical_points(land)).diagram().deaths - constant

    assert deaths(periods, 1e4) == pytest.approx(deaths([1.0, 1.0], 0.0), abs=1e-10)
