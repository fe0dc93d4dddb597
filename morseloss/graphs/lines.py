"""`line_tops`: where the straight line between two minima goes over a top, for a few values.

The one idea: values alone say about where; the climb to the saddle, which starts there, does the
rest.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points, Rows
from morseloss.landscapes.landscape import Landscape
from morseloss.search.paths.curve import asked, tiny

__all__ = ["LineTops", "line_tops"]

# closer at the ends: a shallow well beside a deep one has its top near it
TIMES = (0.0, 1 / 32, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 31 / 32, 1.0)


@dataclass(frozen=True, eq=False)
class LineTops:
    """Tops of straight lines.

    Attributes
    ----------
    points : Tensor, shape (tops, dim)
        A line may have several, or none where the landscape is not finite.
    lines : Tensor, shape (tops,), int64
        Which line each belongs to.
    highest : Tensor, shape (lines,)
        Highest value seen on each line: about how high it goes.
    """

    points: Points
    lines: Rows
    highest: Float[Tensor, " lines"]


def line_tops(landscape: Landscape, starts: Points, ends: Points) -> LineTops:
    """Return the tops of the straight lines between points, each between the values around it.

    Parameters
    ----------
    landscape : Landscape
    starts, ends : Tensor, shape (lines, dim)
        Minima: where no value on the way is above its neighbours, the top is taken to be beside the
        higher end.
    """
    times = torch.tensor(TIMES).to(starts)
    nodes = starts[:, None] * (1 - times[:, None]) + ends[:, None] * times[:, None]
    values = asked(landscape.value, nodes)
    inner = torch.zeros_like(values, dtype=torch.bool)
    inner[:, 1:-1] = (values[:, 1:-1] > values[:, :-2]) & (values[:, 1:-1] >= values[:, 2:])
    bare = ~inner.any(1)
    inner[:, 1] |= bare & (values[:, 0] >= values[:, -1])
    inner[:, -2] |= bare & (values[:, 0] < values[:, -1])
    inner &= values.isfinite().all(1, keepdim=True)
    lines, at = inner.nonzero(as_tuple=True)
    when = _vertex(times, values[lines], at)[:, None]
    points = starts[lines] * (1 - when) + ends[lines] * when
    return LineTops(points, lines, values.amax(1))


def _vertex(
    times: Float[Tensor, " nodes"], values: Float[Tensor, "tops nodes"], at: Int[Tensor, " tops"]
) -> Float[Tensor, " tops"]:
    """Time of the vertex of the parabola through a node and its neighbours, between these."""
    row = torch.arange(len(at), device=at.device)
    left, right = times[at] - times[at - 1], times[at + 1] - times[at]
    rise = (values[row, at] - values[row, at - 1]) / left
    fall = (values[row, at + 1] - values[row, at]) / right
    bend = ((rise - fall) / (left + right)).clamp_min(tiny(values))
    shift = (rise * right + fall * left) / (left + right) / (2 * bend)
    return times[at] + torch.maximum(torch.minimum(shift, right), -left)
