"""Loss barcodes: how hard the local minima of a landscape are to escape, measured by topology."""

from morseloss import analytic
from morseloss.barcode import barcode, direct_barcode, merge_tree
from morseloss.build import build_graph, graph_from_paths
from morseloss.critical import CriticalPoints, classify, merge
from morseloss.graph import LandscapeGraph, as_graph
from morseloss.landscape import Counted, Function, Landscape, OnBox, Pullback, sample_box
from morseloss.polynomial import Polynomial
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
from morseloss.status import SearchError, Status
from morseloss.topology import Diagram, Filtration, MergeTree, to_score
