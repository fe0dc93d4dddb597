"""Loss barcodes: how hard the local minima of a landscape are to escape, measured by topology."""

from typing import TYPE_CHECKING, Any

from morseloss import keyboard  # noqa: F401, first, for the others take seconds

# isort: split
from morseloss.complexes.boundary import flow_lines, morse_complex
from morseloss.complexes.families import vineyard
from morseloss.complexes.morse import FlowLines, MorseComplex
from morseloss.files import (
    load_complex,
    load_database,
    load_diagram,
    load_graph,
    load_polynomial,
    save_complex,
    save_database,
    save_diagram,
    save_graph,
)
from morseloss.graphs.build import build_graph, graph_from_paths
from morseloss.graphs.databases.connections import connect
from morseloss.graphs.databases.database import Database
from morseloss.graphs.databases.soft_climbs import SoftClimbs, expand
from morseloss.graphs.graph import LandscapeGraph, as_graph
from morseloss.graphs.persistence import (
    barcode,
    barcode_of_blocks,
    direct_barcode,
    merge_tree,
    minimax,
)
from morseloss.graphs.sampled import grid_graph
from morseloss.graphs.two_sided import bracketed
from morseloss.landscapes import analytic
from morseloss.landscapes.certificate import Certificate
from morseloss.landscapes.critical import CriticalPoints, Origins, classify, merge
from morseloss.landscapes.landscape import Function, Landscape, sample_box
from morseloss.landscapes.lennard_jones import LennardJones
from morseloss.landscapes.periodic import Periodic
from morseloss.landscapes.perturb import perturb
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.symmetries.matrix_group import MatrixGroup, Translations
from morseloss.landscapes.symmetries.particles import Particles
from morseloss.landscapes.symmetries.quotient import Quotient
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.landscapes.wrappers import Counted, Negated, OnBox, Pullback, Tilted
from morseloss.overview.analyse import analyse
from morseloss.overview.analysis import Analysis
from morseloss.search.brackets.communication import Communication, communication
from morseloss.search.brackets.krawczyk import Proofs, prove
from morseloss.search.complete.critical_set import critical_points
from morseloss.search.dynamics import SaddleDynamics
from morseloss.search.minima import find_minima
from morseloss.search.paths.curve import Bezier, Paths, Polyline
from morseloss.search.paths.find_paths import find_paths
from morseloss.search.paths.height import Heights, heights
from morseloss.search.paths.point_paths import (
    DistanceCriterion,
    GradientPath,
    LossCriterion,
    RefinedPath,
)
from morseloss.search.paths.string import ClimbingString
from morseloss.search.paths.trained_curves import BezierCurve, PolygonalChain
from morseloss.search.saddles import find_saddles
from morseloss.status import Interrupted, SearchError, Status
from morseloss.topology import (
    CanonicalForm,
    ChainComplex,
    Diagram,
    Filtration,
    Matching,
    MergeTree,
    Provenance,
    bottleneck_distance,
    bottleneck_matching,
    canonical_form,
    grid_barcode,
    grid_basins,
    to_score,
    wasserstein_distance,
    wasserstein_matching,
)
from morseloss.topology.vines import Vineyard

if TYPE_CHECKING:
    from morseloss import escape, interop, networks, plot, witten
    from morseloss.graphs import differentiable

__version__ = "0.1.0"

__all__ = [
    "Analysis",
    "Bezier",
    "BezierCurve",
    "CanonicalForm",
    "Certificate",
    "ChainComplex",
    "ClimbingString",
    "Communication",
    "Counted",
    "CriticalPoints",
    "Database",
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
    "LennardJones",
    "LossCriterion",
    "Matching",
    "MatrixGroup",
    "MergeTree",
    "MorseComplex",
    "Negated",
    "OnBox",
    "Origins",
    "Particles",
    "Paths",
    "Periodic",
    "PolygonalChain",
    "Polyline",
    "Polynomial",
    "Proofs",
    "Provenance",
    "Pullback",
    "Quotient",
    "RefinedPath",
    "SaddleDynamics",
    "SearchError",
    "SoftClimbs",
    "Status",
    "Tilted",
    "Translations",
    "TrigonometricPolynomial",
    "Vineyard",
    "analyse",
    "analytic",
    "as_graph",
    "barcode",
    "barcode_of_blocks",
    "bottleneck_distance",
    "bottleneck_matching",
    "bracketed",
    "build_graph",
    "canonical_form",
    "classify",
    "communication",
    "connect",
    "critical_points",
    "differentiable",
    "direct_barcode",
    "escape",
    "expand",
    "find_minima",
    "find_paths",
    "find_saddles",
    "flow_lines",
    "graph_from_paths",
    "grid_barcode",
    "grid_basins",
    "grid_graph",
    "heights",
    "interop",
    "load_complex",
    "load_database",
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
    "prove",
    "sample_box",
    "save_complex",
    "save_database",
    "save_diagram",
    "save_graph",
    "to_score",
    "vineyard",
    "wasserstein_distance",
    "wasserstein_matching",
    "witten",
]


LATER = {name: f"morseloss.{name}" for name in ("escape", "interop", "networks", "plot", "witten")}
LATER["differentiable"] = "morseloss.graphs.differentiable"


def __getattr__(name: str) -> Any:
    """Import a room when it is first asked for: not every user enters all of them."""
    if name in LATER:
        from importlib import import_module

        return import_module(LATER[name])
    raise AttributeError(f"module 'morseloss' has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name the rooms that are not imported yet, too."""
    return sorted({*globals(), *__all__})
