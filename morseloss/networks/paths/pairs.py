"""`spanning_pairs`: the barcode of all pairs of minima, from a part of their paths.

The one idea: only the edges of a minimum spanning tree decide bars. Cheap heights of all pairs come
first; then the tree is computed as if each cheap height would fall as far as could be expected,
its edges are measured in earnest, and this goes on until the whole tree is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode
from morseloss.status import Interrupted
from morseloss.topology.diagram import Diagram

__all__ = ["Measure", "Spanned", "all_pairs", "spanning_pairs"]

SLACK = 1e-6  # by so much, relative, rounding may put a height below an end

Measure = Callable[[Int[np.ndarray, "k 2"]], Float[np.ndarray, " k"]]
"""`measure(pairs) -> heights`: trains the paths of some pairs of rows, all together."""


@dataclass(frozen=True, eq=False)
class Spanned:
    """A graph of minima of which the edges that decide the bars are measured in earnest.

    Attributes
    ----------
    graph : LandscapeGraph
        All pairs; the weight of each edge is the lowest height found for it.
    measured : ndarray of bool, shape (m,)
        Edges measured in earnest; the others have their cheap height.
    rounds : tuple of int
        How many pairs each round measured.
    ratio : float
        Pairs were left out as if their excess over the higher end could fall to no smaller a part
        of the cheap one; nan where nothing was measured.

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.networks.paths.pairs import all_pairs, spanning_pairs
    >>> values, cheap = np.array([0.0, 0.1, 0.2]), np.array([1.0, 5.0, 1.2])
    >>> spanning_pairs(values, cheap, lambda pairs: 0.3 + 0.01 * pairs.sum(axis=1))
    Spanned(2 of 3 pairs measured in 1 round)
    """

    graph: LandscapeGraph
    measured: Bool[np.ndarray, " m"]
    rounds: tuple[int, ...]
    ratio: float

    @property
    def saving(self) -> float:
        """The part of the pairs that was never measured in earnest."""
        return 1.0 - float(self.measured.mean()) if len(self.measured) else 0.0

    @property
    def bars(self) -> Diagram:
        """The barcode of the graph; without `within` each finite bar ends at a measured edge."""
        return barcode(self.graph)

    def __repr__(self) -> str:
        pairs = f"{int(self.measured.sum())} of {len(self.measured)} pairs measured"
        rounds = len(self.rounds)
        return f"Spanned({pairs} in {rounds} round{'' if rounds == 1 else 's'})"


def all_pairs(count: int) -> Int[np.ndarray, "m 2"]:
    """Return the pairs of `count` rows, the first below the second, in the order of the rows.

    Examples
    --------
    >>> from morseloss.networks.paths.pairs import all_pairs
    >>> all_pairs(3).tolist()
    [[0, 1], [0, 2], [1, 2]]
    """
    return np.stack(np.triu_indices(count, 1), axis=1)


def spanning_pairs(
    values: Float[np.ndarray, " n"],
    cheap: Float[np.ndarray, " m"],
    measure: Measure,
    *,
    margin: float = 2.0,
    within: float = 0.0,
) -> Spanned:
    """Measure pairs in earnest until those that decide the bars are all measured.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values of the minima.
    cheap : ndarray, shape (m,)
        Heights of paths between `all_pairs(n)`, in this order, for which little was paid: straight
        lines, or curves after a few steps. Not below the values of the ends.
    measure : callable
        Gets pairs, shape (k, 2), and returns the heights of well-trained paths, shape (k,). Where
        one is not finite the cheap height, an upper bound as well, stands for it. To go on with a
        run that was cut off, look up what it had measured: it asks for the same pairs again.
    margin : float
        By how many standard deviations a path left out may do better than the mean of those that
        were measured: its excess over the higher end is taken to fall to no smaller a part of the
        cheap excess than the mean of these parts, less so many deviations, and to no smaller a one
        than the smallest of them. At 0 more is saved, and bars may be longer; an infinite margin
        measures nearly all, since all that is known for certain is the higher end.
    within : float
        By so much bars may be longer than those of all pairs, [value]. Without it paths that climb
        a hair are not enough, since others might climb nothing: where bars are near nothing, nearly
        all pairs are measured.

    Returns
    -------
    Spanned
        Its bars are those of all pairs if no pair left out would have fallen below `ratio`. The
        cheap height must tell something about the better one to save much.

    Raises
    ------
    ValueError
        If shapes do not fit, a cheap height is not finite, a height lies below an end, or `margin`
        or `within` is negative.
    Interrupted
        At an interrupt from the keyboard while measuring; `found` is the `Spanned` so far.

    Notes
    -----
    A pair with ends at `L_i, L_j` and cheap height `c` is taken for `m + ratio * (c - m)`, with
    `m = max(L_i, L_j)`; before any is measured, for `c`. A measured height is taken for `within`
    less, but not for less than `m`. A spanning tree of these numbers, measured ones first among
    equals, names the pairs of the next round; when all its edges are measured, no other edge can
    undercut a path in it.

    Examples
    --------
    The way from minimum 0 to 2 leads through 1, and what leads straight there is left out:

    >>> import numpy as np
    >>> from morseloss.networks.paths.pairs import spanning_pairs
    >>> values, cheap = np.array([0.0, 0.1, 0.2]), np.array([1.0, 5.0, 1.2])
    >>> found = spanning_pairs(values, cheap, lambda pairs: np.full(len(pairs), 0.5))
    >>> found.measured, round(found.saving, 3)
    (array([ True, False,  True]), 0.333)
    >>> found.bars.deaths
    array([inf, 0.5, 0.5])
    """
    values, cheap = np.asarray(values, np.float64), np.asarray(cheap, np.float64)
    pairs = all_pairs(len(values))
    floor = _floor(values, pairs)
    if cheap.shape == floor.shape:  # rounding, as below
        cheap = np.where(cheap >= floor - SLACK * (1 + np.abs(floor)), np.fmax(cheap, floor), cheap)
    _check(values, cheap, pairs, margin, within)
    heights = np.full(len(pairs), np.nan)
    rounds: list[int] = []
    while True:
        ratio = _ratio(cheap, heights, floor, margin)
        due = _due(values, pairs, floor, cheap, heights, ratio, within)
        if not len(due):
            return _spanned(values, pairs, cheap, heights, rounds, ratio)
        try:
            found = np.asarray(measure(pairs[due]), np.float64)
        except KeyboardInterrupt:
            raise Interrupted(_spanned(values, pairs, cheap, heights, rounds, ratio)) from None
        _check_found(found, pairs[due], floor[due])
        found = np.where(np.isfinite(found), found, cheap[due])
        # rounding, of another batch, may put a height a hair below an end
        heights[due] = np.maximum(found, floor[due])
        rounds.append(len(due))


def _floor(values, pairs) -> Float[np.ndarray, " m"]:
    """Values of the higher ends."""
    if values.ndim != 1:
        return np.empty(0)
    return values[pairs].max(axis=1, initial=-np.inf)


def _due(values, pairs, floor, cheap, heights, ratio, within) -> Int[np.ndarray, " k"]:
    """Edges of the spanning tree at that ratio that are not measured yet."""
    measured = ~np.isnan(heights)
    known = np.maximum(np.fmin(cheap, heights) - within, floor)
    hopeful = np.where(measured, known, floor + ratio * (cheap - floor))
    order = np.argsort(~measured, kind="stable")
    deaths = barcode((values, pairs[order], hopeful[order])).death_cells
    tree = order[deaths[deaths >= 0]]
    return np.sort(tree[~measured[tree]])


def _ratio(cheap, heights, floor, margin) -> float:
    """The smallest part of a cheap excess to be expected; 1 where none is measured."""
    seen = ~np.isnan(heights) & (cheap > floor)
    if not seen.any():
        return 1.0
    if np.isinf(margin):
        return 0.0
    parts = (heights - floor)[seen] / (cheap - floor)[seen]
    off = parts.std(ddof=1) if len(parts) > 1 else 0.0
    return float(np.clip(min(parts.min(), parts.mean() - margin * off), 0.0, 1.0))


def _spanned(values, pairs, cheap, heights, rounds, ratio) -> Spanned:
    measured = ~np.isnan(heights)
    graph = LandscapeGraph(
        values, pairs, np.fmin(cheap, heights), exact=np.zeros(len(pairs), dtype=bool)
    )
    return Spanned(graph, measured, tuple(rounds), ratio if measured.any() else np.nan)


def _check(values, cheap, pairs, margin, within) -> None:
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"`values` must have shape (n,) with a minimum or more, got {values.shape}"
        )
    if cheap.shape != (len(pairs),):
        raise ValueError(
            f"`cheap` must hold a height for each of the {len(pairs)} pairs of {len(values)} "
            f"minima, in the order of `all_pairs`; got shape {cheap.shape}"
        )
    if not margin >= 0:
        raise ValueError(f"`margin` must be 0 deviations or more, got {margin}")
    if not 0 <= within < np.inf:
        raise ValueError(f"`within` must be 0 or more, in units of the values, got {within}")
    LandscapeGraph(values, pairs, cheap)


def _check_found(found, pairs, floor) -> None:
    if found.shape != (len(pairs),):
        raise ValueError(
            f"`measure` must return one height a pair, shape ({len(pairs)},), got {found.shape}"
        )
    wrong = np.flatnonzero(found < floor - SLACK * (1 + np.abs(floor)))
    if len(wrong):
        row = wrong[0]
        raise ValueError(
            f"`measure` gave {found[row]} for the pair {pairs[row].tolist()}, which has an end at "
            f"{floor[row]}; no path stays below its ends: look at how it was measured"
        )
