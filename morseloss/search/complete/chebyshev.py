"""Chebyshev series on boxes: fitted to values at nodes, summed, restricted to smaller boxes.

The one idea: on `[-1, 1]` every Chebyshev polynomial stays between -1 and 1, so the absolute sum of
coefficients bounds what they add up to, anywhere in the box; and to look closer is a matrix.

A batch of series has the shape (cells, components, n, ..., n), with one axis n a variable.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["coefficients", "nodes", "restricted", "summed"]

Series = Float[Tensor, "cells components ..."]
Corners = Float[Tensor, "cells dim"]


def nodes(count: int, like: Tensor) -> Float[Tensor, " count"]:
    """Return the zeros of the Chebyshev polynomial of a degree, in `[-1, 1]`."""
    return torch.cos(math.pi * (_degrees(count, like) + 0.5) / count)


def coefficients(values: Series) -> Series:
    """Return the series through values at the nodes."""
    matrix = _fit(values.shape[-1], values)
    for axis in range(2, values.ndim):
        values = _along(matrix, values, axis)
    return values


def restricted(series: Series, low: Corners, high: Corners) -> Series:
    """Return the series of the same polynomials on parts of their boxes, corners in `[-1, 1]`."""
    count = series.shape[-1]
    middle, half = (high + low) / 2, (high - low) / 2
    for axis in range(low.shape[1]):
        places = middle[:, axis, None] + half[:, axis, None] * nodes(count, series)
        matrix = _fit(count, series) @ _polynomials(places, count)
        series = _along(matrix, series, axis + 2)
    return series


def summed(series: Series, points: Corners) -> Float[Tensor, "cells components"]:
    """Return the values at one point of `[-1, 1]^dim` in each cell."""
    for axis in reversed(range(points.shape[1])):
        polynomials = _polynomials(points[:, axis], series.shape[-1])
        series = torch.einsum("c...n,cn->c...", series, polynomials)
    return series


def _degrees(count: int, like: Tensor) -> Float[Tensor, " count"]:
    return torch.arange(count, dtype=like.dtype, device=like.device)


def _polynomials(places: Float[Tensor, "*batch"], count: int) -> Float[Tensor, "*batch count"]:
    """The Chebyshev polynomials of degree below `count` at places in `[-1, 1]`."""
    return torch.cos(torch.arccos(places.clamp(-1.0, 1.0))[..., None] * _degrees(count, places))


def _fit(count: int, like: Tensor) -> Float[Tensor, "count count"]:
    """The matrix from values at the nodes to coefficients."""
    matrix = _polynomials(nodes(count, like), count).T * (2 / count)
    matrix[0] /= 2
    return matrix


def _along(matrix: Tensor, series: Series, axis: int) -> Series:
    """Multiply one axis by a matrix, one for all cells or one a cell."""
    moved = series.movedim(axis, -1)
    rows = moved.flatten(1, -2)
    return (rows @ matrix.mT).reshape(moved.shape).movedim(-1, axis)
