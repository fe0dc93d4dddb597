import pytest
import torch

import morseloss as ml
from morseloss.landscapes.boxes.walls import inward, outside, snapped


def box(*corners):
    return torch.tensor(corners, dtype=torch.float64)


def test_a_landscape_without_a_domain_has_no_walls():
    assert inward(ml.Polynomial({(1, 0): 1.0, (0, 2): 1.0}))


@pytest.mark.parametrize("dim", [1, 2, 3, 9])
def test_a_bowl_falls_inward_and_a_bowl_beside_the_box_does_not(dim):
    bowl = ml.Function(lambda x: (x**2).sum(-1), dim=dim)
    assert inward(ml.OnBox(bowl, box([-1.0] * dim, [2.0] * dim)))
    assert not inward(ml.OnBox(bowl, box([0.1] + [-1.0] * (dim - 1), [1.0] * dim)))


def test_a_wall_along_which_the_landscape_is_level_across_it_is_not_inward():
    """The mirror of a symmetric landscape: half of each critical point lies on it."""
    half = ml.OnBox(ml.analytic.DoubleWell(2, tilt=(0.0, 0.0)), box([0.0, -2.0], [2.0, 2.0]))
    assert not inward(half)


def test_a_hole_in_the_wall_that_no_sample_meets_is_found():
    """It falls outward on a disc of a thousandth of the wall's area alone."""

    def holed(x):
        place = x.new_tensor([1.0, 0.3, -0.4])
        return (x**2).sum(-1) - 0.04 * torch.exp(-((x - place) ** 2).sum(-1) / 0.1**2) * x[:, 0]

    cube = box([-1.0] * 3, [1.0] * 3)
    wide = ml.Function(lambda x: holed(x) + 0 * x[:, 0], dim=3)
    with_hole = ml.OnBox(ml.Function(lambda x: holed(x) - 1.99 * x[:, 0], dim=3), cube)
    assert inward(ml.OnBox(wide, cube))
    assert not inward(with_hole)


def test_a_slope_that_is_no_number_is_refused():
    land = ml.Function(lambda x: (x**2 + torch.sqrt(5.0 - x)).sum(-1), dim=1)
    with pytest.raises(ValueError, match=r"no number on the wall x0 = 6, at \(6\); take a box"):
        inward(ml.OnBox(land, box([-1.0], [6.0])))


def test_a_point_on_a_wall_is_not_outside():
    square = box([0.0, 0.0], [1.0, 2.0])
    land = ml.OnBox(ml.analytic.Himmelblau(), square)
    points = box([0.5, 0.5], [1.5, 0.5], [0.5, -1.0], [1.0, 2.0])
    assert outside(land, points).tolist() == [False, True, True, False]
    assert not outside(land.base, points).any()


SLOPE = ml.Polynomial({(1, 0): 1.0, (0, 2): 1.0})
UNIT = ml.OnBox(SLOPE, box([0.0, -1.0], [1.0, 2.0]))


def test_a_point_is_classified_by_what_the_walls_leave_free():
    """`x + y^2` on a box: its minimum lies on the wall x = 0, and a corner is no critical point."""
    found = ml.classify(UNIT, box([0.0, 0.0], [1.0, 2.0]))
    assert found.indices[0] == 0
    assert found.eigenvalues[0].tolist() == [2.0, torch.inf]
    assert found.residuals[0] == 0
    assert found.residuals[1] > 1  # it falls inward from there


def test_a_wall_across_which_the_landscape_is_level_makes_a_point_degenerate():
    land = ml.OnBox(ml.Polynomial({(2, 0): -1.0, (0, 2): 1.0}), box([0.0, -1.0], [1.0, 1.0]))
    found = ml.classify(land, box([0.0, 0.0]))
    assert found.indices.tolist() == [-1]
    assert found.status.tolist() == [ml.Status.DEGENERATE]


def test_a_point_in_float32_that_lies_on_a_wall_stays_on_it():
    land = ml.OnBox(SLOPE, box([0.1, -1.0], [1.0, 2.0]))
    single = ml.classify(land, torch.tensor([[0.1, 0.0]], dtype=torch.float64))
    graph = ml.build_graph(land, single)
    assert graph.points.tolist() == [[0.1, 0.0]]
    assert snapped(land, torch.tensor([[0.1, 0.0]])).tolist() == [[0.1, 0.0]]
