"""What is no graph, diagram or polynomial is refused with the name of its file."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.files import load_diagram, load_graph, load_polynomial, save_diagram, save_graph

GRAPH_SUFFIXES = [".npz", ".graphml", ".json"]
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
QUICK = settings(max_examples=60, deadline=None)


def written(path, text):
    path.write_text(text)
    return path


MINIMA = [{"value": 0}, {"value": 1}]
EDGES = [{"ends": [0, 1], "weight": 3}]
HEAD = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="v" attr.name="value"/><graph>'
)
TAIL = "</graph></graphml>"


def refuses(load, path, message):
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: .*{message}"):
        load(path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.txt", "", r"expected a graph \(.npz, .graphml, .json, .*, got an empty file; write it"),
        ("g", "words", "got a text of no form that is known; if it is one, rename it"),
        ("g.npz", "no archive", "expected a graph in npz"),
        ("g.json", "{", "expected a morseloss-graph in JSON, got no JSON"),
        ("g.json", "\udcff", "got no JSON"),
        ("g.json", "[" * 100_000, "got no JSON"),
        ("g.json", "[1]", "a JSON object, got a list"),
        ("g.json", '{"format": "morseloss-diagram"}', "got 'morseloss-diagram'; pass another"),
        ("g.json", '{"format": "morseloss-graph", "version": 2}', "version 1.*got 2; update"),
        ("g.json", '{"nodes": []}', r"expected `minima`.*got the names \['nodes'\]"),
        ("g.graphml", "no XML", r"expected a graph in GraphML, got no XML \(syntax error"),
        ("g.graphml", "<svg/>", "XML with the root 'svg' and no graph"),
        ("g.graphml", f'{HEAD}<node id="a"/>{TAIL}', "`value` of every minimum"),
        (
            "g.graphml",
            f'{HEAD}<node id="a"/><edge source="a" target="b"/>{TAIL}',
            "an edge to 'b', which is no node",
        ),
        (
            "g.graphml",
            f'{HEAD}<node id="a"><data key="v">low</data></node>{TAIL}',
            "'low' as `value`",
        ),
    ],
)
def test_what_is_no_graph_file_is_refused_with_its_name(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(text.encode(errors="surrogateescape"))
    refuses(load_graph, path, message)


@pytest.mark.parametrize(
    ("minima", "edges", "message"),
    [
        (MINIMA, 3, "expected `edges`, a list of objects, got int"),
        ([], [], "at least one minimum"),
        (
            [{"value": 0}, {"v": 1}],
            EDGES,
            r"names value, point, name of .*minimum, got \['v'\] in row 1",
        ),
        ([{"value": 0}, {"point": [1]}], EDGES, r"`value` of .*minimum, got \['point'\] in row 1"),
        (
            [{"value": 0}, {"value": "x"}],
            EDGES,
            "`value` must hold real numbers, got 'x'.* in row 1",
        ),
        (
            [{"value": 0}, {"value": 10**400}],
            EDGES,
            "`value` .*exactly, got an integer of 1329 bits in row 1",
        ),
        ([{"value": 0}, {"value": None}], EDGES, "`value` of every minimum, got null in row 1; wr"),
        (MINIMA, [{"ends": [0, 1], "weight": None}], "`weight` of every edge, got null in row 0"),
        ([{"value": 0, "point": [1]}, {"value": 0}], EDGES, "`point` of every minimum"),
        ([{"value": 0}, {"value": 9}], EDGES, "got 3.0 in row 0"),
        ([{"value": 0}], EDGES, "rows of minima from 0 to 0"),
        (MINIMA, [{"ends": ["a", 0], "weight": 3}], r"`ends`.*got \['a', 0\] in row 0"),
        (MINIMA, [{"weight": 3}], "`ends` of every edge.*got None in row 0"),
        (
            MINIMA,
            [{"ends": [0, 1], "weight": 3, "exact": 1}],
            "`exact` must hold True or False, got 1",
        ),
    ],
)
def test_what_is_no_graph_is_refused_with_the_name_of_the_file(minima, edges, message, tmp_path):
    path = written(tmp_path / "g.json", json.dumps({"minima": minima, "edges": edges}))
    refuses(load_graph, path, message)


ROUGH = {
    "values": [0.0, 1.0],
    "edges": [[0, 1]] * 2,
    "weights": [3.0, 4.0],
    "path_points": np.zeros((4, 2)),
}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"values": [0.0]}, "the arrays `values`, `edges` and `weights`, got"),
        ({"format": "other"}, "expected the format \"morseloss-graph\", got 'other'"),
        ({"version": 7}, "version 1.*got 7"),
        ({"values": [0.0], "edges": [[0, 4]], "weights": [1.0]}, "rows of minima from 0 to 0"),
        ({"values": np.array([None])}, "expected a graph in npz, got Object arrays"),
        (ROUGH | {"path_lengths": [-2, 6]}, r"`path_lengths` must be zero or more, got \[-2, 6\]"),
        (ROUGH | {"path_lengths": [1, 2]}, r"add up to the 4 rows of `path_points`, got \[1, 2\]"),
    ],
)
def test_what_is_no_graph_in_npz_is_refused(arrays, message, tmp_path):
    np.savez(tmp_path / "g.npz", **arrays)
    with pytest.raises(ValueError, match=message):
        load_graph(tmp_path / "g.npz")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("d.txt", "", r"expected a diagram \(.json, .csv, .npy.*got an empty file"),
        ("d.json", '{"minima": []}', "the lists `births` and `deaths`, got the names"),
        ("d.json", '{"births": [0], "deaths": ["x"]}', "`deaths` must hold real numbers, got 'x'"),
        ("d.json", '{"births": [2], "deaths": [1]}', "a death at or above"),
        ("d.json", '{"births": [2], "deaths": []}', r"got \(1,\) and \(0,\)"),
        ("d.csv", "b,d\n0,1\n", "the columns `birth` and `death`, got"),
        ("d.csv", "birth,death\n0\n", "expected 2 entries in every line"),
        ("d.csv", "0,x1\n", "the columns `birth` and `death`"),
        ("d.csv", "0,1\n1,-\n", "numbers as `death`"),
        ("d.csv", "\udcff\udcfe", "got no text"),
        ("d.npy", "no array", r"an array of shape \(k, 2\)"),
    ],
)
def test_what_is_no_diagram_is_refused_with_the_name_of_the_file(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_bytes(text.encode(errors="surrogateescape"))
    refuses(load_diagram, path, message)


def test_arrays_of_another_shape_are_no_diagram(tmp_path):
    np.save(tmp_path / "d.npy", np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(k, 2\), births and deaths, got \(2, 3\)"):
        load_diagram(tmp_path / "d.npy")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{}", "expected `terms`"),
        ('{"terms": {"a": 1}}', "expected `terms`"),
        ('{"terms": [[4, 1.0]]}', "expected `terms`"),
        ('{"terms": []}', "at least one term"),
        ('{"terms": [[[-1], 1.0]]}', "zero or more"),
        ('{"terms": [[[[1]], 1.0]]}', r"`exponents` must hold integers, got \[1\]"),
        ('{"terms": [[[1], "x"]]}', "`coefficients` must hold real numbers, got 'x'"),
        ('{"terms": [[[1], 1.0], [[1], 2.0]]}', "each list of exponents once"),
        ('{"terms": [[[4], 1.0]], "box": [[1], [0]]}', "lower below upper"),
        ('{"terms": [[[4], 1.0]], "box": "x"}', "p.json"),
    ],
)
def test_what_is_no_polynomial_is_refused(text, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        load_polynomial(written(tmp_path / "p.json", text))


@pytest.mark.parametrize("name", ["g.npz", "g.graphml", "g.json"])
def test_a_missing_graph_is_an_os_error(name, tmp_path):
    with pytest.raises(FileNotFoundError):
        load_graph(tmp_path / name)


@pytest.mark.parametrize("name", ["d.json", "d.csv", "d.npy"])
def test_a_missing_diagram_is_an_os_error(name, tmp_path):
    with pytest.raises(FileNotFoundError):
        load_diagram(Path(tmp_path, name))


def test_other_suffixes_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.npz"):
        save_graph(ml.LandscapeGraph([0.0], np.zeros((0, 2), dtype=int), []), tmp_path / "g.gml")
    with pytest.raises(ValueError, match=r"ends in \.json, \.csv"):
        save_diagram(ml.Diagram(births=[], deaths=[]), tmp_path / "d.npy")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "2"])
def test_a_highest_degree_that_is_none_is_refused(wrong, tmp_path):
    text = json.dumps({"births": [0], "deaths": [1], "highest": wrong})
    refuses(load_diagram, written(tmp_path / "bars.json", text), "`highest` must be an integer")
