"""CIFAR-10, CIFAR-100 and SVHN from the user's own files, in whichever layout they lie there.

The one idea: a layout is a function that finds its files below a folder and gives pixels and
classes; the first one whose files are there is taken. Layouts are torchvision's (pickled batches,
`.mat`) and lossless sheets of 1000 images. What is missing or damaged is named.
"""

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from validation.images import VARIABLE, Images

__all__ = ["PHOTOGRAPHS", "classes_of", "photographs", "pooled", "standardised"]

CLASSES = {"cifar10": 10, "cifar100": 100, "cifar100-coarse": 20, "svhn": 10}
PHOTOGRAPHS = tuple(CLASSES)
SHEET = (25, 40)  # rows and columns of images in a sheet
BATCHES = {
    "cifar10": ("cifar-10-batches-py", {
        "train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"],
    }),
    "cifar100": ("cifar-100-python", {"train": ["train"], "test": ["test"]}),
}  # fmt: skip
NEEDED = {  # all that the pickles of these data sets are made of
    ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"),
}  # fmt: skip

Part = Iterator[tuple[np.ndarray, np.ndarray]]


def classes_of(name: str) -> int:
    """Return the number of classes of a data set."""
    return CLASSES[_known(name)]


def photographs(folder: Path, name: str, part: str = "train", count: int | None = None) -> Images:
    """Return the first images of a data set, (images, 3, 32, 32) in [0, 1], and their classes.

    Parameters
    ----------
    folder : Path
        That holds `cifar-10-batches-py`, `cifar-100-python`, `train_32x32.mat` (or `svhn/` with
        it), or `cifar10` and `cifar100` with sheets, `train_00.webp` and so on, and `labels.npz`.
    name : str
        Of `PHOTOGRAPHS`; `cifar100-coarse` has the 20 superclasses.
    part : str
        `"train"` or `"test"`.
    count : int, optional
        So many in the order of the data set; files beyond are not read. By default all.

    Raises
    ------
    ValueError
        If the name is unknown, files are missing or damaged (which), or there are fewer images.
    """
    _known(name)
    if part not in ("train", "test"):
        raise ValueError(f"`part` must be 'train' or 'test', got {part!r}")
    pixels, classes, have = [], [], 0
    for some, labels in _found(Path(folder), name)(part):
        pixels.append(some)
        classes.append(labels)
        have += len(labels)
        if count is not None and have >= count:
            break
    if count is not None and have < count:
        raise ValueError(
            f"{folder} holds {have} images of {name}, {part}, and {count} are asked for; add files"
        )
    x, y = np.concatenate(pixels)[:count], np.concatenate(classes)[:count].astype(np.int64)
    if y.min() < 0 or y.max() >= CLASSES[name]:
        raise ValueError(f"{folder}: classes of {name} must be 0 to {CLASSES[name] - 1}")
    return torch.from_numpy(x / np.float32(255)), torch.from_numpy(y)


