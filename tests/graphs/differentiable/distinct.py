"""Random graphs without ties, functions of their numbers, and central differences."""

import numpy as np
import torch

import morseloss as ml
from morseloss import differentiable as diff
from tests.topology.graphs import random_graph

GAP = 1e-4  # between any two numbers that decide which bar is which


def distinct_graph(seed):
    """A graph of 2 to 9 minima whose values, weights and lengths of bars keep a distance."""
    generator = np.random.default_rng(seed)
    while True:
        n = int(generator.integers(2, 10))
        graph = random_graph(n, int(generator.integers(1, 3 * n)), generator)
        bars = ml.barcode(graph)
        if apart(graph.values) and apart(graph.weights) and apart(bars.lifetimes[bars.finite]):
            return graph, generator


def apart(numbers):
    return (np.diff(np.sort(numbers)) > GAP).all()


def tensors(graph, dtype=torch.float64):
    edges = torch.tensor(graph.edges)
    return torch.tensor(graph.values, dtype=dtype), edges, torch.tensor(graph.weights, dtype=dtype)


def with_and_without_ties(filtration, tiny=1e-5):
    """A graph of whole numbers, and the same with its rows raised as the conventions say."""
    values, edges, weights = tensors(filtration)
    values, weights = values.floor(), weights.floor()
    yield values, edges, weights
    rows = torch.arange(len(weights)) + 1
    yield values + tiny**2 * torch.arange(len(values)), edges, weights + tiny * rows


def other_barcode(graph, generator):
    """Bars near those of a graph, a few of them gone, as many essential ones."""
    bars = ml.barcode(graph)
    kept = ~bars.finite | (generator.random(len(bars)) < 0.8)
    births = bars.births[kept] + generator.normal(size=kept.sum()) * 0.2
    lengths = bars.lifetimes[kept] * generator.uniform(0.7, 1.4, kept.sum())
    return ml.Diagram(births, births + lengths)


def functions(graph, generator):
    """Name -> a function of a TensorDiagram whose value is one number for each graph."""
    other = other_barcode(graph, generator)
    parts = torch.tensor(generator.normal(size=(3, len(graph))))

    def summed(bars, column, part):
        return (torch.where(bars.finite, column, 0.0) * part).sum(-1)

    return {
        "births": lambda bars: (bars.births * parts[0]).sum(-1),
        "deaths": lambda bars: summed(bars, bars.deaths, parts[1]),
        "lifetimes": lambda bars: summed(bars, bars.lifetimes, parts[2]),
        "to_score": diff.to_score,
        "to_score in the max metric": lambda bars: diff.to_score(bars, metric="chebyshev"),
        "bottleneck": lambda bars: diff.bottleneck_distance(bars, other),
        "bottleneck in the max metric": lambda bars: diff.bottleneck_distance(
            bars, other, metric="chebyshev"
        ),
        "Wasserstein of order 1": lambda bars: diff.wasserstein_distance(bars, other),
        "Wasserstein of order 2": lambda bars: diff.wasserstein_distance(bars, other, order=2),
        "Wasserstein of order 3 in the max metric": lambda bars: diff.wasserstein_distance(
            bars, other, order=3, metric="chebyshev"
        ),
    }


def errors_of(graph, generator, step=1e-6):
    """Name -> what gradient and central difference along a random way differ by, relatively."""
    values, edges, weights = tensors(graph)
    at = torch.cat([values, weights]).requires_grad_()
    way = torch.tensor(generator.normal(size=len(at)))
    way /= way.norm()

    def bars_at(numbers):
        first, last = numbers.split([len(values), len(weights)], dim=-1)
        return diff.barcode(first, edges, last)

    here, around = bars_at(at), bars_at(at.detach() + step * torch.stack([way, -way]))
    found = {}
    for name, function in functions(graph, generator).items():
        (gradient,) = torch.autograd.grad(function(here), at, retain_graph=True)
        ahead, behind = function(around)
        wrong = gradient @ way - (ahead - behind) / (2 * step)
        found[name] = float(wrong.abs() / gradient.norm().clamp(min=1e-3))
    return found
