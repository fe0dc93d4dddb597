"""Error bars of a barcode: over paths optimised again, and over other samples of minima.

The one idea: a barcode of a sample is a draw from a distribution. Bars of all draws are put in
order of their minima, lowest first, and each place gets its mean, deviation and band. A draw may
lack a number: what is there is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import torch
from jaxtyping import Float, Int

from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode
from morseloss.topology.diagram import Diagram, to_score
from morseloss.workers import Workers, done

__all__ = ["Spread", "Uncertainty", "best_of", "repeated", "resampled", "subgraph", "uncertainty"]

BLOCK = 64  # samples that a worker takes at a time


@dataclass(frozen=True, eq=False)
class Spread:
    """Numbers that were drawn many times.

    Attributes
    ----------
    draws : ndarray, shape (draws, ...)
        `nan` where a draw has no such number.
    mean, deviation : ndarray, shape (...)
        Over the draws; the deviation is that of the sample, with `draws - 1`, and `nan` for one
        draw, or where the mean is infinite.
    low, high : ndarray, shape (...)
        Percentiles that enclose the band; the least and the greatest where there are fewer draws
        than `2 / (1 - level)`, since so few have no such percentiles.

    Examples
    --------
    >>> import numpy as np
    >>> from morseloss.networks.uncertainty import Spread
    >>> for level in (0.3, 0.95):
    ...     spread = Spread.of(np.array([1.0, 2.0, 3.0]), level=level)
    ...     print(spread.mean, spread.deviation, round(float(spread.low), 2), float(spread.high))
    2.0 1.0 1.7 2.3
    2.0 1.0 1.0 3.0
    """

    draws: Float[np.ndarray, "draws ..."]
    mean: Float[np.ndarray, "..."]
    deviation: Float[np.ndarray, "..."]
    low: Float[np.ndarray, "..."]
    high: Float[np.ndarray, "..."]

    @classmethod
    def of(cls, draws: Float[np.ndarray, "draws ..."], *, level: float) -> "Spread":
        """Return mean, deviation and the band that holds the part `level` of the draws.

        Where they are too few for that, it holds all of them.
        """
        draws = np.asarray(draws, np.float64)
        known = ~np.isnan(draws)
        count = known.sum(axis=0)
        filled = np.where(known, draws, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = filled.sum(axis=0) / count
            off = draws - np.where(np.isfinite(mean), mean, np.nan)
            square = np.where(known, off**2, 0.0).sum(axis=0) / (count - 1)
        deviation = np.asarray(np.sqrt(np.where(count > 1, square, np.nan)))
        low, high = _quantiles(draws, level)
        return cls(draws, np.asarray(mean), deviation, low, high)


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How bars and TO-score vary from draw to draw.

    Attributes
    ----------
    births, deaths, lifetimes : Spread, of shape (bars,)
        By the place of the minimum in order of its value. The first is the lowest, whose bar never
        ends: its death and lifetime are `nan`. Where a bar ended in some draws only, for want of
        edges, its mean death is infinite.
    score : Spread, of shape ()
        TO-score, the paper's.
    level : float
        The part of the draws in each band, where there are enough of them; else bands hold all.

    Examples
    --------
    >>> import morseloss as ml
    >>> bars = [ml.Diagram([0.0, 1.0], [float("inf"), death]) for death in (2.0, 3.0)]
    >>> found = uncertainty(bars)
    >>> found.band, found.lifetimes.high
    ('range of 2 draws', array([nan,  2.]))
    """

    births: Spread
    deaths: Spread
    lifetimes: Spread
    score: Spread
    level: float

    def __len__(self) -> int:
        return len(self.score.draws)

    @property
    def band(self) -> str:
        """What the bands are: those of the level, or the range where there are too few draws."""
        if _enough(len(self), self.level):
            return f"{len(self)} draws, bands of {100 * self.level:.6g}%"
        return f"range of {len(self)} draws"

    def __repr__(self) -> str:
        bars, score = self.births.draws.shape[1], self.score
        told = f"TO-score {float(score.mean):.4g} +- {float(score.deviation):.2g}"
        return f"Uncertainty({len(self)} draws of {bars} bars: {told})"


