import numpy as np
import pytest
import torch

import morseloss as ml

CAMEL = ml.analytic.SixHumpCamel()


def begun(land=CAMEL):
    return ml.Database.begun(land, land.critical_points.of_index(0))


def connected(database, first, second):
    return np.isfinite(ml.minimax(database.graph())[first, second])


def test_two_minima_are_connected_by_a_chain_of_passes():
    last = len(begun().minima) - 1
    found = ml.connect(CAMEL, begun(), 0, last)
    assert connected(found, 0, last)
    assert len(found.joined) > 0
    assert found.gradients > 0
    assert ml.connect(CAMEL, found, 0, last) is found


def test_clusters_are_connected_by_strings_to_the_nearest_copy(generator):
    land = ml.Quotient(ml.LennardJones(7))
    minima = ml.find_minima(land, ml.sample_box(land, 30, generator=generator))
    turned = list(land.symmetry.generated(minima.points))[4][1]
    database = ml.Database.begun(land, ml.classify(land, turned))
    found = ml.connect(land, database, 0, 3)
    assert connected(found, 0, 3)
    assert (found.passes.indices == 1).all()
    assert len(found.joined) <= 4


def test_what_cannot_be_connected_is_told_with_what_was_found():
    """Between two rings of a well there is a wall without a top."""
    split = ml.Function(lambda x: (x[:, 0] - 1 / x[:, 0]) ** 2, dim=1)
    wells = ml.classify(split, torch.tensor([[-1.0], [1.0]], dtype=torch.float64))
    with pytest.raises(ml.SearchError, match=r"not connected after 1 strings") as caught:
        ml.connect(split, ml.Database.begun(split, wells), 0, 1)
    assert caught.value.found.joined.tolist() == [[0, 1]]


def test_rows_that_are_not_there_are_refused():
    with pytest.raises(ValueError, match=r"`second` must be a row of Database.*below 6, got 6"):
        ml.connect(CAMEL, begun(), 0, 6)
    with pytest.raises(ValueError, match="`first` must be an integer from 0"):
        ml.connect(CAMEL, begun(), -1, 2)
