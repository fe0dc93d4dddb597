r"""
The plane of a curve, and the plane of three networks
=====================================================

Between two trained networks the straight line climbs a wall, and a curve with one bend goes around
it. A Bezier curve with one bend lies on the plane of its three control points, so the picture shows
all of it. Three trained networks make a plane, too: each stands alone in its basin there.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import morseloss as ml
from morseloss import networks

seed = torch.Generator().manual_seed(0)
x = torch.randn(120, 2, generator=seed)
module = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
loss = nn.functional.cross_entropy
land = networks.NetworkLandscape(module, loss, x, (x.prod(1) > 0).long(), weight_decay=1e-3)

starts = networks.initial(land, 3, generator=seed)
minima = networks.converge(land, starts.double(), networks.LBFGS(), max_steps=1000).points
line = networks.lines(minima[:1], minima[1:2])
curve = networks.SweptCurve(bends=1, steps=600)
path = ml.find_paths(land, minima[:1], minima[1:2], curve, generator=seed)

# %%
# Both ends and the bend make the plane of the curve. The bend itself is a control point: the curve
# passes below it, and it is no network that anybody would want.

bent = networks.plane(land, path.controls[0, [0, 2, 1]])
figure, ax = plt.subplots(figsize=(6.2, 4.8))
ml.plot.plane(bent, path, ax, names=("0", "1", "bend"))
ax.set_title("the curve's plane", pad=26)

# %%
# On the plane of the three networks the curve is off; its shadow is dotted. The colours under a
# shadow are not the loss along the curve.

three = networks.plane(land, minima)
figure, ax = plt.subplots(figsize=(6.2, 4.8))
ml.plot.plane(three, path, ax)
ax.set_title("the plane of three networks", pad=26)

# %%
# A plane keeps its values, so it is drawn in no time. What lies on it is a landscape in two
# variables, and can be searched like any other: the barrier on the plane is that of the slice, an
# upper bound of the one between the networks.

heights = ml.heights(land, path).values.item(), ml.heights(land, line).values.item()
print(f"top of the curve {heights[0]:.4f}, of the straight line {heights[1]:.4f}")
print(f"on the grid: {bent!r}, lowest {bent.values.min():.4f}")

assert heights[0] < 0.5 * heights[1]
assert bent.distances(path.at(torch.linspace(0, 1, 9, dtype=torch.float64))[0]).max() < 1e-9
assert three.distances(path.at(torch.tensor([0.5], dtype=torch.float64))[0]).item() > 1
torch.testing.assert_close(three.slice(land).value(three.project(minima)), land.value(minima))

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/network_plane.png'
