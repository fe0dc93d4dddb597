"""Flow lines counted with signs: known complexes, both sides, other coordinates, upside down."""

import itertools
from functools import cache

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.complexes import boundary
from morseloss.search.discs import discs
from tests.complexes.turned import rotation, turned
from validation.ensembles import gaussian_polynomial, random_wells, sum_of_wells, wavy_polynomial
from validation.referee import bars_of_sum

RING = ml.Polynomial(
    {(4, 0): 1.0, (2, 2): 1.9, (0, 4): 1.0, (2, 0): -2.0, (0, 2): -2.0, (1, 0): 0.3, (0, 1): 0.1}
)
SHELL = ml.Polynomial(
    {tuple(2 * ((i == k) + (j == k)) for k in range(3)): 1.0 if i == j else 1.6
     for i, j in itertools.combinations_with_replacement(range(3), 2)}
    | {tuple(2 * (i == k) for k in range(3)): -2.0 for i in range(3)}
    | {(1, 0, 0): 0.3, (0, 1, 0): 0.1, (0, 0, 1): 0.05}
)  # fmt: skip


def seeded(seed):
    return torch.Generator().manual_seed(seed)


RANDOM = {
    "gaussian R^1": gaussian_polynomial(1, 8, seeded(0)),
    "wavy R^1": wavy_polynomial(1, 8, seeded(0)),
    "gaussian R^2": gaussian_polynomial(2, 4, seeded(1000)),
    "gaussian R^2, one line": gaussian_polynomial(2, 4, seeded(1003)),
    "wavy R^2": wavy_polynomial(2, 4, seeded(0)),
    "gaussian R^3": gaussian_polynomial(3, 4, seeded(1)),
    "gaussian R^4": gaussian_polynomial(4, 4, seeded(0)),
    "ring": RING,
    "shell": SHELL,
    "camel": ml.analytic.SixHumpCamel(),
}


def quick(cases, *slow):
    """The cases as parameters, some of them slow."""
    return [pytest.param(*c, marks=pytest.mark.slow) if c[0] in slow else c for c in cases]


@cache
def points_of(land):
    return ml.critical_points(land)


@cache
def complex_of(land):
    return ml.morse_complex(land, points_of(land))


def bars(complex):
    diagram = complex.diagram()
    rows = np.stack([diagram.degrees, diagram.births, diagram.deaths], axis=1)
    return rows[np.lexsort(rows.T[::-1])]


def assert_same_bars(one, other, atol=1e-9):
    np.testing.assert_array_equal(one[:, 0], other[:, 0])
    np.testing.assert_allclose(one[:, 1:], other[:, 1:], rtol=0, atol=atol)


def counted(lines, points):
    return lines.boundary(points.values.numpy(), points.indices.numpy()).toarray()


def assert_lines_fall(land, complex, points):
    for row, path in enumerate(complex.lines.paths):
        ends = points.points[[complex.lines.sources[row], complex.lines.targets[row]]].numpy()
        np.testing.assert_array_equal(path[[0, -1]], ends)
        values = land.value(torch.tensor(path))
        assert len(path) > 2
        assert (values.diff() < 0).all()


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
    """As long as numbers allow it is refined; beyond, there may as well be a connection."""
    monkeypatch.setattr(discs, "MOST_RUNGS", 100)
    with pytest.raises(ml.SearchError, match=r"not Morse-Smale: .* or so nearly that floats"):
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
    points, real = points_of(land), boundary.frame
    flips = torch.randint(0, 2, (len(points), 1, 3), generator=seeded(0)) * 2.0 - 1.0

    def turned_around(*args):
        found = real(*args)
        flat = flips[:, 0]
        thirds = torch.einsum("ni,nj,nk,nijk->nijk", flat, flat, flat, found.thirds)
        changed = {"modes": found.modes * flips, "thirds": thirds}
        return boundary.Frame(**{**vars(found), **changed})

    monkeypatch.setattr(boundary, "frame", turned_around)
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


def test_the_whole_complex_in_five_variables_is_refused_with_advice():
    land = ml.analytic.DoubleWell(5)
    message = r"dimension 5; `flow_lines\(.*\)` works there for index 1, 2, 4 and 5, `build_graph`"
    with pytest.raises(ValueError, match=message):
        ml.morse_complex(land, points_of(land))
    with pytest.raises(
        ValueError, match=r"`index` must be one of \[1, 2, 4, 5\] in dimension 5, got 3"
    ):
        ml.flow_lines(land, points_of(land), 3)


