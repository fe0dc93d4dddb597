"""
Bars of every degree
====================

A minimum is a hole in degree 0: a component of the sublevel set that a pass closes. A maximum
closes a ring. The Morse complex of the six-hump camel function holds all its critical points and
the flow lines between them; its barcode has bars of both degrees.
"""

import gudhi
import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

camel = ml.analytic.SixHumpCamel()
points = ml.critical_points(camel)
complex_ = ml.morse_complex(camel, points)
bars = complex_.diagram()
print(points.certificate)
print(complex_)

# %%
# The leading part is :math:`x^6/3+4y^4`, so there are (6 - 1)(4 - 1) = 15 complex critical points.
# All are real here: none is missing. Seven passes send two flow lines down each, two maxima four:
# 22 lines. Points of one bar wear rings of one colour; their numbers are rows of the complex, as in
# the barcode.

fig, (plane, barcode) = plt.subplots(1, 2, figsize=(11, 4.8), width_ratios=(1.7, 1))
ml.plot.morse_smale(camel, complex_, ax=plane)
ml.plot.barcode(bars, ax=barcode)

# %%
# The same in space. What a hill hides is hidden.

ml.plot.surface(camel, complex_)

# %%
# The boundary counts the lines with signs. A maximum is a cell whose edge runs along the lines of
# its passes, so the boundary of its boundary is zero.

boundary = complex_.boundary.toarray()
assert not (boundary @ boundary).any()
for row in complex_.of_index(2):
    edge = {int(q): int(boundary[q, row]) for q in np.flatnonzero(boundary[:, row])}
    print(f"maximum {row}, value {complex_.values[row]:.6f}: boundary {edge}")

# %%
# The referee sees no derivative: a cubical complex on a grid over the box, on whose boundary minus
# the gradient points inward. Its error falls with the square of the step, in both degrees.


def grid_bars(count):
    low, high = camel.box.numpy()
    axes = [np.linspace(a, b, count) for a, b in zip(low, high, strict=True)]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)
    values = camel.value(torch.from_numpy(mesh)).numpy().reshape(count, count)
    grid = gudhi.CubicalComplex(vertices=values)
    return ml.interop.from_gudhi(grid.persistence(min_persistence=0))


counts, errors = [80, 160, 320, 640], []
for count in counts:
    found = grid_bars(count)
    error = [ml.bottleneck_distance(bars, found, degree=k, metric="chebyshev") for k in range(2)]
    errors.append(error)
    print(f"{count:3d} x {count:3d} values: degree 0 to {error[0]:.1e}, degree 1 to {error[1]:.1e}")

# %%
# The Morse complex contains the graph of minima and passes: its bars of degree 0 are the loss
# barcode. Each degree has a TO-score.

print("TO-scores", [round(ml.to_score(bars, degree=k), 6) for k in range(3)])
for graph in (ml.build_graph(camel, points), complex_.graph()):
    deaths = ml.barcode(graph).deaths
    np.testing.assert_allclose(bars.of_degree(0).deaths, deaths, rtol=1e-12, atol=1e-12)
assert points.certificate.complete and len(complex_.lines) == 22
assert np.bincount(bars.degrees).tolist() == [6, 2]
order = -np.polyfit(np.log(counts), np.log(np.max(errors, axis=1)), 1)[0]
assert order > 1.7 and max(errors[-1]) < 1e-4

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/morse_smale.png'
