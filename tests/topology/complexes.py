"""Filtered complexes: simplicial ones for gudhi, and ones whose canonical form is known."""

import gudhi
import numpy as np
from hypothesis import strategies as st

from morseloss.topology import ChainComplex

PLANE = [(0, 1, 2), (0, 2, 3), (0, 3, 4), (0, 4, 5), (0, 1, 5)]
PLANE += [(1, 2, 4), (1, 3, 4), (1, 3, 5), (2, 3, 5), (2, 4, 5)]


def simplicial(facets, generator, *, levels=None):
    """A gudhi simplex tree with random values, and the same complex in our form."""
    tree = gudhi.SimplexTree()
    for facet in facets:
        tree.insert(list(facet))
    for simplex, _ in list(tree.get_simplices()):
        value = generator.random() * len(simplex) if levels is None else generator.integers(levels)
        tree.assign_filtration(simplex, float(value))
    tree.make_filtration_non_decreasing()
    return tree, from_tree(tree)


def from_tree(tree):
    simplices = {tuple(simplex): value for simplex, value in tree.get_simplices()}
    rows = {simplex: row for row, simplex in enumerate(simplices)}
    boundary = np.zeros((len(rows), len(rows)), np.int64)
    for simplex, row in rows.items():
        for i in range(len(simplex) if len(simplex) > 1 else 0):
            boundary[rows[simplex[:i] + simplex[i + 1 :]], row] = (-1) ** i
    degrees = [len(simplex) - 1 for simplex in rows]
    return ChainComplex(np.array(list(simplices.values())), degrees, boundary)


def bars_of(diagram):
    columns = diagram.degrees, diagram.births, diagram.deaths
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@st.composite
def hidden(draw, max_pairs=5, max_essential=3, max_steps=12):
    """A complex that is a matching with multiplicities, in a basis changed upper-triangularly.

    Returned with its pairs, the multiplicity of each, and the rows of its other cells.
    """
    level, degree = st.integers(0, 4).map(float), st.integers(0, 3)
    multiple = st.sampled_from([1, -1, 2, 3, -4, 6])
    pairs = draw(st.lists(st.tuples(level, level, degree, multiple), max_size=max_pairs))
    others = draw(st.lists(st.tuples(level, degree), max_size=max_essential))
    values = [v for a, b, *_ in pairs for v in (min(a, b), max(a, b))] + [v for v, _ in others]
    degrees = [k + i for *_, k, _ in pairs for i in (0, 1)] + [k for _, k in others]
    n = len(values)
    rows = np.array(draw(st.permutations(range(n))), np.int64)
    new_values, new_degrees = np.empty(n), np.empty(n, np.int64)
    new_values[rows], new_degrees[rows] = values, degrees
    boundary = np.zeros((n, n), np.int64)
    matched = rows[: 2 * len(pairs)].reshape(-1, 2)
    multiples = np.array([m for *_, m in pairs], np.int64)
    boundary[matched[:, 0], matched[:, 1]] = multiples
    order = np.lexsort((new_degrees, new_values))
    step = st.tuples(st.integers(0, max(n - 1, 0)), st.integers(0, max(n - 1, 0)))
    for a, b in draw(st.lists(step, max_size=max_steps if n else 0)):
        low, high = order[min(a, b)], order[max(a, b)]
        if low != high and new_degrees[low] == new_degrees[high]:
            factor = draw(st.sampled_from([1, -1, 2]))
            boundary[:, high] += factor * boundary[:, low]
            boundary[low] -= factor * boundary[high]
    complex = ChainComplex(new_values, new_degrees, boundary)
    return complex, matched, multiples, rows[2 * len(pairs) :]
