"""
A change of coordinates
=======================

Sharpness depends on coordinates, the barcode does not. The six-hump camel function is seen
through a diffeomorphism of the plane: its minima move, its Hessians change, its bars stay to
the last digits.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

# %%
# Two shears, one after the other, each with an obvious inverse.


def bend(y):
    x0 = y[:, 0] + 0.35 * torch.sin(2 * y[:, 1])
    return torch.stack([x0, y[:, 1] + 0.25 * torch.sin(1.5 * x0)], dim=1)


def unbend(x):
    y1 = x[:, 1] - 0.25 * torch.sin(1.5 * x[:, 0])
    return torch.stack([x[:, 0] - 0.35 * torch.sin(2 * y1), y1], dim=1)


camel = ml.analytic.SixHumpCamel()
bent = ml.Pullback(camel, bend, box=torch.tensor([[-2.7, -1.9], [2.7, 1.9]]))


def survey(land):
    starts = ml.sample_box(land, 256, generator=torch.Generator().manual_seed(0))
    minima = ml.find_minima(land, starts)
    return minima, ml.build_graph(land, minima)


(minima, graph), (bent_minima, bent_graph) = survey(camel), survey(bent)
bars, bent_bars = ml.barcode(graph), ml.barcode(bent_graph)

# %%
# The same landscape twice, and both barcodes drawn on top of each other.

fig = plt.figure(figsize=(10, 3.4))
left, right, barcode = fig.subplots(1, 3, width_ratios=(4, 4, 3))
window = torch.tensor([[-2.4, -1.7], [2.4, 1.7]])
ml.plot.landscape(camel, graph, ax=left, box=window)
ml.plot.landscape(bent, bent_graph, ax=right, box=window)
for ax, title in ((left, "six-hump camel"), (right, "the same, bent")):
    ax.set_title(title)
    ax.get_legend().remove()
    ax.set_aspect("equal")
for scale in [ax for ax in fig.axes if ax.get_label() == "<colorbar>"]:
    scale.remove()
ml.plot.barcode(bars, ax=barcode)
places = np.arange(len(bent_bars))
ends = np.where(bent_bars.finite, bent_bars.deaths, np.nan)
look = {"color": "#a63d17", "markersize": 14, "markeredgewidth": 2}
barcode.plot(places, bent_bars.births, "_", **look)
(marks,) = barcode.plot(places, ends, "_", label="bent", **look)
barcode.legend(handles=[marks], frameon=False, loc=(0.15, 0.72), fontsize="small")
barcode.set_title("both barcodes")

# %%
# Curvatures differ by half, bars by rounding.

for name, found in (("plain", minima), ("bent", bent_minima)):
    print(
        f"{name:5s}: curvatures from {found.eigenvalues.min():.4f} to {found.eigenvalues.max():.4f}"
    )
difference = np.abs(bars.births - bent_bars.births).max(), np.abs(ends - bars.deaths)[1:].max()
print(f"births differ by {difference[0]:.1e}, deaths by {difference[1]:.1e}")

assert len(bars) == 6
assert max(difference) < 1e-12
assert (minima.eigenvalues[:, 0] - bent_minima.eigenvalues[:, 0]).abs().max() > 1
torch.testing.assert_close(bend(unbend(minima.points)), minima.points)
assert torch.cdist(unbend(minima.points), bent_minima.points).min(1).values.max() < 1e-10

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/change_of_coordinates.png'
