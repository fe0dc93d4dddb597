"""Distances of barcodes of tensors: what the best matching costs, as a function of the numbers.

The one idea: a small change of the numbers leaves the best matching the best. So it is found on
plain numbers by the same code as everywhere, and torch sees what its pairs cost: all of them for
a Wasserstein distance, the one that costs most for the bottleneck distance.
"""

import math
import operator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.graphs.differentiable.pairing import TensorDiagram
from morseloss.graphs.differentiable.partners import ALONE, MATCH
from morseloss.graphs.differentiable.score import RATIOS, check_metric
from morseloss.graphs.differentiable.tensors import check_same_device, floats
from morseloss.topology.diagram import Diagram, Metric
from morseloss.topology.door import number

__all__ = ["bottleneck_distance", "wasserstein_distance"]

Columns = tuple[Float[Tensor, "*batch k"], Float[Tensor, "*batch k"]]
Sides = tuple[Tensor, Tensor, Tensor, Tensor]  # births and deaths of `a`, then of `b`


def bottleneck_distance(a: Any, b: Any, *, metric: Metric = "euclidean") -> Float[Tensor, "*batch"]:
    """Return the bottleneck distance of two barcodes of degree 0, differentiable in both.

    Parameters
    ----------
    a, b : TensorDiagram, Diagram, or Tensor of shape (..., k, 2)
        The barcodes, at least one of tensors; rows of births and deaths, `inf` for essential bars.
        Batches are compared graph by graph, and with a single barcode all of them.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane: the paper's, or that of gudhi and persim.

    Returns
    -------
    Tensor, shape (...)
        The distances, `inf` with gradient 0 where essential bars differ in number.

    Raises
    ------
    ValueError
        If a barcode is none of these, or of integers, the two lie on two devices or have two
        dtypes, or the batches do not fit.

    Notes
    -----
    The distance is what one pair of bars costs. Where several pairs cost as much, the gradient is
    that of the first of them in `ml.bottleneck_matching`; where both coordinates of a pair are as
    far apart in the max metric, half of it goes to each; where the distance is 0, it is 0.

    References
    ----------
    Barannikov et al., Loss barcode, Equation 5.

    Examples
    --------
    >>> import morseloss as ml
    >>> a = torch.tensor([[0.0, torch.inf], [1.0, 3.0]], requires_grad=True)
    >>> bottleneck_distance(a, ml.Diagram(births=[0.0], deaths=[torch.inf])).backward()
    >>> a.grad
    tensor([[ 0.0000,  0.0000],
            [-0.7071,  0.7071]])
    """
    check_metric(metric)
    return _distance(_sides(a, b), math.inf, metric)


def wasserstein_distance(
    a: Any, b: Any, *, order: float = 1, metric: Metric = "euclidean"
) -> Float[Tensor, "*batch"]:
    """Return a Wasserstein distance of two barcodes of degree 0, differentiable in both.

    Parameters
    ----------
    a, b, metric
        As in `bottleneck_distance`.
    order : float
        Exponent of the costs, at least 1 and finite.

    Returns
    -------
    Tensor, shape (...)
        The distances, `inf` with gradient 0 where essential bars differ in number.

    Raises
    ------
    ValueError
        As `bottleneck_distance` does, or if `order` is below 1.

    Notes
    -----
    Where several matchings are best, the gradient is that of `ml.wasserstein_matching`; a pair that
    costs nothing adds nothing to it.

    Examples
    --------
    >>> a = torch.tensor([[0.0, 4.0], [1.0, 2.0]], requires_grad=True)
    >>> b = torch.tensor([[0.0, 5.0]])
    >>> wasserstein_distance(a, b, metric="chebyshev").backward()
    >>> a.grad
    tensor([[ 0.0000, -1.0000],
            [-0.5000,  0.5000]])
    """
    check_metric(metric)
    order = number("order", order)
    if not 1 <= order < math.inf:
        raise ValueError(
            f"`order` must be from 1 to below inf, got {order}; use `bottleneck_distance` for inf"
        )
    return _distance(_sides(a, b), order, metric)


