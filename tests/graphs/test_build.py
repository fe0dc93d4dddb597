import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.flow import descend
from tests.checks import CATALOGUE


def every_pair(points):
    return torch.combinations(torch.arange(len(points)))


def pair_heights(graph):
    return ml.minimax(graph)


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_every_pair_of_minima_has_its_exact_pass(landscape):
    minima = landscape.critical_points.of_index(0)
    graph = ml.build_graph(landscape, minima)
    full = ml.build_graph(landscape, minima, landscape.critical_points.of_index(1))
    np.testing.assert_allclose(pair_heights(graph), pair_heights(full), rtol=1e-10, atol=1e-12)
    assert graph.exact.all()


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_edges_are_certified_saddles_with_two_descents(landscape):
    graph = ml.build_graph(landscape, landscape.critical_points.of_index(0))
    peaks = ml.classify(landscape, torch.tensor(graph.peaks))
    assert (peaks.indices == 1).all()
    assert peaks.residuals.max() <= 1e-11 * (1 + peaks.eigenvalues.abs().max())
    # not to the bit: another batch, another order of sums in the matrix product
    np.testing.assert_allclose(peaks.values, graph.weights, rtol=1e-14, atol=1e-14)
    for edge, path, weight in zip(graph.edges, graph.paths, graph.weights, strict=True):
        np.testing.assert_allclose(path[[0, -1]], graph.points[edge], atol=1e-5)
        values = landscape.value(torch.tensor(path)).numpy()
        top = values.argmax()
        assert values[top] == pytest.approx(weight, rel=1e-12, abs=1e-12)
        slack = 1e-12 * (1 + abs(values).max())
        assert (np.diff(values[: top + 1]) >= -slack).all()
        assert (np.diff(values[top:]) <= slack).all()


def test_a_minimum_that_a_string_runs_through_enters_the_graph():
    land = ml.analytic.EasyAndHard()
    outer = ml.classify(land, torch.tensor([[-2.0], [2.0]], dtype=torch.float64))
    graph = ml.build_graph(land, outer)
    assert len(graph) == 3
    assert sorted(graph.points.flatten().round(6).tolist()) == [-2.0, 0.0, 2.0]
    assert len(graph.edges) == 2


def test_rows_of_the_given_minima_stay_first_and_in_order():
    land = ml.analytic.SixHumpCamel()
    minima = land.critical_points.of_index(0)
    some = minima.take(torch.tensor([4, 0, 2]))
    graph = ml.build_graph(land, some)
    np.testing.assert_array_equal(graph.points[:3], some.points)


def test_other_rows_than_minima_are_left_out():
    land = ml.analytic.Himmelblau()
    assert len(ml.build_graph(land, land.critical_points)) == 4


def test_one_minimum_makes_a_graph_without_edges():
    land = ml.Polynomial({(2, 0): 1.0, (0, 2): 1.0})
    minima = ml.find_minima(land, torch.ones(1, 2, dtype=torch.float64))
    graph = ml.build_graph(land, minima)
    assert (len(graph), len(graph.edges)) == (1, 0)
    assert ml.barcode(graph).deaths.tolist() == [float("inf")]
    complete = ml.graph_from_paths(land, minima, ml.ClimbingString())
    assert (len(complete), len(complete.edges)) == (1, 0)


def test_no_minimum_is_refused():
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match="at least one minimum"):
        ml.build_graph(land, land.critical_points.of_index(2))


def test_a_summit_on_the_straight_line_is_left_sideways():
    """Between opposite minima the string crosses the maximum by symmetry."""
    land = ml.analytic.DoubleWell(2, tilt=(0.0, 0.0))
    corners = ml.classify(land, torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64))
    graph = ml.build_graph(land, corners)
    assert len(graph) >= 3
    assert pair_heights(graph)[0, 1] == pytest.approx(1.0, abs=1e-12)
    assert graph.exact.all()


def test_a_descent_that_rests_on_a_saddle_steps_off_it():
    """By symmetry the flow from the saddle at the origin ends in the saddles at (0, +-1)."""
    land = ml.Polynomial(
        {(0, 4): 1.0, (0, 2): -2.0, (0, 0): 1.0, (4, 0): 1.0, (2, 2): -1.0, (2, 0): 0.5}
    )
    origin = ml.classify(land, torch.zeros(1, 2, dtype=torch.float64))
    assert origin.indices.tolist() == [1]
    descents = descend(land, origin)
    assert (descents.state.status == ml.Status.CONVERGED).all()
    ends = ml.classify(land, descents.state.points)
    assert ends.indices.tolist() == [0, 0]
    for line in descents.lines:
        values = land.value(line)
        assert (values.diff() <= 1e-12).all()
        assert (line[:, 1].abs() - 1).abs().min() < 1e-6
    starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(0))
    graph = ml.build_graph(land, ml.find_minima(land, starts), origin)
    assert len(graph) == 4
    assert graph.exact.all()


