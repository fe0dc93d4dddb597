r"""
What a bar costs
================

Bars between networks end at the best paths found, and these fall as long as one pays for them. Here
ways of two architectures are lowered on and on, and bars are drawn against their budget, beside two
nulls: what is left between a network and its shuffled copy, and between a network and itself.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

import morseloss as ml
from morseloss import networks

seed = torch.Generator().manual_seed(0)
x = torch.randn(120, 2, generator=seed)
y = (x.prod(1) > 0).long()


def dense(depth):
    layers = [nn.Linear(2, 6), nn.Tanh()]
    for _ in range(depth - 1):
        layers += [nn.Linear(6, 6), nn.Tanh()]
    return nn.Sequential(*layers, nn.Linear(6, 2))


method = networks.Relay(size=40, first=400, join=150, descent=60)
ladders, closed, copies = {}, {}, {}
for depth in (1, 2):
    name = f"{depth} hidden layer{'s' * (depth > 1)}"
    land = networks.NetworkLandscape(
        dense(depth), nn.functional.cross_entropy, x, y, weight_decay=1e-3
    )
    starts = networks.initial(land, 4, generator=seed)
    minima = networks.converge(land, starts, max_steps=1000).points
    found = networks.relay(land, minima, method, budget=700, generator=seed)
    ladders[name] = networks.ladder(found, land.value(found.stations))
    budget = float(ladders[name].budgets[-1])
    call = {"budget": budget, "generator": seed}
    closed[name] = networks.ladder(networks.closed_null(land, minima, method, **call))
    copies[name] = networks.ladder(networks.copies_null(land, minima, method, **call))
    print(ladders[name])

# %%
# Thin lines are single bars, thick ones their mean, dotted levels its limit. Most of what a bar is
# long at the first look is its budget. And a mean no longer than its nulls says nothing of the
# landscape.

_, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
ml.plot.budgets(ladders, ax, nulls={"closed null": closed, "copies null": copies})

# %%
# The price of a tolerance: gradients on all images a path, until bars are no longer. Dashed, where
# some bars did not come so far.

_, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
ml.plot.prices(ladders, ax)

# %%
# Side by side they may stand at equal gradients only, and no table mixes budgets.

at = min(float(one.budgets[-1]) for one in ladders.values())
table = networks.compared(ladders, within=1e-2, at=at, closed=closed, copies=copies)
print(table.title)
for row in (table.HEAD, *table.table()):
    print(" | ".join(row))

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/network_budgets.png'