def _sides(a: Any, b: Any) -> Sides:
    """Return births and deaths of both barcodes, batches of one shape.

    Raises
    ------
    ValueError
        If neither is of tensors, or the two do not fit.
    """
    if isinstance(a, Diagram) and isinstance(b, Diagram):
        raise ValueError(
            "one of `a` and `b` must be of tensors, got two Diagrams; for plain numbers use "
            "`ml.bottleneck_distance` or `ml.wasserstein_distance`"
        )
    left, right = _columns("a", a, b), _columns("b", b, a)
    check_same_device(a=left[0], b=right[0])
    if left[0].dtype != right[0].dtype:
        raise ValueError(
            f"`a` and `b` must have one dtype, got {left[0].dtype} and {right[0].dtype}; convert "
            "one of them"
        )
    batches = left[0].shape[:-1], right[0].shape[:-1]
    try:
        batch = torch.broadcast_shapes(*batches)
    except RuntimeError:
        raise ValueError(
            "`a` and `b` must be batches of one shape, or one of them a single barcode, got "
            f"{tuple(batches[0])} and {tuple(batches[1])}"
        ) from None
    births, deaths, others, ends = (part.expand(*batch, part.shape[-1]) for part in (*left, *right))
    return births, deaths, others, ends


def _columns(name: str, bars: Any, other: Any) -> Columns:
    """Return births and deaths as tensors, those of a Diagram like the other barcode's.

    Raises
    ------
    ValueError
        If they are no barcode.
    """
    if isinstance(bars, TensorDiagram):
        return bars.births, bars.deaths
    if isinstance(bars, Diagram):
        like = other.births if isinstance(other, TensorDiagram) else other
        like = floats("b" if name == "a" else "a", like, "(..., k, 2), or a TensorDiagram")
        bars = bars.of_degree(0)
        births, deaths = (torch.tensor(part).to(like) for part in (bars.births, bars.deaths))
        return births, deaths
    rows = floats(name, bars, "(..., k, 2), or a TensorDiagram or Diagram")
    if rows.ndim < 2 or rows.shape[-1] != 2:
        raise ValueError(
            f"`{name}` must have shape (..., k, 2), rows of births and deaths, got "
            f"{tuple(rows.shape)}"
        )
    births, deaths = rows.unbind(-1)
    return births, deaths


def _distance(sides: Sides, order: float, metric: Metric) -> Tensor:
    """Return the norm of what the best matching costs."""
    found = MATCH(*(side.detach() for side in sides), order, metric)
    costs = _costs(sides, found, metric)
    total = costs.sum(-1)
    if 1 < order < math.inf:
        unit = _positive(costs.detach().amax(-1))
        powers = ((costs / unit[..., None]) ** order).sum(-1)
        total = torch.where(powers > 0, unit * _positive(powers) ** (1 / order), 0.0)
    essential = (side.isinf().sum(-1) for side in (sides[1], sides[3]))
    return torch.where(operator.eq(*essential), total, torch.inf)


def _costs(sides: Sides, found: Tensor, metric: Metric) -> Float[Tensor, "*batch c"]:
    """Return what the bars of `a` cost, then those of `b` that are alone, then a zero."""
    births, deaths, others, ends = sides
    partners, alone = found.split([births.shape[-1], others.shape[-1]], dim=-1)
    met = partners >= 0
    # an infinite death is as good as any other, for both of a pair have one
    ways = (births - _at(others, partners), deaths - _at(ends, partners))
    kept = (met, met & deaths.isfinite())
    steps = torch.stack([torch.where(*one, 0.0) for one in zip(kept, ways, strict=True)]).abs()
    if metric == "euclidean":
        unit = _positive(steps.detach().amax(0))
        between = unit * torch.linalg.vector_norm(steps / unit, dim=0)
    else:
        between = torch.maximum(*steps)
    down = torch.where(partners == ALONE, (deaths - births) / RATIOS[metric], 0.0)
    others_down = torch.where(alone == ALONE, (ends - others) / RATIOS[metric], 0.0)
    return torch.cat([between + down, others_down, torch.zeros_like(births[..., :1])], dim=-1)


def _at(part: Tensor, rows: Tensor) -> Tensor:
    """Return entries, and 0 where the row is no row."""
    padded = torch.cat([part, part.new_zeros((*part.shape[:-1], 1))], dim=-1)
    return padded.gather(-1, torch.where(rows < 0, part.shape[-1], rows))


def _positive(numbers: Tensor) -> Tensor:
    """Return numbers by which one may divide: 1 in place of 0."""
    return torch.where(numbers > 0, numbers, 1.0)
