"""`told`: copies of one network, recognised by what their weights contribute to outputs.

The one idea: a weight times the derivative of an output by it, summed over the weights of a unit,
is the same number in every copy, however other units are exchanged, flipped, mixed and scaled. So
these numbers tell which unit is which before anything else is known.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.rows import cast, spread, taken, tensors_of
from morseloss.networks.symmetry.matching.mix import without_gains
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.similarity import evened, mixed_alike
from morseloss.networks.symmetry.symmetry import Element, Symmetry
from morseloss.networks.symmetry.unit_groups import Axis, sliced, units_first

__all__ = ["alike", "told"]

IMAGES, SUMS = 16, 16  # of outputs: random sums, whose derivatives are taken
ALIKE = 0.1  # of outputs: networks that differ by more are no copies, nor nearly so

Rows = Float[Tensor, "rows dim"]
"""A network, then its slopes."""


@dataclass(frozen=True, eq=False)
class _Probe:
    """Outputs of single networks on a few images, and derivatives of random sums of them."""

    landscape: NetworkLandscape

    @cached_property
    def images(self) -> object:
        few = taken(self.landscape.inputs, spread(len(self.landscape), IMAGES))
        return cast(few, torch.float64)

    def outputs(self, parts: dict[str, Tensor]) -> list[Tensor]:
        found = tensors_of(self.landscape.pure(parts, self.images))
        return [part for part in found if part.is_floating_point()]

    def values(self, point: Float[Tensor, " dim"]) -> Float[Tensor, " outputs"]:
        parts = self.landscape.pure.layout.split(point.double())
        with torch.no_grad():
            return torch.cat([part.flatten() for part in self.outputs(parts)])

    def slopes(self, point: Float[Tensor, " dim"]) -> Rows:
        """Return derivatives of the same random sums for every network; 0 where there is none."""
        generator = torch.Generator().manual_seed(0)
        split = self.landscape.pure.layout.split(point.detach().double())
        parts = {name: part.clone().requires_grad_() for name, part in split.items()}
        with torch.enable_grad():
            outputs = [part for part in self.outputs(parts) if part.requires_grad]
        rows = []
        for _ in range(SUMS):
            weights = [
                torch.randn(part.shape, generator=generator, dtype=part.dtype).to(part.device)
                for part in outputs
            ]
            found = torch.autograd.grad(
                outputs, list(parts.values()), weights, retain_graph=True, allow_unused=True,
                materialize_grads=True,
            )  # fmt: skip
            row = torch.cat([part.flatten() for part in found])
            rows.append(row.nan_to_num(0, 0, 0))  # as of roots at 0, which tell nothing
        return torch.stack(rows)


def alike(landscape: NetworkLandscape, points: Points, others: Points) -> Bool[Tensor, " batch"]:
    """Return which rows give nearly the outputs of the same rows of others, on a few images."""
    probe, found = _Probe(landscape), []
    for pair in zip(points, others, strict=True):
        one, other = map(probe.values, pair)
        found.append(bool((one - other).norm() <= ALIKE * (one.norm() + other.norm()) / 2))
    return torch.tensor(found, dtype=torch.bool, device=points.device)


def told(landscape: NetworkLandscape, networks: Sight, references: Sight) -> Sight:
    """Return networks with units in the order of their references, and mixed as these.

    If they are copies, then up to signs, rotations and factors.
    """
    bare, wanted, probe = networks, references, _Probe(landscape)
    for place in range(len(networks.symmetry.mixings)):
        bare, wanted = without_gains(bare, place), without_gains(wanted, place)
    for row in torch.arange(len(networks), device=networks.points.device).split(1):
        pair = (sight.points[row].double() for sight in (bare, wanted))
        given, target = (torch.cat([point, probe.slopes(point[0])]) for point in pair)
        network, given = _ordered(networks.take(row), given, target)
        seen = references.take(row).seen
        networks = networks.put(row, mixed_alike(network, seen, given, target))
    return networks


def _ordered(network: Sight, given: Rows, target: Rows) -> tuple[Sight, Rows]:
    """Put units into order, the largest first, since those inside them stay inside."""
    symmetry = network.symmetry
    places = [place for place, group in enumerate(symmetry.groups) if group.exchanged]
    for place in sorted(places, key=lambda place: -_extent(symmetry, place)):
        group, size = symmetry.groups[place], symmetry.sizes[place]
        order = _order([_sums(symmetry, group.axes, size, rows) for rows in (target, given)])
        signs = torch.ones(1, group.flips, size)
        network = network.exchanged(place, order[None], signs)
        elements = Element((order.repeat(len(given), 1),), (signs.repeat(len(given), 1, 1),))
        given = Symmetry(symmetry.layout, [group]).act(given, elements)
    return network, given


def _extent(symmetry: Symmetry, place: int) -> float:
    """How many weights a unit has where it has most."""
    size, axes = symmetry.sizes[place], symmetry.groups[place].axes
    parts = symmetry.layout.split(torch.empty(1, symmetry.layout.dim, device="meta"))
    return max(sliced(parts[axis.name], axis, size).numel() / size for axis in axes)


def _sums(symmetry: Symmetry, axes: tuple[Axis, ...], size: int, rows: Rows) -> Tensor:
    """Contributions of units along each axis, (axes, slopes, units)."""
    parts = symmetry.layout.split(rows[:1] * rows[1:])
    return torch.stack([units_first(parts[axis.name], axis, size).sum(2) for axis in axes])


def _order(sums: list[Tensor]) -> Int[Tensor, " units"]:
    """The order in which contributions of each unit are nearest to those wanted."""
    from scipy.optimize import linear_sum_assignment

    sizes = evened(*sums)[:, None, None]
    target, given = (part / sizes for part in sums)
    squares = torch.cdist(target.mT, given.mT).square().sum(0)
    return torch.as_tensor(linear_sum_assignment(squares.cpu().numpy())[1])
