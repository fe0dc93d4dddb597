"""`to_score`: the TO-score of tensors, the length of one bar.

The one idea: the score is the longest bar that ends, so its gradient lies in one minimum and one
edge.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.graphs.differentiable.pairing import TensorDiagram
from morseloss.kinds import check_kind
from morseloss.topology.diagram import Metric

__all__ = ["check_metric", "to_score"]

RATIOS = {"euclidean": math.sqrt(2), "chebyshev": 2.0}  # length of a bar by its way to the diagonal


def to_score(bars: TensorDiagram, *, metric: Metric = "euclidean") -> Float[Tensor, "*batch"]:
    """Return the TO-score of a graph, or of each of a batch: the longest bar's way to the diagonal.

    Parameters
    ----------
    bars : TensorDiagram
        Of `barcode`.
    metric : {"euclidean", "chebyshev"}
        Metric of the birth-death plane: the paper's, or that of gudhi and persim.

    Returns
    -------
    Tensor, shape (...)
        What `ml.to_score` finds, to the bit in float64. 0 with gradient 0 where no bar ends.

    Raises
    ------
    ValueError
        If it is no TensorDiagram, or the metric is unknown.

    Notes
    -----
    Of equally long bars the one counts whose edge has the last row. With the conventions of
    `barcode` that is the longest one of a graph whose weights are raised by their row times
    something tiny, its values by less. So at ties, too, the gradient is a limit of gradients at
    graphs without ties: an element of Clarke's generalised gradient.

    References
    ----------
    Barannikov et al., Loss barcode, Definition 3 and Equations 3-5.

    Clarke, Optimization and Nonsmooth Analysis, 1983, Theorem 2.5.1.

    Examples
    --------
    >>> from morseloss.graphs.differentiable import barcode
    >>> weights = torch.tensor([3.0], requires_grad=True)
    >>> bars = barcode(torch.tensor([0.0, 1.0]), [[0, 1]], weights)
    >>> to_score(bars, metric="chebyshev").backward()
    >>> weights.grad
    tensor([0.5000])
    """
    check_kind("bars", bars, TensorDiagram, "take `barcode(values, edges, weights)`")
    check_metric(metric)
    ends = bars.finite
    lengths = torch.where(ends, bars.lifetimes.detach(), -1.0)
    longest = lengths == lengths.amax(dim=-1, keepdim=True)
    last = torch.where(longest, bars.death_cells, -1).argmax(dim=-1, keepdim=True)
    found = bars.lifetimes.gather(-1, last)[..., 0] / RATIOS[metric]
    return torch.where(ends.any(dim=-1), found, torch.zeros_like(found))


def check_metric(metric: str) -> None:
    """Pass one of the two metrics of the plane.

    Raises
    ------
    ValueError
        If it is another.
    """
    if metric not in RATIOS:
        raise ValueError(
            f'`metric` must be "euclidean" (the paper) or "chebyshev" (gudhi, persim), got '
            f"{metric!r}"
        )
