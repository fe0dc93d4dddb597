"""`Pure`: a torch module as a function of its parameter vector, with nothing else that could vary.

The one idea: it calls a copy, with parameters of the caller's and with everything else as it was
before the call. In training mode batch normalisation uses the images that it is given.
"""

import copy
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.parameter import is_lazy
from torch.utils import checkpoint as recomputation

from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.layers import NORMS
from morseloss.networks.loss.rows import Tree, like, mapped, tensors_of

__all__ = [
    "Layout", "Pure", "State", "called", "kept_attributes", "normalises", "notes", "places_of"
]  # fmt: skip

DROPOUTS = (nn.modules.dropout._DropoutNd, nn.RReLU)
FRACTIONAL = (nn.FractionalMaxPool2d, nn.FractionalMaxPool3d)
WRAPPERS = (nn.DataParallel, nn.parallel.DistributedDataParallel)

State = Mapping[str, Tensor]


@dataclass(frozen=True)
class Layout:
    """Where each parameter stands in a vector.

    Attributes
    ----------
    names : tuple of str
        As `module.named_parameters()` gives them, tied ones once.
    shapes : tuple of torch.Size
    """

    names: tuple[str, ...]
    shapes: tuple[torch.Size, ...]

    @property
    def sizes(self) -> list[int]:
        """How many numbers each parameter has."""
        return [prod(shape) for shape in self.shapes]

    @property
    def dim(self) -> int:
        """How many numbers there are in all."""
        return sum(self.sizes)

    def split(self, points: Float[Tensor, "*batch dim"]) -> dict[str, Tensor]:
        """Return views of the parameters, each of shape `(*batch, *shape)`.

        Raises
        ------
        ValueError
            If the last axis is not one vector.
        """
        sizes = self.sizes
        if not isinstance(points, Tensor) or not points.ndim or points.shape[-1] != sum(sizes):
            got = tuple(points.shape) if isinstance(points, Tensor) else type(points).__name__
            raise ValueError(
                f"vectors must have {sum(sizes)} numbers in their last axis, got {got}"
            )
        parts = points.split(sizes, dim=-1)
        shaped = zip(self.names, self.shapes, parts, strict=True)
        batch = points.shape[:-1]
        return {name: part.reshape((*batch, *shape)) for name, shape, part in shaped}

    def rows(self, parts: State) -> Float[Tensor, "batch dim"]:
        """Return the vectors whose views are given, as `split` gives them for a batch."""
        return torch.cat([parts[name].reshape(len(parts[name]), -1) for name in self.names], dim=1)

    def join(self, state: State) -> Float[Tensor, "dim"]:
        """Return one vector of the parameters of a state dict; buffers in it are ignored.

        Raises
        ------
        ValueError
            If a parameter is missing, has another shape, is unknown, or is not finite.
        """
        missing = [name for name in self.names if name not in state]
        if missing:
            raise ValueError(
                f"the state lacks the parameters {missing[:5]} ({len(missing)} in all) and has "
                f"{sorted(set(state) - set(self.names))[:5]}; {self._way(state)}"
            )
        for name, shape in zip(self.names, self.shapes, strict=True):
            if state[name].shape != shape:
                raise ValueError(
                    f"parameter `{name}` must have shape {tuple(shape)}, got "
                    f"{tuple(state[name].shape)}: the state is of another architecture"
                )
        vector = torch.cat([state[name].detach().reshape(-1) for name in self.names])
        if not bool(vector.isfinite().all()):
            bad = [name for name in self.names if not bool(state[name].isfinite().all())]
            raise ValueError(f"parameters {bad[:5]} are not finite; take another checkpoint")
        return vector

    def _way(self, state: State) -> str:
        """Say what to do about a state that lacks parameters."""
        for name in state:
            before = str(name).removesuffix(self.names[0])
            if before != name and all(f"{before}{own}" in state for own in self.names):
                return (
                    f"all of them are there with `{before}` before their names: strip it, as "
                    f"`{{name.removeprefix({before!r}): part for name, part in state.items()}}`"
                )
        return "it is of another architecture"


