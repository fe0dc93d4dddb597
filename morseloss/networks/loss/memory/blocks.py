"""`Blocks`: many networks and images a few at a time, as many as fit into a fixed memory.

The one idea: how many is found by trying one and two networks, and a few images. It follows from
the module, the images and a constant alone, so it is the same on every machine. Blocks are of
sixteen networks or a multiple, which leaves each row where vector instructions find it in the whole
batch: the numbers are those of the whole batch to the bit, as long as sixteen fit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from morseloss.caution import caution
from morseloss.networks.loss.memory.peak import peak

__all__ = ["BYTES", "EVEN", "Blocks", "whole_blocks"]

BYTES = 2**30
"""Of tensors that live at once; what operations need inside is as much again, and a half."""

EVEN = 16  # networks: rows of any length then begin at whole vector registers
FEW = 8  # images of a trial, and twice as many
LARGE = 2**20  # networks, where nothing is known
# what torch says on a CPU, where memory that is missing has no class of its own
MISSING = ("not enough memory", "can't allocate memory", "DefaultCPUAllocator")

Parts = tuple[Tensor, ...]


def whole_blocks(networks: int) -> int:
    """Return at most so many networks, of which blocks give the bits of a whole batch.

    Examples
    --------
    >>> from morseloss.networks.loss.memory.blocks import whole_blocks
    >>> whole_blocks(100), whole_blocks(5), whole_blocks(0)
    (96, 5, 1)
    """
    return networks // EVEN * EVEN if networks >= EVEN else max(networks, 1)


@dataclass
class Blocks:
    """How many networks are computed at a time, for each thing that is asked of them.

    Attributes
    ----------
    sizes : dict
        By what is asked, the dtype and the number of images.
    images : dict
        How many images of one network, by what is asked and the dtype.
    """

    sizes: dict[tuple[str, torch.dtype, int], int] = field(default_factory=dict)
    images: dict[tuple[str, torch.dtype], int] = field(default_factory=dict)

    def most_images(
        self, asked: str, dtype: torch.dtype, trial: Callable[[int, int], object], there: int
    ) -> int:
        """Return how many images of one network fit, of so many; each is seen by itself.

        Parameters
        ----------
        asked, trial
            As for `through`.
        dtype : torch.dtype
        there : int
        """
        if there <= 2 * FEW:
            return there
        key = (asked, dtype)
        if key not in self.images:
            self.images[key] = _fitting_images(trial)
        return min(self.images[key], there)

    def through(
        self,
        asked: str,
        call: Callable[..., Parts],
        trial: Callable[[int, int], object],
        images: int,
        *rows: Tensor,
    ) -> Parts:
        """Return what a call gives for all rows, computed block by block.

        Parameters
        ----------
        asked : str
            Names the call.
        call : callable
            Gets some of the rows of each tensor, and returns tensors with as many.
        trial : callable
            Does the same with so many networks and images, to see what that takes.
        images : int
            In one pass.
        *rows : Tensor, shape (batch, ...)

        Raises
        ------
        MemoryError
            If there is no memory for a single network.
        """
        batch, key = len(rows[0]), (asked, rows[0].dtype, images)
        if batch > 1 and key not in self.sizes:
            self.sizes[key] = fitting(trial, images)
        while True:
            size = min(self.sizes.get(key, batch), max(batch, 1))
            blocks = zip(*(part.split(size) for part in rows), strict=True)
            try:
                parts = [_computed(call, block, images) for block in blocks]
            except MemoryError:
                if size == 1:
                    raise
                self._halve(key, size)
                continue
            return parts[0] if len(parts) == 1 else tuple(map(torch.cat, zip(*parts, strict=True)))

    def _halve(self, key: tuple[str, torch.dtype, int], size: int) -> None:
        self.sizes[key] = whole_blocks(size // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if self.sizes[key] < EVEN:
            caution(
                f"memory ran out with {size} networks at a time, {self.sizes[key]} are computed "
                "now; fewer than sixteen may give other last bits than elsewhere"
            )


def fitting(trial: Callable[[int, int], object], images: int) -> int:
    """Return how many networks fit, from what one and two take.

    Parameters
    ----------
    trial : callable
        Computes so many networks on so many images.
    images : int
        In earnest.
    """
    try:
        one, two = (peak(lambda n=n: trial(n, images)) for n in (1, 2))
    except Exception:  # whatever a module says; asked in earnest, it says it again
        return LARGE
    return whole_blocks(BYTES // max(two - one, 1))


def _fitting_images(trial: Callable[[int, int], object]) -> int:
    try:
        few, more = (peak(lambda n=n: trial(1, n)) for n in (FEW, 2 * FEW))
    except Exception:  # whatever a module says; asked in earnest, it says it again
        return LARGE
    return whole_blocks(BYTES // max((more - few) // FEW, 1))


def _computed(call: Callable[..., Parts], rows: Parts, images: int) -> Parts:
    try:
        return call(*rows)
    except (torch.OutOfMemoryError, RuntimeError) as error:
        if not isinstance(error, torch.OutOfMemoryError) and all(
            words not in str(error) for words in MISSING
        ):
            raise
        raise MemoryError(_too_large(images)) from error


def _too_large(images: int) -> str:
    return (
        f"there is no memory for one network on {images} images at a time; pass a smaller `chunk`, "
        "of which all images are a sum (with batch normalisation it is another landscape)"
    )
