"""`Charge`: how the scale and the sign of a unit at one place follow from those at parameters.

The one idea: scales multiply and signs too, so their logarithms obey homogeneous linear equations,
over the rationals and over the field of two elements. What solves them all is a symmetry.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

__all__ = [
    "NONE",
    "Charge",
    "scale_kernel",
    "scale_pivots",
    "sign_kernel",
    "sign_pivots",
    "variable",
]

Scale = tuple[tuple[int, Fraction | int], ...]
Row = dict[int, Fraction]


@dataclass(frozen=True)
class Charge:
    """A linear form in the unknowns of parameters.

    Attributes
    ----------
    scale : tuple of (int, number)
        Unknown and coefficient, of the logarithm of the scale.
    sign : frozenset of int
        Unknowns whose signs are multiplied.
    """

    scale: Scale = ()
    sign: frozenset[int] = frozenset()

    def plus(self, other: "Charge", times: int = 1) -> "Charge":
        """Return the charge of a product, or of a quotient with `times` -1."""
        if not other.scale and not other.sign:
            return self
        found = dict(self.scale)
        for key, value in other.scale:
            found[key] = found.get(key, 0) + times * value
        scale = tuple(sorted((k, v) for k, v in found.items() if v))
        return Charge(scale, self.sign ^ other.sign)

    def power(self, exponent: Fraction | int) -> "Charge":
        """Return the charge of a power; the sign is lost unless it is odd."""
        scale = tuple((key, value * exponent) for key, value in self.scale)
        return Charge(scale if exponent else (), self.sign if exponent % 2 == 1 else frozenset())


NONE = Charge()


def variable(number: int) -> Charge:
    """Return the charge of a parameter itself."""
    return Charge(((number, 1),), frozenset((number,)))


def sign_kernel(unknowns: Sequence[int], forms: Iterable[frozenset[int]]) -> list[frozenset[int]]:
    """Return a basis of the signs that solve all equations, each as the unknowns it flips.

    Early unknowns are free as far as can be.
    """
    place = {unknown: number for number, unknown in enumerate(unknowns)}
    rows = _sign_rows(sum(1 << place[unknown] for unknown in form) for form in set(forms))
    solved: dict[int, int] = {}
    for pivot in sorted(rows):
        row = rows[pivot]
        for low in solved:
            if row >> low & 1:
                row ^= solved[low]
        solved[pivot] = row
    free = [number for number in range(len(unknowns)) if number not in solved]
    return [
        frozenset({unknowns[f]} | {unknowns[p] for p, row in solved.items() if row >> f & 1})
        for f in free
    ]


def scale_kernel(unknowns: Sequence[int], forms: Iterable[Scale]) -> list[dict[int, int]]:
    """Return a basis of the scales that solve all equations, each as powers by unknown."""
    place = {unknown: number for number, unknown in enumerate(unknowns)}
    rows = _scale_rows({place[unknown]: value for unknown, value in f} for f in set(forms))
    solved: dict[int, Row] = {}
    for pivot in sorted(rows):
        row = rows[pivot]
        for low in [key for key in row if key in solved]:
            row = _reduced(row, solved[low], low)
        solved[pivot] = row
    free = [number for number in range(len(unknowns)) if number not in solved]
    return [_powers(unknowns, solved, number) for number in free]


def sign_pivots(forms: Iterable[frozenset[int]]) -> list[int]:
    """Return unknowns by which signs of that span are told: without them, nothing of it is left."""
    return [*_sign_rows(sum(1 << unknown for unknown in form) for form in forms)]


def scale_pivots(forms: Iterable[Mapping[int, int]]) -> list[int]:
    """Return unknowns by which scales of that span are told."""
    return [*_scale_rows(forms)]


def _sign_rows(forms: Iterable[int]) -> dict[int, int]:
    """Return rows in echelon form, by their highest bit."""
    rows: dict[int, int] = {}
    for row in forms:
        while row and row.bit_length() - 1 in rows:
            row ^= rows[row.bit_length() - 1]
        if row:
            rows[row.bit_length() - 1] = row
    return rows


def _scale_rows(forms: Iterable[Mapping[int, Fraction | int]]) -> dict[int, Row]:
    """Return rows in echelon form, by their latest unknown, whose coefficient is 1."""
    rows: dict[int, Row] = {}
    for form in forms:
        row = {key: Fraction(value) for key, value in form.items() if value}
        while row and max(row) in rows:
            row = _reduced(row, rows[max(row)], max(row))
        if row:
            top = row[max(row)]
            rows[max(row)] = {key: value / top for key, value in row.items()}
    return rows


def _reduced(row: Row, other: Row, key: int) -> Row:
    """Return a row without a key, by subtracting another one that has a 1 there."""
    factor, found = row[key], dict(row)
    for k, value in other.items():
        found[k] = found.get(k, Fraction(0)) - factor * value
    return {k: value for k, value in found.items() if value}


def _powers(unknowns: Sequence[int], solved: Mapping[int, Row], free: int) -> dict[int, int]:
    values = {free: Fraction(1)}
    values |= {p: -row[free] for p, row in solved.items() if free in row}
    common = lcm(*(value.denominator for value in values.values()))
    return {unknowns[number]: int(value * common) for number, value in values.items()}
