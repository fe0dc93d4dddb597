"""Files: nothing is lost, nothing half-written, and what is no such file is told so."""

import json

import networkx as nx
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.files import load_diagram, load_graph, load_polynomial, save_diagram, save_graph

GRAPH_SUFFIXES = [".npz", ".graphml", ".json"]
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
QUICK = settings(max_examples=60, deadline=None)


def assert_same_bits(a, b):
    assert (a is None) == (b is None)
    if a is not None:
        a, b = np.asarray(a), np.asarray(b)
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def assert_same_graph(a, b):
    for name in ("values", "weights", "points", "peaks", "exact"):
        assert_same_bits(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.edges, b.edges)
    assert (a.paths is None) == (b.paths is None)
    for path, other in zip(a.paths or (), b.paths or (), strict=True):
        assert_same_bits(path, other)


def array(draw, *shape):
    size = int(np.prod(shape))
    numbers = draw(st.lists(NUMBER, min_size=size, max_size=size))
    return np.array(numbers, dtype=np.float64).reshape(shape)


@st.composite
def graphs(draw):
    """Graphs with parallel edges, loops, any direction, any finite floats, any of the extras."""
    n, dim = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    values = array(draw, n)
    row = st.integers(0, n - 1)
    edges = np.array(draw(st.lists(st.tuples(row, row), max_size=6)), dtype=np.int64)
    edges = edges.reshape(-1, 2)
    weights = np.maximum(array(draw, len(edges)), values[edges].max(axis=1, initial=-np.inf))
    extras = {}
    if draw(st.booleans()):
        extras["points"] = array(draw, n, dim)
    if len(edges) and draw(st.booleans()):
        extras["peaks"] = array(draw, len(edges), dim)
    if len(edges) and draw(st.booleans()):
        flags = st.lists(st.booleans(), min_size=len(edges), max_size=len(edges))
        extras["exact"] = np.array(draw(flags))
    if len(edges) and draw(st.booleans()):
        lengths = [draw(st.integers(1, 3)) for _ in edges]
        extras["paths"] = tuple(array(draw, length, dim) for length in lengths)
    return ml.LandscapeGraph(values, edges, weights, **extras)


@st.composite
def diagrams(draw):
    k = draw(st.integers(0, 6))
    births = array(draw, k)
    essential = np.array(draw(st.lists(st.booleans(), min_size=k, max_size=k)), dtype=bool)
    deaths = np.where(essential, np.inf, np.maximum(births, array(draw, k)))
    cells = st.lists(st.integers(-1, 2**62), min_size=k, max_size=k)
    degrees = st.lists(st.integers(0, 3), min_size=k, max_size=k)
    columns = [np.array(draw(rows), dtype=np.int64) for rows in (degrees, cells, cells)]
    return ml.Diagram(births, deaths, *columns)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def written(path, text):
    path.write_text(text)
    return path


# -- round trips


@pytest.mark.parametrize("suffix", GRAPH_SUFFIXES)
@given(graph=graphs())
@QUICK
def test_a_graph_comes_back_to_the_last_bit(suffix, folder, graph):
    path = folder / f"graph{suffix}"
    save_graph(graph, path)
    assert_same_graph(load_graph(path), graph)


@pytest.mark.parametrize("suffix", GRAPH_SUFFIXES)
def test_hard_floats_survive(suffix, tmp_path):
    hard = np.array([-0.0, 5e-324, 0.1 + 0.2, 1 / 3, 1.7976931348623157e308, -(2.0**-1074)])
    graph = ml.LandscapeGraph(hard, np.zeros((0, 2), dtype=int), [], points=hard[:, None])
    save_graph(graph, tmp_path / f"hard{suffix}")
    assert_same_graph(load_graph(tmp_path / f"hard{suffix}"), graph)


