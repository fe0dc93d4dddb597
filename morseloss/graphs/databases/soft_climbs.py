"""`expand`: climbs out of the minima of a database, to passes and the minima beyond.

The one idea: a minimum that was climbed from least goes first, and of its ways the soft modes, near
and far, then random ones; so no minimum waits for another, and the next run goes on where the last
one stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from morseloss._shapes import Points, SomePoints
from morseloss.graphs.databases.database import Database, check_database, counted, extended
from morseloss.kinds import check_count, check_kind
from morseloss.landscapes.critical import check_critical
from morseloss.landscapes.landscape import Landscape, check_generator
from morseloss.landscapes.wrappers import Counted
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.saddles import find_saddles
from morseloss.status import Interrupted

__all__ = ["SoftClimbs", "expand"]

Kept = Callable[[Database], None]
"""Gets what there is after every batch of climbs."""


@dataclass(frozen=True)
class SoftClimbs:
    """How minima are climbed out of.

    Parameters
    ----------
    solver : SaddleDynamics
        Of index 1.
    lengths : tuple of float
        How far along each mode climbs start, one round after the other, on both sides; in units of
        1 plus the size of the minimum, as `spreads`.
    spreads : tuple of float
        Deviations of each coordinate of the random starts that come after them, in turn.
    batch : int
        Climbs made together.
    max_steps : int
        Steps after which a climb is given up.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    solver: SaddleDynamics = SaddleDynamics(index=1, rtol=0.5)
    lengths: tuple[float, ...] = (0.15, 0.5)
    spreads: tuple[float, ...] = (0.05, 0.05, 0.05, 0.2)
    batch: int = 256
    max_steps: int = 80

    def __post_init__(self) -> None:
        positive = bool(self.spreads) and min(*self.lengths, *self.spreads) > 0
        if self.solver.index != 1 or not positive or min(self.batch, self.max_steps) < 1:
            raise ValueError(
                "`solver` must be of index 1, `lengths` and `spreads` positive, `batch` and "
                f"`max_steps` 1 or more; got {self}"
            )


def expand(
    landscape: Landscape,
    database: Database,
    method: SoftClimbs = SoftClimbs(),
    *,
    climbs: int,
    generator: torch.Generator,
    idle: int | None = None,
    keep: Kept | None = None,
) -> Database:
    """Climb out of the minima of a database, and add the passes found and the minima below them.

    Parameters
    ----------
    landscape : Landscape
        Smooth, of a dimension in which Hessians are cheap; `Quotient` where it has symmetries.
    database : Database
        From `Database.begun`, an earlier call, or `load_database`.
    method : SoftClimbs
    climbs : int
        At most so many more.
    generator : torch.Generator
        Of the random starts.
    idle : int, optional
        Stop once so many climbs in a row have found nothing new.
    keep : callable, optional
        Gets the database after every batch, to be saved or shown.

    Returns
    -------
    Database
        Rows that were there keep their places. Climbs rise along the softest curvature, wherever
        they start: in few variables they miss passes on stiff ways, which strings of `connect`
        cross.

    Raises
    ------
    ValueError
        If the database is of another landscape, or a number is out of its range.
    Interrupted
        At an interrupt from the keyboard; `found` is the database after the last batch.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.MuellerBrown()
    >>> lowest = ml.classify(land, land.critical_points.of_index(0).points[:1])
    >>> found = ml.Database.begun(land, lowest)
    >>> ml.expand(land, found, climbs=64, generator=torch.Generator().manual_seed(0))
    Database(3 minima, 2 passes; 64 climbs)
    """
    check_count("climbs", climbs)
    check_generator(generator)
    check_kind("database", database, Database, "begin one by `Database.begun`")
    check_critical(landscape, database.minima, "database.minima")
    check_database(landscape, database)
    done, quiet = 0, 0
    try:
        while done < climbs and (idle is None or quiet < idle):
            count = min(method.batch, climbs - done)
            before = len(database.passes) + len(database.minima)
            database = _climbed(landscape, database, method, count, generator)
            done += count
            grown = len(database.passes) + len(database.minima) > before
            quiet = 0 if grown else quiet + count
            if keep is not None:
                keep(database)
    except KeyboardInterrupt:
        raise Interrupted(database) from None
    return database


def _climbed(
    landscape: Landscape,
    database: Database,
    method: SoftClimbs,
    count: int,
    generator: torch.Generator,
) -> Database:
    """The database after one more batch of climbs."""
    land = Counted(landscape)
    rows, turns = _next(database.tried, count)
    starts = _starts(land, database.minima.points, rows, turns, method, generator)
    found = find_saddles(land, starts, solver=method.solver, max_steps=method.max_steps)
    tried = database.tried + torch.bincount(rows, minlength=len(database.tried))
    database = replace(database, tried=tried)
    return counted(extended(land, database, found.of_index(1)), land)


def _next(tried: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Rows of minima to climb from next, least tried first, and how often each was tried then."""
    levels = tried.clone()
    rows, turns = [], []
    while len(rows) < count:
        least = int(levels.min())
        some = (levels == least).nonzero().flatten()[: count - len(rows)]
        levels[some] += 1
        rows += some.tolist()
        turns += [least] * len(some)
    return torch.tensor(rows), torch.tensor(turns)


def _starts(
    landscape: Landscape,
    minima: SomePoints,
    rows: Tensor,
    turns: Tensor,
    method: SoftClimbs,
    generator: torch.Generator,
) -> Points:
    """Where climbs start: along modes in their turn, softest first, then anywhere near."""
    points = minima[rows]
    units = 1 + points.abs().amax(1, keepdim=True)
    distinct, places = rows.unique(return_inverse=True)
    modes = eigenmodes(landscape.hessian(minima[distinct]))[1][places]
    rounds, turn = turns // (2 * landscape.dim), turns % (2 * landscape.dim)
    lengths = points.new_tensor([*method.lengths, 0.0])[rounds.clamp_max(len(method.lengths))]
    sides = torch.where(turn % 2 == 0, 1.0, -1.0).to(points)
    ways = sides[:, None] * modes[torch.arange(len(rows)), :, turn // 2]
    noise = torch.randn(points.shape, generator=generator, dtype=torch.float64).to(points)
    random = (rounds >= len(method.lengths))[:, None]
    spreads = points.new_tensor(method.spreads)[turns % len(method.spreads)]
    offsets = torch.where(random, spreads[:, None] * noise, lengths[:, None] * ways)
    return points + units * offsets
