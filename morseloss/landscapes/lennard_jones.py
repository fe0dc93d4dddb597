"""`LennardJones`: clusters of atoms that attract each other, in closed form.

The one idea: everything is a function of the squared distance of a pair, and so smooth where two
atoms meet, once the pair's energy below a close distance goes on as its own parabola.
"""

import torch
from torch import Tensor

from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Jet, Landscape
from morseloss.landscapes.symmetries.particles import Particles

__all__ = ["LennardJones"]

CORE = 0.5  # [point], the distance below which the energy of a pair goes on as a parabola
ROOM = 0.6  # [point], half the side of a cube that an atom has to itself where starts are drawn


class LennardJones(Landscape):
    """Atoms with the pair energy `4 (r^-12 - r^-6)`: the depth of a pair and its size are 1.

    A point is the positions of all atoms, those of atom i at `[i * space_dim, (i+1) * space_dim)`.

    Parameters
    ----------
    atoms : int
        At least two.
    space_dim : int
        2 or 3.

    Raises
    ------
    ValueError
        If there are too few atoms, or the space has another dimension.

    Notes
    -----
    With `s = r^2` and `V(s) = 4 (s^-6 - s^-3)`, a pair at `d = x_i - x_j` adds `2 V' d` to the
    gradient of atom i and `2 V' I + 4 V'' d d^T` to its Hessian. Below `r = 0.5`, where `V` is
    above 16000, the second-order Taylor polynomial in s goes on: value, gradient and Hessian stay
    finite and continuous everywhere, atoms in one place included. A critical point with such a pair
    is none of the clusters; no minimum or pass has one.

    The landscape falls to 0 where atoms fly apart, so searches from far out may run away. It knows
    its `symmetry`; `Quotient(land)` studies it up to motions, reflections and renumbering.

    References
    ----------
    Doye, Wales, Saddle points and dynamics of Lennard-Jones clusters, solids, and supercooled
    liquids, J. Chem. Phys. 116, 2002, table I.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> pair = torch.tensor([[0.0, 0.0, 0.0, 2 ** (1 / 6), 0.0, 0.0]], dtype=torch.float64)
    >>> ml.LennardJones(2).value(pair).round(decimals=9)
    tensor([-1.], dtype=torch.float64)
    """

    def __init__(self, atoms: int, space_dim: int = 3) -> None:
        check_count("atoms", atoms, least=2)
        self.symmetry = Particles(atoms, space_dim=space_dim)
        self.atoms, self.space_dim, self.dim = atoms, space_dim, atoms * space_dim
        half = ROOM * atoms ** (1 / space_dim)
        self.box = torch.tensor([[-half] * self.dim, [half] * self.dim], dtype=torch.float64)

    def value(self, points: Points) -> Values:
        """Return the energies at the points, one a row."""
        ways = self._ways(points)
        return _pair_energy(self._squares(ways))[0].sum((1, 2)) / 2

    def gradient(self, points: Points) -> Gradients:
        """Return the gradients at the points."""
        ways = self._ways(points)
        return self._pulled(ways, _pair_energy(self._squares(ways))[1])

    def hessian(self, points: Points) -> Hessians:
        """Return the Hessians at the points."""
        ways = self._ways(points)
        return self._bent(ways, *_pair_energy(self._squares(ways))[1:])

    def jet(self, points: Points) -> Jet:
        """Return value, gradient and Hessian together."""
        ways = self._ways(points)
        energy, slope, bend = _pair_energy(self._squares(ways))
        return energy.sum((1, 2)) / 2, self._pulled(ways, slope), self._bent(ways, slope, bend)

    def __repr__(self) -> str:
        plane = "" if self.space_dim == 3 else f", space_dim={self.space_dim}"
        return f"LennardJones({self.atoms}{plane})"

    def _ways(self, points: Points) -> Tensor:
        """Ways from each atom to each, (batch, to, from, space_dim)."""
        places = points.unflatten(-1, (self.atoms, self.space_dim))
        return places[:, :, None] - places[:, None, :]

    def _squares(self, ways: Tensor) -> Tensor:
        """Squared distances; an atom is infinitely far from itself."""
        own = torch.eye(self.atoms, dtype=torch.bool, device=ways.device)
        return torch.where(own, torch.inf, (ways**2).sum(-1))

    def _pulled(self, ways: Tensor, slope: Tensor) -> Tensor:
        return (2 * slope[..., None] * ways).sum(2).flatten(1)

    def _bent(self, ways: Tensor, slope: Tensor, bend: Tensor) -> Tensor:
        unit = torch.eye(self.space_dim).to(ways)
        outer = ways[..., :, None] * ways[..., None, :]
        blocks = 2 * slope[..., None, None] * unit + 4 * bend[..., None, None] * outer
        own = torch.eye(self.atoms).to(ways)[:, :, None, None]
        whole = own * blocks.sum(2)[:, :, None] - blocks
        return whole.movedim(3, 2).reshape(-1, self.dim, self.dim)


def _pair_energy(squares: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Energy of a pair and its first two derivatives in the squared distance."""
    held = squares.clamp_min(CORE**2)
    third = held**-3
    energy, slope = 4 * third * (third - 1), 12 * third * (1 - 2 * third) / held
    bend = 24 * third * (7 * third - 2) / held**2
    over = (squares - held).nan_to_num(0.0)  # an atom is held at infinity from itself
    return energy + over * (slope + over * bend / 2), slope + over * bend, bend
