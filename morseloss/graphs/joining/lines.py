"""`line_tops`: where the line between two minima, straight or bowed, goes over a top.

The one idea: values alone say about where; the climb to the saddle, which starts there, does the
rest.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from morseloss._shapes import Points, Rows
from morseloss.landscapes.landscape import Landscape
from morseloss.search.eigenmodes import eigenmodes
from morseloss.search.paths.curve import asked, tiny

__all__ = ["LineTops", "bows", "line_tops"]

# closer at the ends: a shallow well beside a deep one has its top near it
TIMES = (0.0, 1 / 32, 1 / 8, 1 / 4, 3 / 8, 1 / 2, 5 / 8, 3 / 4, 7 / 8, 31 / 32, 1.0)
BOWS = (-0.5, -0.25, 0.25, 0.5)  # of the distance of two minima: how far a line between bows out
SOFT = 3  # modes of a pass along which it does


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


def line_tops(
    landscape: Landscape, starts: Points, ends: Points, aside: Points | None = None
) -> LineTops:
    """Return the tops of lines between points, each between the values around it.

    Parameters
    ----------
    landscape : Landscape
    starts, ends : Tensor, shape (lines, dim)
        Minima: where no value on the way is above its neighbours, the top is taken to be beside the
        higher end.
    aside : Tensor, shape (lines, dim), optional
        How far the middle of each line, a parabola, is put aside; by default they are straight.
    """

    def at(when: Tensor, rows: Rows | slice) -> Tensor:
        straight = starts[rows] * (1 - when) + ends[rows] * when
        return straight if aside is None else straight + 4 * when * (1 - when) * aside[rows]

    times = torch.tensor(TIMES).to(starts)
    nodes = torch.stack([at(time, slice(None)) for time in times], 1)
    values = asked(landscape.value, nodes)
    inner = torch.zeros_like(values, dtype=torch.bool)
    inner[:, 1:-1] = (values[:, 1:-1] > values[:, :-2]) & (values[:, 1:-1] >= values[:, 2:])
    bare = ~inner.any(1)
    inner[:, 1] |= bare & (values[:, 0] >= values[:, -1])
    inner[:, -2] |= bare & (values[:, 0] < values[:, -1])
    inner &= values.isfinite().all(1, keepdim=True)
    lines, tops = inner.nonzero(as_tuple=True)
    when = _vertex(times, values[lines], tops)[:, None]
    return LineTops(at(when, lines), lines, values.amax(1))


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


def bows(
    landscape: Landscape, saddles: Points, ways: Points, matrix: Float[np.ndarray, "dim dim"]
) -> Float[Tensor, "saddles bows dim"]:
    """Return how far to put the middle of lines over passes aside, both ways along soft modes.

    Parameters
    ----------
    landscape : Landscape
    saddles : Tensor, shape (saddles, dim)
        The passes.
    ways : Tensor, shape (saddles, dim)
        From one minimum of each to the other.
    matrix : ndarray, shape (dim, dim)
        Coordinates `points @ matrix` in which distances mean something.
    """
    modes = eigenmodes(landscape.hessian(saddles))[1].mT[:, 1 : 1 + SOFT]
    metric = torch.from_numpy(matrix).to(ways)
    long = (ways @ metric).norm(dim=-1)[:, None, None]
    modes = long * modes / (modes @ metric).norm(dim=-1, keepdim=True)
    return torch.cat([bow * modes for bow in BOWS], 1)
