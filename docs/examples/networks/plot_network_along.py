r"""
Loss, error and curvature along a path
======================================

Two small networks, joined by a straight line and by a path that was lowered. Along both: the loss
with weight decay, the error rate on images that were not trained on, and the largest curvature. The
barriers that papers report are differences of such numbers; which difference, they do not agree on.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import morseloss as ml
from morseloss import networks

seed = torch.Generator().manual_seed(0)
x, unseen = (torch.randn(count, 2, generator=seed) for count in (120, 400))
module = nn.Sequential(nn.Linear(2, 6), nn.Tanh(), nn.Linear(6, 2))
loss = nn.functional.cross_entropy
land = networks.NetworkLandscape(module, loss, x, (x.prod(1) > 0).long(), weight_decay=1e-3)
test = networks.NetworkLandscape(module, loss, unseen, (unseen.prod(1) > 0).long())

starts = networks.initial(land, 2, generator=seed)
ends = networks.converge(land, starts.double(), networks.LBFGS(), max_steps=1000).points
line = networks.lines(ends[:1], ends[1:])
curve = networks.SweptCurve(steps=500)
path = ml.find_paths(land, ends[:1], ends[1:], curve, generator=seed)

# %%
# Barriers by the names of the literature, on the training set.

for name, paths in (("straight line", line), ("lowered path", path)):
    print(name)
    print(networks.barriers(networks.along(land, paths, times=41)), end="\n\n")

# %%
# One measure a picture, one time axis.

figure, axes = plt.subplots(3, 2, figsize=(8.4, 8.0), sharex=True, sharey="row")
both = zip(axes.T, ("straight line", "lowered path"), (line, path), strict=True)
for column, title, paths in both:
    trained = networks.along(land, paths, times=41, lanczos=30, generator=seed)
    ml.plot.along(trained, column[0], "value").set(title=title, xlabel="")
    ml.plot.along(networks.along(test, paths, times=41), column[1], "error").set(
        xlabel="", ylabel="test error"
    )
    ml.plot.along(trained, column[2], "largest")
for ax in axes[:, 1]:
    ax.set_ylabel("")
figure.tight_layout()

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/network_along.png'
