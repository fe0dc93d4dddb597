"""Bounds on cells, against values at many points of each."""

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.brackets.bounded import bounds, fitted
from morseloss.search.brackets.dyadic import children
from morseloss.status import SearchError


def square(land):
    return torch.tensor([[-1.0] * land.dim, [1.5] * land.dim], dtype=torch.float64)


@pytest.mark.parametrize(
    "land",
    [
        ml.analytic.MuellerBrown(),
        ml.analytic.SixHumpCamel(),
        ml.analytic.Rastrigin(1),
        ml.Polynomial({(4, 0, 0): 1.0, (0, 4, 0): 1.0, (0, 0, 4): 1.0, (1, 1, 1): 2.0}),
        ml.Function(lambda x: (x[:, 0] * x[:, 1] + x[:, 0]).sin(), dim=2),
    ],
    ids=repr,
)
def test_values_on_a_cell_lie_between_its_bounds(land):
    rng = np.random.default_rng(0)
    whole = fitted(land, square(land))
    cells = whole.cells
    for _ in range(4):
        cells, _, _ = children(cells, rng.choice(len(cells), 3, replace=False))
    lower, upper = bounds(whole, cells, np.arange(len(cells)))
    low, high = cells.boxes()
    units = low[:, None] + (high - low)[:, None] * rng.uniform(0, 1, (len(cells), 40, land.dim))
    points = whole.box[0] + torch.from_numpy(units) * (whole.box[1] - whole.box[0])
    values = land.value(points.flatten(0, 1)).reshape(len(cells), 40).numpy()
    assert (values >= lower[:, None]).all()
    assert (values <= upper[:, None]).all()
    small = cells.levels == cells.levels.max()
    assert ((upper - lower)[small] < 4 * (np.ptp(values, axis=1)[small] + 1e-9)).all()


def test_a_parabola_along_an_axis_is_bounded_exactly():
    land = ml.Polynomial({(2,): 3.0, (1,): -1.0, (0,): 2.0})
    whole = fitted(land, torch.tensor([[-1.0], [1.0]], dtype=torch.float64))
    lower, upper = bounds(whole, whole.cells, np.arange(4))
    assert lower[2] == pytest.approx(2.0 - 1 / 12, abs=1e-12)  # at 1/6
    assert upper[3] == pytest.approx(4.0, abs=1e-12)


def test_a_kink_has_no_series():
    kink = ml.Function(lambda x: x[:, 0].abs() + 0.3 * x[:, 0], dim=1)
    box = torch.tensor([[-1.0], [1.3]], dtype=torch.float64)
    with pytest.raises(SearchError, match="no series that converges"):
        fitted(kink, box)


def test_a_pole_is_named():
    pole = ml.Function(lambda x: 1 / (x[:, 0] - 10).clamp_min(0) + x[:, 0], dim=1)
    with pytest.raises(SearchError, match="not finite at"):
        fitted(pole, torch.tensor([[0.0], [1.0]], dtype=torch.float64))
