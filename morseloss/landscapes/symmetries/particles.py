"""`Particles`: motions and reflections of a cloud of points, and renumbering of equal ones.

The one idea: two vectors from the centre (in the plane: one) fix a motion. So all motions that may
carry one cloud to another are a short list, and each is tried: which particle comes nearest to
which is the renumbering.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Points, SomePoints
from morseloss.kinds import check_count
from morseloss.landscapes.spaces.space import Places
from morseloss.landscapes.symmetries.action import GroupAction, Moved
from morseloss.landscapes.symmetries.superposition import matches, superposed

__all__ = ["Particles"]

ANGLE, SHIFT = 0.7, 0.37  # [rad], [point], of motions that are tried
THIN = 1e-6  # of the longest: a direction of rotation that moves the particles less is none


class Particles(GroupAction):
    """What leaves the energy of particles in empty space as it is.

    Parameters
    ----------
    count : int
        How many particles; a point holds the coordinates of one after the other.
    space_dim : int
        2 or 3.
    kinds : sequence, optional
        One label a particle: those of one label may be renumbered. By default all are equal; of
        distinct labels none may be.
    translations, rotations, reflections : bool
        Whether all particles may be shifted together, turned (about the origin, where they may not
        be shifted), and reflected; reflections come with rotations.

    Raises
    ------
    ValueError
        If a number is out of its range, the labels are not one a particle, or reflections are asked
        for without rotations.

    Examples
    --------
    >>> import morseloss as ml
    >>> ml.Particles(3, space_dim=2)
    Particles(3 in R^2; translations, rotations, reflections, 6 renumberings)
    """

    def __init__(
        self,
        count: int,
        *,
        space_dim: int = 3,
        kinds: Sequence[object] | None = None,
        translations: bool = True,
        rotations: bool = True,
        reflections: bool | None = None,
    ) -> None:
        check_count("count", count)
        if space_dim not in (2, 3):
            raise ValueError(f"`space_dim` must be 2 or 3, got {space_dim!r}")
        kinds = list[object]([0] * count if kinds is None else kinds)
        if len(kinds) != count:
            raise ValueError(
                f"`kinds` must be one label a particle, {count}, got {len(kinds)}; list them all"
            )
        reflections = rotations if reflections is None else reflections
        if reflections and not rotations:
            raise ValueError(
                "reflections come with rotations, got `rotations=False`; a single reflection is a "
                "matrix of `MatrixGroup`"
            )
        self.count, self.space_dim, self.dim = count, space_dim, count * space_dim
        self.translations, self.rotations, self.reflections = translations, rotations, reflections
        self.labels = np.array([kinds.index(kind) for kind in kinds])
        renumberings = math.prod(math.factorial(n) for n in np.bincount(self.labels).tolist())
        self.renumberings, self.order = renumberings, renumberings * (2 if reflections else 1)
        turns = space_dim * (space_dim - 1) // 2 if rotations else 0
        self.continuous = turns + (space_dim if translations else 0)
        self.free = self.order == 1 and not rotations

    def tangents(self, points: Points) -> Float[Tensor, "batch dim continuous"]:
        """Return what shifts all particles, and what turns them about their centre."""
        parts = []
        if self.translations:
            shifts = torch.eye(self.space_dim).to(points).repeat(self.count, 1)
            parts.append((shifts / self.count**0.5).expand(len(points), -1, -1))
        if self.rotations:
            parts.append(_independent(self._turns(points)))
        nothing = points.new_zeros(len(points), self.dim, 0)
        return torch.cat([nothing, *parts], dim=2)

    def centred(self, points: Places) -> Places:
        """Return the points with their centre at the origin, where they may be shifted."""
        if not self.translations:
            return points
        places = points.unflatten(-1, (self.count, self.space_dim))
        return (places - places.mean(-2, keepdim=True)).flatten(-2)

    def generated(self, points: Points) -> Iterator[Moved]:
        """Yield shifted, turned, reflected and renumbered points, one generator at a time."""
        places = points.unflatten(-1, (self.count, self.space_dim))
        unit = torch.eye(self.space_dim).to(points)
        if self.translations:
            for axis in range(self.space_dim):
                yield f"the translation along axis {axis}", (places + SHIFT * unit[axis]).flatten(1)
        if self.rotations:
            for turn, (a, b) in zip(self._generators(points), self._planes(), strict=True):
                moved = places @ torch.linalg.matrix_exp(ANGLE * turn).mT
                yield f"the rotation in the plane of axes {a} and {b}", moved.flatten(1)
        if self.reflections:
            mirror = torch.where(unit.diagonal().cumsum(0) == 1, -1.0, 1.0)
            yield "the reflection of axis 0", (places * mirror).flatten(1)
        for label in np.unique(self.labels):
            alike = np.flatnonzero(self.labels == label).tolist()
            for first, second in itertools.pairwise(alike):
                order = list(range(self.count))
                order[first], order[second] = second, first
                yield f"exchanging particles {first} and {second}", places[:, order].flatten(1)

    def invariants(self, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n _"]:
        """Return sorted distances of pairs, kind by kind, and from the origin where it is fixed.

        Halved where both ends move, so that none changes by more than a particle has moved.
        """
        places = self._held(points)
        if not self.rotations and self.renumberings == 1:
            return places.reshape(len(places), -1)
        first, second = np.triu_indices(self.count, 1)
        distances = np.linalg.norm(places[:, first] - places[:, second], axis=2) / 2
        radii = np.linalg.norm(places, axis=2)
        kinds = np.sort(self.labels[np.stack([first, second])], axis=0)
        pairs = kinds[0] * self.count + kinds[1]
        columns = [distances[:, pairs == pair] for pair in np.unique(pairs)]
        columns += [radii[:, self.labels == kind] for kind in np.unique(self.labels)]
        return np.concatenate([np.sort(column, axis=1) for column in columns], axis=1)

    def gap(
        self, point: Float[np.ndarray, " dim"], other: Float[np.ndarray, " dim"], slack: float
    ) -> float:
        """Return the largest move that is left of any particle."""
        there, here = self._held(np.stack([other, point]))
        found = matches(there, here, self.labels, self._moves(), slack)
        return min((match.gap for match in found), default=np.inf)

    def stabiliser(self, point: Float[np.ndarray, " dim"], slack: float) -> int:
        """Return the order of the point group: renumberings, reflected or not, that motions undo.

        For particles in a plane of space the reflection in that plane counts, as it should; for a
        row only the renumberings do, twice where reflections are symmetries, since its point group
        has no order.
        """
        (here,) = self._held(point[None])
        found = matches(here, here, self.labels, self._moves(), slack)
        return len(found) * self._exchanges(here, slack)

    def nearest(self, points: Points, others: SomePoints) -> Points:
        """Return near copies of the others: the best of a fixed list of motions, each improved."""
        here = points.detach().cpu().numpy().reshape(-1, self.count, self.space_dim)
        held, there = self._held(here.reshape(len(here), -1)), self._held(others.cpu().numpy())
        rows = [
            superposed(cloud, other, self.labels, self._moves()) + (place - cloud)
            for cloud, other, place in zip(held, there, here, strict=True)
        ]
        return torch.from_numpy(np.stack(rows).reshape(len(rows), -1)).to(points)

    def __repr__(self) -> str:
        names = ("translations", "rotations", "reflections")
        parts = [name for name in names if getattr(self, name)]
        if self.renumberings > 1:
            parts.append(f"{self.renumberings} renumberings")
        return f"Particles({self.count} in R^{self.space_dim}; {', '.join(parts)})"

    def _exchanges(self, here: Float[np.ndarray, "count space"], slack: float) -> int:
        """Renumberings of particles in one place, which move nothing."""
        together = np.linalg.norm(here[:, None] - here, axis=2) <= slack
        together &= self.labels[:, None] == self.labels
        sizes = [len(row) for row in {tuple(np.flatnonzero(row).tolist()) for row in together}]
        return math.prod(math.factorial(size) for size in sizes)

    def _held(self, points: Float[np.ndarray, "n dim"]) -> Float[np.ndarray, "n count space"]:
        """Return the places of particles, from their centre where they may be shifted."""
        places = points.reshape(-1, self.count, self.space_dim)
        return places - places.mean(1, keepdims=True) if self.translations else places

    def _moves(self) -> tuple[bool, bool]:
        return self.rotations, self.reflections

    def _planes(self) -> list[tuple[int, int]]:
        return list(itertools.combinations(range(self.space_dim), 2))

    def _generators(self, points: Points) -> Float[Tensor, "planes space space"]:
        turns = torch.zeros(len(self._planes()), self.space_dim, self.space_dim)
        for place, (a, b) in enumerate(self._planes()):
            turns[place, a, b], turns[place, b, a] = -1.0, 1.0
        return turns.to(points)

    def _turns(self, points: Points) -> Float[Tensor, "batch dim planes"]:
        """How each particle moves where all are turned, about the centre or the origin."""
        places = points.unflatten(-1, (self.count, self.space_dim))
        if self.translations:
            places = places - places.mean(1, keepdim=True)
        moved = torch.einsum("pij,bnj->bnip", self._generators(points), places)
        return moved.flatten(1, 2)


def _independent(turns: Float[Tensor, "batch dim planes"]) -> Float[Tensor, "batch dim planes"]:
    """Orthonormal columns of the same span; zero those that move no particle."""
    sizes, mixed = torch.linalg.eigh(turns.mT @ turns)
    longest = sizes[:, -1:].clamp_min(torch.finfo(turns.dtype).tiny)
    there = sizes > THIN**2 * longest
    scales = torch.where(there, sizes, 1.0).rsqrt() * there
    return turns @ mixed * scales[:, None]
