"""`relay`: ways between networks over low points, lowered until their tops stop falling.

The one idea: inside a trained path lie points from which the loss falls below both of its ends.
Descended from there, such stations cut the path into short pieces, and always the highest piece of
each way gets second-order steps on its soft maximum. Only a tree of ways is worked on, from every
network to a lower one, since no others decide bars. All is counted in gradients on all images.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.landscapes.wrappers import Counted
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.budget import expected_fall
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.paths.soft_maximum import lowered
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.search.paths.curve import Bezier, Paths, straight
from morseloss.search.paths.find_paths import find_paths
from morseloss.status import Interrupted

__all__ = ["Relay", "relay"]

CURVE = Bezier()
TIMES = 24  # on a piece, of its soft maximum
LOOKS = 33  # points on a piece at which its height is looked for, before closing in
CLOSING = 8  # steps of closing in

Kept = Callable[[Relayed], None]
"""Gets what there is after every stage and round, as `relay` takes it back."""


@dataclass(frozen=True)
class Relay:
    """How ways are lowered.

    Parameters
    ----------
    size : int
        Images in a mini-batch, while paths are trained.
    first, join : int
        Steps of `SweptCurve` for the first paths, and for the pieces between stations.
    stations : int
        Points inside each first path that are descended, at even times.
    descent : int
        Gradients on all images of each station.
    bends : int
        Of each curve.
    evaluations : int
        Of the soft maximum of a piece, in a round.
    tolerance : float
        A way that climbs no higher above its higher end is level, [value]; one that is not
        expected to fall by more is settled.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    size: int = 256
    first: int = 2500
    join: int = 600
    stations: int = 3
    descent: int = 250
    bends: int = 3
    evaluations: int = 30
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        counts = (self.size, self.first, self.join, self.stations, self.descent, self.bends)
        if min(*counts, self.evaluations) < 1 or not self.tolerance > 0:
            raise ValueError(
                f"counts must be 1 or more and `tolerance` positive, got {self}; a tolerance of 0 "
                "lies below round-off"
            )

    def init(
        self,
        points: Float[Tensor, "n dim"],
        values: Float[Tensor, " n"],
        pairs: Int[Tensor, "m 2"],
        *,
        among: int,
        seed: int,
    ) -> Relayed:
        """Return straight ways between pairs of networks, not looked at yet."""
        ways = torch.arange(len(pairs), device=points.device)
        return Relayed(
            points, values, pairs, ways,
            controls=straight(points[pairs[:, 0]], points[pairs[:, 1]], self.bends + 2),
            heights=torch.full_like(values[pairs[:, 0]], torch.inf),
            spent=torch.zeros(0, dtype=torch.float64),
            tops=points.new_zeros(0, len(pairs)),
            status=torch.zeros_like(ways), among=among, seed=seed,
        )  # fmt: skip

    def step(self, landscape: NetworkLandscape, state: Relayed) -> Relayed:
        """Return what is there after one more stage, or one more round of lowering."""
        if len(state.spent) == 0:
            return self._trained(landscape, state, self.first)
        if len(state.spent) == 1:
            cut, cost = self._over_stations(landscape, state)
            return self._trained(landscape, cut, self.join, before=cost)
        return self._lowered(landscape, state)

    def _trained(
        self, landscape: NetworkLandscape, state: Relayed, steps: int, before: float = 0.0
    ) -> Relayed:
        """All pieces trained anew on mini-batches, in single precision."""
        draws = _draws(state)
        starts, ends = state.controls[:, 0], state.controls[:, -1]
        paths = find_paths(
            landscape.batches(min(self.size, len(landscape)), generator=draws),
            starts.float(), ends.float(), SweptCurve(bends=self.bends, steps=steps),
            generator=draws, max_steps=steps,
        )  # fmt: skip
        controls = paths.controls.to(state.controls)
        controls[:, 0], controls[:, -1] = starts, ends
        share = min(self.size, len(landscape)) / len(landscape)
        cost = len(controls) * steps * share
        heights, looking = _heights(landscape, controls)
        return self._looked(state, controls, heights, before + cost + looking)

    def _over_stations(self, landscape: NetworkLandscape, state: Relayed) -> tuple[Relayed, float]:
        """Ways cut at points inside them, descended on all images, and what that cost."""
        times = torch.linspace(0, 1, self.stations + 2).to(state.controls)[1:-1]
        inside = Paths(state.controls, CURVE, state.status).at(times)
        method = LBFGS(ftol=0.0)
        found = converge(landscape, inside.flatten(0, 1), method, max_steps=self.descent)
        first, last = state.controls[:, :1], state.controls[:, -1:]
        knots = torch.cat([first, found.points.reshape(inside.shape), last], 1)
        starts, ends = knots[:, :-1].flatten(0, 1), knots[:, 1:].flatten(0, 1)
        cut = replace(
            state,
            ways=state.ways.repeat_interleave(self.stations + 1),
            controls=straight(starts, ends, self.bends + 2),
            heights=torch.full_like(starts[:, 0], torch.inf),
        )
        return cut, float(found.steps.sum())

    def _lowered(self, landscape: NetworkLandscape, state: Relayed) -> Relayed:
        """The highest piece of each way that still falls, lowered by second-order steps."""
        rows, excess = self._highest(state)
        times = _shifted(TIMES, _draws(state)).to(state.controls)
        controls, cost = lowered(
            landscape, state.controls[rows], CURVE, excess=excess, times=times,
            evaluations=self.evaluations,
        )  # fmt: skip
        heights, looking = _heights(landscape, controls)
        better = heights < state.heights[rows]
        all_controls, all_heights = state.controls.clone(), state.heights.clone()
        all_controls[rows[better]], all_heights[rows[better]] = controls[better], heights[better]
        return self._looked(state, all_controls, all_heights, cost + looking)

    def _highest(self, state: Relayed) -> tuple[Tensor, Tensor]:
        """Rows of the highest piece of each falling way, and how far each lies above its end."""
        excess = state.heights - state.values[state.pairs[state.ways, 0]]
        rows = [
            int(torch.where(state.ways == way, excess, -torch.inf).argmax())
            for way in (state.status == Settling.FALLING).nonzero().flatten()
        ]
        chosen = torch.tensor(rows, device=excess.device)
        return chosen, excess[chosen].clamp_min(self.tolerance)

    def _looked(self, state: Relayed, controls: Tensor, heights: Tensor, cost: float) -> Relayed:
        """The ways with these pieces, one more look in the history, and their status."""
        before = state.spent[-1:] if len(state.spent) else torch.zeros(1, dtype=torch.float64)
        tops = torch.full_like(state.values[state.pairs[:, 0]], -torch.inf)
        tops = tops.scatter_reduce(0, state.ways, heights, "amax")
        found = replace(
            state, controls=controls, heights=heights,
            spent=torch.cat([state.spent, before + cost]),
            tops=torch.cat([state.tops, tops[None]]),
        )  # fmt: skip
        return replace(found, status=self._status(found))

    def _status(self, state: Relayed) -> Tensor:
        """What can be said of each way after the last look."""
        excess = state.penalties
        expected = expected_fall(state.spent, excess).to(excess)
        settled = torch.where(expected <= self.tolerance, Settling.SETTLED, Settling.FALLING)
        level = torch.where(excess[-1] <= self.tolerance, Settling.LEVEL, settled)
        return torch.where(state.tops[-1].isfinite(), level, Settling.NONFINITE)


