"""
Two barcodes and their matching
===============================

A landscape and a perturbed copy of it, compared by the bottleneck distance. The stability
theorem bounds the distance by the size of the perturbation; the matching shows which bar went
where.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

# %%
# The perturbation is at most 0.3 anywhere. It is strong enough to make new minima.

size = 0.3
wells = ml.analytic.DoubleWell(2, tilt=(0.25, 0.4))
bumpy = ml.Function(
    lambda x: wells.value(x) + size * torch.cos(7 * x[:, 0]) * torch.cos(5 * x[:, 1] + 1),
    dim=2,
    box=wells.box,
)


def bars_of(land):
    starts = ml.sample_box(land, 200, generator=torch.Generator().manual_seed(0))
    return ml.barcode(ml.build_graph(land, ml.find_minima(land, starts)))


a, b = bars_of(wells), bars_of(bumpy)
print(a, b, sep="\n")

# %%
# Side by side first: what was there before got company.

ml.plot.barcode([a, b], labels=["four wells", "with bumps"])

# %%
# In the max metric a bar that may move by 0.3 may go anywhere in a square of half-width 0.3. Bars
# without a partner are matched with the diagonal, half-lines with half-lines. The heavy line is
# the pair that costs most: its cost is the distance.

matching = ml.bottleneck_matching(a, b, metric="chebyshev")
ax = ml.plot.matching(a, b, matching, labels=["four wells", "with bumps"])
for birth, death in zip(a.births[a.finite], a.deaths[a.finite], strict=True):
    square = plt.Rectangle((birth - size, death - size), 2 * size, 2 * size)
    ax.add_patch(square).set(facecolor="#dfe6ee", edgecolor="none", zorder=0.5)

# %%
# The distance is one of the costs. It obeys the stability theorem, with constant 1 in the max
# metric and the square root of two in the paper's Euclidean metric.

chebyshev = ml.bottleneck_distance(a, b, metric="chebyshev")
euclidean = ml.bottleneck_distance(a, b)
print(f"max metric {chebyshev:.4f}, Euclidean metric {euclidean:.4f}, perturbation {size}")

assert len(b) > len(a)
assert matching.distance == matching.costs.max()
np.testing.assert_allclose(matching.distance, chebyshev, rtol=1e-12)
assert 0 < chebyshev <= size
assert chebyshev <= euclidean <= np.sqrt(2) * size

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/compare.png'
