"""`Step`: a step of a trajectory as a function of the time, and where it crosses a level.

The one idea: the formula that made the step gives, at a part of its time, the points on the way, so
where a trajectory crosses a level is a root of a function of one number, found from both ends of
the step without following anything again.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from morseloss._rows import take
from morseloss._shapes import Gradients, Hessians, Points, Values
from morseloss.landscapes.boxes.walls import outside
from morseloss.landscapes.landscape import Landscape
from morseloss.search.modes import across, exponents, phi1, phi34

__all__ = ["MOST_GROWTH", "Step", "crossings", "walls_left"]

MOST_GROWTH = 60.0  # exponent by which a mode may grow in one step
LOOKS = (4, 4, 8)  # secant steps, after each of which what has settled is left
CLOSE_ENOUGH = 1e-8  # of the fall of the step: how far from its level a crossing may be
HALVINGS = 52  # of a step that leaves the domain


@dataclass(frozen=True, eq=False)
class Step:
    """One step of each trajectory.

    Attributes
    ----------
    before, above : Tensor
        Points and values before the step.
    span : Tensor, shape (rows,)
        Its length in time, [point]^2/[value].
    eigenvalues, slopes, second, third : Tensor, shape (rows, dim)
        Hessian and gradient along the modes; the remainder of the gradient at a part s of the step
        is `second s^2 + third s^3`.
    modes : Tensor, shape (rows, dim, dim)
    """

    before: Points
    above: Values
    span: Values
    eigenvalues: Gradients
    slopes: Gradients
    second: Gradients
    third: Gradients
    modes: Hessians

    def at(self, part: Values) -> Points:
        """Return the points after a part of each step, in [0, 1]."""
        s = part[:, None]
        t = s * self.span[:, None]
        z = exponents(self.eigenvalues, t, limit=MOST_GROWTH)
        phi3, phi4 = phi34(z)
        left = 2 * self.second * phi3 * s**2 + 6 * self.third * phi4 * s**3
        return self.before + across(self.modes, -t * (phi1(z) * self.slopes + left))


def crossings(landscape: Landscape, step: Step, below: Values, levels: Values) -> Points:
    """Return where steps reach their levels.

    Parameters
    ----------
    landscape : Landscape
    step : Step
    below : Tensor, shape (rows,)
        Values after the steps.
    levels : Tensor, shape (rows,)
        Between the values before and after.
    """
    part, height = torch.zeros_like(levels), step.above - levels
    bracket = torch.stack([part, part + 1, height, below - levels, 0 * part])
    rows = torch.arange(len(levels))
    for looks in LOOKS:
        best = torch.stack([part[rows], height[rows]])
        best, bracket = _secant(landscape, take(step, rows), levels[rows], best, bracket, looks)
        part[rows], height[rows] = best
        rough = height[rows].abs() > CLOSE_ENOUGH * (step.above - below)[rows]
        rows, bracket = rows[rough], bracket[:, rough]
        if not len(rows):
            break
    return step.at(part)


def _secant(
    landscape: Landscape, step: Step, levels: Values, best: Tensor, bracket: Tensor, looks: int
) -> tuple[Tensor, Tensor]:
    """Some secant steps (Illinois) that keep the root inside.

    Best is the part of the step and the height there that came nearest to the level; the bracket
    is both ends, the heights there, and the side on which the last look fell.
    """
    part, height = best
    low, high, over, under, side = bracket
    for _ in range(looks):
        look = (low * under - high * over) / (under - over)
        look = torch.where((look > low) & (look < high), look, (low + high) / 2)
        found = landscape.value(step.at(look)) - levels
        up, better = found >= 0, found.abs() < height.abs()
        part, height = torch.where(better, look, part), torch.where(better, found, height)
        # an end that has stayed twice is believed less
        over = torch.where(up, found, torch.where(side < 0, over / 2, over))
        under = torch.where(up, torch.where(side > 0, under / 2, under), found)
        low, high = torch.where(up, look, low), torch.where(up, high, look)
        side = torch.where(up, 1.0, -1.0)
    return torch.stack([part, height]), torch.stack([low, high, over, under, side])


def walls_left(landscape: Landscape, step: Step) -> Points:
    """Return where steps that begin inside the domain leave it."""
    low, high = torch.zeros_like(step.span), torch.ones_like(step.span)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        out = outside(landscape, step.at(middle))
        low, high = torch.where(out, low, middle), torch.where(out, middle, high)
    return step.at(low)
