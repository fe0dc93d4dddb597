"""Wrong calls, drawn at random: each is told in a sentence of ours, none in torch's words alone."""

import random
import traceback

import numpy as np
import pytest
import torch
from torch import nn

from morseloss.networks import Batches, Dense, Looped, Mapped, NetworkLandscape
from tests.networks.models import Skip, cnn, cross_entropy, labelled, mlp, vectors

SEED, CALLS = 0, 500


class Unlike:
    """Neither callable nor data."""


def raising(*_):
    """A module or loss of the caller's that fails."""
    raise KeyError("x" * 5000)


THINGS = (
    None, 0, -1, 2.5, float("nan"), True, "text", b"bytes", [], {}, (), [1, 2], {"a": 1}, object,
    Unlike(), np.zeros(3), np.zeros((40, 6)), torch.relu, raising, lambda *_: None, nn.Linear,
    range(3), 10**30,
)  # fmt: skip
TENSORS = (
    torch.zeros(()), torch.zeros(0), torch.zeros(0, 6), torch.zeros(3), torch.zeros(40),
    torch.zeros(40, 6), torch.zeros(40, 7), torch.zeros(39, 6), torch.zeros(40, 2, 3),
    torch.zeros(40, 6, dtype=torch.uint8), torch.zeros(40, 6, dtype=torch.int64),
    torch.zeros(40, 6, dtype=torch.bool), torch.zeros(40, 6, dtype=torch.float16),
    torch.zeros(40, 6, dtype=torch.complex64), torch.zeros(40, 6, device="meta"),
    torch.full((40, 6), torch.nan), torch.full((40, 6), torch.inf), torch.zeros(40).long() + 7,
    torch.zeros(40).long() - 3, torch.eye(6).to_sparse(), torch.rand(1, 68), torch.rand(1, 69),
    torch.rand(1, 68, dtype=torch.float16), torch.rand(1, 68, device="meta"),
)  # fmt: skip
MODULES = (
    nn.ReLU(), nn.Linear(7, 3), nn.Linear(6, 3, dtype=torch.complex64), nn.LazyLinear(3),
    nn.Linear(6, 3, device="meta"), nn.Sequential(nn.Linear(6, 3), nn.Dropout(0.5)),
    nn.ModuleList(), nn.Linear(6, 3).requires_grad_(False), nn.Embedding(3, 3),
    nn.Conv2d(1, 2, 3), nn.Sequential(),
    nn.DataParallel(nn.Linear(6, 3)), nn.Linear(6, 3).half(),
)  # fmt: skip
LOSSES = (
    nn.CrossEntropyLoss(reduction="sum"), nn.CrossEntropyLoss(reduction="none"), nn.MSELoss(),
    nn.CrossEntropyLoss(weight=torch.tensor([1.0, 2.0])), nn.BCELoss(), nn.CTCLoss(),
    nn.TripletMarginLoss(), lambda o, t: o, lambda o, t: 1.0, lambda o, t: (o, t),
    lambda o, t: o.argmax().double(), lambda o, t: o.sum().item(), lambda o, t: o.mean().detach(),
    lambda o, t: torch.rand(()), lambda o, t: cross_entropy(o.float(), t), nn.Linear(3, 1),
)  # fmt: skip


def _landscapes(draw, x, y):
    anything = THINGS + TENSORS
    module = draw.choice((mlp(), Skip(), cnn(), draw.choice(MODULES + anything)))
    loss = draw.choice((cross_entropy, draw.choice(LOSSES + anything)))
    inputs = draw.choice((x, draw.choice(anything), (x, x), {"x": x}, (x, draw.choice(anything))))
    targets = draw.choice((y, draw.choice(anything), (y, y)))
    wrong = {name: draw.choice(THINGS) for name in ("weight_decay", "chunk", "engine")}
    some = {name: wrong[name] for name in wrong if draw.random() < 0.2}
    return lambda: NetworkLandscape(module, loss, inputs, targets, **some)


