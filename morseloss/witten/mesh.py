"""`reduce`: in the plane the network is a mesh, reduced node by node without a subtraction.

The one idea: nodes of the network are eliminated by the star-mesh rule, which adds, multiplies and
divides positive numbers, so every entry keeps its relative accuracy however small it is. What
remains is a matrix on the wells that depends on the eigenvalue, exactly.
"""

import numpy as np
from jaxtyping import Int

from morseloss.topology.forest.kernels import compiled
from morseloss.witten.conductances import Network
from morseloss.witten.reduction import ORDER, Reduction

__all__ = ["reduce"]


def reduce(network: Network, wells: Int[np.ndarray, "k 2"]) -> Reduction:
    """Eliminate all nodes but the wells.

    Parameters
    ----------
    network : Network
    wells : ndarray of int, shape (k, 2)
        The nodes to keep, all different and of positive mass.

    Examples
    --------
    Two nodes of mass 1 and conductance 1 between them: the eigenvalues of `[[1, -1], [-1, 1]]` are
    0, which is left out, and 2.

    >>> import numpy as np
    >>> from morseloss.witten.conductances import Network
    >>> line = Network(np.ones((2, 1)), np.ones((1, 1)), np.ones((2, 0)), np.zeros((2, 1)))
    >>> np.exp(reduce(line, np.array([[0, 0], [1, 0]])).log_eigenvalues())
    array([2.])
    """
    if network.masses.shape[1] > network.masses.shape[0]:
        return reduce(network.transposed, wells[:, ::-1])
    kept = np.full(network.masses.shape, -1)
    kept[tuple(wells.T)] = np.arange(len(wells))
    band, border, between = _assembled(network, kept, len(wells))
    totals = compiled(_eliminate)(band, border, between)
    between = between + between.T
    moments = _moments(network.masses.ravel(), kept.ravel(), band, border, totals)
    with np.errstate(divide="ignore"):
        return Reduction(*(np.log(part) for part in (between[:-1, :-1], between[:-1, -1], moments)))


def _moments(masses, kept, band, border, totals):
    """The matrices `G_n`, from the potentials that each well makes at the nodes, solved again."""
    k, wells, nodes = border.shape[1] - 1, np.flatnonzero(kept >= 0), masses.size
    grounded = np.zeros((k, k + 1))
    # one row a well, with room behind the last node for the links that none has
    state = np.zeros((k, nodes + band.shape[1]))
    compiled(_solve)(band, border, totals, state, np.eye(k, k + 1))
    state[kept[wells], wells] = 1.0
    states = [state]
    for _ in range(ORDER):
        load = np.zeros_like(state)
        load[:, :nodes] = masses * states[-1][:, :nodes]
        load[:, wells] = 0.0
        compiled(_solve)(band, border, totals, load, grounded)
        load[:, wells] = 0.0
        states.append(load)
    states = [state[:, :nodes] for state in states]
    return np.stack(
        [(states[n // 2] * masses) @ states[n - n // 2].T for n in range(2 * ORDER + 1)]
    )


def _assembled(network, kept, k):
    """Band, border and core of the conductances: node to node, node to well, well to well."""
    a, b = kept.shape
    band, border = np.zeros((a * b, b)), np.zeros((a * b, k + 1))
    between = np.zeros((k + 1, k + 1))
    rows = np.arange(a * b).reshape(a, b)
    flat = kept.ravel()
    border[:, k] = np.where(flat < 0, network.ground.ravel(), 0.0)
    between[flat[flat >= 0], k] = network.ground.ravel()[flat >= 0]
    links = ((rows[:-1], rows[1:], network.down), (rows[:, :-1], rows[:, 1:], network.across))
    for starts, ends, conductances in links:
        i, j, c = starts.ravel(), ends.ravel(), conductances.ravel()
        free = (flat[i] < 0) & (flat[j] < 0)
        band[i[free], (j - i)[free] - 1] += c[free]
        for one, other in ((i, j), (j, i)):
            side = (flat[one] < 0) & (flat[other] >= 0)
            border[one[side], flat[other[side]]] += c[side]
        both = (flat[i] >= 0) & (flat[j] >= 0)
        between[flat[i[both]], flat[j[both]]] += c[both]
    return band, border, between


def _eliminate(band, border, between):
    """Replace node after node by links between its neighbours; return its sum of conductances."""
    nodes, width = band.shape
    ends = border.shape[1]
    totals = band[:, 0] * 0.0
    for i in range(nodes):
        total = band[i].sum() + border[i].sum()
        totals[i] = total
        if total == 0.0:
            continue
        for p in range(width):
            if band[i, p] > 0.0:
                share = band[i, p] / total
                row = i + 1 + p
                for q in range(p + 1, width):
                    band[row, q - p - 1] += share * band[i, q]
                for t in range(ends):
                    border[row, t] += share * border[i, t]
        for s in range(ends):
            share = border[i, s] / total
            for t in range(s + 1, ends):
                between[s, t] += share * border[i, t]
    return totals


def _solve(band, border, totals, load, values):
    """Turn the load at the nodes into the potential there, for given values at the wells."""
    nodes, width = band.shape
    for i in range(nodes):
        if totals[i] > 0.0:
            for k in range(load.shape[0]):
                share = load[k, i] / totals[i]
                if share > 0.0:
                    for p in range(width):
                        load[k, i + 1 + p] += share * band[i, p]
    for i in range(nodes - 1, -1, -1):
        if totals[i] > 0.0:
            for k in range(load.shape[0]):
                # four sums at a time: nothing depends on their order, for all terms are positive
                a = b = c = d = 0.0
                for p in range(0, width - 3, 4):
                    a += band[i, p] * load[k, i + 1 + p]
                    b += band[i, p + 1] * load[k, i + 2 + p]
                    c += band[i, p + 2] * load[k, i + 3 + p]
                    d += band[i, p + 3] * load[k, i + 4 + p]
                for p in range(width - width % 4, width):
                    a += band[i, p] * load[k, i + 1 + p]
                for t in range(border.shape[1]):
                    b += border[i, t] * values[k, t]
                load[k, i] = (load[k, i] + (a + b) + (c + d)) / totals[i]
