"""Claims that need data or a GPU, on a small made-up data set and on the CPU."""

import gzip
import struct
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

import validation.depth.networks_finished_mnist as finished
import validation.depth.networks_mnist as mnist
import validation.depth.networks_paper as paper
from morseloss.networks import Relay, Run
from validation.__main__ import main
from validation.images import folder_of, idx
from validation.networks import networks_gpu
from validation.report import Outcome, read, report_file
from validation.runs import interrupted_after, runs_of, timed

IMAGES = 140
SMALL = replace(
    mnist.EXPERIMENT, depths=(1, 2), minima=3, epochs=6, steps=5, budgets=((4, 2),), batch=20
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Digits of 8 x 8, blown up to 28 x 28, in the files of MNIST and FashionMNIST."""
    inputs, targets = load_digits(return_X_y=True)
    images = np.zeros((IMAGES, 28, 28), np.uint8)
    images[:, 2:26, 2:26] = np.kron(inputs[:IMAGES].reshape(-1, 8, 8) * 15.9, np.ones((3, 3)))
    for name in ("MNIST", "FashionMNIST"):
        raw = tmp_path / "data" / name / "raw"
        raw.mkdir(parents=True)
        head = struct.pack(">4i", 2051, IMAGES, 28, 28)
        (raw / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images.tobytes()))
        classes = struct.pack(">2i", 2049, IMAGES) + targets[:IMAGES].astype(np.uint8).tobytes()
        (raw / "train-labels-idx1-ubyte").write_bytes(classes)
    monkeypatch.setenv("MORSELOSS_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(mnist, "EXPERIMENT", SMALL)
    monkeypatch.setattr(paper, "EXPERIMENT", SMALL)
    return tmp_path


def test_images_are_read_in_order(folder):
    images, classes = idx(folder / "data", "MNIST")
    digits, targets = load_digits(return_X_y=True)
    assert (images.shape, images.dtype, classes.dtype) == (
        (IMAGES, 784),
        torch.float32,
        torch.int64,
    )
    np.testing.assert_array_equal(classes, targets[:IMAGES])
    middle = images.reshape(-1, 28, 28)[:, 3:26:3, 3:26:3].reshape(IMAGES, 64)
    np.testing.assert_allclose(middle, digits[:IMAGES] / 16, atol=2 / 255)


def test_a_folder_must_be_named_and_hold_the_files(folder, monkeypatch):
    monkeypatch.delenv("MORSELOSS_DATA", raising=False)
    with pytest.raises(ValueError, match="--data"):
        folder_of()
    with pytest.raises(ValueError, match="t10k-images"):
        idx(folder / "data", "MNIST", "test")
    with pytest.raises(ValueError, match="must be one of MNIST"):
        idx(folder / "data", "CIFAR")


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.parametrize("claim", ["networks_finished_mnist", "networks_finished_fashion"])
def test_a_relay_that_was_stopped_goes_on_to_the_same_numbers(claim, folder, monkeypatch):
    few = finished.Experiment(
        cases=(finished.Case(1, 4, 1e-3),), networks=3, epochs=3, steps=5, budget=40.0,
        method=Relay(size=40, first=40, join=20, stations=2, descent=6),
    )  # fmt: skip
    monkeypatch.setattr(finished, "EXPERIMENT", few)
    command = [claim, "--data", str(folder / "data"), "--jobs", "1", "--out"]
    monkeypatch.setenv("MORSELOSS_DATA", "")
    assert main([*command, str(folder / "whole")]) in (0, 1)
    monkeypatch.setenv("MORSELOSS_RUNS", str(folder / "other"))
    with monkeypatch.context() as patched:
        patched.setattr(Run, "relay", stopped_at_the_second(Run.relay))
        assert main([*command, str(folder / "parts")]) == 2
    assert main([*command, str(folder / "parts"), "--missing"]) in (0, 1)
    whole, parts = (
        read(report_file(folder / name, claim))["data"]["rows"] for name in ("whole", "parts")
    )
    assert whole == parts


@pytest.mark.filterwarnings("ignore:networks? .*no minim:UserWarning")  # after so few steps
@pytest.mark.parametrize("claim", ["networks_mnist", "networks_fashion", "networks_paper"])
def test_a_claim_that_was_stopped_goes_on_to_the_same_numbers(claim, folder, monkeypatch):
    command = [claim, "--data", str(folder / "data"), "--jobs", "1", "--out"]
    monkeypatch.setenv("MORSELOSS_DATA", "")  # `main` sets it
    assert main([*command, str(folder / "whole")]) in (0, 1)
    monkeypatch.setenv("MORSELOSS_RUNS", str(folder / "other"))
    with monkeypatch.context() as patched:
        patched.setattr(Run, "connect", stopped_at_the_second(Run.connect))
        assert main([*command, str(folder / "parts")]) == 2
    assert main([*command, str(folder / "parts"), "--missing"]) in (0, 1)
    whole, parts = (
        read(report_file(folder / name, claim))["data"]["rows"] for name in ("whole", "parts")
    )
    assert whole == parts
    assert (folder / "parts" / "figures" / "depth" / f"{claim}.png").stat().st_size > 5000
    assert main([*command, str(folder / "parts"), "--missing"]) == 0  # nothing is left to do


def stopped_at_the_second(connect):
    calls = []

    def stopped(*arguments, **named):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return connect(*arguments, **named)

    return stopped


def test_the_clock_interrupts_once_and_only_the_block():
    with pytest.raises(KeyboardInterrupt), interrupted_after(1e-4):
        time.sleep(5)
    with interrupted_after(1e-4 / 3):
        pass
    time.sleep(0.01)  # nothing comes later
    with interrupted_after(None):
        pass


def test_seconds_of_all_goes_are_kept(tmp_path):
    with timed(tmp_path / "run") as before:
        assert before == []
    with pytest.raises(KeyboardInterrupt), timed(tmp_path / "run") as before:
        assert len(before) == 1
        raise KeyboardInterrupt
    with timed(tmp_path / "run") as before:
        assert len(before) == 2


def test_runs_lie_where_the_variable_says(folder):
    assert runs_of("a claim") == folder / "runs" / "a claim"


def test_what_is_compared_with_a_gpu_agrees_on_the_cpu():
    found = networks_gpu.checked(torch.device("cpu"), seed=1)
    assert len(found) == 4 * (6 + 3 + 6)
    assert all(row["difference"] <= row["limit"] for row in found)
    assert max(row["difference"] for row in found if row["dtype"] == "float64") == 0
    assert networks_gpu.draw({"rows": found}).axes


def test_without_a_gpu_that_is_said(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="no GPU"):
        networks_gpu.run(0)


@pytest.mark.gpu
def test_a_gpu_agrees():
    assert isinstance(networks_gpu.run(1), Outcome)
    assert networks_gpu.run(1).holds
