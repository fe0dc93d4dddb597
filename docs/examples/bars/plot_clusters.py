"""
Seven atoms: every minimum and every pass
=========================================

Atoms that attract each other may be shifted, turned, reflected and renumbered, and the energy
stays as it is: six directions in which nothing changes, and 2 x 7! copies of every minimum. Up to
these symmetries seven Lennard-Jones atoms have four minima and twelve passes, a count that chemists
published long ago.
"""

import matplotlib.pyplot as plt
import torch

import morseloss as ml

generator = torch.Generator().manual_seed(0)
land = ml.Quotient(ml.LennardJones(7))
minima = ml.find_minima(land, ml.sample_box(land, 40, generator=generator))
print(minima)

# %%
# A database grows from the minima: climbs along their modes and in random directions end at passes,
# descents on both sides of a pass at the minima that it joins. What is new enters, and a minimum
# that was climbed from least comes next. A database can be saved, and goes on growing later.

database = ml.Database.begun(land, minima)
database = ml.expand(land, database, climbs=256, generator=generator)
print(database, f"{database.gradients} gradients")

# %%
# The order of its point group says how symmetric a cluster is, and of how many copies it is one.

order = database.minima.values.argsort()
values, places = database.minima.values[order], database.minima.points[order]
orders, copies = land.point_group_orders(places), land.orbit_sizes(places)
for value, h, count in zip(values.tolist(), orders, copies, strict=True):
    print(f"energy {value:.4f}, point group of order {h:2d}, {count:4d} copies")

# %%
# The pentagonal bipyramid lies at the bottom; the disconnectivity graph says how high the others
# have to climb to get there.

fig = plt.figure(figsize=(9.5, 4))
tree = fig.add_subplot(1, 2, 1)
ml.plot.merge_tree(database.graph(), ax=tree)
tree.set_ylabel("energy")
cluster = fig.add_subplot(1, 2, 2, projection="3d")
atoms = places[0].reshape(7, 3)
for i in range(7):
    for j in range(i):
        if (atoms[i] - atoms[j]).norm() < 1.2:
            cluster.plot(*atoms[[i, j]].T.numpy(), color="0.5")
cluster.scatter(*atoms.T.numpy(), s=160, depthshade=False, color="#17324d")
cluster.set_axis_off()
cluster.set_aspect("equal")
fig.tight_layout()

assert (len(database.minima), len(database.passes)) == (4, 12)
assert orders == [20, 6, 6, 2]
assert copies == [504, 1680, 1680, 5040]

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/clusters.png'
