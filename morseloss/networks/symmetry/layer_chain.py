"""`symmetry_of`: the symmetry of a network, read off its operations, or the layers of a chain.

The one idea of chains: walk along them with the units of the last layer in hand. The next layer
takes them in by its columns, what stands between may only act on each of them alone, and a sign
goes through what is odd.
"""

from dataclasses import dataclass, field, replace

from torch import nn

from morseloss.networks.loss.layers import ELEMENTWISE, NORMS, flattens, is_stock, layers_of
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Pure
from morseloss.networks.loss.rows import Tree, spread, taken
from morseloss.networks.symmetry.symmetry import Axis, Group, Symmetry
from morseloss.networks.symmetry.traced.module_symmetry import module_symmetry

__all__ = ["symmetry_of"]

IMAGES = 3  # on which a module is run
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
ODD = (nn.Tanh, nn.Softsign, nn.Identity, nn.Tanhshrink, nn.Hardshrink, nn.Softshrink)
DROPOUTS = (
    nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.FeatureAlphaDropout
)  # fmt: skip
CHANNELS = (
    nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm,
    nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d,
)  # fmt: skip
MAXIMA = (
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d,
    nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
)  # fmt: skip
MEANS = (
    nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d,
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d,
)  # fmt: skip

_Layer = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
_Norm = nn.modules.batchnorm._BatchNorm | nn.modules.instancenorm._InstanceNorm


def symmetry_of(network: Pure | NetworkLandscape) -> Symmetry:
    """Return what can be done to the hidden units of a network without changing its outputs.

    Parameters
    ----------
    network : NetworkLandscape, or Pure
        Of a landscape the module is run on a few images, and its symmetry is read off the
        operations: any architecture. Of a `Pure` alone, without images, it is read off the layers:
        a (nested) `nn.Sequential` of linear layers, convolutions, batch normalisation, elementwise
        activations, pooling and `nn.Flatten`.

    Returns
    -------
    Symmetry
        Channels, neurons and heads can be exchanged; where only odd functions (tanh) follow, their
        signs can be flipped as well, and so can the signs of what batch normalisation takes in. Of
        a landscape also what can be mixed and scaled. Frozen parameters are left alone, and so is
        what is not understood: see `pinned`.

    Raises
    ------
    ValueError
        If the module cannot be traced, or (without images) is no such chain: give the groups by
        hand then.

    References
    ----------
    Hecht-Nielsen, "On the algebraic structure of feedforward network weight spaces", 1990.
    Ainsworth, Hayase, Srinivasa, "Git Re-Basin", 2023.
    Ashkboos et al., "SliceGPT", 2024, section 3 (rotations under normalisation).

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.symmetry.layer_chain import symmetry_of
    >>> from morseloss.networks.loss.pure import Pure
    >>> module = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> symmetry = symmetry_of(Pure(module))
    >>> symmetry.sizes, symmetry.groups[0].flips
    ((3,), 1)
    >>> x, y = torch.randn(20, 4), torch.arange(20) % 2
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y)
    >>> symmetry_of(land).groups == symmetry.groups
    True
    """
    if not isinstance(network, NetworkLandscape):
        return _of_chain(network)
    try:
        chain = _of_chain(network.pure)
    except ValueError:
        return module_symmetry(network.pure, _few(network))
    try:
        found = module_symmetry(network.pure, _few(network))
    except ValueError:
        return chain
    # one group may be written in several ways: a chain's is that of its layers
    known = {_places(group): group for group in chain.groups}
    groups = [known.get(_places(group), group) for group in found.groups]
    mixings = [
        replace(m, exchange=known.get(_places(m.exchange), m.exchange)) if m.exchange else m
        for m in found.mixings
    ]
    return Symmetry(found.layout, groups, mixings, found.scalings, found.pinned)


def _few(land: NetworkLandscape) -> Tree:
    """Return a few images, spread over all."""
    return taken(land.inputs, spread(len(land), IMAGES).to(land.device))


def _places(group: Group) -> frozenset[tuple[str, int, int, int]]:
    return frozenset((a.name, a.axis, a.block, a.start) for a in group.axes)


def _of_chain(pure: Pure) -> Symmetry:
    """Return the permutations and sign flips of a chain of layers."""
    module, layout = pure.module, pure.layout
    named = [name for name, _ in module.named_parameters(remove_duplicate=False)]
    if len(named) > len(list(module.parameters())):
        raise ValueError(
            f"{type(module).__name__} shares parameters between layers (one of "
            f"{named[:6]}); {_REMEDY}"
        )
    groups, walk = [], _Walk()
    for name, layer in layers_of(module):
        walk, closed = walk.through(name, layer)
        if closed is not None and all(axis.name in layout.names for axis in closed.axes):
            groups.append(closed)
    return Symmetry(layout, groups)


_REMEDY = (
    "pass the landscape, `symmetry_of(landscape)`, which reads any module off its operations, or "
    "name the units that can be exchanged, as in `Symmetry(landscape.pure.layout, [Group((Axis("
    '"first.weight", 0), Axis("first.bias", 0), Axis("second.weight", 1)))])`'
)


