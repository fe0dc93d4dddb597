"""One frame for many networks: copies of them, nearer in all than by any reference."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.symmetry import universe as one_frame
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.matching.criteria import ActivationMatching
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.universe import universe
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp, vectors


def landscape(generator, module, shape=(6,), decay=0.1):
    return NetworkLandscape(module, cross_entropy, *labelled(generator, *shape), weight_decay=decay)


def squares(points):
    return float(torch.pdist(points).square().sum())


@pytest.mark.parametrize(
    ("module", "shape"), [(mlp(nn.ReLU), (6,)), (mlp(), (6,)), (cnn(norm=True), (1, 8, 8))]
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_copies_of_one_network_all_become_the_same(module, shape, dtype, generator):
    land = landscape(generator, module, shape)
    symmetry = symmetry_of(land)
    point = vectors(land, generator, n=1).to(dtype)
    copies = symmetry.isometries.act(point.expand(5, -1), symmetry.isometries.random(
        5, generator=generator))  # fmt: skip
    assert squares(copies) > 1
    found = universe(land, copies)
    assert found.dtype == dtype
    assert bool((found == found[:1]).all())


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("criterion", [None, ActivationMatching(images=40)])
def test_it_is_nearer_than_by_any_reference_and_the_loss_stays(activation, criterion, generator):
    land = landscape(generator, mlp(activation, width=9))
    points = vectors(land, generator, n=5)
    given = {} if criterion is None else {"criterion": criterion}
    found = universe(land, points, **given)
    torch.testing.assert_close(land.value(found), land.value(points), rtol=1e-12, atol=1e-12)
    if criterion is None:
        singles = [squares(align(land, points[row : row + 1], points)) for row in range(5)]
        assert squares(found) <= min(singles) * (1 + 1e-9)
        assert squares(found) < 0.99 * sum(singles) / 5
        assert squares(found) <= squares(points)
        again = universe(land, found)
        assert squares(found) * (1 - 1e-2) <= squares(again) <= squares(found)


def test_beginnings_settle_together_as_they_do_one_by_one(generator, monkeypatch):
    land = landscape(generator, mlp(nn.Tanh, width=6), (6,))
    points = vectors(land, generator, n=4)
    together = universe(land, points)
    monkeypatch.setattr(one_frame, "AT_ONCE", 1)
    assert torch.equal(universe(land, points), together)


def test_restarts_only_bring_nearer_and_a_seed_gives_the_same_bits(generator):
    land = landscape(generator, mlp(nn.ReLU, width=6))
    points = vectors(land, generator, n=3)

    def seeded(restarts):
        return universe(land, points, restarts=restarts, generator=torch.Generator().manual_seed(1))

    assert torch.equal(seeded(3), seeded(3))
    assert squares(seeded(3)) <= squares(universe(land, points))
    assert torch.equal(seeded(0), universe(land, points))


def test_two_networks_are_as_near_as_by_alignment(generator):
    land = landscape(generator, nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 3)))
    points = vectors(land, generator, n=2)
    near = align(land, points[:1], points[1:])
    found = universe(land, points)
    torch.testing.assert_close((found[0] - found[1]).norm(), (near[0] - points[0]).norm())


def test_what_is_given_by_hand_is_moved_alone(generator):
    land = landscape(generator, mlp(nn.ReLU))
    whole = symmetry_of(land)
    first = Symmetry(whole.layout, whole.groups[:1])
    points = vectors(land, generator, n=3)
    found = universe(land, points, symmetry=first)
    last = land.pure.layout.split(found)["5.bias"], land.pure.layout.split(points)["5.bias"]
    assert torch.equal(*last)
    second = land.pure.layout.split(found)["3.bias"], land.pure.layout.split(points)["3.bias"]
    assert torch.equal(*second)


def test_networks_without_hidden_units_are_their_only_copies(generator):
    land = landscape(generator, nn.Linear(6, 3))
    points = vectors(land, generator, n=3)
    with pytest.warns(UserWarning, match="only copy"):
        assert torch.equal(universe(land, points), points)


def test_bad_input_is_refused(generator):
    land = landscape(generator, mlp())
    points = vectors(land, generator)
    with pytest.raises(ValueError, match="two networks or more"):
        universe(land, points[:1])
    with pytest.raises(ValueError, match="pass `generator`"):
        universe(land, points, restarts=2)
    with pytest.raises(ValueError, match="0 or more"):
        universe(land, points, restarts=-1)
    other = landscape(generator, Skip())
    with pytest.raises(ValueError, match="shape"):
        universe(land, vectors(other, generator))
    with pytest.raises(ValueError, match="non-finite"):
        universe(land, points / 0)
    with pytest.raises(ValueError, match="no symmetry of the module"):
        universe(landscape(generator, mlp(nn.ReLU)), points, symmetry=symmetry_of(land.pure))


def test_one_network_keeps_its_factors_however_often_it_is_begun_again(generator):
    module = nn.Sequential(
        nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 5), nn.BatchNorm1d(5),
        nn.ReLU(), nn.Linear(5, 3),
    )  # fmt: skip
    land = landscape(generator, module, decay=0.0)
    points = vectors(land, generator)
    frame = universe(land, points)
    torch.testing.assert_close(land.value(frame), land.value(points), rtol=1e-10, atol=1e-10)
    assert squares(frame) < squares(points)
    kept = (frame.norm(dim=1) - points.norm(dim=1)).abs() < 1e-12 * points.norm(dim=1)
    assert int(kept.sum()) == 1


def test_progress_is_told_and_can_end_it(generator):
    land = landscape(generator, mlp(nn.ReLU))
    points, calls = vectors(land, generator, n=3), []
    universe(land, points, progress=lambda *told: calls.append(told))
    moved, running, frames = zip(*calls, strict=True)
    assert len(calls) > 3 and list(moved) == sorted(moved) and moved[0] > 0
    assert running[-1] == 0 and all(0 <= r <= n for r, n in zip(running, frames, strict=True))

    def end(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        universe(land, points, progress=end)
