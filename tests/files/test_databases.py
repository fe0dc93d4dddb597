"""Databases of minima and transition states, as PATHSAMPLE, topsearch and pele write them."""

import sqlite3
from contextlib import closing

import networkx as nx
import numpy as np
import pytest

import morseloss as ml
from morseloss.cli import main

MINIMA = """   -12.3000000000   71.1 1   10.1 11.2 12.3
   -0.1200000000D+02 70.0 2 1.0 1.0 1.0
   -11.5 70.0 1 1.0 1.0 1.0
"""
STATES = """   -11.0000000000   68.1 1   1   2   10.0 11.0 12.0
   -10.5 68.0 1 2 3 1.0 1.0 1.0
   -11.2 68.0 1 3 3 1.0 1.0 1.0
"""


def database(folder, minima=MINIMA, states=STATES):
    folder.mkdir(exist_ok=True)
    (folder / "min.data").write_text(minima)
    (folder / "ts.data").write_text(states)
    return folder


@pytest.mark.parametrize("named", ["", "min.data", "ts.data"])
def test_a_database_of_pathsample_counts_from_one_and_keeps_its_ids_as_names(named, tmp_path):
    graph = ml.load_graph(database(tmp_path / "lj") / named)
    assert graph.values.tolist() == [-12.3, -12.0, -11.5]
    assert graph.edges.tolist() == [[0, 1], [1, 2], [2, 2]]
    assert graph.weights.tolist() == [-11.0, -10.5, -11.2]
    assert graph.names == ("1", "2", "3")
    assert ml.barcode(graph).deaths.tolist() == [np.inf, -11.0, -10.5]


def test_a_database_has_the_barcode_of_the_same_networkx_graph(tmp_path):
    draw = np.random.default_rng(5)
    values = draw.normal(size=30)
    ends = draw.integers(0, 30, (60, 2))
    weights = values[ends].max(axis=1) + draw.exponential(size=60)
    theirs = nx.MultiGraph()
    theirs.add_nodes_from((row, {"energy": value}) for row, value in enumerate(values))
    theirs.add_edges_from((u, v, {"E": w}) for (u, v), w in zip(ends, weights, strict=True))
    (tmp_path / "db").mkdir()
    ml.save_graph(ml.LandscapeGraph(values, ends, weights), tmp_path / "db" / "min.data")
    bars, same = (
        ml.barcode(ml.load_graph(tmp_path / "db")),
        ml.as_graph(theirs, value="energy", weight="E"),
    )
    np.testing.assert_array_equal(bars.deaths, ml.barcode(same).deaths)


def test_what_is_written_for_pathsample_comes_back_with_its_positions(tmp_path):
    graph = ml.LandscapeGraph(
        [0.1 + 0.2, 1 / 3],
        [[1, 0], [0, 1]],
        [2.5, 5e300],
        points=np.arange(6.0).reshape(2, 3),
        peaks=np.full((2, 3), 1 / 7),
    )
    ml.save_graph(graph, tmp_path / "min.data")
    files = sorted(file.name for file in tmp_path.iterdir())
    assert files == ["min.data", "points.min", "points.ts", "ts.data"]
    rows = [line.split() for line in (tmp_path / "ts.data").read_text().splitlines()]
    assert [row[3:5] for row in rows] == [["2", "1"], ["1", "2"]] and len(rows[0]) == 8
    assert len((tmp_path / "min.data").read_text().splitlines()[0].split()) == 6
    back = ml.load_graph(tmp_path)
    for name in ("values", "edges", "weights", "points", "peaks"):
        np.testing.assert_array_equal(getattr(back, name), getattr(graph, name))


def test_positions_of_another_database_are_not_left_beside_a_new_one(tmp_path):
    (tmp_path / "points.min").write_bytes(bytes(48))
    with pytest.raises(ValueError, match=r"points\.min: expected no positions beside"):
        ml.save_graph(ml.LandscapeGraph([0.0], [], []), tmp_path / "min.data")
    assert [file.name for file in tmp_path.iterdir()] == ["points.min"]
    with pytest.raises(ValueError, match=r"expected the name min\.data of a database"):
        ml.save_graph(ml.LandscapeGraph([0.0], [], []), tmp_path / "lj.data")


def test_a_database_of_topsearch_counts_from_zero_and_has_its_positions_as_text(tmp_path):
    database(tmp_path, "0 -1.00000\n1 -0.50000\n", "0 1  0.20000\n")
    np.savetxt(tmp_path / "min.coords", np.eye(2))
    np.savetxt(tmp_path / "ts.coords", np.full((1, 2), 0.25))
    graph = ml.load_graph(tmp_path)
    assert (graph.values.tolist(), graph.weights.tolist()) == ([-1.0, -0.5], [0.2])
    assert graph.edges.tolist() == [[0, 1]] and graph.names is None
    assert graph.points.tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert graph.peaks.tolist() == [[0.25, 0.25]]


