import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.passes.whole_hessian import LARGEST, check_size, whole_hessian
from tests.networks.passes.nets import tanh_net


class Cubed(torch.autograd.Function):
    """The cube, by derivatives of its own that know no batches."""

    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(context, slope):
        (x,) = context.saved_tensors
        return slope * 3 * x**2


class Cube(nn.Module):
    def forward(self, x):
        return Cubed.apply(x)


def dense_hessian(land, point):
    return torch.func.hessian(lambda row: land.value(row[None])[0])(point)


@pytest.mark.parametrize("chunk", [4096, 7])
def test_it_is_that_of_torch_with_weight_decay_and_over_chunks(chunk):
    land = tanh_net(chunk=chunk)
    points = torch.randn(3, land.dim, dtype=torch.float64, generator=torch.manual_seed(0))
    found = whole_hessian(land, points)
    assert torch.equal(found, found.mT)
    for point, hessian in zip(points, found, strict=True):
        assert torch.allclose(hessian, dense_hessian(land, point), rtol=0, atol=1e-13)


def test_it_is_that_of_a_function_in_closed_form():
    land = ml.analytic.SixHumpCamel()
    points = torch.tensor([[0.3, -0.2], [1.0, 0.5]], dtype=torch.float64)
    assert torch.allclose(whole_hessian(land, points), land.hessian(points))


@pytest.mark.filterwarnings("ignore:.*one after the other:UserWarning")
def test_a_module_that_knows_no_batches_is_taken_product_by_product():
    x = torch.randn(10, 2, dtype=torch.float64, generator=torch.manual_seed(0))
    module = nn.Sequential(nn.Linear(2, 2), Cube(), nn.Linear(2, 1))
    plain = nn.Sequential(nn.Linear(2, 2), Power(), nn.Linear(2, 1))
    lands = [NetworkLandscape(m, nn.functional.mse_loss, x, x[:, :1]) for m in (module, plain)]
    point = torch.linspace(-1, 1, lands[0].dim, dtype=torch.float64)[None]
    first, second = (whole_hessian(land, point) for land in lands)
    assert torch.allclose(first, second, rtol=0, atol=1e-12)


class Power(nn.Module):
    def forward(self, x):
        return x**3


def test_a_network_that_is_too_large_is_refused_with_the_way():
    x = torch.randn(4, 100, generator=torch.manual_seed(0))
    module = nn.Sequential(nn.Linear(100, 50), nn.Tanh(), nn.Linear(50, 2))
    land = NetworkLandscape(module, nn.functional.cross_entropy, x, torch.tensor([0, 1, 0, 1]))
    assert land.dim > LARGEST
    with pytest.raises(ValueError, match="relay"):
        whole_hessian(land, torch.zeros(1, land.dim, dtype=torch.float64))


def test_points_in_single_precision_are_refused():
    land = tanh_net()
    with pytest.raises(ValueError, match=r"points.double\(\)"):
        check_size(land, torch.zeros(1, land.dim))
