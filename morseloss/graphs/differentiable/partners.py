"""Who is matched with whom, as tensors of one shape for every matching.

The one idea: the matching is found on plain numbers, graph by graph; what torch gets is a partner
for each bar.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from morseloss.graphs.differentiable.operators import operator_of
from morseloss.graphs.differentiable.tensors import numbers
from morseloss.topology.distances import bottleneck_matching, wasserstein_matching

__all__ = ["ALONE", "MATCH", "match"]

ALONE, LEFT_OUT = -1, -2  # matched with the diagonal; of no account for the distance


def match(
    births: Tensor, deaths: Tensor, others: Tensor, ends: Tensor, order: float, metric: str
) -> Tensor:
    """Return the partner of each bar of `a`, then what becomes of each bar of `b`.

    Parameters
    ----------
    births, deaths : Tensor, shape (..., k)
        Of the bars of `a`.
    others, ends : Tensor, shape (..., l)
        Births and deaths of the bars of `b`.
    order : float
        Of the Wasserstein distance; `inf` is the bottleneck distance, of which only the first of
        the pairs that cost most counts.
    metric : str
        Of the birth-death plane.

    Returns
    -------
    Tensor, shape (..., k + l), int64
        For a bar of `a` the row of its partner, -1 for the diagonal; for one of `b` -1 if it is
        matched with the diagonal. -2 is a bar that does not count, or counts already: all of them
        where essential bars differ in number.
    """
    parts = (births, deaths, others, ends)
    *batch, k = births.shape
    count = math.prod(batch)
    columns = [numbers(part).reshape(count, part.shape[-1]) for part in parts]
    found = np.full((count, k + others.shape[-1]), LEFT_OUT)
    for row, sides in zip(found, zip(*columns, strict=True), strict=True):
        _put(row, k, sides, (order, metric))
    return torch.from_numpy(found).reshape(*batch, found.shape[1]).to(births.device)


def _put(row: np.ndarray, k: int, sides: tuple, how: tuple[float, Any]) -> None:
    """Write the pairs of one matching, where they make a finite distance."""
    a, b = np.column_stack(sides[:2]), np.column_stack(sides[2:])
    order, metric = how
    if order == np.inf:
        matching = bottleneck_matching(a, b, metric=metric)
        start = int(matching.costs.argmax()) if len(matching) else 0
        counted = slice(start, start + 1)
    else:
        matching = wasserstein_matching(a, b, order=order, metric=metric)
        counted = slice(None)
    if matching.distance == np.inf:
        return
    for one, other in matching.pairs[counted].tolist():
        if one >= 0:
            row[one] = other
        else:
            row[k + other] = ALONE


def _no_match(
    births: Tensor, deaths: Tensor, others: Tensor, ends: Tensor, order: float, metric: str
) -> Tensor:
    """Return a tensor like that of the partners, for tracing."""
    width = births.shape[-1] + others.shape[-1]
    return births.new_empty((*births.shape[:-1], width), dtype=torch.int64)


ARGUMENTS = "Tensor births, Tensor deaths, Tensor others, Tensor ends, float order, str metric"
MATCH = operator_of(f"barcode_partners({ARGUMENTS})", match, _no_match)
