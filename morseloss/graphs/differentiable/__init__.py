"""Bars of graphs of tensors, and what is computed from them, with gradients.

The one idea: which minimum and which edge belong to a bar is found on plain numbers by the same
code as everywhere; births and deaths are then entries of the tensors, and torch does the rest.
"""

from morseloss.graphs.differentiable.pairing import TensorDiagram, barcode
from morseloss.graphs.differentiable.score import to_score
from morseloss.graphs.differentiable.transport import bottleneck_distance, wasserstein_distance

__all__ = [
    "TensorDiagram",
    "barcode",
    "bottleneck_distance",
    "to_score",
    "wasserstein_distance",
]
