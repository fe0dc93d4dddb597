"""Persistence of filtered graphs and complexes, on arrays alone: no landscape and no path here."""

from morseloss.topology.canonical import CanonicalForm, canonical_form
from morseloss.topology.chain_complex import ChainComplex
from morseloss.topology.diagram import Diagram, Metric, to_score
from morseloss.topology.direct import direct_rule
from morseloss.topology.distances import (
    Matching,
    bottleneck_distance,
    bottleneck_matching,
    wasserstein_distance,
    wasserstein_matching,
)
from morseloss.topology.elder import elder_rule, elder_rule_of_blocks
from morseloss.topology.filtration import Filtration
from morseloss.topology.grids import grid_barcode, grid_basins
from morseloss.topology.merge_tree import MergeTree, merge_tree
from morseloss.topology.minimax import minimax
from morseloss.topology.provenance import Provenance

__all__ = [
    "CanonicalForm",
    "ChainComplex",
    "Diagram",
    "Filtration",
    "Matching",
    "MergeTree",
    "Metric",
    "Provenance",
    "bottleneck_distance",
    "bottleneck_matching",
    "canonical_form",
    "direct_rule",
    "elder_rule",
    "elder_rule_of_blocks",
    "grid_barcode",
    "grid_basins",
    "merge_tree",
    "minimax",
    "to_score",
    "wasserstein_distance",
    "wasserstein_matching",
]