def relay(
    landscape: NetworkLandscape,
    points: Points,
    method: Relay = Relay(),
    *,
    budget: float,
    generator: torch.Generator,
    pairs: Int[Tensor, "m 2"] | None = None,
    keep: Kept | None = None,
    resume: Relayed | None = None,
) -> Relayed:
    """Join each network to the lowest by a way over stations, and lower all ways together.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of all images.
    points : Tensor, shape (n, dim)
        Two networks or more; taken to float64.
    method : Relay
    budget : float
        Gradients on all images for each of the `n (n - 1) / 2` pairs of networks, or of `pairs`.
        Stations, mini-batches (by their share), values (a third each) and the looks for tops are
        counted. Paths and stations come first, whatever they cost.
    generator : torch.Generator
        Names the random numbers of all stages and rounds.
    pairs : Tensor, shape (m, 2), optional
        Rows of `points` to join; by default each with the lowest, a tree that decides all bars.
    keep : callable, optional
        Gets the `Relayed` after every stage and round, to be stored or shown.
    resume : Relayed, optional
        Of the same call, perhaps with a smaller budget: it goes on there, on a CPU with the same
        bits. Of another method it goes on with the stations and bends that it has.

    Returns
    -------
    Relayed

    Raises
    ------
    ValueError
        If points, pairs, budget or `resume` do not fit.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Relayed` after the last round.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1 and Algorithm 1.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> ends = torch.randn(3, land.dim, generator=seed, dtype=torch.float64)
    >>> quick = Relay(size=16, first=50, join=20, descent=20)
    >>> relay(land, ends, quick, budget=200, generator=seed)
    Relayed(2 ways between 3 networks at ... gradients a pair: 2 level)
    """
    seed = int(torch.randint(2**62, (), generator=generator))
    state = _begun(landscape, points, method, pairs, seed)
    if resume is not None:
        _check_resumed(resume, state)
        state = resume
    if not budget > 0:
        raise ValueError(f"`budget` must be positive, in gradients on all images, got {budget}")
    allowed = budget * state.among
    try:
        while len(state.spent) < 2 or (state.spent[-1] < allowed and _falling(state)):
            state = method.step(landscape, state)
            if keep is not None:
                keep(state)
    except KeyboardInterrupt:
        raise Interrupted(state) from None
    return state