class Pure:
    """A module as a pure function: `pure(parameters, inputs)`.

    Parameters
    ----------
    module : nn.Module
        Is copied, and not changed; each part stays in its mode, of training or evaluation.
        Parameters that do not require gradients are held as they are; tied ones move together.

    Attributes
    ----------
    module : nn.Module
        The copy, in which batch normalisation in training mode takes its statistics from the batch.
    layout : Layout
    writes : bool
        The module may write into its inputs, so each call gets a copy of them.
    apart : bool
        Parameters are copied out of their vector for each call: some views, as that of pairs of
        numbers as complex ones, do not begin anywhere in it.

    Raises
    ------
    ValueError
        If a layer is random, a parameter is not a real floating-point tensor, none is trainable, or
        the module cannot be copied or called with other parameters.
    """

    def __init__(self, module: nn.Module) -> None:
        _refuse(module)
        self.module, self.writes, self.apart = _copied(module), True, False
        for part in self.module.modules():
            if isinstance(part, NORMS) and part.training:
                part.track_running_stats = False
                part.running_mean = part.running_var = part.num_batches_tracked = None
            if isinstance(part, nn.Embedding | nn.EmbeddingBag):
                part.sparse = False  # the same gradient, in a form that fits into a vector
        moving = [(n, p) for n, p in self.module.named_parameters() if p.requires_grad]
        self.layout = Layout(tuple(n for n, _ in moving), tuple(p.shape for _, p in moving))
        self._places = places_of(self.module)
        self._parts = tuple(self.module.modules())
        self._held = self.held()

    def __call__(self, parameters: State, inputs: Tree) -> Tree:
        """Return the outputs of the module with these parameters.

        A tuple of inputs is its arguments, a dict its arguments by name.
        """
        if self.writes:
            inputs = mapped(inputs, Tensor.clone)
        with kept_attributes(self._parts):
            return called(self.module, self.state(parameters), inputs)

    def state(self, parameters: State) -> dict[str, Tensor]:
        """Return parameters and all that is held, by each of their places."""
        anchor = next(iter(parameters.values()))
        if self.apart:
            parameters = {name: part.clone() for name, part in parameters.items()}
        held = {n: like(part, anchor.dtype, anchor.device) for n, part in self._held.items()}
        named = [*held.items(), *parameters.items()]
        return {place: part for name, part in named for place in self._places[name]}

    def own(self, dtype: torch.dtype) -> dict[str, Tensor]:
        """Return the parameters of the copy itself, in a precision."""
        named = dict(self.module.named_parameters())
        return {name: named[name].detach().to(dtype) for name in self.layout.names}

    def held(self) -> dict[str, Tensor]:
        """Return by name what does not move: frozen parameters and buffers."""
        named = [*self.module.named_parameters(), *self.module.named_buffers()]
        return {name: tensor.detach() for name, tensor in named if name not in self.layout.names}

    def to(self, device: torch.device) -> None:
        """Move the copy to a device."""
        self.module.to(device)
        self._held = self.held()


def called(module: nn.Module, state: dict[str, Tensor], inputs: Tree) -> Tree:
    """Call a module with other parameters and buffers, which are given back when it is done.

    What it sets anew is in `state` afterwards.
    """
    positional, named = _arguments(inputs)
    # each place is named once: torch's own tying of weights would leave its tensors behind in a
    # layer that stands at two places
    with _RECOMPUTED.kept():
        return torch.func.functional_call(module, state, positional, named, tie_weights=False)


