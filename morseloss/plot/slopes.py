"""`slopes`: how steep the landscape is along a path, or across it, while the path is trained.

The one idea: one line a moment, from pale to dark as time goes on. Across a settled path there is
no slope left; along it there is, but at its ends and its top.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np

from morseloss.plot.style import legend_above, open_axes, ramp, say

if TYPE_CHECKING:
    import matplotlib.axes

    from morseloss.networks.paths.slopes import SlopeRecord, Slopes

__all__ = ["slopes"]

TONES = ("#dca06f", "#a63d17", "#17324d")
LABELS = {"normal": "gradient norm across the path", "tangential": "gradient norm along the path"}


def slopes(
    record: "SlopeRecord",
    ax: "matplotlib.axes.Axes | None" = None,
    part: Literal["normal", "tangential"] = "normal",
    path: int = 0,
    moments: int = 5,
) -> "matplotlib.axes.Axes":
    """Draw one part of the gradient along a path at several moments of its training.

    Parameters
    ----------
    record : SlopeRecord
        Has been the `trace` of `find_paths`.
    ax : Axes, optional
        Where to draw; by default a new figure.
    part : {"normal", "tangential"}
        The part across the path, which the training shall take away, or the part along it.
    path : int
        Row of `starts` and `ends`.
    moments : int
        How many looks to draw, at most: the first, the last, and between them those whose steps
        are nearest to a geometric row.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the part is neither of the two, `moments` is below 1, or the path was never looked at.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix H, Figures 19 (tangential) and 20 (normal).

    Examples
    --------
    >>> import morseloss as ml
    >>> from morseloss.networks import SlopeRecord
    >>> land = ml.analytic.Himmelblau()
    >>> ends = land.critical_points.of_index(0).points
    >>> method = ml.GradientPath(learning_rate=2e-3)
    >>> record = SlopeRecord(land, method.curve, every=10)
    >>> paths = ml.find_paths(land, ends[:1], ends[1:2], method, max_steps=40, trace=record)
    >>> ml.plot.slopes(record).get_ylabel()
    'gradient norm across the path'
    """
    if part not in LABELS:
        raise ValueError(f'`part` must be "normal" or "tangential", got {part!r}')
    if moments < 1:
        raise ValueError(f"`moments` must be 1 or more, got {moments}")
    looks = _looks(record, path)
    ax = open_axes(ax, 5.6, 4.0)
    if not looks:
        say(ax, "no looks")
    colours = ramp(TONES)
    chosen = _chosen([step for step, _, _ in looks], moments)
    for place, number in enumerate(chosen):
        step, row, found = looks[number]
        ax.plot(
            found.times.cpu(),
            getattr(found, part)[row].detach().cpu(),
            color=colours(place / max(len(chosen) - 1, 1)),
            linewidth=1.7,
            label=f"step {step}",
        )
    legend_above(ax, columns=3)
    ax.set(xlim=(0, 1), xlabel="time along the path", ylabel=LABELS[part])
    ax.set_ylim(0, None)
    return ax


def _looks(record: "SlopeRecord", path: int) -> "list[tuple[int, int, Slopes]]":
    """Return step, row in the batch and slopes of the looks at a path."""
    looks = []
    for step, found, rows in zip(record.steps, record.slopes, record.rows, strict=True):
        place = (rows == path).nonzero().flatten().tolist()
        looks += [(step, row, found) for row in place]
    if record.steps and not looks:
        seen = sorted({row for rows in record.rows for row in rows.tolist()})
        raise ValueError(f"`path` must be a row that was looked at, one of {seen}, got {path}")
    return looks


def _chosen(steps: list[int], moments: int) -> list[int]:
    """Return the numbers of the looks to draw, in order."""
    if len(steps) <= moments:
        return list(range(len(steps)))
    if moments == 1:
        return [len(steps) - 1]
    wanted = np.geomspace(steps[0] + 1, steps[-1] + 1, moments)  # the first may be step 0
    return sorted({int(np.abs(np.log1p(steps) - np.log(at)).argmin()) for at in wanted})
