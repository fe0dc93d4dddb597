"""What a training holds between its steps."""

import torch

from morseloss.networks import NetworkLandscape
from morseloss.networks.training.epochs import Epochs
from morseloss.networks.training.initial import initial
from morseloss.networks.training.optimisers import Adam
from morseloss.networks.training.schedules import Constant
from tests.networks.models import cross_entropy, labelled, mlp


def begun(generator, width=5, runs=2):
    module = mlp(width=width)
    land = NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    starts = initial(module, runs, generator=generator, dtype=torch.float32)
    return land, Epochs.begin(starts, Adam(), seed=11)


def test_each_epoch_has_its_own_order_of_all_images(generator):
    land, state = begun(generator)
    orders = []
    for _ in range(3):
        orders.append(state.order(40))
        state.advance(land, Adam(), Constant(0.01), 16)
    assert all(torch.equal(order.sort().values, torch.arange(40)) for order in orders)
    assert not torch.equal(orders[0], orders[1]) and not torch.equal(orders[1], orders[2])
    assert state.steps.tolist() == [6, 6] and len(state.losses) == 3


def test_the_seed_and_the_epoch_alone_decide_the_order(generator):
    land, state = begun(generator)
    state.advance(land, Adam(), Constant(0.01), 16)
    again = Epochs.load(state.state_dict(), torch.device("cpu"))
    assert torch.equal(again.order(40), state.order(40))
    assert again.points.data_ptr() != state.points.data_ptr()


def test_no_hidden_copies_are_made(generator):
    land, state = begun(generator, width=300, runs=8)  # activations weigh little
    own = sum(p.nbytes for p in (state.points, state.kept, *state.memory.values()))
    state.advance(land, Adam(), Constant(0.01), 8)
    with torch.profiler.profile(profile_memory=True) as profile:
        state.advance(land, Adam(), Constant(0.01), 8)
    events = profile.profiler.kineto_results.events()
    held, peak = 0, 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes() if event.name() == "[memory]" else 0
        peak = max(peak, held)
    assert peak > state.points.nbytes  # the gradient at least
    total = 4 * state.points.nbytes  # parameters, gradients, both means of Adam
    assert own + peak <= 1.55 * total
