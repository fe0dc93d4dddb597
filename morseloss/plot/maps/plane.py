"""`plane`: the loss on the plane through three networks, and the paths between them.

The one idea: only what lies on the plane is drawn solid. A path that leaves it casts a shadow,
which is dotted, since the colours under it are not those along it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch

from morseloss.kinds import check_kind
from morseloss.networks.along.places import places_on
from morseloss.networks.along.plane import Plane
from morseloss.networks.paths.relayed import Relayed
from morseloss.plot.maps.contours import fill_contours, levels
from morseloss.plot.style import INK, PASS, halo, legend_above, literal, open_axes
from morseloss.search.paths.curve import Paths

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["plane"]

TIMES = 201  # points of a path
CLOSE = 0.01  # of the grid's larger side: so far off the plane a path counts as on it
RESOLVED = 0.4  # part of the grid whose values have levels at even steps


def plane(
    plane: Plane,
    paths: Paths | Relayed | None = None,
    ax: "matplotlib.axes.Axes | None" = None,
    *,
    names: Sequence[str] = ("0", "1", "2"),
) -> "matplotlib.axes.Axes":
    """Draw the loss on the plane through three networks.

    Parameters
    ----------
    plane : Plane
        As `networks.plane` gives it.
    paths : Paths or Relayed, optional
        Drawn where they lie on the plane; the shadow of what does not is dotted.
    ax : Axes, optional
        Where to draw; by default a new figure. A colour bar comes along.
    names : sequence of str
        What the three are called.

    Returns
    -------
    Axes
        Of equal aspect: distances are those between networks. Levels are even over the lower part
        of the grid and ever wider beyond.

    Raises
    ------
    ValueError
        If it is no plane, has no finite value, or there are not three names.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018, Figure 1.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> land = ml.analytic.DoubleWell(3)
    >>> corners = torch.tensor([[-1.0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=torch.float64)
    >>> ml.plot.plane(ml.networks.plane(land, corners, steps=5)).get_aspect()
    1.0
    """
    check_kind("plane", plane, Plane, "make one by `networks.plane(landscape, corners)`")
    if len(names) != 3:
        raise ValueError(f"`names` must hold 3 names, one a network, got {len(names)}: {names!r}")
    box, values = plane.box.cpu().numpy(), plane.values.detach().double().cpu().numpy()
    x, y = np.linspace(box[0], box[1], len(values)).T
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise ValueError("`plane` has no finite value; take other corners, or a smaller `margin`")
    ax = open_axes(ax, 5.8, 4.8)
    low, top = float(finite.min()), float(np.quantile(finite, RESOLVED))
    top = top if top > low else low + (abs(low) or 1.0)
    fill_contours(ax, (x, y, np.ma.masked_invalid(values)), levels(finite, low, top))
    if paths is not None:
        _draw_paths(ax, plane, paths)
    places = plane.project(plane.corners).cpu().numpy()
    ax.plot(*places.T, "o", markersize=7, markerfacecolor="white", markeredgecolor=INK, zorder=4)
    for name, place in zip(names, places.tolist(), strict=True):
        ax.annotate(
            literal(name), place, (6, 5), textcoords="offset points", color=INK, weight="bold",
            zorder=6, path_effects=halo(3),
        )  # fmt: skip
    ax.set(xlim=box[:, 0], ylim=box[:, 1], aspect="equal")
    ax.set(xlabel="distance along the first axis", ylabel="distance along the second axis")
    legend_above(ax)
    return ax


def _draw_paths(ax: "matplotlib.axes.Axes", plane: Plane, paths: Paths | Relayed) -> None:
    """Draw paths, or their shadows."""
    times = torch.linspace(0, 1, TIMES, dtype=torch.float64)
    reach = CLOSE * float(np.ptp(plane.box.cpu().numpy(), axis=0).max())
    for path in places_on(paths, times):
        line = plane.project(path).detach().cpu().numpy()
        off = plane.distances(path).detach().cpu().numpy() > reach
        for part, dashes, name in ((~off, "-", "path"), (off, (0, (1, 1.2)), "path off the plane")):
            if part.any():
                shown = np.where(part[:, None], line, np.nan)
                ax.plot(
                    *shown.T, color=PASS, linewidth=2, linestyle=dashes, label=name,
                    path_effects=halo(3.4), zorder=3,
                )  # fmt: skip
