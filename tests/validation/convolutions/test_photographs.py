import itertools
import pickle

import numpy as np
import pytest
import torch
from PIL import Image

from tests.validation.convolutions.conftest import COUNT
from validation.convolutions.photographs import photographs, pooled, standardised


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
