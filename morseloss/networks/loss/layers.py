"""Layers: which parts of a module do exactly what torch's class of that name does.

The one idea: a layer may be read instead of called only where both give the same, so none that has
a forward of its own, a hook or computed weights. Whatever looks into a module asks here.
"""

from collections.abc import Sequence

from torch import nn

__all__ = ["ELEMENTWISE", "NORMS", "chain_of", "flattens", "is_stock", "layers_of"]

NORMS = (nn.modules.batchnorm._BatchNorm, nn.modules.instancenorm._InstanceNorm)
ELEMENTWISE = (
    nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.SiLU, nn.ELU, nn.LeakyReLU, nn.Softplus, nn.Identity,
    nn.Hardtanh, nn.ReLU6, nn.SELU, nn.CELU, nn.Softsign, nn.LogSigmoid, nn.Mish, nn.Hardswish,
)  # fmt: skip

HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
EVERYWHERE = (
    "_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks",
    "_global_backward_pre_hooks",
)  # fmt: skip
# what a subclass may have of its own without a call doing anything else
HARMLESS = {
    "__init__", "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__hash__",
    "__annotations__", "__annotate__", "__annotate_func__", "__annotations_cache__",
    "__firstlineno__", "__static_attributes__", "__constants__", "__init_subclass__",
    "__parameters__", "__orig_bases__", "__repr__", "extra_repr", "reset_parameters", "train",
    "__abstractmethods__", "_abc_impl",
}  # fmt: skip


def is_stock(layer: nn.Module, kinds: Sequence[type[nn.Module]]) -> bool:
    """Return whether a call of a layer does what one of some classes of torch does.

    Not so if it or its class has a forward of its own, if it has hooks (or all modules have), or
    if its weights are computed (parametrised, normalised, pruned) or of a class of their own.
    """
    lineage = type(layer).__mro__
    base = next((kind for kind in lineage if kind in kinds), None)
    if base is None or any(getattr(layer, hooks) for hooks in HOOKS):
        return False
    if any(getattr(nn.modules.module, hooks) for hooks in EVERYWHERE):
        return False
    own = {name for kind in lineage[: lineage.index(base)] for name in vars(kind)} - HARMLESS
    own |= {name for name in vars(layer) if callable(getattr(base, name, None))}
    weights = {"weight", "bias"} & {*own, *vars(layer), *layer._buffers}
    if weights or any(hasattr(base, name) for name in own):
        return False
    parts = base is nn.Sequential or not layer._modules
    return parts and all(p is None or type(p) is nn.Parameter for p in layer._parameters.values())


def layers_of(module: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    """Return the layers of (nested) `nn.Sequential`, in order, with their names.

    A layer that stands in it twice, as one activation for all, is there twice. A container with
    hooks or a forward of its own is one layer.
    """
    if not is_stock(module, (nn.Sequential,)):
        return [(prefix.removesuffix("."), module)]
    parts = module._modules.items()
    return [
        layer
        for name, part in parts
        if part is not None
        for layer in layers_of(part, f"{prefix}{name}.")
    ]


def chain_of(module: nn.Module) -> tuple[tuple[str, nn.Module], ...] | None:
    """Return the layers of a chain of linear layers and elementwise activations, else None.

    Takes a linear layer or (nested) `nn.Sequential`; what flattens the images of a linear layer is
    left out.
    """
    layers = [(name, layer) for name, layer in layers_of(module) if not flattens(layer)]
    known = all(
        is_stock(layer, (nn.Linear,))
        or (is_stock(layer, ELEMENTWISE) and not list(layer.parameters()))
        for _, layer in layers
    )
    return tuple(layers) if known else None


def flattens(layer: nn.Module) -> bool:
    """Return whether a layer makes one row of each image, and does nothing else."""
    if not is_stock(layer, (nn.Flatten,)):
        return False
    return (getattr(layer, "start_dim", None), getattr(layer, "end_dim", None)) == (1, -1)
