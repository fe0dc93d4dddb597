r"""
Lowering the longest bar of a network by its gradient
=====================================================

How hard a minimum is to leave depends on the data. Here every example of a tiny training set has a
weight of its own, and the gradient of the longest bar by these weights says which examples make the
bar long. A few steps against it make the bar less than half as long.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

# %%
# Two hidden neurons without shifts: four parameters, eight copies of each minimum. At first all 21
# examples weigh the same.

inputs = torch.linspace(-2, 2, 21, dtype=torch.float64)
targets = torch.sin(3 * inputs) + 0.3 * inputs
box = torch.tensor([[-5.0] * 4, [5.0] * 4])


def loss(parameters, weighed):
    """Weighed square error and weight decay of ``out . tanh(slope x)``, one row a network."""
    slope, out = parameters[:, None, :2], parameters[:, None, 2:]
    outputs = (torch.tanh(inputs[:, None] * slope) * out).sum(-1)
    return ((outputs - targets) ** 2) @ weighed + 0.002 * (parameters**2).sum(-1)


def landscape_at(logits):
    weighed = torch.softmax(logits.detach(), 0)
    return ml.Function(lambda parameters: loss(parameters, weighed), dim=4, box=box)


def graph_at(logits, starts):
    """Minima and certified passes of the loss at fixed weights."""
    land = landscape_at(logits)
    return ml.build_graph(land, ml.find_minima(land, starts))


# %%
# At a minimum and at a pass the gradient by the parameters is zero. So where they move to does not
# count, to first order, when the weights of the examples change: the loss is evaluated where they
# are, and differentiated by the weights alone. The bars are functions of these values.


def longest_bar(logits, graph):
    weighed = torch.softmax(logits, 0)
    values, weights = (
        loss(torch.tensor(places), weighed) for places in (graph.points, graph.peaks)
    )
    bars = ml.differentiable.barcode(values, graph.edges, weights)
    return 2 * ml.differentiable.to_score(bars, metric="chebyshev")


# %%
# The gradient is that of the whole chain from weights to bars: the difference of two landscapes
# whose minima and passes are searched anew is the same.

logits = torch.zeros(21, dtype=torch.float64, requires_grad=True)
generator = torch.Generator().manual_seed(0)
graph = graph_at(logits, ml.sample_box(landscape_at(logits), 64, generator=generator))
(gradient,) = torch.autograd.grad(longest_bar(logits, graph), logits)
direction = gradient / gradient.norm()
minima = torch.tensor(graph.points)
ahead, behind = (
    longest_bar(at, graph_at(at, minima)).item()
    for at in (logits.detach() + shift * direction for shift in (1e-3, -1e-3))
)
print(f"gradient {gradient.norm():.8f}, of landscapes anew {(ahead - behind) / 2e-3:.8f}")
np.testing.assert_allclose((ahead - behind) / 2e-3, gradient.norm(), rtol=1e-6)

# %%
# Now steps of one length against the gradient, with a new search at each. All edges are certified
# saddles, so the lengths are exact.

lengths, members = [], []
for _ in range(7):
    graph = graph_at(logits, torch.tensor(graph.points))
    longest = longest_bar(logits, graph)
    (gradient,) = torch.autograd.grad(longest, logits)
    lengths.append(longest.item())
    members.append(graph)
    assert graph.exact.all()
    logits = (logits - 0.4 * gradient / gradient.norm()).detach().requires_grad_()
print("longest bar:", np.round(lengths, 4))
assert np.all(np.diff(lengths) < 0) and lengths[-1] < 0.5 * lengths[0]

# %%
# Weight has left the examples with large targets: what is gained there by a neuron is lost on the
# way over the pass.

weighed = torch.softmax(logits.detach(), 0)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
left.plot(lengths, "o-", color="#17324d")
left.set(xlabel="step", ylabel="longest bar")
right.bar(inputs, weighed, width=0.15, color="#dfe6ee", edgecolor="#17324d")
right.axhline(1 / 21, color="#a63d17", linestyle="--")
right.set(xlabel="input of the example", ylabel="weight of the example")
assert (weighed[targets.abs() > 0.8] < 1 / 21).all()

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/lower_bar.png'
