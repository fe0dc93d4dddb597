"""
Merge tree of Rastrigin's function
==================================

The barcode says how high each minimum has to climb, the merge tree also where it gets to.
Chemists call the picture a disconnectivity graph. Rastrigin's function is a bowl with a bump
between any two wells: every well merges into the one next to it on the way to the centre.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

land = ml.analytic.Rastrigin(dim=2, wells=2)
starts = ml.sample_box(land, 512, generator=torch.Generator().manual_seed(0))
minima = ml.find_minima(land, starts)
graph = ml.build_graph(land, minima)
tree = ml.merge_tree(graph)
print(minima, graph, tree, sep="\n")

# %%
# Twenty-five wells in the plane, and the tree of their merges.

fig, (plane, branches) = plt.subplots(1, 2, figsize=(11, 4.4), width_ratios=(1, 1))
ml.plot.graph(graph, ax=plane)
plane.set_aspect("equal")
plane.set_title("minima and passes")
ml.plot.merge_tree(tree, ax=branches)
branches.tick_params(axis="x", labelsize=7)
branches.set_title("merge tree")

# %%
# With hundreds of minima the exact tree is a comb. The disconnectivity graph of the chemists looks
# at it through a ladder of levels: what merges between two rungs merges at the upper one. Minima
# that hang together below a height can share a colour.

ml.plot.disconnectivity_graph(tree, levels=12, basins=21.0)

# %%
# The function is a sum over coordinates, so its bars can be found by hand. Along one axis the
# well at :math:`i` has value :math:`f_i` and opens towards the centre at height :math:`b_i`. In
# the plane the well :math:`(i, j)` opens at the lower of :math:`b_i + f_j` and :math:`f_i + b_j`.

line = ml.analytic.Rastrigin(dim=1, wells=2)
axis = ml.build_graph(line, line.critical_points)
axis_bars = ml.barcode(axis)
value = dict(zip(axis.points[:, 0].round(), axis.values, strict=True))
opens = dict(zip(axis.points[axis_bars.birth_cells, 0].round(), axis_bars.deaths, strict=True))

bars = ml.barcode(graph)
by_hand = [
    min(opens[i] + value[j], value[i] + opens[j]) for i, j in graph.points[bars.birth_cells].round()
]
print("wells:", len(bars), " heights at which they open:", np.unique(bars.deaths.round(6)))

assert len(minima) == 25
assert len(graph.weights) == 40
assert len(tree.roots) == 1
np.testing.assert_allclose(bars.deaths, by_hand, rtol=1e-12)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/merge_tree.png'
