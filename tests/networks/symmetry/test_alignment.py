"""Aligned copies: same loss, less distance, lower straight lines."""

import itertools

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.symmetry.alignment import align
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.initial import initial
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp, vectors
from tests.networks.symmetry.test_symmetry import SUM, Residual


def landscape(generator, module, shape=(6,)):
    return NetworkLandscape(module, cross_entropy, *labelled(generator, *shape), weight_decay=0.1)


@pytest.mark.parametrize(
    ("module", "shape"),
    [(mlp(nn.ReLU), (6,)), (mlp(nn.Tanh), (6,)), (cnn(), (1, 8, 8)), (cnn(norm=True), (1, 8, 8))],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_copy_is_brought_back_to_the_original(module, shape, dtype, generator):
    land = landscape(generator, module, shape)
    symmetry = symmetry_of(land.pure)
    points = vectors(land, generator).to(dtype)
    copies = symmetry.act(points, symmetry.random(4, generator=generator))
    noisy = copies + 1e-3 * torch.randn(copies.shape, generator=generator, dtype=dtype)
    back = align(land, points, noisy, restarts=8, generator=generator)
    assert back.dtype == dtype
    assert float((copies - points).norm(dim=1).min()) > 1
    assert float((back - points).abs().max()) < 1e-2


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_the_loss_and_the_outputs_stay_and_the_distance_falls(activation, generator):
    land = landscape(generator, mlp(activation, width=9))
    points, reference = vectors(land, generator), vectors(land, generator)
    near = align(land, reference, points)
    torch.testing.assert_close(land.value(near), land.value(points), rtol=1e-13, atol=1e-13)
    torch.testing.assert_close(
        land.outputs(near, land.inputs), land.outputs(points, land.inputs), rtol=1e-11, atol=1e-12
    )
    assert bool(((near - reference).norm(dim=1) < (points - reference).norm(dim=1)).all())
    assert torch.equal(align(land, reference, near), near)
    nearer = align(land, reference, points, restarts=20, generator=generator)
    assert bool(((nearer - reference).norm(dim=1) <= (near - reference).norm(dim=1)).all())


def test_one_hidden_layer_gets_the_nearest_of_all_copies(generator):
    module = nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 3))
    land = landscape(generator, module)
    symmetry = symmetry_of(land.pure)
    point, reference = vectors(land, generator, n=1), vectors(land, generator, n=1)
    orders = torch.tensor(list(itertools.permutations(range(4))))
    signs = torch.tensor(list(itertools.product([1.0, -1.0], repeat=4)))
    all_orders = orders.repeat_interleave(len(signs), 0)
    all_signs = signs.repeat(len(orders), 1)[:, None]
    element = type(symmetry.identity(1))((all_orders,), (all_signs,))
    copies = symmetry.act(point.expand(len(all_orders), -1), element)
    shortest = (copies - reference).norm(dim=1).min()
    torch.testing.assert_close((align(land, reference, point) - reference).norm(), shortest)


def test_units_that_meet_in_a_sum_are_aligned_by_hand_given_groups(generator):
    land = landscape(generator, Residual())
    symmetry = Symmetry(land.pure.layout, [SUM])
    points = vectors(land, generator)
    copies = symmetry.act(points, symmetry.random(4, generator=generator))
    back = align(land, points, copies, symmetry=symmetry, restarts=30, generator=generator)
    torch.testing.assert_close(back, points)
    torch.testing.assert_close(land.value(back), land.value(points), rtol=1e-13, atol=1e-13)


def test_rows_do_not_see_each_other_and_a_seed_gives_the_same_bits(generator):
    land = landscape(generator, mlp(nn.ReLU))
    points, reference = vectors(land, generator), vectors(land, generator)
    whole = align(land, reference, points)
    ones = [align(land, reference[i : i + 1], points[i : i + 1]) for i in range(4)]
    assert torch.equal(whole, torch.cat(ones))
    assert torch.equal(align(land, reference[:1], points), align(
        land, reference[:1].expand(4, -1), points))  # fmt: skip

    def seeded():
        seed = torch.Generator().manual_seed(3)
        return align(land, reference, points, restarts=3, generator=seed)

    assert torch.equal(seeded(), seeded())


def test_bad_input_is_refused(generator):
    land = landscape(generator, mlp())
    points = vectors(land, generator)
    with pytest.raises(ValueError, match=r"`reference\[None\]`"):
        align(land, points[0], points)
    with pytest.raises(ValueError, match="1 or 4 rows"):
        align(land, points[:2], points)
    with pytest.raises(ValueError, match=r"torch\.float32"):
        align(land, points.float(), points)
    with pytest.raises(ValueError, match="pass `generator`"):
        align(land, points, points, restarts=1)
    with pytest.raises(ValueError, match="non-finite"):
        align(land, points, points / 0)
    other = landscape(generator, Skip())
    with pytest.raises(ValueError, match="shape"):
        align(land, vectors(other, generator), points)
    with pytest.raises(ValueError, match="0 or more"):
        align(land, points, points, restarts=-1)
    tanh = symmetry_of(land.pure)
    relu = landscape(generator, mlp(nn.ReLU))
    with pytest.raises(ValueError, match="no symmetry of the module"):
        align(relu, points, points, symmetry=tanh)


@pytest.mark.parametrize(("activation", "times"), [(nn.ReLU, 2), (nn.Tanh, 10)])
def test_lines_between_aligned_minima_of_digits_are_lower(activation, times, generator):
    digits = load_digits()
    module = nn.Sequential(nn.Linear(64, 16), activation(), nn.Linear(16, 10))
    land = NetworkLandscape(
        module, cross_entropy, torch.tensor(digits.data[:300] / 16.0),
        torch.tensor(digits.target[:300]), weight_decay=1e-3,
    )  # fmt: skip
    minima = converge(land, initial(land, 3, generator=generator).double(), max_steps=100).points
    first, second = minima[[0, 0, 1]], minima[[1, 2, 2]]
    near = align(land, first, second)

    def penalties(ends):
        share = torch.linspace(0, 1, 21, dtype=torch.float64)[:, None, None]
        values = land.value((first + share * (ends - first)).flatten(0, 1)).reshape(21, 3)
        return values.amax(0) - values[[0, -1]].amax(0)

    assert bool((penalties(second) > times * penalties(near)).all())
