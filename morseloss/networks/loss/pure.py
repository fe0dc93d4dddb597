"""`Pure`: a torch module as a function of its parameter vector, with nothing else that could vary.

The one idea: what is random or keeps state is refused by name, batch normalisation uses the images
that it is given, and what is left is a function of the parameters alone.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["NORMS", "Layout", "Pure", "layers_of", "normalises"]

RANDOM = (nn.modules.dropout._DropoutNd, nn.RReLU, nn.FractionalMaxPool2d, nn.FractionalMaxPool3d)
NORMS = (nn.modules.batchnorm._BatchNorm, nn.modules.instancenorm._InstanceNorm)

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
        """Return views of the parameters, each of shape `(*batch, *shape)`."""
        parts = points.split(self.sizes, dim=-1)
        shaped = zip(self.names, self.shapes, parts, strict=True)
        batch = points.shape[:-1]
        return {name: part.reshape((*batch, *shape)) for name, shape, part in shaped}

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
                f"{sorted(set(state) - set(self.names))[:5]}; it is of another architecture"
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


class Pure:
    """A module as a pure function: `pure(parameters, inputs)`.

    Parameters
    ----------
    module : nn.Module
        Is copied, and not changed. Parameters that do not require gradients are held as they are;
        tied ones move together.

    Attributes
    ----------
    module : nn.Module
        The copy, in which batch normalisation takes its statistics from the batch.
    layout : Layout

    Raises
    ------
    ValueError
        If a layer is random, a parameter is not a real floating-point tensor, or none is trainable.
    """

    def __init__(self, module: nn.Module) -> None:
        _refuse(module)
        self.module = copy.deepcopy(module).train()
        for part in self.module.modules():
            if isinstance(part, NORMS):
                part.track_running_stats = False
                part.running_mean = part.running_var = part.num_batches_tracked = None
        moving = [(n, p) for n, p in self.module.named_parameters() if p.requires_grad]
        self.layout = Layout(tuple(n for n, _ in moving), tuple(p.shape for _, p in moving))
        self._fixed = {
            name: tensor
            for name, tensor in [*self.module.named_parameters(), *self.module.named_buffers()]
            if name not in self.layout.names
        }

    def __call__(self, parameters: State, inputs: Tensor) -> Tensor:
        """Return the outputs of the module with these parameters."""
        like = next(iter(parameters.values()))
        fixed = {
            name: tensor.to(like) if tensor.is_floating_point() else tensor.to(like.device)
            for name, tensor in self._fixed.items()
        }
        return torch.func.functional_call(self.module, {**fixed, **parameters}, (inputs,))

    def check_state(self, inputs: Tensor) -> None:
        """Run twice, and see that nothing changes.

        Raises
        ------
        ValueError
            If outputs differ, or a buffer of the module is changed by a call.
        """
        parameters = {
            name: dict(self.module.named_parameters())[name].detach() for name in self.layout.names
        }
        before = {name: b.clone() for name, b in self.module.named_buffers()}
        with torch.no_grad():
            first, second = self(parameters, inputs), self(parameters, inputs)
        if not torch.equal(first, second):
            raise ValueError(
                f"{type(self.module).__name__} gives two outputs for one input: a layer draws "
                "random numbers, and the loss is no function of the parameters; take it out"
            )
        after = dict(self.module.named_buffers())
        changed = [name for name, old in before.items() if not torch.equal(old, after[name])]
        if changed:
            raise ValueError(
                f"a call changes the buffers {changed[:5]}: the loss depends on the calls before; "
                "take the layer out, or freeze it"
            )


def layers_of(module: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    """Return the layers of (nested) `nn.Sequential`, in order, with their names.

    A layer that stands in it twice, as one activation for all, is there twice.
    """
    if type(module).forward is not nn.Sequential.forward:
        return [(prefix.removesuffix("."), module)]
    parts = module._modules.items()
    return [layer for name, part in parts if part for layer in layers_of(part, f"{prefix}{name}.")]


def normalises(module: nn.Module) -> bool:
    """Return whether outputs of one image depend on the others, by batch normalisation."""
    return any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.modules())


def _refuse(module: nn.Module) -> None:
    if not isinstance(module, nn.Module):
        raise ValueError(f"`module` must be a torch.nn.Module, got {type(module).__name__}")
    for name, part in module.named_modules():
        active = getattr(part, "p", 1.0) if isinstance(part, RANDOM) else 0.0
        if isinstance(part, nn.RNNBase):
            active = part.dropout
        if isinstance(part, nn.MultiheadAttention):
            active = part.dropout
        if active:
            raise ValueError(
                f"layer `{name}` ({type(part).__name__}) is random, so the loss is no function of "
                "the parameters; set its probability to 0, or take it out"
            )
    for name, parameter in module.named_parameters():
        if not parameter.is_floating_point():
            raise ValueError(
                f"parameter `{name}` must be real and floating-point, got {parameter.dtype}; "
                "make it a buffer, or convert it"
            )
    if not any(p.requires_grad for p in module.parameters()):
        raise ValueError("`module` has no parameter that requires a gradient; unfreeze one")
