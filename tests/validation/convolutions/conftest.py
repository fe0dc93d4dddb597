"""Noise in the files of CIFAR-10, CIFAR-100 and SVHN."""

import pickle

import numpy as np
import pytest
from scipy.io import savemat

COUNT = 40


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
