"""Every form in which a weighted graph, or a diagram, comes in: made of three plain lists.

A number may be spoilt before: each form then holds what it can hold of it, and must be refused.
"""

from decimal import Decimal
from fractions import Fraction

import networkx as nx
import numpy as np
import scipy.sparse
import torch

NAN, INFINITY = float("nan"), float("inf")
ARRAYS = np.ndarray, torch.Tensor, np.void
WRONG = [
    *(True, np.True_, None, "1.5", "False", b"1", 1j, np.complex64(1), [1.0], (), {}, object()),
    *(Decimal("1.5"), Fraction(1, 2), NAN, INFINITY, -INFINITY, 2**53 + 1),
    *(-(2**53) - 1, 10**400, np.int64(2**53 + 1), np.uint64(2**64 - 1), np.longdouble(1)),
    *(np.datetime64(1, "s"), np.timedelta64(1, "s"), np.zeros(1, "f8,f8")[0], np.ma.masked),
    *(np.array([1.0]), torch.tensor([1.0]), torch.tensor(1.0, requires_grad=True)),
    *(torch.tensor(True), torch.tensor(1j), torch.empty((), device="meta")),
]
"""What is no number, or none that float64 holds exactly, or not finite."""

IN_JSON = [True, False, None, "1.5", "", [1.0], {}, NAN, INFINITY, 2**53 + 1, 10**400]
IN_TEXT = [
    "x",
    "",
    "True",
    "nan",
    "inf",
    "1_0",
    "1,5",
    "9007199254740993",
    "0x10",
    "1e999",
    "\u0661",
]
DTYPES = [np.float64, np.float32, np.float16, ">f8", object, "list", "torch", "bfloat16"]


def columns(values, edges, weights, draw):
    """Three arrays, lists or tensors of any type that holds the numbers."""
    ends = np.array(edges, np.int64).reshape(-1, 2)
    ends = [ends, ends.astype(np.int32), ends.tolist(), torch.tensor(ends), ends.astype(np.uint8)]
    return typed(values, draw), ends[draw.integers(len(ends))], typed(weights, draw)


def typed(numbers, draw):
    kind = DTYPES[draw.integers(len(DTYPES))]
    if kind == "list" or any(type(entry) is not float for entry in numbers):
        return list(numbers)
    if kind in ("torch", "bfloat16"):
        return torch.tensor(numbers, dtype=torch.bfloat16 if kind == "bfloat16" else torch.float32)
    return np.array(numbers, dtype=kind)


def objects(values, edges, weights, draw):
    """Arrays of objects, as a table of mixed columns gives them."""
    wide = np.empty(len(values) + len(weights), object)
    for row, entry in enumerate([*values, *weights]):
        wide[row] = entry
    return wide[: len(values)], np.array(edges, int).reshape(-1, 2), wide[len(values) :]


def dense(values, edges, weights, draw):
    """A matrix; of floats, or of objects where it has to be."""
    plain = all(type(entry) is float for entry in [*values, *weights])
    matrix = np.full((len(values),) * 2, np.nan if draw.integers(2) else np.inf)
    matrix = matrix if plain else matrix.astype(object)
    for row, entry in enumerate(values):
        matrix[row, row] = entry
    for (u, v), entry in zip(edges, weights, strict=True):
        matrix[u, v] = matrix[v, u] = entry
    return matrix


def sparse(values, edges, weights, draw):
    """A sparse matrix in each format that tells zero from nothing, in either triangle or both."""
    entries = [(row, row, entry) for row, entry in enumerate(values)]
    for (u, v), entry in zip(edges, weights, strict=True):
        side = int(draw.integers(3))
        entries += [(u, v, entry)] * (side != 0) + [(v, u, entry)] * (side != 1)
    draw.shuffle(entries)
    rows, places, numbers = zip(*entries, strict=True)
    # numpy takes text for its only wide type of text, and objects are none of a sparse matrix
    found = np.array([complex(n) if isinstance(n, complex) else n for n in numbers])
    matrix = scipy.sparse.coo_array((found, (rows, places)), shape=(len(values),) * 2)
    kind = ("coo", "csr", "csc", "lil", "dok")[draw.integers(5)]
    kind = kind if found.dtype == float or kind != "lil" else "csr"
    return matrix.asformat(kind)


def _networkx(kind):
    def made(values, edges, weights, draw):
        graph = kind()
        for row, entry in enumerate(values):
            graph.add_node(f"m{row}", value=entry, colour="red")
        for (u, v), entry in zip(edges, weights, strict=True):
            graph.add_edge(f"m{u}", f"m{v}", weight=entry, label="a pass")
        return graph

    made.__name__ = kind.__name__
    return made


graph, digraph, multigraph = map(_networkx, (nx.Graph, nx.DiGraph, nx.MultiGraph))
