"""`find_passes`: the search for the saddles between minima, at the price of the passes.

The one idea: most pairs of minima need no search of their own. Neighbours are joined by a climb
from the top of the straight line between them; where that fails, by a string; pieces that stay
apart, by their nearest minima. Strings' heights are upper bounds that anybody can check, so the
passes must connect each such pair at or below its string; where they do not, one is still missing,
and the search goes on there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from morseloss._shapes import Points, Rows
from morseloss.graphs.joining.adjacency import Adjacency, whitening
from morseloss.graphs.joining.images import all_pairs, strung
from morseloss.graphs.joining.lines import bows, line_tops
from morseloss.graphs.joining.passes import Joined, Loose, Pairs, Passes, extended
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.flow import both_sides, step_off
from morseloss.search.iterate import Progress, iterate
from morseloss.search.paths.curve import Paths
from morseloss.search.paths.find_paths import find_paths, within
from morseloss.search.paths.height import heights
from morseloss.search.paths.string import ClimbingString, respaced, tops
from morseloss.search.saddles import climb
from morseloss.status import Interrupted, Status
from morseloss.topology.elder import elder_rule
from morseloss.topology.minimax import pair_heights

__all__ = ["Choice", "find_passes"]

Choice = Callable[[Points], Pairs]
"""Called with the positions of all minima known; gives pairs of their rows, shape (pairs, 2)."""

BATCH = 4096  # pairs that are looked at together
SHORT_CLIMB, LONG_CLIMB = 24, 120  # steps: of most, of those from strings
CLIMB_AROUND = 40  # steps where points have images: nothing but climbs finds loops there
FINISH = 40  # more steps for a climb that still matters: one in a hundred needs some of them
SLACK = 1e-9  # of the size of the values, by which a pass may be above a string
DETOUR = 0.4  # of its rise, by which a straight line may be above a chain and still be looked at
SAME_WAY = 0.95  # cosine: a pass so near to a direction is the way out; 0.9 lost a bar in 132

Rowed = Int[np.ndarray, "pairs 2"]
Matrix = Float[np.ndarray, "dim dim"]


def find_passes(
    landscape: Landscape,
    minima: CriticalPoints,
    saddles: CriticalPoints | None,
    string: ClimbingString,
    *,
    pairs: Choice | None = None,
    max_steps: int,
    rounds: int,
    progress: Progress | None = None,
) -> tuple[Passes, list[Loose]]:
    """Find the passes between minima, and the pairs that stay loose; see `build_graph`.

    Raises
    ------
    Interrupted
        At an interrupt from the keyboard; `found` is the passes known by then.
    SearchError
        If a descent leaves the domain.
    """
    known = Passes.none(landscape, minima)
    search = _Search(landscape, known, string, max_steps, rounds, progress, given=len(minima))
    try:
        if saddles is not None:
            search.extend(saddles.of_index(1))
        for _ in range(rounds):
            if not search.once_more(pairs):
                break
        if rounds and landscape.space == EUCLIDEAN:  # minima may have come in last
            search.across_pieces(whitening(_array(search.known.hessians)))
    except KeyboardInterrupt:
        raise Interrupted(search.known) from None
    known = search.known
    kept = [rest.take(_missing(known, rest.pairs, rest.tops.values)) for rest in search.loose]
    return known, [rest for rest in kept if len(rest.pairs)]


@dataclass(eq=False)
class _Search:
    """What is known and what was tried: the one thing here that changes."""

    landscape: Landscape
    known: Passes
    string: ClimbingString
    max_steps: int
    rounds: int
    progress: Progress | None
    lined: set[tuple[int, int]] = field(default_factory=set)
    strung: set[tuple[int, int]] = field(default_factory=set)
    bowed: set[int] = field(default_factory=set)
    given: int = 0
    climbed: int = 0
    explored: int = 0
    loose: list[Loose] = field(default_factory=list)
    going: list[Points] = field(default_factory=list)

    def extend(self, saddles: CriticalPoints) -> None:
        """Take in saddles."""
        self.known = extended(self.landscape, self.known, saddles)

    def once_more(self, choice: Choice | None) -> bool:
        """Try all neighbours that are not joined yet; return whether there was anything to try."""
        count = len(self.known.minima)
        tried = len(self.lined) + len(self.strung)
        if self.landscape.space != EUCLIDEAN:
            return self.all_round()
        matrix = whitening(_array(self.known.hessians))
        near = Adjacency(_array(self.known.minima.points) @ matrix)
        pairs = near.pairs()
        between = near.between(pairs)
        close = (between < 0).all(axis=1)
        self.along_lines(pairs[close & self._unjoined(pairs, between)])
        self.along_lines(pairs[self._unjoined(pairs, between)])
        self.out_of_minima(count, matrix)
        self.beside_chains(pairs)
        self.along_strings(pairs[self._unjoined(pairs, between)])
        if choice is not None:
            self.along_strings(_checked(choice(self.known.minima.points), len(self.known.minima)))
        self.across_pieces(matrix)
        self.finish_climbs()
        lower = self.beside_passes(matrix)
        return lower or len(self.lined) + len(self.strung) > tried or len(self.known.minima) > count

    def all_round(self) -> bool:
        """Climb out of minima and along strings of all pairs, and of minima with their images.

        Where points have images, distances between representatives say little of neighbours.
        """
        count, tried = len(self.known.minima), len(self.strung)
        fresh = self.known.minima.take(torch.arange(self.climbed, count))
        self.climbed = count
        self._climb(step_off(self.landscape, fresh.points), CLIMB_AROUND)
        count = len(self.known.minima)
        self.along_strings(_array(all_pairs(count, self.landscape.space)))
        self.finish_climbs()
        return len(self.strung) > tried

    def along_lines(self, pairs: Rowed) -> None:
        """Climb from the tops of the straight lines between minima."""
        for some in self._batches(pairs, self.lined):
            ends = self.known.minima.points[some]
            starts = line_tops(self.landscape, ends[:, 0], ends[:, 1])
            self._climb(starts.points)

    def beside_chains(self, pairs: Rowed) -> None:
        """Look for lower ways between neighbours that only chains join, where there may be one.

        A pass is missing for certain where the straight line is below the chain; it may be where
        the line goes little higher.
        """
        fresh = _untried(pairs[~Joined(self.known).has(*pairs.T)], self.lined)
        for done in range(0, len(fresh), BATCH):
            some = torch.tensor(fresh[done : done + BATCH], device=self.known.ends.device)
            ends = self.known.minima.points[some]
            highest = line_tops(self.landscape, ends[:, 0], ends[:, 1]).highest
            certain = _array(some[_missing(self.known, some, highest)])
            floors = self.known.minima.values[some].amax(1)
            lower = floors + (1 - DETOUR) * (highest - floors)
            self.along_lines(_array(some[_missing(self.known, some, lower)]))
            self.along_strings(certain)

    def beside_passes(self, matrix: Matrix) -> bool:
        """Look for lower ways beside the passes that end bars; return whether one was found.

        For values alone, along lines between the same minima that bow out along the softest modes
        of the pass: a second pass beside one that is known would be missed otherwise.
        """
        if self.landscape.dim == 1:  # there is no other way
            return False
        deaths = elder_rule(self.known.filtration()).death_cells
        rows = [row for row in deaths[deaths >= 0].tolist() if row not in self.bowed]
        found = len(self.known.saddles)
        for done in range(0, len(rows), BATCH):
            some = torch.tensor(rows[done : done + BATCH], device=self.known.ends.device)
            starts, ends = self.known.minima.points[self.known.ends[some]].unbind(1)
            aside = bows(self.landscape, self.known.saddles.points[some], ends - starts, matrix)
            many = aside.shape[1]
            lines = line_tops(
                self.landscape,
                starts.repeat_interleave(many, 0),
                ends.repeat_interleave(many, 0),
                aside.flatten(0, 1),
            )
            highest = lines.highest.reshape(-1, many)
            weights = self.known.saddles.values[some]
            rise = weights - self.known.minima.values[self.known.ends[some]].amax(1)
            near = highest <= (weights + DETOUR * rise)[:, None]
            self._climb(lines.points[near.flatten()[lines.lines]])
        self.bowed.update(rows)
        return len(self.known.saddles) > found

    def along_strings(self, pairs: Rowed) -> None:
        """Climb from the tops of strings between minima, of finer ones where that is too little."""
        for some in self._batches(pairs, self.strung):
            self.loose.append(self._connected(some))

    def out_of_minima(self, count: int, matrix: Matrix) -> None:
        """Climb out of new minima both ways along the softest mode, where no pass is that way.

        Along every mode, and out of all, once a minimum was discovered: there may be more.
        """
        self._climb(_ways_out(self.known, self.climbed, count, 1, matrix))
        self.climbed = count
        if len(self.known.minima) > self.given:
            every = self.known.minima.points.shape[1]
            count = len(self.known.minima)
            self._climb(_ways_out(self.known, self.explored, count, every, matrix))
            self.climbed = self.explored = count

    def across_pieces(self, matrix: Matrix) -> None:
        """Join the pieces of the graph by their nearest minima, round by round."""
        while (pieces := self._pieces()).any():
            near = Adjacency(_array(self.known.minima.points) @ matrix)
            pairs = near.across(pieces)
            self.along_lines(pairs)
            apart = self._pieces()
            pairs = pairs[apart[pairs[:, 0]] != apart[pairs[:, 1]]]
            tried = len(self.strung)
            self.along_strings(pairs)
            if len(pairs) and len(self.strung) == tried:
                break

    def finish_climbs(self) -> None:
        """Go on with unfinished climbs that could still end in a saddle that changes a barrier."""
        points = torch.cat([self.known.minima.points[:0], *self.going])
        self.going.clear()
        if len(points):
            ceiling = _ceiling(self.known)
            going = points[self.landscape.value(points) < ceiling]
            self.extend(climb(self.landscape, going, max_steps=FINISH))

    def _climb(self, starts: Points, max_steps: int = SHORT_CLIMB) -> None:
        over = climb(self.landscape, starts, max_steps=max_steps)
        if over.origins is not None:
            going = over.origins.points[over.origins.status == Status.RUNNING]
            self.going.append(going[~outside(self.landscape, going)])
        self.extend(over)

    def _batches(self, pairs: Rowed, tried: set[tuple[int, int]]) -> Iterator[Pairs]:
        """Give the pairs that were not tried, some at a time, and mark them when they are done."""
        fresh = _untried(pairs, tried)
        for done in range(0, len(fresh), BATCH):
            if self.progress is not None:
                self.progress(done, len(fresh) - done, len(fresh))
            some = fresh[done : done + BATCH]
            yield torch.tensor(some, device=self.known.ends.device)
            tried.update(some)

    def _unjoined(
        self, pairs: Rowed, between: Int[np.ndarray, "pairs some"]
    ) -> Bool[np.ndarray, " pairs"]:
        """Tell which pairs have no pass, nor a chain of passes over minima between them."""
        joined, every = Joined(self.known), np.zeros(len(pairs), dtype=bool)
        for first in range(0, len(pairs), BATCH):
            some = slice(first, first + BATCH)
            every[some] = joined.over(pairs[some], between[some])
        return ~every

    def _pieces(self) -> Int[np.ndarray, " minima"]:
        """Number the pieces of the graph of passes and loose strings."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        edges = [_array(self.known.ends), *(_array(rest.pairs) for rest in self.loose)]
        links = np.concatenate(edges)
        count = len(self.known.minima)
        graph = coo_array((np.ones(len(links)), links.T), shape=(count, count))
        return connected_components(graph, directed=False)[1]

    def _connected(self, pairs: Pairs) -> Loose:
        """Return what stays loose of these pairs once their strings were climbed."""
        pairs, starts, ends = strung(self.landscape.space, self.known.minima.points, pairs)
        paths = find_paths(self.landscape, starts, ends, self.string, max_steps=self.max_steps)
        loose = self._climbed_over(pairs, paths)
        for _ in range(self.rounds - 1):
            if not len(loose.pairs):
                break
            controls = torch.stack(loose.strings)
            finer = respaced(controls, 2 * controls.shape[1] - 1)
            paths = _settled(self.landscape, self.string, finer, self.max_steps)
            loose = self._climbed_over(loose.pairs, paths)
        return loose

    def _climbed_over(self, pairs: Pairs, paths: Paths) -> Loose:
        """Climb over the tops of strings, and return the pairs that are still loose."""
        top = heights(self.landscape, paths)
        over = climb(self.landscape, tops(self.landscape, paths), max_steps=LONG_CLIMB)
        self.extend(over)
        loose = Loose(pairs, top, tuple(paths.controls))
        return loose.take(_missing(self.known, pairs, top.values))


