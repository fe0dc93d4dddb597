"""`find_passes`: the saddles between minima, with the descents that say which minima they join.

The one idea: climbs out of every minimum and strings between all pairs of them only propose
saddles. The strings' heights are upper bounds that anybody can check, so the passes must connect
each pair at or below its string; where they do not, one is still missing, and the search goes on
there.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Points, Rows
from morseloss.graphs.images import strung
from morseloss.landscapes.critical import CriticalPoints, classify, join, match, merge
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space
from morseloss.landscapes.walls import outside
from morseloss.search.flow import descend, step_off
from morseloss.search.iterate import Progress, iterate
from morseloss.search.paths.curve import Paths
from morseloss.search.paths.find_paths import find_paths, within
from morseloss.search.paths.height import Heights, heights
from morseloss.search.paths.string import ClimbingString, respaced, tops
from morseloss.search.saddles import climb, zero_scales
from morseloss.status import Interrupted, SearchError, Status
from morseloss.topology import Filtration, minimax

__all__ = ["Loose", "Pairs", "Passes", "all_pairs", "find_passes"]

BATCH = 4096  # pairs whose strings are settled together
SHORT_CLIMB, LONG_CLIMB = 40, 120  # steps: of all at once, of those that matter
SLACK = 1e-9  # of the size of the values, by which a pass may be above a string

Pairs = Int[Tensor, "pairs 2"]


@dataclass(frozen=True, eq=False)
class Passes:
    """Minima, and saddles that join them.

    Attributes
    ----------
    minima, saddles : CriticalPoints
    ends : Tensor, shape (saddles, 2), int64
        Rows of the two minima below each saddle.
    lines : tuple of Tensor, each of shape (k, dim)
        Descents: lines 2 i and 2 i + 1 run from saddle i to its two minima.
    lost : CriticalPoints
        Saddles from which a descent did not arrive; `status` is that of the descent.
    """

    minima: CriticalPoints
    saddles: CriticalPoints
    ends: Int[Tensor, "saddles 2"]
    lines: tuple[Float[Tensor, "_ dim"], ...]
    lost: CriticalPoints

    def filtration(self) -> Filtration:
        """Return the weighted graph; rounding never puts a saddle below its minima."""
        values, weights, edges = (
            part.detach().cpu().numpy()
            for part in (self.minima.values, self.saddles.values, self.ends)
        )
        return Filtration(values, edges, np.maximum(weights, values[edges].max(axis=1)))


@dataclass(frozen=True, eq=False)
class Loose:
    """Pairs of minima that no passes connect as low as their strings.

    Attributes
    ----------
    pairs : Tensor, shape (n, 2), int64
        Rows of the minima.
    tops : Heights
        The tops of the strings.
    strings : tuple of Tensor, each of shape (k, dim)
        Their images.
    """

    pairs: Pairs
    tops: Heights
    strings: tuple[Float[Tensor, "_ dim"], ...]

    def take(self, rows: Rows) -> "Loose":
        """Return the given rows."""
        return replace(take(self, rows), strings=tuple(self.strings[i] for i in rows.tolist()))


def find_passes(
    landscape: Landscape,
    minima: CriticalPoints,
    saddles: CriticalPoints | None,
    string: ClimbingString,
    *,
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
    none = torch.zeros(0, dtype=torch.long, device=minima.points.device)
    nothing = minima.take(none)
    known = Passes(minima, nothing, none.reshape(0, 2), (), nothing)
    climbed, strung = 0, 0
    loose: list[Loose] = []
    try:
        if saddles is not None:
            known = _extended(landscape, known, saddles.of_index(1))
        for _ in range(rounds):
            fresh = known.minima.take(torch.arange(climbed, len(known.minima)))
            climbed = len(known.minima)
            beside = step_off(landscape, fresh.points)
            out = climb(landscape, beside, max_steps=SHORT_CLIMB)
            known = _extended(landscape, known, out)
            pairs = all_pairs(len(known.minima), since=strung, space=landscape.space)
            pairs = pairs.to(none.device)
            if not len(pairs):
                break
            strung = len(known.minima)
            for done in range(0, len(pairs), BATCH):
                if progress is not None:
                    progress(done, len(pairs) - done, len(pairs))
                some = pairs[done : done + BATCH]
                known, rest = _connected(landscape, known, some, string, max_steps, rounds)
                loose.append(rest)
            going = _still_climbing(landscape, known, out)
            known = _extended(landscape, known, climb(landscape, going, max_steps=LONG_CLIMB))
    except KeyboardInterrupt:
        raise Interrupted(known) from None
    kept = [rest.take(_missing(known, rest.pairs, rest.tops.values)) for rest in loose]
    return known, [rest for rest in kept if len(rest.pairs)]


def all_pairs(count: int, since: int = 0, space: Space = EUCLIDEAN) -> Pairs:
    """Return all pairs of rows below `count` of which the second is not below `since`.

    Where a way may lead from a point to an image of itself, it makes a pair with itself.
    """
    several = itertools.combinations(range(count), 2)
    alone = ((row, row) for row in range(count) if space.girth < math.inf)
    pairs = [pair for pair in itertools.chain(several, alone) if pair[1] >= since]
    return torch.tensor(pairs, dtype=torch.long).reshape(-1, 2)


def _connected(
    landscape: Landscape,
    known: Passes,
    pairs: Pairs,
    string: ClimbingString,
    max_steps: int,
    rounds: int,
) -> tuple[Passes, Loose]:
    """Return what is known once the strings of these pairs were climbed, and what stays loose."""
    pairs, starts, ends = strung(landscape.space, known.minima.points, pairs)
    paths = find_paths(landscape, starts, ends, string, max_steps=max_steps)
    known, loose = _climbed_over(landscape, known, pairs, paths)
    for _ in range(rounds - 1):
        if not len(loose.pairs):
            break
        controls = torch.stack(loose.strings)
        finer = respaced(controls, 2 * controls.shape[1] - 1)
        paths = _settled(landscape, string, finer, max_steps)
        known, loose = _climbed_over(landscape, known, loose.pairs, paths)
    return known, loose


def _climbed_over(
    landscape: Landscape, known: Passes, pairs: Pairs, paths: Paths
) -> tuple[Passes, Loose]:
    """Return what is known once the tops of strings were climbed, and the pairs still loose."""
    top = heights(landscape, paths)
    over = climb(landscape, tops(landscape, paths), max_steps=LONG_CLIMB)
    known = _extended(landscape, known, over)
    loose = Loose(pairs, top, tuple(paths.controls))
    return known, loose.take(_missing(known, pairs, top.values))


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
    barriers = torch.from_numpy(minimax(known.filtration())).to(bounds)
    size = bounds.abs().amax() + barriers.diagonal().abs().amax()
    worse = barriers[pairs[:, 0], pairs[:, 1]] > bounds + SLACK * size
    return worse.nonzero().flatten()


def _still_climbing(landscape: Landscape, known: Passes, climbs: CriticalPoints) -> Points:
    """Where unfinished climbs are that could still end in a saddle that changes a barrier."""
    if climbs.origins is None:
        return climbs.points[:0]
    points = climbs.origins.points[climbs.origins.status == Status.RUNNING]
    ceiling = float(minimax(known.filtration()).max())
    return points[landscape.value(points) < ceiling] if len(points) else points


def _extended(landscape: Landscape, known: Passes, saddles: CriticalPoints) -> Passes:
    """Return what is known with more saddles: new ones descended, new minima at their feet."""
    met = torch.cat([known.saddles.points, known.lost.points])
    space = landscape.space
    new = (match(saddles.points, met, space) < 0) & ~outside(landscape, saddles.points)
    fresh = saddles.take(new.nonzero().flatten())
    if not len(fresh):
        return known
    fresh = merge(fresh)
    descents = descend(landscape, fresh)
    scales = zero_scales(landscape, descents.state)
    ends = classify(landscape, descents.state.points, curvature=scales)
    _refuse_leaving(landscape, known, fresh, ends)
    arrived = (descents.state.status == Status.CONVERGED) | (ends.indices < 0)
    both = arrived.reshape(-1, 2).all(1)
    rows, feet = both.nonzero().flatten(), ends.take(both.repeat_interleave(2).nonzero().flatten())
    astray = torch.where(arrived, -1, descents.state.status).reshape(-1, 2).amax(1)
    lost = replace(fresh, status=astray).take((~both).nonzero().flatten())
    new = (match(feet.points, known.minima.points, space) < 0).nonzero().flatten()
    minima = join(known.minima, merge(feet.take(new))) if len(new) else known.minima
    return Passes(
        minima,
        join(known.saddles, fresh.take(rows)),
        torch.cat([known.ends, match(feet.points, minima.points, space).reshape(-1, 2)]),
        (*known.lines, *(descents.lines[2 * i + side] for i in rows.tolist() for side in (0, 1))),
        join(known.lost, lost),
    )


def _refuse_leaving(
    landscape: Landscape, known: Passes, saddles: CriticalPoints, ends: CriticalPoints
) -> None:
    """Refuse descents that end outside the domain: what they lead to is on a wall."""
    left = outside(landscape, ends.points).nonzero().flatten()
    if len(left):
        row = int(left[0])
        raise SearchError(
            f"a descent from the saddle at {saddles.points[row // 2].tolist()} left the domain of "
            f"{landscape!r} and ended at {ends.points[row].tolist()}: the sublevel set on the box "
            "has a minimum on a wall, which is no critical point; move the wall to where the "
            "landscape rises outward, or drop the domain",
            known,
        )