@pytest.mark.parametrize("suffix", GRAPH_SUFFIXES)
def test_a_graph_that_was_searched_for_comes_back(suffix, tmp_path):
    landscape = ml.analytic.SixHumpCamel()
    graph = ml.build_graph(landscape, landscape.critical_points)
    save_graph(graph, str(tmp_path / f"camel{suffix}"))
    again = load_graph(str(tmp_path / f"camel{suffix}"))
    assert_same_graph(again, graph)
    assert_same_bits(ml.barcode(again).deaths, ml.barcode(graph).deaths)


def test_npz_keeps_the_empty_columns_of_a_graph_without_edges(tmp_path):
    none = np.zeros((0, 2))
    graph = ml.LandscapeGraph([1.0], none, [], [[0.5, 0.5]], none, [], ())
    save_graph(graph, tmp_path / "one.npz")
    assert_same_graph(load_graph(tmp_path / "one.npz"), graph)


@pytest.mark.parametrize("suffix", [".json", ".csv"])
@given(diagram=diagrams())
@QUICK
def test_a_diagram_comes_back_to_the_last_bit(suffix, folder, diagram):
    path = folder / f"bars{suffix}"
    save_diagram(diagram, path)
    again = load_diagram(path)
    for name in ("births", "deaths", "degrees", "birth_cells", "death_cells"):
        assert_same_bits(getattr(again, name), getattr(diagram, name))


def test_json_keeps_of_which_degrees_a_diagram_speaks(tmp_path):
    for highest in (None, 0, 2):
        bars = ml.Diagram([0.0], [1.0], highest=highest)
        save_diagram(bars, tmp_path / "bars.json")
        assert load_diagram(tmp_path / "bars.json").highest == highest


def test_json_keeps_the_lower_ends_of_deaths(tmp_path):
    path = tmp_path / "bars.json"
    save_diagram(ml.Diagram([0.0, 1.0], [np.inf, 3.0], lower=[np.nan, 0.1 + 0.2]), path)
    assert np.array_equal(load_diagram(path).lower, [np.nan, 0.1 + 0.2], equal_nan=True)
    save_diagram(ml.Diagram([0.0], [1.0]), path)
    assert load_diagram(path).lower is None
    path.write_text('{"births": [0.0], "deaths": [1.0], "lower": 0.5}')
    with pytest.raises(ValueError, match="`lower` must be a list"):
        load_diagram(path)


def test_bare_bars_load_from_npy(tmp_path):
    np.save(tmp_path / "bars.npy", np.array([[0.0, np.inf], [1.0, 3.0]]))
    assert load_diagram(tmp_path / "bars.npy").deaths.tolist() == [np.inf, 3.0]


# -- written by hand, and by others


@pytest.mark.parametrize(
    "text",
    [
        "birth,death\n0,inf\n1.0,3\n",
        "\ufeffdeath, birth, degree\ninf, 0, 0\n3, 1, 0\n",
        ",birth,death\n0,0.0,inf\n1,1.0,3.0\n",
        "0.0, inf\n1.0, 3.0\n",
        "\n0,Infinity\n\n1,3\n",
    ],
)
def test_csv_by_hand_loads_with_and_without_names(text, tmp_path):
    (tmp_path / "bars.csv").write_text(text, encoding="utf-8")
    bars = load_diagram(tmp_path / "bars.csv")
    assert (bars.births.tolist(), bars.deaths.tolist()) == ([0.0, 1.0], [np.inf, 3.0])


@pytest.mark.parametrize("forever", ["null", '"inf"', "Infinity"])
def test_json_by_hand_writes_an_essential_bar_as_it_likes(forever, tmp_path):
    text = f'{{"births": [0, 1], "deaths": [{forever}, 3]}}'
    assert load_diagram(written(tmp_path / "b.json", text)).deaths.tolist() == [np.inf, 3.0]


