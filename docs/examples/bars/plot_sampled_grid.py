"""
Basins of a sampled grid
========================

Where a function is known only by an array of values, its bars come from the array: every bar has
the cell of its minimum and that of its pass. Cancelling short bars coarsens the basins, and leaves
the longer bars as they were.
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml

# %%
# White noise on a torus, blurred, so that its wells are a few cells wide.

rng = np.random.default_rng(3)
side = 160
waves = np.fft.fftfreq(side)[:, None] ** 2 + np.fft.rfftfreq(side) ** 2
noise = np.fft.rfft2(rng.standard_normal((side, side)))
values = np.fft.irfft2(noise * np.exp(-900 * waves), (side, side))
values /= values.std()

bars = ml.grid_barcode(values, periodic=True)
least = 1.0
graph = ml.grid_graph(values, periodic=True, shorter_than=least)
fine = ml.grid_basins(values, periodic=True)
coarse = ml.grid_basins(values, periodic=True, shorter_than=least)
print(bars, ml.barcode(graph), sep="\n")

# %%
# All basins, those of bars longer than one standard deviation with their minima and the passes
# between them, and these bars.

fig, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4.1), width_ratios=(1, 1, 1.2))
colours = rng.permutation(len(bars))
for ax, shades, title in (
    (left, colours[fine], f"{fine.max() + 1} basins"),
    (middle, coarse, f"{coarse.max() + 1} with bars of {least:g} and more"),
):
    ax.imshow(shades, cmap="Pastel2", interpolation="nearest")
    ax.contour(values, levels=8, colors="k", linewidths=0.3)
    ax.set(title=title, xticks=[], yticks=[])
middle.plot(*graph.points.T[::-1], "o", color="#17324d", markersize=5)
middle.plot(*graph.peaks.T[::-1], "x", color="#b3402a", markersize=4)
ml.plot.barcode(ml.barcode(graph), ax=right)
right.set_title("bars that are left")

# %%
# The bars of the coarsened graph are the longer ones of the grid, to the last bit, and each
# minimum is the lowest cell of its basin.

long = bars.lifetimes >= least
np.testing.assert_array_equal(ml.barcode(graph).births, bars.births[long])
np.testing.assert_array_equal(ml.barcode(graph).deaths, bars.deaths[long])
assert len(graph) < len(bars)
assert all(values[coarse == row].min() == value for row, value in enumerate(graph.values))

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/sampled_grid.png'