def test_a_degenerate_minimum_is_warned_of():
    land = ml.Polynomial({(4,): 1.0})
    minima = ml.find_minima(land, torch.ones(1, 1, dtype=torch.float64))
    with pytest.warns(UserWarning, match="degenerate"):
        graph = ml.build_graph(land, minima)
    assert len(graph) == 1


def test_a_kinked_landscape_gives_upper_bounds_and_says_so():
    """Two cones that meet in a kink: no saddle exists, the string's height is the edge."""

    def cones(x):
        left = ((x - x.new_tensor([-1.0, 0.0])) ** 2).sum(-1)
        right = ((x - x.new_tensor([1.0, 0.0])) ** 2).sum(-1)
        return torch.minimum(left, right)

    land = ml.Function(cones, dim=2, box=torch.tensor([[-2.0, -2.0], [2.0, 2.0]]))
    minima = ml.find_minima(land, torch.tensor([[-0.9, 0.1], [0.9, 0.1]], dtype=torch.float64))
    with pytest.warns(UserWarning, match="not exact"):
        graph = ml.build_graph(land, minima)
    assert not graph.exact.all()
    assert graph.weights.max() == pytest.approx(1.0, abs=1e-6)


def test_descents_that_run_away_are_warned_of():
    land = ml.Polynomial({3: 1.0, 1: -3.0})
    minimum = ml.classify(land, torch.tensor([[1.0]], dtype=torch.float64))
    saddle = ml.classify(land, torch.tensor([[-1.0]], dtype=torch.float64))
    with pytest.warns(UserWarning, match="left out"):
        graph = ml.build_graph(land, minimum, saddle)
    assert len(graph.edges) == 0


@pytest.mark.parametrize("landscape", CATALOGUE[4:6], ids=repr)
def test_paths_give_upper_bounds_of_the_exact_barcode(landscape, generator):
    minima = landscape.critical_points.of_index(0)
    exact = pair_heights(ml.build_graph(landscape, minima))
    method = ml.GradientPath(points=15, learning_rate=2e-3)
    graph = ml.graph_from_paths(landscape, minima, method, max_steps=300)
    assert not graph.exact.any()
    assert (pair_heights(graph) >= exact - 1e-9).all()
    assert len(graph.edges) == len(minima) * (len(minima) - 1) // 2


def test_climbs_out_of_one_minimum_find_its_neighbours():
    land = ml.analytic.EasyAndHard()
    one = ml.classify(land, torch.zeros(1, 1, dtype=torch.float64))
    graph = ml.build_graph(land, one)
    assert graph.points.flatten().round(6).tolist()[0] == 0.0
    assert sorted(graph.points.flatten().round(6).tolist()) == [-2.0, 0.0, 2.0]


def test_progress_hears_of_the_pairs():
    land = ml.analytic.Himmelblau()
    heard = []
    ml.build_graph(land, land.critical_points, progress=lambda *counts: heard.append(counts))
    assert heard == [(0, 4, 4)]  # of six pairs two have a minimum between them


def test_an_interrupt_keeps_the_graph_and_the_search_goes_on_from_it():
    land = ml.analytic.Rastrigin(dim=2, wells=1)
    minima = land.critical_points.of_index(0)

    heard = []

    def press_the_keys(*counts):
        heard.append(counts)
        if len(heard) == 2:
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as stop:
        ml.build_graph(land, minima, pairs=every_pair, progress=press_the_keys)
    partial = stop.value.found
    assert 0 < len(partial.edges) <= 12
    assert partial.exact.all()
    known = ml.classify(land, torch.tensor(partial.peaks))
    graph = ml.build_graph(land, minima, known)
    np.testing.assert_allclose(
        ml.minimax(graph), ml.minimax(ml.build_graph(land, minima)), rtol=1e-12
    )


def test_pairs_whose_path_meets_nan_have_no_edge_and_are_named():
    """Three wells; a wall of nan stands between the last and the others."""

    def walled(x):
        wells = ((x[:, 0] ** 2 - 1) * (x[:, 0] - 4)) ** 2 + x[:, 1] ** 2
        return wells + torch.where((x[:, 0] - 2.5).abs() < 0.1, torch.nan, 0.0)

    land = ml.Function(walled, dim=2)
    wells = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [4.0, 0.0]], dtype=torch.float64)
    minima = ml.classify(land, wells)
    method = ml.GradientPath(points=30, learning_rate=1e-3)
    with pytest.warns(UserWarning, match=r"pairs \[\[0, 2\], \[1, 2\]\] have no edge"):
        graph = ml.graph_from_paths(land, minima, method, max_steps=10)
    assert graph.edges.tolist() == [[0, 1]]
    assert len(graph.paths) == 1


