"""Where torch has a derivative by convention, the Hessian is that of the function all the same."""

import pytest
import torch

import morseloss as ml
from morseloss.landscapes.formulas.conventions import may_be_convention

BOX = torch.tensor([[-2.0, -2.0], [2.0, 2.0]], dtype=torch.float64)
EYE = torch.eye(2, dtype=torch.float64)
relu = torch.nn.functional.relu

TWICE = {  # a function, and its Hessian at 0 by hand
    "a norm": (lambda x: x.norm(dim=-1) ** 2, 2 * EYE),
    "a Mexican hat": (lambda x: (x.norm(dim=-1) ** 2 - 1) ** 2, -4 * EYE),
    "a hat in a bowl": (lambda x: (x.norm(dim=-1) ** 2 - 1) ** 2 + (x**2).sum(-1), -2 * EYE),
    "beside a steep one": (
        lambda x: x.norm(dim=-1) ** 2 + 1e6 * x[:, 0] ** 2,
        torch.diag(torch.tensor([2e6 + 2, 2.0], dtype=torch.float64)),
    ),
    "a modulus": (lambda x: (x.abs() ** 2).sum(-1), 2 * EYE),
    "a root": (lambda x: torch.sqrt((x**2).sum(-1)) ** 2, 2 * EYE),
    "a hypotenuse": (lambda x: torch.hypot(x[:, 0], x[:, 1]) ** 2, 2 * EYE),
    "two halves": (lambda x: (relu(x) ** 2 + relu(-x) ** 2).sum(-1), 2 * EYE),
    "a Gaussian": (lambda x: torch.exp(-(x.norm(dim=-1) ** 2)), -2 * EYE),
    "a deviation": (lambda x: x.std(-1) ** 2, torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).double()),
    "of points": (torch.vmap(lambda x: x.norm() ** 2), 2 * EYE),
    "a cube": (lambda x: x[:, 0] ** 2 + x[:, 1].abs() ** 3, torch.diag(torch.tensor([2.0, 0.0]))),
}


@pytest.mark.parametrize("name", TWICE)
def test_the_hessian_is_that_of_the_function(name):
    function, wanted = TWICE[name]
    points = torch.tensor([[0.0, 0.0], [0.3, 0.7]], dtype=torch.float64)
    for box in (None, BOX):
        land = ml.Function(function, 2, box)
        values, gradients, hessians = land.jet(points)
        torch.testing.assert_close(gradients[0], torch.zeros(2, dtype=torch.float64))
        torch.testing.assert_close(hessians[0], wanted.double(), rtol=1e-9, atol=1e-9)
        torch.testing.assert_close(values, function(points))
        torch.testing.assert_close(land.hessian(points), hessians)


def test_a_sinc_has_the_curvature_of_its_series():
    land = ml.Function(lambda x: torch.sinc(x).sum(-1), 2, BOX)
    hessian = land.hessian(torch.zeros(1, 2, dtype=torch.float64))[0]
    lost = 2.2e-16 / (2 * 6e-6) ** 2  # of the gradient, which torch takes from a difference
    torch.testing.assert_close(hessian, -(torch.pi**2) / 3 * EYE, rtol=100 * lost, atol=100 * lost)


@pytest.mark.parametrize("dim", [1, 3, 10])
def test_in_any_number_of_variables(dim):
    land = ml.Function(lambda x: (x.norm(dim=-1) ** 2 - 1) ** 2, dim)
    eye = torch.eye(dim, dtype=torch.float64)
    torch.testing.assert_close(land.hessian(torch.zeros(1, dim).double())[0], -4 * eye)
    torch.testing.assert_close(land.jet(torch.zeros(1, dim).double())[2][0], -4 * eye)


NOT_TWICE = {
    "half a parabola": lambda x: relu(x).square().sum(-1),
    "beside a steep one": lambda x: relu(x[:, 0]) ** 2 + 1e6 * x[:, 1] ** 2,
    "the largest": lambda x: x.abs().amax(-1) ** 2,
    "a kink": lambda x: x.abs().sum(-1),
}


@pytest.mark.parametrize("name", NOT_TWICE)
def test_where_there_is_no_hessian_none_is_made_up(name):
    land = ml.Function(NOT_TWICE[name], 2)
    points = torch.zeros(1, 2, dtype=torch.float64)
    columns = torch.stack([land.hvp(points, axis.expand_as(points)) for axis in EYE], -1)
    assert torch.equal(land.jet(points)[2], columns)


def test_operations_that_are_smooth_are_not_asked_again():
    smooth = lambda x: (torch.exp(-(x**2)).sum(-1) + torch.tanh(x[:, 0]) * x.mean(-1)) ** 3 / 2  # noqa: E731
    x = torch.ones(1, 2, dtype=torch.float64, requires_grad=True)
    assert not may_be_convention(smooth(x))
    for kink in (
        x.norm(dim=-1),
        x.abs().sum(-1),
        (x**1.5).sum(-1),
        x.amax(-1),
        (x**torch.inf).sum(-1),
    ):
        assert may_be_convention(kink)


def test_a_hat_in_a_bowl_has_no_minimum_on_its_top():
    def hat(x):
        return (x.norm(dim=-1) ** 2 - 1) ** 2 + 0.5 * x[:, 0] ** 2 + 0.3 * x[:, 1] ** 2

    land = ml.Function(hat, 2, BOX)
    found = ml.critical_points(land)
    assert found.indices.tolist() == [0, 0, 1, 1, 2]
    heights = [1 - (1 - a / 2) ** 2 for a in (0.3, 0.3, 0.5, 0.5, 2.0)]  # on axes, and the top
    torch.testing.assert_close(found.values, torch.tensor(heights, dtype=torch.float64))
    bars = ml.morse_complex(land, found).diagram()
    assert bars.degrees.tolist() == [0, 0, 1]


def test_the_bottom_of_a_squared_norm_is_a_minimum():
    land = ml.Function(lambda x: x.norm(dim=-1) ** 2, 2, BOX)
    starts = ml.sample_box(land, 8, generator=torch.Generator().manual_seed(0))
    assert ml.find_minima(land, starts).indices.tolist() == [0]
    assert ml.critical_points(land).indices.tolist() == [0]
