"""Published barriers beside ours: recipes, lines, ratios, on a small made-up data set."""

import gzip
import struct

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

from morseloss.networks import Archive, NetworkLandscape, align, initial, symmetry_of
from validation.claims import PRESETS, claim_module
from validation.modules import dense
from validation.page import drawn
from validation.published import (
    networks_published_depth,
    networks_published_rates,
    networks_published_resnet,
)
from validation.published.fusing import fused
from validation.published.lines import MATCHINGS, NULL, Recipe, Triangle, midpoint, repair, row
from validation.published.page import besides, scaled
from validation.report import measured, written
from validation.runs import RUNS

SMALL = {
    "networks_published_depth": {"DEPTHS": (2, 4), "WIDTH": 8, "EPOCHS": 3, "SIZE": 40},
    "networks_published_width": {"WIDTHS": (32, 128), "DEPTH": 2, "EPOCHS": 2, "SIZE": 40},
    "networks_published_rates": {
        "RATES": (5e-3, 4e-2), "DEPTH": 2, "WIDTH": 8, "EPOCHS": 3, "SIZE": 40
    },
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Digits of 8 x 8, blown up to 28 x 28, in the files of MNIST."""
    digits, targets = load_digits(return_X_y=True)
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for stem, rows in (("train", slice(0, 400)), ("t10k", slice(400, 500))):
        images = np.zeros((len(digits[rows]), 28, 28), np.uint8)
        images[:, 2:26, 2:26] = np.kron(digits[rows].reshape(-1, 8, 8) * 15.9, np.ones((3, 3)))
        head = struct.pack(">4i", 2051, len(images), 28, 28)
        (raw / f"{stem}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images.tobytes()))
        classes = struct.pack(">2i", 2049, len(images)) + targets[rows].astype(np.uint8).tobytes()
        (raw / f"{stem}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(classes))
    monkeypatch.setenv("MORSELOSS_DATA", str(tmp_path))
    monkeypatch.setenv(RUNS, str(tmp_path / "runs"))
    return tmp_path


def test_the_rate_goes_up_in_a_line_and_down_in_another():
    rates = [Triangle(0.5, peak=1, epochs=5).rate(step, 10) for step in (0, 5, 10, 30, 50, 60)]
    assert rates == pytest.approx([0.0, 0.25, 0.5, 0.25, 0.0, 0.0])


def test_fused_networks_compute_what_normalised_ones_do():
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(30, 6, generator=generator, dtype=torch.float64)
    module, plain = (dense(6, 3, 5, normalised=kind) for kind in (True, False))
    lands = [
        NetworkLandscape(net, cross_entropy, inputs, torch.arange(30) % 10)
        for net in (module, plain)
    ]
    points = initial(lands[0], 2, generator=generator)
    points = points + 0.1 * torch.randn(points.shape, generator=generator, dtype=torch.float64)
    before = lands[0].outputs(points, inputs)
    after = lands[1].outputs(fused(module, plain, points, inputs), inputs)
    assert float((before - after).abs().max()) < 1e-12


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
def test_a_row_has_the_losses_of_the_networks_half_way(folder):
    parts = scaled("MNIST", folder)
    recipe = Recipe("one", dense(784, 2, 8), repair(3, 40), 3)
    found = row(recipe, parts, folder / "runs", seed=1)
    assert list(found["lines"]) == [*MATCHINGS, NULL]
    with Archive(folder / "runs" / "one") as archive:
        points = archive.minima.float()
    land = NetworkLandscape(recipe.module, cross_entropy, *parts["test"])
    first, second = points[[0, 0, 1]], points[[1, 2, 2]]
    exchanged = align(land, first, second, symmetry=symmetry_of(land).permutations)
    for kind, ends in (("as trained", second), ("weights matched", exchanged)):
        middle = found["lines"][kind]["test"]["loss"]["middle"]
        expected = land.value((first + ends) / 2)
        np.testing.assert_allclose(middle, expected, rtol=1e-5)
        mean, error = midpoint(found, kind, "test", "loss")
        assert mean == pytest.approx(np.mean(middle))
        assert error == pytest.approx(np.std(middle, ddof=1) / 3**0.5)
    null = found["lines"][NULL]["train"]["loss"]
    np.testing.assert_allclose(null["middle"], null["ends"], rtol=1e-5)  # copies are found again
    assert scaled("MNIST", folder)["train"][0].mean() != 0


def made_up(middles):
    """Rows with these losses half way, by name and kind."""

    def part(values):
        return {"train": {"loss": {"middle": values, "ends": [0.1] * len(values)}}}

    rows = {
        name: {"networks": 2, "lines": {kind: part(values) for kind, values in kinds.items()}}
        for name, kinds in middles.items()
    }
    return {"epochs": 1, "rows": rows}


def test_ours_stand_beside_what_is_published_and_ratios_are_judged():
    kinds = ("as trained", "activations matched")
    one = {kinds[0]: [1.0, 3.0], kinds[1]: [0.2, 0.4], "weights matched": [0.5, 0.5]}
    data = made_up({"2": {**one, NULL: [0.1, 0.1]}, "3": {**one, NULL: [0.1, 0.7]}})
    found = besides(data, {2: (1.0, 0.6)}, kinds, "train", "loss")
    assert "2: as trained 2 ± 1 / 1 (2.00), activations matched 0.3 ± 0.1 / 0.6 (0.50)" in str(
        found
    )
    assert "weights matched 0.5, 0.5" in str(found)
    assert "3:" not in str(found)  # nothing is published of it
    assert found.null == "copies of one, aligned, at most 0.3 above the ends"
    assert found.lower
    assert found.within(2.01)
    assert not found.within(1.9)


def test_depths_hold_only_if_the_matched_loss_rises():
    rows = {
        str(depth): {
            "as trained": [apart] * 2, "weights matched": [matched] * 2, NULL: [0.1, 0.1],
            "activations matched": [0.9 * matched, 1.1 * matched],
        }
        for depth, (apart, matched) in networks_published_depth.PUBLISHED.items()
    }  # fmt: skip
    assert networks_published_depth.judged(made_up(rows)).holds
    rows["11"] = rows["2"] | {"as trained": rows["11"]["as trained"]}
    assert not networks_published_depth.judged(made_up(rows)).holds


def test_rates_hold_only_if_matching_fails_at_the_highest():
    def data(last):
        rows = {
            str(rate): {
                "as trained": [2.0, 2.0], "activations matched": [0.1, 0.1], NULL: [0.1, 0.1],
                "weights matched": [left, left],
            }
            for rate, left in ((5e-3, 0.1), (4e-2, last))
        }  # fmt: skip
        found = made_up(rows)
        for one in found["rows"].values():
            one["lines"] = {kind: {"test": part["train"]} for kind, part in one["lines"].items()}
        return found

    assert networks_published_rates.judged(data(1.8)).holds
    assert not networks_published_rates.judged(data(0.4)).holds


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
@pytest.mark.parametrize(
    "claim",
    [
        "networks_published_depth",
        pytest.param("networks_published_width", marks=pytest.mark.slow),
        pytest.param("networks_published_rates", marks=pytest.mark.slow),
    ],
)
def test_a_published_table_is_measured_and_drawn_from_its_file(claim, folder, monkeypatch):
    for name, value in SMALL[claim].items():
        monkeypatch.setattr(claim_module(claim), name, value)
    report = measured(claim, seed=1)
    assert drawn(written(report, folder), folder).stat().st_size > 5000
    assert measured(claim, seed=1)["data"] == report["data"]  # networks are not trained again


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")
def test_small_residual_networks_run_from_end_to_end_and_their_bars_are_of_training_losses(
    tmp_path, monkeypatch
):
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(24, 3, 8, 8, generator=generator), torch.arange(24) % 3
    small = {
        "IMAGES": 24, "DEPTH": 8, "WIDTH": 2, "NETWORKS": 3, "EPOCHS": 4, "SIZE": 8, "TIMES": 5,
        "POINTS": 4, "CHUNK": 24, "photographs": lambda *_: images,
        "gpu": lambda *_: torch.device("cpu"),
    }  # fmt: skip
    for name, value in small.items():
        monkeypatch.setattr(networks_published_resnet, name, value)
    monkeypatch.setenv("MORSELOSS_DATA", str(tmp_path))
    monkeypatch.setenv(RUNS, str(tmp_path / "runs"))
    report = measured("networks_published_resnet", seed=1)
    data = report["data"]
    assert drawn(written(report, tmp_path), tmp_path).stat().st_size > 5000
    assert len(data["deaths"]) == len(data["births"]) - 1 == 2
    with Archive(tmp_path / "runs" / "networks_published_resnet" / "networks") as archive:
        values, points = archive.measures, archive.minima
    decay = networks_published_resnet.DECAY / 2 * (points.double() ** 2).sum(1)
    expected = torch.tensor([measure["value"] for measure in values]) - decay
    np.testing.assert_allclose(data["births"], expected, rtol=1e-4)
    assert max(data["deaths"]) <= max(data["tops"])


def test_without_a_gpu_what_is_there_for_a_cpu_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match=r"no GPU.* PFLOP .*networks_published_depth "):
        networks_published_resnet.run(0)
    assert "networks_published_resnet" in PRESETS["gpu"]