def test_passes_of_one_height_stand_in_the_order_of_their_places():
    """The camel is the same turned by half a circle, so its passes come in pairs of one height."""
    land = ml.analytic.SixHumpCamel()
    graph = ml.build_graph(land, land.critical_points)
    level = np.diff(graph.weights) == 0
    assert level.sum() >= 3
    assert (np.diff(graph.peaks[:, 0])[level] > 0).all()
    assert (np.diff(graph.weights)[~level] > 1e-5).all()


def on_box(land, *corners):
    return ml.OnBox(land, torch.tensor(corners, dtype=torch.float64))


def test_a_box_that_holds_everything_changes_nothing(generator):
    land = ml.analytic.MuellerBrown()
    boxed = on_box(land, *land.box.tolist())
    minima = ml.find_minima(land, ml.sample_box(land, 64, generator=generator))
    free, inside = ml.build_graph(land, minima), ml.build_graph(boxed, minima)
    np.testing.assert_array_equal(inside.weights, free.weights)
    np.testing.assert_array_equal(inside.edges, free.edges)


def test_no_minimum_from_outside_the_domain_enters():
    """Rows of wells as far as the eye can see; the box holds four of them."""
    land = ml.Function(lambda x: torch.cos(x).sum(-1) + x @ x.new_tensor([0.05, 0.03]), dim=2)
    boxed = on_box(land, [-3.6, -3.6], [3.6, 3.6])
    around = on_box(land, [-7.0, -7.0], [7.0, 7.0])
    starts = ml.sample_box(around, 200, generator=torch.Generator().manual_seed(0))
    minima, saddles = ml.find_minima(land, starts), ml.find_saddles(land, starts)
    assert len(minima) > 4
    for given in (None, saddles):
        graph = ml.build_graph(boxed, minima, given)
        assert (len(graph), len(graph.edges)) == (4, 4)
        assert (abs(graph.points) < 3.6).all()
        assert graph.exact.all()


def test_a_box_into_which_the_landscape_falls_from_a_wall_has_minima_there(generator):
    """On the corner of Himmelblau's function that holds one of its minima there are others."""
    boxed = on_box(ml.analytic.Himmelblau(), [0.0, 0.0], [5.0, 5.0])
    points = ml.critical_points(boxed)
    minima = ml.find_minima(boxed, ml.sample_box(boxed, 32, generator=generator))
    known = ml.build_graph(boxed, points, points, rounds=0)
    for graph in (known, ml.build_graph(boxed, minima)):
        bars = ml.barcode(graph)
        np.testing.assert_allclose(bars.births, [0.0, 13.27270429163, 67.5979374819], atol=1e-9)
        np.testing.assert_allclose(bars.deaths[1:], [13.31192627159, 67.7191500936], atol=1e-6)
        assert graph.exact.all()
        assert (graph.points == 0).any(axis=1).sum() == 2
        for path in graph.paths:
            assert ((path >= 0) & (path <= 5)).all()
    loose = ml.graph_from_paths(boxed, points, ml.ClimbingString(), max_steps=40)
    assert (len(loose), len(loose.weights)) == (3, 3)
    assert (np.sort(loose.weights) > [13.31192627, 67.71915009, 67.71915009]).all()
    assert not loose.exact.any()


def test_a_minimum_at_which_a_wall_is_level_is_named():
    double = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 1.0})
    boxed = on_box(double, [-1.0, -1.0], [0.0, 1.0])
    with pytest.warns(UserWarning, match="degenerate"):
        minima = ml.critical_points(boxed)
        graph = ml.build_graph(boxed, minima)
    assert graph.values.min() == -1


def test_no_minimum_in_the_domain_is_refused():
    boxed = on_box(ml.Polynomial({(2, 0): 1.0, (0, 2): 1.0}), [-1.0, -1.0], [1.0, 1.0])
    away = ml.classify(boxed, torch.tensor([[3.0, 0.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match="at least one minimum in the domain of"):
        ml.build_graph(boxed, away)


def test_paths_stay_in_the_domain():
    """The way round outside is lower."""
    land = ml.Function(
        lambda x: (x[:, 0] ** 2 - 1) ** 2 * 4 + x[:, 1] ** 2 - 5 * torch.relu(x[:, 1] - 1) ** 2,
        dim=2,
    )
    box = torch.tensor([[-2.0, -1.0], [2.0, 1.0]], dtype=torch.float64)
    a, b = torch.tensor([[[-1.0, 0.9]], [[1.0, 0.9]]], dtype=torch.float64)
    method = ml.PolygonalChain(bends=3, learning_rate=0.1)
    draw = torch.Generator().manual_seed(0)
    paths = ml.find_paths(ml.OnBox(land, box), a, b, method, generator=draw, max_steps=50)
    assert (paths.at(torch.linspace(0, 1, 99, dtype=torch.float64)).abs() <= box[1]).all()


def test_minima_of_another_landscape_are_refused():
    land, other = ml.analytic.SixHumpCamel(), ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match=r"`minima` are not of SixHumpCamel.*: the value in row 0"):
        ml.build_graph(land, other.critical_points.of_index(0))
