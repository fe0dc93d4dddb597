"""Images that are seen each by itself are cut where one network on all of them would not fit."""

import pytest
import torch

from morseloss.networks import Looped, Mapped, NetworkLandscape, SweptCurve, Training, link
from morseloss.networks.loss.memory import blocks as room
from morseloss.networks.loss.memory.blocks import Blocks
from morseloss.networks.loss.memory.peak import peak
from tests.networks.loss.engines.test_layouts import Attending, pictures
from tests.networks.models import cross_entropy, labelled, vectors

BOUND = 2**20


def landscape(kind, engine, images=400, **options):
    generator = torch.Generator().manual_seed(4)
    if kind == "pictures":
        data = labelled(generator, 3, 8, 8, images=images)
        return NetworkLandscape(pictures(), cross_entropy, *data, engine=engine, **options)
    words = torch.randint(0, 11, (images, 8), generator=generator)
    labels = torch.randint(0, 3, (images,), generator=generator)
    return NetworkLandscape(Attending(), cross_entropy, words, labels, engine=engine, **options)


@pytest.mark.parametrize("engine", [None, Looped, Mapped])
@pytest.mark.parametrize("kind", ["pictures", "words"])
def test_what_one_network_takes_on_all_images_stays_below_the_bound(
    kind, engine, generator, monkeypatch
):
    land = landscape(kind, engine)
    points = vectors(land, generator, n=1)
    wanted = *land.value_and_gradient(points), land.hvp(points, points)
    whole = peak(lambda: land.gradient(points))
    monkeypatch.setattr(room, "BYTES", BOUND)
    land = landscape(kind, engine)
    asks = (land.value, land.gradient, lambda p: land.hvp(p, p))
    for ask in asks:
        ask(points)  # tries how many fit
        assert peak(lambda ask=ask: ask(points)) <= BOUND + 40 * points.nbytes
    assert whole > BOUND
    found = *land.value_and_gradient(points), land.hvp(points, points)
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)


def test_where_all_images_fit_nothing_is_cut_and_normalised_ones_never_are(generator, monkeypatch):
    land = landscape("pictures", None)
    land.gradient(vectors(land, generator))
    assert min(land.blocks.images.values()) > len(land)
    monkeypatch.setattr(room, "BYTES", BOUND)
    data = labelled(generator, 3, 8, 8, images=400)
    land = NetworkLandscape(pictures(norm=True), cross_entropy, *data)
    land.gradient(vectors(land, generator))
    assert land.blocks.images == {}


@pytest.mark.parametrize("kind", ["pictures", "words"])
def test_training_and_heights_of_paths_stay_below_the_bound_too(kind, generator, monkeypatch):
    monkeypatch.setattr(room, "BYTES", BOUND)
    land = landscape(kind, None)
    ends = vectors(land, generator, n=6)
    training = Training(SweptCurve(steps=3), max_steps=3, points=16)

    def joined():
        return link(land, ends[:3], ends[3:], training, generator=generator)

    joined()
    assert peak(joined) <= BOUND + 400 * ends.nbytes  # of the networks along the paths


def test_how_many_images_fit_is_told_by_trial_and_does_not_hang_on_how_many_there_are():
    sizes = []
    for images in (200, 400):
        land = landscape("pictures", None, images)
        land.value(torch.zeros(1, land.dim, dtype=torch.float64))
        sizes += land.blocks.images.values()
    assert sizes[0] == sizes[1]


def test_few_images_and_modules_that_refuse_few_are_taken_whole():
    def refusing(networks, images):
        raise ValueError("too few")

    def counted(networks, images):
        raise AssertionError("there is nothing to be tried")

    blocks = Blocks()
    assert blocks.most_images("value", torch.float64, counted, 16) == 16
    assert blocks.most_images("value", torch.float64, refusing, 4096) == 4096
