"""Heights between minima from both sides, against exact passes."""

import itertools

import pytest
import torch

import morseloss as ml
from morseloss.status import SearchError


def pairs(land):
    graph = ml.build_graph(land, land.critical_points)
    rows = list(itertools.combinations(range(len(graph)), 2))
    points, heights = torch.from_numpy(graph.points.copy()), ml.minimax(graph)
    first, second = (points[list(side)] for side in zip(*rows, strict=True))
    return first, second, torch.tensor([heights[pair] for pair in rows]).double()


@pytest.mark.parametrize(
    "land",
    [
        ml.analytic.MuellerBrown(),
        ml.analytic.SixHumpCamel(),
        ml.analytic.Himmelblau(),
        ml.analytic.EasyAndHard(),
        ml.analytic.Rastrigin(1),
    ],
    ids=repr,
)
def test_no_pair_needs_more_than_the_pass_and_none_a_millionth_less(land):
    first, second, heights = pairs(land)
    found = ml.communication(land, first, second, heights=heights)
    gaps = heights - found.lower
    reach = heights - torch.minimum(land.value(first), land.value(second)).amin()
    assert (gaps >= 0).all()
    assert (gaps <= 1.001e-6 * reach).all()
    assert found.upper.equal(heights)


def test_heights_that_nobody_knows_are_enclosed():
    land = ml.analytic.MuellerBrown()
    first, second, heights = pairs(land)
    found = ml.communication(land, first, second, tolerance=1e-4)
    assert (found.lower <= heights).all()
    assert (heights <= found.upper).all()
    assert (found.upper - found.lower <= 1.001e-4 * (found.upper - land.value(first).min())).all()


def test_a_height_that_is_too_high_is_found_out():
    land = ml.analytic.Himmelblau()
    first, second, heights = pairs(land)
    found = ml.communication(land, first[:1], second[:1], heights=heights[:1] + 30, tolerance=1e-4)
    assert found.lower <= heights[0] <= found.upper < heights[0] + 0.1


def test_a_few_cells_prove_less():
    land = ml.analytic.SixHumpCamel()
    first, second, heights = pairs(land)
    found = ml.communication(land, first[1:2], second[1:2], heights=heights[1:2], cells=150)
    assert heights[1] - 0.2 < found.lower < heights[1] - 1e-5
    assert len(found.cover) < 400


def test_a_path_around_the_box_counts_on_all_of_space_and_not_on_the_box():
    # two wells behind a ridge, around whose end the way is lower; the box ends before
    ridge = ml.Polynomial(
        {(4, 0): 1.0, (2, 0): -2.0, (0, 0): 1.0, (2, 2): 0.7, (0, 2): -0.5, (0, 4): 0.05}
    )
    start = torch.tensor([[-1.0, 0.0]], dtype=torch.float64)
    box = torch.tensor([[-1.8, -0.5], [1.8, 0.5]], dtype=torch.float64)
    inside = ml.communication(ml.OnBox(ridge, box), start, -start, tolerance=1e-4)
    around = ml.communication(ridge, start, -start, tolerance=1e-4)
    assert around.upper < inside.lower
    assert float(around.upper) == pytest.approx(0.04 / 0.29, abs=1e-4)  # in x^2 and y^2 a parabola
    end = float(ridge.value(torch.tensor([[0.0, 0.5]], dtype=torch.float64)))
    assert end - 1e-3 < float(inside.lower) <= end


def test_three_variables_are_bracketed_too():
    land = ml.analytic.DoubleWell(3)
    first, second, heights = pairs(land)
    found = ml.communication(land, first[:3], second[:3], heights=heights[:3], tolerance=1e-2)
    assert (found.lower <= heights[:3]).all()
    assert (heights[:3] - found.lower <= 0.0101 * (heights[:3] - land.value(first).min())).all()


def test_a_kink_cannot_be_covered():
    box = torch.tensor([[-2.0], [2.1]], dtype=torch.float64)
    land = ml.Function(lambda x: (x[:, 0].abs() - 1).abs(), dim=1, box=box)
    ends = torch.tensor([[-1.0]], dtype=torch.float64)
    with pytest.raises(SearchError, match="not smooth there"):
        ml.communication(land, ends, -ends)


@pytest.mark.parametrize(
    ("land", "more", "message"),
    [
        (ml.analytic.DoubleWell(4), {}, "in one to 3 variables"),
        (ml.Function(lambda x: (x**2).sum(1), dim=2), {}, "knows no box"),
        (ml.Polynomial({(3, 0): 1.0, (0, 2): 1.0}), {}, "knows no box"),
        (
            ml.Periodic(ml.Function(lambda x: x.cos().sum(1), dim=2), [2 * torch.pi, 2 * torch.pi]),
            {},
            "come back through a wall",
        ),
        (ml.analytic.Himmelblau(), {"tolerance": 0.0}, "`tolerance` must be above 0"),
        (ml.analytic.Himmelblau(), {"heights": torch.zeros(2)}, "one height a pair"),
        (ml.analytic.Himmelblau(), {"heights": torch.zeros(1)}, "at or above the values"),
        (ml.analytic.MuellerBrown(), {"shift": 5.0}, "`first` must lie in the box"),
    ],
)
def test_what_cannot_be_bracketed_is_refused(land, more, message):
    more = dict(more)
    first = torch.full((1, land.dim), 0.5, dtype=torch.float64) + more.pop("shift", 0.0)
    with pytest.raises(ValueError, match=message):
        ml.communication(land, first, torch.zeros_like(first), **more)


def test_a_path_that_only_its_end_is_high_on_needs_few_cells():
    # nothing but the cell of the end has to become small
    land = ml.analytic.MuellerBrown()
    start = land.critical_points.points[:1]
    end = start + torch.tensor([[0.2, 0.1]], dtype=torch.float64)
    found = ml.communication(land, start, end, tolerance=1e-4)
    assert float(found.lower) == pytest.approx(float(land.value(end)), abs=1e-9)
    assert len(found.cover) < 2000