def _methods(draw, land):
    anything = THINGS + TENSORS + MODULES
    one, other = draw.choice(anything), draw.choice(anything)
    points = torch.rand(2, land.dim, dtype=torch.float64)
    generator = torch.Generator()
    return draw.choice((
        lambda: land.value(one), lambda: land.gradient(one), lambda: land.value_and_gradient(one),
        lambda: land.hvp(one, other), lambda: land.hvp(points, other), lambda: land.hessian(one),
        lambda: land.jet(one), lambda: land.batch(one), lambda: land.batches(one, generator=other),
        lambda: land.batches(5, generator=other), lambda: land.vectors(one),
        lambda: land.vectors([one]), lambda: land.vectors([mlp(), one]),
        lambda: land.outputs(one, other), lambda: land.outputs(points, one),
        lambda: Batches(one, 5, generator), lambda: Dense(one, other), lambda: Mapped(one, other),
        lambda: Looped(one, other), lambda: Dense(land.pure, cross_entropy, one),
    ))  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_wrong_calls_are_told_in_sentences_of_ours(generator):
    draw = random.Random(SEED)
    x, y = labelled(generator, 6)
    land = NetworkLandscape(mlp(), cross_entropy, x, y)
    wrong = 0
    while wrong < CALLS:
        call = draw.choice((_landscapes(draw, x, y), _methods(draw, land)))
        try:
            call()
        except (ValueError, TypeError) as error:
            wrong += 1
            place = traceback.extract_tb(error.__traceback__)[-1].filename
            assert "morseloss" in place and "tests" not in place, (place, str(error))
            assert 20 < len(str(error)) < 1000, str(error)
    points = vectors(land, generator)
    assert land.value(points).isfinite().all() and not [*x.isnan().nonzero()]


class _Tokens(nn.Module):
    """One output a token."""

    def __init__(self):
        super().__init__()
        self.inner, self.last = nn.Embedding(7, 4), nn.Linear(4, 7)

    def forward(self, x):
        return self.last(torch.tanh(self.inner(x)))


class _Rows(torch.utils.data.Dataset):
    """Items that are no pairs."""

    def __init__(self, item):
        self.item = item

    def __len__(self):
        return 12

    def __getitem__(self, row):
        return self.item


def _token_loss(outputs, targets):
    return nn.functional.cross_entropy(outputs.flatten(0, -2), targets.flatten())


def test_tokens_are_told_how_to_be_rows_and_the_way_works(generator):
    tokens = torch.randint(0, 7, (12, 5), generator=generator)
    with pytest.raises(ValueError, match=r"outputs\.flatten\(0, -2\), targets\.flatten\(\)"):
        NetworkLandscape(_Tokens(), nn.functional.cross_entropy, tokens, tokens)
    with pytest.raises(ValueError, match=r"whole numbers of 64 bits, as `inputs\.long\(\)`"):
        NetworkLandscape(_Tokens(), _token_loss, tokens.to(torch.uint8), tokens)
    land = NetworkLandscape(_Tokens(), _token_loss, tokens, tokens)
    assert land.value(torch.zeros(1, land.dim, dtype=torch.float64)).item() == pytest.approx(
        torch.tensor(7.0).log().item()
    )


def test_a_column_of_labels_and_items_that_are_no_pairs_are_told_with_the_way_out(generator):
    x, y = torch.randn(12, 4, generator=generator), torch.arange(12) % 3
    with pytest.raises(ValueError, match=r"one axis, as `targets\.squeeze\(1\)`"):
        NetworkLandscape(nn.Linear(4, 3), nn.functional.cross_entropy, x, y[:, None])
    for item, words in (
        ({"x": x[0], "labels": y[0]}, r"taken out of \['x', 'labels'\]"),
        ((x[0], x[0], y[0]), r"`\(\(first, second\), targets\)`"),
    ):
        with pytest.raises(ValueError, match=words):
            NetworkLandscape(nn.Linear(4, 3), nn.functional.cross_entropy, _Rows(item))
