r"""
The loss barcode of a network
=============================

Five networks with the layers 64-16-16-10 learn scikit-learn's digits, all in one batch, down to a
gradient of :math:`10^{-5}`. Any two of them are joined by a path, and the path is lowered. What it
climbs to in the end is an upper bound of the pass, so the bars are upper bounds as well; error bars
tell how far they change if the paths are trained once more.
"""

import tempfile

import matplotlib.pyplot as plt
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
print(land)

# %%
# A run is a folder: what has been computed is read from it, what is missing is computed. Each label
# has its own training of paths. *As trained*, the paths join the networks as they came. *Aligned*,
# each ends at a copy of the second network, hidden units exchanged and signs flipped so that it
# lies near the first: another vector, and the same function.

METHOD = networks.SweptCurve(steps=600)
LABELS = {"as trained": False, "aligned": True}

with tempfile.TemporaryDirectory() as folder, networks.Run(folder, land) as run:
    descent = networks.Descent(networks.Cosine(5e-3, 40), epochs=40, size=64, steps=2500)
    run.train(5, descent)
    graphs = {}
    for label, aligned in LABELS.items():
        training = networks.Training(
            METHOD, METHOD.steps, size=64, aligned=aligned, dtype=torch.float32
        )
        run.connect(label, training, repeats=3)
        graphs[label] = [run.graph(label, repeat) for repeat in range(3)]
    minima, measures = run.minima, run.measures

for measure in measures:
    print("loss {value:.5f}, gradient norm {gradient_norm:.1e}, {status}".format(**measure))

# %%
# Births are exact values of networks that were trained to the end, and equal on both sides. The
# lengths of the bars differ ten times, in the mean: nothing but the choice of the copy. Whiskers
# reach over the three repetitions.

spread = {label: networks.repeated(some) for label, some in graphs.items()}
ml.plot.uncertainty(list(spread.values()), labels=list(LABELS)).set_ylabel("loss on all images")
for label, found in spread.items():
    print(f"{label}: {found}")
assert spread["aligned"].deaths.high[1:].max() < spread["as trained"].deaths.low[1:].min()
tops = {label: found.deaths.mean[1:] - found.births.mean[1:] for label, found in spread.items()}
assert 8 < tops["as trained"].mean() / tops["aligned"].mean() < 13

# %%
# Whether the copies of a network count as different minima or as one is a matter of definition. If
# they count as one, a path may end at any of them, so both barcodes are upper bounds of one number,
# and the lower one counts. One pair, the straight line and the path that was trained:

first, second = minima[:1], minima[1:2]
ends = {"as trained": second, "aligned": networks.align(land, first, second)}
seed = torch.Generator().manual_seed(1)
times = torch.linspace(0, 1, 201, dtype=torch.float64)
_, (whole, close) = plt.subplots(1, 2, figsize=(9, 3.8))
for (label, end), colour in zip(ends.items(), ("#17324d", "#a63d17"), strict=True):
    batches = land.batches(64, generator=seed)
    lowered = ml.find_paths(batches, first, end, METHOD, generator=seed, max_steps=METHOD.steps)
    line = ml.Paths(torch.stack([first, end], 1), ml.Polyline(), lowered.status)
    for paths, dashes, name in ((line, (0, (4, 2)), "straight"), (lowered, "-", "lowered")):
        values, top = land.value(paths.at(times)[0]), networks.network_heights(land, paths)
        print(f"{label}, {name}: up to {float(top.values):.4f}")
        for ax in (whole, close):
            ax.plot(times, values, color=colour, linestyle=dashes, label=f"{label}, {name}")
            ax.plot(top.times, top.values, "D", color=colour, markerfacecolor="white", markersize=5)
for ax in (whole, close):
    ax.plot([0, 1], land.value(minima[:2]), "o", color="#17324d", clip_on=False, zorder=4)
    ax.set(xlim=(0, 1), xlabel="time along the path")
whole.set_ylabel("loss on all images")
whole.legend(frameon=False, fontsize="small", loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
close.set_ylim(0.1, 0.14)
close.set_title("the same, closer", fontsize="medium")

# %%
# Other minima would give other bars. Four of the five can be drawn in five ways, each with one of
# the three repetitions. These bands are wider, and births have one as well: which minima were found
# matters more than how their paths were trained.

again = networks.resampled(
    graphs["aligned"], 4, draws=200, generator=torch.Generator().manual_seed(0)
)
ml.plot.uncertainty(again).set_ylabel("loss on all images")
print(again)
assert again.score.deviation > spread["aligned"].score.deviation

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/network_barcode.png'
