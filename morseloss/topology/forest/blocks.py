"""`forest_of_blocks`: the minimum spanning forest of more edges than memory holds, block by block.

The one idea: an edge that is the heaviest of a cycle of earlier ones never matters again, so of all
that came a forest is enough, and what it tells of heights keeps most later edges out.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.door import borrowing, integers, reals, shown
from morseloss.topology.forest.components import Edges, unite
from morseloss.topology.forest.faults import check_edges
from morseloss.topology.forest.growth import find_killers
from morseloss.topology.forest.order import narrow, total_order
from morseloss.topology.forest.sieve import levels
from morseloss.topology.forest.team import Team

__all__ = ["Forest", "forest_of_blocks"]

WAITING = 1 << 20  # edges that wait at least before they are merged into the forest


class Forest(NamedTuple):
    """A minimum spanning forest.

    Attributes
    ----------
    edges : Edges
        At most one fewer than there are minima, called by their rows in all blocks together.
    killers : ndarray, shape (n,)
        Row in `edges` of the edge that ends the bar of each minimum, -1 if none does.
    """

    edges: Edges
    killers: Int[np.ndarray, " n"]


def forest_of_blocks(values: Float[np.ndarray, " n"], blocks: Iterable[Any]) -> Forest:
    """Return the minimum spanning forest of the edges in all blocks.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.
    blocks : iterable of (heads, tails, weights)
        Looked at one at a time; none is kept.

    Raises
    ------
    ValueError
        If there is no block, or one holds no edges of a filtration; the message counts from 0.

    Examples
    --------
    >>> blocks = [([0], [1], [3.0]), ([1, 0], [0, 1], [4.0, 2.0])]
    >>> forest_of_blocks(np.array([0.0, 1.0]), blocks).edges.weights
    array([2.])
    """
    none = np.empty(0, narrow(len(values)))
    forest = Forest(Edges(none, none, np.empty(0), range(0)), np.full(len(values), -1))
    level = None
    minima, most = total_order(values), max(len(values), WAITING)
    waiting, count, rows, number = [], 0, 0, -1
    for number, block in enumerate(_each(blocks)):
        edges = _read(f"block {number}", block, values, rows)
        rows += len(edges.weights)
        for low in range(0, len(edges.weights), most):
            waiting.append(_kept(edges.stretch(low, low + most), level, none.dtype))
            count += len(waiting[-1].weights)
            if count >= most:
                forest = _merged(forest, waiting, values, minima)
                level = _levels(forest, values, minima)
                waiting, count = [], 0
    if number < 0:
        raise ValueError(
            "`blocks` must yield at least one block, got none; hand over [([], [], [])] if there "
            "are no edges"
        )
    return _merged(forest, waiting, values, minima)


def _each(blocks):
    """Return the blocks one by one."""
    if isinstance(blocks, str | bytes | dict) or not hasattr(blocks, "__iter__"):
        raise ValueError(
            "`blocks` must be an iterable of tuples (heads, tails, weights), got "
            f"{shown(blocks)}; put a single block into a list"
        )
    return iter(blocks)


def _read(name, block, values, rows):
    """Return the edges of a block, which are numbered from `rows` on."""
    if not isinstance(block, tuple | list) or len(block) != 3:
        raise ValueError(
            f"{name} must be a tuple (heads, tails, weights), got {shown(block)} of "
            f"{type(block).__name__}; yield three arrays of one length for each block"
        )
    try:
        with borrowing():
            heads, tails = (
                integers(end, column) if np.size(column) else np.empty(0, np.int64)
                for end, column in zip(("heads", "tails"), block[:2], strict=True)
            )
            weights = reals("weights", block[2])
        lengths = len(heads), len(tails), len(weights)
        if len(set(lengths)) > 1:
            raise ValueError(
                "heads, tails and weights must be of one length, got {}, {} and {}; each edge has "
                "one of each".format(*lengths)
            )
        edges = Edges(heads, tails, weights, range(rows, rows + len(weights)))
        check_edges(edges, values, "`heads` and `tails`")
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return edges


def _kept(edges, level, kind):
    """Return copies of the edges that are not the heaviest of a cycle with earlier ones."""
    rows = slice(None)
    if level is not None:
        rows = np.flatnonzero(edges.weights < np.maximum(level[edges.heads], level[edges.tails]))
    heads, tails, weights, names = edges.named()
    return Edges(
        heads[rows].astype(kind), tails[rows].astype(kind), weights[rows].copy(), names[rows]
    )


def _merged(forest, waiting, values, minima):
    """Return the forest of a forest and later edges."""
    pieces = [forest.edges.named(), *waiting]
    edges = Edges(*map(np.concatenate, zip(*pieces, strict=True)))
    with Team(len(edges.weights)) as team:
        here = edges._replace(names=range(len(edges.weights)))
        killers = find_killers(here, values, lambda: minima, team)
    rows = np.sort(killers[killers >= 0])
    places = np.full(len(edges.weights) + 1, -1)  # the last one is that of no edge, -1
    places[rows] = np.arange(len(rows))
    columns = (
        edges.heads[rows],
        edges.tails[rows],
        edges.weights[rows],
        np.asarray(edges.names)[rows],
    )
    return Forest(Edges(*columns), places[killers])


def _levels(forest, values, minima):
    """Return how high one must climb in the forest to the lowest minimum of its largest piece."""
    edges = forest.edges._replace(names=range(len(forest.edges.weights)))
    killers, elders = unite(edges, values)
    deaths = np.append(edges.weights, -np.inf)[killers]  # the last one is that of no edge, -1
    return levels(deaths, elders, minima)
