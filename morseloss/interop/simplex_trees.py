"""Graphs, barcodes and complexes as what other tools compute persistence from: gudhi, PHAT.

The one idea: a minimum is a vertex and a pass is an edge. Other packages are imported inside the
one function that needs them.
"""

from itertools import combinations, count, islice, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.graph import as_graph
from morseloss.kinds import check_kind
from morseloss.topology.chain_complex import ChainComplex
from morseloss.topology.diagram import Diagram, check_diagram

if TYPE_CHECKING:
    import gudhi

__all__ = ["model_simplex_tree", "to_columns", "to_simplex_tree"]


def to_simplex_tree(source: Any) -> "gudhi.SimplexTree":
    """Return a graph of minima as a gudhi simplex tree, ready for `persistence`.

    gudhi computes bars of length zero only on `persistence(min_persistence=-1)`, and needs
    `persistence_dim_max=True` for a graph without edges.

    Parameters
    ----------
    source : LandscapeGraph, Filtration, networkx.Graph, tuple or array
        Whatever `as_graph` reads.

    Returns
    -------
    gudhi.SimplexTree
        Vertices are rows of minima. It keeps the lowest of parallel edges and no self-loops.

    Raises
    ------
    ValueError
        If the source is no filtered graph; see `Filtration`.

    Examples
    --------
    >>> graph = np.array([0.0, 1.0]), np.array([[0, 1]]), np.array([3.0])
    >>> to_simplex_tree(graph).persistence()
    [(0, (0.0, inf)), (0, (1.0, 3.0))]
    """
    from gudhi import SimplexTree

    filtration = as_graph(source).filtration
    tree = SimplexTree()
    # a row of its own and int64: gudhi misreads a broadcast view of int32
    vertices = np.arange(len(filtration)).reshape(1, -1)
    tree.insert_batch(vertices, filtration.values)
    edges = np.sort(filtration.edges, axis=1).astype(np.int64)
    proper = edges[:, 0] != edges[:, 1]
    # gudhi keeps the lowest filtration value of a simplex that is inserted twice
    tree.insert_batch(np.ascontiguousarray(edges[proper].T), filtration.weights[proper])
    return tree


def model_simplex_tree(diagram: Diagram) -> "gudhi.SimplexTree":
    """Return a gudhi simplex tree with the bars of a diagram: a model of them, not their origin.

    It is a bouquet of spheres: a bar of degree `k` is the boundary of a simplex of dimension
    `k + 1`, which enters at its birth and is filled at its death, an essential one never. All share
    the vertex 0, the essential bar of degree 0 with the least birth. So a tool that reads simplex
    trees gets the barcode in every degree, whatever complex it comes from; of the complex itself
    it gets nothing.

    Parameters
    ----------
    diagram : Diagram
        The bars.

    Returns
    -------
    gudhi.SimplexTree
        Its bars of positive length are those of the diagram, over every field. Those of length zero
        are among its own, which are more: gudhi computes them only on
        `persistence(min_persistence=-1)`. It needs `persistence_dim_max=True` for essential bars of
        the highest degree.

    Raises
    ------
    ValueError
        If no essential bar of degree 0 is born first, as one is in every space.

    Examples
    --------
    >>> bars = Diagram(births=[0.0, 1.0, 2.0], deaths=[np.inf, 3.0, np.inf], degrees=[0, 0, 1])
    >>> model_simplex_tree(bars).persistence(persistence_dim_max=True)
    [(1, (2.0, inf)), (0, (0.0, inf)), (0, (1.0, 3.0))]
    """
    from gudhi import SimplexTree

    check_diagram(diagram)
    tree = SimplexTree()
    if len(diagram) == 0:
        return tree
    roots = np.flatnonzero(~diagram.finite & (diagram.degrees == 0))
    first = diagram.births.min()
    if len(roots) == 0 or diagram.births[roots[0]] > first:
        raise ValueError(
            "`diagram` must have an essential bar of degree 0 born no later "
            f"than any other, as every space has, got {diagram} with first birth {first}; keep its "
            "bars of degree 0 together with those of higher degree"
        )
    tree.insert([0], first)
    others = np.arange(len(diagram)) != roots[0]
    columns = diagram.degrees[others], diagram.births[others], diagram.deaths[others]
    unused = count(1)
    for degree, birth, death in zip(*(column.tolist() for column in columns), strict=True):
        simplex = [0, *islice(unused, degree + 1)]
        for face in combinations(simplex, degree + 1):
            tree.insert(face, birth)  # a face that is there keeps its lower value
        if death < np.inf:
            tree.insert(simplex, death)
    return tree


def to_columns(complex: ChainComplex | MorseComplex) -> list[tuple[int, list[int]]]:
    """Return the boundary mod 2 as PHAT and its like read it: columns in filtration order.

    Parameters
    ----------
    complex : ChainComplex or MorseComplex
        The filtered complex.

    Returns
    -------
    list of (int, list of int)
        Degree of each cell and the places of the cells in its boundary, increasing. Cell
        `complex.order()[i]` of a chain complex is at place `i`.

    Examples
    --------
    >>> to_columns(MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]]))
    [(0, []), (0, []), (1, [0, 1])]
    """
    cells = complex.chain_complex if isinstance(complex, MorseComplex) else complex
    check_kind("complex", cells, ChainComplex, "pass a complex, a graph has no boundary")
    order = cells.order()
    boundary = cells.boundary[:, order]
    rows, odd = np.argsort(order)[boundary.indices], boundary.data % 2 != 0
    columns = zip(cells.degrees[order].tolist(), pairwise(boundary.indptr), strict=True)
    return [
        (degree, sorted(rows[start:stop][odd[start:stop]].tolist()))
        for degree, (start, stop) in columns
    ]
