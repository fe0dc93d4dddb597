"""Photographs from made-up files, the paper's networks, and claims about them in small."""

import itertools
import math
import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat
from torch import nn

from morseloss.networks import LBFGS, Constant, Descent, Momentum, NetworkLandscape, Relay, Run
from morseloss.networks.training.recorded import recorded
from validation.__main__ import main
from validation.claims import PRESETS, ROOMS, WITH_DATA, claim_module
from validation.convolutions.cnn import CNNS, cnn
from validation.convolutions.images_robust import Sampled
from validation.convolutions.joined import Case, errors_of, landscape_of
from validation.convolutions.joined import read as read_photographs
from validation.convolutions.measures import apart, bars, left, resolved, tops, untrained
from validation.convolutions.permuted import higher, together
from validation.convolutions.photographs import photographs, pooled, standardised
from validation.convolutions.recipes import RECIPES, Steps
from validation.convolutions.residual import resnet, table_five, wide_resnet
from validation.convolutions.single import SingleLandscape, off
from validation.report import read, report_file
from validation.whole import whole_layers, whole_rates, whole_robust, whole_skips, whole_wide
from validation.whole.on_gpu import watched

SMALL, WHOLE = ROOMS["convolutions"], ROOMS["whole"]
COUNT = 40
DESCENT = Descent(
    Constant(1e-2), 2, 10, Momentum(0.9), finish=LBFGS(), steps=3, dtype=torch.float32
)
METHOD = Relay(size=10, first=8, join=4, stations=1, descent=2, evaluations=2, tolerance=1e-5)
SAMPLED = Sampled(networks=3, sample=2, budgets=(1.0, 2.0), draws=4, size=10, points=4)
LEFT_OUT = ("CNN-2-64", "CNN-2-64, BN", "CNN-1-64, BN", "CNN-1-128, BN", "CNN-2-32, BN",
            "CNN-3-32, BN", "ResNet-56", "ResNet-56-NS", "WideResNet-56-2-NS")  # fmt: skip


