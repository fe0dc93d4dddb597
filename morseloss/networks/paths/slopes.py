"""How steep the landscape is along a path, and across it, while the path is being trained.

The one idea: on a path of steepest descent the gradient has no part across the path, so the part
that is left tells how far the path is from settled; the part along it only moves points along.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Indices
from morseloss.graphs.graph import many
from morseloss.landscapes.landscape import Landscape
from morseloss.search.paths.curve import Curve, Paths

__all__ = ["SlopeRecord", "Slopes", "tangential_and_normal"]

NEAR = 1e-5  # of the whole time: between two points this far apart lies the tangent


@dataclass(frozen=True, eq=False)
class Slopes:
    """Norms of the two parts of the gradient along paths.

    Attributes
    ----------
    times : Tensor, shape (t,)
        From 0 to 1.
    tangential, normal : Tensor, shape (paths, t)
        Norms of the parts along and across the path, [value]/[point].
    values : Tensor, shape (paths, t)
    """

    times: Float[Tensor, " t"]
    tangential: Float[Tensor, "paths t"]
    normal: Float[Tensor, "paths t"]
    values: Float[Tensor, "paths t"]

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"Slopes({many(len(self), 'path')} at {len(self.times)} times)"


def tangential_and_normal(
    landscape: Landscape, paths: Paths, *, times: Tensor | int = 21, rows: int = 256
) -> Slopes:
    """Return the norms of the gradient along and across each path.

    Parameters
    ----------
    landscape : Landscape
        All the data, for the gradient itself. On mini-batches the norms hold their noise as well.
    paths : Paths
    times : Tensor, shape (t,), or int
        Where, or at how many evenly spread times, ends included.
    rows : int
        Points in one call of the landscape: bounds the memory.

    Returns
    -------
    Slopes

    Raises
    ------
    ValueError
        If a time is outside [0, 1], or there are fewer than 2, or `rows` is below 1.

    Notes
    -----
    The tangent at a corner of a polyline is that of both sides' mean. Where a path stands still it
    has none, and the whole gradient counts as normal.

    References
    ----------
    Barannikov et al., Loss barcode, Appendix H, Figures 19 (tangential) and 20 (orthogonal).

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.paths.slopes import tangential_and_normal
    >>> bowl = ml.Function(lambda x: (x**2).sum(-1) / 2, dim=2)
    >>> line = torch.tensor([[[-1.0, 3.0], [1.0, 3.0]]], dtype=torch.float64)
    >>> paths = ml.Paths(line, ml.Polyline(), torch.tensor([1]))
    >>> slopes = tangential_and_normal(bowl, paths, times=3)
    >>> slopes.tangential.round(decimals=6), slopes.normal.round(decimals=6)
    (tensor([[1., 0., 1.]], dtype=torch.float64), tensor([[3., 3., 3.]], dtype=torch.float64))
    """
    if rows < 1:
        raise ValueError(f"`rows` must be 1 or more, got {rows}")
    controls = paths.controls
    where = _times(times)
    before, after = (where - NEAR).clamp_min(0), (where + NEAR).clamp_max(1)
    step = (_weights(paths.curve, after, controls) - _weights(paths.curve, before, controls)) / NEAR
    tangents = torch.nn.functional.normalize(step.to(controls) @ controls, dim=-1)
    points = _weights(paths.curve, where, controls).to(controls) @ controls
    parts = [
        (landscape.gradient(some), landscape.value(some))
        for some in points.flatten(0, 1).split(rows)
    ]
    gradients = torch.cat([part for part, _ in parts]).reshape(points.shape)
    values = torch.cat([part for _, part in parts]).reshape(points.shape[:2])
    along = (gradients * tangents).sum(-1, keepdim=True)
    across = (gradients - along * tangents).norm(dim=-1)
    return Slopes(where.to(controls), along.abs().squeeze(-1), across, values)


class SlopeRecord:
    """Slopes of all paths, before and while they are trained: a `trace` for `find_paths`.

    Parameters
    ----------
    landscape : Landscape
        On which to take them: all the data, as a rule, and not the mini-batches of the training.
    curve : Curve
        Of the method.
    every : int
        Steps between two looks: an epoch's, as a rule.
    times : Tensor or int
        As for `tangential_and_normal`.

    Attributes
    ----------
    steps : list of int
        Steps done at each look.
    slopes : list of Slopes
    rows : list of Tensor
        Which paths were still trained then, as rows of `starts` and `ends`.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.paths.slopes import SlopeRecord
    >>> land = ml.analytic.Himmelblau()
    >>> minima = land.critical_points.of_index(0).points
    >>> method = ml.GradientPath(learning_rate=2e-3)
    >>> record = SlopeRecord(land, method.curve, every=20)
    >>> paths = ml.find_paths(land, minima[:1], minima[1:2], method, max_steps=40, trace=record)
    >>> record.steps, bool(record.slopes[2].normal.max() <= record.slopes[0].normal.max())
    ([0, 20, 40], True)
    """

    def __init__(
        self, landscape: Landscape, curve: Curve, *, every: int, times: Tensor | int = 21
    ) -> None:
        if every < 1:
            raise ValueError(f"`every` must be 1 step or more, got {every}")
        self.landscape, self.curve, self.every, self.times = landscape, curve, every, _times(times)
        self.steps: list[int] = []
        self.slopes: list[Slopes] = []
        self.rows: list[Indices] = []
        self._next = 0

    def __call__(self, state: Any, rows: Indices) -> None:
        """Take the slopes if it is time."""
        step, self._next = self._next, self._next + 1
        if step % self.every:
            return
        paths = Paths(state.controls, self.curve, state.status)
        self.slopes.append(tangential_and_normal(self.landscape, paths, times=self.times))
        self.steps.append(step)
        self.rows.append(rows.clone())


def _times(times: Tensor | int) -> Tensor:
    where = torch.linspace(0, 1, times, dtype=torch.float64) if isinstance(times, int) else times
    if where.ndim != 1 or len(where) < 2 or not bool(((where >= 0) & (where <= 1)).all()):
        raise ValueError(f"`times` must hold 2 numbers or more from 0 to 1, got {times}")
    return where.to(torch.float64)


def _weights(curve: Curve, times: Tensor, controls: Tensor) -> Tensor:
    return curve.weights(times.to(controls.device), controls.shape[1])