def pooled(inputs: Tensor, side: int) -> Tensor:
    """Return images of so many pixels a side, means of squares of theirs."""
    return avg_pool2d(inputs, inputs.shape[-1] // side)


def standardised(inputs: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    """Return both less the mean colour of the first, over its deviation, channels last in memory.

    Convolutions on a CPU are faster so.
    """
    mean = inputs.mean((0, 2, 3), keepdim=True)
    spread = inputs.std((0, 2, 3), keepdim=True)
    one, two = ((part - mean) / spread for part in (inputs, others))
    return one.to(memory_format=torch.channels_last), two.to(memory_format=torch.channels_last)


def _known(name: str) -> str:
    if name not in CLASSES:
        raise ValueError(f"`name` must be one of {', '.join(CLASSES)}, got {name!r}")
    return name


def _found(folder: Path, name: str) -> Callable[[str], Part]:
    """Return the reader of the layout that the folder has."""
    if name == "svhn":
        for below in (folder, folder / "svhn", folder / "SVHN"):
            if any(below.glob("*_32x32.mat")):
                return lambda part: _mat(below, part)
        raise _missing(folder, name, ["train_32x32.mat"])
    stem, _, coarse = name.partition("-")
    batches, files = BATCHES[stem]
    if (folder / batches).is_dir():
        label = "coarse_labels" if coarse else "labels" if stem == "cifar10" else "fine_labels"
        return lambda part: _batches(folder / batches, files[part], label)
    if (folder / stem).is_dir():
        return lambda part: _sheets(folder / stem, part, "_coarse" * bool(coarse))
    raise _missing(folder, name, [f"{batches}/", f"{stem}/train_00.webp"])


def _missing(folder: Path, name: str, wanted: list[str]) -> ValueError:
    return ValueError(
        f"{folder} holds no {name}: {' or '.join(wanted)} is not there; name the folder that holds "
        f"it by `--data` or {VARIABLE}"
    )


def _sheets(folder: Path, part: str, kind: str) -> Part:
    """Lossless sheets of 1000 images, rows of 40."""
    with _reading(folder / "labels.npz") as file:
        labels = np.load(file)[f"{part}{kind}"]
    sheets = sorted(folder.glob(f"{part}_*.webp"))
    if not sheets:
        raise _missing(folder.parent, folder.name, [f"{folder.name}/{part}_00.webp"])
    for number, sheet in enumerate(sheets):
        expected = folder / f"{part}_{number:02d}.webp"
        if sheet != expected:
            raise _missing(folder.parent, folder.name, [f"{folder.name}/{expected.name}"])
        pixels = _sheet(sheet)
        some = labels[number * len(pixels) : (number + 1) * len(pixels)]
        if len(some) < len(pixels):
            raise ValueError(f"{folder / 'labels.npz'} has {len(labels)} classes, too few")
        yield pixels, some


def _sheet(file: Path) -> np.ndarray:
    from PIL import Image

    with _reading(file) as found, Image.open(found) as image:
        whole = np.asarray(image.convert("RGB"))
        rows, columns = SHEET
        if whole.shape != (rows * 32, columns * 32, 3):
            raise ValueError(f"it has {whole.shape[1]} x {whole.shape[0]} pixels, not 1280 x 800")
    tiles = whole.reshape(rows, 32, columns, 32, 3).transpose(0, 2, 4, 1, 3)
    return tiles.reshape(-1, 3, 32, 32)


def _batches(folder: Path, files: list[str], label: str) -> Part:
    """Pickled batches, as torchvision unpacks them."""
    for name in files:
        with _reading(folder / name) as file, file.open("rb") as stream:
            found = _Plain(stream, encoding="latin1").load()
            pixels, classes = np.asarray(found["data"]), np.asarray(found[label])
            if pixels.dtype != np.uint8 or pixels.shape != (len(classes), 3072):
                raise ValueError(f"its data are {pixels.dtype} of shape {pixels.shape}")
        yield pixels.reshape(-1, 3, 32, 32), classes


def _mat(folder: Path, part: str) -> Part:
    """SVHN's cropped digits; the class of a zero is 10 there."""
    from scipy.io import loadmat

    with _reading(folder / f"{part}_32x32.mat") as file:
        found = loadmat(file)
        pixels, classes = found["X"], found["y"].ravel()
        if pixels.dtype != np.uint8 or pixels.shape != (32, 32, 3, len(classes)):
            raise ValueError(f"its images are {pixels.dtype} of shape {pixels.shape}")
    yield pixels.transpose(3, 2, 0, 1), classes % 10


class _Plain(pickle.Unpickler):
    """Reads arrays, lists and words; a pickle that asks for anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what arrays are made of."""
        if (module, name) not in NEEDED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


@contextmanager
def _reading(file: Path) -> Iterator[Path]:
    """Pass the file on; what is missing or goes wrong inside is told with its name."""
    if not file.is_file():
        raise ValueError(f"{file} is not there; complete the folder, or name another one")
    try:
        yield file
    except Exception as error:  # whatever readers of pictures, pickles and `.mat` raise
        what = f"{type(error).__name__}: {error}".removesuffix(": ")
        raise ValueError(f"{file} is damaged ({what}); get it anew") from error
