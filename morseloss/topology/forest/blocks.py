"""`forest_of_blocks`: the minimum spanning forest of more edges than memory holds, block by block.

The one idea: a block is looked at, and gone before the next one is made; what the forest needs of
it goes into a `Stock`.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss.topology.door import borrowing, integers, reals, shown
from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.stock import Forest, Stock

__all__ = ["forest_of_blocks"]


def forest_of_blocks(values: Float[np.ndarray, " n"], blocks: Iterable[Any]) -> Forest:
    """Return the minimum spanning forest of the edges in all blocks.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.
    blocks : iterable of (heads, tails, weights)
        Looked at one at a time; none is held while the next one is made.

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
    stock, number, rows = Stock(values), 0, 0
    for block in _each(blocks):
        rows += _take(stock, f"block {number}", block, rows)
        number += 1
        del block
    if number == 0:
        raise ValueError(
            "`blocks` must yield at least one block, got none; hand over [([], [], [])] if there "
            "are no edges"
        )
    return stock.forest()


def _each(blocks):
    """Return the blocks one by one."""
    if isinstance(blocks, str | bytes | dict) or not hasattr(blocks, "__iter__"):
        raise ValueError(
            "`blocks` must be an iterable of tuples (heads, tails, weights), got "
            f"{shown(blocks)}; put a single block into a list"
        )
    return iter(blocks)


def _take(stock, name, block, rows):
    """Take the edges of a block, which are numbered from `rows` on; return how many they are."""
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
        stock.take(Edges(heads, tails, weights, range(rows, rows + len(weights))))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
    return len(weights)
