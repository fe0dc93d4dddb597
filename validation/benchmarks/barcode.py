"""How long a barcode takes, and how much memory, against one sort of the weights and other tools.

Each method runs in a process of its own, and there times one `np.argsort` of the same weights in
turn with itself: the ratio is what carries over to other machines. Memory is what the process peaks
at above the input arrays, so allocations of numpy, numba and C++ count alike.
"""

import hashlib
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from morseloss.graphs.persistence import barcode
from morseloss.interop import to_simplex_tree
from morseloss.topology.forest.components import Edges, unite
from validation.report import Outcome
from validation.style import dots

__all__ = ["TITLE", "draw", "run"]

TITLE = "Barcode of a large graph: time and memory"

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def sparse_graph(n: int, m: int, seed: int) -> Arrays:
    """Draw a random tree and random edges over `n` minima, `m` edges in all, in random order."""
    generator = np.random.default_rng(seed)
    tree = np.stack([np.arange(1, n), generator.integers(0, np.arange(1, n))], axis=1)
    edges = np.concatenate([tree, generator.integers(0, n, (m - n + 1, 2))])
    return weighted(n, generator.permutation(edges), generator)


def complete_graph(n: int, seed: int) -> Arrays:
    """Draw a complete graph of `n` minima."""
    edges = np.stack(np.triu_indices(n, 1), axis=1)
    return weighted(n, edges, np.random.default_rng(seed))


def weighted(n, edges, generator):
    """Add values U(0, 1), and weights that exceed the higher end by Exp(0.3)."""
    values = generator.random(n)
    weights = values[edges].max(axis=1) + generator.exponential(0.3, len(edges))
    return values, edges, weights


def with_morseloss(values, edges, weights):
    """Validate and compute the bars, with the minimum and the edge of each."""
    bars = barcode((values, edges, weights))
    return bars.births, bars.deaths


def with_scipy(values, edges, weights):
    """Take scipy's minimum spanning tree on ranks, since it loses zeros and adds up parallels."""
    n, order = len(values), np.argsort(weights, kind="stable")
    low, high = np.sort(edges[order], axis=1).T
    _, first = np.unique(low * n + high, return_index=True)
    first = first[low[first] != high[first]]
    matrix = csr_array((first + 1.0, (low[first], high[first])), shape=(n, n))
    tree = order[np.sort(minimum_spanning_tree(matrix).data).astype(np.int64) - 1]
    killers, _ = unite(Edges(*edges[tree].T, weights[tree], tree), values)
    return values, np.where(killers >= 0, weights[killers], np.inf)


def with_gudhi(values, edges, weights):
    """Insert everything in two batches and read the intervals of degree 0."""
    tree = to_simplex_tree((values, edges, weights))
    tree.compute_persistence(min_persistence=-1, persistence_dim_max=True)
    return tree.persistence_intervals_in_dimension(0).T


METHODS = {"morseloss": with_morseloss, "scipy": with_scipy, "gudhi": with_gudhi}
SLOW = ("scipy", "gudhi")


GRAPHS = {
    # name: drawn by, size, a smaller size to warm up with, time limit in units of argsort
    "sparse, n=1e6, m=5e6": (sparse_graph, (1_000_000, 5_000_000), (100_000, 500_000), 2.0),
    "complete, n=3000": (complete_graph, (3000,), (1000,), 0.2),
}
REPEATS = 7


def run(seed: int) -> Outcome:
    """Time all methods on a sparse and on a complete graph; slow methods run once."""
    graphs = {}
    for name, (drawn, size, small, _) in GRAPHS.items():
        cells = {
            method: _in_new_process(
                method, drawn, (*size, seed), (*small, seed), 1 if method in SLOW else REPEATS
            )
            for method in METHODS
        }
        digests = {cell.pop("digest") for cell in cells.values()}
        for cell in cells.values():
            cell["times_morseloss"] = cell["seconds"] / cells["morseloss"]["seconds"]
        graphs[name] = {"methods": cells, "bars_equal_to_the_bit": len(digests) == 1}
    ours = [graphs[name]["methods"]["morseloss"] for name in GRAPHS]
    gudhi = [graphs[name]["methods"]["gudhi"] for name in GRAPHS]
    holds = all(
        cell["times_argsort"] <= limit and cell["memory_over_input"] <= 2.0
        for cell, (*_, limit) in zip(ours, GRAPHS.values(), strict=True)
    )
    holds &= all(cell["times_morseloss"] >= 10 for cell in gudhi)
    equal = all(graph["bars_equal_to_the_bit"] for graph in graphs.values())
    return Outcome(
        "sparse 2, complete 0.2 times one argsort, memory 2 times the input; gudhi 10 times slower",
        f"{ours[0]['times_argsort']:.2f} and {ours[1]['times_argsort']:.2f} times, memory "
        f"{ours[0]['memory_over_input']:.2f} and {ours[1]['memory_over_input']:.2f} times; gudhi "
        f"{gudhi[0]['times_morseloss']:.0f} and {gudhi[1]['times_morseloss']:.0f} times slower; "
        f"bars equal to the bit: {equal}",
        bool(holds and equal),
        graphs,
    )


def _in_new_process(*arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, arguments)


def _measure(method, draw, size, small, repeats):
    """Time one method on one graph, after a smaller one so that nothing is compiled on the way."""
    compute = METHODS[method]
    compute(*draw(*small))
    arrays = draw(*size)
    bars, memory = peak_memory(lambda: compute(*arrays))
    seconds, sorting = [], []
    for _ in range(repeats):
        sorting.append(timed(lambda: np.argsort(arrays[2])))
        seconds.append(timed(lambda: compute(*arrays)))
    median, argsort = float(np.median(seconds)), float(np.median(sorting))
    return {
        "seconds": median,
        "fastest": min(seconds),
        "slowest": max(seconds),
        "argsort_seconds": argsort,
        "times_argsort": median / argsort,
        "memory_over_input": memory / sum(array.nbytes for array in arrays),
        "digest": _digest(*bars),
    }


def timed(call: Callable) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_memory(call):
    """Return a call's result, and by how many bytes it raised the resident memory at its peak."""
    Path("/proc/self/clear_refs").write_text("5")  # Linux: forget the peak so far
    before = _resident("VmRSS")
    result = call()
    return result, _resident("VmHWM") - before


def _resident(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))


def _digest(births, deaths):
    """Hash the bars in the order of births and deaths, bit for bit."""
    order = np.lexsort((deaths, births))
    return hashlib.sha256(births[order].tobytes() + deaths[order].tobytes()).hexdigest()


def draw(data: dict) -> Figure:
    """Draw time against one argsort, and memory against the input, for each method."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    groups = [name.replace(", ", "\n", 1) for name in data]
    for axes, key in ((left, "times_argsort"), (right, "memory_over_input")):
        columns = {name: [row["methods"][name][key] for row in data.values()] for name in METHODS}
        dots(axes, groups, columns)
    left.set_title("time, in units of one argsort of the weights")
    right.set_title("peak extra memory, in units of the input")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
