"""Images to train on: scikit-learn's digits, or MNIST and FashionMNIST from a folder.

The folder is laid out as torchvision's: `MNIST/raw/train-images-idx3-ubyte.gz` and so on.
"""

import gzip
import os
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

__all__ = ["IDX", "VARIABLE", "Images", "digits", "folder_of", "idx"]

IDX = ("MNIST", "FashionMNIST")
VARIABLE = "MORSELOSS_DATA"

Images = tuple[Tensor, Tensor]


def digits() -> Images:
    """Return the 1797 digits of scikit-learn, (images, 64) in [0, 1], and their classes."""
    from sklearn.datasets import load_digits

    inputs, targets = load_digits(return_X_y=True)
    return torch.from_numpy(inputs / 16).float(), torch.from_numpy(targets).long()


def idx(folder: Path, name: str, part: str = "train") -> Images:
    """Return images of MNIST or FashionMNIST, (images, 784) in [0, 1], and their classes.

    Raises
    ------
    ValueError
        If the name is unknown, or the folder lacks the files.
    """
    if name not in IDX:
        raise ValueError(f"`name` must be one of {', '.join(IDX)}, got {name!r}")
    stem = {"train": "train", "test": "t10k"}[part]
    found = [
        folder / name / "raw" / f"{stem}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")
    ]
    images, labels = (_read(file) for file in found)
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 784)
    classes = np.frombuffer(labels, np.uint8, offset=8)
    return torch.from_numpy(pixels / np.float32(255)), torch.from_numpy(classes.astype(np.int64))


def folder_of(given: str | Path | None = None) -> Path:
    """Return the data folder: the one given, or that of the variable `MORSELOSS_DATA`.

    Raises
    ------
    ValueError
        If neither is there.
    """
    named = given or os.environ.get(VARIABLE)
    if not named:
        raise ValueError(
            f"this data is no part of this package: name its folder by `--data` or {VARIABLE}"
        )
    return Path(named)


def _read(file: Path) -> bytes:
    packed = file.with_name(file.name + ".gz")
    if packed.exists():
        return gzip.decompress(packed.read_bytes())
    if file.exists():
        return file.read_bytes()
    raise ValueError(
        f"{packed} is not there; name a folder in torchvision's layout by `--data` or {VARIABLE}"
    )
