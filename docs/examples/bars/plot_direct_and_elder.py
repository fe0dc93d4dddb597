"""
Direct edges and the elder rule
===============================

Algorithm 1, as printed, lets each minimum look along its own edges to lower minima. Definition
1 allows a path to pass through other minima, higher ones too. On a graph whose weights come
from unfinished paths the two differ, and always on the same side.
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml

# %%
# Ten minima, and between any two of them one path whose height is a little random: what an
# optimiser leaves behind when it is stopped early.

rng = np.random.default_rng(4)
n = 10
values = np.sort(rng.uniform(0, 1, n))
weights = np.maximum(values[:, None], values) + rng.exponential(0.5, (n, n))
weights = np.triu(weights, 1) + np.triu(weights, 1).T + np.diag(values)

elder = ml.barcode(weights)
direct = ml.direct_barcode(weights)

# %%
# Bars by union-find in dark; what Algorithm 1 adds to them is hatched.

fig, ax = plt.subplots(figsize=(6.4, 3.8))
ml.plot.barcode(elder, ax=ax)
longer = np.flatnonzero(direct.finite & (direct.deaths > elder.deaths))
ax.bar(
    longer,
    direct.deaths[longer] - elder.deaths[longer],
    width=0.22,
    bottom=elder.deaths[longer],
    facecolor="white",
    edgecolor="#a63d17",
    hatch="/////",
    label="added by Algorithm 1",
)
ax.legend(handles=ax.containers, frameon=False)
ax.set_title("one graph, two rules")
print(f"TO-score: {ml.to_score(elder):.4f} by union-find, {ml.to_score(direct):.4f} by Algorithm 1")

# %%
# Replace each weight by the minimax height between its ends. This is what the weights would be if
# every path had been optimised to the end. The bars of union-find stay, and Algorithm 1 now
# agrees.

minimax = weights.copy()
for k in range(n):
    minimax = np.minimum(minimax, np.maximum(minimax[:, k, None], minimax[None, k]))
np.fill_diagonal(minimax, values)

assert len(longer) > 0
assert (elder.deaths <= direct.deaths).all()
np.testing.assert_array_equal(minimax, ml.minimax(weights))
np.testing.assert_array_equal(ml.barcode(minimax).deaths, elder.deaths)
np.testing.assert_array_equal(ml.direct_barcode(minimax).deaths, elder.deaths)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/direct_and_elder.png'
