"""Graphs as other programs write them: igraph, Gephi, yEd, networkx, d3, spreadsheets."""

import json

import networkx as nx
import numpy as np
import pytest

import morseloss as ml
from morseloss.files.recognition import form_of

SPACE = 'xmlns="http://graphml.graphdrawing.org/xmlns"'
IGRAPH = f"""<?xml version="1.0" encoding="UTF-8"?>
<graphml {SPACE} xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<!-- Created by igraph -->
  <key id="v_name" for="node" attr.name="name" attr.type="string"/>
  <key id="v_energy" for="node" attr.name="energy" attr.type="double"/>
  <key id="e_energy" for="edge" attr.name="energy" attr.type="double"/>
  <graph id="G" edgedefault="undirected">
    <node id="n0"><data key="v_name">A &amp; B</data><data key="v_energy">0</data></node>
    <node id="n1"><data key="v_name">C</data><data key="v_energy">1.5</data></node>
    <edge source="n0" target="n1"><data key="e_energy">2</data></edge>
  </graph>
</graphml>"""
GEPHI = f"""<?xml version="1.0" encoding="UTF-8"?><graphml {SPACE}>
<key attr.name="label" attr.type="string" for="node" id="label"/>
<key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>
<key attr.name="weight" attr.type="double" for="edge" id="weight"/>
<key attr.name="value" attr.type="double" for="node" id="value"/>
<key attr.name="r" attr.type="int" for="node" id="r"/>
<graph edgedefault="undirected">
<node id="12"><data key="label">folded</data><data key="value">0.5</data><data key="r">3</data>
</node>
<node id="13"><data key="label">open</data><data key="value">1.0</data></node>
<edge id="0" source="12" target="13"><data key="edgelabel">TS1</data><data key="weight">2.0</data>
</edge>
<edge id="1" source="13" target="12"><data key="weight">2.5</data></edge></graph></graphml>"""
YED = f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<graphml {SPACE} xmlns:y="http://www.yworks.com/xml/graphml">
  <key for="port" id="d0" yfiles.type="portgraphics"/>
  <key attr.name="value" attr.type="double" for="node" id="d4"/>
  <key for="node" id="d6" yfiles.type="nodegraphics"/>
  <key attr.name="weight" attr.type="double" for="edge" id="d9"/>
  <key for="edge" id="d10" yfiles.type="edgegraphics"/>
  <graph edgedefault="directed" id="G">
    <node id="n0"><data key="d4" xml:space="preserve"><![CDATA[0.0]]></data><data key="d6">
      <y:ShapeNode><y:NodeLabel alignment="center">folded<y:LabelModel/></y:NodeLabel>
      </y:ShapeNode></data></node>
    <node id="n1"><data key="d4">1.0</data>
      <data key="d6"><y:ShapeNode><y:NodeLabel>open</y:NodeLabel></y:ShapeNode></data></node>
    <edge id="e0" source="n0" target="n1"><data key="d9">2.0</data>
      <data key="d10"><y:PolyLineEdge><y:EdgeLabel>pass</y:EdgeLabel></y:PolyLineEdge></data></edge>
  </graph>
