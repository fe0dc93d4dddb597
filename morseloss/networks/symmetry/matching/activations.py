"""`activations`: how active the units of each group are on images, as vectors.

The one idea: a unit goes out of the layer whose weights have it as a row, and into the layer whose
weights have it as a column. What passes there is recorded, and stands in a layout of its own.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.layers import NORMS
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Layout
from morseloss.networks.loss.rows import cast, taken
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, Group, Mixing, axes_of

__all__ = ["activations"]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
SAMPLES = 4096  # images or places of them, at most: correlations of more differ little
OUT, IN = "out of", "into"


def activations(
    landscape: NetworkLandscape, symmetry: Symmetry, points: Points, images: int
) -> tuple[Symmetry, Float[Tensor, "batch seen"]]:
    """Record the activations of units on the first images, centred, and scaled to one length.

    Returns
    -------
    Symmetry
        How groups and mixings act on what was recorded: a matrix (units, images) a site.
    Tensor, shape (networks, recorded)

    Raises
    ------
    ValueError
        If the units of a group pass no layer whose activations can be read.
    """
    layers = dict(landscape.pure.module.named_modules())
    for group in (*symmetry.groups, *symmetry.mixings):
        _check_passing(layers, group)
    groups = [_seen_group(layers, group) for group in symmetry.groups]
    mixings = [_seen_mixing(layers, mixing) for mixing in symmetry.mixings]
    sites = sorted({axis.name for group in (*groups, *mixings) for axis in group.axes})
    inputs = cast(taken(landscape.inputs, slice(0, images)), points.dtype)
    spans, split, rows, shapes = _spans(groups, mixings), landscape.pure.layout.split, [], {}
    for point in points:
        with _recorded(layers, sites) as passed, torch.no_grad():
            landscape.pure(split(point), inputs)
        parts = {s: _scaled(torch.cat(passed[s], 1), spans[s]) for s in sites}
        shapes = {site: part.shape for site, part in parts.items()}
        rows.append(torch.cat([part.flatten() for part in parts.values()]))
    layout = Layout(tuple(shapes), tuple(shapes.values()))
    return Symmetry(layout, groups, mixings), torch.stack(rows)


def _check_passing(layers: dict[str, nn.Module], group: Group | Mixing) -> None:
    axes = axes_of(group)
    if not _sites(layers, axes):
        raise ValueError(
            f"the units of {sorted({axis.name for axis in axes})} pass no "
            "linear layer, convolution, embedding or normalisation whose weights are as torch has "
            "them, so their activations cannot be read; take `WeightMatching()`"
        )


def _seen_group(layers: dict[str, nn.Module], group: Group) -> Group:
    return replace(group, axes=_sites(layers, group.axes))


def _seen_mixing(layers: dict[str, nn.Module], mixing: Mixing) -> Mixing:
    """Where mixed units pass; what gains multiply is not seen.

    As rotations: activations that no matrix makes alike would ask for extreme ones.
    """
    beside = {a for gain in mixing.gains for a in (gain.axis, *gain.readers, *gain.shifts)}
    found = _sites(layers, [axis for axis in axes_of(mixing) if axis not in beside])
    return Mixing(found, size=mixing.size, orthogonal=True, ones=mixing.ones)


def _sites(layers: dict[str, nn.Module], axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Return axes of what passes into and out of layers, each once."""
    found: dict[Axis, None] = {}
    for axis in axes:
        layer, _, part = axis.name.rpartition(".")
        way = _way(layers.get(layer), part, axis.axis)
        if way:
            found[replace(axis, name=f"{way} {layer}", axis=0, within=())] = None
    return tuple(found)


def _way(layer: nn.Module | None, part: str, axis: int) -> str:
    """Whether an axis of a parameter is of outputs or inputs; empty where of neither.

    Of a normalisation the shift has the sign of what comes out.
    """
    if isinstance(layer, NORMS):
        return OUT if part == "bias" and axis == 0 else ""
    if part != "weight":
        return ""
    if isinstance(layer, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
        grouped = getattr(layer, "groups", 1) > 1
        return {0: OUT, 1: "" if grouped else IN}.get(axis, "")
    return OUT if isinstance(layer, nn.Embedding) and axis == 1 else ""


@contextmanager
def _recorded(
    layers: dict[str, nn.Module], sites: Sequence[str]
) -> Iterator[dict[str, list[Float[Tensor, "units _"]]]]:
    """Note what passes the sites while a network is called; a layer may be called many times."""
    passed = {site: [] for site in sites}

    def watched(site: str) -> torch.utils.hooks.RemovableHandle:
        way = OUT if site.startswith(OUT) else IN

        def note(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            passed[site].append(_units_by_images(output if way == OUT else inputs[0], layer))

        return layers[site.removeprefix(f"{way} ")].register_forward_hook(note)

    handles = [watched(site) for site in sites]
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


Span = tuple[int, int | None, int]
"""Where rows begin and end, and how many next to each other have one length."""


def _spans(groups: list[Group], mixings: list[Mixing]) -> dict[str, set[Span]]:
    """Return by site the rows that have one length: of a unit, or of units that are mixed."""
    spans: dict[str, set[Span]] = {}
    for group in groups:
        for axis in group.axes:
            end = axis.start + group.size * axis.block if group.size else None
            spans.setdefault(axis.name, set()).add((axis.start, end, axis.block))
    for mixing in mixings:
        for axis in mixing.axes:
            span = (axis.start, axis.start + mixing.size, mixing.size)
            spans.setdefault(axis.name, set()).add(span)
    return spans


def _scaled(part: Float[Tensor, "units images"], spans: set[Span]) -> Tensor:
    """Centre each row and scale to length 1, in the mean over what has one length.

    A row that never changes stays 0.
    """
    centred = part - part.mean(1, keepdim=True)
    squares = (centred * centred).sum(1)
    for start, end, size in spans:
        means = squares[start:end].unflatten(0, (-1, size)).mean(1)
        squares[start:end] = means.repeat_interleave(size)
    norms = squares.sqrt()[:, None]
    return centred / norms.where(norms > 0, 1)
