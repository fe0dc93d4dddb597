import pytest
import torch

import morseloss as ml
from tests.checks import CATALOGUE


@pytest.mark.parametrize("landscape", CATALOGUE, ids=repr)
def test_all_saddles_of_the_catalogue_are_found_with_one_negative_mode(landscape, generator):
    starts = ml.sample_box(landscape, 1024, generator=generator)
    saddles = ml.find_saddles(landscape, starts)
    exact = landscape.critical_points.of_index(1)
    assert len(saddles) == len(exact)
    assert ((saddles.eigenvalues < 0).sum(-1) == 1).all()
    assert saddles.residuals.max() <= 1e-11 * (1 + saddles.eigenvalues.abs().max())


@pytest.mark.parametrize("index", [0, 1, 2, 3])
def test_every_index_of_a_double_well_product_is_found(index, generator):
    land = ml.analytic.DoubleWell(3)
    starts = ml.sample_box(land, 512, generator=generator)
    found = ml.find_saddles(land, starts, solver=ml.SaddleDynamics(index=index))
    exact = land.critical_points.of_index(index)
    torch.testing.assert_close(found.values, exact.values, rtol=1e-12, atol=1e-12)


def test_a_convex_bowl_has_no_saddle(generator):
    land = ml.Polynomial({(2, 0): 1.0, (0, 2): 3.0})
    starts = ml.sample_box(land, 32, generator=generator)
    saddles = ml.find_saddles(land, starts, max_steps=50)
    assert len(saddles) == 0
    assert (saddles.origins.rows == -1).all()


@pytest.mark.parametrize("bad", [{"index": -1}, {"rtol": 0.0}, {"max_time_growth": 1.0}])
def test_bad_solver_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="must be 0 or more"):
        ml.SaddleDynamics(**bad)


def test_one_newton_step_solves_a_quadratic():
    land = ml.Polynomial({(2, 0): 1.0, (0, 2): -3.0, (1, 1): 0.4, (1, 0): 1.0})
    counted = ml.Counted(land)
    starts = torch.tensor([[3.0, 1.0]], dtype=torch.float64)
    solver = ml.SaddleDynamics(index=1, max_time_growth=1e6)
    saddles = ml.find_saddles(counted, starts, solver=solver)
    assert len(saddles) == 1
    assert counted.gradients < 12


def test_an_index_above_the_dimension_is_refused():
    starts = torch.zeros(1, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="at most the dimension 2"):
        ml.find_saddles(ml.analytic.Himmelblau(), starts, solver=ml.SaddleDynamics(index=3))
