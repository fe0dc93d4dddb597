r"""
Hollows and handles in space
============================

In three variables a sublevel set has components, handles and hollows: bars of degree 0, 1 and 2.
Eight wells at the corners of a cube, of different depth, show them one after the other.
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml

land = ml.analytic.DoubleWell(3, tilt=(0.05, 0.1, 0.2))
points = ml.critical_points(land)
complex_ = ml.morse_complex(land, points)
bars = complex_.diagram()
print(complex_)
print(bars)

# %%
# The minima are the corners of the cube, and points of index 1, 2 and 3 lie on its edges, on its
# faces and at its centre. At a level above all edges and below all faces the sublevel set is the
# frame of a cube; above all faces it is solid but for a hollow around the maximum.

names = ("minima", "edges", "faces", "centre")
for index, name in enumerate(names):
    values = complex_.values[complex_.of_index(index)]
    print(f"{len(values):2d} {name}: values from {values.min():.4f} to {values.max():.4f}")

frame, hollow = 1.4, 2.5
fig = plt.figure(figsize=(10, 4.8))
for place, (level, name) in enumerate([(frame, "a frame"), (hollow, "a hollow cube")], start=1):
    ax = fig.add_subplot(1, 2, place, projection="3d", elev=24, azim=-56)
    ml.plot.level_surface(land, level, complex_, ax=ax)
    ax.set_title(f"level {level}: {name}", y=-0.12)

# %%
# The frame has 12 - 8 + 1 = 5 handles: five bars of degree 1 contain its level. Five faces fill
# them; the sixth closes the hollow, and its bar of degree 2 ends at the centre.

_, barcode = plt.subplots(figsize=(6.4, 4.2))
ml.plot.barcode(bars, ax=barcode)
for level in (frame, hollow):
    barcode.axhline(level, color="#8a8f98", linewidth=1, zorder=0)


def betti(level):
    alive = (bars.births <= level) & (level < bars.deaths)
    return np.bincount(bars.degrees[alive], minlength=3).tolist()


for level in (frame, hollow, 4.0):
    print(f"level {level}: Betti numbers {betti(level)}")
assert betti(frame) == [1, 5, 0] and betti(hollow) == [1, 0, 1] and betti(4.0) == [1, 0, 0]

# %%
# The landscape is a sum of three functions of one variable, so its complex must be the product of
# three intervals: :math:`\partial=\partial_0\otimes1\otimes1+\sigma\otimes\partial_1\otimes1+
# \sigma\otimes\sigma\otimes\partial_2` with :math:`\sigma=(-1)^{\mathrm{degree}}`. Each interval
# comes from two trajectories, nothing in it from a disc.

wells = [ml.Polynomial({4: 1.0, 2: -2.0, 1: tilt, 0: 1.0}) for tilt in land.tilt]
lines = [ml.morse_complex(well, ml.critical_points(well)) for well in wells]
one = [np.eye(3, dtype=int)] * 3
sign = [np.diag((-1) ** line.indices) for line in lines]
step = [line.boundary.toarray() for line in lines]
factors = [(step[0], one[1], one[2]), (sign[0], step[1], one[2]), (sign[0], sign[1], step[2])]
product = ml.ChainComplex(
    values=sum(np.ix_(*(line.values for line in lines))).ravel(),
    degrees=sum(np.ix_(*(line.indices for line in lines))).ravel(),
    boundary=sum(np.kron(np.kron(a, b), c) for a, b, c in factors),
)
expected = ml.canonical_form(product).diagram()
worst = max(ml.bottleneck_distance(bars, expected, degree=k) for k in range(3))
print(f"bars of the product: {expected}, farthest {worst:.1e}")
assert worst < 1e-12 and len(complex_.lines) == 12 * 2 + 6 * 4 + 6

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/level_surface.png'
