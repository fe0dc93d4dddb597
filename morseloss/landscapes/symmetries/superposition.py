"""`matches` and `superposed`: motions and renumberings that carry one cloud of points to another.

The one idea: a motion about the centre is known from where it takes two points (in the plane: one),
so those of the rarest pair are tried in all places that they fit. Where clouds only resemble each
other, best motion and best renumbering are found in turn, from a fixed list of motions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["Match", "matches", "superposed"]

ROUNDS = 20  # of motion and renumbering in turn
GAIN = 1e-9  # of a squared distance, by which a nearer copy is nearer
THIN = 1e-6  # [point], of a row of particles
TURNS = 60  # first motions
SPIRAL = (2**0.5, 1.533751168755204288118041)
FORBIDDEN = 1e6  # times the largest squared distance: what an exchange of unequal particles costs

Cloud = Float[np.ndarray, "count space"]
Motion = Float[np.ndarray, "space space"]
Moves = tuple[bool, bool]
"""Whether rotations are allowed, and reflections with them."""


@dataclass(frozen=True, eq=False)
class Match:
    """An element that carries one cloud to another.

    Attributes
    ----------
    order : ndarray of int, shape (count,)
        Which particle of the other cloud comes to each place.
    reflected : bool
    gap : float
        The largest distance that is left, after the best motion of this order.
    """

    order: Int[np.ndarray, " count"]
    reflected: bool
    gap: float


def matches(
    cloud: Cloud, target: Cloud, labels: Int[np.ndarray, " count"], moves: Moves, slack: float
) -> list[Match]:
    """Return the elements that carry a cloud to the target, up to a slack at each particle.

    Parameters
    ----------
    cloud, target : ndarray, shape (count, space)
        Places from the centre that motions keep.
    labels : ndarray of int, shape (count,)
        Only particles of one label change places.
    moves : tuple of bool
    slack : float
        [point].
    """
    found: dict[tuple, Match] = {}
    for motion in _motions(cloud, target, labels, moves, slack):
        order = _order(cloud @ motion.T, target, labels, 20 * slack)
        if order is None:
            continue
        for reflected in _sides(motion, cloud, moves):
            key = (reflected, tuple(order.tolist()))
            if key in found:
                continue
            held = cloud[order]
            best = _kabsch(held, target, reflected=reflected) if moves[0] else motion
            gap = float(np.linalg.norm(held @ best.T - target, axis=1).max())
            if gap <= slack:
                found[key] = Match(order, reflected, gap)
    return list(found.values())


def superposed(
    cloud: Cloud, other: Cloud, labels: Int[np.ndarray, " count"], moves: Moves
) -> Cloud:
    """Return the other cloud moved and renumbered, near to the cloud.

    The best of a fixed list of first motions, each improved by best renumbering and best motion in
    turn: near, and always the same, but no proof that nothing is nearer.
    """
    best, least = other, np.inf
    for motion in _first_motions(cloud.shape[1], *moves):
        order = _assigned(other @ motion.T, cloud, labels)
        for _ in range(ROUNDS if moves[0] else 0):
            motion = _kabsch(other[order], cloud, reflected=bool(np.linalg.det(motion) < 0))
            renewed = _assigned(other @ motion.T, cloud, labels)
            if np.array_equal(order, renewed):
                break
            order = renewed
        moved = (other @ motion.T)[order]
        distance = float(((moved - cloud) ** 2).sum())
        if distance < least * (1 - GAIN):
            best, least = moved, distance
    return best


def _motions(
    cloud: Cloud, target: Cloud, labels: Int[np.ndarray, " count"], moves: Moves, slack: float
) -> Iterator[Motion]:
    """Motions that may carry the cloud to the target: where the rarest particles can go."""
    if not moves[0]:
        yield np.eye(cloud.shape[1])
        return
    radii, reach = np.linalg.norm(cloud, axis=1), np.linalg.norm(target, axis=1)
    fits = (np.abs(radii[:, None] - reach) <= 2 * slack) & (labels[:, None] == labels)
    first = _rarest(radii, fits)
    if radii[first] <= slack:
        yield np.eye(cloud.shape[1])
        return
    if cloud.shape[1] == 2:
        for place in np.flatnonzero(fits[first]):
            yield from _turned(cloud[[first]], target[[place]], moves)
        return
    aside = np.linalg.norm(np.cross(cloud[first] / radii[first], cloud), axis=1)
    second = _rarest(aside, fits)
    for place in np.flatnonzero(fits[first]):
        if aside[second] <= slack:
            yield from _turned(cloud[[first]], target[[place]], moves)
            continue
        apart = np.linalg.norm(cloud[first] - cloud[second])
        close = np.abs(np.linalg.norm(target[place] - target, axis=1) - apart) <= 2 * slack
        for other in np.flatnonzero(fits[second] & close):
            yield from _turned(cloud[[first, second]], target[[place, other]], moves)


def _rarest(sizes: Float[np.ndarray, " count"], fits: Bool[np.ndarray, "count count"]) -> int:
    """The particle, of those far out, that fits in the fewest places."""
    far = sizes >= sizes.max() / 2
    return int(np.where(far, fits.sum(1), len(fits) + 1).argmin())


def _turned(
    ways: Float[np.ndarray, "vectors space"], aims: Float[np.ndarray, "vectors space"], moves: Moves
) -> Iterator[Motion]:
    """Motions that take vectors to others; the one that reflects comes second."""
    frame, aim = _frame(ways), _frame(aims)
    straight = len(ways) < len(frame) - 1  # a row in space: a reflection adds nothing
    for sign in (1.0, -1.0) if moves[1] and not straight else (1.0,):
        yield aim.T @ np.diag([1.0] * (len(frame) - 1) + [sign]) @ frame


def _frame(ways: Float[np.ndarray, "vectors space"]) -> Motion:
    """Orthonormal rows, right-handed; the first ones span the vectors."""
    first = ways[0] / np.linalg.norm(ways[0])
    if len(first) == 2:
        return np.stack([first, [-first[1], first[0]]])
    aside = ways[1] if len(ways) > 1 else np.eye(3)[np.abs(first).argmin()]
    second = aside - (aside @ first) * first
    second = second / np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)])


def _order(
    moved: Cloud, target: Cloud, labels: Int[np.ndarray, " count"], near: float
) -> Int[np.ndarray, " count"] | None:
    """Which particle comes to each place, if all places are met."""
    distances = np.linalg.norm(target[:, None] - moved, axis=2)
    distances[labels[:, None] != labels] = np.inf
    if (distances.min(1) > near).any():
        return None
    order = distances.argmin(1)
    if len(np.unique(order)) < len(order):  # particles in one place, or two before one
        order = _assigned(moved, target, labels)
    return order


def _assigned(
    moved: Cloud, target: Cloud, labels: Int[np.ndarray, " count"]
) -> Int[np.ndarray, " count"]:
    """The renumbering of least squared distance."""
    from scipy.optimize import linear_sum_assignment

    costs = ((target[:, None] - moved) ** 2).sum(2)
    costs[labels[:, None] != labels] = FORBIDDEN * (1 + costs.max())
    return linear_sum_assignment(costs)[1]


def _kabsch(cloud: Cloud, target: Cloud, *, reflected: bool) -> Motion:
    """The motion of least squared distance, among those that reflect or those that do not."""
    left, _, right = np.linalg.svd(cloud.T @ target)
    sides = np.ones(cloud.shape[1])
    sides[-1] = np.linalg.det(left @ right) * (-1.0 if reflected else 1.0)
    return (right.T * sides) @ left.T


def _sides(motion: Motion, target: Cloud, moves: Moves) -> tuple[bool, ...]:
    """Whether the motion reflects; a row in space, or one point, does both ways."""
    if moves[1] and motion.shape[0] - np.linalg.matrix_rank(target, tol=THIN) > 1:
        return False, True
    return (bool(np.linalg.det(motion) < 0),)


@cache
def _first_motions(space: int, rotations: bool, reflections: bool) -> tuple[Motion, ...]:
    """Motions spread evenly over all, the identity first."""
    if not rotations:
        return (np.eye(space),)
    turns = _plane_turns() if space == 2 else _space_turns()
    mirror = np.diag([-1.0] + [1.0] * (space - 1))
    return (np.eye(space), *turns, *(turn @ mirror for turn in turns if reflections))


def _plane_turns() -> list[Motion]:
    angles = np.arange(TURNS) * 2 * np.pi / TURNS
    return [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles]


def _space_turns() -> list[Motion]:
    """Rotations on a spiral through the unit quaternions."""
    places = np.arange(TURNS) + 0.5
    inner, outer = np.sqrt(places / TURNS), np.sqrt(1 - places / TURNS)
    one, two = 2 * np.pi * places / SPIRAL[0], 2 * np.pi * places / SPIRAL[1]
    x, y, z, w = inner * np.sin(one), inner * np.cos(one), outer * np.sin(two), outer * np.cos(two)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return list(np.array(rows).transpose(2, 0, 1))
