"""
What sampling can miss
======================

Every bar that is found is an upper bound of the bar of its minimum. A minimum that no start met
leaves no trace at all. How likely is that? A basin that fills the part :math:`v` of the box is
missed by :math:`n` uniform starts with probability :math:`(1-v)^n`.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

# %%
# A wide bowl, and a narrow well that is deeper than the bowl: to miss it is to miss the global
# minimum.


def with_well(width):
    centre = torch.tensor([1.0, 0.6], dtype=torch.float64)

    def value(x):
        well = torch.exp(-((x - centre) ** 2).sum(-1) / (2 * width**2))
        return 0.5 * (x**2).sum(-1) - 2 * well

    box = torch.tensor([[-2.0, -2.0], [2.0, 2.0]])
    return ml.Function(value, dim=2, box=box)


widths, total = (0.24, 0.12, 0.06), 4096
found, hits = {}, {}
for width in widths:
    land = with_well(width)
    starts = ml.sample_box(land, total, generator=torch.Generator().manual_seed(0))
    found[width] = ml.find_minima(land, starts)
    hits[width] = (found[width].origins.rows == 0).numpy()  # row 0 is the lowest minimum
    part = hits[width].mean()
    print(f"width {width}: {len(found[width])} minima, the basin of the lowest fills {part:.4f}")

# %%
# Cut the starts into groups of :math:`n` and count the groups in which none led to the narrow
# well.

counts = 2 ** np.arange(0, 7)
missed = {
    width: [1 - hit.reshape(-1, n).any(1).mean() for n in counts] for width, hit in hits.items()
}

fig, (plane, ax) = plt.subplots(1, 2, figsize=(10, 4.2), width_ratios=(1, 1.1))
ml.plot.landscape(with_well(0.12), points=found[0.12], ax=plane, box=land.box)
plane.set_aspect("equal")
looks = zip(widths, ("-", "--", ":"), ("o", "s", "^"), strict=True)
for width, line, marker in looks:
    part = hits[width].mean()
    ax.plot(counts, (1 - part) ** counts, line, color="#8a8f98")
    label = f"well of width {width}, basin {100 * part:.1f} %"
    ax.plot(counts, missed[width], marker, color="#17324d", markersize=6, label=label)
ax.set_xscale("log", base=2)
ax.set_xticks(counts, [str(n) for n in counts])
ax.set(
    ylim=(-0.04, 1.3), xlabel="number of starts n", ylabel="probability to miss the lowest minimum"
)
ax.legend(frameon=False, loc="upper right")

# %%
# Lines are the formula, markers the measured parts; they agree within four standard errors. The
# share of starts that led to each minimum is in `origins`: it says how safe the minima found are,
# and nothing about those that were not.

for width in widths:
    expected = (1 - hits[width].mean()) ** counts
    error = np.sqrt(expected * (1 - expected) * counts / total)
    assert (np.abs(missed[width] - expected) <= 4 * error + counts / total).all()
    assert 0 < hits[width].mean() < 0.5
assert hits[0.06].mean() < hits[0.12].mean() < hits[0.24].mean()

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/what_sampling_misses.png'
