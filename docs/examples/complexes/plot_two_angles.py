"""
Two dihedral angles
===================

The shape of a small peptide is told by two angles: its energy lives on a torus, and a way from one
shape to another may lead round either circle. The energy here is a short Fourier series in the
manner of alanine dipeptide, in kcal/mol, with the wells of an extended and a helical shape.
"""

import gudhi
import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

energy = ml.TrigonometricPolynomial(
    {
        (1, 0): (-0.9, 1.9), (2, 0): (1.1, 0.4), (3, 0): (0.5, -0.3),
        (0, 1): (0.4, 0.5), (0, 2): (-1.5, 0.8), (1, 1): (0.9, 0.5), (1, -1): (-0.6, 0.7),
    },
    periods=360,
)  # fmt: skip

# %%
# In complex angles the gradient is a system of polynomials whose number of solutions is known, so
# that no starts are needed and none of the real ones is missing.

points = ml.critical_points(energy)
print(points)
print(points.certificate)
for value, place in zip(points.of_index(0).values, points.of_index(0).points, strict=True):
    phi, psi = ((place + 180) % 360 - 180).tolist()
    print(f"minimum at phi = {phi:7.2f}, psi = {psi:7.2f}: {float(value):.4f} kcal/mol")

# %%
# Paths between minima lead round the circles too; one period is drawn, and lines are cut at its
# seam. Where a minimum is joined with itself, the path goes once around.

graph = ml.build_graph(energy, points.of_index(0), points.of_index(1))
complex_ = ml.morse_complex(energy, points)
bars = complex_.diagram()
period = torch.tensor([[-180.0, -180.0], [180.0, 180.0]])
fig, (plane, barcode) = plt.subplots(1, 2, figsize=(11, 4.8), width_ratios=(1.7, 1))
ml.plot.landscape(energy, graph, points, ax=plane, box=period)
plane.set(xlabel="phi", ylabel="psi", aspect="equal")
ml.plot.barcode(bars, ax=barcode)

# %%
# Bars without end are those of the torus: one component, two circles, one surface. The finite bars
# of degree 0 are the barriers.

for birth, death in ml.interop.to_array(bars, 0)[1:]:
    print(f"a shape at {birth:.4f} is left over a barrier of {death - birth:.4f} kcal/mol")

# %%
# The flow lines of the complex, and the referee: a periodic cubical complex on a grid.

ml.plot.morse_smale(energy, complex_, box=period)
count = 360
mesh = np.stack(np.meshgrid(*[np.arange(count) * 360 / count] * 2, indexing="ij"), axis=-1)
values = energy.value(torch.from_numpy(mesh.reshape(-1, 2))).numpy().reshape(count, count)
cubes = gudhi.PeriodicCubicalComplex(vertices=values, periodic_dimensions=[True, True])
found = ml.interop.from_gudhi(cubes.persistence(min_persistence=0))
for degree in range(3):
    error = ml.bottleneck_distance(bars, found, degree=degree, metric="chebyshev")
    print(f"degree {degree}: the grid agrees to {error:.1e} kcal/mol")
    assert error < 2e-3
assert points.certificate.complete and points.certificate.euler == 0
assert np.bincount(bars.degrees[~bars.finite]).tolist() == [1, 2, 1]
np.testing.assert_allclose(
    ml.barcode(graph).deaths, bars.of_degree(0).deaths, rtol=1e-12, atol=1e-12
)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/two_angles.png'
