"""Theorem 2, carried out."""

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.lowering import lowering
from morseloss.networks.symmetry.embedding import deepened, widened
from morseloss.networks.training.convergence import converge
from tests.networks.models import cross_entropy, labelled

CHAIN = ml.PolygonalChain(steps=60, samples=4, learning_rate=0.11)


def net(activation):
    return nn.Sequential(nn.Linear(5, 3), activation(), nn.Linear(3, 3))


def small(generator, activation=nn.Tanh):
    inputs, targets = labelled(generator, 5, images=40)
    land = NetworkLandscape(net(activation), cross_entropy, inputs, targets, weight_decay=1e-3)
    starts = torch.randn(3, land.dim, generator=generator, dtype=torch.float64)
    minima = converge(land, starts, max_steps=100).points
    first, second = minima[[0, 0]], minima[[1, 2]]
    return land, ml.find_paths(land, first, second, CHAIN, generator=generator)


@pytest.mark.parametrize(
    ("activation", "depth"), [(nn.Tanh, False), (nn.ReLU, False), (nn.ReLU, True)]
)
def test_heights_fall_when_the_network_grows(activation, depth, generator):
    land, paths = small(generator, activation)
    before = paths.controls.clone()

    def grow(points):
        module = net(activation)
        return deepened(module, points, "0") if depth else widened(module, points, 6)

    found = lowering(
        land, paths, grow, Training(CHAIN, 80, points=32), generator=generator, noise=0.1
    )
    assert found.shift == (1.5e-3 if depth else 0)
    assert bool(found.holds.all())
    assert bool((found.heights <= found.inherited).all())
    assert bool((found.heights >= found.values.amax(1) - 1e-12).all())
    assert bool((found.old_heights <= ml.heights(land, paths).values).all())
    torch.testing.assert_close(found.old_values[0, 0], found.old_values[1, 0])
    assert torch.equal(found.values[0, 0], found.values[1, 0])  # a shared end stays shared
    assert bool((found.values < found.old_values + 1e-9).all())
    torch.testing.assert_close(
        found.landscape.value(found.paths.controls[:, 0]) - found.shift, found.values[:, 0]
    )
    torch.testing.assert_close(found.penalties, found.heights - found.values.amax(1))
    torch.testing.assert_close(found.old_penalties, found.old_heights - found.old_values.amax(1))
    assert torch.equal(paths.controls, before)
    assert "2 of 2 lower" in repr(found)


def test_a_network_that_does_not_grow_lowers_nothing(generator):
    land, paths = small(generator)
    still = lowering(
        land, paths, lambda p: widened(net(nn.Tanh), p, 3), Training(CHAIN, 80),
        generator=generator, noise=1e-12,
    )  # fmt: skip
    torch.testing.assert_close(still.heights, still.old_heights, rtol=1e-5, atol=0)
    torch.testing.assert_close(still.values, still.old_values, rtol=1e-5, atol=0)


def test_mini_batches_and_seeds(generator):
    land, paths = small(generator)

    def run():
        seed = torch.Generator().manual_seed(5)
        return lowering(
            land, paths, lambda p: widened(net(nn.Tanh), p, 4), Training(CHAIN, 30, size=20),
            generator=seed,
        )  # fmt: skip

    first, second = run(), run()
    assert torch.equal(first.heights, second.heights)
    assert torch.equal(first.paths.controls, second.paths.controls)


def test_an_interrupt_hands_over_what_was_moving(generator):
    land, paths = small(generator)

    def stop(done, running, total):
        if done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as caught:
        lowering(
            land, paths, lambda p: widened(net(nn.Tanh), p, 4), Training(CHAIN, 1000),
            generator=generator, progress=stop,
        )  # fmt: skip
    assert isinstance(caught.value.found, ml.Paths)
    assert caught.value.found.controls.shape == paths.controls.shape


def test_bad_input_is_refused(generator):
    land, paths = small(generator)

    def grow(points):
        return widened(net(nn.Tanh), points, 4)

    with pytest.raises(ValueError, match="`noise` must be positive"):
        lowering(land, paths, grow, Training(CHAIN, 9), generator=generator, noise=0.0)
    with pytest.raises(ValueError, match="must not be aligned: the ends are those of `paths`"):
        lowering(land, paths, grow, Training(CHAIN, 9, aligned=True), generator=generator)
    for method in (ml.PolygonalChain(bends=2), ml.BezierCurve()):
        with pytest.raises(ValueError, match="`method` must have the curves of `paths`"):
            lowering(land, paths, grow, Training(method, 9), generator=generator)
