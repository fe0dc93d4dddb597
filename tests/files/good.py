"""One good file of every kind that is read, and what reads it."""

import json
import sqlite3
from contextlib import closing

import numpy as np

import morseloss as ml

GRAPH = ml.LandscapeGraph(
    [0.0, -1.5, 2.25],
    [[0, 1], [1, 2], [2, 0]],
    [3.5, 2.5, 1e300],
    points=[[0.0, 1.0], [1.0, 0.1], [-2.0, 5e-324]],
    peaks=[[0.5, 0.0], [0.0, 0.0], [1.0, 1.0]],
    exact=[True, False, True],
    paths=[np.zeros((2, 2)), np.ones((3, 2)), np.ones((1, 2))],
)
LINES = ml.FlowLines([2, 2], [0, 1], [-1, 1], [np.zeros((2, 1)), np.ones((2, 1))])
COMPLEX = ml.MorseComplex.from_lines([0.0, 0.5, 1.0], [0, 0, 1], LINES, [[0.0], [1.0], [0.5]])
BARS = ml.Diagram([0.0, 1.0, 2.0], [np.inf, 3.0, 4.5], [0, 0, 1], [0, 1, 2], [-1, 0, 1])
POLYNOMIAL = {"terms": [[[4, 0], 1.0], [[0, 4], 1], [[2, 0], -2.5]], "box": [[-2, -2], [2, 2]]}
MATRIX = """%%MatrixMarket matrix coordinate real symmetric
% births on the diagonal
3 3 5
1 1 0.0
2 2 -0.5
3 3 -1.5
2 1 0.0
3 2 0.75
"""


RIPSER = """value range: [0.5,2.5]
persistence intervals in dim 0:
 [0,1)
 [0, )
persistence intervals in dim 1:
 [1,2.5)
"""
EDGES = "source,target,weight\na,a,0.0\nb,b,-0.5\na,b,0.75\n"
PELE = """
CREATE TABLE tbl_minima (_id INTEGER PRIMARY KEY, energy FLOAT);
CREATE TABLE tbl_transition_states (_id INTEGER PRIMARY KEY, energy FLOAT,
    _minimum1_id INTEGER, _minimum2_id INTEGER);
INSERT INTO tbl_minima VALUES (1, -1.5), (2, -1.0);
INSERT INTO tbl_transition_states VALUES (1, 0.5, 1, 2);
"""


def write(folder):
    """Write one file of each kind; return their paths with their readers."""
    import networkx

    for suffix in ("npz", "graphml", "json"):
        ml.save_graph(GRAPH, folder / f"graph.{suffix}")
    link = networkx.node_link_data(GRAPH.to_networkx(), edges="edges")
    (folder / "link.json").write_text(json.dumps(link))
    (folder / "matrix.mtx").write_text(MATRIX)
    for suffix in ("json", "csv"):
        ml.save_diagram(BARS, folder / f"bars.{suffix}")
    np.save(folder / "bars.npy", np.array([[0.0, np.inf], [1.0, 3.0]]))
    for suffix in ("pers", "dipha"):
        ml.save_diagram(BARS, folder / f"bars.{suffix}")
    (folder / "ripser.txt").write_text(RIPSER)
    (folder / "edges.csv").write_text(EDGES)
    ml.save_graph(GRAPH, folder / "min.data")
    with closing(sqlite3.connect(folder / "pele.db")) as base:
        base.executescript(PELE)
    ml.save_complex(COMPLEX, folder / "complex.json")
    (folder / "polynomial.json").write_text(json.dumps(POLYNOMIAL))
    ours = "graph.npz", "graph.graphml", "graph.json"
    readers = {
        ml.load_graph: (*ours, "link.json", "matrix.mtx", "edges.csv", "min.data", "pele.db"),
        ml.load_diagram: (
            *("bars.json", "bars.csv", "bars.npy", "bars.pers", "bars.dipha", "ripser.txt"),
        ),
        ml.load_complex: ("complex.json",),
        ml.load_polynomial: ("polynomial.json",),
    }
    return [(folder / name, load) for load, names in readers.items() for name in names]
