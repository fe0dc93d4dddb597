"""`connect`: a chain of passes between two minima of a database.

The one idea: what is near is connected more easily. The shortest chain of steps, known passes free
and all else as long as the square of its distance, tells which strings to lay next; each string
ends at the nearest copy, and what it crosses enters the database.
"""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.graphs.databases.database import Database, check_database, counted, extended
from morseloss.kinds import check_count, check_kind
from morseloss.landscapes.landscape import Landscape, check_landscape
from morseloss.landscapes.spaces.space import Space
from morseloss.landscapes.wrappers import Counted
from morseloss.search.paths.find_paths import find_paths
from morseloss.search.paths.string import ClimbingString, tops
from morseloss.search.saddles import climb
from morseloss.status import SearchError

__all__ = ["connect"]

CLIMB = 120  # steps from the top of a string
FREE = 1e-9  # of the longest step: what a known pass costs, for 0 is no entry of a sparse matrix
NEIGHBOURS = 6  # minima, of the most alike, to which strings may lead from each


def connect(
    landscape: Landscape,
    database: Database,
    first: int,
    second: int,
    string: ClimbingString = ClimbingString(),
    *,
    max_steps: int = 12,
    strings: int = 100,
) -> Database:
    """Lay strings until a chain of passes leads from one minimum of a database to another.

    Parameters
    ----------
    landscape : Landscape
        As for `expand`.
    database : Database
    first, second : int
        Rows of `database.minima`.
    string : ClimbingString
    max_steps : int
        Steps for each string before it is climbed.
    strings : int
        At most so many.

    Returns
    -------
    Database
        With the passes found on the way; as it was where the two are connected already. What was
        tried without success stands in `joined`, and is not tried again.

    Raises
    ------
    ValueError
        If a row is none of the database, or it is of another landscape.
    SearchError
        If no chain is found with so many strings; `found` is the database with what was.

    References
    ----------
    Carr, Trygubenko, Wales, Finding pathways between distant local minima, J. Chem. Phys. 122,
    2005, for the choice of strings.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> found = ml.Database.begun(land, land.critical_points.of_index(0))
    >>> ml.connect(land, found, 0, 1)
    Database(6 minima, 1 pass; 0 climbs)
    """
    check_landscape(landscape)
    check_kind("database", database, Database, "begin one by `Database.begun`")
    check_count("strings", strings)
    for name, row in (("first", first), ("second", second)):
        check_count(name, row, least=0)
        if row >= len(database.minima):
            raise ValueError(
                f"`{name}` must be a row of {database!r}, below {len(database.minima)}, got {row}"
            )
    check_database(landscape, database)
    laid, far = 0, _Distances(landscape.space)
    while not _connected(database, first, second):
        pairs = _wanted(far, database, first, second)[: strings - laid]
        if not len(pairs):
            raise SearchError(
                f"minima {first} and {second} are not connected after {laid} strings: "
                + ("raise `strings`" if laid >= strings else "all that are near were tried")
                + "; or `expand` the database first",
                database,
            )
        laid += len(pairs)
        database = _strung(landscape, database, pairs, string, max_steps)
    return database


def _connected(database: Database, first: int, second: int) -> bool:
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    rows, columns = database.ends.T.numpy()
    count = len(database.minima)
    links = csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    labels = connected_components(links, directed=False)[1]
    return bool(labels[first] == labels[second])


class _Distances:
    """Distances of minima up to symmetry, each found once."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.known: dict[tuple[int, int], float] = {}

    def of(self, points: Points, pairs: Int[np.ndarray, "pairs 2"]) -> Float[np.ndarray, " pairs"]:
        """Return the distances between rows of the points."""
        rows = [(one, other) for one, other in pairs.tolist()]
        new = [pair for pair in rows if pair not in self.known]
        if new:
            starts, ends = points[torch.tensor(new).T]
            found = (self.space.nearest(starts, ends) - starts).norm(dim=1)
            self.known.update(zip(new, found.tolist(), strict=True))
        return np.array([self.known[pair] for pair in rows])


def _wanted(
    far: _Distances, database: Database, first: int, second: int
) -> Int[np.ndarray, "pairs 2"]:
    """The pairs of the shortest chain that no pass joins yet."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    count = len(database.minima)
    tried = np.zeros((count, count), dtype=bool)
    for one, other in database.joined.tolist():
        tried[one, other] = tried[other, one] = True
    joined = np.zeros((count, count), dtype=bool)
    for one, other in database.ends.tolist():
        joined[one, other] = joined[other, one] = True
    pairs = _near_pairs(far.space, database.minima.points, first, second)
    pairs = pairs[~tried[pairs[:, 0], pairs[:, 1]] & ~joined[pairs[:, 0], pairs[:, 1]]]
    costs = far.of(database.minima.points, pairs) ** 2
    known = np.argwhere(np.triu(joined, 1))
    free = np.full(len(known), FREE * (1 + costs.max(initial=0.0)))
    steps, weights = np.concatenate([pairs, known]), np.concatenate([costs, free])
    net = csr_array((weights, steps.T), shape=(count, count))
    before = dijkstra(net, directed=False, indices=first, return_predecessors=True)[1]
    chain, row = [], second
    while row != first and before[row] >= 0:
        chain.append((int(before[row]), row))
        row = int(before[row])
    missing = [pair for pair in chain[::-1] if row == first and not joined[pair]]
    return np.array(missing, dtype=np.int64).reshape(-1, 2)


def _near_pairs(
    space: Space, points: Points, first: int, second: int
) -> Int[np.ndarray, "pairs 2"]:
    """The pair itself, and each minimum with those most like it, by what orders the space."""
    from scipy.spatial import KDTree

    told = space.ordering(points, 0.0).detach().cpu().numpy()
    near = KDTree(told).query(told, k=min(NEIGHBOURS + 1, len(told)))[1].reshape(len(told), -1)
    pairs = {(first, second)} | {(row, int(one)) for row in range(len(told)) for one in near[row]}
    return np.array(sorted({(min(p), max(p)) for p in pairs if p[0] != p[1]})).reshape(-1, 2)


def _strung(
    landscape: Landscape,
    database: Database,
    pairs: Int[np.ndarray, "pairs 2"],
    string: ClimbingString,
    max_steps: int,
) -> Database:
    """The database with what strings between these pairs cross."""
    land, rows = Counted(landscape), torch.from_numpy(pairs)
    starts, ends = (database.minima.points[rows[:, side]] for side in (0, 1))
    ends = land.space.nearest(starts, ends)
    paths = find_paths(land, starts, ends, string, max_steps=max_steps)
    over: Tensor = tops(land, paths)
    database = replace(database, joined=torch.cat([database.joined, rows]))
    return counted(extended(land, database, climb(land, over, max_steps=CLIMB)), land)