def _begun(
    landscape: NetworkLandscape,
    points: Points,
    method: Relay,
    pairs: Int[Tensor, "m 2"] | None,
    seed: int,
) -> Relayed:
    if not isinstance(landscape, NetworkLandscape):
        raise ValueError(
            f"`landscape` must be a NetworkLandscape, got {type(landscape).__name__}; in others "
            "`find_paths` joins points"
        )
    check_points(landscape, points, "points")
    points, count = points.double(), len(points)
    if count < 2:
        raise ValueError(f"`points` must hold two networks or more, got {count}")
    values = landscape.value(points)
    bad = (~values.isfinite()).nonzero().flatten().tolist()
    if bad:
        raise ValueError(f"the loss of networks {bad[:5]} is not finite; leave them out")
    if pairs is None:
        lowest = int(values.argmin())
        others = [(row, lowest) for row in range(count) if row != lowest]
        star = torch.tensor(others, device=points.device)
        return method.init(points, values, star, among=count * (count - 1) // 2, seed=seed)
    pairs = _checked(pairs, count).to(points.device)
    falling = values[pairs[:, :1]] >= values[pairs[:, 1:]]
    return method.init(
        points, values, torch.where(falling, pairs, pairs.flip(1)), among=len(pairs), seed=seed
    )


def _checked(pairs: Tensor, count: int) -> Tensor:
    whole = isinstance(pairs, Tensor) and pairs.dtype == torch.int64
    if not whole or pairs.ndim != 2 or pairs.shape[1] != 2 or not len(pairs):
        raise ValueError(
            "`pairs` must be rows of points, a tensor of integers of shape (m, 2), got "
            f"{pairs!r:.60}"
        )
    if pairs.min() < 0 or pairs.max() >= count or bool((pairs[:, 0] == pairs[:, 1]).any()):
        raise ValueError(f"`pairs` must name two different of {count} networks each")
    return pairs


def _check_resumed(resume: Relayed, begun: Relayed) -> None:
    """What goes on must be of the same call; its landscape is told by the losses it gives."""
    points = torch.equal(resume.points, begun.points)
    pairs = resume.among == begun.among and torch.equal(resume.pairs, begun.pairs)
    same = {
        "`generator`": resume.seed == begun.seed,
        "`points`": points,
        "`landscape`": not points or torch.allclose(resume.values, begun.values),
        "`pairs`": not points or pairs,
    }
    others = [name for name, holds in same.items() if not holds]
    if others:
        raise ValueError(
            f"`resume` must be of the same call, and is of another {' and '.join(others)}; pass "
            "those it was begun with, or start anew"
        )


def _falling(state: Relayed) -> int:
    return int((state.status == Settling.FALLING).sum())


def _draws(state: Relayed) -> torch.Generator:
    """The random numbers of the next stage or round, which depend on nothing but its number."""
    return torch.Generator().manual_seed((state.seed + len(state.spent)) % 2**63)


def _shifted(count: int, generator: torch.Generator) -> Tensor:
    """So many even times inside [0, 1], shifted together by up to half of their distance."""
    shift = float(torch.rand((), generator=generator, dtype=torch.float64)) - 0.5
    return (torch.arange(1, count + 1, dtype=torch.float64) + shift) / (count + 1)


def _heights(
    landscape: NetworkLandscape, controls: Float[Tensor, "pieces controls dim"]
) -> tuple[Tensor, float]:
    """Heights of pieces on all images, and what the looks cost in gradients."""
    counted = Counted(landscape)
    pieces = Paths(controls, CURVE, torch.zeros(len(controls), dtype=torch.long))
    top = network_heights(counted, pieces, points=LOOKS, closing=CLOSING)
    return top.values, counted.values / 3
