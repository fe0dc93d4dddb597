"""`NetworkLandscape`: the training loss of a torch module, as a landscape over its parameters.

The one idea: one vector a network. Many networks see the same images in one call, all images come
chunk by chunk, and a mini-batch of them is a landscape of its own.
"""

import copy
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Int
from torch import Tensor, nn

from morseloss._shapes import Gradients, Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.engine import Engine, Loss, engine_for
from morseloss.networks.loss.pure import Pure, State, normalises

__all__ = ["Batches", "NetworkLandscape"]

CHUNK = 4096  # images at a time
PROBED = 8  # images on which module and loss are tried at the door


class NetworkLandscape(Landscape):
    """The loss of a module on a set of images, plus weight decay.

    `L(theta) = mean of loss(module_theta(x), y) + weight_decay / 2 |theta|^2`.

    Parameters
    ----------
    module : nn.Module
        Gives the architecture; it is copied and its own weights do not matter.
    loss : callable
        `loss(outputs, targets) -> scalar`, the mean over images, as `F.cross_entropy`.
    inputs, targets : Tensor, shape (images, ...)
    weight_decay : float
        In torch's convention: the gradient gets `weight_decay * theta`.
    chunk : int
        Images in one pass. With batch normalisation it is part of the definition: each chunk is
        normalised by its own statistics.

    Attributes
    ----------
    engine : Engine
        How many networks are computed at once.
    normalised_over : int or None
        Images over which batch normalisation takes its statistics; None without it.

    Raises
    ------
    ValueError
        If the module is random or keeps state, or data and module do not fit each other.

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
        inputs: Tensor,
        targets: Tensor,
        *,
        weight_decay: float = 0.0,
        chunk: int = CHUNK,
    ) -> None:
        if not (weight_decay >= 0 and chunk >= 1):
            raise ValueError(
                "`weight_decay` must be 0 or more and `chunk` 1 or more, got "
                f"{weight_decay} and {chunk}"
            )
        self.pure, self.loss = Pure(module), loss
        self.inputs, self.targets = inputs, targets
        self.weight_decay, self.chunk = float(weight_decay), int(chunk)
        self.dim = self.pure.layout.dim
        self._check()
        self.engine: Engine = engine_for(self.pure, loss, inputs.device)

    @property
    def normalised_over(self) -> int | None:
        """Images over which batch normalisation takes its statistics; None without it."""
        return min(self.chunk, len(self.inputs)) if normalises(self.pure.module) else None

    def __len__(self) -> int:
        return len(self.inputs)

    def __repr__(self) -> str:
        over = self.normalised_over
        note = f", normalised over {over}" if over else ""
        return f"NetworkLandscape({self.dim} parameters, {len(self)} images{note})"

    def value(self, points: Points) -> Values:
        """Return the losses on all images, one a network."""
        total = points.new_zeros(len(points))
        for inputs, targets, share in self.chunks(points.dtype):
            total = total + share * self.engine.losses(points, inputs, targets)
        return total + self.weight_decay / 2 * (points**2).sum(-1)

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients of the losses on all images."""
        return self.value_and_gradient(points)[1]

    def value_and_gradient(self, points: Points) -> tuple[Values, Gradients]:
        """Return losses and gradients together."""
        parts = (self._part(points, *chunk) for chunk in self.chunks(points.dtype))
        total, slope = next(parts)
        for values, gradients in parts:
            total += values
            slope += gradients
        if self.weight_decay:
            still = points.detach()
            total = total + self.weight_decay / 2 * torch.linalg.vector_norm(still, dim=-1) ** 2
            slope.add_(still, alpha=self.weight_decay)
        return total, slope

    def hvp(self, points: Points, vectors: Points) -> Points:
        """Return the product of the Hessian at each point with the vector of the same row."""
        leaf = points.detach().requires_grad_()
        total = torch.zeros_like(points)
        for inputs, targets, share in self.chunks(points.dtype):
            values = self.engine.losses(leaf, inputs, targets)
            (slope,) = torch.autograd.grad(values.sum(), leaf, create_graph=True)
            (bent,) = torch.autograd.grad((slope * vectors).sum(), leaf)
            total += share * bent
        return total + self.weight_decay * vectors

    def batch(self, rows: Int[Tensor, " rows"]) -> "NetworkLandscape":
        """Return the landscape of some of the images: a mini-batch."""
        part = copy.copy(self)
        part.inputs, part.targets = self.inputs[rows], self.targets[rows]
        return part

    def batches(self, size: int, *, generator: torch.Generator) -> "Batches":
        """Return mini-batches as one landscape that changes from gradient to gradient."""
        return Batches(self, size, generator)

    def chunks(self, dtype: torch.dtype) -> Iterator[tuple[Tensor, Tensor, float]]:
        """Yield inputs and targets of some images after the others, and their share of all."""
        for first in range(0, len(self.inputs), self.chunk):
            inputs = self.inputs[first : first + self.chunk]
            targets = self.targets[first : first + self.chunk]
            if inputs.is_floating_point():
                inputs = inputs.to(dtype)
            if targets.is_floating_point():
                targets = targets.to(dtype)
            yield inputs, targets, len(inputs) / len(self.inputs)

    def vectors(self, states: Sequence[nn.Module | State]) -> Points:
        """Return the parameter vectors of modules or state dicts of this architecture.

        Raises
        ------
        ValueError
            If one is of another architecture, or not finite; the message names its row.
        """
        rows = []
        for row, state in enumerate(states):
            try:
                named = dict(state.named_parameters()) if isinstance(state, nn.Module) else state
                rows.append(self.pure.layout.join(named))
            except ValueError as error:
                raise ValueError(f"state {row}: {error}") from None
        return torch.stack(rows)

    def outputs(self, points: Points, inputs: Tensor) -> Tensor:
        """Return the outputs of each network for the inputs, shape (batch, images, ...)."""
        split = self.pure.layout.split
        inputs = inputs.to(points) if inputs.is_floating_point() else inputs.to(points.device)
        return torch.stack([self.pure(split(point), inputs) for point in points])

    def _part(
        self, points: Points, inputs: Tensor, targets: Tensor, share: float
    ) -> tuple[Values, Gradients]:
        values, gradients = self.engine.gradients(points, inputs, targets)
        return values.mul_(share), gradients.mul_(share)

    def _check(self) -> None:
        inputs, targets = self.inputs, self.targets
        if len(inputs) != len(targets) or not len(inputs):
            raise ValueError(
                f"`inputs` and `targets` must have one row an image, got {len(inputs)} and "
                f"{len(targets)}"
            )
        if inputs.device != targets.device:
            raise ValueError(
                f"`inputs` are on {inputs.device}, `targets` on {targets.device}; move one"
            )
        self.pure.module.to(inputs.device)
        few = slice(0, PROBED)
        probe = inputs[few].float() if inputs.is_floating_point() else inputs[few]
        self.pure.module.float()
        self.pure.check_state(probe)
        some = targets[few].float() if targets.is_floating_point() else targets[few]
        parameters = {n: p.detach() for n, p in self.pure.module.named_parameters()}
        moving = {name: parameters[name] for name in self.pure.layout.names}
        with torch.no_grad():
            outputs = self.pure(moving, probe)
            whole = self.loss(outputs, some)
            if whole.ndim:
                raise ValueError(
                    "`loss` must give one number, the mean over the images, got shape "
                    f"{tuple(whole.shape)}; use `reduction='mean'`"
                )
            ones = [self.loss(outputs[i : i + 1], some[i : i + 1]) for i in range(len(outputs))]
        mean = torch.stack(ones).mean()
        if not torch.allclose(whole, mean, rtol=1e-3, atol=1e-5):
            raise ValueError(
                f"`loss` must be the mean over the images: on {len(ones)} of them it gives "
                f"{float(whole):.6g}, the mean of one at a time is {float(mean):.6g}; use "
                "`reduction='mean'` without class weights"
            )


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
        if not 1 <= size <= len(whole):
            raise ValueError(f"`size` must be from 1 to {len(whole)} images, got {size}")
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

    def _next(self) -> Tensor:
        if self._place + self.size > len(self._rows):
            self._rows = torch.randperm(len(self.whole), generator=self.generator)
            self._place = 0
        rows = self._rows[self._place : self._place + self.size]
        self._place += self.size
        return rows.to(self.whole.inputs.device)
