"""`along`: one measure along paths: loss, error or any metric, largest curvature or trace.

The one idea: one measure a picture, one line a path; several pictures with one time axis tell what
goes with what.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from morseloss.plot.style import DASHES, INK, LEAF, PASS, legend_above, legible, open_axes, say

if TYPE_CHECKING:
    import matplotlib.axes

    from morseloss.networks.along.along import Along

__all__ = ["along"]

LABELS = {
    "value": "loss with weight decay",
    "largest": "largest curvature",
    "trace": "trace of the Hessian",
}
COLOURS = (INK, PASS, LEAF)
LONG = 9  # letters in a label, of which fewer fit into a row
MOST_NAMES = 12  # paths beyond which they are not told apart


def along(
    found: "Along",
    ax: "matplotlib.axes.Axes | None" = None,
    measure: str = "loss",
    labels: Sequence[str] | None = None,
) -> "matplotlib.axes.Axes":
    """Draw one measure along each path.

    Parameters
    ----------
    found : Along
    ax : Axes, optional
        Where to draw; by default a new figure.
    measure : str
        `"value"`, `"loss"`, a metric's name, `"largest"` or `"trace"`, which has its standard error
        as a band.
    labels : sequence of str, optional
        What the paths are called; of paths in a folder `stored_profiles(run, label).names`. By
        default they are numbered.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If nothing of this name was measured, or there are more or fewer labels than paths.

    References
    ----------
    Garipov et al., "Loss surfaces, mode connectivity, and fast ensembling of DNNs", 2018, Figure 2.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks import Along
    >>> times, values = torch.linspace(0, 1, 3), torch.tensor([[0.0, 1.0, 0.0]])
    >>> found = Along(times, values, {"error": values}, 10, None)
    >>> ml.plot.along(found, measure="error").get_ylabel()
    'error'
    """
    heights = found.measure(measure).detach().cpu()
    labels = [f"path {row}" for row in range(len(found))] if labels is None else [*labels]
    if len(labels) != len(found):
        raise ValueError(
            f"`labels` must name {len(found)} paths, got {len(labels)}; one a path, in their order"
        )
    ax = open_axes(ax, 5.6, 4.0)
    times = found.times.cpu()
    named = len(found) <= MOST_NAMES
    for row, line in enumerate(heights):
        colour = COLOURS[row % len(COLOURS)]
        dashes = DASHES[row % len(DASHES)] if named else "-"  # told apart in grey, too
        ax.plot(
            times, line, color=colour, linestyle=dashes, linewidth=1.7, label=legible(labels[row])
        )
        if measure == "trace" and found.curvature is not None:
            error = found.curvature.trace_errors.reshape(heights.shape)[row].detach().cpu()
            ax.fill_between(times, line - error, line + error, color=colour, alpha=0.2, linewidth=0)
    if named and len(found) > 1:
        legend_above(ax, columns=6 if max(map(len, labels)) < LONG else 3)
    if not len(found):
        say(ax, "no paths")
    ax.margins(y=0.08)
    ax.set(xlim=(0, 1), xlabel="time along the path", ylabel=LABELS.get(measure, measure))
    return ax