@pytest.mark.parametrize(
    ("dim", "index", "upward", "message"),
    [
        (3, 0, None, r"must be one of \[1, 2, 3\] in dimension 3, got 0"),
        (3, 3, False, r"must be one of \[1, 2\] in dimension 3 with `upward=False`, got 3"),
        (3, 1, True, r"must be one of \[2, 3\] in dimension 3 with `upward=True`, got 1"),
        (1, 2, None, r"must be one of \[1\] in dimension 1, got 2"),
    ],
)
def test_an_index_that_cannot_be_followed_is_refused(dim, index, upward, message):
    land = ml.analytic.DoubleWell(dim)
    with pytest.raises(ValueError, match=message):
        ml.flow_lines(land, land.critical_points, index, upward=upward)


def test_points_of_another_landscape_are_refused():
    with pytest.raises(ValueError, match="must hold the critical points of DoubleWell"):
        ml.morse_complex(ml.analytic.DoubleWell(2), ml.analytic.DoubleWell(1).critical_points)


def test_points_without_an_index_are_refused():
    land = ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0})
    points = ml.classify(land, torch.tensor([[0.0, -(0.5**0.5)], [0.0, 0.0]], dtype=torch.float64))
    message = r"must not be degenerate, got point 0 \(value -0.25\), 1 \(value 0\) with a zero Hess"
    with pytest.raises(ValueError, match=message):
        ml.morse_complex(land, points)


def test_many_degenerate_points_are_counted():
    terms = {(6, 0): 1.0, (0, 6): 1.0, (4, 0): -3.0, (2, 0): 3.0, (0, 4): -3.0, (0, 2): 3.0}
    land, axis = ml.Polynomial(terms), torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    points = ml.classify(land, torch.cartesian_prod(axis, axis))
    with pytest.raises(ValueError, match=r"and 5 more with a zero Hessian .* use `perturb\(lands"):
        ml.morse_complex(land, points)


def test_no_points_and_points_that_cannot_be_all_are_refused():
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match=r"must hold the .*; use `critical_points\(landscape\)`"):
        ml.morse_complex(land, points_of(land).of_index(7))
    with pytest.raises(ValueError, match=r"cannot be all .* is 4, not 1; use `critical_points`"):
        ml.flow_lines(land, points_of(land).of_index(0), 1)


def test_a_descent_below_all_minima_is_said():
    upside = ml.Negated(ml.analytic.Himmelblau())
    points = ml.classify(upside, points_of(upside.base).points)
    with pytest.raises(
        ml.SearchError, match=r"from point \d \(value -.*fell below every minimum: one"
    ):
        ml.morse_complex(upside, points)


def test_a_minimum_and_a_saddle_that_are_missing_are_noticed():
    """The alternating count stays 1; what falls into the missing well finds no basin."""
    land = ml.analytic.DoubleWell(2)
    points = points_of(land)
    low, pass_ = (points.of_index(k).values.argmin() for k in (0, 1))
    gone = torch.stack(
        [(points.indices == k).nonzero()[row, 0] for k, row in ((0, low), (1, pass_))]
    )
    kept = torch.tensor([row for row in range(9) if row not in gone.tolist()])
    with pytest.raises(ml.SearchError, match="a descent from point"):
        ml.morse_complex(land, points.take(kept))


def forgetful(monkeypatch, times):
    """Let lines of index 2 be lost so many times."""
    real, heard = boundary._Flow.lines, []

    def lines(self, index, upward, *, directions, closeness):
        found = real(self, index, upward, directions=directions, closeness=closeness)
        if index == 2:
            heard.append((directions, closeness))
        if index == 2 and len(heard) <= times:
            kept = np.arange(1, len(found))
            paths = tuple(found.paths[row] for row in kept)
            return ml.FlowLines(found.sources[1:], found.targets[1:], found.signs[1:], paths)
        return found

    monkeypatch.setattr(boundary._Flow, "lines", lines)
    return heard


def test_a_lost_line_is_looked_for_again_more_finely(monkeypatch):
    land = ml.analytic.DoubleWell(2)
    heard = forgetful(monkeypatch, times=2)
    complex = ml.morse_complex(land, points_of(land), directions=20)
    assert len(complex.lines) == 12
    assert heard == [(20, 0.5), (40, 0.25), (80, 0.125)]


def test_a_line_that_stays_lost_is_an_error_that_keeps_the_others(monkeypatch):
    land = ml.analytic.DoubleWell(2)
    forgetful(monkeypatch, times=9)
    message = r"boundary.*is not zero: cell 8 .*after 3 attempts, with up to 192 directions"
    with pytest.raises(ml.SearchError, match=message) as error:
        ml.morse_complex(land, points_of(land))
    assert isinstance(error.value.found, ml.FlowLines)
    assert len(error.value.found) == 11
