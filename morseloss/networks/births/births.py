"""`births`: how much the loss of a network may still fall, and whether it is a minimum.

The one idea: a bar begins at a minimum; a network that was stopped is none. So it descends further,
what it fell is counted, what it would fall still is told by the law of that fall, and the straight
line down there tells whether any climb was between.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from morseloss._shapes import Indices, Points, Values
from morseloss.graphs.graph import many
from morseloss.landscapes.landscape import check_points
from morseloss.networks.along.curvature import curvature
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.budget import expected_fall
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.rounded import Rounded, kinked
from morseloss.networks.training.rounding import Rounding
from morseloss.networks.training.trained import Trained
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Paths, Polyline
from morseloss.status import Status, Worded

__all__ = ["Birth", "Births", "births"]

NEAR = (0.01, 0.003)  # widths that stay at the minimum near by
POINTS = 32  # on the line down, of its top
FLAT = 1e-8  # norm of a gradient below which nothing is left to fall
LEVEL = 1e-12  # of a loss: a lesser climb is round-off
MARGIN = 8.0  # what may follow a descent, over what is expected to
FEWEST = 4  # looks in the later part for its law to be asked
LATE = 2  # one over it: the later part of the descent, of whose fall the rest is told


class Birth(Worded):
    """Whether a network is a minimum, as far as was seen; `birth.message` says what to do."""

    MINIMUM = 0, "is expected to fall by no more than the tolerance"
    DESCENDING = (
        1,
        "is no minimum: the loss falls from there without a climb; let it descend (`finish=`)",
    )
    SHALLOW = (
        2,
        "has a lower point near by, beyond a climb that was seen: its bar is no longer than that; "
        "let it descend first (`finish=`), or read the bar as that of a shallow minimum",
    )
    UNSETTLED = (
        3,
        "did not fall, but its end still would by more than the tolerance; raise `gradients`",
    )
    SADDLE = (
        4,
        "has a direction in which the loss curves down, by more than the error of that curvature; "
        "step along it and let it descend",
    )
    NONFINITE = 5, "has a loss that is not finite; leave it out"


@dataclass(frozen=True, eq=False)
class Births:
    """What a further descent tells of networks, one row each.

    Attributes
    ----------
    points : Tensor, shape (n, dim)
        Where they came, or the networks themselves where nothing lower was met.
    values : Tensor, shape (n,)
        Losses of the networks as they were given: births of bars.
    falls : Tensor, shape (n,)
        How far below them the loss of `points` lies: what they may still fall at least.
    climbs : Tensor, shape (n,)
        How high the straight line to `points` climbs above the network; 0 where it only descends,
        so that by Definition 1 its bar has no length.
    rests : Tensor, shape (n,)
        How much the loss is expected to fall from `points` on, however long they descended: no
        bound, since a descent may leap to a lower valley.
    dips : Tensor, shape (n,)
        Largest fall on a path that goes down from the network at once; 0 where none was named.
    gradient_norms : Tensor, shape (n,)
        At `points`, of the rounded loss where activations have kinks, [value]/[point].
    models : Tensor, shape (n,)
        `|gradient|^2 / 2 decay`: what the loss may fall from `points` where the part of it beside
        the weight decay is convex near by; infinite without decay.
    curvatures, curvature_errors : Tensor, shape (n,)
        Smallest curvature at `points`, of the same loss, and within how much of it an eigenvalue
        lies; nan where it was not asked for.
    gradients : int
        Spent on each network.
    tolerance : float
        [value].
    """

    points: Points
    values: Values
    falls: Values
    climbs: Values
    rests: Values
    dips: Values
    gradient_norms: Values
    models: Values
    curvatures: Values
    curvature_errors: Values
    gradients: int
    tolerance: float

    def __len__(self) -> int:
        return len(self.values)

    @property
    def may_fall(self) -> Values:
        """How much each network may still fall: what it fell and may, or what a path showed.

        What may follow is `MARGIN` times the larger of `rests` and, with weight decay, `models`:
        on ReLU networks of digits, in four times the gradients, up to 6.8 times that was met.
        """
        known = torch.where(self.models.isfinite(), self.models, self.rests)
        return torch.maximum(self.falls + MARGIN * torch.maximum(self.rests, known), self.dips)

    @property
    def status(self) -> Indices:
        """A `Birth` for each network."""
        down = (self.climbs <= LEVEL * self.values.abs()) | (self.dips > self.tolerance)
        fell = torch.maximum(self.falls, self.dips) > self.tolerance
        bent = self.curvatures < -self.curvature_errors
        found = torch.full_like(self.values, int(Birth.MINIMUM), dtype=torch.long)
        found[self.rests > self.tolerance] = int(Birth.UNSETTLED)
        found[bent] = int(Birth.SADDLE)
        found[fell] = int(Birth.SHALLOW)
        found[fell & down] = int(Birth.DESCENDING)
        found[~self.values.isfinite()] = int(Birth.NONFINITE)
        return found

    @property
    def notes(self) -> tuple[str, ...]:
        """One sentence a network."""
        return tuple(
            f"network {row} {Birth(status).message} (it fell {fall:.1e} in {self.gradients} "
            f"gradients, and may fall {rest:.1e} more)"
            for row, (status, fall, rest) in enumerate(
                zip(self.status.tolist(), self.falls.tolist(), self.rests.tolist(), strict=True)
            )
        )

    def __repr__(self) -> str:
        counts = [(kind, int((self.status == kind).sum())) for kind in Birth]
        told = ", ".join(f"{count} {kind.name.lower()}" for kind, count in counts if count)
        return f"Births({many(len(self), 'network')} after {self.gradients} more gradients: {told})"


def births(
    landscape: NetworkLandscape,
    points: Points,
    method: LBFGS | None = None,
    *,
    gradients: int = 600,
    tolerance: float = 1e-5,
    dips: Mapping[int, float] | None = None,
    lanczos: int = 0,
    progress: Progress | None = None,
) -> Births:
    """Let networks descend further, and tell what they may still fall.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of all images.
    points : Tensor, shape (n, dim)
        Networks that shall be minima; taken to float64.
    method : LBFGS, optional
        By default `Rounding` over small widths where activations have kinks, else `LBFGS`.
    gradients : int
        On all images, of each network: 8 or more.
    tolerance : float
        A network that may fall by no more is called a minimum, [value].
    dips : mapping, optional
        Falls that paths have shown, by the row of the network: `run.descending()`.
    lanczos : int
        Hessian products a network for its smallest curvature; 0 leaves it out.
    progress : callable, optional
        Gets `(step, running, total)`.

    Returns
    -------
    Births

    Raises
    ------
    ValueError
        If a number is out of its range, a row of `dips` is none, or points do not fit.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Trained` of the descent.

    Notes
    -----
    What is expected to follow is the larger of two: the fall over the later half of the descent,
    which is the whole rest where losses fall like one over the gradients, and the last loss above
    the limit of `budget_law`, less its error. There is a look every 25 gradients, and below 200
    gradients they are too few for that law.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 1. Lewis and Overton, "Nonsmooth optimization via
    quasi-Newton methods", 2013, section 5.1: why the gradient at a kink tells nothing, and small
    combinations of gradients near by do.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, births
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> start = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> births(land, start), births(land, births(land, start).points)
    (Births(2 networks after 600 more gradients: 2 descending), ...2 minimum))
    """
    points, fallen = _checked(landscape, points, gradients, tolerance, dips)
    kinks = kinked(landscape, points[:1])
    method = method or _near(kinks, gradients)
    found = converge(landscape, points, method, max_steps=gradients, progress=progress)
    values, ends = landscape.value(points), found.points
    falls = values - found.values
    lower = falls >= -LEVEL * values.abs()
    ends = torch.where(lower[:, None], ends, points)
    width = method.widths[-1] if isinstance(method, Rounding) else 0.0
    loss = Rounded(landscape, width)
    norms = torch.where(lower, found.gradient_norms, loss.gradient(ends).norm(dim=1))
    decay = landscape.weight_decay
    bends = _bends(loss, ends, lanczos)
    return Births(
        ends, values, falls.clamp_min(0), _climbs(landscape, points, ends, values),
        rests=_rests(found), dips=fallen, gradient_norms=norms,
        models=norms**2 / (2 * decay) if decay else torch.full_like(norms, torch.inf),
        curvatures=bends[0], curvature_errors=bends[1],
        gradients=gradients, tolerance=tolerance,
    )  # fmt: skip


def _near(kinks: bool, gradients: int) -> LBFGS:
    """The descent that stays near by: the last width has most of the gradients."""
    if not kinks:
        return LBFGS(gtol=1e-9, ftol=0.0)
    return Rounding(gtol=1e-9, ftol=0.0, widths=NEAR, stage=max(1, gradients // 4))


def _rests(found: Trained) -> Values:
    """How much each loss is expected to fall after the descent; nothing where it is flat."""
    history = found.history
    later = history.steps >= max(1, int(history.steps[-1]) // LATE)
    later[-2:] = True  # a fall needs two looks
    spent, values = history.steps[later].double(), history.values[later].double()
    rest = (values[0] - values[-1]).clamp_min(0)
    if len(spent) < 2:  # stopped where it began: nothing is known
        rest = torch.full_like(rest, torch.inf)
    if len(spent) >= FEWEST:
        rest = torch.maximum(rest, expected_fall(spent, values))
    rest = rest.to(found.values)
    there = (found.status == Status.CONVERGED) & (found.gradient_norms <= FLAT)
    return torch.where(there, 0.0, rest)


def _climbs(landscape: NetworkLandscape, points: Points, ends: Points, values: Values) -> Values:
    """How high the straight lines down climb above where they begin."""
    status = torch.ones(len(points), dtype=torch.long, device=points.device)
    lines = Paths(torch.stack([points, ends], 1), Polyline(), status)
    return (network_heights(landscape, lines, points=POINTS).values - values).clamp_min(0)


def _bends(loss: Rounded, ends: Points, lanczos: int) -> tuple[Tensor, Tensor]:
    """Smallest curvatures and their errors."""
    if not lanczos:
        unknown = torch.full_like(ends[:, 0], torch.nan)
        return unknown, unknown
    found = curvature(loss, ends, steps=lanczos, generator=torch.Generator().manual_seed(0))
    return found.smallest, found.smallest_errors


def _checked(
    landscape: NetworkLandscape,
    points: Points,
    gradients: int,
    tolerance: float,
    dips: Mapping[int, float] | None,
) -> tuple[Points, Values]:
    """The points in double precision, and the falls that paths showed."""
    if not isinstance(landscape, NetworkLandscape):
        raise ValueError(
            f"`landscape` must be a NetworkLandscape, got {type(landscape).__name__}; of other "
            "landscapes `find_minima` gives minima"
        )
    check_points(landscape, points, "points")
    if gradients < 8 or not tolerance > 0:
        raise ValueError(
            f"`gradients` must be 8 or more and `tolerance` positive, got {gradients} and "
            f"{tolerance}"
        )
    points = points.double()
    fallen = torch.zeros_like(points[:, 0])
    for row, fall in (dips or {}).items():
        if not 0 <= row < len(points):
            raise ValueError(f"`dips` must be by rows of {len(points)} networks, got {row}")
        fallen[row] = fall
    return points, fallen