def weights(module):
    return sum(part.numel() for part in module.parameters())


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Noise in the files of CIFAR-10, CIFAR-100 and SVHN, as torchvision leaves them."""
    folder = tmp_path_factory.mktemp("data")
    draws = np.random.default_rng(0)
    batches, hundred = folder / "cifar-10-batches-py", folder / "cifar-100-python"
    batches.mkdir()
    hundred.mkdir()
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        pixels = draws.integers(0, 256, (COUNT, 3072), np.uint8)
        found = {"data": pixels, "labels": [k % 10 for k in range(COUNT)]}
        (batches / name).write_bytes(pickle.dumps(found, protocol=2))
    for name in ("train", "test"):
        pixels = draws.integers(0, 256, (COUNT, 3072), np.uint8)
        fine = {"fine_labels": [k % 100 for k in range(COUNT)]}
        coarse = {"coarse_labels": [k % 20 for k in range(COUNT)]}
        (hundred / name).write_bytes(pickle.dumps({"data": pixels, **fine, **coarse}))
        x = draws.integers(0, 256, (32, 32, 3, COUNT), np.uint8)
        savemat(folder / f"{name}_32x32.mat", {"X": x, "y": np.arange(COUNT)[:, None] % 10 + 1})
    return folder


def test_the_cnns_have_the_papers_numbers_of_weights():
    found = [weights(cnn(*sizes)) for sizes in CNNS]
    assert found == [7562, 15114, 30218, 33194, 117578, 58826]


def test_pooling_before_relu_is_pooling_after_it_to_the_last_bit():
    module = cnn(2, 8, normalised=True)
    parts = list(module.children())
    swapped = nn.Sequential(*(parts[k] for k in (0, 1, 3, 2, 4, 5, 7, 6, 8, 9)))
    x = torch.randn(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert isinstance(swapped[2], nn.ReLU) and isinstance(swapped[3], nn.MaxPool2d)
    assert torch.equal(module(x), swapped(x))


def test_the_residual_network_of_table_five_has_its_weights_in_both_readings():
    assert weights(table_five()) == 232_138
    assert weights(table_five(last=False)) == 195_210


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (56, 0.85), (110, 1.7)]
)  # He et al. 2016, Table 6
def test_resnets_have_the_published_numbers_of_weights(depth, millions):
    assert weights(resnet(depth, skips=False)) / 1e6 == pytest.approx(millions, abs=0.03)
    assert weights(resnet(depth)) > weights(resnet(depth, skips=False))


def test_wide_networks_have_the_published_numbers_of_weights():
    assert weights(wide_resnet(16, 10)) / 1e6 == pytest.approx(17.1, abs=0.1)  # section 8
    assert weights(wide_resnet(28, 10, classes=10)) / 1e6 == pytest.approx(36.5, abs=0.05)


def test_a_network_without_skips_is_no_sum():
    x = torch.randn(4, 3, 16, 16)
    plain, skipping = resnet(20, 4, skips=False), resnet(20, 4)
    sums = [type(part).__name__ for part in skipping.modules()].count("Sum")
    assert sums == 9 and all(type(part).__name__ != "Sum" for part in plain.modules())
    convolutions = [part for part in plain.modules() if isinstance(part, nn.Conv2d)]
    assert len(convolutions) == 19  # and a linear layer
    assert plain(x).shape == skipping(x).shape == (4, 10)


@pytest.mark.parametrize("depth", [2, 9, 21])
def test_a_depth_that_no_network_has_is_refused(depth):
    with pytest.raises(ValueError, match="6 n"):
        resnet(depth)
    with pytest.raises(ValueError, match="6 n"):
        wide_resnet(depth - 1, 1)


def test_recipes_are_those_that_are_printed():
    rate = RECIPES["cifar10, annealed"].descent.schedule.rate
    assert [rate(epoch * 196, 196) for epoch in (0, 10, 45, 80, 299)] == pytest.approx(
        [1e-2, 1e-2, (1e-2 + 1e-4) / 2, 1e-4, 1e-4]
    )
    constant = RECIPES["svhn, constant"]
    assert (constant.decay, constant.descent.epochs, constant.descent.size) == (5e-4, 1500, 256)
    steps = Steps(0.1, (150, 225, 275)).rate
    found = [steps(epoch * 10, 10) for epoch in (0, 149, 150, 225, 299)]
    assert found == pytest.approx([0.1, 0.1, 0.01, 1e-3, 1e-4])
    assert recorded(RECIPES["skips"].descent)["schedule"]["at"] == [150, 225, 275]


def test_images_are_read_in_order_from_torchvisions_layouts(data):
    inputs, targets = photographs(data, "cifar10", count=COUNT + 3)
    raw = pickle.loads((data / "cifar-10-batches-py" / "data_batch_2").read_bytes())["data"]
    assert inputs.shape == (COUNT + 3, 3, 32, 32) and inputs.dtype == torch.float32
    np.testing.assert_array_equal((inputs[COUNT:] * 255).flatten(1).round(), raw[:3])
    assert targets[COUNT:].tolist() == [0, 1, 2]
    assert photographs(data, "cifar10")[1].shape == (5 * COUNT,)
    assert photographs(data, "cifar100", "test")[1].max() == COUNT - 1
    assert photographs(data, "cifar100-coarse")[1].max() == 19
    digits, classes = photographs(data, "svhn")
    assert classes[9] == 0 and classes[0] == 1  # its ten is a zero
    assert digits.shape == (COUNT, 3, 32, 32)


def test_images_are_read_from_sheets(tmp_path):
    folder = tmp_path / "cifar10"
    folder.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (1000, 32, 32, 3), np.uint8)
    sheet = pixels.reshape(25, 40, 32, 32, 3).swapaxes(1, 2).reshape(800, 1280, 3)
    Image.fromarray(sheet).save(folder / "train_00.webp", lossless=True)
    np.savez(folder / "labels.npz", train=np.arange(1000) % 10, test=np.zeros(0))
    inputs, targets = photographs(tmp_path, "cifar10", count=100)
    np.testing.assert_array_equal((inputs * 255).round(), pixels[:100].transpose(0, 3, 1, 2))
    assert targets[:3].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="holds 1000 images of cifar10"):
        photographs(tmp_path, "cifar10", count=1001)
    (folder / "train_00.webp").rename(folder / "train_01.webp")
    with pytest.raises(ValueError, match=r"train_00\.webp is not there"):
        photographs(tmp_path, "cifar10")
    (folder / "train_01.webp").rename(folder / "train_00.webp")
    whole = (folder / "train_00.webp").read_bytes()
    (folder / "train_00.webp").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"train_00\.webp is damaged"):
        photographs(tmp_path, "cifar10")


def test_what_is_missing_or_damaged_is_named(data, tmp_path):
    for name in ("cifar10", "cifar100", "svhn"):
        with pytest.raises(ValueError, match=f"holds no {name}: .* is not there"):
            photographs(tmp_path, name)
    with pytest.raises(ValueError, match="must be one of cifar10"):
        photographs(data, "imagenet")
    with pytest.raises(ValueError, match="'train' or 'test'"):
        photographs(data, "cifar10", "valid")
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    with pytest.raises(ValueError, match="data_batch_1 is not there"):
        photographs(tmp_path, "cifar10")
    (batches / "data_batch_1").write_bytes(b"no pickle")
    with pytest.raises(ValueError, match="data_batch_1 is damaged"):
        photographs(tmp_path, "cifar10")
    short = {"data": np.zeros((2, 3071), np.uint8), "labels": [0, 1]}
    (batches / "data_batch_1").write_bytes(pickle.dumps(short))
    with pytest.raises(ValueError, match=r"data_batch_1 is damaged .*3071"):
        photographs(tmp_path, "cifar10")
    odd = {"data": np.zeros((1, 3072), np.uint8), "labels": [17]}
    (batches / "data_batch_1").write_bytes(pickle.dumps(odd))
    with pytest.raises(ValueError, match="0 to 9"):
        photographs(tmp_path, "cifar10", count=1)
    (tmp_path / "train_32x32.mat").write_bytes(b"no such file")
    with pytest.raises(ValueError, match=r"train_32x32\.mat is damaged"):
        photographs(tmp_path, "svhn")


def test_a_pickle_that_asks_for_more_than_arrays_is_not_run(tmp_path):
    batches = tmp_path / "cifar-10-batches-py"
    batches.mkdir()
    (batches / "data_batch_1").write_bytes(pickle.dumps({"data": itertools.count()}))
    with pytest.raises(ValueError, match=r"asks for itertools\.count"):
        photographs(tmp_path, "cifar10")


def test_colours_are_standardised_by_the_images_that_are_trained():
    draws = torch.Generator().manual_seed(0)
    some = torch.rand(20, 3, 32, 32, generator=draws) * 0.3 + 0.2
    one, other = standardised(pooled(some, 16), pooled(2 * some, 16))
    assert one.shape == (20, 3, 16, 16)
    assert torch.allclose(one.mean((0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(one.std((0, 2, 3)), torch.ones(3), atol=1e-5)
    assert (other.mean((0, 2, 3)) > 1).all()


@pytest.fixture(scope="module")
def noise(data):
    return read_photographs("cifar10", 30, 20, 16, data)


@pytest.mark.parametrize("module", [partial(table_five, 2), partial(resnet, 8, 2)])
def test_in_single_precision_a_loss_is_good_to_six_digits(noise, module):
    land = landscape_of(Case("some", module, DESCENT, 1e-3), noise)
    double = NetworkLandscape(
        module(), nn.functional.cross_entropy, noise.inputs, noise.targets, weight_decay=1e-3
    )
    points = 0.1 * torch.randn(
        3, land.dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64
    )
    values, slopes = land.value_and_gradient(points)
    assert values.dtype == slopes.dtype == torch.float64
    wanted, rising = double.value_and_gradient(points)
    assert torch.allclose(values, wanted, rtol=1e-5)
    assert (slopes - rising).norm() <= 1e-3 * rising.norm()
    assert torch.equal(land.value(points), land.value(points.float()).double())
    assert 0 < off(land, points) <= 1e-5 * wanted.max()
    assert land.normalised_over == 30


def test_mini_batches_are_computed_as_their_points_come(noise):
    land = landscape_of(Case("some", partial(resnet, 8, 4), DESCENT, 1e-3), noise)
    assert isinstance(land, SingleLandscape)
    point = 0.1 * torch.ones(1, land.dim, dtype=torch.float64)
    every = land.batch(torch.arange(30))
    assert land.value(point) != every.value(point)
    assert torch.isclose(land.value(point), every.value(point), rtol=1e-5)


def test_errors_count_the_wrong_images(noise):
    land = landscape_of(Case("some", partial(resnet, 8, 4), DESCENT, 0.0), noise)
    point = torch.zeros(1, land.dim, dtype=torch.float64)
    point[0, -10] = 1.0  # the bias of the first class
    found = errors_of(land, point, noise)
    assert found["train_errors"] == pytest.approx([0.9])  # of ten classes, in turn
    expected = math.log(9 + math.e) - 0.1
    assert found["train_losses"] == pytest.approx([expected]) == found["test_losses"]


def row(lengths, births=(0.1, 0.2, 0.3), **others):
    part = {"lengths": [[9.0, 9.0], list(lengths)], "births": [0.2, 0.3], "budgets": [1.0, 2.0]}
    closed = {"lengths": [[5.0], [0.05]]}
    return {"births": births, "sample": part, "closed": closed, "falls": [0.01, 0.02], **others}


def test_bars_are_judged_at_the_last_look_and_beside_what_the_method_leaves():
    assert tops(row((1.0, 2.0))) == pytest.approx([1.2, 2.3])
    assert left(row((1.0, 2.0))) == {"closed": 0.05, "falls": 0.02}
    assert resolved(row((1.0, 1.1))) and not resolved(row((0.06, 0.2)))
    assert apart(bars(row((1.0, 1.2))), bars(row((0.5, 0.5)))) == pytest.approx(6.0)
    assert untrained(row((1.0, 1.0), train_errors=[0.05, 0.2, 0.9])) == 2


def test_permutations_tell_two_kinds_apart_and_two_alike_not():
    assert higher(np.arange(5) + 10.0, np.arange(5.0)) == pytest.approx(1 / 252)
    assert higher(np.arange(5.0), np.arange(5) + 10.0) == 1.0
    draws = np.random.default_rng(0)
    many = [higher(*draws.normal(size=(2, 5))) for _ in range(200)]
    assert np.mean(np.array(many) <= 0.1) == pytest.approx(0.1, abs=0.06)


def test_what_goes_together_only_because_of_the_kind_is_told_from_what_does_within():
    draws = np.random.default_rng(1)
    kinds = [tuple(draws.normal(size=(2, 8)) + shift) for shift in (0.0, 10.0)]
    rank, chance = together(kinds, within=False)
    own, own_chance = together(kinds, within=True)
    assert rank > 0.6 and chance < 0.01
    assert abs(own) < 0.5 and own_chance > 0.05


def test_all_claims_on_photographs_are_named_and_presets_hold_the_whole_ones():
    assert set(SMALL) <= set(WITH_DATA)
    assert set(WHOLE) <= set(PRESETS["paper"]) and set(WHOLE) <= set(PRESETS["gpu"])
    for name in (*SMALL, *WHOLE):
        assert claim_module(name).TITLE and "Source:" in str(claim_module(name).__doc__)


@pytest.mark.parametrize("claim", WHOLE)
def test_a_whole_claim_without_a_gpu_says_what_it_needs_and_what_is_small(claim, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    small = claim.replace("whole", "images")
    with pytest.raises(RuntimeError, match=rf"no GPU.*PFLOP.*`python -m validation {small} "):
        claim_module(claim).run(0)
    assert small in SMALL


@pytest.mark.parametrize("preset", ["paper", "gpu"])
def test_a_preset_without_a_gpu_begins_nothing_and_says_so(preset, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert main(["--preset", preset, "--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().out
    assert all(f"python -m validation {name} " in said for name in SMALL)
    assert said.count("PFLOP") == len(WHOLE)
    assert not (tmp_path / "out").exists()


def shrunk(experiment):
    cases = tuple(
        replace(case, descent=DESCENT, module=_narrow(case.module))
        for case in experiment.cases
        if case.name not in LEFT_OUT
    )
    return replace(
        experiment, cases=cases, networks=2, budget=8.0, method=METHOD, chunk=None, controls=1,
        further=2,
    )  # fmt: skip


def _narrow(module):
    """The same architecture, as small as it gets; for a wide one another, which is quick."""
    return {
        cnn: lambda m: partial(cnn, m.args[0], 2, **m.keywords),
        resnet: lambda m: partial(resnet, 8, 2, **m.keywords),
        wide_resnet: lambda m: partial(cnn, 1, 2, classes=100),
        table_five: lambda m: partial(table_five, 2, **m.keywords),
    }[module.func](module)


def narrowed(cases):
    return {
        name: replace(case, descent=DESCENT, module=partial(table_five, 2, last=False))
        for name, case in cases.items()
    }


@pytest.fixture
def tiny(data, tmp_path, monkeypatch):
    """Every claim at toy size, and the CPU for a GPU."""
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("MORSELOSS_DATA", "")  # `main` sets it
    monkeypatch.setattr("validation.__main__.without_gpu", lambda names: "")
    for name in (*SMALL, *WHOLE):
        module = claim_module(name)
        monkeypatch.setattr(module, "IMAGES", COUNT)
        monkeypatch.setattr(module, "TESTS", COUNT)
        if hasattr(module, "SIDE"):
            monkeypatch.setattr(module, "SIDE", 32 if name == "images_wide" else 16)
        if name in WHOLE:
            monkeypatch.setattr(module, "gpu", lambda needs, small: torch.device("cpu"))
        if name.endswith("robust"):
            monkeypatch.setattr(module, "EXPERIMENT", SAMPLED)
            monkeypatch.setattr(module, "CASES", narrowed(module.CASES))
        elif name != "whole_rates":
            monkeypatch.setattr(module, "EXPERIMENT", shrunk(module.EXPERIMENT))
    rates = {name: shrunk(one) for name, one in whole_rates.EXPERIMENTS.items()}
    monkeypatch.setattr(whole_rates, "EXPERIMENTS", rates)
    return ["--data", str(data), "--jobs", "1", "--out"]


QUICK = ("images_wide", "whole_wide")
OTHERS = [name for name in (*SMALL, *WHOLE) if name not in QUICK]


@pytest.mark.filterwarnings("ignore:.*networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.parametrize("claim", QUICK)
def test_a_claim_on_photographs_that_was_stopped_goes_on_to_the_same_numbers(
    claim, tiny, tmp_path, monkeypatch
):
    assert main([claim, *tiny, str(tmp_path / "whole")]) in (0, 1)
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "other"))
    with monkeypatch.context() as patched:
        patched.setattr(Run, "relay", stopped_at_the_second(Run.relay))
        assert main([claim, *tiny, str(tmp_path / "parts")]) == 2
    assert main([claim, *tiny, str(tmp_path / "parts"), "--missing"]) in (0, 1)
    whole, parts = (
        read(report_file(tmp_path / name, claim))["data"]["rows"] for name in ("whole", "parts")
    )
    assert whole == parts


@pytest.mark.filterwarnings("ignore:.*networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.slow
@pytest.mark.parametrize("claim", OTHERS)
def test_a_claim_on_photographs_runs_from_end_to_end(claim, tiny, tmp_path):
    assert main([claim, *tiny, str(tmp_path)]) in (0, 1)
    data = read(report_file(tmp_path, claim))["data"]
    usage = data.get("usage", {"busy": None, "seconds": 1.0})
    assert usage["busy"] is None and usage["seconds"] > 0
    figure = report_file(tmp_path, claim).with_suffix(".png")
    assert (tmp_path / "figures" / figure.parent.name / figure.name).stat().st_size > 5000


def stopped_at_the_second(way):
    calls = []

    def stopped(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return way(*arguments, **named)

    return stopped


def test_what_a_gpu_was_asked_for_is_noted_as_far_as_it_is_known():
    with watched(torch.device("cpu")) as usage:
        pass
    assert usage == {"device": "cpu", "busy": None, "gib": None, "seconds": usage["seconds"]}


def test_whole_experiments_have_the_papers_numbers_of_networks():
    assert [one.EXPERIMENT.networks for one in (whole_skips, whole_wide, whole_robust)] == [3, 5, 8]
    assert [one.networks for one in whole_rates.EXPERIMENTS.values()] == [8, 8]
    assert len(whole_layers.EXPERIMENT.cases) == 12