def _ways_out(known: Passes, first: int, last: int, modes: int, matrix: Matrix) -> Points:
    """Return points beside minima, both ways along their softest modes, where no pass is behind."""
    points = known.minima.points[first:last]
    directions = eigenmodes(known.hessians[first:last])[1].mT[:, :modes]
    beside = both_sides(points.repeat_interleave(modes, 0), directions.flatten(0, 1))
    feet = _array(known.ends).T.ravel()
    mine = np.flatnonzero((feet >= first) & (feet < last))
    minima, saddles = (_array(some.points) @ matrix for some in (known.minima, known.saddles))
    ways = np.tile(saddles, (2, 1))[mine] - minima[feet[mine]]
    lines = (_array(directions) @ matrix)[feet[mine] - first]
    size = np.linalg.norm(ways, axis=1)[:, None] * np.linalg.norm(lines, axis=2)
    part = np.einsum("pd,pmd->pm", ways, lines)
    closed = np.zeros((last - first, modes, 2), dtype=bool)
    for side, sign in enumerate((-1, 1)):
        way, mode = np.nonzero(sign * part > SAME_WAY * size)
        closed[feet[mine[way]] - first, mode, side] = True
    return beside[torch.from_numpy(~closed.ravel()).to(beside.device)]


def _untried(pairs: Rowed, tried: set[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(p, q) for p, q in pairs.tolist() if (p, q) not in tried]


def _settled(
    landscape: Landscape, string: ClimbingString, controls: Tensor, max_steps: int
) -> Paths:
    """Strings from given images, settled further."""
    straight = string.init(landscape, controls[:, 0], controls[:, -1])
    state = replace(straight, controls=controls)
    state = iterate(string, landscape, state, max_steps=max_steps)
    return within(landscape, Paths(state.controls, string.curve, state.status))


def _missing(known: Passes, pairs: Pairs, bounds: Tensor) -> Rows:
    """Rows of the pairs that the passes connect only above the height of their string."""
    if not len(pairs):
        return pairs[:, 0]
    filtration = known.filtration()
    barriers = torch.from_numpy(pair_heights(filtration, _array(pairs))).to(bounds)
    size = bounds.abs().amax() + float(np.abs(filtration.values).max())
    return (barriers > bounds + SLACK * size).nonzero().flatten()


def _ceiling(known: Passes) -> float:
    """The highest barrier between two minima, `inf` where some are apart."""
    rows = np.arange(len(known.minima))
    return float(pair_heights(known.filtration(), np.stack([0 * rows, rows], axis=1)).max())


def _checked(pairs: Tensor, count: int) -> Rowed:
    """Return the pairs of a caller's choice, each once, the lower row first.

    Raises
    ------
    ValueError
        If they are no pairs of rows.
    """
    chosen = np.asarray(torch.as_tensor(pairs).cpu())
    whole = np.issubdtype(chosen.dtype, np.integer) and chosen.ndim == 2 and chosen.shape[1] == 2
    if not whole or ((chosen < 0) | (chosen >= count)).any():
        raise ValueError(
            f"`pairs` must return pairs of rows of the {count} minima, integers of shape "
            f"(pairs, 2), got {chosen.dtype} of shape {chosen.shape}"
        )
    rows = np.sort(chosen.astype(np.int64), axis=1)
    return np.unique(rows[rows[:, 0] < rows[:, 1]], axis=0)


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy()
