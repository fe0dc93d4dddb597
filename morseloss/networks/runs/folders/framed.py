"""`framed`: the networks that paths of a label end at: minima, or their copies in one frame.

The one idea: a copy has the loss of its minimum, which is all that a graph holds. A label is told
apart by a digest of its frame; one without has the stage that it always had.
"""

from typing import Any

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.runs.fingerprint import digest

__all__ = ["framed"]

SAME = 1e-5  # of 1 and the loss: a copy differs by round-off, of single precision at most


def framed(
    landscape: NetworkLandscape, minima: Points, training: Training, frame: Points | None
) -> tuple[Points, dict[str, Any]]:
    """Return where paths end, and what the stage of their label says of it.

    Raises
    ------
    ValueError
        If a row of the frame is no copy of the minimum of that row, or paths were to be aligned
        again.
    """
    if frame is None:
        return minima, {}
    check_points(landscape, frame, "frame")
    if len(frame) != len(minima):
        raise ValueError(
            f"`frame` must have a copy of each of the {len(minima)} minima, got {len(frame)}; take "
            "`universe(landscape, run.minima)`, under a label of its own"
        )
    if training.aligned:
        raise ValueError(
            "paths end at the copies of `frame`, and are not aligned pair by pair: take a training "
            "with `aligned=False`"
        )
    values, copies = (landscape.value(rows.to(landscape.device)) for rows in (minima, frame))
    apart = ((copies - values).abs() > SAME * (1 + values.abs())).nonzero().flatten().tolist()
    if apart:
        told = f"{float(copies[apart[0]]):.6g} and not {float(values[apart[0]]):.6g}"
        raise ValueError(
            f"row {apart[0]} of `frame` is no copy of minimum {apart[0]}: its loss is {told}; take "
            "`universe(landscape, run.minima)`"
        )
    return frame.cpu(), {"frame": digest(frame)}
