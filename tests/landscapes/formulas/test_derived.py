"""Derivatives by backward passes are those that forward over reverse gives."""

import pytest
import torch

import morseloss as ml
from morseloss.landscapes.landscape import Landscape

FUNCTIONS = {
    "waves": lambda x: torch.cos(x @ torch.tensor([[1.0, 2.0], [3.0, -1.0]]).to(x)).sum(-1),
    "product": lambda x: x[:, 0] ** 3 * x[:, 1],
    "of one variable": lambda x: torch.exp(x[:, 0]),
    "linear": lambda x: 2 * x[:, 0] - x[:, 1],
    "constant": lambda x: torch.ones_like(x[:, 0]),
}


def points(generator, dtype=torch.float64):
    return torch.randn(7, 2, generator=generator, dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_jet_of_a_function_is_that_of_its_parts(name, dtype, generator):
    land, x = ml.Function(FUNCTIONS[name], 2), points(generator, dtype)
    axes = [torch.tensor(axis, dtype=dtype).expand_as(x) for axis in ([1.0, 0.0], [0.0, 1.0])]
    hessian = torch.stack([torch.func.jvp(land.gradient, (x,), (e,))[1] for e in axes], -1)
    for found, wanted in zip(land.jet(x), (land.value(x), land.gradient(x), hessian), strict=True):
        assert found.dtype == dtype
        assert not found.requires_grad
        torch.testing.assert_close(found, wanted)
    torch.testing.assert_close(land.hessian(x), hessian)


def test_transforms_and_derivatives_of_hessians_go_through(generator):
    land, x = ml.Function(FUNCTIONS["product"], 2), points(generator)
    third = torch.func.jacfwd(lambda row: land.hessian(row[None])[0, 0, 0])(x[0])
    torch.testing.assert_close(third, torch.stack([6 * x[0, 1], 6 * x[0, 0]]))
    wanted = x.clone().requires_grad_()
    land.hessian(wanted)[:, 0, 0].sum().backward()
    torch.testing.assert_close(wanted.grad, torch.stack([6 * x[:, 1], 6 * x[:, 0]], 1))


def test_a_closed_form_of_a_derivative_is_asked(generator):
    class Told(Landscape):
        dim, asked = 2, 0

        def value(self, points):
            return (points**4).sum(-1)

        def gradient(self, points):
            self.asked += 1
            return 4 * points**3

    land, x = Told(), points(generator)
    torch.testing.assert_close(land.jet(x)[2], torch.diag_embed(12 * x**2))
    assert land.asked


def test_no_points_have_no_derivatives():
    values, gradients, hessians = ml.Function(FUNCTIONS["waves"], 2).jet(torch.zeros(0, 2))
    assert (values.shape, gradients.shape, hessians.shape) == ((0,), (0, 2), (0, 2, 2))


NUMBERLESS = {
    "a norm": lambda x: x.norm(dim=-1) ** 3,
    "its fourth power": lambda x: x.norm(dim=-1) ** 4,
}


@pytest.mark.parametrize("name", NUMBERLESS)
def test_where_backward_passes_have_no_number_columns_are_taken(name):
    land = ml.Function(NUMBERLESS[name], 2, box=torch.tensor([[-2.0, -2.0], [2.0, 2.0]]))
    points = torch.tensor([[0.0, 0.0], [0.0, 0.5], [0.3, 0.7]], dtype=torch.float64)
    basis = torch.eye(2, dtype=torch.float64)
    columns = [land.hvp(points, axis.expand_as(points)) for axis in basis]
    for hessians in (land.hessian(points), land.jet(points)[2]):
        assert hessians.isfinite().all()
        torch.testing.assert_close(hessians, torch.stack(columns, -1), rtol=1e-12, atol=1e-12)
