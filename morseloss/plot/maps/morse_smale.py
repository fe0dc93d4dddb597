"""`morse_smale`: the critical points of a planar landscape, what flows between them, who pairs.

The one idea: a bar is a ring. The two critical points which a bar joins wear rings of one colour.
Each point carries its row, by which `plot.barcode` calls the ends of its bars, too.
"""

from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float

from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.landscape import Landscape
from morseloss.plot.maps.contours import draw_contours
from morseloss.plot.maps.flows import FLOWS, flow_lines, points_of
from morseloss.plot.marks import KINDS, kinds, mark
from morseloss.plot.polylines import spread
from morseloss.plot.seams import cut, moved_in
from morseloss.plot.style import INK, halo, legend_above, open_axes
from morseloss.plot.window import window_around
from morseloss.topology import Diagram

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["morse_smale"]

PAIRED, ESSENTIAL = "ends of one bar", "essential bar"
RINGS = ("#4b2e63", "#b5487a", "#4f7d3b", "#d9a13b", "#2f8f8a", "#8b6fb8", "#7a3b1d", "#9fbf6b")
"""Colours of the bars, in turn; neighbours differ in grey."""
ROOM = 0.05  # from a point to its number, in units of the map's sides


def morse_smale(
    landscape: Landscape,
    complex: MorseComplex,
    ax: "matplotlib.axes.Axes | None" = None,
    box: Float[torch.Tensor, "2 dim"] | None = None,
    levels: Float[np.ndarray, " levels"] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw the Morse complex of a landscape in two variables: cells, flow lines and bars.

    Parameters
    ----------
    landscape : Landscape
        Of dimension 2, drawn as a contour map.
    complex : MorseComplex
        Its critical points, marked by their index, and the flow lines between them where it knows
        them. Lines that run off to infinity are no part of it.
    ax : Axes, optional
        Where to draw; by default a new figure. A colour bar comes along.
    box : Tensor, shape (2, 2), optional
        Lower and upper corner of the window; by default one around the complex, or else the box
        of the landscape.
    levels : ndarray, shape (k,), optional
        Contour levels, increasing: give the same to all frames of a family. By default even ones
        up to a little above the highest pass, and ever wider ones beyond.

    Returns
    -------
    Axes
        Flow lines from saddles down to minima are solid, those from maxima down to saddles
        dashed. Every point carries its row. The points where a bar is born and where it dies
        wear a ring of one colour; that of an essential bar wears a double ring.

    Raises
    ------
    ValueError
        If the dimension is not 2, `complex` has another or no points, or no window is known.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix A.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.DoubleWell(2)
    >>> alone = ml.MorseComplex([0.0], [0], [[0]], points=[[-1.0, -1.0]])
    >>> ml.plot.morse_smale(land, alone).texts[0].get_text()
    '0'
    """
    if landscape.dim != 2:
        raise ValueError(
            f"`landscape` must have dimension 2, got {landscape!r} of dimension {landscape.dim}; "
            "draw one variable with `plot.landscape`, three with `plot.level_surface`, and the "
            "bars in any dimension with `plot.barcode(complex.diagram())`"
        )
    points, lines = points_of(complex, landscape), flow_lines(complex, landscape)
    window = window_around(landscape, [points, *(path for _, path in lines)], box)
    points = moved_in(landscape, window, points)
    lines = [(name, part) for name, path in lines for part in cut(landscape, window, path)]
    paths = [path for _, path in lines]
    ax = open_axes(ax, 6.4, 5.2)
    draw_contours(landscape, ax, window, complex.values.tolist(), levels)
    scale = float(np.clip(np.sqrt(25 / max(len(points), 1)), 0.5, 1.0))
    mark(ax, points, kinds(complex.indices, 2), scale=scale)
    for name, path in lines:
        ax.plot(*path.T, label=name, path_effects=halo(3.2 * scale), zorder=2, **FLOWS[name])
    _draw_bars(ax, complex.diagram(), points, _free_sides(ax, points, paths), scale)
    legend_above(ax, columns=3, order=(*KINDS, *FLOWS, PAIRED, ESSENTIAL))
    return ax


def _draw_bars(
    ax: "matplotlib.axes.Axes",
    bars: Diagram,
    points: Float[np.ndarray, "n 2"],
    sides: Float[np.ndarray, "n 2"],
    scale: float,
) -> None:
    """Put rings around the ends of each bar, and the row of each point beside it."""
    twice = halo(9.4 * scale, INK) + halo(6.6 * scale)
    ends = zip(bars.birth_cells.tolist(), bars.death_cells.tolist(), strict=True)
    for bar, (birth, death) in enumerate(ends):
        ended = death >= 0
        rows = [birth, death] if ended else [birth]
        ax.plot(
            *points[rows].T, "o", markersize=13.5 * scale, markerfacecolor="white",
            markeredgecolor=RINGS[bar % len(RINGS)] if ended else INK,
            markeredgewidth=2.4 * scale, path_effects=None if ended else twice,
            label=PAIRED if ended else ESSENTIAL, zorder=3,
        )  # fmt: skip
        for row in rows:
            ax.annotate(
                str(row), tuple(points[row]), tuple(18 * scale * sides[row]),
                textcoords="offset points",
                ha="center", va="center_baseline", size=10 * scale, color=INK, weight="bold",
                path_effects=halo(3 * scale), zorder=6, annotation_clip=True,
            )  # fmt: skip


def _free_sides(
    ax: "matplotlib.axes.Axes",
    points: Float[np.ndarray, "n 2"],
    paths: list[Float[np.ndarray, "_ 2"]],
) -> Float[np.ndarray, "n 2"]:
    """Return for each point the direction in which a number is farthest from everything else."""
    from scipy.spatial import KDTree

    if not len(points):
        return points
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False) + np.pi / 4
    sides = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    drawn = np.concatenate([points, *(spread(path, 100)[1] for path in paths)])
    places = (points - low)[:, None] / (high - low) + ROOM * sides
    clear = KDTree((drawn - low) / (high - low)).query(places)[0]
    edge = np.minimum(places, 1 - places).min(axis=-1)
    return sides[np.minimum(clear, edge).argmax(axis=1)]