def uncertainty(bars: Sequence[Diagram], *, level: float = 0.95) -> Uncertainty:
    """Return how bars vary over barcodes with one number of minima.

    Parameters
    ----------
    bars : sequence of Diagram
        One a draw, of degree 0.
    level : float
        The part of the draws that each band holds, between 0 and 1.

    Raises
    ------
    ValueError
        If there are no draws, their numbers of bars differ, or `level` is out of range.

    References
    ----------
    Barannikov et al., Loss barcode, section 8, Figure 11 and Appendix E.

    Examples
    --------
    >>> import morseloss as ml
    >>> bars = [ml.Diagram([0.0, 1.0], [float("inf"), death]) for death in (2.0, 4.0)]
    >>> uncertainty(bars)
    Uncertainty(2 draws of 2 bars: TO-score 1.414 +- 1)
    """
    counts = sorted({len(diagram) for diagram in bars})
    if len(counts) != 1:
        raise ValueError(
            f"`bars` must hold barcodes with one number of bars, got {counts or 'none'}; "
            "draw samples of one size"
        )
    if not 0 < level < 1:
        raise ValueError(f"`level` must be between 0 and 1, got {level}")
    births = np.stack([diagram.births for diagram in bars])
    deaths = np.stack([diagram.deaths for diagram in bars])
    deaths = np.where(np.isfinite(deaths).any(axis=0), deaths, np.nan)
    scores = np.array([to_score(diagram) for diagram in bars])
    return Uncertainty(
        births=Spread.of(births, level=level),
        deaths=Spread.of(deaths, level=level),
        lifetimes=Spread.of(deaths - births, level=level),
        score=Spread.of(scores, level=level),
        level=level,
    )


def repeated(graphs: Sequence[LandscapeGraph], *, level: float = 0.95) -> Uncertainty:
    """Return how bars vary when the paths between the same minima are optimised again.

    Parameters
    ----------
    graphs : sequence of LandscapeGraph
        One a repetition: the same minima with other heights.
    level : float
        The part of the repetitions that each band holds.

    Raises
    ------
    ValueError
        If the graphs are not of the same minima.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix E and Figure 18.

    Examples
    --------
    >>> import morseloss as ml
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [height]) for height in (2.0, 3.0)]
    >>> repeated(graphs).deaths.mean
    array([nan, 2.5])
    """
    _check_same(graphs)
    return uncertainty([barcode(graph) for graph in graphs], level=level)


def resampled(
    graphs: LandscapeGraph | Sequence[LandscapeGraph],
    size: int,
    *,
    draws: int,
    generator: torch.Generator,
    level: float = 0.95,
    executor: Workers | None = None,
) -> Uncertainty:
    """Return how bars vary over samples of the minima.

    Parameters
    ----------
    graphs : LandscapeGraph or sequence of LandscapeGraph
        Of all minima, with an edge for every pair; where the paths were optimised several times,
        each sample is taken from one of the graphs, by chance.
    size : int
        Minima in a sample, drawn without replacement.
    draws : int
        How many samples. Where there are no more than that of one graph, each is taken once.
    generator : torch.Generator
        Draws the samples.
    level : float
        The part of the samples that each band holds.
    executor : Executor or callable, optional
        Workers that take 64 samples at a time, see `morseloss.workers`. It pays where a barcode
        takes milliseconds, from a thousand minima on; the bars are the same.

    Raises
    ------
    ValueError
        If `size` is out of range, or the graphs are not of the same minima.

    Notes
    -----
    Samples overlap, so the deviation is less than that over minima trained afresh: by the factor
    `sqrt(1 - size / n)` for a mean. The band tells how a barcode of `size` minima depends on which
    were found.

    References
    ----------
    Barannikov et al., Loss barcode, section 8 and Figure 11 (samples of size 4).

    Examples
    --------
    >>> import morseloss as ml, torch
    >>> graph = ml.LandscapeGraph([0.0, 1.0, 1.5], [[0, 1], [0, 2], [1, 2]], [2.0, 3.0, 4.0])
    >>> seed = torch.Generator().manual_seed(0)
    >>> resampled(graph, 2, draws=10, generator=seed).deaths.draws[:, 1]
    array([2., 3., 4.])
    """
    many = [graphs] if isinstance(graphs, LandscapeGraph) else list(graphs)
    _check_same(many)
    total = len(many[0])
    if not (2 <= size <= total and draws >= 1):
        raise ValueError(
            f"`size` must be from 2 to {total} minima and `draws` 1 or more, got {size} and {draws}"
        )
    if len(many) == 1 and comb(total, size) <= draws:
        chosen = [(0, np.array(rows)) for rows in combinations(range(total), size)]
    else:
        chosen = [_drawn(len(many), total, size, generator) for _ in range(draws)]
    blocks = [chosen[first : first + BLOCK] for first in range(0, len(chosen), BLOCK)]
    found = dict(done(_bars, blocks, executor, shared=many))
    return uncertainty([bars for row in sorted(found) for bars in found[row]], level=level)


