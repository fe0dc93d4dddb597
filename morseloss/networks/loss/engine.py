"""Engines: how values and gradients of many networks are computed at once.

The one idea: all do the same sum in another order. `Dense` shares the first layer of chains of
linear layers in one product; `Mapped` is `vmap`; `Looped` goes network by network, which on a CPU
is the fastest for convolutions and attention; `ChannelsLast` does so with images laid out for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from morseloss.networks.loss.criterion import Loss
from morseloss.networks.loss.layers import chain_of, flattens, layers_of
from morseloss.networks.loss.memory.heap import keep_heap
from morseloss.networks.loss.pure import Pure, State
from morseloss.networks.loss.rows import Tree, cast, device_of, mapped, taken, tensors_of

__all__ = ["ChannelsLast", "Dense", "Engine", "Looped", "Mapped", "engines_for", "plain_attention"]

CONVOLUTION = nn.modules.conv._ConvNd
ONE_BY_ONE = ("convolution", "attention", "transformer_encoder")  # operations, on a CPU
NEAR = 4 * 2**20  # bytes of the widest layer, of networks that go forth and back together on a CPU


@runtime_checkable
class Engine(Protocol):
    """Losses of many parameter vectors on one set of images."""

    def losses(
        self, points: Float[Tensor, "batch dim"], inputs: Tree, targets: Tree
    ) -> Float[Tensor, " batch"]:
        """Return the loss of each row, differentiable by torch."""
        ...

    def gradients(
        self, points: Float[Tensor, "batch dim"], inputs: Tree, targets: Tree
    ) -> tuple[Float[Tensor, " batch"], Float[Tensor, "batch dim"]]:
        """Return the loss of each row and its gradient."""
        ...


@dataclass(frozen=True)
class Looped:
    """One network after the other."""

    pure: Pure
    loss: Loss

    def __post_init__(self) -> None:
        _check(self)

    def losses(self, points: Tensor, inputs: Tree, targets: Tree) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        if not len(points):  # no row to try the loss on
            return points.sum(1)
        keep_heap()
        return torch.stack([self._one(point, inputs, targets) for point in points])

    def gradients(self, points: Tensor, inputs: Tree, targets: Tree) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        keep_heap()
        values, gradients = points.new_empty(len(points)), torch.empty_like(points)
        for row, point in enumerate(points):
            leaf = point.detach().requires_grad_()
            value = self._one(leaf, inputs, targets)
            gradients[row] = torch.autograd.grad(value, leaf)[0]
            values[row] = value.detach()
        return values, gradients

    def _one(self, point: Tensor, inputs: Tree, targets: Tree) -> Tensor:
        return self.loss(self.pure(self.pure.layout.split(point), inputs), targets)


@dataclass(frozen=True)
class ChannelsLast(Looped):
    """One network after the other, images in single precision laid out pixel by pixel.

    On a CPU such convolutions, poolings and normalisations are up to twice as fast. Gradients of a
    single convolution are not, and are computed as `Looped` does, as is all in double precision. A
    module that calls `view` where only `reshape` works cannot be computed so.
    """

    def losses(self, points: Tensor, inputs: Tree, targets: Tree) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        return super().losses(points, _channels_last(inputs), targets)

    def gradients(self, points: Tensor, inputs: Tree, targets: Tree) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        several = sum(isinstance(part, CONVOLUTION) for part in self.pure.module.modules()) > 1
        return super().gradients(points, _channels_last(inputs) if several else inputs, targets)


@dataclass(frozen=True)
class Mapped:
    """All networks by `vmap`; images are shared."""

    pure: Pure
    loss: Loss

    def __post_init__(self) -> None:
        _check(self)

    def losses(self, points: Tensor, inputs: Tree, targets: Tree) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        if not len(points):  # no row to try the loss on
            return points.sum(1)
        keep_heap()
        with plain_attention(fused=points.is_cuda):
            return torch.vmap(self._one, (0, None, None))(points, inputs, targets)

    def gradients(self, points: Tensor, inputs: Tree, targets: Tree) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient."""
        return _by_autograd(self, points, inputs, targets)

    def _one(self, point: Tensor, inputs: Tree, targets: Tree) -> Tensor:
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
    layers : tuple of (name, module), optional
        The linear layers by the name of their parameters, and the activations; by default those of
        the module.

    Raises
    ------
    ValueError
        If the module is no such chain.
    """

    pure: Pure
    loss: Loss
    layers: tuple[tuple[str, nn.Module], ...] = ()

    def __post_init__(self) -> None:
        _check(self)
        given = self.layers if isinstance(self.layers, tuple) else ()
        found = given or chain_of(self.pure.module)
        if not found or not isinstance(found[0][1], nn.Linear):
            raise ValueError(
                "`Dense` computes (nested) `nn.Sequential` of plain linear layers with elementwise "
                f"activations between them, got {type(self.pure.module).__name__}; use `Mapped` or "
                "`Looped`"
            )
        object.__setattr__(self, "layers", found)

    def losses(self, points: Tensor, inputs: Tree, targets: Tree) -> Tensor:
        """Return the loss of each row, differentiable by torch."""
        if not len(points):  # no row to try the loss on
            return points.sum(1)
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

    def gradients(self, points: Tensor, inputs: Tree, targets: Tree) -> tuple[Tensor, Tensor]:
        """Return the loss of each row and its gradient.

        On a CPU as many networks at a time as leave what their layers give in the cache.
        """
        parts = points.split(self._near(points, inputs))
        found = [_by_autograd(self, part, inputs, targets) for part in parts]
        values, slopes = zip(*found, strict=True)
        return found[0] if len(found) == 1 else (torch.cat(values), torch.cat(slopes))

    def _near(self, points: Tensor, inputs: Tensor) -> int:
        """How many networks are computed at a time."""
        if points.is_cuda:
            return len(points) + 1
        widest = max(layer.out_features for _, layer in self.layers if isinstance(layer, nn.Linear))
        return max(1, NEAR // (widest * len(inputs) * points.element_size()))


def _check(engine: "Looped | Mapped | Dense") -> None:
    if not isinstance(engine.pure, Pure) or not callable(engine.loss):
        raise ValueError(
            f"`{type(engine).__name__}` is made of a `Pure` and a loss, as `landscape.pure` and "
            f"`landscape.loss`, got {type(engine.pure).__name__} and {type(engine.loss).__name__}"
        )


def _layer(parts: State, name: str) -> tuple[Tensor, Tensor | None]:
    prefix = f"{name}." if name else ""
    return parts[f"{prefix}weight"], parts.get(f"{prefix}bias")


def _by_autograd(
    engine: Dense | Mapped, points: Tensor, inputs: Tree, targets: Tree
) -> tuple[Tensor, Tensor]:
    leaf = points.detach().requires_grad_()
    values = engine.losses(leaf, inputs, targets)
    (gradients,) = torch.autograd.grad(values.sum(), leaf)
    return values.detach(), gradients


def engines_for(pure: Pure, loss: Loss, inputs: Tree) -> tuple[Engine, ...]:
    """Return the engines that may compute a module, the fastest first.

    The order is measured by `benchmarks.engines` and `benchmarks.convolutions`. On a CPU
    convolutions and fused attention go network by network; one call on two images tells whether
    there are any. `Looped`, which calls the module as it is, is the last resort.
    """
    together, looped = Mapped(pure, loss), Looped(pure, loss)
    if _dense(pure, inputs):
        return Dense(pure, loss), together, looped
    if device_of(inputs).type != "cpu" or not _one_by_one(pure, inputs):
        return together, looped
    pictures = any(part.ndim == 4 and part.is_floating_point() for part in tensors_of(inputs))
    return (ChannelsLast(pure, loss), looped) if pictures else (looped,)


def _channels_last(inputs: Tree) -> Tree:
    def laid(part: Tensor) -> Tensor:
        picture = part.ndim == 4 and part.dtype == torch.float32
        return part.contiguous(memory_format=torch.channels_last) if picture else part

    return mapped(inputs, laid)


@contextmanager
def plain_attention(*, fused: bool = False) -> Iterator[None]:
    """Let attention be made of products.

    What it is fused to has no `vmap` on a CPU, and nowhere a second derivative.

    Parameters
    ----------
    fused : bool
        Leave out the fast path of evaluation mode alone, which has no derivative under `vmap`.
    """
    fast = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with nullcontext() if fused else sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)


class _Operations(TorchDispatchMode):
    """Notes the names of all operations."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the operation, and note its name."""
        self.names.add(str(func))
        return func(*args, **(kwargs or {}))


def _one_by_one(pure: Pure, inputs: Tree) -> bool:
    """Whether a module has operations that are faster network by network on a CPU."""
    if any(isinstance(part, CONVOLUTION) for part in pure.module.modules()):
        return True
    operations = _Operations()
    try:
        with torch.no_grad(), operations:
            pure(pure.own(torch.float64), cast(taken(inputs, slice(0, 2)), torch.float64))
    except Exception:  # whatever a module says; asked in earnest, it says it again
        return False
    return any(part in name for name in operations.names for part in ONE_BY_ONE)


def _dense(pure: Pure, inputs: Tree) -> bool:
    """Whether a module is a chain of layers, all trained and each by itself, over rows."""
    layers = chain_of(pure.module)
    if not layers or not isinstance(layers[0][1], nn.Linear) or not isinstance(inputs, Tensor):
        return False
    named = [name for name, _ in pure.module.named_parameters(remove_duplicate=False)]
    return (inputs.ndim == 2 or (inputs.ndim > 2 and flattens(layers_of(pure.module)[0][1]))) and (
        len(named) == len(pure.layout.names)
    )