class _Recomputed:
    """What `torch.utils.checkpoint` would compute again in the backward pass.

    A module has its own parameters back by then, and would compute something else: gradients would
    be wrong, and say nothing. So it is called and kept, as everything else; the numbers are the
    same.
    """

    def __init__(self) -> None:
        self.lock, self.inside = threading.Lock(), 0
        names = {"CheckpointFunction": _Called, "_checkpoint_without_reentrant_generator": _no}
        own = recomputation.__dict__  # names are of this version, not all are public
        self.names = {name: stand_in for name, stand_in in names.items() if name in own}
        self.own = {name: own[name] for name in self.names}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it meanwhile, in whichever thread begins first and ends last."""
        with self.lock:
            self.inside += 1
            recomputation.__dict__.update(self.names)
        try:
            yield
        finally:
            with self.lock:
                self.inside -= 1
                if not self.inside:
                    recomputation.__dict__.update(self.own)


class _Called:
    """Stands for the function of torch that computes again."""

    @staticmethod
    def apply(function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        """Call a function."""
        return function(*args)


def _no(*_: Any, **__: Any) -> Iterator[None]:
    """Do nothing before a call and after it."""
    yield


_RECOMPUTED = _Recomputed()


def places_of(module: nn.Module) -> dict[str, tuple[str, ...]]:
    """Return by the name of each parameter and buffer all its places, each of them once."""
    held: dict[int, list[str]] = {}
    for prefix, part in module.named_modules():
        for name, tensor in [*part._parameters.items(), *part._buffers.items()]:
            if tensor is not None:
                held.setdefault(id(tensor), []).append(f"{prefix}.{name}" if prefix else name)
    return {names[0]: tuple(names) for names in held.values()}


@contextmanager
def kept_attributes(parts: tuple[nn.Module, ...]) -> Iterator[None]:
    """Set the attributes of some modules back to what they were, whatever is done meanwhile."""
    before = [dict(vars(part)) for part in parts]
    try:
        yield
    finally:
        for part, old in zip(parts, before, strict=True):
            now = vars(part)
            if len(now) != len(old) or any(now.get(name) is not old[name] for name in old):
                now.clear()
                now.update(old)


def normalises(module: nn.Module) -> bool:
    """Return whether outputs of one image depend on the others, by batch normalisation."""
    return any(
        isinstance(part, nn.modules.batchnorm._BatchNorm)
        and (part.training or part.running_mean is None)
        for part in module.modules()
    )


def notes(module: nn.Module) -> tuple[str, ...]:
    """Return what evaluation mode makes of a module, in words."""
    resting = [part for part in module.modules() if not part.training]
    dropout = any(
        (isinstance(part, DROPOUTS) and getattr(part, "p", 1.0))
        or (isinstance(part, nn.RNNBase | nn.MultiheadAttention) and part.dropout)
        for part in resting
    )
    running = any(isinstance(p, NORMS) and p.running_mean is not None for p in resting)
    words = {"dropout off": dropout, "normalised by running statistics": running}
    return tuple(word for word, holds in words.items() if holds)


def _arguments(inputs: Tree) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(inputs, dict):
        return (), inputs
    return (tuple(inputs) if isinstance(inputs, tuple) else (inputs,)), {}


def _copied(module: nn.Module) -> nn.Module:
    """Copy a module; what it has computed from its parameters is copied as numbers."""
    memo: dict[int, Any] = {}
    for part in module.modules():
        for value in vars(part).values():
            for tensor in tensors_of(value, 2) if not isinstance(value, nn.Module) else []:
                if tensor.grad_fn is not None:
                    memo[id(tensor)] = tensor.detach().clone()
    try:
        return copy.deepcopy(module, memo)
    except Exception as error:
        raise ValueError(
            f"{type(module).__name__} cannot be copied ({complaint(error)}); let `copy.deepcopy` "
            "work on it"
        ) from error


def _refuse(module: nn.Module) -> None:
    if not isinstance(module, nn.Module):
        raise ValueError(f"`module` must be a torch.nn.Module, got {type(module).__name__}")
    for name, part in module.named_modules():
        told = f"layer `{name}`" if name else "`module`"
        _refuse_part(f"{told} ({type(part).__name__})", part)
    for name, parameter in module.named_parameters():
        if is_lazy(parameter):
            raise ValueError(
                f"parameter `{name}` has no shape yet; call the lazy module once on a few images"
            )
        if parameter.device.type == "meta":
            raise ValueError(
                f"parameter `{name}` is on meta and holds no numbers; use `module.to_empty(...)` "
                "and give it some"
            )
        if not parameter.is_floating_point():
            way = (
                "let it be the pairs `torch.view_as_real(...)`, and call `torch.view_as_complex` "
                "on it in `forward`"
                if parameter.is_complex() else "make it a buffer, or convert it"
            )  # fmt: skip
            raise ValueError(
                f"parameter `{name}` must be real and floating-point, got {parameter.dtype}; {way}"
            )
    if not any(p.requires_grad for p in module.parameters()):
        raise ValueError("`module` has no parameter that requires a gradient; unfreeze one")


def _refuse_part(told: str, part: nn.Module) -> None:
    if isinstance(part, WRAPPERS):
        raise ValueError(f"{told} wraps a module for several devices; pass its `.module`")
    if isinstance(part, torch.jit.ScriptModule):
        raise ValueError(f"{told} is compiled by torch.jit; pass the module it was made of")
    active = part.training and isinstance(part, DROPOUTS) and getattr(part, "p", 1.0)
    if isinstance(part, nn.RNNBase | nn.MultiheadAttention):
        active = part.training and part.dropout
    if active or isinstance(part, FRACTIONAL):
        raise ValueError(
            f"{told} is random, so the loss is no function of the parameters; set its probability "
            "to 0, take it out, or pass `module.eval()`"
        )
    if isinstance(part, nn.Embedding | nn.EmbeddingBag) and part.max_norm is not None:
        raise ValueError(
            f"{told} rescales its own weights when it is called (`max_norm`), so its gradient is "
            "not that of its values; set `max_norm` to None, or rescale in `forward`"
        )
