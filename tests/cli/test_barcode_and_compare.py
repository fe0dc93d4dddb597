"""The command line: what it prints, what it writes, and how it refuses."""

import json
import subprocess
import sys
import warnings

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pytest

import morseloss as ml
from morseloss.cli import main
from morseloss.files import load_graph, save_diagram, save_graph


@pytest.fixture
def triangle(tmp_path):
    """Three minima; the lowest way from 2 to 0 leads through 1."""
    graph = ml.LandscapeGraph([0.0, 2.0, 1.0], [[0, 1], [1, 2], [0, 2]], [3.0, 4.0, 9.0])
    save_graph(graph, tmp_path / "triangle.json")
    return str(tmp_path / "triangle.json")


@pytest.fixture
def pieces(tmp_path):
    save_graph(ml.LandscapeGraph([0.0, 1.0, 0.5], [[0, 1]], [3.0]), tmp_path / "pieces.npz")
    return str(tmp_path / "pieces.npz")


def parsed(capsys, *arguments):
    """The JSON document that a command prints, alone."""
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys, *arguments):
    """The one line on the error stream of a command that fails."""
    try:
        status = main(list(arguments))
    except SystemExit as exit:
        status = exit.code
    out, err = capsys.readouterr()
    assert status == 2 and out == ""
    assert err.startswith("morseloss: error: ") and err.count("\n") == 1
    return err


# -- barcode


def test_barcode_prints_a_table_of_bars_and_both_scores(triangle, capsys):
    assert main(["barcode", triangle]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{triangle}: LandscapeGraph(3 minima, 3 edges)"
    assert [line.split() for line in lines[2:6]] == [
        ["minimum", "birth", "death", "lifetime", "ended", "by"],
        ["0", "0", "inf", "inf", "-"],
        ["2", "1", "4", "3", "edge", "1", "(1", "to", "2)"],
        ["1", "2", "3", "1", "edge", "0", "(0", "to", "1)"],
    ]
    assert lines[-1] == "TO-score: 2.1213203 (euclidean), 1.5 (chebyshev)"


def test_barcode_in_json_holds_every_digit(triangle, capsys):
    content = parsed(capsys, "barcode", triangle)
    assert content["bars"][0]["death"] is None and content["bars"][0]["edge"] is None
    assert content["bars"][1] == {
        "minimum": 2, "birth": 1.0, "death": 4.0, "lifetime": 3.0, "edge": 1, "ends": [1, 2],
        "exact": None,
    }  # fmt: skip
    assert content["to_score"] == {"euclidean": 3 / np.sqrt(2), "chebyshev": 1.5}
    assert (content["rule"], content["essential"]) == ("elder", 1)


def test_direct_bars_do_not_lead_through_other_minima(triangle, capsys):
    content = parsed(capsys, "barcode", triangle, "--direct")
    assert [bar["death"] for bar in content["bars"]] == [None, 9.0, 3.0]
    assert content["rule"] == "direct"


def test_a_graph_in_pieces_is_noted(pieces, capsys):
    main(["barcode", pieces])
    assert "2 bars never end: no edge joins the pieces" in capsys.readouterr().out
    main(["barcode", pieces, "--direct"])
    assert "have no direct edge to a lower one" in capsys.readouterr().out


@pytest.mark.parametrize("orientation", ["vertical", "horizontal"])
def test_barcode_draws_its_bars(triangle, orientation, tmp_path, capsys):
    picture = tmp_path / "bars.png"
    assert main(["barcode", triangle, "--plot", str(picture), "--orientation", orientation]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


# -- compare


def test_compare_prints_distances_and_matching(triangle, pieces, capsys):
    assert main(["compare", triangle, pieces]) == 0
    out = capsys.readouterr().out
    assert "bottleneck" in out and "Wasserstein, order 1" in out
    assert any(line.split()[:2] == ["[1,", "4)"] for line in out.splitlines())


def test_compare_in_json_agrees_with_the_library(triangle, tmp_path, capsys):
    other = ml.Diagram(births=[0.5, 1.0], deaths=[np.inf, 3.5])
    save_diagram(other, tmp_path / "other.csv")
    bars = ml.barcode(load_graph(triangle))
    content = parsed(capsys, "compare", triangle, str(tmp_path / "other.csv"))
    for metric in ("euclidean", "chebyshev"):
        matching = ml.topology.bottleneck_matching(bars, other, metric=metric)
        assert content["bottleneck"][metric] == matching.distance
        distance = ml.topology.wasserstein_distance(bars, other, metric=metric)
        assert content["wasserstein"][metric] == distance
    costs = [pair["cost"] for pair in content["matching"]]
    assert max(costs) == content["bottleneck"]["euclidean"]
    assert {"a": [0.0, None], "b": [0.5, None], "cost": 0.5} in content["matching"]


def test_a_graph_is_not_compared_in_a_degree_of_which_it_tells_nothing(triangle, capsys):
    assert main(["compare", triangle, triangle, "--degree", "1"]) == 2
    assert "got a graph or bars of degree 0 only" in capsys.readouterr().err


def test_bars_which_never_end_and_cannot_be_matched_are_infinitely_far(triangle, pieces, capsys):
    content = parsed(capsys, "compare", triangle, pieces)
    assert content["bottleneck"]["euclidean"] is None
    assert {"a": None, "b": [0.5, None], "cost": None} in content["matching"]


@pytest.mark.parametrize("name", ["bars.json", "bars.csv", "bars.npy"])
def test_a_diagram_in_any_form_is_at_distance_zero_from_itself(name, tmp_path, capsys):
    if name.endswith("npy"):
        np.save(tmp_path / name, np.array([[0.0, np.inf], [1.0, 3.0]]))
    else:
        save_diagram(ml.Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0]), tmp_path / name)
    content = parsed(capsys, "compare", str(tmp_path / name), str(tmp_path / name))
    assert content["bottleneck"] == {"euclidean": 0.0, "chebyshev": 0.0}


