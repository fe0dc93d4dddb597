"""
Easy and hard to escape
=======================

Two minima with the same value, slope and curvature, one of which is four times as hard to
leave: the situation of Figure 1 in the paper. Nothing local tells them apart; the barcode does.
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml

# %%
# A polynomial in one variable with minima at -2, 0 and 2. The outer two agree in everything that
# a second-order method sees.

land = ml.analytic.EasyAndHard()
points = land.critical_points
graph = ml.build_graph(land, points)
bars = ml.barcode(graph)

left, right = (points.points.flatten().round() == x for x in (-2, 2))
for side in (left, right):
    value, curvature = points.values[side].item(), points.eigenvalues[side].item()
    print(f"value {value:.6f}, curvature {curvature:.6f}")

# %%
# The bar of a minimum stands on the curve. It ends at the least height from which something lower
# can be reached: there a dotted stroke leads to the maximum that has to be crossed.

ml.plot.landscape(land, graph)

# %%
# The barcode keeps the bars alone. Beside the curve, on the same axis of values, each bar is seen
# to begin at a minimum and to end at a maximum.

fig, (curve, barcode) = plt.subplots(1, 2, figsize=(8, 3.6), width_ratios=(5, 3), sharey=True)
ml.plot.landscape(land, points=points, ax=curve)
ml.plot.barcode(bars, ax=barcode)
barcode.set(title="loss barcode", ylabel="")

# %%
# To leave the right minimum costs 1/2, to leave the left one costs 2. The TO-score is the longer
# of the two over the square root of two.

lifetimes = dict(zip(graph.points[bars.birth_cells, 0].round(), bars.lifetimes, strict=True))
for place, lifetime in lifetimes.items():
    print(f"minimum at {place:4.1f}: bar of length {lifetime:.6f}")

np.testing.assert_allclose([lifetimes[-2], lifetimes[2]], [2, 0.5], rtol=1e-12)
np.testing.assert_allclose(points.eigenvalues[left], points.eigenvalues[right], rtol=1e-10)
np.testing.assert_allclose(ml.to_score(bars), 2 / np.sqrt(2), rtol=1e-12)
np.testing.assert_allclose(ml.to_score(bars, metric="chebyshev"), 1, rtol=1e-12)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/easy_and_hard.png'
