"""How long a barcode of blocks takes, and how much memory, as the edges become more.

A generator draws random edges into the same arrays again and again, a thousand for each minimum,
with weights above the higher end by Exp(0.3). Each size runs in a process of its own; what counts
is by how much it peaks above the values and one block, the bars that come out included. The claim:
within 100 bytes a minimum and 16 MB for parts of blocks, whatever the number of edges; and where
all edges fit into memory, the bars in one go to the bit.
"""

import ctypes
import hashlib
import multiprocessing
import time
from collections.abc import Iterator

import numpy as np
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import INK, PASS
from validation.benchmarks.barcode import peak_memory, timed
from validation.report import Outcome

__all__ = ["TITLE", "draw", "judged", "outcome", "run"]

TITLE = "Barcode of blocks: time and memory against the number of edges"
SIZES = ((10**6, 10**3), (10**7, 10**4), (10**8, 10**5))  # edges, minima
BLOCK = 10**6
PART = 1 << 15  # rows that are drawn at a time, so that drawing needs no memory of its own
WHOLE = 10**7  # edges up to which the bars are computed in one go too
PER_MINIMUM, BESIDE = 100.0, 16e6  # bytes

Block = tuple[np.ndarray, np.ndarray]
Arrays = tuple[np.ndarray, np.ndarray, np.ndarray]


def drawn(values: np.ndarray, m: int, seed: int, block: Block) -> Iterator[Arrays]:
    """Yield `m` random edges in blocks, each written over the last."""
    generator, n, (ends, weights) = np.random.default_rng(seed), len(values), block
    for first in range(0, m, BLOCK):
        size = min(BLOCK, m - first)
        for low in range(0, size, PART):
            here = slice(low, min(low + PART, size))
            ends[:, here] = generator.integers(0, n, (2, here.stop - low))
            generator.standard_exponential(out=weights[here])
            weights[here] *= 0.3
            weights[here] += values[ends[:, here]].max(axis=0)
        yield ends[0, :size], ends[1, :size], weights[:size]


def run(seed: int) -> Outcome:
    """Run all sizes, each in a new process."""
    return outcome(SIZES, seed)


def outcome(sizes: tuple[tuple[int, int], ...], seed: int) -> Outcome:
    """Run these sizes."""
    return judged({"rows": [_in_new_process(m, n, seed) for m, n in sizes]})


def judged(data: dict) -> Outcome:
    """Judge rows of numbers."""
    rows = data["rows"]
    last = rows[-1]
    holds = all(row["bytes"] <= PER_MINIMUM * row["minima"] + BESIDE for row in rows)
    equal = all(row["equal"] for row in rows if row["equal"] is not None)
    return Outcome(
        f"memory beyond a block within {PER_MINIMUM:g} bytes a minimum and {BESIDE / 1e6:g} MB; "
        "bars equal to the bit to those in one go",
        f"{last['edges']:.0e} edges, {last['minima']:.0e} minima: {last['seconds']:.0f} s on cores "
        f"that others use too, {last['drawing']:.0f} s in a run that only draws the edges; "
        f"{last['bytes'] / 1e6:.0f} MB beyond a block of {24 * BLOCK / 1e6:.0f} MB; bars equal to "
        f"the bit up to {WHOLE:.0e} edges: {equal}",
        bool(holds and equal),
        data,
    )


def _in_new_process(*arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, arguments)


def _measure(m, n, seed):
    block = np.zeros((2, BLOCK), np.int64), np.zeros(BLOCK)
    values = np.random.default_rng(seed).random(n)
    small = np.random.default_rng(seed).random(100_000)
    ml.barcode_of_blocks(small, drawn(small, 10**6, seed, block))  # compiles
    drawing = timed(lambda: _look(drawn(values, m, seed, block)))
    ctypes.CDLL(None).malloc_trim(0)  # what was freed would hide what is used
    (bars, seconds), memory = peak_memory(
        lambda: _timed_bars(values, drawn(values, m, seed, block))
    )
    whole = _digest(_in_one_go(values, drawn(values, m, seed, block))) if m <= WHOLE else None
    return {
        "edges": m,
        "minima": n,
        "seconds": seconds,
        "drawing": drawing,
        "bytes": memory,
        "equal": whole and whole == _digest(bars),
    }


def _timed_bars(values, blocks):
    start = time.perf_counter()
    return ml.barcode_of_blocks(values, blocks), time.perf_counter() - start


def _look(blocks):
    for _ in blocks:
        pass


def _in_one_go(values, blocks):
    copies = [tuple(map(np.copy, block)) for block in blocks]
    heads, tails, weights = map(np.concatenate, zip(*copies, strict=True))
    return ml.barcode((values, np.stack([heads, tails], axis=1), weights))


def _digest(bars):
    columns = bars.births, bars.deaths, bars.birth_cells, bars.death_cells
    return hashlib.sha256(b"".join(np.asarray(c, float).tobytes() for c in columns)).hexdigest()


def draw(data: dict) -> Figure:
    """Draw seconds and bytes against the number of edges."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    rows = data["rows"]
    edges = [row["edges"] for row in rows]
    left.plot(
        edges, [row["seconds"] for row in rows], "o-", color=INK, label="draw, and find the bars"
    )
    left.plot(
        edges, [row["drawing"] for row in rows], "s--", color=PASS, label="draw the edges alone"
    )
    right.plot(edges, [24 * m / 1e6 for m in edges], ":", color="0.5", label="all edges")
    right.plot(edges, [row["bytes"] / 1e6 for row in rows], "o-", color=INK, label="beyond a block")
    right.axhline(24 * BLOCK / 1e6, color=PASS, linestyle="--", label="a block")
    left.set(title="seconds", xlabel="edges, 1000 for each minimum")
    right.set(title="memory in MB", xlabel="edges, 1000 for each minimum")
    for axes in (left, right):
        axes.set(xscale="log", yscale="log")
        axes.legend(frameon=False)
    return figure
