r"""
The exact loss barcode of a tiny network
========================================

Two hidden neurons fit a sine. Permuting the neurons, and flipping the sign of a neuron's weights
on both sides of its tanh, changes the weights and not the loss: :math:`2!\cdot 2^2 = 8` copies of
a minimum, fewer where it is symmetric itself. Each bar therefore stands there several times, and
every one of them is certified by a saddle: this is what optimised paths between the minima of a
larger network estimate from above.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

inputs = torch.linspace(-2, 2, 20, dtype=torch.float64)
targets = torch.sin(3 * inputs)


def loss(weights):
    """Mean square error and weight decay of ``out . tanh(slope x + shift) + level``."""
    slope, shift, out, level = weights[:2], weights[2:4], weights[4:6], weights[6]
    outputs = torch.tanh(inputs[:, None] * slope + shift) @ out + level
    return ((outputs - targets) ** 2).mean() + 0.002 * (weights**2).sum()


box = torch.tensor([[-3.0] * 7, [3.0] * 7])
land = ml.Function(torch.vmap(loss), dim=7, box=box)
starts = ml.sample_box(land, 256, generator=torch.Generator().manual_seed(0))
minima = ml.find_minima(land, starts)
graph = ml.build_graph(land, minima, ml.find_saddles(land, starts))
bars = ml.barcode(graph)
print(minima)
print(graph)

# %%
# All copies of a minimum have one value, so union-find gives the half-line to one of them and the
# same finite bar, at the height at which the copies are joined, to the others.

values, counts = np.unique(graph.values.round(9), return_counts=True)
for value, count in zip(values, counts, strict=True):
    print(f"{count} minima of value {value:.6f}")

# %%
# The starts missed two copies, which climbs and descents found. Counts are orders of orbits: they
# divide 8, as they must.

assert counts.tolist() == [8, 8, 8, 4]
assert graph.exact.all()

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), width_ratios=(1, 1.2))
ml.plot.barcode(bars, ax=left)
left.set_title("loss barcode")
ml.plot.merge_tree(graph, ax=right)
right.set_title("merge tree")
for axes in (left, right):
    axes.set_xticks([])
figure.tight_layout()

# %%
# Equal copies are joined at equal heights, so bars come in groups. The longest finite bar is the
# price of turning one copy of the best network into another.

births, deaths = bars.births.round(9), bars.deaths.round(9)
for (birth, death), count in zip(
    *np.unique(np.stack([births, deaths], 1), axis=0, return_counts=True), strict=True
):
    print(f"{count} bars from {birth:.6f} to {death:.6f}")
print(f"TO-score {ml.to_score(bars):.6f}")

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/tiny_network.png'
