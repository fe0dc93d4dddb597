"""Exits that several threads found are one: the lightest, and among equals the earliest."""

import numpy as np
import pytest

from morseloss.topology.forest import exits
from morseloss.topology.forest.components import Edges
from morseloss.topology.forest.team import Team
from tests.topology.graphs import random_graph


class Strangers(Team):
    """A team of which each member looks at one piece alone, whoever has the last being first."""

    def take_turns(self, begin, items):
        return [begin()(item) for item in reversed(items)][::-1]

    def share(self, work, items):
        return [work(item) for item in items]


def lightest(edges, n):
    """Return weight, name and other end of the first edge of each vertex, by sorting all."""
    best = [(np.inf, -1, -1)] * n
    rows = zip(*(column.tolist() for column in edges), strict=True)
    for a, b, weight, name in sorted(rows, key=lambda row: (row[2], row[3])):
        for end, other in ((a, b), (b, a)):
            if a != b and best[end][1] < 0:
                best[end] = (weight, name, other)
    return best


@pytest.mark.parametrize("levels", [None, 3])
def test_the_exits_of_threads_are_put_together_ties_too(monkeypatch, levels):
    monkeypatch.setattr(exits, "compiled", lambda kernel: kernel)
    chosen = []

    def choose(low, high, first, other):
        before = first.names[low:high].copy()
        real(low, high, first, other)
        chosen.append(np.count_nonzero(first.names[low:high] != before))

    real = exits._choose
    monkeypatch.setattr(exits, "_choose", choose)
    graph = random_graph(40, 300, np.random.default_rng(4), levels=levels)
    edges = Edges(*graph.edges.T, graph.weights, np.arange(300))
    pieces = [edges.stretch(low, low + 75) for low in range(0, 300, 75)]
    found, sound = exits.find_exits(pieces, graph.values, Strangers(2))
    assert sound and len(chosen) == 3 and min(chosen) > 0
    columns = (column.tolist() for column in (found.lightest, found.names, found.others))
    assert list(zip(*columns, strict=True)) == lightest(edges, 40)