def best_of(graphs: Sequence[LandscapeGraph]) -> LandscapeGraph:
    """Return the graph with the lowest height of each edge over all repetitions.

    Every height is an upper bound, so the lowest is the best one found.

    Raises
    ------
    ValueError
        If the graphs are not of the same minima and edges.

    Examples
    --------
    >>> import morseloss as ml
    >>> graphs = [ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [height]) for height in (3.0, 2.0)]
    >>> best_of(graphs).weights
    array([2.])
    """
    first = _check_same(graphs)
    if any(not np.array_equal(graph.edges, first.edges) for graph in graphs):
        raise ValueError("the graphs must have the same edges in the same order; sort them")
    return LandscapeGraph(
        first.values, first.edges, np.min([g.weights for g in graphs], axis=0), first.points
    )


def subgraph(graph: LandscapeGraph, rows: Int[np.ndarray, " k"]) -> LandscapeGraph:
    """Return the graph of some of the minima, in the order of `rows`, with the edges among them."""
    place = np.full(len(graph), -1)
    place[rows] = np.arange(len(rows))
    edges = place[graph.edges]
    kept = (edges >= 0).all(axis=1)
    return LandscapeGraph(graph.values[rows], edges[kept], graph.weights[kept])


def _bars(
    graphs: Sequence[LandscapeGraph], block: Sequence[tuple[int, Int[np.ndarray, " size"]]]
) -> list[Diagram]:
    return [barcode(subgraph(graphs[which], rows)) for which, rows in block]


def _drawn(graphs, total, size, generator) -> tuple[int, Int[np.ndarray, " size"]]:
    which = int(torch.randint(graphs, (), generator=generator))
    return which, np.sort(torch.randperm(total, generator=generator)[:size].numpy())


def _check_same(graphs: Sequence[LandscapeGraph]) -> LandscapeGraph:
    if not len(graphs):
        raise ValueError("`graphs` must hold a graph or more, got none")
    for row, graph in enumerate(graphs):
        if not np.array_equal(graph.values, graphs[0].values):
            raise ValueError(
                f"the graphs must be of the same minima; values of graph {row} differ from those "
                "of graph 0. Evaluate the minima once, and take those values in all"
            )
    return graphs[0]


def _enough(draws: int, level: float) -> bool:
    """Return whether so many draws have percentiles of that level: one or more beyond each end."""
    return draws * (1 - level) >= 2 - 1e-9


def _band(column: Float[np.ndarray, " draws"], level: float) -> tuple[float, float]:
    """Quantiles by interpolation; where an end is infinite, the draw beyond it."""
    if not len(column):
        return np.nan, np.nan
    if not _enough(len(column), level):
        return float(column.min()), float(column.max())
    at = (1 - level) / 2, (1 + level) / 2
    ways = ("linear", "linear") if np.isfinite(column).all() else ("lower", "higher")
    low, high = (np.quantile(column, q, method=way) for q, way in zip(at, ways, strict=True))
    return float(low), float(high)


def _quantiles(
    draws: Float[np.ndarray, "draws ..."], level: float
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    kept = [column[~np.isnan(column)] for column in draws.reshape(len(draws), -1).T]
    rows = [_band(column, level) for column in kept]
    low, high = np.array(rows).T
    return low.reshape(draws.shape[1:]), high.reshape(draws.shape[1:])
