"""
From coefficients to the barcode
================================

A polynomial is given by its exponents and coefficients; seven lines lead to its barcode. Every
pass is a saddle with a certificate.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

land = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.5, (1, 1): 0.3, (1, 0): 0.1})
starts = ml.sample_box(land, 256, generator=torch.Generator().manual_seed(0))
minima = ml.find_minima(land, starts)
graph = ml.build_graph(land, minima)
bars = ml.barcode(graph)

# %%
# Crosses are saddles of index 1, lines the descents from them. A strong contour marks each level
# at which two wells flow together: those are the ends of the bars.

fig, (plane, barcode) = plt.subplots(1, 2, figsize=(8.4, 3.8), width_ratios=(5, 3))
ml.plot.landscape(land, graph, ax=plane)
plane.set_aspect("equal")
ml.plot.barcode(bars, ax=barcode)
barcode.set_title("loss barcode")

# %%
# Each bar keeps the minimum and the edge behind it. The fourth edge closes a cycle and kills
# nothing.

for row, edge in zip(bars.birth_cells, bars.death_cells, strict=True):
    joins = (
        "never dies" if edge < 0 else f"dies at {graph.weights[edge]:.6f}, edge {graph.edges[edge]}"
    )
    print(f"minimum {row}, value {graph.values[row]:.6f}: {joins}")
paper, max_metric = ml.to_score(bars), ml.to_score(bars, metric="chebyshev")
print(f"TO-score: {paper:.6f} (paper), {max_metric:.6f} (max metric)")

# %%
# The check does not trust the search: the gradient at each pass is taken anew, from the formula
# by automatic differentiation, and so is the count of negative eigenvalues. With the one maximum
# the alternating count of critical points is 1, as it must be for a function that grows in all
# directions.


def formula(x, y):
    return x**4 + y**4 - 2 * x**2 - 1.5 * y**2 + 0.3 * x * y + 0.1 * x


for x, y in torch.tensor(graph.peaks):
    slope = torch.stack(torch.autograd.functional.jacobian(formula, (x, y)))
    hessian = torch.tensor(torch.autograd.functional.hessian(formula, (x, y)))
    assert slope.norm() < 1e-12
    assert (torch.linalg.eigvalsh(hessian) < 0).sum() == 1
maxima = ml.find_saddles(land, starts, solver=ml.SaddleDynamics(index=2))
assert len(minima) - len(graph.weights) + len(maxima) == 1
assert graph.exact.all()
np.testing.assert_array_equal(bars.deaths[1:], graph.weights[bars.death_cells[1:]])

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/polynomial.png'
