"""`mixed_alike`: the matrices by which units were mixed, read off what weights contribute.

The one idea: weights of units times slopes by them are matrices S that become `M S M^-1`, whatever
is done to other units. So M solves `M S = R M` for all of them, a linear problem.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.symmetry.matching.mix import Mix, stacked
from morseloss.networks.symmetry.matching.sight import Sight
from morseloss.networks.symmetry.matching.sweeps import matched
from morseloss.networks.symmetry.symmetry import Element, Symmetry
from morseloss.networks.symmetry.unit_groups import Mixing, units_first

__all__ = ["evened", "mixed_alike"]

LARGEST = 32  # units: the linear problem has as many unknowns as their square
CLEAR = 0.1  # of the second lowest eigenvalue: the lowest is below, or no matrix is told
FLAT = 1e-12  # of the largest eigenvalue: round-off
STRAIGHT = 1e3  # the condition of a matrix, at most
NOISE = 1e-8  # of contributions: slopes that vanish but for round-off, as by the bias of keys

Rows = Float[Tensor, "rows dim"]
"""A network, then its slopes."""

Matrix = Float[Tensor, "size size"]


def mixed_alike(
    network: Sight, wanted: Float[Tensor, "1 seen"], given: Rows, target: Rows
) -> Sight:
    """Return the network mixed as another one.

    Where slopes do not tell by which matrix, as along directions that no image excites, it is the
    nearest one once all others are told.

    Parameters
    ----------
    network : Sight
        One, in which nothing is exchanged any more.
    wanted : Tensor, shape (1, seen dim)
        What is seen of the other one.
    given, target : Tensor, shape (1 + slopes, dim)
        Both of them without gains, and slopes of the same sums of outputs.
    """
    symmetry, point, vague = network.symmetry, given[:1], []
    for place, mixing in enumerate(symmetry.mixings):
        if mixing.orthogonal:
            continue
        if mixing.size > LARGEST:
            vague.append(place)
            continue
        pair = (_products(symmetry, mixing, rows) for rows in (given, target))
        matrix, clear = _similarity(*pair)
        if not clear:
            vague.append(place)
            continue
        matrix = _sized(matrix, symmetry, mixing, point, target[:1])
        network = network.mixed(place, matrix[None])
        alone = Symmetry(symmetry.layout, mixings=[mixing])
        point = alone.act(point, Element((), (), matrices=(matrix[None],)))
    return matched(network, wanted, [Mix(place) for place in vague])


def evened(one: Tensor, other: Tensor) -> Float[Tensor, " parts"]:
    """Return by what parts of two lists are to be divided to count alike; noise not at all."""
    sizes = (one.flatten(1).norm(dim=1) * other.flatten(1).norm(dim=1)).sqrt()
    return torch.where(sizes > NOISE * sizes.max(), sizes, torch.inf)


def _products(symmetry: Symmetry, mixing: Mixing, rows: Rows) -> Float[Tensor, "axes _ _ _"]:
    """The matrices along each axis, of each slope."""
    parts, found = symmetry.layout.split(rows), []
    for number, axis in enumerate((*mixing.axes, *mixing.duals)):
        units = units_first(parts[axis.name], axis, mixing.size)
        product = units[:1] @ units[1:].mT
        found.append(product if number < len(mixing.axes) else product.mT)
    return torch.stack(found)


def _similarity(given: Tensor, target: Tensor) -> tuple[Matrix, bool]:
    """The matrix M for which `M given - target M` is smallest, and whether it is clear."""
    size, sizes = given.shape[-1], evened(given, target)[:, None, None, None]
    s, r = ((part / sizes).flatten(0, 1) for part in (given, target))
    eye = torch.eye(size).to(s)
    mixed = torch.einsum("nac,nbd->abcd", r, s)
    normal = torch.einsum("ac,bd->abcd", eye, torch.einsum("nbj,ndj->bd", s, s))
    normal = normal + torch.einsum("ac,bd->abcd", torch.einsum("nia,nic->ac", r, r), eye)
    normal = normal - mixed - mixed.permute(2, 3, 0, 1)
    values, vectors = torch.linalg.eigh(normal.reshape(size**2, size**2))
    matrix = vectors[:, 0].reshape(size, size)
    lowest, second = values[0], values[1:].min() if size > 1 else values.new_ones(())
    clear = bool(second > FLAT * values[-1]) and bool(lowest < CLEAR * second)
    return matrix, clear and bool(torch.linalg.cond(matrix) < STRAIGHT)


def _sized(
    matrix: Matrix, symmetry: Symmetry, mixing: Mixing, given: Points, target: Points
) -> Matrix:
    """Return a multiple of the matrix, by lengths of weights before and after, the nearer sign."""
    sides = (mixing.axes, mixing.duals)
    (a, b), (c, d) = (
        [stacked(symmetry, axes, mixing.size, rows)[0] for axes in sides]
        for rows in (given, target)
    )

    def moved(by: Matrix) -> tuple[Tensor, Tensor]:
        return by @ a, torch.linalg.solve(by.mT, b)

    def squares(by: Matrix) -> float:
        one, other = moved(by)
        return float((one - c).square().sum() + (other - d).square().sum())

    one, other = moved(matrix)
    ratio = c.norm() * other.norm() / (one.norm() * d.norm())
    known = bool(ratio.isfinite()) and float(ratio) > 0
    matrix = matrix * ratio.sqrt() if known else matrix
    return min((matrix, -matrix), key=squares)
