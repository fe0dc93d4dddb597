import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.graphs.databases.database import extended

CAMEL = ml.analytic.SixHumpCamel()


def begun(land=CAMEL):
    return ml.Database.begun(land, land.critical_points.of_index(0))


def test_saddles_enter_once_with_the_minima_at_their_feet():
    lowest = CAMEL.critical_points.of_index(0).take(torch.tensor([0]))
    saddles = CAMEL.critical_points.of_index(1)
    database = extended(CAMEL, ml.Database.begun(CAMEL, lowest), saddles)
    assert (len(database.minima), len(database.passes)) == (6, 7)
    assert database.tried.tolist() == [0] * 6
    again = extended(CAMEL, database, saddles)
    assert len(again.passes) == 7
    torch.testing.assert_close(database.minima.points[0], lowest.points[0])


def test_the_graph_of_a_database_has_the_exact_barcode():
    database = extended(CAMEL, begun(), CAMEL.critical_points.of_index(1))
    graph = database.graph()
    wanted = ml.barcode(ml.build_graph(CAMEL, CAMEL.critical_points))
    bars = ml.barcode(graph)
    assert graph.exact.all()
    np.testing.assert_allclose(np.sort(bars.deaths), np.sort(wanted.deaths), atol=1e-12)
    assert (graph.weights >= graph.values[graph.edges].max(1)).all()


def test_known_saddles_come_in_at_the_beginning_and_are_paid_for():
    known = CAMEL.critical_points
    database = ml.Database.begun(CAMEL, known, known)
    assert (len(database.minima), len(database.passes)) == (6, 7)
    assert database.gradients > 0


def test_points_of_one_orbit_are_one_minimum(generator):
    land = ml.Quotient(ml.LennardJones(6))
    minima = ml.find_minima(land, ml.sample_box(land, 30, generator=generator))
    database = ml.Database.begun(land, minima)
    assert len(database.minima) == 2
    assert repr(database) == "Database(2 minima, 0 passes; 0 climbs)"
    assert len(database.graph()) == 2


def test_a_pass_to_a_minimum_that_is_none_is_lost_and_not_tried_again():
    """Down the left side of this cubic everything falls for ever."""
    land = ml.Polynomial({(3, 0): 1.0, (1, 0): -3.0, (0, 2): 1.0})
    points = ml.classify(land, torch.tensor([[1.0, 0.0], [-1.0, 0.0]], dtype=torch.float64))
    database = ml.Database.begun(land, points)
    found = extended(land, database, points.of_index(1))
    assert (len(found.minima), len(found.passes), len(found.lost)) == (1, 0, 1)
    assert found.lost.status.tolist() == [ml.Status.DIVERGED]
    assert len(extended(land, found, points.of_index(1)).lost) == 1


def test_degenerate_points_are_left_out_and_told():
    land = ml.Function(lambda v: (v[:, 0] ** 2 - 1) ** 2 + v[:, 1] ** 2, dim=3)
    free = ml.classify(land, torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64))
    with (
        pytest.warns(UserWarning, match="1 degenerate points are left out.*`Quotient`"),
        pytest.raises(ValueError, match="at least one minimum"),
    ):
        ml.Database.begun(land, free)


def test_minima_of_another_landscape_are_refused():
    other = ml.analytic.Himmelblau().critical_points.of_index(0)
    with pytest.raises(ValueError, match=r"row 0 has the value .* on this landscape"):
        ml.Database.begun(CAMEL, other)
    with pytest.raises(ValueError, match="must hold at least one minimum"):
        ml.Database.begun(CAMEL, CAMEL.critical_points.of_index(1))