# -- landscape


def test_landscape_goes_from_a_name_to_bars_pictures_and_a_graph(tmp_path, capsys):
    folder, saved = tmp_path / "new" / "pictures", tmp_path / "also-new" / "graph.graphml"
    arguments = ["--starts", "60", "--plot", str(folder), "--save", str(saved)]
    content = parsed(capsys, "landscape", "mueller-brown", *arguments)
    deaths = [bar["death"] for bar in content["bars"]]
    np.testing.assert_allclose(deaths[1:], [-40.66484351, -72.24894011], rtol=1e-9)
    names = ["barcode", "diagram", "graph", "heights", "landscape", "merge-tree"]
    assert sorted(file.name for file in folder.iterdir()) == [f"{name}.png" for name in names]
    assert load_graph(saved).values.tolist() == [bar["birth"] for bar in content["bars"]]


def test_the_same_seed_gives_the_same_output(capsys):
    first = parsed(capsys, "landscape", "himmelblau", "--starts", "40", "--seed", "3")
    assert parsed(capsys, "landscape", "himmelblau", "--starts", "40", "--seed", "3") == first


def test_a_landscape_of_any_dimension_has_no_map_above_two(tmp_path, capsys):
    arguments = ["--dim", "3", "--starts", "60", "--plot", str(tmp_path)]
    assert parsed(capsys, "landscape", "double-well", *arguments)["minima"] == 8
    assert "landscape.png" not in {file.name for file in tmp_path.iterdir()}


def test_a_polynomial_file_gives_its_barcode(tmp_path, capsys):
    path = tmp_path / "p.json"
    path.write_text('{"terms": [[[4], 1.0], [[2], -2.0], [[1], 0.25]]}')
    content = parsed(capsys, "landscape", str(path), "--starts", "20")
    assert (content["minima"], content["edges"]) == (2, 1)
    assert content["source"] == "Polynomial(x0^4 - 2 x0^2 + 0.25 x0)"


def test_warnings_are_one_line_each_on_the_error_stream(tmp_path, capsys):
    (tmp_path / "flat.json").write_text('{"terms": [[[4, 0], 1.0], [[0, 4], 1.0]]}')
    assert main(["landscape", str(tmp_path / "flat.json"), "--starts", "4"]) == 0
    assert "morseloss: warning: minima in rows [0] are degenerate" in capsys.readouterr().err


def test_progress_is_shown_on_a_terminal_only(capsys, monkeypatch):
    main(["landscape", "double-well", "--starts", "10"])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    main(["landscape", "double-well", "--starts", "10"])
    assert "minima" in capsys.readouterr().err


