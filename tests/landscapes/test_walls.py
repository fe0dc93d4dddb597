import pytest
import torch

import morseloss as ml
from morseloss.landscapes.walls import check_walls, outside


def box(*corners):
    return torch.tensor(corners, dtype=torch.float64)


def test_a_landscape_without_a_domain_has_no_walls():
    check_walls(ml.Polynomial({(1, 0): 1.0, (0, 2): 1.0}))


@pytest.mark.parametrize("dim", [1, 2, 3, 9])
def test_a_bowl_passes_and_a_bowl_beside_the_box_does_not(dim):
    bowl = ml.Function(lambda x: (x**2).sum(-1), dim=dim)
    check_walls(ml.OnBox(bowl, box([-1.0] * dim, [2.0] * dim)))
    with pytest.raises(ValueError, match=r"on the wall x0 = 0.1, at \(0.1.*slope outward is -0.2"):
        check_walls(ml.OnBox(bowl, box([0.1] + [-1.0] * (dim - 1), [1.0] * dim)))


def test_a_wall_along_which_the_landscape_is_level_across_it_is_refused():
    """The mirror of a symmetric landscape: half of each critical point lies on it."""
    half = ml.OnBox(ml.analytic.DoubleWell(2, tilt=(0.0, 0.0)), box([0.0, -2.0], [2.0, 2.0]))
    with pytest.raises(ValueError, match=r"on the wall x0 = 0, .*slope outward is -?0\."):
        check_walls(half)


def test_a_hole_in_the_wall_that_no_sample_meets_is_found():
    """It falls outward on a disc of a thousandth of the wall's area alone."""

    def holed(x):
        place = x.new_tensor([1.0, 0.3, -0.4])
        return (x**2).sum(-1) - 0.04 * torch.exp(-((x - place) ** 2).sum(-1) / 0.1**2) * x[:, 0]

    cube = box([-1.0] * 3, [1.0] * 3)
    wide = ml.Function(lambda x: holed(x) + 0 * x[:, 0], dim=3)
    with_hole = ml.OnBox(ml.Function(lambda x: holed(x) - 1.99 * x[:, 0], dim=3), cube)
    check_walls(ml.OnBox(wide, cube))
    with pytest.raises(ValueError, match=r"on the wall x0 = 1, at \(1, 0.3, -0.4\)"):
        check_walls(with_hole)


def test_a_slope_that_is_no_number_is_refused():
    land = ml.Function(lambda x: (x**2 + torch.sqrt(5.0 - x)).sum(-1), dim=1)
    with pytest.raises(ValueError, match=r"on the wall x0 = 6, .*slope outward is nan"):
        check_walls(ml.OnBox(land, box([-1.0], [6.0])))


def test_a_point_on_a_wall_is_not_outside():
    square = box([0.0, 0.0], [1.0, 2.0])
    land = ml.OnBox(ml.analytic.Himmelblau(), square)
    points = box([0.5, 0.5], [1.5, 0.5], [0.5, -1.0], [1.0, 2.0])
    assert outside(land, points).tolist() == [False, True, True, False]
    assert not outside(land.base, points).any()
