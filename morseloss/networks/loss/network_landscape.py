"""`NetworkLandscape`: the training loss of a torch module, as a landscape over its parameters.

The one idea: one vector a network. Many networks see the same images in one call, all images come
chunk by chunk, and a mini-batch of them is a landscape of its own.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.landscape import Jet, Landscape
from morseloss.networks.loss.arguments import alike, check_numbers, check_vectors, told
from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.criterion import Loss, criterion
from morseloss.networks.loss.datasets import read
from morseloss.networks.loss.door import Door, Maker
from morseloss.networks.loss.memory import sums
from morseloss.networks.loss.memory.blocks import Blocks
from morseloss.networks.loss.pure import Pure, State, normalises, notes
from morseloss.networks.loss.rows import (
    Tree,
    cast,
    check_data,
    device_of,
    mapped,
    stacked,
    taken,
    tensors_of,
)

__all__ = ["Batches", "NetworkLandscape"]

CHUNK = 4096  # images at a time
NO_JET = (
    "{!r} is not for searches by Hessian matrices; use `networks.train` and `networks.converge` to "
    "reach minima, and `networks.link` to join them"
)
TWICE = "products with Hessians need derivatives of module and loss that can be derived again"
LATER = "it did not when it was made: look at the number of images, or the precision"
COUNT = "num_batches_tracked"  # a buffer of batch normalisation that nothing depends on


class NetworkLandscape(Landscape):
    """The loss of a module on a set of images, plus weight decay.

    `L(theta) = mean of loss(module_theta(x), y) + weight_decay / 2 |theta|^2`.

    Parameters
    ----------
    module : nn.Module
        Gives the architecture; it is copied and its own weights do not matter. Each part is taken
        in the mode in which it is: in training mode batch normalisation uses the images that it is
        given, in evaluation mode its running statistics, and dropout must be off.
    loss : callable
        `loss(outputs, targets) -> scalar`, the mean over images, as `F.cross_entropy`; outputs are
        what the module gives: a tensor, or a tuple, dict or object of tensors.
    inputs : Tensor, shape (images, ...); tuple or dict of such; DataLoader or Dataset
        A tuple is the arguments of the module, a dict its arguments by name. A loader or data set
        gives inputs and targets; it is read once, in the order of its data set.
    targets : Tensor, shape (images, ...), or tuple or dict of such
        Left out with a loader or data set.
    weight_decay : float
        In torch's convention: the gradient gets `weight_decay * theta`.
    chunk : int
        The most images in one pass. With batch normalisation it is part of the definition: each
        chunk is normalised by its own statistics, and the chunks are of nearly one size.
    engine : callable, optional
        `Dense`, `Mapped`, `Looped`, or another function of a `Pure` and a loss. By default the
        fastest that computes what the module computes.

    Attributes
    ----------
    engine : Engine
        How many networks are computed at once.
    normalised_over : int or None
        The most images that are seen together by batch normalisation, or anything else by which
        outputs for one image depend on the others; None without it.

    Raises
    ------
    ValueError
        If the module is random or keeps state, the loss is not the mean over images, or data,
        module and loss do not fit each other. Found out by trying, on images spread over all.

    Warns
    -----
    UserWarning
        If networks cannot be computed at once and are computed one after the other.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> x, y = torch.randn(20, 4), torch.arange(20) % 2
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> land.dim, land.gradient(torch.zeros(5, land.dim)).shape
    (23, torch.Size([5, 23]))
    """

    def __init__(
        self,
        module: nn.Module,
        loss: Loss,
        inputs: Tree | DataLoader | Dataset,
        targets: Tree = None,
        *,
        weight_decay: float = 0.0,
        chunk: int = CHUNK,
        engine: Maker | None = None,
    ) -> None:
        self.weight_decay, self.chunk = check_numbers(weight_decay, chunk)
        self.pure, self.loss, self.blocks = Pure(module), loss, Blocks()
        if isinstance(inputs, DataLoader | Dataset):
            inputs, targets = read(inputs, targets)
        self.inputs, self.targets = check_data(inputs, targets)
        self.pure.to(self.device)
        self.dim = self.pure.layout.dim
        smallest = min(self._sizes(even=True))
        door = Door(module, self.pure, criterion(loss), self.inputs, self.targets)
        self.engine, self._together = door.admit(engine, smallest)
        if self._together and len(self) > self.chunk and not normalises(self.pure.module):
            raise ValueError(
                f"outputs of {type(module).__name__} for one image depend on the others, so the "
                f"loss depends on how {len(self)} images are cut into chunks of {self.chunk}; let "
                f"it take each image by itself, or pass `chunk={len(self)}`, so that all are seen "
                "together"
            )

    @property
    def device(self) -> torch.device:
        """Where images and parameters are."""
        return device_of(self.inputs)

    @property
    def normalised_over(self) -> int | None:
        """The most images that are seen together; None if each is seen by itself."""
        return max(self._sizes(even=True)) if self._together else None

    def __len__(self) -> int:
        return len(tensors_of(self.targets)[0])

    def __repr__(self) -> str:
        words = []
        if self._together:
            sizes = self._sizes(even=True)
            least, most = min(sizes), max(sizes)
            words = [f"normalised over {most if least == most else f'{least} to {most}'}"]
        parts = [f"{len(self)} images", *words, *notes(self.pure.module)]
        return f"NetworkLandscape({self.dim} parameters, {', '.join(parts)})"

    def value(self, points: Points) -> Values:
        """Return the losses on all images, one a network."""
        with self._asked(points):
            return sums.values(self, points)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients of the losses on all images."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Return losses and gradients together."""
        with self._asked(points):
            return sums.slopes(self, points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        check_vectors(points, self, self.device)
        if not isinstance(vectors, Tensor) or vectors.shape != points.shape:
            raise ValueError(
                f"`vectors` must have the shape {tuple(points.shape)} of `points`, got "
                f"{told(vectors)}"
            )
        with self._asked(points, TWICE):
            return sums.products(self, points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians, `dim` products each: for small networks."""
        check_vectors(points, self, self.device)
        axes = torch.eye(self.dim, dtype=points.dtype, device=points.device)
        return torch.stack([self.hvp(points, axis.expand_as(points)) for axis in axes], -1)

    def jet(self, points: Points) -> Jet:
        """Refuse: searches by whole Hessians are for functions of few variables.

        Raises
        ------
        ValueError
            Always; the message names the way.
        """
        raise ValueError(NO_JET.format(self))

    def batch(self, rows: Int[Tensor, " rows"]) -> "NetworkLandscape":
        """Return the landscape of some of the images: a mini-batch."""
        whole = isinstance(rows, Tensor) and rows.dtype in (torch.int64, torch.int32)
        if not whole or rows.ndim != 1 or not len(rows):
            raise ValueError(
                "`rows` must be a tensor of at least one row, integers below "
                f"{len(self)}, got {told(rows)}"
            )
        part = copy.copy(self)
        try:
            part.inputs, part.targets = taken(self.inputs, rows), taken(self.targets, rows)
        except (IndexError, RuntimeError) as error:
            raise ValueError(
                f"`rows` must be rows of the {len(self)} images, on their device "
                f"({complaint(error)})"
            ) from None
        return part

    def cut(self, images: int) -> "NetworkLandscape":
        """Return the same landscape, which looks at no more images at a time."""
        if images >= min(self.chunk, len(self)):
            return self
        part = copy.copy(self)
        part.chunk = images
        return part

    def batches(self, size: int, *, generator: torch.Generator) -> "Batches":
        """Return mini-batches as one landscape that changes from gradient to gradient."""
        return Batches(self, size, generator)

    def chunks(self, dtype: torch.dtype) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Yield inputs and targets of some images after the others, and their share of all."""
        images, first = len(self), 0
        for size in self._sizes(even=self._together):
            rows = slice(first, first + size)
            first += size
            inputs, targets = taken(self.inputs, rows), taken(self.targets, rows)
            yield cast(inputs, dtype), cast(targets, dtype), size / images

    def vectors(self, states: Sequence[nn.Module | State]) -> Points:
        """Return the parameter vectors of modules or state dicts of this architecture.

        Raises
        ------
        ValueError
            If one is of another architecture, or not finite; the message names its row.
        """
        if not isinstance(states, Sequence) or isinstance(states, str | nn.Module) or not states:
            raise ValueError(
                "`states` must be a list of at least one module or state dict, got "
                f"{type(states).__name__}"
            )
        rows = []
        for row, state in enumerate(states):
            try:
                rows.append(self._vector(state))
            except ValueError as error:
                raise ValueError(f"state {row}: {error}") from None
        return torch.stack(rows)

    def outputs(self, points: Points, inputs: Tree) -> Tree:
        """Return the outputs of each network for the inputs, shape (batch, images, ...).

        Where the module gives several tensors, a tuple or dict of such.
        """
        split = self.pure.layout.split
        with self._asked(points, "let `inputs` be as those of the landscape"):
            inputs = mapped(cast(inputs, points.dtype), lambda part: part.to(points.device))
            found = [self.pure(split(point), inputs) for point in points]
            return stacked(found)

    def _vector(self, state: nn.Module | State) -> Tensor:
        module = isinstance(state, nn.Module)
        named = dict(state.named_parameters()) if module else state
        if not isinstance(named, Mapping):
            raise ValueError(f"expected a module or state dict, got {type(state).__name__}")
        vector = self.pure.layout.join(named)
        if vector.dtype not in (torch.float64, torch.float32):
            vector = vector.float()  # vectors are of one of the two
        named = {**named, **dict(state.named_buffers())} if module else named
        for name, held in self.pure.held().items():
            if name in named and not name.endswith(COUNT) and not alike(named[name], held):
                raise ValueError(
                    f"`{name}` is held as the module of the landscape has it, and is another one "
                    "here: it would be another landscape; make one with this module"
                )
        return vector

    def _sizes(self, *, even: bool) -> list[int]:
        """Images of each chunk: nearly the same, or full ones and a rest of more than one."""
        images = len(self)
        count = -(-images // self.chunk)
        rest = images - (count - 1) * self.chunk
        if not even and rest > 1:
            return [self.chunk] * (count - 1) + [rest]
        return [images * (k + 1) // count - images * k // count for k in range(count)]

    @contextmanager
    def _asked(self, points: Points, way: str = LATER) -> Iterator[None]:
        """Pass a batch of vectors; what fails then is told in a sentence."""
        check_vectors(points, self, self.device)
        try:
            yield
        except (torch.OutOfMemoryError, MemoryError):
            raise
        except Exception as error:  # whatever the caller's module and loss raise
            raise ValueError(
                f"{self!r} fails on {len(points)} vectors of {points.dtype} ({complaint(error)}); "
                f"{way}"
            ) from error


class Batches(Landscape):
    """Mini-batches, one after another: each gradient is that of the next one, for all rows.

    Parameters
    ----------
    whole : NetworkLandscape
    size : int
        Images in a mini-batch; an epoch is a shuffle, and its rest is left out.
    generator : torch.Generator
        Shuffles, on the CPU.
    """

    def __init__(self, whole: NetworkLandscape, size: int, generator: torch.Generator) -> None:
        if not isinstance(whole, NetworkLandscape):
            raise ValueError(f"`whole` must be a NetworkLandscape, got {type(whole).__name__}")
        if not isinstance(size, int) or not 1 <= size <= len(whole):
            raise ValueError(f"`size` must be from 1 to {len(whole)} images, got {told(size)}")
        if not isinstance(generator, torch.Generator):
            raise ValueError(
                "`generator` must be a torch.Generator, as `torch.Generator().manual_seed(0)`, got "
                f"{type(generator).__name__}"
            )
        self.whole, self.size, self.generator = whole, size, generator
        self.dim = whole.dim
        self._rows = torch.empty(0, dtype=torch.long)
        self._place = 0
        self.current = whole.batch(self._next())

    @property
    def per_epoch(self) -> int:
        """Mini-batches in an epoch."""
        return len(self.whole) // self.size

    def __repr__(self) -> str:
        return f"Batches({self.size} of {self.whole!r})"

    def value(self, points: Points) -> Values:
        """Return the losses on the mini-batch of the last gradient."""
        return self.current.value(points)

    def gradient(self, points: Points) -> Gradients:
        """Go on to the next mini-batch and return its gradients."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Go on to the next mini-batch and return losses and gradients."""
        self.current = self.whole.batch(self._next())
        return self.current.value_and_gradient(points)

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the products with the Hessians on the mini-batch of the last gradient."""
        return self.current.hvp(points, vectors)

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians on the mini-batch of the last gradient."""
        return self.current.hessian(points)

    def jet(self, points: Points) -> Jet:
        """Refuse, as `NetworkLandscape.jet` does.

        Raises
        ------
        ValueError
            Always; the message names the way.
        """
        raise ValueError(NO_JET.format(self))

    def _next(self) -> Tensor:
        if self._place + self.size > len(self._rows):
            self._rows = torch.randperm(len(self.whole), generator=self.generator)
            self._place = 0
        rows = self._rows[self._place : self._place + self.size]
        self._place += self.size
        return rows.to(self.whole.device)
