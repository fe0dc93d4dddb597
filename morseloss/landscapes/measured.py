"""`measured`: doors that search a landscape in units of its box, and answer in the user's own.

The one idea: points go in divided by the units and come out multiplied, whatever record they are
in; values, indices and what is connected with what do not depend on units.
"""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import torch
from torch import Tensor

from morseloss.caution import caution
from morseloss.landscapes.critical import CriticalPoints, classify
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.units import InUnits, units_of
from morseloss.status import Interrupted, SearchError, Status

__all__ = ["measured"]

P = ParamSpec("P")
R = TypeVar("R")
Door = Callable[Concatenate[Landscape, P], R]

PLACES = {"points", "peaks", "paths"}  # fields that hold coordinates, in arrays
PART, ROUND_OFF = 1e-3, 1e-10  # of the box: where all searches end, and what one point is spread by


def measured(door: Door[P, R]) -> Door[P, R]:
    """Return a search that is done in units of the box where the box is far from 1 or a cube.

    Tensors of points, critical points, and callables of points among its arguments are converted,
    and so is what it returns or what an error has `found`.
    """

    @wraps(door)
    def through(landscape: Landscape, *args: P.args, **kwargs: P.kwargs) -> R:
        units = units_of(landscape) if isinstance(landscape, Landscape) else None
        if units is None:
            return door(landscape, *args, **kwargs)
        inner = InUnits(landscape, units)
        given: Any = [_inside(inner, argument) for argument in args]
        named: Any = {name: _inside(inner, argument) for name, argument in kwargs.items()}
        if named.get("pairs") is not None and callable(named["pairs"]):
            choose = named["pairs"]
            named["pairs"] = lambda points: choose(points * units.to(points))
        try:
            found = door(inner, *given, **named)  # pyright: ignore[reportCallIssue] of the same arguments
            _check_size(inner, found)
            return _outside(inner, found)
        except (Interrupted, SearchError) as stop:
            stop.found = _outside(inner, stop.found)
            raise

    return through


def _check_size(inner: InUnits, found: Any) -> None:
    """Warn where searches end in a small part of the box: it may be too large to tell points apart.

    Ends that are as near as round-off are of one point, whatever the box is.
    """
    if not isinstance(found, CriticalPoints):
        return
    ends, there = found.points, found.indices >= -1
    if found.origins is not None:
        ends, status = found.origins.points, found.origins.status
        there = (status == Status.CONVERGED) | (status == Status.DEGENERATE)
    ends = ends[there]
    spread = float((ends.amax(0) - ends.amin(0)).max()) if len(ends) else 0.0
    if ROUND_OFF < spread < PART:
        low, high = (ends * inner.units.to(ends)).aminmax(dim=0)
        caution(
            f"all searches in {inner.base!r} ended in less than a thousandth of its box, from "
            f"{_said(low)} to {_said(high)}: points are told apart to a millionth of the box, so "
            "several may count as one here; give it a box of the size of what is on it"
        )


def _said(place: Tensor) -> list[float]:
    return [float(f"{part:.3g}") for part in place.tolist()]


def _inside(inner: InUnits, argument: Any) -> Any:
    """An argument in units."""
    if isinstance(argument, CriticalPoints):
        if argument.space != inner.base.space or argument.points.shape[-1] != inner.dim:
            return argument  # the door says what is wrong
        return _moved(inner, argument, argument.points / inner.units.to(argument.points))
    points = isinstance(argument, Tensor) and argument.is_floating_point()
    if points and argument.ndim and argument.shape[-1] == inner.dim:
        return argument / inner.units.to(argument)
    return argument


def _outside(inner: InUnits, record: Any) -> Any:
    """A record of coordinates in units, in the user's own."""
    if isinstance(record, CriticalPoints):
        return _moved(
            inner.base, record, record.points * inner.units.to(record.points), inner.units
        )
    if not is_dataclass(record) or isinstance(record, type):
        return record
    units = inner.units.numpy()
    changed = {}
    for field in fields(record):
        part = getattr(record, field.name)
        if field.name in PLACES and isinstance(part, np.ndarray):
            changed[field.name] = part * units
        elif field.name in PLACES and isinstance(part, tuple):
            changed[field.name] = tuple(path * units for path in part)
        elif is_dataclass(part):
            changed[field.name] = _outside(inner, part)
    return replace(record, **changed) if changed else record


def _moved(
    landscape: Landscape, points: CriticalPoints, where: Tensor, units: Tensor | None = None
) -> CriticalPoints:
    """The same critical points on a landscape in other units: what they are does not change."""
    seen = classify(landscape, where)
    origins = points.origins
    if origins is not None and units is not None:
        origins = replace(origins, points=origins.points * units.to(origins.points))
    return replace(
        points, points=where.double() if where.dtype != torch.float64 else where,
        eigenvalues=seen.eigenvalues, residuals=seen.residuals, origins=origins, space=seen.space,
    )  # fmt: skip
