"""`network_heights`: the highest loss on each path, over all images, in bounded memory.

The one idea: the same search for the top as everywhere, a few paths and a few networks at a time;
in single precision where double costs more, and then confirmed in double.
"""

from dataclasses import replace

import torch

from morseloss._shapes import Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.wrappers import Counted
from morseloss.networks.loss.engine import Dense
from morseloss.networks.loss.memory.blocks import whole_blocks
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.span import Span, spans
from morseloss.networks.paths.confirmed import confirmed
from morseloss.search.iterate import Progress
from morseloss.search.paths.curve import Paths
from morseloss.search.paths.height import Heights, heights
from morseloss.status import Interrupted

__all__ = ["network_heights"]

HELD = 2**31  # bytes of the networks along paths
NEAR = 16  # networks of a span at a time: their small layers stay in the cache


class _InParts(Landscape):
    """A landscape that looks at no more than `rows` points at a time."""

    def __init__(self, whole: Landscape, rows: int) -> None:
        self.whole, self.rows, self.dim = whole, rows, whole.dim

    def value(self, points: Points) -> Values:
        """Return the values at the points, one a row."""
        return torch.cat([self.whole.value(part) for part in points.split(self.rows)])


def network_heights(
    landscape: Landscape,
    paths: Paths,
    *,
    rows: int = 1024,
    points: int = 64,
    closing: int = 12,
    search: torch.dtype | None = None,
    progress: Progress | None = None,
) -> Heights:
    """Return the highest loss on each path, ends included: the best barrier found.

    It is an upper bound of the barrier between the two ends; no path was shown to be the best.

    Parameters
    ----------
    landscape : Landscape
        On all images.
    paths : Paths
    rows : int
        Networks held at a time, fewer where they are large. Paths are taken in groups of about so
        many sampled points.
    points : int
        On each path before closing in, at least, evenly spread; 2 or more on each of its pieces. On
        networks of digits 32 found the same tops to 2e-8.
    closing : int
        Golden-section steps around each sampled top; 12 bring the time to 3e-3 of a sample's
        width, and the loss, which is flat there, to far less.
    search : torch.dtype, optional
        Precision in which the top is looked for. By default float64 for chains of linear layers and
        for what is no network, float32 for all other networks, whose double precision costs several
        times as much.
    progress : callable, optional
        Gets `(paths done, paths left, paths)`.

    Returns
    -------
    Heights
        On the device of the paths; in float64, whatever the precision of the paths. After a search
        in float32 `sampled` is as good as float32 between the ends, and `values` are those of the
        landscape at `times` all the same: at both ends, and wherever else the top can be, double
        precision has looked. They are lower than after a search in float64 by twice the error of
        float32 at most, and where the loss is smooth along the path, by 1e-8 of themselves.

    Raises
    ------
    ValueError
        If `rows` or `points` is below 1, or `search` neither of the two.
    Interrupted
        At an interrupt from the keyboard; `found` holds the heights of the first paths.

    References
    ----------
    Barannikov et al., Loss barcode, Algorithm 1, line 8.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.paths.network_heights import network_heights
    >>> land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    >>> line = torch.tensor([[[-1.0], [1.0]]], dtype=torch.float64)
    >>> network_heights(land, ml.Paths(line, ml.Polyline(), torch.tensor([1]))).values
    tensor([1.], dtype=torch.float64)
    """
    if min(rows, points) < 1:
        raise ValueError(f"`rows` and `points` must be 1 or more, got {rows} and {points}")
    search = _search(landscape, search)
    rows = min(rows, whole_blocks(HELD // (8 * max(landscape.dim, 1))))
    count = paths.controls.shape[1]
    pieces = paths.curve.pieces(count)
    samples = max(2, -(-points // pieces))
    spanned = spans(landscape, count)
    size = 1 if spanned else max(1, rows // (pieces * samples + 1))
    found: list[Heights] = []
    done = 0
    try:
        for group in torch.arange(len(paths)).split(size) if len(paths) else ():
            if progress is not None:
                progress(done, len(paths) - done, len(paths))
            some = Paths(paths.controls[group].double(), paths.curve, paths.status[group])
            of = _of_span if spanned else _of_points if search == torch.float64 else _confirmed
            found.append(of(landscape, some, rows, samples, closing))
            done += len(group)
    except KeyboardInterrupt:
        raise Interrupted(_joined(found, paths)) from None
    return _joined(found, paths)


def _search(landscape: Landscape, search: torch.dtype | None) -> torch.dtype:
    """The precision in which tops are looked for."""
    if search is None:
        bare = landscape.base if isinstance(landscape, Counted) else landscape
        other = isinstance(bare, NetworkLandscape) and not isinstance(bare.engine, Dense)
        return torch.float32 if other else torch.float64
    if search not in (torch.float32, torch.float64):
        raise ValueError(f"`search` must be torch.float32 or torch.float64, got {search}")
    return search


def _confirmed(
    landscape: Landscape, paths: Paths, rows: int, samples: int, closing: int
) -> Heights:
    return confirmed(_InParts(landscape, rows), paths, samples=samples, closing=closing)


def _of_points(
    landscape: Landscape, paths: Paths, rows: int, samples: int, closing: int
) -> Heights:
    return heights(_InParts(landscape, rows), paths, samples=samples, closing=closing)


def _of_span(landscape: Landscape, paths: Paths, rows: int, samples: int, closing: int) -> Heights:
    """The same of one path, in the coordinates that are the weights of its control points."""
    assert isinstance(landscape, NetworkLandscape), "as `spans` demands"
    controls = paths.controls[0]
    corners = torch.eye(len(controls), dtype=controls.dtype, device=controls.device)
    line = replace(paths, controls=corners[None])
    found = _of_points(Span(landscape, controls), line, min(rows, NEAR), samples, closing)
    return replace(found, points=found.points @ controls)


def _joined(found: list[Heights], paths: Paths) -> Heights:
    empty = paths.controls.new_zeros(0, dtype=torch.float64)
    nowhere = empty.reshape(0, paths.controls.shape[2])
    return Heights(
        torch.cat([empty, *(part.values for part in found)]),
        torch.cat([empty, *(part.times for part in found)]),
        torch.cat([nowhere, *(part.points for part in found)]),
        torch.cat([part.sampled for part in found]) if found else empty.reshape(0, 0),
    )
