"""How long the degree-0 bars of a sampled grid take, against gudhi on the same construction.

The peer in the plane is the code behind `gudhi.sklearn.CubicalPersistence`, gudhi's fastest: it
takes pixels; vertices come by duality, as the degree-1 bars of minus the values within a rim
(GUDHI/gudhi-devel#1384). The peer that takes every construction and dimension is `CubicalComplex`.
All in one process, in turns, in seconds of the processor, those of all threads together, best of
the repeats.
"""

import time

import gudhi
import numpy as np
from gudhi._pers_cub_low_dim_ext import _persistence_on_rectangle_from_top_cells
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import INK, PASS
from validation.report import Outcome

__all__ = ["TITLE", "draw", "run"]

TITLE = "Degree-0 bars of sampled grids: time"
SIDE, DEPTH, REPEATS = 4096, 256, 3
FAST, SLOW_PLANE, SLOW_SPACE = 1.5, 100.0, 30.0


def wells(side: int, axes: int) -> np.ndarray:
    """Sample a polynomial with `2^axes` minima over a cube."""
    line = np.linspace(-2.2, 2.2, side)
    along = [
        line.reshape([-1 if one == axis else 1 for one in range(axes)]) for axis in range(axes)
    ]
    total = 0.2 * along[0] * along[1]
    for axis, x in enumerate(along):
        total = total + (x**2 - 1) ** 2 + (0.3 - 0.1 * axis) * x
    return total


def blurred(side: int, width: float, generator: np.random.Generator) -> np.ndarray:
    """Sample noise, blurred by a Gaussian of this width in cells."""
    waves = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side) ** 2
    noise = np.fft.rfft2(generator.standard_normal((side, side)))
    return np.fft.irfft2(noise * np.exp(-2 * (np.pi * width) ** 2 * waves), (side, side))


def with_morseloss(values: np.ndarray, cells: str) -> np.ndarray:
    """Compute the bars, with the cells of minima and passes."""
    bars = ml.grid_barcode(values, "pixels" if cells == "pixels" else "vertices")
    return np.stack([bars.births, bars.deaths], axis=1)


def with_plane_code(values: np.ndarray, cells: str) -> np.ndarray:
    """Call gudhi's code for planes; the rim makes the endless bar of vertices."""
    if cells == "pixels":
        return _persistence_on_rectangle_from_top_cells(values, 0.0)[0]
    rim = np.pad(-values, 1, constant_values=-np.inf)
    return -_persistence_on_rectangle_from_top_cells(rim, 0.0)[1][:, ::-1]


def with_complex(values: np.ndarray, cells: str) -> np.ndarray:
    """Build gudhi's cubical complex."""
    name = "top_dimensional_cells" if cells == "pixels" else "vertices"
    complex_ = gudhi.CubicalComplex(**{name: values})
    complex_.compute_persistence()
    return complex_.persistence_intervals_in_dimension(0)


def run(seed: int) -> Outcome:
    """Time planes of few and of many minima, then a plane and a cube against the complex."""
    generator = np.random.default_rng(seed)
    for cells in ("vertices", "pixels"):  # compiles
        with_morseloss(np.zeros((4, 4)), cells)
        with_morseloss(np.zeros((4, 4, 4)), cells)
    planes = {
        "polynomial": wells(SIDE, 2),
        "noise, blurred over 4": blurred(SIDE, 4.0, generator),
        "white noise": generator.random((SIDE, SIDE)),
    }
    fast = [
        {"grid": name, "cells": cells, **_compared(values, cells, with_plane_code, REPEATS)}
        for name, values in planes.items()
        for cells in ("vertices", "pixels")
    ]
    slow = [
        {"grid": name, "cells": "vertices", **_compared(values, "vertices", with_complex, 1)}
        for name, values in (
            (f"polynomial, {SIDE}^2", planes["polynomial"]),
            (f"polynomial, {DEPTH}^3", wells(DEPTH, 3)),
        )
    ]
    equal = all(row["equal_to_the_bit"] for row in fast + slow)
    ratios = [1 / row["peer_over_ours"] for row in fast]
    plane, space = (row["peer_over_ours"] for row in slow)
    return Outcome(
        f"4096^2: at most {FAST:g} times gudhi's code for planes, {SLOW_PLANE:g} times faster than "
        f"CubicalComplex; 256^3: {SLOW_SPACE:g} times faster; equal bars",
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)} times; {plane:.0f} and "
        f"{space:.0f} times faster; bars equal to the bit: {equal}",
        bool(equal and max(ratios) <= FAST and plane >= SLOW_PLANE and space >= SLOW_SPACE),
        {"planes": fast, "complexes": slow},
    )


def _compared(values, cells, peer, repeats):
    """Time both in turns; the peer that is slow runs once."""
    ours, theirs = [], []
    bars = peers = np.empty((0, 2))
    for _ in range(max(repeats, 2)):
        start = time.process_time()
        bars = with_morseloss(values, cells)
        ours.append(time.process_time() - start)
        if len(theirs) < repeats:
            start = time.process_time()
            peers = peer(values, cells)
            theirs.append(time.process_time() - start)
    return {
        "bars": len(bars),
        "seconds": min(ours),
        "peer_seconds": min(theirs),
        "peer_over_ours": min(theirs) / min(ours),
        "equal_to_the_bit": bool(np.array_equal(_ordered(bars), _ordered(peers))),
    }


def _ordered(bars):
    return bars[np.lexsort(bars.T[::-1])]


def draw(data: dict) -> Figure:
    """Draw the seconds of both for each grid."""
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    axes = figure.subplots()
    rows = data["planes"] + data["complexes"]
    for place, (key, label) in enumerate((("seconds", "morseloss"), ("peer_seconds", "gudhi"))):
        spots = np.arange(len(rows)) + 0.3 * (place - 0.5)
        heights = [row[key] for row in rows]
        colour, marker = ((INK, "o"), (PASS, "s"))[place]
        axes.plot(spots, heights, marker, color=colour, label=label)
        for spot, height in zip(spots, heights, strict=True):
            axes.annotate(
                f"{height:.2g}", (spot, height), (0, 7), textcoords="offset points",
                ha="center", fontsize=8,
            )  # fmt: skip
    names = ["\n".join([*row["grid"].split(", "), row["cells"]]) for row in rows]
    axes.set_xticks(range(len(rows)), names, fontsize=8)
    axes.axvline(len(data["planes"]) - 0.5, color="0.6", linewidth=0.8)
    axes.set(yscale="log", ylabel="seconds")
    axes.set_title(
        "4096 x 4096, against gudhi's code for planes; right of the line against CubicalComplex"
    )
    axes.margins(y=0.15)
    axes.legend(frameon=False)
    return figure
