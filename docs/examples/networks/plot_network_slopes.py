r"""
How a path settles
==================

On a path of steepest descent the gradient has no part across the path. So that part tells how far
a path still is from settled; the part along it only moves points to and fro on the path. Both are
taken here while two paths between digit networks are trained (Figures 19 and 20 of the paper in
small).
"""

import matplotlib.pyplot as plt
import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

import morseloss as ml
from morseloss import networks

pixels, classes = load_digits(return_X_y=True)
module = nn.Sequential(
    nn.Linear(64, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 10)
)
land = networks.NetworkLandscape(
    module,
    nn.functional.cross_entropy,
    torch.from_numpy(pixels / 16).float(),
    torch.from_numpy(classes),
    weight_decay=1e-3,
)
seed = torch.Generator().manual_seed(0)
descent = networks.Descent(networks.Cosine(5e-3, 40), epochs=40, size=64, steps=2500)
starts = networks.initial(land, 2, generator=seed)
found = networks.train(land, starts, descent, generator=seed)
print(found)

# %%
# Two paths in one batch: to the second network as it was trained, and to the copy of it that lies
# nearest the first one. The record looks at them every 15 steps, on all images.

first, second = found.points[:1], found.points[1:]
starts = first.repeat(2, 1)
ends = torch.cat([second, networks.align(land, first, second)])
method = networks.SweptCurve(steps=600)
record = networks.SlopeRecord(land, method.curve, every=15, times=41)
batches = land.batches(64, generator=seed)
paths = ml.find_paths(
    batches, starts, ends, method, generator=seed, max_steps=method.steps, trace=record
)
print(len(record.steps), "looks,", record.slopes[-1])

# %%
# As trained. Along the path (left) the slope vanishes at both ends, which are minima, and on the
# top between them. Across (right) it falls to less than a twentieth of what it was on the straight
# path.

_, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2))
ml.plot.slopes(record, left, "tangential")
ml.plot.slopes(record, right, "normal")

# %%
# Aligned, the slopes are about half as large: mind the scales.

_, (left, right) = plt.subplots(1, 2, figsize=(9.6, 4.2))
ml.plot.slopes(record, left, "tangential", path=1)
ml.plot.slopes(record, right, "normal", path=1)

# %%
# The steepest place across each path, look by look. While the rate is high, mini-batches shake the
# path; towards the end the rate goes to zero, and the path settles. It does not reach zero: curves
# with three bends are not flow lines, and the height is that of the best curve found.

steepest = np.array([look.normal.amax(1).tolist() for look in record.slopes])
_, ax = plt.subplots()
for row, (label, colour) in enumerate((("as trained", "#17324d"), ("aligned", "#a63d17"))):
    ax.plot(record.steps, steepest[:, row], color=colour, label=label)
ax.set(yscale="log", xlim=(0, None), xlabel="step", ylabel="largest gradient norm across")
ax.set_yticks([0.02, 0.05, 0.1, 0.2, 0.5], ["0.02", "0.05", "0.1", "0.2", "0.5"])
ax.minorticks_off()
ax.legend(frameon=False)
assert (steepest[-1] < 0.2 * steepest.max(0)).all()

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/network_slopes.png'
