"""Columns over a field: the chains which the reduction to canonical form adds up, exactly.

A column stands for the rows in which it is not zero. Over Z/2 it is one integer, a bit for each
row, and adding two is one `xor`; over Z/p and the rationals it is a dictionary of entries. All
offer the same four operations, and no fraction is ever needed: a column may be multiplied.
"""

from math import gcd, isqrt
from operator import index

__all__ = ["Bits", "Rationals", "Residues", "columns_over"]


class Bits:
    """Columns over Z/2: bit `row` of an integer is the entry in that row.

    Examples
    --------
    >>> bits = Bits()
    >>> column = bits.column({0: 1, 3: -1, 4: 2})
    >>> column, bits.top(column), bits.entries(column)
    (9, 3, {0: 1, 3: 1})
    """

    def column(self, entries: dict[int, int]) -> int:
        """Return the column with these entries, integers by row."""
        return sum(1 << row for row, entry in entries.items() if entry % 2)

    def top(self, column: int) -> int:
        """Return the highest row with an entry, -1 if the column is zero."""
        return column.bit_length() - 1

    def cancel(self, column: int, other: int, row: int) -> int:
        """Return the sum of two columns that both have an entry in this row: it has none."""
        return column ^ other

    def entries(self, column: int) -> dict[int, int]:
        """Return the entries by row, the lowest row first."""
        found = {}
        while column:
            row = (column & -column).bit_length() - 1
            found[row] = 1
            column ^= 1 << row
        return found


class _Terms:
    """What columns as dictionaries share."""

    def top(self, column: dict[int, int]) -> int:
        """Return the highest row with an entry, -1 if the column is zero."""
        return max(column, default=-1)

    def entries(self, column: dict[int, int]) -> dict[int, int]:
        """Return the entries by row, the lowest row first."""
        return dict(sorted(column.items()))


class Residues(_Terms):
    """Columns over Z/p: dictionaries of residues 1, ..., p - 1 by row.

    Parameters
    ----------
    p : int
        A prime.

    Examples
    --------
    >>> residues = Residues(5)
    >>> residues.cancel(residues.column({0: 1, 3: -1}), {1: 1, 3: 3}, row=3)
    {0: 1, 1: 2}
    """

    def __init__(self, p: int) -> None:
        self.p = p

    def column(self, entries: dict[int, int]) -> dict[int, int]:
        """Return the column with these entries, integers by row."""
        return {row: entry % self.p for row, entry in entries.items() if entry % self.p}

    def cancel(self, column: dict[int, int], other: dict[int, int], row: int) -> dict[int, int]:
        """Take from `column`, in place, the multiple of `other` that leaves zero in this row."""
        p = self.p
        factor = column[row] * pow(other[row], -1, p) % p
        for place, entry in other.items():
            left = (column.get(place, 0) - factor * entry) % p
            if left:
                column[place] = left
            else:
                del column[place]
        return column


class Rationals(_Terms):
    """Columns over the rationals: dictionaries of integers by row, without a common divisor.

    Examples
    --------
    >>> rationals = Rationals()
    >>> rationals.cancel({0: 1, 3: 4}, {1: 1, 3: 6}, row=3)
    {0: 3, 1: -2}
    """

    def column(self, entries: dict[int, int]) -> dict[int, int]:
        """Return the column with these entries, integers by row."""
        return dict(entries)

    def cancel(self, column: dict[int, int], other: dict[int, int], row: int) -> dict[int, int]:
        """Return a multiple of `column` less the one of `other` that leaves zero in this row."""
        common = gcd(column[row], other[row])
        scale, factor = other[row] // common, column[row] // common
        if scale < 0:
            scale, factor = -scale, -factor
        if scale > 1:
            column = {place: scale * entry for place, entry in column.items()}
        for place, entry in other.items():
            left = column.get(place, 0) - factor * entry
            if left:
                column[place] = left
            else:
                del column[place]
        divisor = gcd(*column.values())
        if divisor > 1:
            column = {place: entry // divisor for place, entry in column.items()}
        return column


def columns_over(characteristic: int) -> Bits | Residues | Rationals:
    """Return how columns over the field of this characteristic are kept and added.

    Parameters
    ----------
    characteristic : int
        0 for the rationals, a prime `p` below 2**31 for Z/p.

    Raises
    ------
    ValueError
        If there is no such field.

    Examples
    --------
    >>> columns_over(2).column({0: 3, 1: 2})
    1
    """
    try:
        p = index(characteristic)
    except TypeError:
        p = -1
    if p == 0:
        return Rationals()
    if p == 2:
        return Bits()
    if 2 < p < 2**31 and all(p % k for k in range(2, isqrt(p) + 1)):
        return Residues(p)
    raise ValueError(
        "`characteristic` must be 0 (the rationals) or a prime p below 2**31 (the integers mod p), "
        f"got {characteristic!r}; use 2 to leave signs out"
    )
