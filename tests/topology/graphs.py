"""Random filtered graphs, and a barcode computed from its definition, too plainly to be wrong."""

import numpy as np
from hypothesis import strategies as st

from morseloss.topology import Filtration
from morseloss.topology.forest import exits, growth, kernels, order, sieve, team


def random_graph(n, m, generator, *, levels=None):
    """Edges at random, so with self-loops and parallels; `levels` values in all make ties."""
    edges = generator.integers(0, n, (m, 2))
    if levels is None:
        values = generator.normal(size=n)
        weights = values[edges].max(axis=1, initial=-np.inf) + generator.exponential(0.3, m)
    else:
        values = generator.integers(-levels, levels, n) / 1.0
        weights = values[edges].max(axis=1, initial=-np.inf) + generator.integers(0, levels, m)
    return Filtration(values, edges, weights)


@st.composite
def filtrations(draw, max_n=8, max_m=16):
    """Graphs with many ties and negative values, in one piece or several."""
    n = draw(st.integers(1, max_n))
    number = st.integers(-4, 4).map(float) | st.floats(-10, 10)
    values = np.array(draw(st.lists(number, min_size=n, max_size=n)))
    vertex, rise = st.integers(0, n - 1), st.integers(0, 3).map(float) | st.floats(0, 10)
    drawn = draw(st.lists(st.tuples(vertex, vertex, rise), max_size=max_m))
    edges = np.array([(a, b) for a, b, _ in drawn], dtype=np.int64).reshape(-1, 2)
    weights = np.array([max(values[a], values[b]) + up for a, b, up in drawn], dtype=float)
    return Filtration(values, edges, weights)


def sweep(filtration):
    """Birth, death, birth cell and death cell of each bar, by a sweep over all thresholds.

    Below every threshold the components are found anew; a bar ends at the edge with which its
    minimum is the lowest of its component no more.
    """
    values, weights = filtration.values.tolist(), filtration.weights.tolist()
    edges = filtration.edges.tolist()
    order = sorted(range(len(weights)), key=lambda e: (weights[e], e))
    bars, alive = {}, set(range(len(values)))
    for count in range(1, len(order) + 1):
        lowest = component_minima(values, [edges[e] for e in order[:count]])
        for p in alive - lowest:
            bars[p] = (values[p], weights[order[count - 1]], p, order[count - 1])
        alive = lowest
    bars |= {p: (values[p], np.inf, p, -1) for p in alive}
    return sorted(bars.values(), key=lambda bar: (bar[0], bar[2]))


def component_minima(values, edges):
    labels = list(range(len(values)))
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            if labels[a] != labels[b]:
                labels[a] = labels[b] = min(labels[a], labels[b])
                changed = True
    members = {}
    for p, label in enumerate(labels):
        members.setdefault(label, []).append(p)
    return {min(group, key=lambda p: (values[p], p)) for group in members.values()}


def bars_of(diagram):
    """Rows of a diagram as tuples, in its own order."""
    columns = diagram.births, diagram.deaths, diagram.birth_cells, diagram.death_cells
    return list(zip(*(column.tolist() for column in columns), strict=True))


def take_route(monkeypatch, *, small, few=0, sparse=50, stretch=7, threads=1, interpreted=False):
    """Let small graphs take the ways of large ones.

    From `small` rows on numba is used and edges are left out, from `few` on not all that are left
    are sorted; with up to `sparse` edges a vertex exits are looked for; each of so many threads
    takes `stretch` rows at a time.
    """
    for module in (kernels, exits, growth, order):
        monkeypatch.setattr(module, "SMALL", small)
    monkeypatch.setattr(growth, "FEW", few)
    monkeypatch.setattr(exits, "SPARSE", sparse)
    monkeypatch.setattr(exits, "STRETCH", stretch)
    monkeypatch.setattr(team, "STRETCH", stretch)
    monkeypatch.setattr(team, "EACH", 1)
    monkeypatch.setattr(team, "_threads", lambda: threads)
    if interpreted:
        for module in (exits, growth, order, sieve, kernels):
            monkeypatch.setattr(module, "compiled", lambda kernel: kernel)
