"""`spectrum`: the exponentially small eigenvalues of the Witten Laplacian at one temperature.

The one idea: one eigenvalue a well, computed on two grids and extrapolated. What the coarser grid,
and an earlier end of floats, would change is the error; what it would change much is no result.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.status import Worded
from morseloss.witten.cells import cells_of, enclosing_box, enough_cells, window_level
from morseloss.witten.chain import chain_of, reduce_chain
from morseloss.witten.conductances import FLOOR, network_of
from morseloss.witten.mesh import reduce
from morseloss.witten.reduction import Reduction

__all__ = ["Resolution", "Spectrum", "computed", "spectrum"]

ORDER = 2  # of the scheme: the error falls with the square of the step
COARSEST_ERROR = 0.2  # relative error of an eigenvalue that still counts as one
EARLIER = 12.0  # by which the floor is raised on the coarser grid


class Resolution(Worded):
    """Whether an eigenvalue is one of the landscape's; `resolution.message` says what to try."""

    RESOLVED = 0, "is resolved by the grid"
    COARSE = 1, "changes when the grid is made coarser; raise `cells`, or the temperature"
    WARM = (
        2,
        "does not lie below the rest of the spectrum: its bar is too short for the temperature, "
        "or a critical point is missing; lower the temperature, or complete `points`",
    )
    DROWNED = (
        3,
        "has drowned in round-off: its weights lie beyond the end of floats; raise the temperature",
    )


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The small eigenvalues of one degree at one temperature, ascending.

    Attributes
    ----------
    temperature : float
        The temperature h, [value].
    degree : int
        Of the forms on which the twisted differential acts.
    log_eigenvalues : ndarray, shape (n,)
        Natural logarithms, of [value]^2/[point]^2, one for each well that has a bar to end:
        extrapolated to a step of zero from a grid and one half as fine; nan where the eigenvalue is
        warm, `-inf` where it has drowned.
    errors : ndarray, shape (n,)
        Relative error of each: how much the extrapolation has changed it; `inf` where unknown.
    status : ndarray, shape (n,), int64
        A `Resolution` for each.
    rest : float
        About where the rest of the spectrum begins.
    cells : int
        Cells of the fine grid along its longest side.
    """

    temperature: float
    degree: int
    log_eigenvalues: Float[np.ndarray, " n"]
    errors: Float[np.ndarray, " n"]
    status: Int[np.ndarray, " n"]
    rest: float
    cells: int

    def __len__(self) -> int:
        return len(self.log_eigenvalues)

    @property
    def eigenvalues(self) -> Float[np.ndarray, " n"]:
        """The eigenvalues themselves; 0 from where floats end, at 1e-308."""
        return np.exp(self.log_eigenvalues)

    def __repr__(self) -> str:
        counts = [(kind, int((self.status == kind).sum())) for kind in Resolution]
        words = ", ".join(f"{count} {kind.name.lower()}" for kind, count in counts if count)
        return (
            f"Spectrum({len(self)} of degree {self.degree} at {self.temperature:.3g}"
            f"{': ' if words else ''}{words})"
        )


def spectrum(
    landscape: Landscape,
    points: CriticalPoints,
    temperature: float,
    *,
    degree: int = 0,
    cells: int | None = None,
    box: torch.Tensor | None = None,
) -> Spectrum:
    """Compute the exponentially small eigenvalues of the Witten Laplacian.

    It is `-h^2 Delta + |grad L|^2 - h Delta L` on functions (degree 0). In the plane, degree 1 are
    the eigenvalues of the Laplacian on 1-forms that it does not share with functions: those on
    2-forms, where the last sign is plus.

    Parameters
    ----------
    landscape : Landscape
        On a line or in the plane, growing in every direction or with a domain.
    points : CriticalPoints
        All critical points, none degenerate. Minima (degree 0 on a line or in the plane) or maxima
        (degree 1) are the wells.
    temperature : float
        The temperature h, positive, [value].
    degree : int
        0, or in the plane 1.
    cells : int, optional
        Cells along the longest side of the grid; by default enough for the narrowest well, at most
        8192 on a line and 200 in the plane.
    box : Tensor, shape (2, dim), optional
        Corners of the grid; by default a box on whose faces the landscape is high, or its domain.

    Returns
    -------
    Spectrum
        In degree 0 without the eigenvalue 0, whose function is `exp(-L/h)`.

    Raises
    ------
    ValueError
        If there is no such degree, an argument makes no sense, a point is degenerate, the box cuts
        the sublevel set, two wells lie in one cell, or no eigenvalue is resolved.

    References
    ----------
    Le Peutrec, Nier and Viterbo, Precise Arrhenius law for p-forms, 2013.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.EasyAndHard()
    >>> ml.witten.spectrum(land, land.critical_points, 0.05)
    Spectrum(2 of degree 0 at 0.05: 2 resolved)
    """
    found = computed(landscape, points, temperature, degree=degree, cells=cells, box=box)
    if len(found) and not (found.status == Resolution.RESOLVED).any():
        kind = Resolution(int(np.bincount(found.status).argmax()))
        raise ValueError(
            f"none of the {len(found)} eigenvalues of degree {degree} at temperature "
            f"{temperature:g} is resolved on {found.cells} cells; most of them show the same: each "
            f"{kind.message}"
        )
    return found


def computed(
    landscape: Landscape,
    points: CriticalPoints,
    temperature: float,
    *,
    degree: int,
    cells: int | None,
    box: torch.Tensor | None,
) -> Spectrum:
    """Return the spectrum as `spectrum` does, even if nothing is resolved."""
    _check(landscape, points, temperature, degree, cells)
    around = enclosing_box(landscape, points, temperature, box)
    if cells is None:
        cells = enough_cells(points, around, temperature, degree)
    fine, coarse = (
        _reduced(landscape, points, temperature, degree, size, around, floor)
        for size, floor in ((cells, FLOOR), (cells // 2, FLOOR - EARLIER))
    )
    heights = points.of_index(0 if degree == 0 else landscape.dim).values.detach().numpy()
    count = len(heights) - (degree == 0)
    most = _most_drowned(heights, temperature, float((around[1] - around[0]).max()) / cells)
    logs, errors, status = _judged(_padded(fine, count), _padded(coarse, count), most)
    rest = np.inf if fine is None else float(np.exp(fine.log_rate))
    return Spectrum(temperature, degree, logs, errors, status, rest, cells)


def _check(
    landscape: Landscape, points: CriticalPoints, temperature: float, degree: int, cells: int | None
) -> None:
    if landscape.dim > 2:
        raise ValueError(
            f"the Witten Laplacian is discretised on a line and in the plane, got {landscape!r} in "
            f"R^{landscape.dim}; restrict it to a plane with `Pullback`"
        )
    if degree not in range(landscape.dim):
        allowed = "0" if landscape.dim == 1 else "0 or 1"
        raise ValueError(f"`degree` must be {allowed} in R^{landscape.dim}, got {degree!r}")
    if not 0 < temperature < np.inf:
        raise ValueError(f"`temperature` must be positive and finite, got {temperature}")
    if cells is not None and cells < 8:
        raise ValueError(f"`cells` must be at least 8, got {cells}")
    bad = (points.indices < 0).nonzero().flatten().tolist()
    if bad or not bool((points.indices == 0).any()):
        raise ValueError(
            f"`points` must be all critical points, with a minimum and none degenerate, got "
            f"{points!r}{f', degenerate in rows {bad[:5]}' if bad else ''}; take them from "
            "`critical_points`, of a landscape moved by `perturb` where one is degenerate"
        )


def _reduced(
    landscape: Landscape,
    points: CriticalPoints,
    temperature: float,
    degree: int,
    cells: int,
    box: Float[np.ndarray, "2 dim"],
    floor: float,
) -> Reduction | None:
    """The equation on the wells that floats can hold; None where there is no such well."""
    grid = cells_of(landscape, box, cells, temperature)
    wells = points.of_index(0 if degree == 0 else landscape.dim).points.detach().numpy()
    rows = grid.rows(wells, degree)
    if len(np.unique(rows, axis=0)) < len(rows):
        raise ValueError(
            f"two wells of {landscape!r} lie in one cell of a grid with {cells} cells along its "
            "longest side, and half of `cells` must tell them apart; raise it"
        )
    level = window_level(points, temperature)
    if landscape.dim == 1:
        chain = chain_of(grid, level)
        return reduce_chain(chain, rows[:, 0] - chain.first)
    network = network_of(grid, degree, level, floor)
    rows = rows[network.masses[tuple(rows.T)] > 0]
    return reduce(network, rows) if len(rows) else None


def _padded(reduction: Reduction | None, count: int) -> Float[np.ndarray, " n"]:
    """The logarithms, with that of zero in front for each that is missing."""
    found = np.zeros(0) if reduction is None else reduction.log_eigenvalues()
    return np.concatenate([np.full(count - len(found), -np.inf), found])


def _most_drowned(heights: Float[np.ndarray, " n"], temperature: float, step: float) -> float:
    """Logarithm of the most that an eigenvalue can be whose weights lie beyond the end of floats.

    It is about a conductance over the mass of a well, and a high well has little mass: a lost
    eigenvalue need not be the smallest.
    """
    span = float(np.ptp(heights)) if len(heights) else 0.0
    return float(2 * (span / temperature + np.log(temperature / step)) - (FLOOR - EARLIER))


def _judged(
    fine: Float[np.ndarray, " n"], coarse: Float[np.ndarray, " n"], most: float
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Logarithms of the eigenvalues for a step of zero, the relative errors, and the status.

    Where one has drowned, the place of all that are less than `most` is unknown.
    """
    drowned = np.isneginf(fine) | np.isneginf(coarse)
    drowned |= drowned.any() & (fine < most)
    with np.errstate(invalid="ignore"):
        change = (fine - coarse) / (2**ORDER - 1)
        found = np.where(drowned, -np.inf, fine + change)
    found = np.where(np.isnan(change) & ~drowned, fine, found)
    errors = np.where(drowned | np.isnan(change), np.inf, np.abs(change))
    status = np.where(errors > COARSEST_ERROR, Resolution.COARSE, Resolution.RESOLVED)
    status = np.where(np.isnan(fine), Resolution.WARM, status)
    return found, errors, np.where(drowned, Resolution.DROWNED, status).astype(np.int64)