# -- bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["bars"], "invalid choice: 'bars'"),
        (["barcode"], "arguments are required: FILE; see `morseloss barcode --help`"),
        (["barcode", "missing.json"], "missing.json: No such file"),
        (["barcode", "missing.txt"], "missing.txt: No such file"),
        (["compare", "missing.json", "missing.csv"], "missing.json: No such file"),
        (["landscape", "himelblau"], "expected a landscape of the catalogue (double-well, "),
        (["landscape", "missing.json"], "missing.json: No such file"),
        (["landscape", "himmelblau", "--dim", "3"], "`--dim` is for double-well and rastrigin"),
        (["landscape", "himmelblau", "--starts", "0"], "a whole number from 1 to 500000, got '0'"),
        (["landscape", "himmelblau", "--save", "graph.txt"], "ends in .npz, .graphml, .json"),
        (["landscape", "himmelblau", "--nope"], "see `morseloss landscape --help`"),
        (
            ["morse", "himmelblau", "--tops", "3"],
            "--tops 3 (perhaps `--top`); see `",
        ),
        (["network", "status", "x", "--plot", "y"], "see `morseloss network status --help`"),
    ],
)
def test_bad_arguments_are_one_line_and_status_two(arguments, message, capsys):
    assert message in refused(capsys, *arguments)


def test_a_broken_graph_is_one_line_with_the_name_of_its_file(tmp_path, capsys):
    path = tmp_path / "g.json"
    path.write_text('{"minima": [{"value": 5}], "edges": [{"ends": [0, 0], "weight": 3}]}')
    assert str(path) in refused(capsys, "barcode", str(path))


def test_a_picture_of_unknown_kind_is_refused(triangle, capsys):
    assert "ending in .png, .pdf or .svg" in refused(capsys, "barcode", triangle, "--plot", "a.xyz")


def test_a_landscape_without_a_global_minimum_is_refused(tmp_path, capsys):
    path = tmp_path / "cubic.json"
    path.write_text('{"terms": [[[3], 1.0], [[1], -3.0]]}')
    assert "does not know a box" in refused(capsys, "landscape", str(path))


def test_a_landscape_that_falls_out_of_its_box_has_a_minimum_on_the_wall(tmp_path, capsys):
    path = tmp_path / "cubic.json"
    path.write_text('{"terms": [[[3], 1.0], [[1], -3.0]], "box": [[-3], [3]]}')
    bars = parsed(capsys, "landscape", str(path))["bars"]
    assert [(bar["birth"], bar["death"]) for bar in bars] == [
        (pytest.approx(-18.0), None),
        (pytest.approx(-2.0), pytest.approx(2.0)),
    ]


# -- help and process


@pytest.mark.parametrize("command", [[], ["barcode"], ["compare"], ["landscape"], ["morse"]])
def test_help_fits_a_terminal_and_shows_an_example(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit, match="0"):
        main([*command, "--help"])
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 85
    assert "example" in out if command else "morseloss barcode --help" in out


@pytest.mark.parametrize("command", ["landscape", "morse"])
def test_help_lists_the_whole_catalogue(command, capsys):
    with pytest.raises(SystemExit):
        main([command, "--help"])
    out = capsys.readouterr().out
    for name in ("double-well", "easy-and-hard", "himmelblau", "mueller-brown", "rastrigin"):
        assert f"\n  {name}\n" in out


def test_the_module_runs_as_a_process(triangle):
    command = [sys.executable, "-m", "morseloss", "barcode"]
    good = subprocess.run([*command, triangle, "--json"], capture_output=True, check=False)
    assert good.returncode == 0 and good.stderr == b""
    assert json.loads(good.stdout)["minima"] == 3
    bad = subprocess.run([*command, "missing.json"], capture_output=True, check=False)
    assert bad.returncode == 2 and bad.stdout == b""
    assert bad.stderr.startswith(b"morseloss: error: missing.json: No such file or directory; ")


def test_main_leaves_the_warning_filters_alone(triangle, capsys):
    before = list(warnings.filters)
    main(["barcode", triangle])
    assert warnings.filters == before


