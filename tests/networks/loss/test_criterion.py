"""A loss is the mean over images, or is refused, wherever among the targets it shows."""

import pytest
import torch
from torch import nn

from morseloss.networks import NetworkLandscape
from morseloss.networks.loss.criterion import criterion
from tests.networks.models import cross_entropy, labelled, mlp, vectors

WEIGHTS = torch.tensor([1.0, 2.0, 3.0])


def weighted(outputs, targets):
    return cross_entropy(outputs, targets, weight=WEIGHTS.to(outputs))


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(weight=WEIGHTS), weighted])
@pytest.mark.parametrize(
    "labels",
    [torch.arange(60) % 3, torch.arange(60) // 20, (torch.arange(60) == 59).long(),
     (torch.arange(60) < 1).long()],
)  # fmt: skip
def test_class_weights_are_seen_in_whatever_order_labels_come(loss, labels, generator):
    x, _ = labelled(generator, 6, images=60)
    with pytest.raises(ValueError, match="without class weights or ignored targets"):
        NetworkLandscape(mlp(), loss, x, labels)


@pytest.mark.parametrize("row", [0, 7, 8, 9999])
def test_one_ignored_target_among_ten_thousand_is_seen(row, generator):
    x, y = labelled(generator, 6, images=10_000)
    NetworkLandscape(mlp(), cross_entropy, x, y)
    y[row] = -100
    with pytest.raises(ValueError, match="without class weights or ignored targets"):
        NetworkLandscape(mlp(), cross_entropy, x, y)


def test_padding_in_large_outputs_is_seen(generator, monkeypatch):
    monkeypatch.setattr("morseloss.networks.loss.criterion.NUMBERS", 500)
    x, y = labelled(generator, 6, images=1000)
    land = NetworkLandscape(mlp(), cross_entropy, x, y)
    assert len(land) == 1000
    y[777] = -100
    with pytest.raises(ValueError, match="without class weights or ignored targets"):
        NetworkLandscape(mlp(), cross_entropy, x, y)


def test_the_way_out_gives_the_weighted_loss_of_all_images(generator):
    x, y = labelled(generator, 6, images=60)
    mean = float(WEIGHTS[y].double().mean())

    def each(outputs, targets):
        one = cross_entropy(outputs, targets, reduction="none")
        return (WEIGHTS.to(outputs)[targets] * one).mean() / mean

    land = NetworkLandscape(mlp(), each, x, y, chunk=7)
    points = vectors(land, generator)
    wanted = [weighted(out, y) for out in land.outputs(points, x)]
    torch.testing.assert_close(land.value(points), torch.stack(wanted), rtol=1e-12, atol=0)


def test_a_mean_of_weighted_numbers_is_a_mean(generator):
    x, _ = labelled(generator, 6, images=60)
    y = (torch.arange(60) % 3 == 0).double()[:, None].expand(60, 3)
    for dtype in (torch.float32, torch.float64):
        loss = nn.BCEWithLogitsLoss(pos_weight=WEIGHTS.to(dtype))
        land = NetworkLandscape(mlp(), loss, x, y)
        point = vectors(land, generator, n=1)
        wanted = nn.functional.binary_cross_entropy_with_logits(
            land.outputs(point, x)[0], y, pos_weight=WEIGHTS.double()
        )
        torch.testing.assert_close(land.value(point)[0], wanted, rtol=1e-12, atol=0)


def test_sums_and_stretched_targets_are_refused(generator):
    x, y = labelled(generator, 6)
    for loss, words in (
        (nn.CrossEntropyLoss(reduction="sum"), "must be the mean over the images"),
        (lambda o, t: cross_entropy(o, t) * len(o), "must be the mean over the images"),
        (lambda o, t: cross_entropy(o, t) + o.std(), "must be the mean over the images"),
        (nn.CrossEntropyLoss(reduction="none"), r"got shape \(8,\); use `reduction='mean'`"),
        (lambda o, t: 0.5, "one real number as a tensor, got float"),
        (lambda o, t: o.argmax(), "one real number as a tensor, got torch.int64"),
        (None, "`loss` must be a function"), (nn.CrossEntropyLoss, "`loss` must be a function"),
        (nn.Bilinear(3, 1, 1), "has parameters to be trained"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            NetworkLandscape(mlp(), loss, x, y)
    for targets in (torch.ones(40), torch.arange(40.0)):
        with pytest.raises(ValueError, match=r"stretches .* \(8, 1\) float64 .* \(8,\) float64"):
            NetworkLandscape(nn.Linear(6, 1), nn.functional.mse_loss, x, targets)


def test_wrong_targets_are_told(generator):
    x, y = labelled(generator, 6)
    late = y.clone()
    late[30] = 3
    for targets, words in (
        (y + 1, "from 1 to 3 .*labels run from 0 to one less than the columns"),
        (late, "from 0 to 3 .*labels run from 0"),
        (y.double(), "labels are integers, as `targets.long.."),
        (y[:, None], "targets of shape .8, 1."),
    ):
        with pytest.raises(ValueError, match=words):
            NetworkLandscape(mlp(), cross_entropy, x, targets)


def test_a_loss_is_kept_as_it_was(generator):
    loss = nn.BCEWithLogitsLoss(pos_weight=WEIGHTS.clone())
    kept = criterion(loss)
    outputs, targets = torch.randn(4, 3, generator=generator), torch.ones(4, 3)
    before = kept(outputs, targets)
    loss.pos_weight *= 2
    assert torch.equal(kept(outputs, targets), before)
    assert criterion(cross_entropy) is cross_entropy
