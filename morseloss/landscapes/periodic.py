"""`Periodic`: a landscape some of whose coordinates are angles, on a torus or a cylinder.

The one idea: the values are those of the base, which repeats itself; what is new is the space, on
which points that differ by whole periods are one. Searches, flows and strings ask it by themselves.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from morseloss.kinds import check_count
from morseloss.landscapes.landscape import Box, Landscape, check_landscape
from morseloss.landscapes.spaces.torus import torus
from morseloss.landscapes.wrappers import _Wrapper
from morseloss.topology.door import number, reals

__all__ = ["Periodic", "checked_periods"]

PROBES = 16  # points at which values a period apart are compared
SAME = 1e-8  # of 1 and the size of the values: more is no round-off
LONGER = 1e-6  # of a period: by so much a box may be longer, in float32 say


class Periodic(_Wrapper):
    """The same landscape on a torus or a cylinder.

    Points that differ by whole periods are one: `find_minima`, `critical_points`, `build_graph`
    and `morse_complex` work as on R^d, and so do the pictures. The alternating count of a complete
    set is 0 there, and the space itself has bars without end: 1, 2, 1 on a torus in two variables.

    Parameters
    ----------
    base : Landscape
        Periodic where it is said to be, at all points: it is asked beyond one period too. Along
        the axes that are not periodic it must grow, as on R^d.
    periods : sequence of float, or float
        The period of each axis, `inf` for one that is not periodic; one number stands for all.

    Attributes
    ----------
    space : Torus
        Points have their representatives in `[0, period)`.
    box : Tensor, shape (2, dim), or None
        The box of the base; one period where it has none and every axis is periodic.

    Raises
    ------
    ValueError
        If the periods are not one positive number an axis; if values a period apart differ; if
        the base has a domain (`OnBox`) or lies on a torus already; if its box is longer than a
        period.

    Examples
    --------
    >>> import math, torch, morseloss as ml
    >>> land = ml.Periodic(ml.Function(lambda x: torch.cos(x).sum(-1), dim=2), 2 * math.pi)
    >>> starts = ml.sample_box(land, 64, generator=torch.Generator().manual_seed(0))
    >>> ml.find_minima(land, starts)
    CriticalPoints(1 point in T^2: 1 minimum)
    """

    def __init__(self, base: Landscape, periods: Sequence[float] | Tensor | float) -> None:
        check_landscape(base, "base")
        self.periods = checked_periods(periods, base.dim)
        super().__init__(base)
        if base.domain is not None or base.space.euler != 1:
            what = "has a domain" if base.domain is not None else "has periods or symmetries"
            raise ValueError(
                f"`base` must live on the whole of R^{base.dim}, got {base!r}, which {what} "
                "already; make `Periodic` of the landscape inside, with all periods at once"
            )
        self.space = torus(self.periods)
        self.box = _box(base, self.periods)
        self._check_repeats()

    def __repr__(self) -> str:
        return f"Periodic({self.base!r}, {[float(f'{p:.6g}') for p in self.periods]})"

    def _check_repeats(self) -> None:
        """Refuse a base whose values a period apart differ."""
        points = _probes(self.box, self.periods)
        here = self.base.value(points)
        for axis, period in enumerate(self.periods):
            if not math.isfinite(period):
                continue
            beyond = points.clone()
            beyond[:, axis] += period
            there = self.base.value(beyond)
            size = 1 + torch.maximum(here.abs(), there.abs())
            off = ((here - there).abs() > SAME * size) | (here.isfinite() != there.isfinite())
            if bool(off.any()):
                row = int(off.nonzero()[0])
                place = ", ".join(f"{x:.4g}" for x in points[row].tolist())
                raise ValueError(
                    f"`base` must repeat itself along axis {axis} with the period {period:.8g}, "
                    f"got {float(here[row]):.12g} at ({place}) and {float(there[row]):.12g} one "
                    f"period further; mend the period, or give `inf` for an axis that is not "
                    "periodic"
                )


def checked_periods(periods: Sequence[float] | Tensor | float, dim: int) -> tuple[float, ...]:
    """Return one period an axis.

    Raises
    ------
    ValueError
        If there are more or fewer than `dim`, or one is not positive.
    """
    if isinstance(periods, Tensor):
        periods = periods.tolist()
    if isinstance(periods, int | float):
        periods = [periods] * dim
    check_count("dim", dim)
    found = tuple(float(p) for p in reals("periods", periods))
    if len(found) != dim:
        raise ValueError(
            f"`periods` must hold one number for each of {dim} axes, got {len(found)}; give `inf` "
            "for an axis that is not periodic"
        )
    wrong = [axis for axis, period in enumerate(found) if not period > 0]
    if wrong:
        raise ValueError(
            f"`periods` must be positive, got {number('period', found[wrong[0]])} for axis "
            f"{wrong[0]}; give `inf` for an axis that is not periodic"
        )
    return found


def _box(base: Landscape, periods: tuple[float, ...]) -> Box | None:
    """The box of the base, or one period."""
    if base.box is None:
        if not all(map(math.isfinite, periods)):
            return None
        high = torch.tensor(periods, dtype=torch.float64)
        return torch.stack([torch.zeros_like(high), high])
    for axis, (low, high) in enumerate(base.box.T.tolist()):
        if high - low > periods[axis] * (1 + LONGER):
            raise ValueError(
                f"the box of `base` must be no longer than a period, got [{low:g}, {high:g}] on "
                f"axis {axis} of period {periods[axis]:.8g}; cut it to one period, or leave `box` "
                "out"
            )
    return base.box


def _probes(box: Box | None, periods: tuple[float, ...]) -> Tensor:
    """Points of one period, in the box along the other axes, always the same ones."""
    generator = torch.Generator().manual_seed(0)
    unit = torch.rand(PROBES, len(periods), generator=generator, dtype=torch.float64)
    low, high = torch.tensor([[0.0] * len(periods), periods], dtype=torch.float64)
    free = high.isinf()
    if box is not None:
        low, high = torch.where(free, box[0], low), torch.where(free, box[1], high)
    else:
        low, high = torch.where(free, -1.0, low), torch.where(free, 1.0, high)
    return low + (high - low) * unit
