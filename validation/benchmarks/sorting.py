"""Whatever the weights: the barcode of a large sparse graph against one sort of its weights.

Each kind of weights runs in processes of its own, on one thread and on two, and there times one
`np.argsort` of the same weights in turn with the barcode. The fastest of several runs counts: what
disturbs them only makes them slower.
"""

import multiprocessing
import os
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from morseloss.plot.style import AID, INK, PASS
from validation.benchmarks.barcode import (
    Arrays,
    peak_memory,
    sparse_graph,
    timed,
    weighted,
    with_morseloss,
)
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Barcode of a large graph against one sort, whatever the weights"
SIZE, SMALLER = (1_000_000, 5_000_000), (100_000, 500_000)
REPEATS, THREADS, MEMORY = 7, (1, 2), 2.0


def plain(values: np.ndarray, edges: np.ndarray, seed: int) -> Arrays:
    """Weigh edges without a look at the values, above all of which they lie."""
    return values, edges, 1 + np.random.default_rng(seed + 1).random(len(edges))


def random_pairs(n: int, m: int, seed: int) -> Arrays:
    """Draw a sparse graph with plain weights."""
    return plain(*sparse_graph(n, m, seed)[:2], seed)


def neighbours(n: int, m: int, seed: int) -> Arrays:
    """Draw edges between minima at most ten rows apart, with the weights of the model."""
    generator = np.random.default_rng(seed)
    heads = generator.integers(0, n - 10, m)
    edges = np.stack([heads, heads + generator.integers(1, 11, m)], axis=1)
    return weighted(n, edges, generator)


def plain_neighbours(n: int, m: int, seed: int) -> Arrays:
    """Draw edges between neighbours with plain weights."""
    return plain(*neighbours(n, m, seed)[:2], seed)


def ten_levels(n: int, m: int, seed: int) -> Arrays:
    """Draw a sparse graph with weights of ten levels."""
    values, edges, weights = random_pairs(n, m, seed)
    return values, edges, 1 + np.floor(10 * (weights - 1))


GRAPHS: dict[str, tuple[Callable[[int, int, int], Arrays], float]] = {
    # name: drawn by, the most that two threads may take in units of argsort
    "model": (sparse_graph, 1.0),
    "random weights": (random_pairs, 1.0),
    "neighbours": (neighbours, 1.0),
    "neighbours, random weights": (plain_neighbours, 1.0),
    "ten levels": (ten_levels, 3.0),
}


def run(seed: int) -> Outcome:
    """Time all kinds of weights, on one thread and on two."""
    table = []
    for name, (drawn, limit) in GRAPHS.items():
        rows = {threads: _in_new_process(drawn, threads, seed) for threads in THREADS}
        table.append(
            {"name": name, "limit": limit, "memory_over_input": rows[THREADS[-1]][1]}
            | {f"times_argsort_{threads}": row[0] for threads, row in rows.items()}
        )
    last = f"times_argsort_{THREADS[-1]}"
    return Outcome(
        "two threads: within one argsort of the weights, of ten levels three; memory 2 times input",
        "; ".join(
            f"{row['name']} {row[last]:.2f} (one thread {row['times_argsort_1']:.2f})"
            for row in table
        )
        + f"; memory at most {max(row['memory_over_input'] for row in table):.2f}",
        all(row[last] <= row["limit"] and row["memory_over_input"] <= MEMORY for row in table),
        {"graphs": table},
    )


def _in_new_process(drawn, threads, seed):
    before = os.environ.get("NUMBA_NUM_THREADS")
    os.environ["NUMBA_NUM_THREADS"] = str(threads)  # read by the new process alone
    try:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            return pool.apply(_measure, (drawn, seed))
    finally:
        del os.environ["NUMBA_NUM_THREADS"]
        if before is not None:
            os.environ["NUMBA_NUM_THREADS"] = before


def _measure(drawn, seed):
    """Return how many argsorts the barcode takes, and its memory over that of the input."""
    with_morseloss(*drawn(*SMALLER, seed))
    arrays = drawn(*SIZE, seed)
    _, memory = peak_memory(lambda: with_morseloss(*arrays))
    pairs = [
        (timed(lambda: np.argsort(arrays[2])), timed(lambda: with_morseloss(*arrays)))
        for _ in range(REPEATS)
    ]
    sorting, barcode = map(min, zip(*pairs, strict=True))
    return barcode / sorting, memory / sum(array.nbytes for array in arrays)


def draw(data: dict) -> Figure:
    """Draw the times in units of one argsort."""
    figure = Figure(figsize=(9, 3.4), layout="constrained")
    axes = figure.add_subplot()
    rows = data["graphs"]
    for place, threads in enumerate(THREADS):
        heights = [row[f"times_argsort_{threads}"] for row in rows]
        spots = np.arange(len(rows)) + 0.35 * (place - 0.5)
        label = f"{threads} thread{'s' if threads > 1 else ''}"
        bars = axes.bar(spots, heights, 0.33, label=label, color=(INK, PASS)[place])
        axes.bar_label(bars, fmt="%.2f", fontsize=8)
    axes.axhline(1, color=AID, lw=0.8, ls=":")
    axes.set_xticks(range(len(rows)), [row["name"].replace(", ", ",\n") for row in rows])
    axes.set(title="time of the barcode, in units of one argsort of the weights")
    axes.margins(y=0.15)
    axes.legend()
    return figure
