"""Slips at the public door end in one sentence, with what was expected and what came."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.kinds import check_count, check_kind

LAND = ml.analytic.Himmelblau()
MINIMA = LAND.critical_points.of_index(0)
ONE, OTHER = MINIMA.points[:1], MINIMA.points[1:2]
PATHS = ml.Paths(torch.stack([ONE, OTHER], 1), ml.Polyline(), torch.tensor([1]))
ARRAYS = [0.0, 1.0], [[0, 1]], [2.0]
GRAPH = ml.as_graph(ARRAYS)
COMPLEX = ml.MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
CHAIN = COMPLEX.chain_complex
BARS = ml.barcode(GRAPH)
DRAW = torch.Generator()


def bowl(points):
    return (points**2).sum(-1)


def refused(call, message):
    with pytest.raises(ValueError, match=re.escape(message)) as raised:
        call()
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ml.save_graph(ARRAYS, "a.json"), "a LandscapeGraph, got tuple; use `as_graph`"),
        (lambda: ml.save_graph("a.json", GRAPH), "got str; use `as_graph`; the graph comes first"),
        (lambda: ml.save_graph(COMPLEX, "a.json"), "a LandscapeGraph, got MorseComplex"),
        (lambda: ml.save_graph(GRAPH, None), "`path` must be the name of a file, got NoneType"),
        (lambda: ml.save_complex(GRAPH, "a.json"), "a MorseComplex, got LandscapeGraph; it comes"),
        (lambda: ml.save_complex("a.json", COMPLEX), "a MorseComplex, got str; it comes first"),
        (lambda: ml.save_diagram(GRAPH, "a.json"), "a Diagram, got LandscapeGraph; take the `bar"),
        (lambda: ml.save_diagram("a.json", BARS), "`diagram` must be a Diagram, got str"),
        (lambda: ml.load_graph(GRAPH), "`path` must be the name of a file, got LandscapeGraph"),
        (lambda: ml.load_diagram(b"a.csv"), "`path` must be the name of a file, got bytes"),
        (lambda: ml.load_complex(3), "`path` must be the name of a file, got int"),
        (lambda: ml.load_polynomial([]), "`path` must be the name of a file, got list"),
    ],
)
def test_files_take_what_is_saved_first_and_then_the_path(call, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(call, message)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (COMPLEX, "got MorseComplex; its barcode, in every degree, is its own `.diagram()`"),
        ("g.json", "got str; read a file by `load_graph`"),
        (Path("g.json"), "read a file by `load_graph`"),
        (list(ARRAYS), "a tuple (values, edges, weights); got list; make that tuple"),
        ((*ARRAYS, None), "a tuple (values, edges, weights); got tuple; make that tuple"),
        (torch.eye(2), "got Tensor; make that tuple, or a numpy array of a matrix"),
        (LAND, "got Himmelblau; `build_graph` makes one of a landscape and its minima"),
        (MINIMA, "got CriticalPoints; `build_graph` makes one"),
        (BARS, "got Diagram; it is a barcode already"),
        (ml.LandscapeGraph, "got the class LandscapeGraph"),
        (ml.MorseComplex, "got the class MorseComplex"),
        (CHAIN, "got ChainComplex"),
        (None, "got NoneType"),
        (ml.interop.to_simplex_tree(GRAPH), "SimplexTree; of a simplex tree take that tuple"),
        (np.zeros((4, 5)), "got shape (4, 5); values on a grid, of an image say, are for `grid_"),
    ],
)
def test_what_is_no_graph_is_told_its_way_to_a_barcode(source, message):
    refused(lambda: ml.barcode(source), message)
    refused(lambda: ml.merge_tree(source), message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ml.LandscapeGraph.from_networkx(3),
            "`graph` must be a graph of networkx, got ",
        ),
        (lambda: ml.MorseComplex.from_networkx(GRAPH.edges), "of networkx, got ndarray"),
        (lambda: ml.LandscapeGraph.from_sparse(np.eye(2)), "got ndarray; an array is read by"),
        (lambda: ml.canonical_form(COMPLEX), "`complex` must be a ChainComplex, got MorseComplex"),
        (lambda: ml.MorseComplex.from_lines([0.0], [0], []), "`lines` must be FlowLines, got list"),
        (lambda: ml.MorseComplex([0.0], [0], [[0]], None, []), "must be FlowLines, got list; make"),
        (lambda: ml.interop.to_columns(GRAPH), "a ChainComplex, got LandscapeGraph"),
        (lambda: ml.bottleneck_distance(BARS, GRAPH), "`b` must hold numbers, got LandscapeGraph"),
        (lambda: ml.bottleneck_distance(BARS, GRAPH), "; expected a Diagram, or rows of births"),
    ],
)
def test_complexes_and_graphs_are_not_taken_for_each_other(call, message):
    refused(call, message)


@pytest.mark.parametrize(
    "convert",
    ["to_array", "to_gudhi", "to_dgms", "to_giotto", "model_simplex_tree"],
)
def test_only_a_diagram_goes_to_other_tools_as_one(convert):
    refused(lambda: getattr(ml.interop, convert)(GRAPH), "`diagram` must be a Diagram, got Landsc")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ml.sample_box(LAND, 3, generator=0), "`generator` must be a Generator, got int"),
        (lambda: ml.sample_box(LAND, 20.0, generator=DRAW), "an integer from 1 on, got 20.0"),
        (lambda: ml.sample_box(LAND, True, generator=DRAW), "an integer from 1 on, got True"),
        (lambda: ml.sample_box(20, LAND, generator=DRAW), "`landscape` must be a landscape, got i"),
        (lambda: ml.sample_box(LAND, 2, generator=DRAW, box=[[0, 0], [1]]), "`box` must hold a lo"),
        (lambda: ml.sample_box(LAND, 2, generator=DRAW, box="x"), "`box` must hold a lower and"),
        (lambda: ml.perturb(LAND, 0.1, generator=0), "`generator` must be a Generator, got int"),
        (lambda: ml.perturb(0.1, LAND, generator=DRAW), "`landscape` must be a landscape, got fl"),
        (lambda: ml.Polynomial({(1, 2): "1.0"}), "`terms[(1, 2)]` must hold real numbers"),
        (lambda: ml.Polynomial({(1,): True}), "`terms[(1,)]` must hold real numbers"),
        (lambda: ml.Polynomial({1: Fraction(1, 3)}), "`terms[1]` must hold numbers"),
        (lambda: ml.Polynomial([1.0, 2.0]), "`terms` must be a mapping"),
        (lambda: ml.Polynomial.from_roots("ab"), "`roots` must have one axis"),
        (lambda: ml.Function(bowl, dim=0), "`dim` must be an integer from 1 on, got 0"),
        (lambda: ml.Function(bowl, dim=2.0), "`dim` must be an integer from 1 on, got 2.0"),
        (lambda: ml.Function(2, bowl), "`function` must be callable, got int"),
        (lambda: ml.Function(lambda x: 3.0, 2), "`function(points)` must be a Tensor, got float"),
        (lambda: ml.Function(lambda x: x.numpy().sum(-1), 2), "a Tensor, got ndarray"),
        (lambda: ml.OnBox(bowl, [[0], [1]]), "`base` must be a landscape, got function"),
        (lambda: ml.Negated(ml.analytic.Himmelblau), "`base` must be a landscape, got the class"),
        (lambda: ml.Counted(bowl), "`base` must be a landscape, got function"),
        (lambda: ml.Tilted(bowl, ONE[0], ONE[0]), "`base` must be a landscape, got function"),
        (lambda: ml.Pullback(bowl, bowl), "`base` must be a landscape, got function"),
        (lambda: ml.classify(ONE, LAND), "`landscape` must be a landscape, got Tensor"),
        (lambda: ml.classify(LAND, MINIMA), "`points` must be a Tensor, got CriticalPoints"),
        (lambda: ml.merge(ONE), "`points` must be CriticalPoints, got Tensor; find them by"),
    ],
)
def test_what_makes_no_landscape_and_no_point_is_told(call, message):
    refused(call, message)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ml.find_paths(LAND, ONE, OTHER, ml.ClimbingString), "got the class ClimbingStrin"),
        (lambda: ml.find_paths(LAND, ONE, OTHER, "bezier"), "`method` must be a PathMethod, got s"),
        (lambda: ml.graph_from_paths(LAND, MINIMA, ml.Polyline()), "a PathMethod, got Polyline"),
        (
            lambda: ml.find_paths(LAND, ONE, OTHER, ml.BezierCurve(), generator=0),
            "`generator` must be a Generator, got int; use `torch.Generator().manual_seed(0)`",
        ),
        (
            lambda: ml.find_paths(LAND, ONE, OTHER, ml.ClimbingString(), max_steps=2.5),
            "`max_steps` must be an integer from 0 on, got 2.5",
        ),
        (lambda: ml.build_graph(LAND, MINIMA, string="x"), "`string` must be a ClimbingString"),
        (lambda: ml.build_graph(LAND, MINIMA, ONE), "`saddles` must be CriticalPoints, got Tens"),
        (lambda: ml.heights(PATHS, LAND), "`landscape` must be a landscape, got Paths"),
        (lambda: ml.heights(LAND, PATHS.controls), "`paths` must be Paths, got Tensor; find them"),
        (lambda: ml.heights(bowl, PATHS), "a callable becomes one by `Function`"),
        (lambda: ml.heights(LAND, PATHS, samples=1), "`samples` must be an integer from 2 on"),
        (lambda: ml.heights(LAND, PATHS, closing="x"), "from 0 on, got str"),
    ],
)
def test_what_makes_no_path_is_told(call, message):
    refused(call, message)


def test_counts_are_ints_of_any_width():
    for count in (1, np.int64(1), np.uint8(1)):
        check_count("n", count)
    for none in (True, np.True_, 1.0, np.float64(1), torch.tensor(1), np.array(1), "1", None, 0):
        with pytest.raises(ValueError, match="`n` must be an integer from 1 on"):
            check_count("n", none)


def test_a_class_is_not_taken_for_its_object():
    check_kind("x", 1, int, "")
    with pytest.raises(ValueError, match="`x` must be a type, got the class int; pass it"):
        check_kind("x", int, type, "pass it")


def test_polynomials_take_every_number_that_is_one():
    for one in (1, np.float32(1), np.int64(1), torch.tensor(1.0)):
        assert ml.Polynomial({2: one}) == ml.Polynomial({(2,): 1.0})
    assert ml.Polynomial.from_roots([], 2.0) == ml.Polynomial({(0,): 2.0})
