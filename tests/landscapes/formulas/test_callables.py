"""Functions of one point, and functions of numpy."""

import numpy as np
import pytest
import torch

import morseloss as ml


def test_a_function_of_one_point_is_that_of_its_rows():
    land = ml.Function(lambda p: p[0] ** 2 + torch.sin(p[1]), 2, pointwise=True)
    rows = torch.tensor([[1.0, 0.5], [2.0, -1.0], [0.0, 3.0]], dtype=torch.float64)
    assert torch.equal(land.value(rows), rows[:, 0] ** 2 + rows[:, 1].sin())
    assert repr(land) == "Function(<lambda>, dim=2)"


@pytest.mark.parametrize("dim", [1, 2, 3])
def test_a_function_of_one_point_is_refused_where_rows_are_wanted(dim):
    with pytest.raises(ValueError, match="pass `pointwise=True`"):
        ml.Function(lambda p: (p[0] ** 2).sum(), dim)


@pytest.mark.parametrize(
    "function",
    [
        lambda p: np.sin(p.numpy()).sum(1),
        lambda p: np.sin(p.detach().numpy()).sum(1),
        lambda p: torch.from_numpy(np.sin(p.numpy()).sum(1)),
    ],
)
def test_a_function_of_numpy_is_refused_with_the_way_out(function):
    with pytest.raises(ValueError, match="torch instead of numpy"):
        ml.Function(function, 2)


def no_graph(p):
    with torch.no_grad():
        return (p**2).sum(-1)


@pytest.mark.parametrize(
    "function", [lambda p: p.detach()[:, 0] ** 2, lambda p: (p.data**2).sum(-1), no_graph]
)
def test_a_function_whose_gradient_is_cut_off_is_refused(function):
    with pytest.raises(ValueError, match="must be differentiable"):
        ml.Function(function, 2)
    with pytest.raises(ValueError, match="must be differentiable"):
        ml.Function(function, 2, torch.tensor([[0.0, 0.0], [1.0, 1e-6]]))


@pytest.mark.parametrize(
    "function",
    [
        lambda p: torch.full((len(p),), 3.0),
        lambda p: torch.full((len(p),), torch.nan),
        lambda p: torch.where(p[:, 0] > 0.3, 1.0, 0.0),
    ],
)
def test_constants_and_steps_are_functions_though_nothing_leads_to_them(function):
    assert ml.Function(function, 2).dim == 2


@pytest.mark.parametrize(
    "function", [lambda p: p[:, 0] > 0, lambda p: p[:, 0].long(), lambda p: p[:, 0] + 0j]
)
def test_values_that_are_not_real_are_refused(function):
    with pytest.raises(ValueError, match="and not real numbers"):
        ml.Function(function, 2)


def test_a_function_of_one_point_that_gives_a_row_is_told_to_give_a_number():
    with pytest.raises(ValueError, match="one number for a point"):
        ml.Function(lambda x: x**2, 1, pointwise=True)


@pytest.mark.parametrize("names", [("x",), ("x", "y", "z")])
def test_a_function_has_as_many_names_as_variables(names):
    with pytest.raises(ValueError, match="must name 2 variables"):
        ml.Function(lambda p: p.sum(-1), 2, names=names)
