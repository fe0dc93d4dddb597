import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.landscapes.critical import match
from morseloss.landscapes.symmetries.orbits import Orbits

SIGN = ml.MatrixGroup([[[1.0]], [[-1.0]]])


def test_points_of_one_orbit_are_merged_and_others_are_not(generator):
    land = ml.Quotient(ml.LennardJones(5, space_dim=2))
    cloud = torch.randn(3, 10, generator=generator, dtype=torch.float64)
    copies = [moved for _, moved in land.symmetry.generated(cloud)]
    points = ml.merge(ml.classify(land, torch.cat([cloud, *copies])))
    assert len(points) == 3
    rows = points.origins.rows.reshape(-1, 3)
    assert (rows == rows[0]).all()
    assert sorted(rows[0].tolist()) == [0, 1, 2]


def test_known_points_are_found_by_orbit():
    known = torch.tensor([[0.5], [2.0]], dtype=torch.float64)
    points = torch.tensor([[-2.0], [2.0 + 1e-8], [-0.5], [1.0]], dtype=torch.float64)
    assert match(points, known, Orbits(SIGN)).tolist() == [1, 1, 0, -1]


def test_every_row_is_paired_with_the_first_that_it_equals():
    places = np.array([[1.0], [-1.0], [2.0], [1.0], [-2.0]])
    assert Orbits(SIGN).pairs(places, 1e-6).tolist() == [[0, 1], [0, 3], [2, 4]]
    assert Orbits(SIGN).pairs(places[:0], 1e-6).shape == (0, 2)


def test_the_order_of_equal_values_does_not_hang_on_which_copy_was_found(generator):
    land = ml.Quotient(ml.LennardJones(4, space_dim=2), ml.Particles(4, space_dim=2, kinds="AABB"))
    starts = ml.sample_box(land, 16, generator=generator)
    found = ml.find_minima(land, starts)
    turned = list(land.symmetry.generated(starts))[2][1]
    again = ml.find_minima(land, turned)
    assert len(found) == len(again)
    told = [land.symmetry.invariants(minima.points.numpy()) for minima in (found, again)]
    np.testing.assert_allclose(*told, atol=1e-9)


def test_ways_lead_to_every_copy_the_nearest_first():
    space = ml.Quotient(ml.analytic.DoubleWell(2, (0.0, 0.0)), ml.MatrixGroup.generated_by(
        [[[0.0, -1.0], [1.0, 0.0]]])).space  # fmt: skip
    start, end = torch.tensor([[1.0, 0.1]]).double(), torch.tensor([[0.0, 2.0]]).double()
    images = space.images(start, end)[:, 0]
    assert images[0].tolist() == pytest.approx([2.0, 0.0])
    assert sorted(images.round().tolist()) == [[-2, 0], [0, -2], [0, 2], [2, 0]]
