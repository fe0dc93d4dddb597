"""`heights`: the value along each path, from one minimum to the other, with the top marked."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float
from tqdm import tqdm

from morseloss.graphs.graph import as_graph
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.stored_profiles import stored_profiles
from morseloss.plot.polylines import lengths_along, spread
from morseloss.plot.style import DASHES, GROUPS, INK, PASS, legend_above, literal, open_axes, say
from morseloss.plot.window import values_at
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Paths
from morseloss.search.paths.height import heights as heights_of

if TYPE_CHECKING:
    import matplotlib.axes

__all__ = ["heights"]

MOMENT = 2.0  # seconds
POINTS = 400  # points on each path, besides its own nodes
MOST_NAMES = 12  # paths beyond which they are not told apart


@dataclass(frozen=True, eq=False)
class _Profile:
    """One path as it is drawn: the values along it, and its top."""

    name: str
    lengths: Float[np.ndarray, " points"]
    values: Float[np.ndarray, " points"]
    top: tuple[float, float]


def heights(
    landscape: Landscape | Archive, paths: Any = None, ax: "matplotlib.axes.Axes | None" = None
) -> "matplotlib.axes.Axes":
    """Draw the value along each path against the part of its length that lies behind.

    Parameters
    ----------
    landscape : Landscape, Archive or Run
        Evaluated along the paths. Of a folder with networks what it has kept is drawn, and nothing
        is evaluated.
    paths : LandscapeGraph, Paths or str
        The paths of a graph, named by the rows of their ends, or those of `find_paths`, numbered.
        Of a folder the label of paths, or label and repeat; by default its only label.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        A diamond marks the top of each path: the weight of its edge. It is hollow where that is
        only an upper bound of the pass.

    Raises
    ------
    ValueError
        If the graph does not carry paths, or none are given.
    StoreError
        If the folder has no such paths.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1, line 8.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.MuellerBrown()
    >>> ml.plot.heights(land, ml.build_graph(land, land.critical_points)).get_ylabel()
    'value'
    """
    if isinstance(landscape, Archive):
        profiles = _of_folder(landscape, _only_label(landscape) if paths is None else paths)
        exact = np.zeros(len(profiles), dtype=bool)
    elif isinstance(paths, Paths):
        profiles, exact = _of_paths(landscape, paths), np.zeros(len(paths), dtype=bool)
    elif paths is None:
        raise ValueError(
            "`paths` must be the graph or the `Paths` along which the landscape is drawn, got "
            "none; pass what `build_graph` or `find_paths` gives"
        )
    else:
        graph = as_graph(paths)
        profiles = _of_graph(landscape, graph)
        exact = np.zeros(len(profiles), bool) if graph.exact is None else graph.exact
    ax = open_axes(ax, 5.6, 4.0)
    named = len(profiles) <= MOST_NAMES
    for row, profile in enumerate(profiles):
        colour = GROUPS[row % len(GROUPS)][0] if named else INK
        ax.plot(
            profile.lengths,
            profile.values,
            color=colour,
            linestyle=DASHES[row % len(DASHES)] if named else "-",
            linewidth=1.6 if named else 0.6,
            alpha=1.0 if named else 0.5,
            label=literal(profile.name),
        )
        ends = profile.values[[0, -1]]
        ax.plot([0, 1], ends, "o", color=INK, markersize=6, clip_on=False, zorder=4)
        fill = PASS if exact[row] else "white"
        ax.plot(
            *profile.top, "D", markersize=6, markerfacecolor=fill, markeredgecolor=PASS, zorder=5
        )
    if named and profiles:
        legend_above(ax, columns=6)
    if not profiles:
        say(ax, "no paths")
    ax.margins(y=0.08)
    ax.set(xlim=(0, 1), xlabel="part of the path's length", ylabel="value")
    return ax


def _of_graph(landscape: Landscape, graph: Any) -> list[_Profile]:
    if graph.paths is None:
        if not len(graph.weights):
            return []
        raise ValueError(
            "`paths` must be a graph with paths, or Paths, got a graph without; take it from "
            "`build_graph` or `graph_from_paths`; the paths of a run are `heights(run, label)`"
        )
    names = [f"{u} – {v}" for u, v in graph.edges.tolist()]
    profiles = []
    for edge, path in enumerate(graph.paths):
        lengths, points = spread(path, POINTS)
        values = values_at(landscape, points)
        top = int(values.argmax())
        if graph.peaks is not None:
            top = int(np.linalg.norm(points - graph.peaks[edge], axis=1).argmin())
        peak = float(lengths[top]), float(graph.weights[edge])
        profiles.append(_Profile(names[edge], lengths, values, peak))
    return profiles


def _only_label(archive: Archive) -> str:
    labels = sorted(archive.labels)
    if len(labels) != 1:
        there = f"it holds {', '.join(map(repr, labels))}" if labels else "it holds no paths yet"
        raise ValueError(
            f"`paths` must be a label of {archive.store.folder}, as in `heights(run, label)`, got "
            f"none; {there}"
        )
    return labels[0]


def _of_folder(archive: Archive, told: str | tuple[str, int]) -> list[_Profile]:
    label, repeat = (told, 0) if isinstance(told, str) else told
    with _bar(0) as bar:
        found = stored_profiles(archive, label, repeat, progress=bar)
    columns = found.names, found.lengths, found.values, found.tops.tolist()
    return [
        _Profile(name, lengths, values, (top[0], top[1]))
        for name, lengths, values, top in zip(*columns, strict=True)
    ]


def _of_paths(landscape: Landscape, paths: Paths) -> list[_Profile]:
    if isinstance(landscape, NetworkLandscape):
        with _bar(len(paths)) as bar:
            tops = network_heights(landscape, paths, progress=bar)
        per_piece = (tops.sampled.shape[1] - 1) // paths.curve.pieces(paths.controls.shape[1])
        every = tops.sampled.detach().cpu().numpy()
    else:
        tops, every = heights_of(landscape, paths), None
        per_piece = -(-POINTS // paths.curve.pieces(paths.controls.shape[1]))
    lines = paths.polylines(per_piece).detach().cpu().numpy()
    profiles = []
    for row, line in enumerate(lines):
        lengths = lengths_along(line)
        time = float(tops.times[row])
        place = float(np.interp(time, np.linspace(0, 1, len(line)), lengths))
        values = values_at(landscape, line) if every is None else every[row]
        profiles.append(_Profile(f"path {row}", lengths, values, (place, float(tops.values[row]))))
    return profiles


@contextmanager
def _bar(count: int) -> Iterator[Progress]:
    """Show on a terminal how many paths are done, where that takes longer than a moment."""
    with tqdm(
        desc="paths", total=count, leave=False, disable=None, delay=MOMENT, file=sys.stderr
    ) as bar:

        def show(done: int, _: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.refresh()

        yield show
