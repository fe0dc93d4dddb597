"""`ModeNewton`: Newton steps in a trust region, up along one mode and down along all others.

The one idea: turn the slope and the curvature of the followed mode over, and a pass is a minimum of
that image, at which Newton's method arrives with a gradient of round-off. Without a mode to turn
over it finds minima. How far the quadratic model holds is told by what the
next step would have to mend.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import chosen, put, take
from morseloss._shapes import Gradients, Hessians, Indices, Points, Values
from morseloss.landscapes.critical import ZERO_TOLERANCE
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.passes.whole_hessian import whole_hessian
from morseloss.search.modes import across, along
from morseloss.status import Status

__all__ = ["ModeNewton", "ModeNewtonState", "shifted"]

HALVINGS = 60  # of the bracket of a level shift
GOOD, POOR = 0.2, 0.5  # error of the model, below which the radius grows, above which it shrinks
SHRINK, GROW = 0.4, 2.0
ROUNDING = 4e-15  # of a value, by which it may seem to rise
NEAR = 1e-6  # of 1 and the size of a point: steps so short are judged by their gradient alone
LEAST = 1e-12  # radius below which no model can be trusted


@dataclass(frozen=True)
class ModeNewtonState:
    """Where each row is, its quadratic model, and how far that is trusted.

    Attributes
    ----------
    points, gradients : Tensor, shape (rows, dim)
    values : Tensor, shape (rows,)
    eigenvalues : Tensor, shape (rows, dim)
        Of the Hessian, ascending, [value]/[point]^2.
    modes : Tensor, shape (rows, dim, dim)
        Its eigenvectors, columns.
    ways : Tensor, shape (rows, dim)
        The mode that was followed last, of length 1; zeros: none yet.
    radii : Tensor, shape (rows,)
        Longest next step, [point].
    hessians : Tensor, shape (rows,), int64
        Whole Hessians spent.
    status : Tensor, shape (rows,), int64
    """

    points: Points
    gradients: Gradients
    values: Values
    eigenvalues: Float[Tensor, "rows dim"]
    modes: Hessians
    ways: Points
    radii: Values
    hessians: Indices
    status: Indices


@dataclass(frozen=True)
class ModeNewton:
    """Trust-region Newton steps to a critical point of index 0 or 1.

    Parameters
    ----------
    index : int
        0 finds minima, and never rises; 1 passes.
    gtol : float
        Gradient norm at which a row has converged, [value]/[point], if the index is right.
    radius, largest : float
        Of the trust region, first and at most, [point].

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    With eigenvalues `a_i` and slopes `c_i`, both negated for the followed mode, the step is
    `-c_i / (a_i + m)`, with the least `m >= 0` for which it is a minimum of the image in the trust
    region. The followed mode is that of the largest overlap with the one before.

    References
    ----------
    Helgaker, "Transition-state optimizations by trust-region image minimization", Chem. Phys.
    Lett. 182, 1991. Nocedal and Wright, "Numerical optimization", 2006, section 4.3.
    """

    index: int = 1
    gtol: float = 1e-12
    radius: float = 0.1
    largest: float = 1.0

    def __post_init__(self) -> None:
        if self.index not in (0, 1) or not self.gtol > 0 or not 0 < self.radius <= self.largest:
            raise ValueError(
                f"`index` must be 0 or 1, `gtol` positive and 0 < `radius` <= `largest`; got {self}"
            )

    def init(
        self, landscape: Landscape, points: Points, ways: Points | None = None
    ) -> ModeNewtonState:
        """Return the state at the points; the first mode is the nearest to `ways`."""
        hessians = whole_hessian(landscape, points)
        values, gradients = landscape.value(points), landscape.gradient(points)
        known = hessians.flatten(1).isfinite().all(1) & values.isfinite()
        eigenvalues, modes = torch.linalg.eigh(torch.where(known[:, None, None], hessians, 0.0))
        ones = torch.ones_like(values)
        ways = torch.zeros_like(points) if ways is None else ways
        status = torch.where(known, int(Status.RUNNING), int(Status.NONFINITE))
        return ModeNewtonState(
            points, gradients, values, eigenvalues, modes, ways, self.radius * ones, ones.long(),
            self._judged(status, gradients, eigenvalues),
        )  # fmt: skip

    def step(self, landscape: Landscape, state: ModeNewtonState) -> ModeNewtonState:
        """Return the state after one more step of each row, taken where its model holds."""
        slopes = along(state.modes, state.gradients)
        signs, ways = self._image(state, slopes)
        moves, shifts = shifted(signs * state.eigenvalues, signs * slopes, state.radii)
        points = state.points + across(state.modes, moves)
        values, gradients = landscape.value(points), landscape.gradient(points)
        lengths = moves.norm(dim=1)
        missed = along(state.modes, gradients) - slopes - state.eigenvalues * moves
        stiff = (signs * state.eigenvalues + shifts[:, None]).abs()
        stiff = torch.maximum(stiff, state.eigenvalues.abs() / 2)
        error = (missed / stiff).norm(dim=1) / lengths
        error = torch.where(error.isfinite() & values.isfinite(), error, torch.inf)
        taken = (error <= 1) & (state.status == Status.RUNNING)
        if self.index == 0:
            lower = values <= state.values + ROUNDING * values.abs()
            tiny = lengths <= NEAR * (1 + state.points.abs().amax(1))
            taken &= lower | (tiny & (gradients.norm(dim=1) < state.gradients.norm(dim=1)))
        factors = torch.where(error > POOR, SHRINK, 1.0)
        wide = (error < GOOD) & (lengths > 0.8 * state.radii)
        factors = torch.where(wide, GROW, factors)
        radii = torch.where(taken, state.radii, lengths.clamp_max(state.radii)) * torch.where(
            taken, factors, SHRINK
        )
        moved = replace(state, points=points, gradients=gradients, values=values, ways=ways)
        state = replace(chosen(taken, moved, state), radii=radii.clamp_max(self.largest))
        lost = (state.radii < LEAST) & (state.status == Status.RUNNING)
        state = replace(state, status=torch.where(lost, int(Status.STALLED), state.status))
        return self._looked(landscape, state, taken.nonzero().flatten())

    def _image(self, state: ModeNewtonState, slopes: Tensor) -> tuple[Tensor, Points]:
        """Signs of all modes in the image, and the followed mode of each row."""
        signs = torch.ones_like(slopes)
        if self.index == 0:
            return signs, state.ways
        overlaps = along(state.modes, state.ways)
        place = overlaps.abs().argmax(1, keepdim=True)
        signs.scatter_(1, place, -1.0)
        mode = state.modes.gather(2, place[:, None].expand(-1, slopes.shape[1], 1))[..., 0]
        return signs, mode * torch.where(overlaps.gather(1, place) < 0, -1.0, 1.0)

    def _looked(
        self, landscape: Landscape, state: ModeNewtonState, rows: Indices
    ) -> ModeNewtonState:
        """The state with Hessians of the rows that have moved, and their status."""
        if not len(rows):
            return state
        part = take(state, rows)
        eigenvalues, modes = torch.linalg.eigh(whole_hessian(landscape, part.points))
        part = replace(
            part, eigenvalues=eigenvalues, modes=modes, hessians=part.hessians + 1,
            status=self._judged(part.status, part.gradients, eigenvalues),
        )  # fmt: skip
        return put(state, rows, part)

    def _judged(self, status: Tensor, gradients: Gradients, eigenvalues: Tensor) -> Tensor:
        """`CONVERGED` where the gradient is round-off and the index right, or `DEGENERATE`."""
        there = (gradients.norm(dim=1) <= self.gtol) & (status == Status.RUNNING)
        sizes = eigenvalues.abs()
        flat = sizes.amin(1) <= ZERO_TOLERANCE[torch.float64] * sizes.amax(1)
        right = (eigenvalues < 0).sum(1) == self.index
        status = torch.where(there & right, int(Status.CONVERGED), status)
        return torch.where(there & flat, int(Status.DEGENERATE), status)


def shifted(
    curvatures: Float[Tensor, "rows dim"], slopes: Float[Tensor, "rows dim"], radii: Values
) -> tuple[Float[Tensor, "rows dim"], Values]:
    """Return the minima of quadratic models in balls, in coordinates along their modes.

    With them the level shifts, 0 where the minimum lies inside.

    Parameters
    ----------
    curvatures, slopes : Tensor, shape (rows, dim)
    radii : Tensor, shape (rows,)

    Notes
    -----
    The shift `m` of `-c_i / (a_i + m)` is found by halving. Where there is no slope along the
    lowest mode, which curves down, the step is filled up along that mode.
    """
    lowest = curvatures.amin(1)
    norms = slopes.norm(dim=1)
    least = (-lowest).clamp_min(0)
    newton = -slopes / curvatures
    inside = (lowest > 0) & (newton.norm(dim=1) <= radii)
    low, high = least, least + norms / radii
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        long = (slopes / (curvatures + middle[:, None])).norm(dim=1) > radii
        low, high = torch.where(long, middle, low), torch.where(long, high, middle)
    moves = (-slopes / (curvatures + high[:, None])).nan_to_num(0.0, 0.0, 0.0)
    lack = (radii**2 - (moves**2).sum(1)).clamp_min(0).sqrt()
    place = curvatures.argmin(1, keepdim=True)
    hard = (lack > 1e-3 * radii) & (lowest <= 0)
    fill = torch.where(hard, lack, 0.0)[:, None] * torch.where(moves.gather(1, place) < 0, -1, 1)
    moves = moves.scatter_add(1, place, fill)
    return torch.where(inside[:, None], newton, moves), torch.where(inside, 0.0, high)
