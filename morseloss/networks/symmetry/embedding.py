"""`widened` and `deepened`: a network inside a larger one that computes the same.

The one idea: new units get zeros in all their weights, and a new layer after a ReLU gets the
identity. Both maps of parameter vectors are affine: they carry whole paths into the larger network.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.layers import NORMS, is_stock, layers_of
from morseloss.networks.loss.pure import Pure
from morseloss.networks.symmetry.layer_chain import CONVOLUTIONS, LAYERS, symmetry_of
from morseloss.networks.symmetry.symmetry import Axis

__all__ = ["Embedded", "deepened", "widened"]

IDEMPOTENT = (nn.ReLU, nn.ReLU6, nn.Hardtanh, nn.Identity)  # f(f(x)) = f(x)


@dataclass(frozen=True, eq=False)
class Embedded:
    """Networks inside larger ones.

    Attributes
    ----------
    module : nn.Module
        The larger architecture.
    points : Tensor, shape (batch, larger dim)
        Its vectors, which compute what the smaller networks did.
    ones : int
        Weights that are 1 in all of them, for which the regulariser pays.
    """

    module: nn.Module
    points: Points
    ones: int

    def shift(self, weight_decay: float) -> float:
        """Return by how much the loss is larger: `weight_decay / 2` for each of the ones."""
        return weight_decay / 2 * self.ones


def widened(module: nn.Module, points: Points, widths: int | Mapping[str, int]) -> Embedded:
    """Return networks with more units in their hidden layers, which compute the same.

    Parameters
    ----------
    module : nn.Module
        A chain, as `symmetry_of` takes it, all of it trainable.
    points : Tensor, shape (batch, dim)
        Its parameter vectors.
    widths : int or mapping
        Neurons or channels of all hidden layers, or of some by the name of the layer.

    Returns
    -------
    Embedded
        The loss is the same, with weight decay too. New units have zeros for all weights, so the
        gradient along them vanishes: a minimum becomes a saddle, to be left by a perturbation.

    Raises
    ------
    ValueError
        If the module is no chain, a name is no hidden layer, or a layer would shrink.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.5.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks.symmetry.embedding import widened
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> widened(module, torch.randn(5, 23), 8).points.shape
    torch.Size([5, 58])
    """
    pure = _trainable(module, points)
    symmetry = symmetry_of(pure)
    sizes = {
        group.axes[0].name.removesuffix(".weight"): size
        for group, size in zip(symmetry.groups, symmetry.sizes, strict=True)
    }
    wanted = dict.fromkeys(sizes, widths) if isinstance(widths, int) else dict(widths)
    for name, width in wanted.items():
        if name not in sizes or width < sizes[name]:
            raise ValueError(
                f"cannot widen layer `{name}` to {width}: the hidden layers have {sizes}; name "
                "some of them, with as many units or more"
            )
    parts = pure.layout.split(points)
    for group, size in zip(symmetry.groups, symmetry.sizes, strict=True):
        more = wanted.get(group.axes[0].name.removesuffix(".weight"), size) - size
        for axis in group.axes:
            parts[axis.name] = _padded(parts[axis.name], axis, size, more)
    larger, growth = copy.deepcopy(module), Fraction(1)
    for name, layer in layers_of(larger):
        shapes = {n: parts[f"{name}.{n}"].shape[1:] for n in dict(layer.named_parameters())}
        growth = _resized(layer, shapes, growth)
    return Embedded(larger, _joined(larger, parts), 0)


def deepened(module: nn.Module, points: Points, after: str) -> Embedded:
    """Return networks with one more layer, which compute the same.

    Parameters
    ----------
    module : nn.Module
        (Nested) `nn.Sequential`, all of it trainable.
    points : Tensor, shape (batch, dim)
        Its parameter vectors.
    after : str
        Name of a linear layer or convolution. The new layer stands behind the activation that
        follows, which is applied once more: it must be ReLU or another f with `f(f(x)) = f(x)`.

    Returns
    -------
    Embedded
        Its module is one plain `nn.Sequential`, layers numbered anew. The new layer is the identity
        with biases zero; among convolutions, one of the same kernel with a 1 in the middle. With
        weight decay the loss rises by `shift(weight_decay)`.

    Raises
    ------
    ValueError
        If there is no such layer, or no such activation follows it.

    References
    ----------
    Barannikov et al., Loss barcode, section 3.5.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks.symmetry.embedding import deepened
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> larger = deepened(module, torch.randn(5, 23), "0")
    >>> larger.points.shape, larger.shift(weight_decay=1e-3)
    (torch.Size([5, 35]), 0.0015)
    """
    pure, named = _trainable(module, points), layers_of(module)
    names = [name for name, _ in named]
    place = names.index(after) if after in names else len(names)
    behind = [i for i in range(place + 1, len(names)) if not isinstance(named[i][1], NORMS)]
    giver = named[place][1] if after in names else None
    follower = named[behind[0]][1] if behind else None
    if (
        not isinstance(giver, LAYERS)
        or not isinstance(follower, IDEMPOTENT)
        or not (is_stock(giver, LAYERS) and is_stock(follower, IDEMPOTENT))
    ):
        raise ValueError(
            "a layer can be added after a linear layer or convolution that has ReLU behind it, "
            "both as torch has them, without hooks or computed weights, got "
            f"`{after}`: {type(giver).__name__} before {type(follower).__name__}; the layers are "
            f"{names[:20]}"
        )
    fresh, cut = _identity(giver, after), behind[0] + 1
    layers = [layer for _, layer in named]
    layers = [*layers[:cut], fresh, follower, *layers[cut:]]
    larger = nn.Sequential(*[copy.deepcopy(layer) for layer in layers])
    numbers = {name: i if i < cut else i + 2 for i, name in enumerate(names)}
    parts = {}
    for name, part in pure.layout.split(points).items():
        layer = next(n for n in names if name.startswith(f"{n}."))
        parts[f"{numbers[layer]}{name.removeprefix(layer)}"] = part
    for own, part in fresh.named_parameters():
        parts[f"{cut}.{own}"] = part.detach().to(points).expand(len(points), *part.shape)
    return Embedded(larger, _joined(larger, parts), len(giver.weight))


def _trainable(module: nn.Module, points: Points) -> Pure:
    pure = Pure(module)
    frozen = [name for name, part in module.named_parameters() if not part.requires_grad]
    own = dict(module.named_parameters())
    everywhere = module.named_parameters(remove_duplicate=False)
    shared = [name for name, _ in everywhere if name not in own]
    if shared:
        raise ValueError(
            f"parameters {shared[:5]} are shared with others; give each layer its own to embed them"
        )
    if frozen:
        raise ValueError(f"parameters {frozen[:5]} are frozen; make them trainable to embed them")
    if points.ndim != 2 or points.shape[1] != pure.layout.dim:
        raise ValueError(
            f"`points` must have shape (batch, {pure.layout.dim}) for this module, got "
            f"{tuple(points.shape)}"
        )
    return pure


def _joined(larger: nn.Module, parts: Mapping[str, Tensor]) -> Points:
    return Pure(larger).layout.rows(parts)


def _padded(part: Tensor, axis: Axis, size: int, more: int) -> Tensor:
    """Return a batched parameter with zeros for more units along an axis."""
    place = axis.axis + 1
    units = part.unflatten(place, (size, axis.block))
    shape = [*units.shape[:place], more, *units.shape[place + 1 :]]
    return torch.cat([units, units.new_zeros(shape)], dim=place).flatten(place, place + 1)


def _resized(layer: nn.Module, shapes: Mapping[str, torch.Size], growth: Fraction) -> Fraction:
    """Give a layer parameters of other shapes; return how many times as many units it gives.

    `growth` is that of the units it takes in.
    """
    for name, shape in shapes.items():
        old = getattr(layer, name)
        setattr(layer, name, nn.Parameter(old.new_zeros(shape)))
    if isinstance(layer, nn.Linear):
        old = layer.out_features
        layer.out_features, layer.in_features = layer.weight.shape
        return Fraction(layer.out_features, old)
    if isinstance(layer, CONVOLUTIONS):
        old = layer.out_channels
        layer.out_channels, layer.in_channels = layer.weight.shape[:2]
        return Fraction(layer.out_channels, old)
    if isinstance(layer, NORMS):
        layer.num_features = int(layer.num_features * growth)
        for name, buffer in dict(layer.named_buffers(recurse=False)).items():
            if buffer.ndim:
                more = buffer.new_full((layer.num_features - len(buffer),), float("var" in name))
                layer.register_buffer(name, torch.cat([buffer, more]))
    if isinstance(layer, nn.PReLU):
        layer.num_parameters = len(layer.weight)
    return growth


def _identity(giver: nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d, name: str) -> nn.Module:
    """Return a layer that gives what it takes, of the kind of another."""
    fresh, units = copy.deepcopy(giver), len(giver.weight)
    fresh.weight = nn.Parameter(giver.weight.new_zeros(units, units, *giver.weight.shape[2:]))
    if isinstance(fresh, nn.Linear):
        fresh.in_features = units
        nn.init.eye_(fresh.weight)
    else:
        fresh.in_channels, ones = units, (1,) * len(fresh.kernel_size)
        fresh.stride, fresh.dilation, fresh.padding_mode = ones, ones, "zeros"
        fresh.padding, fresh.groups = tuple(width // 2 for width in fresh.kernel_size), 1
        if not all(width % 2 for width in fresh.kernel_size):
            raise ValueError(
                f"layer `{name}` has a kernel of {fresh.kernel_size}: only one of odd size has a "
                "middle; choose another layer"
            )
        nn.init.dirac_(fresh.weight)
    if fresh.bias is not None:
        nn.init.zeros_(fresh.bias)
    return fresh
