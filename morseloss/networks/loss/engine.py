"""Engines: how values and gradients of many networks are computed at once.

The one idea: all do the same sum in another order. `Dense` shares the first layer of chains of
linear layers in one product; `Mapped` is `vmap`; `Looped` goes network by network, which on a CPU
is the fastest for convolutions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from morseloss.networks.loss.pure import Pure, State, layers_of

__all__ = ["Dense", "Engine", "Looped", "Loss", "Mapped", "chain_of", "engine_for"]

Loss = Callable[[Tensor, Tensor], Tensor]
"""`loss(outputs, targets) -> scalar`, the mean over the images."""

ELEMENTWISE = (
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softplus, nn.Identity,
    nn.Hardtanh, nn.ReLU6, nn.SELU, nn.CELU, nn.Softsign, nn.LogSigmoid, nn.Mish, nn.Hardswish,
)  # fmt: skip


@runtime_checkable
class Engine(Protocol):
    """Losses of many parameter vectors on one set of images."""

    def losses(
        self, points: Float[Tensor, "batch dim"], inputs: Tensor, targets: Tensor
    ) -> Float[Tensor, " batch"]:
        """Return the loss of each row, differentiable by torch."""
        ...

    def gradients(
        self, points: Float[Tensor, "batch dim"], inputs: Tensor, targets: Tensor
    ) -> tuple[Float[Tensor, " batch"], Float[Tensor, "batch dim"]]:
        """Return the loss of each row and its gradient."""
        ...


@dataclass(frozen=True)
class Looped:
    """One network after the other."""

    pure: Pure
    loss: Loss

    def losses(self, points: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        return torch.stack([self._one(point, inputs, targets) for point in points])

    def gradients(self, points: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        values, gradients = points.new_empty(len(points)), torch.empty_like(points)
        for row, point in enumerate(points):
            leaf = point.detach().requires_grad_()
            value = self._one(leaf, inputs, targets)
            gradients[row] = torch.autograd.grad(value, leaf)[0]
            values[row] = value.detach()
        return values, gradients

    def _one(self, point: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.pure(self.pure.layout.split(point), inputs), targets)


@dataclass(frozen=True)
class Mapped:
    """All networks by `vmap`; images are shared."""

    pure: Pure
    loss: Loss

    def losses(self, points: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        return torch.vmap(self._one, (0, None, None))(points, inputs, targets)

    def gradients(self, points: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        return _by_autograd(self, points, inputs, targets)

    def _one(self, point: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        return self.loss(self.pure(self.pure.layout.split(point), inputs), targets)


@dataclass(frozen=True)
class Dense:
    """Chains of linear layers and elementwise activations.

    Activations have shape (networks, units, images): the first layer of all networks is one
    product, the others are batched ones, and nothing is transposed between.

    Parameters
    ----------
    pure : Pure
        Of a module that `chain_of` takes apart.
    loss : callable
    layers : tuple of (name, module)
        The linear layers by the name of their parameters, and the activations.
    """

    pure: Pure
    loss: Loss
    layers: tuple[tuple[str, nn.Module], ...]

    def losses(self, points: Tensor, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        parts = self.pure.layout.split(points)
        return self.rest(parts, self.first(parts, inputs), targets)

    def first(self, parts: State, inputs: Tensor) -> Tensor:
        """Return what the first layer makes of the images, shape (networks, units, images)."""
        weight, bias = _layer(parts, self.layers[0][0])
        shared = weight.flatten(0, 1) @ inputs.flatten(1).T
        units = shared.unflatten(0, weight.shape[:2])
        return units if bias is None else units + bias[..., None]

    def rest(self, parts: State, units: Tensor, targets: Tensor) -> Tensor:
        """Return the loss of each row, from what its first layer has made of the images."""
        for name, layer in self.layers[1:]:
            if not isinstance(layer, nn.Linear):
                units = layer(units)
                continue
            weight, bias = _layer(parts, name)
            if bias is None:
                units = weight @ units
            else:
                units = torch.baddbmm(bias[..., None], weight, units)
        return torch.vmap(self.loss, (0, None))(units.transpose(1, 2), targets)

    def gradients(self, points: Tensor, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        return _by_autograd(self, points, inputs, targets)


def _layer(parts: State, name: str) -> tuple[Tensor, Tensor | None]:
    return parts[f"{name}.weight"], parts.get(f"{name}.bias")


def _by_autograd(
    engine: Dense | Mapped, points: Tensor, inputs: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    leaf = points.detach().requires_grad_()
    values = engine.losses(leaf, inputs, targets)
    (gradients,) = torch.autograd.grad(values.sum(), leaf)
    return values.detach(), gradients


def chain_of(module: nn.Module) -> tuple[tuple[str, nn.Module], ...] | None:
    """Return the layers of a chain of linear layers and elementwise activations, else None.

    Takes (nested) `nn.Sequential`; what flattens the images of a linear layer is left out.
    """
    layers = [(name, layer) for name, layer in layers_of(module) if not _flattens(layer)]
    known = all(
        isinstance(layer, nn.Linear)
        or (isinstance(layer, ELEMENTWISE) and not list(layer.parameters()))
        for _, layer in layers
    )
    return tuple(layers) if known else None


def _flattens(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1)


def engine_for(pure: Pure, loss: Loss, device: torch.device) -> Engine:
    """Return the fastest engine for a module on a device, as measured by `benchmarks.networks`."""
    layers = chain_of(pure.module)
    trained = all(p.requires_grad for p in pure.module.parameters())
    tied = len(list(pure.module.named_parameters(remove_duplicate=False))) != len(pure.layout.names)
    if layers and trained and not tied and isinstance(layers[0][1], nn.Linear):
        return Dense(pure, loss, layers)
    convolves = any(isinstance(part, nn.modules.conv._ConvNd) for part in pure.module.modules())
    if device.type == "cpu" and convolves:
        return Looped(pure, loss)
    return Mapped(pure, loss)
