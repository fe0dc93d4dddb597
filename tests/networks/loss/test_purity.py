"""What is random, or keeps something of a call, is found however seldom it shows."""

import collections
import os
import random
import time

import numpy as np
import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from tests.networks.models import cross_entropy, labelled

NUMPY, TORCH, PYTHON = np.random.default_rng(0), torch.Generator(), random.Random(0)
SEEN = collections.Counter()


def drawn_by_numpy():
    return NUMPY.random()


class Rare(nn.Module):
    """Leaves a layer out, seldom."""

    def __init__(self, draw, chance=1e-6):
        super().__init__()
        self.draw, self.chance = draw, chance
        self.first, self.last = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x):
        seldom = self.training and self.draw() < self.chance
        return self.last(x if seldom else torch.tanh(self.first(x)))


class Held(Rare):
    """Has a generator of its own."""

    def __init__(self, held):
        super().__init__(None)
        self.held = held

    def forward(self, x):
        self.draw = self.held.random
        return super().forward(x)


DRAWS = {
    "torch's generator": lambda: torch.rand(()),
    "Python's `random`": random.random,
    "numpy's `random`": lambda: np.random.random(),  # noqa: NPY002
    "a Generator of its own": drawn_by_numpy,
    "a Random of its own": lambda: PYTHON.random(),
}


@pytest.mark.parametrize("source", DRAWS)
def test_a_draw_is_found_that_is_never_of_effect(source, generator):
    x, y = labelled(generator, 6)
    module = Rare(DRAWS[source])
    legacy = np.random.get_state
    states = random.getstate(), str(legacy()), torch.get_rng_state().clone()
    with pytest.raises(ValueError, match=f"Rare draws random numbers from {source}"):
        NetworkLandscape(module, cross_entropy, x, y)
    assert (random.getstate(), str(legacy())) == states[:2]
    assert torch.equal(torch.get_rng_state(), states[2])
    NetworkLandscape(module.eval(), cross_entropy, x, y)


def test_generators_are_found_where_they_are_kept(generator):
    x, y = labelled(generator, 6)
    own = torch.Generator()
    for draw in (
        lambda: torch.rand((), generator=own),
        lambda: torch.rand((), generator=TORCH),
        lambda g=own: torch.rand((), generator=g),
        NUMPY.random,
        np.random.RandomState(0).random_sample,
    ):
        with pytest.raises(ValueError, match="Rare draws random numbers from a "):
            NetworkLandscape(Rare(draw), cross_entropy, x, y)
    for held in (np.random.default_rng(0), random.Random(0)):
        with pytest.raises(ValueError, match=r"Held (draws random numbers|cannot be copied)"):
            NetworkLandscape(Held(held), cross_entropy, x, y)


def test_what_comes_from_the_clock_or_the_system_is_found_by_calling_often(generator):
    x, y = labelled(generator, 6)
    for draw in (
        lambda: 0.7 * (time.perf_counter_ns() % 2),
        lambda: os.urandom(1)[0] / 256,
        lambda: np.random.default_rng().random(),
        lambda: random.SystemRandom().random(),
    ):
        with pytest.raises(ValueError, match="Rare gives two outputs for one input"):
            NetworkLandscape(Rare(draw, 0.5), cross_entropy, x, y)


class Keeps(nn.Module):
    """Keeps something of its calls."""

    shared = 0

    def __init__(self, keep):
        super().__init__()
        self.last, self.keep, self.count = nn.Linear(6, 3), keep, 0
        self.past, self.table = [], {"n": 0}
        self.register_buffer("calls", torch.zeros(()))
        self.mean = torch.zeros(())

    def forward(self, x):
        self.keep(self, x)
        return self.last(x)


def counts(module, x):
    module.count += 1


def remembers(module, x):
    module.past.append(float(x.mean()))


def notes(module, x):
    module.table["n"] += 1


