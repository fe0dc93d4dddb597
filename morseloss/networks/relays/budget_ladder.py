"""`ladder`: each bar at a ladder of budgets, the law by which it falls, and its price.

The one idea: a bar without its budget says nothing. So bars are read off at every look, by the
elder rule each time, and carry the gradients that a path had cost by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode
from morseloss.networks.paths.budget import BudgetLaw, budget_law, check_tolerance, price
from morseloss.networks.paths.relayed import Relayed, Settling

__all__ = [
    "Ladder",
    "Price",
    "ladder",
    "ladder_of",
    "lengths_with_stations",
]


@dataclass(frozen=True)
class Price:
    """Gradients on all images a path until bars are no longer than a tolerance.

    Attributes
    ----------
    mean, error : float
        Over the bars, with its standard error; infinite and nan where a bar did not come so far.
    least : float
        The mean is no less: bars that did not come so far count with all that was spent.
    reached, bars : int
        How many bars came so far, and of how many.
    """

    mean: float
    error: float
    least: float
    reached: int
    bars: int

    def __str__(self) -> str:
        if self.reached == self.bars:
            return f"{self.mean:.0f}" + (f" ± {self.error:.0f}" if self.bars > 1 else "")
        return f"more than {self.least:.0f} ({self.reached} of {self.bars} bars)"


@dataclass(frozen=True, eq=False)
class Ladder:
    """Bars at a ladder of budgets, shortest budget first.

    Attributes
    ----------
    budgets : ndarray, shape (looks,)
        Gradients on all images that one path had cost, on average over the paths.
    networks : ndarray of int, shape (bars,)
        Rows of the networks that the bars belong to, lowest first. The lowest of all has no bar
        that ends, and is left out.
    births : ndarray, shape (bars,)
    lengths : ndarray, shape (looks, bars)
        By the elder rule at each look; `inf` where there was no path yet.
    falling : ndarray of bool, shape (bars,)
        Bars that end on a path which may fall by more when more is spent.
    laws : tuple of BudgetLaw
        Of each bar.
    with_stations : ndarray, shape (bars,)
        Lengths at the last look if stations count as lower points, which end bars by Definition 1;
        nan where stations were not asked for.

    Examples
    --------
    >>> import morseloss as ml
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [1 + 8 / n]) for n in (1, 2, 4, 8)]
    >>> found = ladder_of(graphs, [100.0, 200.0, 400.0, 800.0])
    >>> found
    Ladder(1 bar at 4 budgets up to 800 gradients a path: mean 1, power -1, limit 0)
    >>> str(found.price(2.5))
    '400'
    """

    budgets: Float[np.ndarray, " looks"]
    networks: Int[np.ndarray, " bars"]
    births: Float[np.ndarray, " bars"]
    lengths: Float[np.ndarray, "looks bars"]
    falling: Bool[np.ndarray, " bars"]
    laws: tuple[BudgetLaw, ...]
    with_stations: Float[np.ndarray, " bars"]

    def __len__(self) -> int:
        return len(self.networks)

    @property
    def means(self) -> Float[np.ndarray, " looks"]:
        """Mean length of the bars at each look."""
        return self.lengths.mean(axis=1)

    @property
    def errors(self) -> Float[np.ndarray, " looks"]:
        """Standard error of the mean over the bars; nan for one bar, or where one does not end.

        Bars share the lowest network, so it is somewhat too small.
        """
        return np.array([_error(row) for row in self.lengths])

    @property
    def law(self) -> BudgetLaw:
        """The law of the mean length."""
        return budget_law(self.budgets, self.means)

    def limit(self) -> tuple[float, float]:
        """Return the mean limit of the bars, and its standard error.

        The error holds both the spread over the bars and the errors of their own limits.
        """
        limits = np.array([law.limit for law in self.laws])
        own = np.array([law.error for law in self.laws])
        spread = _error(limits) if len(limits) > 1 else 0.0
        return float(limits.mean()), float(np.hypot(spread, np.sqrt((own**2).sum()) / len(own)))

    def prices(self, within: float) -> Float[np.ndarray, " bars"]:
        """Return the budget at which each bar was first seen to be no longer than `within`.

        Raises
        ------
        ValueError
            If `within` is not positive, or below the round-off of the births.
        """
        check_tolerance(within, self.births)
        return np.array([price(self.budgets, column, within) for column in self.lengths.T])

    def price(self, within: float) -> Price:
        """Return the mean price over the bars.

        Raises
        ------
        ValueError
            If `within` is not positive, or below the round-off of the births.
        """
        found = self.prices(within)
        spent = np.minimum(found, self.budgets[-1])
        done = int(np.isfinite(found).sum())
        error = _error(found) if done == len(found) else np.nan
        return Price(float(found.mean()), error, float(spent.mean()), done, len(found))

    def expected(self, look: int = -1) -> Float[np.ndarray, " bars"]:
        """Return by how much each bar could be expected to fall still, after that look.

        It is what lies above the limit of its law, less the error of that; of looks that are too
        few all of it; and nothing after the last look where nothing falls any more.
        """
        last = range(len(self.budgets))[look]
        until = slice(None, last + 1)
        laws = [budget_law(self.budgets[until], column[until]) for column in self.lengths.T]
        lowest = np.array([max(law.limit - law.error, 0.0) for law in laws])
        fall = np.maximum(self.lengths[last] - lowest, 0.0)
        return np.where(~self.falling & (last == len(self.budgets) - 1), 0.0, fall)

    def __repr__(self) -> str:
        count, looks, law = len(self), len(self.budgets), self.law
        error = f" ± {self.errors[-1]:.2g}" if count > 1 else ""
        off = f" ± {law.error:.2g}" if law.error > 1e-12 else ""
        return (
            f"Ladder({count} bar{'s' * (count != 1)} at {looks} budget{'s' * (looks != 1)} up to "
            f"{self.budgets[-1]:.0f} gradients a path: mean {self.means[-1]:.3g}{error}, power "
            f"{law.power:.2g}, limit {law.limit:.2g}{off})"
        )


def ladder(relayed: Relayed, stations: Float[Tensor, " stations"] | None = None) -> Ladder:
    """Return the bars of networks at each look of a relay.

    Parameters
    ----------
    relayed : Relayed
    stations : Tensor, shape (stations,), optional
        Losses of its stations on all images, for lengths with stations.

    Returns
    -------
    Ladder
        Budgets are gradients a way: all that was spent over the number of ways. A relay has a way
        for each network but one; a *pair* of networks, of which there are `n / 2` times as many,
        cost so much less (`Relayed.per_pair`).

    Raises
    ------
    ValueError
        If the relay was not looked at yet, or `stations` are not as many as there are.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Relay, relay
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> ends = torch.randn(3, land.dim, generator=seed, dtype=torch.float64)
    >>> quick = Relay(size=16, first=50, join=20, descent=20)
    >>> found = ladder(relay(land, ends, quick, budget=200, generator=seed))
    >>> found.lengths.shape, found.falling.tolist()
    ((2, 2), [False, False])
    """
    if not len(relayed.spent):
        raise ValueError("`relayed` was not looked at yet, so it has no bars; let it go on")
    values, edges = relayed.values.cpu().numpy(), relayed.pairs.cpu().numpy()
    tops = relayed.tops.cpu().numpy()
    still = relayed.status.cpu().numpy() == Settling.FALLING
    budgets = relayed.spent.cpu().numpy() / len(relayed)
    found = _ladder(values, [edges] * len(tops), list(tops), budgets, still)
    if stations is None:
        return found
    lengths = lengths_with_stations(relayed, stations)
    return replace(found, with_stations=lengths[found.networks])


def ladder_of(graphs: Sequence[LandscapeGraph], budgets: Sequence[float]) -> Ladder:
    """Return the bars of the same networks over paths of several budgets.

    Parameters
    ----------
    graphs : sequence of LandscapeGraph
        One a budget; of the same networks.
    budgets : sequence of float
        Gradients on all images that a path of each graph cost, ascending: `Archive.gradients`.

    Returns
    -------
    Ladder

    Raises
    ------
    ValueError
        If graphs and budgets do not fit, a budget is not known, or networks differ.

    Examples
    --------
    >>> import morseloss as ml
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [height]) for height in (2.0, 1.5)]
    >>> ladder_of(graphs, [107.0, 321.0]).lengths[:, 0]
    array([1. , 0.5])
    """
    spent = np.asarray(budgets, float)
    if spent.shape != (len(graphs),) or not len(graphs):
        raise ValueError(
            f"`budgets` must hold one number for each of {len(graphs)} graphs, one or more, got "
            f"shape {spent.shape}"
        )
    if not np.isfinite(spent).all():
        raise ValueError(
            "a budget is not known; leave that graph out, since bars of unknown budgets cannot be "
            "put on a ladder"
        )
    first = graphs[0].values
    if any(not np.array_equal(graph.values, first) for graph in graphs):
        raise ValueError("the graphs must be of the same networks, and their values differ")
    edges, tops = [graph.edges for graph in graphs], [graph.weights for graph in graphs]
    return _ladder(first, edges, tops, spent, np.ones(len(tops[-1]), bool))


def lengths_with_stations(
    relayed: Relayed, stations: Float[Tensor, " stations"]
) -> Float[np.ndarray, " n"]:
    """Return the lengths of the networks' bars where stations count as lower points.

    Parameters
    ----------
    relayed : Relayed
    stations : Tensor, shape (stations,)
        Their losses on all images.

    Returns
    -------
    ndarray, shape (n,)
        By Definition 1 a bar ends where any lower point is reached. So none is longer than that of
        the networks alone, and the lowest network has one that ends, if a station lies lower.

    Raises
    ------
    ValueError
        If they are not as many as the stations.
    """
    bars = barcode(relayed.graph_with_stations(stations))
    lengths = np.empty(len(bars))
    lengths[bars.birth_cells] = bars.lifetimes
    return lengths[: len(relayed.points)]


def _ladder(values, edges, tops, budgets, still) -> Ladder:
    """The bars over each of the graphs; `still` tells which edges of the last one may fall."""
    if (np.diff(budgets) <= 0).any() or not budgets[0] > 0:
        raise ValueError(f"`budgets` must ascend from above 0, got {budgets.tolist()}")
    every = np.unique(np.concatenate(edges), axis=0)
    joined = barcode((values, every, np.full(len(every), values.max())))
    networks = np.asarray(joined.birth_cells)[joined.finite]
    if not len(networks):
        raise ValueError("no path joins two networks, so there is no bar that ends")
    rows = [_lengths(values, ends, height) for ends, height in zip(edges, tops, strict=True)]
    lengths, deaths = (np.stack(part)[:, networks] for part in zip(*rows, strict=True))
    falling = np.where(deaths[-1] >= 0, still[deaths[-1]], True)
    return Ladder(
        budgets, networks, values[networks], lengths, falling,
        tuple(budget_law(budgets, column) for column in lengths.T),
        np.full(len(networks), np.nan),
    )  # fmt: skip


def _lengths(values, edges, tops) -> tuple[np.ndarray, np.ndarray]:
    """Lengths of the bars of all networks, and the edges that end them."""
    known = np.flatnonzero(np.isfinite(tops))
    # rounding may put a top a hair below an end
    heights = np.maximum(tops[known], values[edges[known]].max(axis=1, initial=-np.inf))
    bars = barcode((values, edges[known], heights))
    lengths, deaths = np.empty(len(values)), np.empty(len(values), dtype=int)
    cells, ends = np.asarray(bars.birth_cells), np.asarray(bars.death_cells)
    lengths[cells] = bars.lifetimes
    deaths[cells] = np.where(ends >= 0, known[ends] if len(known) else -1, -1)
    return lengths, deaths


def _error(numbers: np.ndarray) -> float:
    """Standard error of the mean; nan where there is none."""
    if len(numbers) < 2 or not np.isfinite(numbers).all():
        return np.nan
    return float(np.std(numbers, ddof=1) / len(numbers) ** 0.5)
