"""Distances between barcodes at any scale, each with the matching that attains it.

Finite bars are matched with each other or with the diagonal; essential bars with each other alone,
in the order of their births. Used on diagrams, and on plain `(n, 2)` arrays of births and deaths.
"""

from morseloss.topology.distances.bottleneck import bottleneck_distance, bottleneck_matching
from morseloss.topology.distances.matching import Matching
from morseloss.topology.distances.sides import Bars
from morseloss.topology.distances.wasserstein import wasserstein_distance, wasserstein_matching

__all__ = [
    "Bars",
    "Matching",
    "bottleneck_distance",
    "bottleneck_matching",
    "wasserstein_distance",
    "wasserstein_matching",
]
