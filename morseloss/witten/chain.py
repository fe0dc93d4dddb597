"""`reduce_chain`: on a line the network is a chain, and its reduction a few running sums.

The one idea: between two wells potentials are resistances summed up from one end, and Green's
function is a product of two of them. All is positive, so all is added in logarithms, and no weight
is too small: temperatures may be as low as the grid allows.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from morseloss.witten.cells import Cells
from morseloss.witten.reduction import ORDER, Reduction

__all__ = ["Chain", "chain_of", "reduce_chain"]

Logs = Float[np.ndarray, " n"]


@dataclass(frozen=True, eq=False)
class Chain:
    """A network whose nodes stand in a row, in logarithms.

    Attributes
    ----------
    masses : ndarray, shape (n,)
        Of the masses of the nodes.
    links : ndarray, shape (n - 1,)
        Of the conductances between neighbours.
    first : int
        Vertex of the grid that is node 0.
    """

    masses: Float[np.ndarray, " n"]
    links: Float[np.ndarray, " links"]
    first: int = 0

    def __repr__(self) -> str:
        return f"Chain({len(self.masses)} nodes)"


def chain_of(cells: Cells, level: float) -> Chain:
    """Return the chain of `D_0^T D_0`, of the vertices between the outermost below a level.

    Parameters
    ----------
    cells : Cells
        On a line.
    level : float
        Above all critical values, so that what is below is one interval.
    """
    below = np.flatnonzero(cells.values[::2] <= level)
    first, last = int(below[0]), int(below[-1])
    scaled = 2 * cells.values / cells.temperature
    unit = 2 * np.log(cells.temperature / cells.steps[0])
    return Chain(
        -scaled[2 * first : 2 * last + 1 : 2], unit - scaled[2 * first + 1 : 2 * last : 2], first
    )


def reduce_chain(chain: Chain, wells: Int[np.ndarray, " k"]) -> Reduction:
    """Eliminate all nodes but the wells.

    Parameters
    ----------
    chain : Chain
    wells : ndarray of int, shape (k,)
        The nodes to keep, all different.

    Examples
    --------
    Two nodes of mass 1 and conductance 1 between them: the eigenvalues of `[[1, -1], [-1, 1]]` are
    0, which is left out, and 2.

    >>> import numpy as np
    >>> np.exp(reduce_chain(Chain(np.zeros(2), np.zeros(1)), np.array([0, 1])).log_eigenvalues())
    array([2.])
    """
    k, order = len(wells), np.argsort(wells)
    conductances, moments = np.full((k, k), -np.inf), np.full((2 * ORDER + 1, k, k), -np.inf)
    moments[0][np.diag_indices(k)] = chain.masses[wells]
    ordered = wells[order]
    first, last = ordered[0], ordered[-1]
    for at, (a, b) in enumerate(itertools.pairwise(ordered)):
        pair = order[at], order[at + 1]
        resistances = -chain.links[a:b]
        total = np.logaddexp.reduce(resistances)
        conductances[pair], conductances[pair[::-1]] = -total, -total
        left = np.logaddexp.accumulate(resistances)[:-1]
        right = np.logaddexp.accumulate(resistances[::-1])[-2::-1]
        ends = right - total, left - total
        _gather(moments, pair, ends, left, chain.masses[a + 1 : b])
    beyond = -chain.links[last:], chain.masses[last + 1 :], order[-1]
    before = -chain.links[:first][::-1], chain.masses[:first][::-1], order[0]
    for resistances, masses, well in (beyond, before):
        left = np.logaddexp.accumulate(resistances)
        _gather(moments, (well,), (np.zeros(len(left)),), left, masses)
    return Reduction(conductances, np.full(k, -np.inf), moments)


def _gather(
    moments: Float[np.ndarray, "order k k"],
    wells: tuple[int, ...],
    potentials: tuple[Logs, ...],
    distances: Logs,
    masses: Logs,
) -> None:
    """Add to the moments what the nodes between two wells, or beyond the last one, give.

    `potentials` are those that each well makes, `distances` resistances to the first of them.
    """
    if not len(masses):
        return
    states = [list(_states(start, potentials[0], distances, masses)) for start in potentials]
    for n, moment in enumerate(moments):
        for well, one in zip(wells, states, strict=True):
            for other, two in zip(wells, states, strict=True):
                sums = np.logaddexp.reduce(masses + one[n // 2] + two[n - n // 2])
                moment[well, other] = np.logaddexp(moment[well, other], sums)


def _states(start: Logs, potential: Logs, distances: Logs, masses: Logs):
    """Yield a potential, and its loads' potentials with both wells grounded, again and again."""
    state = start
    yield state
    for _ in range(ORDER):
        load = masses + state
        nearer = np.logaddexp.accumulate(distances + load)
        farther = np.logaddexp.accumulate((potential + load)[::-1])[::-1]
        farther = np.append(farther[1:], -np.inf)
        state = np.logaddexp(potential + nearer, distances + farther)
        yield state
