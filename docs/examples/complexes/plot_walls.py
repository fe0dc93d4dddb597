"""
A box that cuts through wells
=============================

On a box the sublevel sets of a function may begin on a wall, where the gradient does not vanish.
The critical points inside tell a barcode, and it is not that of the box.
"""

import gudhi
import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

box = torch.tensor([[-2.5, -2.4], [3.3, 3.8]])
free = ml.analytic.Himmelblau()
land = ml.OnBox(free, box)

# %%
# One of the four minima of Himmelblau's function lies in the box. The wells of the others are cut,
# and begin on walls. All of it is found on every face, by count.

points = ml.critical_points(land)
on_wall = points.eigenvalues.isinf().any(1)
print(points, points.certificate)
print(int(on_wall.sum()), "of them on walls")
assert points.certificate.complete and points.certificate.euler == 1

# %%
# Flow lines that meet a wall slide along it as long as the function falls outward there.

complex = ml.morse_complex(land, points)
bars = complex.diagram()
fig, (plane, barcode) = plt.subplots(1, 2, figsize=(9, 4), width_ratios=(5, 4))
ml.plot.morse_smale(land, complex, ax=plane, box=box + torch.tensor([[-0.15], [0.15]]))
plane.set_aspect("equal")
ml.plot.barcode(bars.of_degree(0), ax=barcode)
barcode.set_title("degree 0")

# %%
# gudhi sees the same bars on a grid; the minima inside alone would miss all but one.

x, y = (torch.linspace(a, b, 801, dtype=torch.float64) for a, b in land.box.T.tolist())
values = land.value(torch.cartesian_prod(x, y)).reshape(801, 801).numpy()
cubes = gudhi.CubicalComplex(vertices=values)
cubes.compute_persistence(min_persistence=0.05)
seen = cubes.persistence_intervals_in_dimension(0)
ours = np.stack([bars.of_degree(0).births, bars.of_degree(0).deaths], 1)
ours = ours[ours[:, 1] - ours[:, 0] > 0.05]
print("gudhi    ", np.sort(seen[:, 0]).round(3))
print("morseloss", np.sort(ours[:, 0]).round(3))
assert len(seen) == len(ours)
assert ml.bottleneck_distance(ours, seen, metric="chebyshev") < 1e-2
inside = points.take((~on_wall).nonzero().flatten())
print("minima inside:", len(inside.of_index(0)))

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/walls.png'
