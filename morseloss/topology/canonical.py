"""Barannikov's canonical form of a filtered complex: births, deaths, and the basis behind them.

The reduction adds columns of lower cells to those of higher ones until every column has its own
lowest row. A column carries its history in the rows beneath its boundary, so what is added to the
one is added to the other, and the basis comes out with the bars.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Int

from morseloss.kinds import check_kind
from morseloss.topology.chain_complex import ChainComplex
from morseloss.topology.columns import columns_over
from morseloss.topology.diagram import Diagram
from morseloss.topology.door import integers, rebuilt
from morseloss.topology.provenance import ours

__all__ = ["CanonicalForm", "canonical_form"]


@dataclass(frozen=True, eq=False)
class CanonicalForm:
    """Hold a filtered complex over a field in canonical form: a basis whose boundary is a matching.

    In this basis every cell is of one of three kinds: its boundary is a basis element, it is the
    boundary of one, or neither. The matching is the same whatever the basis: it is the barcode.

    Parameters
    ----------
    complex : ChainComplex
        The complex, with its values and degrees.
    characteristic : int
        0 for the rationals, a prime `p` for Z/p.
    pairs : ndarray, shape (m, 2), int64
        Birth cell and death cell of each bar that ends, births in the order of the filtration.
    essential : ndarray, shape (k,), int64
        Cells of the bars that do not end, in the order of the filtration.
    basis : tuple of dict
        Entry `p` is the basis element of cell `p`: the coefficient of each cell in it, in the order
        of the filtration. Cell `p` is the last one; all are of its degree. The coefficients are
        exact: integers of any size over the rationals, residues 1, ..., p - 1 over Z/p.

    References
    ----------
    Barannikov, The framed Morse complex and its invariants, 1994.

    Examples
    --------
    >>> interval = ChainComplex(
    ...     values=[0.0, 1.0, 3.0], degrees=[0, 0, 1], boundary=[[0, 0, -1], [0, 0, 1], [0, 0, 0]]
    ... )
    >>> form = canonical_form(interval)
    >>> form
    CanonicalForm(1 pair and 1 essential class over Q)
    >>> form.pairs, form.basis[1]
    (array([[1, 2]]), {0: -1, 1: 1})
    """

    complex: ChainComplex
    characteristic: int
    pairs: Int[np.ndarray, "m 2"]
    essential: Int[np.ndarray, " k"]
    basis: tuple[dict[int, int], ...]

    def __post_init__(self):
        object.__setattr__(self, "pairs", integers("pairs", self.pairs, axes=2))
        object.__setattr__(self, "essential", integers("essential", self.essential))
        object.__setattr__(self, "basis", tuple(map(dict, self.basis)))

    __reduce__ = rebuilt

    def __repr__(self):
        m, k = len(self.pairs), len(self.essential)
        field = f"Z/{self.characteristic}" if self.characteristic else "Q"
        return (
            f"CanonicalForm({m} pair{'' if m == 1 else 's'} and "
            f"{k} essential class{'' if k == 1 else 'es'} over {field})"
        )

    @property
    def order(self) -> Int[np.ndarray, " n"]:
        """Cells in the order of the filtration, in which the basis is upper triangular."""
        return self.complex.order()

    @property
    def betti(self) -> tuple[int, ...]:
        """Betti numbers over the field, from degree 0 to the highest."""
        degrees = self.complex.degrees
        counts = np.bincount(degrees[self.essential], minlength=degrees.max(initial=-1) + 1)
        return tuple(counts.tolist())

    def diagram(self) -> Diagram:
        """Return the bars, of length zero too, with the cells of their births and deaths.

        Examples
        --------
        >>> circle = ChainComplex.from_matrices([[0.0], [1.0]], [[[0]]])
        >>> canonical_form(circle).diagram()
        Diagram(2 bars: 1 of degree 0, 1 of degree 1, 2 essential)
        """
        values = self.complex.values
        births, deaths = np.append(self.pairs[:, 0], self.essential), self.pairs[:, 1]
        k = len(self.essential)
        return Diagram(
            births=values[births],
            deaths=np.append(values[deaths], np.full(k, np.inf)),
            degrees=self.complex.degrees[births],
            birth_cells=births,
            death_cells=np.append(deaths, np.full(k, -1)),
            provenance=ours(self.characteristic),
        )

    def basis_matrix(self) -> np.ndarray:
        """Return the basis as a matrix of exact numbers, the element of cell `p` in column `p`.

        With `order` for rows and columns it is upper triangular, without zeros on the diagonal. The
        boundary times this matrix is this matrix times `matching_matrix()`, exactly; over Z/p up to
        multiples of p.

        Returns
        -------
        ndarray of objects, shape (n, n)
            Integers of any size.

        Examples
        --------
        >>> interval = ChainComplex.from_matrices([[0.0, 1.0], [3.0]], [[[-1], [1]]])
        >>> canonical_form(interval).basis_matrix()
        array([[1, -1, 0],
               [0, 1, 0],
               [0, 0, 1]], dtype=object)
        """
        matrix = np.zeros((len(self.complex), len(self.complex)), object)
        for cell, element in enumerate(self.basis):
            matrix[list(element), cell] = list(element.values())
        return matrix

    def matching_matrix(self) -> Int[np.ndarray, "n n"]:
        """Return the boundary in the basis: 1 at each pair `[birth, death]`, 0 elsewhere.

        Examples
        --------
        >>> interval = ChainComplex.from_matrices([[0.0, 1.0], [3.0]], [[[-1], [1]]])
        >>> canonical_form(interval).matching_matrix()
        array([[0, 0, 0],
               [0, 0, 1],
               [0, 0, 0]])
        """
        matrix = np.zeros((len(self.complex), len(self.complex)), np.int64)
        matrix[self.pairs[:, 0], self.pairs[:, 1]] = 1
        return matrix


def canonical_form(complex: ChainComplex, *, characteristic: int = 0) -> CanonicalForm:
    """Bring a filtered complex over a field to canonical form, exactly.

    Parameters
    ----------
    complex : ChainComplex
        The complex; `MorseComplex.chain_complex` is one.
    characteristic : int
        0 for the rationals, 2 to leave signs out, any other prime `p` for Z/p.

    Returns
    -------
    CanonicalForm
        Pairs, essential cells, and a basis in which the boundary is the matching of the pairs.

    Raises
    ------
    ValueError
        If the characteristic is neither 0 nor a prime below 2**31, or the complex is none.

    Notes
    -----
    Columns are reduced from the highest degree down. A cell which is the birth of a pair needs no
    reduction of its own: the boundary of the basis element of its death is its basis element.

    References
    ----------
    Barannikov, The framed Morse complex and its invariants, 1994.
    Chen and Kerber, Persistent homology computation with a twist, 2011.

    Examples
    --------
    A disc glued twice around a circle has a class of degree 1 over Z/2 alone:

    >>> plane = ChainComplex.from_matrices([[0.0], [1.0], [2.0]], [[[0]], [[2]]])
    >>> canonical_form(plane).betti, canonical_form(plane, characteristic=2).betti
    ((1, 0, 0), (1, 1, 1))
    """
    cure = "a Morse complex has its own, `.canonical_form()`"
    check_kind("complex", complex, ChainComplex, cure)
    field, order = columns_over(characteristic), complex.order()
    columns = [field.column(entries) for entries in _entries(complex, order)]
    owners = _reduce(columns, complex.degrees[order], field)
    n, cells = len(order), order.tolist()

    def chain(place, first):
        entries = field.entries(columns[place]).items()
        return {cells[row - first]: entry for row, entry in entries if first <= row < first + n}

    basis = [chain(owners[row], n) if row in owners else chain(row, 0) for row in range(n)]
    places = np.array(sorted(owners.items()), np.int64).reshape(-1, 2)
    return CanonicalForm(
        complex=complex,
        characteristic=int(characteristic),
        pairs=order[places],
        essential=np.delete(order, places.ravel()),
        basis=tuple(basis[place] for place in np.argsort(order)),
    )


def _entries(complex, order):
    """Return the entries of each column in order: itself in row `p`, its boundary from row n on."""
    n = len(order)
    boundary = complex.boundary[:, order]
    rows = (n + np.argsort(order)[boundary.indices]).tolist()
    data, starts = boundary.data.tolist(), boundary.indptr.tolist()
    return [
        {p: 1, **dict(zip(rows[start:stop], data[start:stop], strict=True))}
        for p, (start, stop) in enumerate(pairwise(starts))
    ]


def _reduce(columns, degrees, field):
    """Reduce the columns in place; return the column that owns each lowest row of a boundary."""
    n = len(columns)
    owners = {}
    for p in np.argsort(-degrees, kind="stable").tolist():
        if n + p in owners:
            continue
        column = columns[p]
        while (row := field.top(column)) in owners:
            column = field.cancel(column, columns[owners[row]], row)
        columns[p] = column
        if row >= n:
            owners[row] = p
    return {row - n: p for row, p in owners.items()}
