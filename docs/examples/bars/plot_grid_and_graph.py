"""
Grid against graph
==================

A cubical complex on a grid sees the whole box and needs no derivative; the graph of passes sees
critical points only. For a smooth function the bars of the grid converge to those of the graph,
with the square of the step.
"""

import gudhi
import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

camel = ml.analytic.SixHumpCamel()
exact = ml.barcode(ml.build_graph(camel, camel.critical_points))

# %%
# Values on the vertices of a grid over the box. On its boundary minus the gradient points inward,
# so the boundary adds no bar. Several offsets of the grid, since one may be lucky.


def grid_bars(land, count, shift):
    low, high = land.box.numpy()
    axes = [np.linspace(a - s, b + s, count) for a, b, s in zip(low, high, shift, strict=True)]
    mesh = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, land.dim)
    values = land.value(torch.from_numpy(mesh)).numpy().reshape((count,) * land.dim)
    complex_ = gudhi.CubicalComplex(vertices=values)
    complex_.compute_persistence(min_persistence=0)
    return complex_.persistence_intervals_in_dimension(0), axes[0][1] - axes[0][0]


rng = np.random.default_rng(0)
counts = [20, 30, 45, 68, 100, 150, 225]
steps, errors = [], []
for count in counts:
    for shift in rng.uniform(0, 0.05, (6, 2)):
        bars, step = grid_bars(camel, count, shift)
        steps.append(step)
        errors.append(ml.bottleneck_distance(exact, bars, metric="chebyshev"))
steps, errors = np.reshape(steps, (-1, 6)), np.reshape(errors, (-1, 6))

# %%
# The error is the bottleneck distance, so that every bar counts, in the metric in which gudhi
# works. How a grid lies to the critical points matters; the worst offset gives a clean line.

order, constant = np.polyfit(np.log(steps.mean(1)), np.log(errors.max(1)), 1)
fig, ax = plt.subplots(figsize=(5.6, 4))
ax.loglog(steps.flat, errors.flat, "o", color="#17324d", markersize=4, label="grid, six offsets")
line = np.array([steps.min(), steps.max()])
ax.loglog(
    line,
    np.exp(constant) * line**order,
    color="#17324d",
    label=f"fit to the worst: slope {order:.2f}",
)
ax.loglog(line, 5 * line**2, "--", color="#8a8f98", label="slope 2")
ax.set(xlabel="grid step", ylabel="bottleneck distance to the exact bars")
ax.set_xticks([0.02, 0.05, 0.1, 0.2], ["0.02", "0.05", "0.1", "0.2"])
ax.minorticks_off()
ax.grid(which="major", color="#e4e4e0", linewidth=0.8)
ax.legend(frameon=False)
ax.set_title("six-hump camel")

# %%
# Halving the step in dimension d costs 2\ :sup:`d` times the points and divides the error by
# four.

print(f"fitted order {order:.3f}")
print(
    f"finest grid: {counts[-1] ** 2} points, error {errors[-1].min():.1e} to {errors[-1].max():.1e}"
)

assert 1.8 < order < 2.2
assert errors[-1].max() < errors[0].max() / 50

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/grid_and_graph.png'
