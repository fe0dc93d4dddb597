"""`main_axes`: axes along which the leading part of a polynomial loses variables, rounding aside.

The one idea: a bent valley such as `(y - x^2)^2` keeps only `x` in its highest powers. In turned
coordinates these are those of one direction, up to the last bits of their coefficients, and these
bits would decide what happens far out. Turned back they are seen, and left out; and coordinates
that occur in squares are measured from where these are centred.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.landscapes.units import ordinary

__all__ = ["MainAxes", "balanced", "main_axes"]

ROUND_OFF = 1e-12  # of the largest coefficient of a degree: what says nothing
ALIGNED = 1e-12  # how far a direction may be off an axis that it is taken for
FARTHEST, BEYOND = 300, 900  # powers of two: beyond lies no length, and no value

Terms = dict[tuple[int, ...], float]
Matrix = Float[np.ndarray, "rows columns"]


@dataclass(frozen=True, eq=False)
class MainAxes:
    """Coordinates y of a polynomial, where `axes @ y + origin` is the point, and its terms in them.

    Attributes
    ----------
    axes : array, shape (dim, dim)
        Its columns are the axes.
    origin : array, shape (dim,)
    terms : dict
        Without those beyond the leading powers that are below `ROUND_OFF` of the largest one of
        their degree.
    """

    axes: Matrix
    origin: Float[np.ndarray, " dim"]
    terms: Terms


def main_axes(terms: Terms) -> MainAxes | None:
    """Return the axes of the leading part, None where those of the coordinates do as well.

    They are looked for in units in which the coefficients are most alike: those that are not tiny,
    or else all. Where nothing is turned, only mixed terms are taken for round-off: no one writes
    `1e-15 x^3 y` beside `x^4 + y^2`, while a small pure power may hold the valley far out.

    Parameters
    ----------
    terms : dict
        Coefficients by exponents.
    """
    exponents, coefficients = np.array(list(terms)), np.array(list(terms.values()))
    if exponents.shape[1] < 2 or not coefficients.any():
        return None
    size = _size(terms)
    sizes = np.log2(np.abs(coefficients)) + size * exponents.sum(1)
    plain = sizes > sizes.max() + math.log2(ROUND_OFF)
    found = None
    if not plain.all() and exponents[plain].any(0).all():
        units = balanced(exponents[plain], coefficients[plain])
        found = _in_units(terms, units) if ordinary(units - size) else None
    return found or _in_units(terms, balanced(exponents, coefficients))


def _size(terms: Terms) -> float:
    """One unit for all axes, as a power of two, in which the largest of each degree are alike."""
    largest = _largest(terms)
    degrees, sizes = np.array(list(largest)), np.log2(list(largest.values()))
    return float(-np.polyfit(degrees, sizes, 1)[0].round()) if len(degrees) > 1 else 0.0


def balanced(
    exponents: Int[np.ndarray, "terms dim"], coefficients: Float[np.ndarray, " terms"]
) -> Float[np.ndarray, " dim"]:
    """Return powers of two, one an axis, as units in which the coefficients are most alike."""
    rows = np.flatnonzero(exponents.any(1) & (coefficients != 0))
    table = np.column_stack([exponents[rows], np.ones(len(rows))])
    powers = np.linalg.lstsq(table, -np.log2(np.abs(coefficients[rows])), rcond=None)[0][:-1]
    return powers.round().clip(-FARTHEST, FARTHEST)


def _in_units(terms: Terms, powers: Float[np.ndarray, " dim"]) -> MainAxes | None:
    """The axes in these units; None where nothing is turned, bent, or left out.

    Nor are there any where a value in these units has no place among floats.
    """
    sizes = [math.log2(abs(c)) + float(powers @ e) for e, c in terms.items()]
    if abs(max(sizes)) > BEYOND:
        return None
    scaled = {
        e: math.copysign(2.0 ** (size - max(sizes)), c)
        for (e, c), size in zip(terms.items(), sizes, strict=True)
    }
    blocks, degrees = _blocks(scaled)
    if len(blocks) == 1:
        return None
    axes, origin = np.column_stack([_neat(block) for block in blocks]), np.zeros(len(powers))
    turned = not (np.sort(np.abs(axes), axis=0)[:-1] == 0).all()
    leading = np.repeat(degrees, [block.shape[1] for block in blocks])
    largest = _largest(scaled)
    left = _within(_substituted(scaled, axes), leading, largest)
    mixed = any(sum(x > 0 for x in e) > 1 for e in scaled.keys() - left.keys())
    last = np.arange(len(powers)) >= len(powers) - blocks[-1].shape[1]
    lean, centre = _centred(left, last)
    bent = (lean.any() or centre.any()) and (turned or _bends(left, last))
    if not (turned or mixed or bent):
        return None
    if bent:
        shear = np.eye(len(powers)) + lean
        left = _within(_substituted(left, shear, centre), leading, largest)
        left = {e: c for e, c in left.items() if sum(e) > 2 or sum(np.array(e)[last]) != 1}
        axes, origin = axes @ shear, axes @ centre
    factor, units = 2.0 ** max(sizes), np.exp2(powers)
    found = {e: value for e, c in left.items() if (value := factor * c)}
    return MainAxes(units[:, None] * axes, units * origin, found)


def _centred(
    terms: Terms, last: Bool[np.ndarray, " dim"]
) -> tuple[Matrix, Float[np.ndarray, " dim"]]:
    """How the last coordinates lean on the others, and where they are centred.

    Both are 0 unless the last ones alone are a quadratic form, the square of which is completed.
    """
    dim = len(last)
    lean, centre = np.zeros((dim, dim)), np.zeros(dim)
    square, line = np.zeros((dim, dim)), np.zeros(dim)
    for e, c in terms.items():
        there = [axis for axis in range(dim) for _ in range(e[axis])]
        among = sum(e[axis] for axis in np.flatnonzero(last))
        if among == len(there) > 2:
            return lean, centre
        if len(there) == 2 and among:
            square[there[0], there[1]] += c
            square[there[1], there[0]] += c
        elif len(there) == 1 and among:
            line[there[0]] = c
    cross, square = square[np.ix_(last, ~last)], square[np.ix_(last, last)]
    if np.linalg.eigvalsh(square)[0] > ROUND_OFF * np.abs(square).max():
        lean[np.ix_(last, ~last)] = -np.linalg.solve(square, cross)
        centre[last] = -np.linalg.solve(square, line[last])
    return lean, centre


def _bends(terms: Terms, last: Bool[np.ndarray, " dim"]) -> bool:
    """Whether a valley bends into the last coordinates: a square of others times one of them."""
    return any(sum(e) > 2 and sum(np.array(e)[last]) == 1 for e in terms)


def _blocks(terms: Terms) -> tuple[list[Matrix], list[int]]:
    """Orthogonal directions: those the leading part depends on, of the rest those its own does...

    Beside them the degrees of these parts.
    """
    dim = len(next(iter(terms)))
    blocks, degrees, rest, largest = [], [], np.eye(dim), _largest(terms)
    while True:
        there = _without_round_off(_substituted(terms, rest), largest)
        degrees.append(max((sum(e) for e in there), default=0))
        if rest.shape[1] == 1 or degrees[-1] < 2:
            break
        table = _slopes({e: c for e, c in there.items() if sum(e) == degrees[-1]})
        directions, singular, _ = np.linalg.svd(table)
        seen = np.zeros(rest.shape[1], dtype=bool)
        seen[: len(singular)] = singular > ROUND_OFF * singular[0]
        if seen.all():
            break
        blocks.append(rest @ directions[:, seen])
        rest = rest @ directions[:, ~seen]
    return [*blocks, rest], degrees


def _slopes(form: Terms) -> Matrix:
    """The coefficients of the partial derivatives, one row an axis."""
    dim = len(next(iter(form)))
    slopes = [
        {(*e[:axis], e[axis] - 1, *e[axis + 1 :]): e[axis] * c for e, c in form.items() if e[axis]}
        for axis in range(dim)
    ]
    monomials = sorted(set().union(*slopes))
    return np.array([[slope.get(e, 0.0) for e in monomials] for slope in slopes])


def _neat(block: Matrix) -> Matrix:
    """The same directions as axes of the coordinates, where they span the same space."""
    there = np.linalg.norm(block, axis=1)
    if (there[there > 0.5] >= 1 - ALIGNED).all() and (there[there <= 0.5] <= ALIGNED).all():
        return np.eye(len(block))[:, there > 0.5]
    return block


def _substituted(
    terms: Terms, axes: Matrix, origin: Float[np.ndarray, " rows"] | None = None
) -> Terms:
    """The terms in y, where `axes @ y + origin` is the point."""
    count = axes.shape[1]
    steps = [tuple(int(k == j) for k in range(count)) for j in range(count)]
    one: Terms = {(0,) * count: 1.0}
    powers: list[list[Terms]] = [[one] for _ in axes]
    total: Terms = {}
    for exponents, coefficient in terms.items():
        product: Terms = {(0,) * count: coefficient}
        for axis, power in enumerate(exponents):
            line = {step: float(x) for step, x in zip(steps, axes[axis], strict=True) if x}
            if origin is not None and origin[axis]:
                line[(0,) * count] = float(origin[axis])
            while len(powers[axis]) <= power:
                powers[axis].append(_multiplied(powers[axis][-1], line))
            product = _multiplied(product, powers[axis][power])
        for e, c in product.items():
            total[e] = total.get(e, 0.0) + c
    return total


def _multiplied(left: Terms, right: Terms) -> Terms:
    product: Terms = {}
    for (a, c), (b, d) in itertools.product(left.items(), right.items()):
        e = tuple(i + j for i, j in zip(a, b, strict=True))
        product[e] = product.get(e, 0.0) + c * d
    return product


def _within(terms: Terms, leading: Int[np.ndarray, " dim"], largest: dict[int, float]) -> Terms:
    """The terms without tiny ones beyond the leading powers, and without zeros."""
    plain = _without_round_off(terms, largest)
    inside = {e for e in terms if (np.array(e) / leading.clip(1)).sum() <= 1 + 1e-12}
    return {e: c for e, c in terms.items() if c and (e in inside or e in plain)}


def _without_round_off(terms: Terms, largest: dict[int, float]) -> Terms:
    """The terms that are not tiny beside the largest one of their degree."""
    return {e: c for e, c in terms.items() if abs(c) > ROUND_OFF * largest.get(sum(e), 0.0)}


def _largest(terms: Terms) -> dict[int, float]:
    """The size of the largest coefficient of each degree."""
    largest: dict[int, float] = {}
    for e, c in terms.items():
        largest[sum(e)] = max(largest.get(sum(e), 0.0), abs(c))
    return largest