def test_empty_files_of_positions_hold_none_as_pathsample_leaves_them(tmp_path):
    database(tmp_path)
    for name in ("points.min", "points.ts"):
        (tmp_path / name).write_bytes(b"")
    graph = ml.load_graph(tmp_path)
    assert (len(graph), graph.points, graph.peaks) == (3, None, None)


def test_what_else_topsearch_leaves_in_the_folder_is_not_looked_at(tmp_path):
    database(tmp_path, "0  0.00000\n1  1.00000\n2  0.50000\n", "0 1  3.00000\n1 2  6.00000\n")
    (tmp_path / "pairlist").write_text("0 1\n1 2\n")
    (tmp_path / "logfile").write_text("")
    assert ml.barcode(ml.load_graph(tmp_path)).deaths.tolist() == [np.inf, 6.0, 3.0]


def test_endings_of_file_names_belong_together_as_topsearch_writes_them(tmp_path):
    (tmp_path / "min.data.run2").write_text("0 -1.0\n1 -0.5\n")
    (tmp_path / "ts.data.run2").write_text("0 1 0.25\n")
    assert ml.load_graph(tmp_path / "min.data.run2").weights.tolist() == [0.25]


def test_one_minimum_without_transition_states_is_a_database(tmp_path):
    graph = ml.load_graph(database(tmp_path, "-1 0 1 1 1 1\n", ""))
    assert (len(graph), len(graph.weights)) == (1, 0)


@pytest.mark.parametrize(
    ("minima", "states", "message"),
    [
        (
            "0 1 1 1 1 1\n1 1 1 1 1 1\n2 1 1 1 1 1\n",
            "5 1 1 1 2 1 1 1\n1.5 1 1 2 3 1 1 1\n0.5 1 1 1 2 1 1 1\n",
            "2 of 3 transition states lie below one of their minima, the first in row 2: 1.5 "
            "between 2 and 3, where 3 has 2.0",
        ),
        (MINIMA, "5 1 1 0 3 1 1 1\n", "row 1: 0, where minima are called 1 to 3; ids count from 1"),
        (MINIMA, "5 1 1 1 4 1 1 1\n", "1 of 1 transition states at a minimum that is not there"),
        ("0 -1\n1 -1\n", "1 2 0\n", "row 1: 2, where minima are called 0 to 1; ids count from 0"),
        ("0 -1\n0 -1\n", "0 0 0\n", "the minimum 0 is there twice"),
        ("nan 1 1 1 1 1\n", "", "the minimum in row 1 has the energy nan"),
        ("", STATES, "min.data, with the minima, got an empty file"),
        ("words\n", STATES, "row 1: expected a number, got 'words'"),
        ("0 1 1 1 1 1\n0 1\n", STATES, "expected 6 numbers in each row, got 2 in row 2"),
        (MINIMA, "0 1 5\n", "got 6 columns, and 3 in ts.data"),
        ("0 -1\n1 -1\n", STATES, "got 2 columns, and 8 in ts.data"),
        (MINIMA, "5 1 1 1.5 2 1 1 1\n", "`ends` must hold integers, got 1.5"),
    ],
)
def test_a_database_that_is_no_graph_is_told_what_is_wrong(minima, states, message, tmp_path):
    folder = database(tmp_path / "lj", minima, states)
    with pytest.raises(ValueError, match=rf"^{folder}.*{message}"):
        ml.load_graph(folder)


def test_half_a_database_is_told_what_is_missing(tmp_path):
    (tmp_path / "min.data").write_text(MINIMA)
    with pytest.raises(ValueError, match=r"min\.data: expected ts\.data beside it, got none"):
        ml.load_graph(tmp_path / "min.data")
    with pytest.raises(IsADirectoryError, match=r"a folder without min\.data and ts\.data"):
        ml.load_graph(tmp_path)
    database(tmp_path)
    (tmp_path / "points.min").write_bytes(bytes(80))
    with pytest.raises(ValueError, match=r"points\.min: expected the positions of 3 points"):
        ml.load_graph(tmp_path)


# -- pele


SCHEMA = """
CREATE TABLE tbl_minima (_id INTEGER NOT NULL, energy FLOAT, coords BLOB, fvib FLOAT,
    pgorder INTEGER, invalid INTEGER, user_data BLOB, PRIMARY KEY (_id));
CREATE TABLE tbl_transition_states (_id INTEGER NOT NULL, energy FLOAT, coords BLOB,
    _minimum1_id INTEGER, _minimum2_id INTEGER, eigenval FLOAT, eigenvec BLOB, fvib FLOAT,
    pgorder INTEGER, invalid INTEGER, user_data BLOB, PRIMARY KEY (_id));
CREATE TABLE tbl_system_property (_id INTEGER NOT NULL, property_name VARCHAR);
"""


