import pytest
import torch
from torch import nn

from morseloss.networks.training.recorded import recorded
from validation.convolutions.cnn import CNNS, cnn
from validation.convolutions.recipes import RECIPES, Steps
from validation.convolutions.residual import resnet, table_five, wide_resnet


def weights(module):
    return sum(part.numel() for part in module.parameters())


def test_the_cnns_have_the_papers_numbers_of_weights():
    found = [weights(cnn(*sizes)) for sizes in CNNS]
    assert found == [7562, 15114, 30218, 33194, 117578, 58826]


def test_pooling_before_relu_is_pooling_after_it_to_the_last_bit():
    module = cnn(2, 8, normalised=True)
    parts = list(module.children())
    swapped = nn.Sequential(*(parts[k] for k in (0, 1, 3, 2, 4, 5, 7, 6, 8, 9)))
    x = torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert isinstance(swapped[2], nn.ReLU) and isinstance(swapped[3], nn.MaxPool2d)
    assert torch.equal(module(x), swapped(x))


def test_the_residual_network_of_table_five_has_its_weights_in_both_readings():
    assert weights(table_five()) == 232_138
    assert weights(table_five(last=False)) == 195_210


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (56, 0.85), (110, 1.7)]
)  # He et al. 2016, Table 6
def test_resnets_have_the_published_numbers_of_weights(depth, millions):
    assert weights(resnet(depth, skips=False)) / 1e6 == pytest.approx(millions, abs=0.03)
    assert weights(resnet(depth)) > weights(resnet(depth, skips=False))


def test_wide_networks_have_the_published_numbers_of_weights():
    assert weights(wide_resnet(16, 10)) / 1e6 == pytest.approx(17.1, abs=0.1)  # section 8
    assert weights(wide_resnet(28, 10, classes=10)) / 1e6 == pytest.approx(36.5, abs=0.05)


def test_a_network_without_skips_is_no_sum():
    x = torch.randn(4, 3, 16, 16)
    plain, skipping = resnet(20, 4, skips=False), resnet(20, 4)
    sums = [type(part).__name__ for part in skipping.modules()].count("Sum")
    assert sums == 9 and all(type(part).__name__ != "Sum" for part in plain.modules())
    convolutions = [part for part in plain.modules() if isinstance(part, nn.Conv2d)]
    assert len(convolutions) == 19  # and a linear layer
    assert plain(x).shape == skipping(x).shape == (4, 10)


@pytest.mark.parametrize("depth", [2, 9, 21])
def test_a_depth_that_no_network_has_is_refused(depth):
    with pytest.raises(ValueError, match="6 n"):
        resnet(depth)
    with pytest.raises(ValueError, match="6 n"):
        wide_resnet(depth - 1, 1)


def test_recipes_are_those_that_are_printed():
    rate = RECIPES["cifar10, annealed"].descent.schedule.rate
    assert [rate(epoch * 196, 196) for epoch in (0, 10, 45, 80, 299)] == pytest.approx(
        [1e-2, 1e-2, (1e-2 + 1e-4) / 2, 1e-4, 1e-4]
    )
    constant = RECIPES["svhn, constant"]
    assert (constant.decay, constant.descent.epochs, constant.descent.size) == (5e-4, 1500, 256)
    steps = Steps(0.1, (150, 225, 275)).rate
    found = [steps(epoch * 10, 10) for epoch in (0, 149, 150, 225, 299)]
    assert found == pytest.approx([0.1, 0.1, 0.01, 1e-3, 1e-4])
    assert recorded(RECIPES["skips"].descent)["schedule"]["at"] == [150, 225, 275]
