"""Loss barcodes: how hard the local minima of a landscape are to escape, measured by topology."""

from typing import TYPE_CHECKING, Any

from morseloss import analytic, escape, interop, plot, witten
from morseloss.boundary import flow_lines, morse_complex
from morseloss.build import build_graph, graph_from_paths
from morseloss.certificate import Certificate
from morseloss.critical import CriticalPoints, Origins, classify, merge
from morseloss.files import (
    load_complex,
    load_diagram,
    load_graph,
    load_polynomial,
    save_complex,
    save_diagram,
    save_graph,
)
from morseloss.graph import LandscapeGraph, as_graph
from morseloss.landscape import Function, Landscape, sample_box
from morseloss.morse import FlowLines, MorseComplex
from morseloss.persistence import barcode, direct_barcode, merge_tree, minimax
from morseloss.perturb import perturb
from morseloss.polynomial import Polynomial
from morseloss.search.critical_set import critical_points
from morseloss.search.curve import Bezier, Paths, Polyline
from morseloss.search.curves import BezierCurve, PolygonalChain
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.height import Heights, heights
from morseloss.search.minima import find_minima
from morseloss.search.paths import find_paths
from morseloss.search.point_paths import (
    DistanceCriterion,
    GradientPath,
    LossCriterion,
    RefinedPath,
)
from morseloss.search.saddles import find_saddles
from morseloss.search.string import ClimbingString
from morseloss.status import Interrupted, SearchError, Status
from morseloss.topology import (
    CanonicalForm,
    ChainComplex,
    Diagram,
    Filtration,
    Matching,
    MergeTree,
    bottleneck_distance,
    bottleneck_matching,
    canonical_form,
    to_score,
    wasserstein_distance,
    wasserstein_matching,
)
from morseloss.wrappers import Counted, Negated, OnBox, Pullback, Tilted

if TYPE_CHECKING:
    from morseloss import networks

__version__ = "0.1.0"

__all__ = [
    "Bezier",
    "BezierCurve",
    "CanonicalForm",
    "Certificate",
    "ChainComplex",
    "ClimbingString",
    "Counted",
    "CriticalPoints",
    "Diagram",
    "DistanceCriterion",
    "Filtration",
    "FlowLines",
    "Function",
    "GradientPath",
    "Heights",
    "Interrupted",
    "Landscape",
    "LandscapeGraph",
    "LossCriterion",
    "Matching",
    "MergeTree",
    "MorseComplex",
    "Negated",
    "OnBox",
    "Origins",
    "Paths",
    "PolygonalChain",
    "Polyline",
    "Polynomial",
    "Pullback",
    "RefinedPath",
    "SaddleDynamics",
    "SearchError",
    "Status",
    "Tilted",
    "analytic",
    "as_graph",
    "barcode",
    "bottleneck_distance",
    "bottleneck_matching",
    "build_graph",
    "canonical_form",
    "classify",
    "critical_points",
    "direct_barcode",
    "escape",
    "find_minima",
    "find_paths",
    "find_saddles",
    "flow_lines",
    "graph_from_paths",
    "heights",
    "interop",
    "load_complex",
    "load_diagram",
    "load_graph",
    "load_polynomial",
    "merge",
    "merge_tree",
    "minimax",
    "morse_complex",
    "networks",
    "perturb",
    "plot",
    "sample_box",
    "save_complex",
    "save_diagram",
    "save_graph",
    "to_score",
    "wasserstein_distance",
    "wasserstein_matching",
    "witten",
]


def __getattr__(name: str) -> Any:
    """Import `networks` when it is first asked for: not every user has one."""
    if name == "networks":
        from importlib import import_module

        return import_module("morseloss.networks")
    raise AttributeError(f"module 'morseloss' has no attribute {name!r}")
