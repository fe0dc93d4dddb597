"""`activations`: how active the units of each group are on images, as vectors.

The one idea: a unit goes out of the layer whose weights have it as a row, and into the layer whose
weights have it as a column. What passes there is recorded, and stands in a layout of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.layers import NORMS
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Layout
from morseloss.networks.loss.rows import cast, taken
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, Group

__all__ = ["Activations", "activations", "seen_symmetry"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
SAMPLES = 4096  # images or places of them, at most: correlations of more differ little


@dataclass(frozen=True)
class Site:
    """Where units pass: into or out of a layer, along one axis of what passes.

    Attributes
    ----------
    layer : str
    out : bool
        They come out of it; else they go into it.
    axis : Axis
        Of the parameter by which they are known there.
    """

    layer: str
    out: bool
    axis: Axis

    @property
    def name(self) -> str:
        """Its name in the layout."""
        return f"{self.layer}:{'out' if self.out else 'in'}"


@dataclass(frozen=True, eq=False)
class Activations:
    """What was recorded of networks.

    Attributes
    ----------
    sites : tuple of tuple of Site
        Of each group.
    layout : Layout
        A matrix (units, images) a site.
    rows : Tensor, shape (networks, layout.dim)
    """

    sites: tuple[tuple[Site, ...], ...]
    layout: Layout
    rows: Points


def activations(
    landscape: NetworkLandscape, symmetry: Symmetry, points: Points, images: int
) -> Activations:
    """Record the activations of units on the first images, centred, each unit of one length.

    Raises
    ------
    ValueError
        If the units of a group pass no layer whose activations can be read.
    """
    sites = tuple(_sites(landscape, group) for group in symmetry.groups)
    for group, found in zip(symmetry.groups, sites, strict=True):
        if not found:
            raise ValueError(
                f"the units of {group} pass no linear layer, convolution, embedding or "
                "normalisation whose activations can be read; take `WeightMatching()`"
            )
    inputs = cast(taken(landscape.inputs, slice(0, images)), points.dtype)
    split = landscape.pure.layout.split
    rows, shapes, every = [], {}, [site for found in sites for site in found]
    for point in points:
        with _recorded(landscape, every) as passed, torch.no_grad():
            landscape.pure(split(point), inputs)
        parts = {s.name: _scaled(torch.cat(passed[s.name], 1), s.axis.block) for s in every}
        shapes = {name: part.shape for name, part in parts.items()}
        rows.append(torch.cat([part.flatten() for part in parts.values()]))
    return Activations(sites, Layout(tuple(shapes), tuple(shapes.values())), torch.stack(rows))


def seen_symmetry(symmetry: Symmetry, seen: Activations) -> Symmetry:
    """Return the symmetry as it acts on what was recorded."""
    groups = [
        Group(tuple(replace(s.axis, name=s.name, axis=0) for s in sites), group.flips)
        for group, sites in zip(symmetry.groups, seen.sites, strict=True)
    ]
    return Symmetry(seen.layout, groups)


def _sites(landscape: NetworkLandscape, group: Group) -> tuple[Site, ...]:
    """Where the units of a group pass, each place once."""
    layers, found = dict(landscape.pure.module.named_modules()), {}
    for axis in group.axes:
        layer, _, part = axis.name.rpartition(".")
        out = _comes_out(layers.get(layer), part, axis.axis)
        if out is not None:
            site = Site(layer, out, axis)
            found.setdefault(site.name, site)
    return tuple(found.values())


def _comes_out(layer: nn.Module | None, part: str, axis: int) -> bool | None:
    """Whether an axis of a parameter is of outputs; None where neither that nor of inputs."""
    if part != "weight":
        return None
    if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
        grouped = getattr(layer, "groups", 1) > 1
        return {0: True, 1: None if grouped else False}.get(axis)
    if isinstance(layer, nn.Embedding):
        return True if axis == 1 else None
    return True if isinstance(layer, NORMS) and axis == 0 else None


@contextmanager
def _recorded(
    landscape: NetworkLandscape, sites: list[Site]
) -> Iterator[dict[str, list[Float[Tensor, "units _"]]]]:
    """Note what passes the sites while a network is called; a layer may be called many times."""
    layers = dict(landscape.pure.module.named_modules())
    passed = {site.name: [] for site in sites}

    def hook(site: Site):
        def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            passed[site.name].append(_units_by_images(output if site.out else inputs[0], layer))

        return layers[site.layer].register_forward_hook(note)

    handles = [hook(site) for site in {site.name: site for site in sites}.values()]
    try:
        yield passed
    finally:
        for handle in handles:
            handle.remove()


def _units_by_images(tensor: Tensor, layer: nn.Module) -> Float[Tensor, "units images"]:
    """Return what passed a layer, a row a unit; of very many places some, evenly spread."""
    dims = len(layer.kernel_size) if isinstance(layer, CONVOLUTIONS) else 0
    place = 1 if isinstance(layer, NORMS) else -1 - dims
    part = tensor.movedim(place, 0).flatten(1)
    return part[:, :: -(-part.shape[1] // SAMPLES)]


def _scaled(part: Float[Tensor, "units images"], block: int) -> Float[Tensor, "units images"]:
    """Centre each row and give each unit length 1; one that never changes stays 0."""
    centred = part - part.mean(1, keepdim=True)
    norms = centred.unflatten(0, (-1, block)).norm(dim=(1, 2)).repeat_interleave(block)[:, None]
    return centred / norms.where(norms > 0, 1)