def test_minimal_json_graph_by_hand(tmp_path):
    text = '{"minima": [{"value": 0}, {"value": 1}], "edges": [{"ends": [1, 0], "weight": 3}]}'
    graph = load_graph(written(tmp_path / "g.json", text))
    assert (graph.values.tolist(), graph.edges.tolist()) == ([0.0, 1.0], [[1, 0]])


def test_json_has_a_line_for_each_minimum_and_edge(tmp_path):
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5], points=[[-1.0], [1.0]])
    save_graph(graph, tmp_path / "g.json")
    lines = [line.strip() for line in (tmp_path / "g.json").read_text().splitlines()]
    assert '"format": "morseloss-graph",' in lines
    assert '{"value": 1.0, "point": [1.0]}' in lines
    assert '{"ends": [0, 1], "weight": 2.5}' in lines


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_graphml_of_networkx_loads_with_its_parallel_edges(kind, tmp_path):
    theirs = kind()
    theirs.add_node("b", value=1)
    theirs.add_node("a", value=0.5, colour="red")
    theirs.add_edge("a", "b", weight=3.0)
    theirs.add_edge("b", "a", weight=2)
    nx.write_graphml(theirs, tmp_path / "theirs.graphml")
    graph = load_graph(tmp_path / "theirs.graphml")
    assert graph.values.tolist() == [1.0, 0.5]
    assert sorted(graph.weights) == ([2.0] if kind is nx.Graph else [2.0, 3.0])


def test_networkx_reads_our_graphml(tmp_path):
    graph = ml.LandscapeGraph(
        [0.0, 1.0], [[0, 1], [1, 0]], [2.5, 0.1 + 2.9], points=[[0.0, 0.5], [1.0, 2.0]],
        exact=[True, False],
    )  # fmt: skip
    save_graph(graph, tmp_path / "ours.graphml")
    theirs = nx.read_graphml(tmp_path / "ours.graphml")
    assert nx.get_node_attributes(theirs, "value") == {"0": 0.0, "1": 1.0}
    assert sorted(w for *_, w in theirs.edges(data="weight")) == [2.5, 0.1 + 2.9]
    assert json.loads(theirs.nodes["1"]["point"]) == [1.0, 2.0]
    assert {flag for *_, flag in theirs.edges(data="exact")} == {True, False}


def test_polynomials_load_with_and_without_a_box(tmp_path):
    terms = '"terms": [[[4, 0], 1.0], [[0, 4], 1.0], [[2, 0], -2.0]]'
    free = load_polynomial(written(tmp_path / "free.json", f"{{{terms}}}"))
    assert free == ml.Polynomial({(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0})
    text = f'{{{terms}, "box": [[-2, -1], [2, 1]]}}'
    boxed = load_polynomial(written(tmp_path / "boxed.json", text))
    assert torch.equal(boxed.box, torch.tensor([[-2.0, -1.0], [2.0, 1.0]], dtype=torch.float64))


# -- whole or not at all


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "graph.npz"
    old = ml.LandscapeGraph([0.0], np.zeros((0, 2), dtype=int), [])
    save_graph(old, path)

    def fail(file, **_):
        file.write(b"half of it")
        raise OSError("disk full")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="disk full"):
        save_graph(ml.LandscapeGraph([1.0, 2.0], [[0, 1]], [3.0]), path)
    assert_same_graph(load_graph(path), old)
    assert [file.name for file in tmp_path.iterdir()] == ["graph.npz"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such folder; create it") as raised:
        save_diagram(ml.Diagram(births=[], deaths=[]), tmp_path / "none" / "bars.json")
    assert raised.value.filename == str(tmp_path / "none")


def test_saving_replaces_what_was_there_and_leaves_no_other_file(tmp_path):
    for value in (0.0, 1.0):
        save_diagram(ml.Diagram(births=[value], deaths=[np.inf]), tmp_path / "bars.json")
    assert load_diagram(tmp_path / "bars.json").births.tolist() == [1.0]
    assert len(list(tmp_path.iterdir())) == 1