def pele(path, states=((-15.0, 1, 2), (-15.2, 2, 5)), invalid=0):
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as base:
        base.executescript(SCHEMA)
        rows = [(1, -16.5, b"\x80\x04N.", 0), (2, -15.9, None, 0), (5, -15.5, None, invalid)]
        base.executemany("INSERT INTO tbl_minima(_id,energy,coords,invalid) VALUES (?,?,?,?)", rows)
        query = "INSERT INTO tbl_transition_states(energy,_minimum1_id,_minimum2_id) VALUES (?,?,?)"
        base.executemany(query, states)
        base.commit()
    return path


@pytest.mark.parametrize("name", ["lj7.sqlite", "lj7.db", "lj7"])
def test_a_database_of_pele_is_known_by_its_content_and_keeps_its_ids(name, tmp_path):
    graph = ml.load_graph(pele(tmp_path / name))
    assert graph.names == ("1", "2", "5")
    assert graph.edges.tolist() == [[0, 1], [1, 2]]
    assert ml.barcode(graph).deaths.tolist() == [np.inf, -15.0, -15.2]


def test_reading_leaves_a_database_of_pele_as_it_was(tmp_path):
    before = pele(tmp_path / "lj.db").read_bytes()
    ml.load_graph(tmp_path / "lj.db")
    assert (tmp_path / "lj.db").read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["lj.db"]


def test_rows_that_pele_marked_as_invalid_are_warned_of(tmp_path):
    path = pele(tmp_path / "lj.db", invalid=1)
    with pytest.warns(UserWarning, match="marked 1 minima and 0 transition states as invalid"):
        assert len(ml.load_graph(path)) == 3


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ([(-15.0, 1, 9)], "the first in row 1: 9, where minima are called 1 to 5"),
        ([(-15.0, 1, 2), (-16.0, 1, 2)], "1 of 2 transition states lie below .* row 2: -16.0"),
        ([(-15.0, 1, None)], "`ends` must hold integers, got None"),
        ([("x", 1, 2)], "`energies` must hold real numbers, got 'x'"),
    ],
)
def test_a_database_of_pele_that_is_no_graph_is_told_what_is_wrong(states, message, tmp_path):
    path = pele(tmp_path / "lj.db", states)
    with pytest.raises(ValueError, match=rf"^{path}: .*{message}"):
        ml.load_graph(path)


def test_an_sqlite_file_of_another_program_is_told_so(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as base:
        base.executescript("CREATE TABLE places(a); CREATE VIEW tbl_minima AS SELECT a FROM places")
    with pytest.raises(ValueError, match=r"expected a database of pele, .* tables \['places'\]"):
        ml.load_graph(path)
    path.write_bytes(pele(tmp_path / "lj.db").read_bytes()[:5000])
    with pytest.raises(ValueError, match="a damaged one"):
        ml.load_graph(path)


@pytest.mark.parametrize("name", ["min.data", "ts.data"])
def test_a_database_named_by_one_of_its_files_is_a_graph_on_the_command_line(
    name, tmp_path, capsys
):
    (tmp_path / "min.data").write_text("0 1.5\n1 2.5\n")
    (tmp_path / "ts.data").write_text("0 1 4.0\n")
    assert main(["barcode", str(tmp_path / name)]) == 0
    assert "LandscapeGraph(2 minima, 1 edge)" in capsys.readouterr().out


@pytest.mark.parametrize("suffix", ["json", "npz", "graphml"])
def test_another_form_is_read_by_what_it_holds_whatever_its_name_begins_with(suffix, tmp_path):
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.0])
    ml.save_graph(graph, tmp_path / f"min.data.{suffix}")
    assert ml.load_graph(tmp_path / f"min.data.{suffix}").weights.tolist() == [2.0]


def test_positions_of_topsearch_are_not_left_beside_a_graph_that_has_none(tmp_path):
    (tmp_path / "min.coords").write_text("9 9\n8 8\n")
    graph = ml.LandscapeGraph([0.0, 1.0], [[0, 1]], [2.0])
    with pytest.raises(ValueError, match=r"min\.coords: expected no positions"):
        ml.save_graph(graph, tmp_path / "min.data")


def test_one_minimum_with_its_place_and_no_pass_comes_back(tmp_path):
    one = ml.LandscapeGraph(
        [0.0], np.zeros((0, 2), int), [], points=[[1.0, 2.0]], peaks=np.zeros((0, 2))
    )
    ml.save_graph(one, tmp_path / "min.data")
    assert ml.load_graph(tmp_path / "min.data").points.tolist() == [[1.0, 2.0]]
