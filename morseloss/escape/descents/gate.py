"""`Gate`: the way out of a minimum of any landscape, across a saddle.

The one idea: a trajectory has passed a saddle when it crosses the hyperplane through the saddle
that is normal to its unstable direction. As for polynomials, a first run sees who leaves and when;
those run again, up to a distance at which they have diverged.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss.escape.descents.drive import LEFT, SETTLED, Ends, drive, fused
from morseloss.escape.descents.regime import STILL_WIDTHS, Descents, Regime, not_run
from morseloss.escape.fault import Fault, complain
from morseloss.landscapes.landscape import Landscape
from morseloss.search.iterate import Progress

__all__ = ["FEW", "Gate", "GateMaps", "cross", "passed"]

CRITICAL = 1e-6  # gradient at the minimum or saddle, relative to curvature times their distance
FEW = 1024  # coordinates that descend together for about the price of one
MEMORY = 1 << 20  # numbers of a path that is looked at as a whole
LOST_DISTANCES = 1e3  # distances to the saddle beyond which a trajectory has diverged


@dataclass(frozen=True, eq=False)
class Gate:
    """A local minimum of a landscape and a saddle of index 1 to escape across.

    Attributes
    ----------
    landscape : Landscape
    minimum, saddle : Tensor, shape (dim,)
    normal : Tensor, shape (dim,)
        Unit vector along the unstable direction of the saddle, away from the minimum; set here.
    curvature : float
        Largest curvature at the minimum, [value]/[point]^2: steps of a learning rate above two
        over it are repelled by the minimum.

    Raises
    ------
    ValueError
        If the two are not a minimum and a saddle of index 1, or the minimum lies on the hyperplane
        through the saddle.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> points = ml.analytic.SixHumpCamel().critical_points
    >>> Gate(ml.analytic.SixHumpCamel(), points.of_index(0).points[4], points.of_index(1).points[3])
    Gate(SixHumpCamel(), curvature 10)
    """

    landscape: Landscape
    minimum: Float[Tensor, " dim"]
    saddle: Float[Tensor, " dim"]
    normal: Float[Tensor, " dim"] = field(init=False)
    curvature: float = field(init=False)

    def __post_init__(self) -> None:
        ends = torch.stack([self.minimum, self.saddle]).double()
        gradients = self.landscape.gradient(ends)
        curvatures, directions = torch.linalg.eigh(self.landscape.hessian(ends))
        distance = float((ends[1] - ends[0]).norm())
        small = CRITICAL * distance * curvatures.abs().amax(-1)
        indices = (curvatures < 0).sum(-1).tolist()
        if indices != [0, 1] or bool((gradients.norm(dim=-1) > small).any()):
            raise ValueError(
                "`minimum` and `saddle` must be critical points of index 0 and 1 of "
                f"{self.landscape!r}, got indices {indices} and gradients "
                f"{[f'{g:.1e}' for g in gradients.norm(dim=-1).tolist()]}; take them from "
                "`find_minima` and `find_saddles`"
            )
        normal = directions[1, :, 0]
        across = float((ends[1] - ends[0]) @ normal)
        if abs(across) < CRITICAL * distance:
            raise ValueError(
                "the minimum lies on the hyperplane through the saddle: it is not on one side of "
                "this gate; take the saddle at which its bar ends"
            )
        object.__setattr__(self, "normal", normal if across > 0 else -normal)
        object.__setattr__(self, "curvature", float(curvatures[0, -1]))
        object.__setattr__(self, "minimum", ends[0])
        object.__setattr__(self, "saddle", ends[1])

    @property
    def distance(self) -> float:
        """From the minimum to the saddle."""
        return float((self.saddle - self.minimum).norm())

    def __repr__(self) -> str:
        return f"Gate({self.landscape!r}, curvature {self.curvature:.3g})"


@dataclass(frozen=True, eq=False)
class GateMaps:
    """Gradient steps of one landscape for each row, and the gate they may pass.

    Attributes
    ----------
    gate : Gate
    rates : Tensor, shape (rows, 1)
    reach : Tensor, shape (rows,)
        In place of the gate, a distance from the minimum beyond which a trajectory has left;
        infinite where it is the gate that counts.
    """

    gate: Gate
    rates: Float[Tensor, "rows one"]
    reach: Float[Tensor, " rows"]

    def advance(self, points: Tensor, steps: int) -> tuple[Tensor, Tensor]:
        """Return the points after so many steps, and how many came before leaving."""
        still, inside = torch.ones_like(points[:, 0]), torch.zeros_like(points[:, 0])
        if points.is_cuda:
            many = fused(self._step, points.device)
            after, _, inside = many((points, still, inside), steps, self.rates)
            return after, inside
        together = max(1, min(steps, MEMORY // points.numel()))
        for begin in range(0, steps, together):
            path = self._path(points, min(together, steps - begin))
            kept = still * self.before(path).to(still.dtype).cumprod(0)
            points, still, inside = path[-1], kept[-1], inside + kept.sum(0)
        return points, inside

    def _path(self, points: Tensor, steps: int) -> Tensor:
        """Return the points after each of so many steps, shape (steps, rows, dim)."""
        gradient, path = self.gate.landscape.gradient, []
        for _ in range(steps):
            points = points - self.rates * gradient(points)
            path.append(points)
        return torch.stack(path)

    def _step(
        self, state: tuple[Tensor, Tensor, Tensor], rates: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        points, still, inside = state
        after = points - rates * self.gate.landscape.gradient(points)
        still = torch.where(self.before(after), still, 0.0)
        return after, still, inside + still

    def before(self, points: Tensor) -> Tensor:
        """Return which rows have not left."""
        gate = self.gate
        held = (points - gate.saddle.to(points)) @ gate.normal.to(points) <= 0
        near = (points - gate.minimum.to(points)).norm(dim=-1) <= self.reach
        return torch.where(self.reach.isinf(), held, near)

    def settled(self, points: Tensor) -> Tensor:
        """Return which rows stand at a fixed point that does not repel, to the tolerance."""
        steps = self.rates * self.gate.landscape.gradient(points)
        still = steps.norm(dim=-1) <= STILL_WIDTHS * self.gate.distance
        if not bool(still.any()):
            return still
        rows = still.nonzero().flatten()
        curvatures = torch.linalg.eigvalsh(self.gate.landscape.hessian(points[rows]))
        inside = (curvatures > 0).all(-1) & ((self.rates[rows] * curvatures) < 2).all(-1)
        return still.index_put((rows,), inside)

    def take(self, rows: Tensor) -> "GateMaps":
        """Return the maps of the given rows."""
        return replace(self, rates=self.rates[rows], reach=self.reach[rows])


def cross(
    gate: Gate,
    rates: float | Float[np.ndarray, " rows"],
    starts: Float[Tensor, "rows dim"],
    max_steps: int,
    progress: Progress | None = None,
) -> Descents:
    """Run gradient descent for a batch of (learning rate, start); see `descend`.

    Raises
    ------
    ValueError
        If the batch is a single row with a fault, or the shapes do not fit.
    """
    starts, steps = _rows(gate, rates, starts)
    maps = _maps(gate, steps)
    faults = _faults(maps, starts)
    complain(faults, f"the row with start {starts[0].tolist()} and rate {float(steps[0]):g}")
    result = not_run(faults, tuple(starts.shape))
    rows = np.flatnonzero(faults == 0)
    some = torch.from_numpy(rows).to(starts.device)
    first, second = _two_runs(maps.take(some), starts[some], max_steps, progress)
    reasons = first.reasons.cpu().numpy()
    regimes = np.where(reasons == SETTLED, Regime.CONVERGES, Regime.BOUNDED)
    result.regimes[rows] = np.where(reasons == LEFT, Regime.LEAVES, regimes)
    result.steps[rows] = first.steps.cpu().numpy()
    result.points[rows] = first.points.cpu().numpy()
    result.wells[rows[reasons == SETTLED]] = 0
    out = rows[reasons == LEFT]
    result.points[out] = second.points.cpu().numpy()
    result.regimes[out[second.reasons.cpu().numpy() == LEFT]] = Regime.DIVERGES
    return result


def _maps(gate: Gate, rates: Tensor) -> GateMaps:
    return GateMaps(gate, rates, torch.full_like(rates[:, 0], torch.inf))


def _two_runs(
    maps: GateMaps, starts: Tensor, max_steps: int, progress: Progress | None
) -> tuple[Ends, Ends]:
    """Return how all rows end, and how those that left do, with a distance in place of the gate.

    Few rows run both at once, before it is known which leave: a step costs what it costs for one.
    """
    count = len(starts)
    far = torch.full_like(maps.reach, LOST_DISTANCES * maps.gate.distance)
    if 2 * starts.numel() <= FEW:
        both = GateMaps(maps.gate, maps.rates.repeat(2, 1), torch.cat([maps.reach, far]))
        ends = drive(both, starts.repeat(2, 1), max_steps, progress)
        first, second = ends.take(slice(count)), ends.take(slice(count, None))
        return first, second.take(first.reasons == LEFT)
    first = drive(maps, starts, max_steps, progress)
    out = first.reasons == LEFT
    wide = GateMaps(maps.gate, maps.rates[out], far[out])
    return first, drive(wide, starts[out], max_steps, progress)


def passed(
    gate: Gate,
    rates: float | Float[np.ndarray, " rows"],
    starts: Float[Tensor, "rows dim"],
    max_steps: int,
    progress: Progress | None = None,
) -> Int[np.ndarray, " rows"]:
    """Return the step at which each row passes the gate, -1 where it does not.

    Only the first of the two runs of `cross`.

    Raises
    ------
    ValueError
        If a row has a fault, or the shapes do not fit.
    """
    starts, steps = _rows(gate, rates, starts)
    maps = _maps(gate, steps)
    faults = _faults(maps, starts)
    for row in np.flatnonzero(faults)[:1]:
        complain(faults[[row]], f"the start {starts[row].tolist()} at rate {float(steps[row]):g}")
    return drive(maps, starts, max_steps, progress).steps.cpu().numpy()


def _faults(maps: GateMaps, starts: Tensor) -> np.ndarray:
    fine = (maps.rates[:, 0] > 0) & maps.rates[:, 0].isfinite()
    faults = torch.where(maps.before(starts), Fault.NONE, Fault.OUTSIDE)
    return torch.where(fine, faults, Fault.BAD_RATE).cpu().numpy()


def _rows(gate: Gate, rates: float | np.ndarray, starts: Tensor) -> tuple[Tensor, Tensor]:
    """Return starts, and rates of shape (rows, 1), on the device of the starts."""
    starts = torch.atleast_2d(torch.as_tensor(starts))
    steps = torch.atleast_1d(torch.as_tensor(rates, dtype=starts.dtype, device=starts.device))
    count, dim = max(len(starts), len(steps)), gate.landscape.dim
    if starts.shape[1:] != (dim,) or {len(starts), len(steps)} - {1, count}:
        raise ValueError(
            f"`starts` must have shape (rows, {dim}) and `rates` (rows,), or one row for all; got "
            f"{tuple(starts.shape)} and {tuple(steps.shape)}"
        )
    return starts.expand(count, dim).clone(), steps.expand(count)[:, None].clone()