@dataclass(frozen=True)
class _Walk:
    """What is in hand between two layers.

    Attributes
    ----------
    axes : tuple of Axis
        Where the units stand so far; empty at the inputs, which cannot be exchanged.
    size : int
    flips : int
        Kinds of sign flips met so far.
    out : int or None
        The flip that the units carry on to the next layer.
    pixels : int
        Axes of pixels of a channel, not yet flattened; 0 for a neuron.
    flat : bool
        It was a channel, and its pixels now stand next to each other.
    stop : str
        A layer that is not understood; it matters if units are to pass it.
    """

    axes: tuple[Axis, ...] = ()
    size: int = 0
    flips: int = 0
    out: int | None = None
    pixels: int = 0
    flat: bool = False
    stop: str = field(default="")

    def through(self, name: str, layer: nn.Module) -> tuple["_Walk", Group | None]:
        """Return what is in hand after a layer, and the group that it completes."""
        if isinstance(layer, LAYERS) and is_stock(layer, LAYERS):
            return self._produced(name, layer), self._closed(name, layer)
        if list(layer.parameters()) and not is_stock(layer, (*CHANNELS, nn.PReLU)):
            raise ValueError(f"{_told(name, layer)} is not understood; {_REMEDY}")
        return (self._between(name, layer) if self.size else self), None

    def _produced(self, name: str, layer: _Layer) -> "_Walk":
        parts = ["weight"] if layer.bias is None else ["weight", "bias"]
        axes = tuple(Axis(f"{name}.{part}", 0, flips=(0,)) for part in parts)
        pixels = len(layer.kernel_size) if isinstance(layer, CONVOLUTIONS) else 0
        return _Walk(axes, len(layer.weight), flips=1, out=0, pixels=pixels)

    def _closed(self, name: str, layer: _Layer) -> Group | None:
        if self.stop or getattr(layer, "groups", 1) != 1:
            raise ValueError(f"{self.stop or _told(name, layer)} is not understood; {_REMEDY}")
        if not self.size:
            return None
        width = layer.in_channels if isinstance(layer, CONVOLUTIONS) else layer.in_features
        block, rest = divmod(width, self.size)
        kind = bool(self.pixels) == isinstance(layer, CONVOLUTIONS)
        if rest or not kind or (block > 1 and not self.flat):
            raise ValueError(
                f"{_told(name, layer)} takes in {width} numbers after a layer of {self.size} "
                f"units, and how they belong together is not understood; {_REMEDY}"
            )
        flips = () if self.out is None else (self.out,)
        axes = (*self.axes, Axis(f"{name}.weight", 1, block, flips))
        used = sorted({flip for axis in axes for flip in axis.flips})
        fresh = {flip: number for number, flip in enumerate(used)}
        axes = (replace(axis, flips=tuple(fresh[f] for f in axis.flips)) for axis in axes)
        return Group(tuple(axes), len(used))

    def _between(self, name: str, layer: nn.Module) -> "_Walk":
        if isinstance(layer, NORMS) and is_stock(layer, CHANNELS) and self._fits(layer):
            return self._normalised(name, layer)
        if (
            isinstance(layer, nn.PReLU)
            and is_stock(layer, (nn.PReLU,))
            and layer.num_parameters in (1, self.size)
        ):
            walk = self._unsigned()
            own = Axis(f"{name}.weight", 0)
            return replace(walk, axes=(*walk.axes, own)) if layer.num_parameters > 1 else walk
        if flattens(layer):
            return replace(self, pixels=0, flat=bool(self.pixels))
        symmetric = type(layer) is nn.Hardtanh and layer.min_val == -layer.max_val
        odd = is_stock(layer, (*ODD, *DROPOUTS)) or (symmetric and is_stock(layer, (nn.Hardtanh,)))
        if odd or (is_stock(layer, MEANS) and self._fits(layer)):
            return self
        if is_stock(layer, ELEMENTWISE) or (is_stock(layer, MAXIMA) and self._fits(layer)):
            return self._unsigned()
        return replace(self, stop=_told(name, layer))

    def _fits(self, layer: nn.Module) -> bool:
        """Whether a layer takes each channel by itself: one of as many axes as the convolution.

        Any other takes the channels for an axis of one image, and mixes them. Neurons are channels
        of batch normalisation alone. Running statistics belong to single channels.
        """
        kind = next(k for k in type(layer).__mro__ if k.__module__.startswith("torch."))
        axes = kind.__name__[-2:-1]  # as of `BatchNorm2d`
        if getattr(layer, "running_mean", None) is not None:
            return False
        if isinstance(layer, nn.modules.batchnorm._BatchNorm):
            return axes not in "123" or max(self.pixels, 1) == int(axes)
        return axes == str(self.pixels)

    def _normalised(self, name: str, layer: _Norm) -> "_Walk":
        """Its scale takes up the sign of what comes in, and gives its outputs one of their own."""
        if not layer.affine:
            return self
        fresh = self.flips
        taken = () if self.out is None else (self.out,)
        block = layer.num_features // self.size
        own = (Axis(f"{name}.weight", 0, block, (*taken, fresh)),
               Axis(f"{name}.bias", 0, block, (fresh,)))  # fmt: skip
        return replace(self, axes=(*self.axes, *own), flips=fresh + 1, out=fresh)

    def _unsigned(self) -> "_Walk":
        """A function that is not odd: the sign goes no further, so it cannot be flipped."""
        kept = (
            replace(axis, flips=tuple(flip for flip in axis.flips if flip != self.out))
            for axis in self.axes
        )
        return replace(self, axes=tuple(kept), out=None)


def _told(name: str, layer: nn.Module) -> str:
    return f"layer `{name}` ({type(layer).__name__})" if name else type(layer).__name__