def test_an_interrupt_saves_the_graph_and_ends_with_status_130(tmp_path, capsys, monkeypatch):
    from morseloss.graphs.joining.find_passes import _Search

    def press_the_keys(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(_Search, "finish_climbs", press_the_keys)
    file = tmp_path / "graph.json"
    assert main(["landscape", "six-hump-camel", "--starts", "64", "--save", str(file)]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert len(ml.load_graph(file).edges) == 7


# -- files of other programs, and names


NAMED = ml.LandscapeGraph(
    [0.0, 1.0, 0.5],
    [[0, 1], [1, 2]],
    [3.0, 4.0],
    names=["folded", "open", "knot"],
    edge_names=["TS 1", ""],
)


def test_names_come_out_in_the_table(tmp_path, capsys):
    save_graph(NAMED, tmp_path / "g.json")
    assert main(["barcode", str(tmp_path / "g.json")]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[2:6]]
    assert rows[0][:2] == ["minimum", "birth"]
    assert [row[:2] for row in rows[1:]] == [["0", "folded"], ["2", "knot"], ["1", "open"]]
    assert rows[3][5:] == ["edge", "0", "TS", "1", "(folded", "to", "open)"]
    assert rows[2][5:] == ["edge", "1", "(open", "to", "knot)"]


def test_names_and_provenance_come_out_in_json(tmp_path, capsys):
    save_graph(NAMED, tmp_path / "g.graphml")
    content = parsed(capsys, "barcode", str(tmp_path / "g.graphml"))
    bar = content["bars"][2]
    assert (bar["name"], bar["end_names"], bar["edge_name"]) == ("open", ["folded", "open"], "TS 1")
    assert content["bars"][0]["end_names"] is None
    assert content["provenance"]["coefficients"] == "any"


def test_ids_that_count_from_one_are_said(tmp_path, capsys):
    save_graph(NAMED, tmp_path / "min.data")
    assert main(["barcode", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "edge 0 (1 to 2)" in out
    assert "Names are ids of the file, which count from 1; minima are rows from 0." in out


def test_a_diagram_file_is_printed_as_it_is(tmp_path, capsys):
    told = ml.Provenance(11, "assumed", software="gudhi 3.13.0")
    save_diagram(ml.Diagram([0.0, 1.0], [np.inf, 3.0], provenance=told), tmp_path / "bars.pers")
    path, picture = str(tmp_path / "bars.pers"), tmp_path / "bars.png"
    assert main(["barcode", path, "--plot", str(picture)]) == 0
    out = capsys.readouterr().out
    assert ["0", "1", "3", "2"] in [line.split() for line in out.splitlines()]
    assert "field: 11, coefficients: assumed, software: gudhi 3.13.0" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    content = parsed(capsys, "barcode", path)
    assert content["provenance"] == told.told() and content["bars"][0]["death"] is None
    assert "chebyshev" in content["to_score"]


def test_lower_ends_come_out_beside_the_deaths(tmp_path, capsys):
    path = str(tmp_path / "bars.json")
    ml.save_diagram(ml.Diagram([0.0, 1.0], [np.inf, 3.0], lower=[np.nan, 2.75]), path)
    assert main(["barcode", path]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["degree", "birth", "death", "lifetime", "dies", "after"] in lines
    assert ["0", "0", "inf", "inf", "-"] in lines
    assert ["0", "1", "3", "2", "2.75"] in lines
    rows = parsed(capsys, "barcode", path)["bars"]
    assert [row["lower"] for row in rows] == [None, 2.75]


def test_an_edge_list_is_read_with_its_nodes_and_the_names_of_its_columns(tmp_path, capsys):
    (tmp_path / "nodes.csv").write_text("id,E\na,0\nb,1\n")
    (tmp_path / "edges.csv").write_text("source,target,E\na,b,3\n")
    options = ["--nodes", str(tmp_path / "nodes.csv"), "--value", "E", "--weight", "E"]
    content = parsed(capsys, "barcode", str(tmp_path / "edges.csv"), *options)
    assert [bar["name"] for bar in content["bars"]] == ["a", "b"]


@pytest.mark.parametrize("command", ["barcode", "compare"])
def test_rows_of_three_numbers_are_asked_what_they_are(command, tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("0,0,1\n")
    files = [str(path)] * (1 if command == "barcode" else 2)
    assert "bars (degree, birth, death), got rows of three numbers" in refused(
        capsys, command, *files
    )
    path.write_text("source,target,weight\n0,0,0\n1,1,1\n0,1,3\n")
    assert main([command, *files]) == 0
    path.write_text("birth,death,degree\n0,1,0\n0,1,3\n")
    assert main([command, *files]) == 0


def test_round_off_is_zero_in_a_comparison(tmp_path, capsys):
    for name, birth in (("a", "-2.1e-14"), ("b", "0")):
        (tmp_path / f"{name}.csv").write_text(f"birth,death\n{birth},inf\n{birth},178.3\n")
    assert main(["compare", str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]) == 0
    told = capsys.readouterr().out
    assert "[0, 178.3)" in told and "e-14" not in told
