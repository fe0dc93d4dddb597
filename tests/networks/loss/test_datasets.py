"""Loaders and data sets are read once, in order, or refused if they change."""

import numpy as np
import pytest
import torch
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    SubsetRandomSampler,
    TensorDataset,
    WeightedRandomSampler,
)  # fmt: skip

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.datasets import read
from tests.networks.models import cross_entropy, labelled, mlp, vectors


@pytest.mark.parametrize(
    "options",
    [{}, {"shuffle": True}, {"batch_size": 7, "drop_last": True, "shuffle": True},
     {"batch_size": None}, {"batch_size": 1}],
)  # fmt: skip
def test_a_loader_gives_the_landscape_of_its_data_set(options, generator):
    x, y = labelled(generator, 6)
    plain = NetworkLandscape(mlp(), cross_entropy, x, y)
    data = TensorDataset(x[:, None], y[:, None]) if options.get("batch_size", 0) is None else None
    module = mlp()
    numbers = torch.get_rng_state()
    loader = DataLoader(data or TensorDataset(x, y), **options)
    land = NetworkLandscape(module, cross_entropy, loader)
    points = vectors(plain, generator)
    assert torch.equal(land.value(points), plain.value(points))
    assert torch.equal(torch.get_rng_state(), numbers)


def test_a_data_set_and_a_part_of_one_are_read(generator):
    x, y = labelled(generator, 6)
    data = TensorDataset(x, y)
    assert torch.equal(NetworkLandscape(mlp(), cross_entropy, data).inputs, x)
    part = DataLoader(Subset(data, [3, 1, 2]), 2)
    assert torch.equal(NetworkLandscape(mlp(), cross_entropy, part).inputs, x[[3, 1, 2]])
    picked = DataLoader(data, 2, sampler=SubsetRandomSampler([5, 8, 9]))
    assert sorted(read(picked)[1].tolist()) == sorted(y[[5, 8, 9]].tolist())


class Items(Dataset):
    """Items made by a function."""

    def __init__(self, item, length=40):
        self.item, self.length = item, length

    def __len__(self):
        return self.length

    def __getitem__(self, row):
        return self.item(row)


def test_pairs_of_dicts_and_arrays_are_joined():
    inputs, targets = read(Items(lambda k: ({"a": np.ones(2) * k, "b": k}, (k, 2 * k)), 600))
    assert inputs["a"].shape == (600, 2) and inputs["b"][-1] == 599
    assert targets[1][300] == 600


RNG = np.random.default_rng(0)
old = np.random.rand


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (lambda k: (torch.randn(6), k % 3), "draws from torch's generator"),
        (lambda k: (torch.ones(6) * (old() < 1e-9), k % 3), "draws from "),
        (lambda k: (torch.ones(6) * (RNG.random() < 1e-9), k % 3), "draws from a Generator"),
        (lambda k: (torch.from_numpy(np.random.default_rng().random(6)), 1), "gives other images"),
        (lambda k: torch.ones(6), "must give pairs of inputs and targets, got Tensor"),
        (lambda k: (torch.ones(6),) * 3, "must give pairs of inputs and targets, got list of 3"),
        (lambda k: {"a": torch.ones(6)}, "must give pairs of inputs and targets, got dict of 1"),
        (lambda k: (object(), 1), "Items cannot be read .TypeError"),
        (lambda k: ("text", 1), "must give batches of tensors, got str|of tensors, got str"),
        (lambda k: (torch.ones(6 + k // 256), 1), "batches of the loader do not fit together"),
        (lambda k: 1 / 0, "Items cannot be read .ZeroDivisionError"),
    ],
)
def test_what_changes_or_gives_no_tensors_is_refused(item, words):
    with pytest.raises(ValueError, match=words):
        read(Items(item, 300))


def test_loaders_that_draw_or_never_end_are_refused(generator):
    x, y = labelled(generator, 6)
    data = TensorDataset(x, y)

    class Stream(IterableDataset):
        def __iter__(self):
            return iter([(x[0], y[0])])

    drawing = DataLoader(data, 8, sampler=WeightedRandomSampler([1.0] * 40, 40))
    for source, words in (
        (drawing, "draws other images each time"),
        (Stream(), "Stream has no length"), (DataLoader(Stream()), "Stream has no length"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            NetworkLandscape(mlp(), cross_entropy, source)
    with pytest.raises(ValueError, match="gives its own targets"):
        NetworkLandscape(mlp(), cross_entropy, data, y)
