"""How long a barcode takes, and how much memory, against one sort of the weights and other tools.

Each method runs in a process of its own, and there times one `np.argsort` of the same weights in
turn with itself: the ratio is what carries over to other machines. Memory is what the process peaks
at above the input arrays, so allocations of numpy, numba and C++ count alike.
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree

from morseloss.interop import to_simplex_tree
from morseloss.topology import Filtration, elder_rule
from morseloss.topology.elder import unite

__all__ = ["main", "run"]

Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def sparse_graph(n: int, m: int, seed: int) -> Arrays:
    """Draw a random tree and random edges over `n` minima, `m` edges in all, in random order."""
    generator = np.random.default_rng(seed)
    tree = np.stack([np.arange(1, n), generator.integers(0, np.arange(1, n))], axis=1)
    edges = np.concatenate([tree, generator.integers(0, n, (m - n + 1, 2))])
    return _weighted(n, generator.permutation(edges), generator)


def complete_graph(n: int, seed: int) -> Arrays:
    """Draw a complete graph of `n` minima."""
    edges = np.stack(np.triu_indices(n, 1), axis=1)
    return _weighted(n, edges, np.random.default_rng(seed))


def _weighted(n, edges, generator):
    """Add values U(0, 1), and weights that exceed the higher end by Exp(0.3)."""
    values = generator.random(n)
    weights = values[edges].max(axis=1) + generator.exponential(0.3, len(edges))
    return values, edges, weights


def with_morseloss(values, edges, weights):
    """Validate and compute the bars, with the minimum and the edge of each."""
    bars = elder_rule(Filtration(values, edges, weights))
    return bars.births, bars.deaths


def with_scipy(values, edges, weights):
    """Take scipy's minimum spanning tree on ranks, since it loses zeros and adds up parallels."""
    n, order = len(values), np.argsort(weights, kind="stable")
    low, high = np.sort(edges[order], axis=1).T
    _, first = np.unique(low * n + high, return_index=True)
    first = first[low[first] != high[first]]
    matrix = csr_array((first + 1.0, (low[first], high[first])), shape=(n, n))
    tree = order[np.sort(minimum_spanning_tree(matrix).data).astype(np.int64) - 1]
    killers, _ = unite((*edges[tree].T, weights[tree], tree), values)
    return values, np.where(killers >= 0, weights[killers], np.inf)


def with_gudhi(values, edges, weights):
    """Insert everything in two batches and read the intervals of degree 0."""
    tree = to_simplex_tree((values, edges, weights))
    tree.compute_persistence(min_persistence=-1, persistence_dim_max=True)
    return tree.persistence_intervals_in_dimension(0).T


METHODS = {"morseloss": with_morseloss, "scipy": with_scipy, "gudhi": with_gudhi}
SLOW = ("scipy", "gudhi")


def run(
    n: int = 1_000_000,
    m: int = 5_000_000,
    *,
    complete: int = 3000,
    repeats: int = 7,
    seed: int = 7,
) -> dict:
    """Time all methods on a sparse and on a complete graph.

    Parameters
    ----------
    n, m : int
        Minima and edges of the sparse graph.
    complete : int
        Minima of the complete graph.
    repeats : int
        Runs per method; slow ones run once. Medians are reported.
    seed : int
        Seed of the graphs.

    Returns
    -------
    dict
        For each graph and method seconds, seconds of one `np.argsort` beside it, their ratio, and
        peak extra memory over the size of the input arrays; whether all bars are equal to the bit.
    """
    graphs = {
        f"sparse, n={n}, m={m}": (sparse_graph, (n, m, seed), (n // 10, m // 10, seed)),
        f"complete, n={complete}": (complete_graph, (complete, seed), (complete // 3, seed)),
    }
    report = {"machine": _machine(), "seed": seed, "graphs": {}}
    for name, (draw, size, small) in graphs.items():
        cells = {
            method: _in_new_process(method, draw, size, small, 1 if method in SLOW else repeats)
            for method in METHODS
        }
        digests = {cell.pop("digest") for cell in cells.values()}
        ours = cells["morseloss"]["seconds"]
        for cell in cells.values():
            cell["times_morseloss"] = cell["seconds"] / ours
        report["graphs"][name] = {"methods": cells, "bars_equal_to_the_bit": len(digests) == 1}
    return report


def _in_new_process(*arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, arguments)


def _measure(method, draw, size, small, repeats):
    """Time one method on one graph, after a smaller one so that nothing is compiled on the way."""
    compute = METHODS[method]
    compute(*draw(*small))
    arrays = draw(*size)
    bars, memory = _peak_memory(lambda: compute(*arrays))
    seconds, sorting = [], []
    for _ in range(repeats):
        sorting.append(_seconds(lambda: np.argsort(arrays[2])))
        seconds.append(_seconds(lambda: compute(*arrays)))
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


def _seconds(call: Callable) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _peak_memory(call):
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


def _machine():
    packages = ("numpy", "scipy", "numba", "gudhi")
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
    }


def _processor():
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def main() -> dict:
    """Run the benchmark, show it as a table, and write it as JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="file to write the report to")
    parser.add_argument("--repeats", type=int, default=7, help="runs per method (default: 7)")
    arguments = parser.parse_args()
    report = run(repeats=arguments.repeats)
    print(", ".join(f"{key} {value}" for key, value in report["machine"].items()))
    for name, graph in report["graphs"].items():
        print(f"\n{name}; bars equal to the bit: {graph['bars_equal_to_the_bit']}")
        print(f"{'':12}{'seconds':>10}{'x argsort':>11}{'x morseloss':>13}{'memory/input':>14}")
        for method, cell in graph["methods"].items():
            print(
                f"{method:12}{cell['seconds']:10.3f}{cell['times_argsort']:11.2f}"
                f"{cell['times_morseloss']:13.1f}{cell['memory_over_input']:14.2f}"
            )
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return report


if __name__ == "__main__":
    main()
