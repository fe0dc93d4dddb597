"""Optimisers against torch's, row by row."""

import pytest
import torch

from morseloss.networks.training.optimisers import Adam, Momentum, Optimiser

RATES = [0.1, 0.1, 0.03, 0.0, 0.2, 0.01] * 5


def referee(point, make):
    leaf = torch.nn.Parameter(point.clone())
    optimiser = make([leaf])
    for rate in RATES:
        optimiser.param_groups[0]["lr"] = rate
        leaf.grad = torch.sin(3 * leaf.detach()) + leaf.detach() / 2
        optimiser.step()
    return leaf.detach()


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adam(), lambda p: torch.optim.Adam(p)),
        (Adam(0.8, 0.99, 1e-3), lambda p: torch.optim.Adam(p, betas=(0.8, 0.99), eps=1e-3)),
        (Momentum(), lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.9)),
        (Momentum(0.5, True), lambda p: torch.optim.SGD(p, lr=1.0, momentum=0.5, nesterov=True)),
        (Momentum(0.0), lambda p: torch.optim.SGD(p, lr=1.0)),
    ],
)
def test_each_row_is_trained_as_torch_would_train_it_alone(ours, theirs, generator):
    points = torch.randn(3, 7, generator=generator, dtype=torch.float64)
    wanted = torch.stack([referee(point, theirs) for point in points])
    memory = ours.init(points)
    for count, rate in enumerate(RATES):
        ours.step(points, torch.sin(3 * points) + points / 2, memory, rate, count)
    torch.testing.assert_close(points, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("optimiser", [Adam(), Momentum(), Momentum(nesterov=True)])
def test_all_happens_in_place(optimiser, generator):
    assert isinstance(optimiser, Optimiser)
    points = torch.randn(4, 5, generator=generator)
    memory = optimiser.init(points)
    places = [part.data_ptr() for part in (points, *memory.values())]
    for count in range(3):
        optimiser.step(points, torch.ones_like(points), memory, 0.1, count)
    assert places == [part.data_ptr() for part in (points, *memory.values())]


@pytest.mark.parametrize("optimiser", [Adam(), Momentum(nesterov=True)])
def test_a_row_that_is_not_finite_spoils_no_other(optimiser, generator):
    points = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    alone = points.clone()
    memory, other = optimiser.init(points), optimiser.init(alone)
    for count in range(3):
        gradients = points.cos()
        gradients[1] = torch.nan
        optimiser.step(points, gradients, memory, 0.1, count)
        optimiser.step(alone, alone.cos(), other, 0.1, count)
    assert torch.equal(points[[0, 2]], alone[[0, 2]])


def test_numbers_out_of_range_are_refused():
    with pytest.raises(ValueError, match="`mean_decay` and `square_decay` must be in"):
        Adam(mean_decay=1.0)
    with pytest.raises(ValueError, match="`epsilon` positive"):
        Adam(epsilon=0.0)
    with pytest.raises(ValueError, match=r"`momentum` must be in \[0, 1\), got 1.0"):
        Momentum(1.0)
