"""`relay`: ways between networks over low points, lowered until their tops stop falling.

The one idea: inside a trained path lie points from which the loss falls below both of its ends.
Descended from there, such stations cut the path into short pieces, and always the highest piece of
each way is cut at a new station, or gets second-order steps on its soft maximum. Only a tree of
ways is worked on, from every network to a lower one, since no others decide bars. All is counted in
gradients on all images.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.budget import check_tolerance, expected_fall
from morseloss.networks.paths.cutting import cut
from morseloss.networks.paths.pieces import CURVE, along, descended, swept, tops
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.paths.soft_maximum import lowered
from morseloss.search.paths.curve import straight
from morseloss.status import Interrupted

__all__ = ["Kept", "Relay", "begun", "relay"]

TIMES = 12  # on a piece, of its soft maximum
GAIN = 0.15  # of its climb, that a round takes off where the next is to be of the same kind

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

    Notes
    -----
    In a round the highest piece of each falling way is either cut at its top or lowered; where that
    took less than 15 % off the climb, the next round is of the other kind. On digits, from one hill
    of 2.4e-3, 2000 gradients of lowering alone left 1.1e-3, and cuts with lowering 5e-4 to 7e-4.
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
        return self._round(landscape, state)

    def _trained(
        self, landscape: NetworkLandscape, state: Relayed, steps: int, before: float = 0.0
    ) -> Relayed:
        """All pieces trained anew on mini-batches, in single precision."""
        controls, cost = swept(
            landscape, state.controls[:, 0], state.controls[:, -1],
            bends=self.bends, steps=steps, size=self.size, generator=_draws(state),
        )  # fmt: skip
        found, looking = tops(landscape, controls)
        state = replace(state, controls=controls, heights=found.values)
        return self._looked(state, before + cost + looking)

    def _over_stations(self, landscape: NetworkLandscape, state: Relayed) -> tuple[Relayed, float]:
        """Ways cut at points inside them, descended on all images, and what that cost."""
        times = torch.linspace(0, 1, self.stations + 2).to(state.controls)[1:-1]
        inside = along(state.controls).at(times)
        found, cost = descended(landscape, inside.flatten(0, 1), self.descent)
        first, last = state.controls[:, :1], state.controls[:, -1:]
        knots = torch.cat([first, found.reshape(inside.shape), last], 1)
        starts, ends = knots[:, :-1].flatten(0, 1), knots[:, 1:].flatten(0, 1)
        cut = replace(
            state,
            ways=state.ways.repeat_interleave(self.stations + 1),
            controls=straight(starts, ends, self.bends + 2),
            heights=torch.full_like(starts[:, 0], torch.inf),
        )
        return cut, cost

    def _round(self, landscape: NetworkLandscape, state: Relayed) -> Relayed:
        """The highest piece of each way that still falls, cut or lowered."""
        rows, excess = self._highest(state)
        cuts, draws = _cuts(state)[state.ways[rows]], _draws(state)
        state, cost = self._lowered(landscape, state, rows[~cuts], excess[~cuts], draws)
        if cuts.any():
            state, cutting = cut(
                landscape, state, rows[cuts], _in_vain(state)[state.ways[rows[cuts]]],
                descent=self.descent, steps=self.join, size=self.size, generator=draws,
            )  # fmt: skip
            cost += cutting
        return self._looked(state, cost)

    def _lowered(
        self,
        landscape: NetworkLandscape,
        state: Relayed,
        rows: Tensor,
        excess: Tensor,
        draws: torch.Generator,
    ) -> tuple[Relayed, float]:
        """Pieces lowered by second-order steps on their soft maximum, and what that cost."""
        if not len(rows):
            return state, 0.0
        times = _shifted(TIMES, draws).to(state.controls)
        controls, cost = lowered(
            landscape, state.controls[rows], CURVE, excess=excess, times=times,
            evaluations=self.evaluations,
        )  # fmt: skip
        found, looking = tops(landscape, controls)
        better = found.values < state.heights[rows]
        all_controls, all_heights = state.controls.clone(), state.heights.clone()
        all_controls[rows[better]] = controls[better]
        all_heights[rows[better]] = found.values[better]
        return replace(state, controls=all_controls, heights=all_heights), cost + looking

    def _highest(self, state: Relayed) -> tuple[Tensor, Tensor]:
        """Rows of the highest piece of each falling way, and how far each lies above its end."""
        excess = state.heights - state.values[state.pairs[state.ways, 0]]
        rows = [
            int(torch.where(state.ways == way, excess, -torch.inf).argmax())
            for way in (state.status == Settling.FALLING).nonzero().flatten()
        ]
        chosen = torch.tensor(rows, device=excess.device)
        return chosen, excess[chosen].clamp_min(self.tolerance)

    def _looked(self, state: Relayed, cost: float) -> Relayed:
        """The ways with one more look in the history, and their status."""
        before = state.spent[-1:] if len(state.spent) else torch.zeros(1, dtype=torch.float64)
        lowest = torch.full_like(state.values[state.pairs[:, 0]], -torch.inf)
        now = lowest.scatter_reduce(0, state.ways, state.heights, "amax")
        found = replace(
            state,
            spent=torch.cat([state.spent, before + cost]),
            tops=torch.cat([state.tops, now[None]]),
        )
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
        If points, pairs, budget or `resume` do not fit, or the tolerance lies below the round-off
        of the losses.
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
    state = begun(landscape, points, method, pairs, seed)
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


def begun(
    landscape: NetworkLandscape,
    points: Points,
    method: Relay,
    pairs: Int[Tensor, "m 2"] | None,
    seed: int,
) -> Relayed:
    """Return what a relay sets out with: straight ways, from the higher to the lower of each pair.

    Raises
    ------
    ValueError
        As `relay` does.
    """
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
    check_tolerance(method.tolerance, values.cpu().numpy())
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


def _cuts(state: Relayed) -> Tensor:
    """Whether the next round cuts each way: the kind of round changes where it gained little."""
    cuts = torch.ones_like(state.status, dtype=torch.bool)
    climbs = state.penalties[1:]
    for before, after in pairwise(climbs):
        cuts ^= after > (1 - GAIN) * before
    return cuts


def _in_vain(state: Relayed) -> Tensor:
    """Whether a round left the top of each way as it was."""
    return (state.tops[2:] == state.tops[1:-1]).any(0)


def _draws(state: Relayed) -> torch.Generator:
    """The random numbers of the next stage or round, which depend on nothing but its number."""
    return torch.Generator().manual_seed((state.seed + len(state.spent)) % 2**63)


def _shifted(count: int, generator: torch.Generator) -> Tensor:
    """So many even times inside [0, 1], shifted together by up to half of their distance."""
    shift = float(torch.rand((), generator=generator, dtype=torch.float64)) - 0.5
    return (torch.arange(1, count + 1, dtype=torch.float64) + shift) / (count + 1)