</graphml>"""


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "attribute", "names", "edge_names"),
    [
        (IGRAPH, "energy", ("A & B", "C"), None),
        (GEPHI, None, ("folded", "open"), ("TS1", "")),
        (YED, None, ("folded", "open"), ("pass",)),
    ],
    ids=["igraph", "Gephi", "yEd"],
)
@pytest.mark.parametrize("suffix", ["graphml", "xml", "txt"])
def test_graphml_keeps_the_names_that_each_program_gives(
    text, attribute, names, edge_names, suffix, tmp_path
):
    path = written(tmp_path / f"theirs.{suffix}", text)
    called = {"value": attribute, "weight": attribute} if attribute else {}
    graph = ml.load_graph(path, **called)
    assert (graph.names, graph.edge_names) == (names, edge_names)
    assert ml.barcode(graph).deaths.tolist() == [np.inf, 2.0]


def test_labels_of_gephi_that_are_all_alike_are_no_names(tmp_path):
    path = written(tmp_path / "g.graphml", GEPHI.replace("open", "folded"))
    assert ml.load_graph(path).names == ("12", "13")


def test_another_name_of_an_attribute_is_asked_for(tmp_path):
    path = written(tmp_path / "g.graphml", IGRAPH)
    with pytest.raises(ValueError, match=r"`value` of nodes, but \['name', 'energy'\]"):
        ml.load_graph(path)
    with pytest.raises(ValueError, match=r"no attribute `weight` of edges, .*weight=\"energy\""):
        ml.load_graph(path, value="energy")
    ml.save_graph(ml.LandscapeGraph([0.0], [], []), tmp_path / "ours.npz")
    with pytest.raises(ValueError, match="which name attributes, got a file that does not"):
        ml.load_graph(tmp_path / "ours.npz", value="energy")


def test_node_link_json_may_call_its_attributes_otherwise_and_keeps_names(tmp_path):
    theirs = nx.Graph()
    theirs.add_node("a", energy=0.0)
    theirs.add_node("b", energy=1.0)
    theirs.add_edge("a", "b", energy=3.0)
    link = nx.node_link_data(theirs, edges="links")
    path = written(tmp_path / "theirs.json", json.dumps(link))
    graph = ml.load_graph(path, value="energy", weight="energy")
    assert graph.names == ("a", "b") and graph.weights.tolist() == [3.0]
    with pytest.raises(ValueError, match="has no attribute `value`"):
        ml.load_graph(path)


@pytest.mark.parametrize("suffix", ["json", "graphml", "npz"])
@pytest.mark.parametrize("names", [["<a> & \u00e9", "b", "0"], ["n0", "n1", "n2"], ["1", "2", "3"]])
def test_names_survive_our_own_files(suffix, names, tmp_path):
    edge_names = ["", "TS 1"]
    graph = ml.LandscapeGraph(
        [0.0, 1.0, 2.0], [[0, 1], [1, 2]], [3.0, 4.0], names=names, edge_names=edge_names
    )
    ml.save_graph(graph, tmp_path / f"g.{suffix}")
    back = ml.load_graph(tmp_path / f"g.{suffix}")
    assert (back.names, back.edge_names) == (tuple(names), tuple(edge_names))


def test_edges_by_hand_may_name_their_ends(tmp_path):
    minima = [{"value": 0, "name": "a"}, {"value": 1, "name": "b"}]
    content = {"minima": minima, "edges": [{"ends": ["b", "a"], "weight": 2}]}
    path = written(tmp_path / "g.json", json.dumps(content))
    assert ml.load_graph(path).edges.tolist() == [[1, 0]]
    path.write_text(json.dumps(content).replace('["b"', '["c"'))
    with pytest.raises(ValueError, match="got 'c' in row 0, which is the name of none"):
        ml.load_graph(path)


# -- edge lists


@pytest.mark.parametrize(
    "text",
    [
        "a,a,0\nb,b,1\na,b,3\n",
        "# theirs\nsource;target;weight\na;a;0\na;b;3\nb;b;1\n",
        "a a 0.0\na b 3\nb b 1\n",
        "Id\tSource\tTarget\tType\tWeight\n0\ta\ta\tx\t0\n1\tb\tb\tx\t1\n2\ta\tb\tx\t3\n",
        '"a","a",0\n"b","b",1\n"a","b",3\n',
    ],
)
@pytest.mark.parametrize("suffix", ["csv", "txt", "edgelist"])
def test_an_edge_list_has_its_minima_as_loops(text, suffix, tmp_path):
    graph = ml.load_graph(written(tmp_path / f"edges.{suffix}", text))
    assert (graph.values.tolist(), graph.weights.tolist()) == ([0.0, 1.0], [3.0])
    assert graph.names == ("a", "b") and graph.edges.tolist() == [[0, 1]]


def test_whole_numbers_are_rows_if_they_count_from_zero_and_names_if_not(tmp_path):
    between = "".join(f"{k} {k} 2\n" for k in range(1, 10))
    path = written(tmp_path / "edges.txt", f"10 10 1\n0 0 0\n{between}")
    assert ml.load_graph(path).values.tolist() == [0.0, *[2.0] * 9, 1.0]
    assert ml.load_graph(path).names is None
    path.write_text("2 2 1\n1 1 0\n1 2 3\n")
    assert ml.load_graph(path).names == ("1", "2")
    assert ml.load_graph(path).values.tolist() == [0.0, 1.0]


def test_a_weighted_edge_list_of_networkx_is_read(tmp_path):
    theirs = nx.Graph()
    theirs.add_weighted_edges_from([("a", "a", 0.25), ("b", "b", 1.0), ("a", "b", 2.0)])
    nx.write_weighted_edgelist(theirs, tmp_path / "edges.txt")
    assert ml.load_graph(tmp_path / "edges.txt").values.tolist() == [0.25, 1.0]


def test_an_id_that_begins_with_a_number_sign_stands_in_quotes(tmp_path):
    text = '# a comment,,\n"#1","#1",0\nb,b,1\n"#1",b,3\n#1,b,2\n'
    graph = ml.load_graph(written(tmp_path / "edges.csv", text))
    assert (graph.names, graph.weights.tolist()) == (("#1", "b"), [3.0])


def test_an_edge_list_may_have_its_minima_in_a_table_of_nodes(tmp_path):
    nodes = written(tmp_path / "nodes.csv", "Id,Label,energy\n9,open,1\n7,folded,0.5\n")
    text = "Source,Target,Type,energy\n7,9,Undirected,3.5\n7,7,,4\n"
    edges = written(tmp_path / "edges.csv", text)
    graph = ml.load_graph(edges, value="energy", weight="energy", nodes=nodes)
    assert (graph.values.tolist(), graph.names) == ([1.0, 0.5], ("open", "folded"))
    assert (graph.edges.tolist(), graph.weights.tolist()) == ([[1, 0], [1, 1]], [3.5, 4.0])
    with pytest.raises(ValueError, match="expected `nodes` beside an edge list"):
        ml.load_graph(written(tmp_path / "g.graphml", GEPHI), nodes=nodes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("source,target,weight\na,b,3\n", "the values of the minima nowhere; add a loop"),
        ("a,a,0\na,b,3\nc,b,4\n", "2 minima without a value, first 'b' in row 1"),
        ("a,a,0\na,a,1\n", "two loops at 'a', with 0 and 1"),
        ("source,target,energy\na,a,0\n", r"without one `weight`; .*weight=\"energy\""),
        ("a,a,0\na,b\n", "2 entries in row 1, 'a,b', where the first has 3"),
        ("a;a;3,5\nb;b;1\n", "write source,target,weight"),
        ("from;to;weight\na;a;3,5\n", "no number as `weight` in row 1 .*got '3,5'"),
        ("a,a,3\nb,b,1\na,b,2\na,b,9\n", "1 of 2 edges lie below .* row 1: 2.0 between a and b"),
        ("0,0.0,3\n0,1.0,2\n", "'0.0' as the end of an edge in row 0, which is no id"),
        ("0 0 inf\n0 1 3\n", "as gudhi writes them, which `load_diagram` reads, or an edge list"),
        ("who,what,when\n", "as the first line; write source,target,weight"),
    ],
)
def test_an_edge_list_that_is_no_graph_is_told_what_is_wrong(text, message, tmp_path):
    path = written(tmp_path / "edges.csv", text)
    with pytest.raises(ValueError, match=rf"^{path}: .*{message}"):
        ml.load_graph(path)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ("id,value\na,0\n", "1 minima without a value, first 'b' in row 1; add them to the table"),
        ("id,energy\na,0\nb,0\n", "no table of the minima with the columns id and `value`"),
        ("id,value\na,0\nb,1\na,2\n", "the minimum 'a' twice"),
        ("id,value\na,0\nb,x\n", "no number as `value` in row 2"),
        ("", "expected a table of minima, got an empty file"),
    ],
)
def test_a_table_of_nodes_that_does_not_fit_is_told_what_is_wrong(nodes, message, tmp_path):
    table = written(tmp_path / "nodes.csv", nodes)
    edges = written(tmp_path / "edges.csv", "source,target,weight\na,b,3\n")
    with pytest.raises(ValueError, match=message):
        ml.load_graph(edges, nodes=table)


def test_a_form_is_known_by_content_whatever_the_name(tmp_path):
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.5])
    for suffix in ("npz", "json", "graphml"):
        ml.save_graph(graph, tmp_path / f"g.{suffix}")
        content = (tmp_path / f"g.{suffix}").read_bytes()
        for name in ("g", "g.dat", "g.csv", "x.graphml", "x.npz"):
            (tmp_path / name).write_bytes(content)
            assert ml.load_graph(tmp_path / name).weights.tolist() == [2.5]


@pytest.mark.parametrize(
    ("head", "form"),
    [
        (b"PK\x03\x04", "npz"),
        (b"\x93NUMPY\x01", "npy"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"%%MatrixMarket matrix", "mtx"),
        (b"\x00\x17\xd9\xe0\x01\x00\x00\x00", ""),
        ((8067171840).to_bytes(8, "little"), "dipha"),
        (b"value range: [0,1]\npersistence intervals in dim 0:\n [0,1)\n", "ripser"),
        (b'\xef\xbb\xbf  {"minima": []}', "json"),
        (b"\n<?xml?><graphml/>", "xml"),
        (b"\xef\xbb\xbf# theirs\n0 1 2.5\n", "rows"),
        (b"0\t1\t2.5\n", "rows"),
        (b"a b 2.5\n", "words"),
        (b"a b {'weight': 2.5}\n", ""),
        (b"source;target;weight\n", "csv"),
        (b"birth,death\n", "csv"),
        (b"\x80\x04N.", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_form(head, form):
    assert form_of(head) == form


@pytest.mark.parametrize("multigraph", [False, True])
def test_parallel_links_are_told_before_one_is_lost(multigraph, tmp_path):
    nodes = [{"id": "a", "value": 0.0}, {"id": "b", "value": 1.0}]
    ends = {"source": "a", "target": "b"} | ({"key": 0} if multigraph else {})
    links = [{**ends, "weight": 3.0}, {**ends, "weight": 9.0}]
    path = tmp_path / "link.json"
    path.write_text(json.dumps(
        {"directed": False, "multigraph": multigraph, "graph": {}, "nodes": nodes, "links": links}
    ))  # fmt: skip
    with pytest.raises(ValueError, match="two edges join the same nodes, and one would be lost"):
        ml.load_graph(path)


def test_blanks_in_names_come_back_from_every_form(tmp_path):
    graph = ml.LandscapeGraph(
        [0.0, 1.0], [[0, 1]], [2.0], names=["a  b", "a b"], edge_names=["x  y"]
    )
    for suffix in ("json", "npz", "graphml"):
        ml.save_graph(graph, tmp_path / f"graph.{suffix}")
        back = ml.load_graph(tmp_path / f"graph.{suffix}")
        assert (back.names, back.edge_names) == (("a  b", "a b"), ("x  y",))