def averages(module, x):
    module.mean = 0.9 * module.mean + 0.1 * x.mean()


def tallies(module, x):
    module.calls += 1


def begins(module, x):
    module.calls = torch.ones(())


def trains(module, x):
    with torch.no_grad():
        module.last.weight.mul_(0.9)


def shares(module, x):
    type(module).shared += 1


KEPT = {
    counts: r"the attributes \['count'\]", remembers: r"the attributes \['past'\]",
    notes: r"the attributes \['table'\]", averages: r"the attributes \['mean'\]",
    tallies: r"a call changes \['calls'\]", begins: r"a call changes \['calls'\]",
    shares: r"the attributes \['shared'\]", trains: r"a call changes \['last.weight'\]",
}  # fmt: skip


@pytest.mark.parametrize("keep", KEPT)
def test_what_a_module_keeps_of_a_call_is_named(keep, generator):
    module = Keeps(keep)
    with pytest.raises(ValueError, match=KEPT[keep]):
        NetworkLandscape(module, cross_entropy, *labelled(generator, 6))
    assert module.count == 0 and not module.past and float(module.calls) == 0


def caches(module, x):
    if not hasattr(module, "ones"):
        module.ones = torch.ones(6)


def shows(module, x):
    module.shown = module.last(x)


@pytest.mark.parametrize("keep", [caches, shows])
def test_what_is_made_anew_by_each_call_is_no_state(keep, generator):
    land = NetworkLandscape(Keeps(keep), cross_entropy, *labelled(generator, 6))
    land.gradient(torch.zeros(2, land.dim))
    assert not {"ones", "shown"} & vars(land.pure.module).keys()


class Writes(nn.Module):
    """Works in its inputs."""

    def __init__(self):
        super().__init__()
        self.shift, self.last = nn.Parameter(torch.ones(6)), nn.Linear(6, 3)

    def forward(self, x):
        x += self.shift
        return self.last(x)


@pytest.mark.filterwarnings("ignore:.*one after the other")
def test_images_of_the_caller_are_not_written(generator):
    x, y = labelled(generator, 6)
    before = x.clone()
    land = NetworkLandscape(Writes(), cross_entropy, x, y)
    module = Writes().double()
    values = land.value(land.vectors([module, module]))
    torch.testing.assert_close(values[1], cross_entropy(module(x.clone()), y).detach())
    assert torch.equal(x, before)


class Own(nn.Module):
    """A loss that keeps something."""

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros(()))
        self.count = 0

    def forward(self, outputs, targets):
        self.count += 1
        return cross_entropy(outputs, targets)


class Buffered(Own):
    def forward(self, outputs, targets):
        self.calls += 1
        return cross_entropy(outputs, targets)


def noisy(outputs, targets):
    return cross_entropy(outputs, targets) + 0 * torch.rand(())


def clocked(outputs, targets):
    return cross_entropy(outputs, targets) + time.perf_counter_ns() % 2


def clamping(outputs, targets):
    return cross_entropy(outputs.clamp_(-0.1, 0.1), targets)


def test_losses_must_be_steady(generator):
    x, y = labelled(generator, 6)
    module = nn.Linear(6, 3)

    def penalised(outputs, targets):
        return cross_entropy(outputs, targets) + module.weight.norm()

    calls = 0

    def counted(outputs, targets):
        nonlocal calls
        calls += 1
        return cross_entropy(outputs, targets)

    def marked(outputs, targets):
        marked.calls = getattr(marked, "calls", 0) + 1
        return cross_entropy(outputs, targets)

    for loss, words in (
        (counted, "changes .'calls'."), (marked, "changes .*'calls'."),
        (Own(), "changes .'count'."), (Buffered(), "changes .'calls'."), (noisy, "draws random"),
        (clocked, "looks at a clock"), (clamping, "writes into outputs"),
        (penalised, "depends on parameters that are not in the outputs"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            NetworkLandscape(module, loss, x, y)
