"""`morseloss morse`, and what the other commands make of a Morse complex in a file."""

import json
import sys

import numpy as np
import pytest

import morseloss as ml
from morseloss.cli import main
from tests.cli.test_barcode_and_compare import parsed, refused

TERMS = {(4, 0): 1.0, (0, 4): 1.0, (2, 0): -2.0, (0, 2): -2.0, (1, 0): 0.3, (0, 1): 0.2}
"""Four wells around a hill."""


def written(path, terms):
    content = {"terms": [[list(exponents), number] for exponents, number in terms.items()]}
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def wells(tmp_path):
    return written(tmp_path / "wells.json", TERMS)


@pytest.fixture
def ring(tmp_path):
    """The wells in three variables: their sublevel sets close to a ring below the hill."""
    terms = {(*exponents, 0): number for exponents, number in TERMS.items()}
    return written(tmp_path / "ring.json", terms | {(0, 0, 2): 1.0})


@pytest.fixture
def circle(tmp_path):
    """Two minima and two saddles around a circle: the bar of degree 1 never ends."""
    matrix = [[-1, -1], [1, 1]]
    complex = ml.MorseComplex.from_matrices([[0.0, 0.5], [1.0, 3.0]], [matrix])
    ml.save_complex(complex, tmp_path / "circle.json")
    return str(tmp_path / "circle.json")


@pytest.fixture
def plane(tmp_path):
    """A disc glued twice around a circle: what it closes depends on the field."""
    complex = ml.MorseComplex.from_matrices([[0.0], [1.0], [2.0]], [[[0]], [[2]]])
    ml.save_complex(complex, tmp_path / "plane.json")
    return str(tmp_path / "plane.json")


# -- from a landscape


def test_a_degenerate_polynomial_is_told_of_the_tilt_and_has_its_bars_with_it(capsys):
    words = ["morse", "x^4 + y^4 - 2 x^2", "--json"]
    assert main(words) == 2
    assert "(`--perturb` on the command line)" in capsys.readouterr().err
    assert main([*words, "--perturb", "1e-5"]) == 0
    bars = json.loads(capsys.readouterr().out)["bars"]
    ends = [bar["death"] - bar["birth"] for bar in bars if bar["death"] is not None]
    assert sum(abs(end - 1) < 4e-5 for end in ends) == 1  # the true bar, between two equal wells
    assert all(end < 4e-5 or abs(end - 1) < 4e-5 for end in ends)


def test_morse_prints_certificate_bars_of_every_degree_and_scores(wells, capsys):
    assert main(["morse", wells]) == 0
    lines = capsys.readouterr().out.splitlines()
    bars = ml.morse_complex(land := ml.load_polynomial(wells), ml.critical_points(land)).diagram()
    assert lines[0].startswith(f"{land!r}: MorseComplex(9 critical points: 4 minima, 4 of index 1")
    assert lines[1].startswith("Certificate(complete: 9 of 9 complex solutions, 9 real, alpha ")
    names = "degree  birth point  index  birth  death  lifetime  death point"
    assert lines[3].split() == names.split()
    rows = [line.split() for line in lines[4:9]]
    assert [row[0] for row in rows] == ["0", "0", "0", "0", "1"]
    assert [row[1] for row in rows] == [str(cell) for cell in bars.birth_cells]
    assert [row[2] for row in rows] == ["0", "0", "0", "0", "1"]
    assert rows[0][4:] == ["inf", "inf", "-"]
    assert rows[-1][-1] == "8"
    assert lines[10].split()[:5] == ["degree", "Betti", "number", "over", "Q"]
    assert [line.split()[:2] for line in lines[11:]] == [["0", "1"], ["1", "0"], ["2", "0"]]
    assert lines[12].split()[2] == f"{ml.to_score(bars, degree=1):.8g}"


def test_morse_in_json_agrees_with_the_library(wells, capsys):
    content = parsed(capsys, "morse", wells)
    land = ml.load_polynomial(wells)
    points = ml.critical_points(land)
    bars = ml.morse_complex(land, points).diagram()
    assert content["source"] == repr(land) and content["characteristic"] == 0
    assert content["certificate"]["complete"] and content["certificate"]["consistent"]
    assert (content["certificate"]["expected"], content["certificate"]["euler"]) == (9, 1)
    assert [point["point"] for point in content["critical_points"]] == points.points.tolist()
    assert [point["index"] for point in content["critical_points"]] == points.indices.tolist()
    for bar, degree, birth, death in zip(
        content["bars"], bars.degrees, bars.birth_cells, bars.death_cells, strict=True
    ):
        assert (bar["degree"], bar["index"], bar["birth_point"]) == (degree, degree, birth)
        assert bar["birth"] == content["critical_points"][birth]["value"]
        if death < 0:
            assert bar["death"] is bar["lifetime"] is bar["death_point"] is None
        else:
            assert bar["death"] == content["critical_points"][death]["value"]
            assert (bar["lifetime"], bar["death_point"]) == (bar["death"] - bar["birth"], death)
    for degree, entry in enumerate(content["degrees"]):
        assert (entry["degree"], entry["betti"]) == (degree, 1 if degree == 0 else 0)
        for metric, score in entry["to_score"].items():
            assert score == ml.to_score(bars, degree=degree, metric=metric)


def test_a_landscape_that_is_no_polynomial_is_searched_from_starts(capsys):
    arguments = ["morse", "mueller-brown", "--starts", "60", "--seed", "1"]
    content = parsed(capsys, *arguments)
    deaths = [bar["death"] for bar in content["bars"]]
    np.testing.assert_allclose(deaths[1:], [-40.66484351, -72.24894011], rtol=1e-9)
    certificate = content["certificate"]
    assert (certificate["expected"], certificate["alpha"]) == (0, None)
    assert not certificate["complete"] and certificate["consistent"]
    assert parsed(capsys, *arguments) == content


@pytest.mark.parametrize("ends", [["-2", "2"], ["-2", "2", "-1", "3"]])
def test_a_box_has_walls_that_count(ends, capsys):
    # on the left of -1 the function falls, so the wall, or its corner, holds the lowest minimum
    corner = -(2.0**3) + float(ends[-2]) ** 3 - 3 * -2.0 * float(ends[-2])
    report = parsed(capsys, "landscape", "x^3 + y^3 - 3 x y", "--box", *ends)
    assert report["bars"][0]["birth"] == pytest.approx(corner)
    assert [bar["birth"] for bar in report["bars"][1:]] == pytest.approx([-1.0])
    assert [bar["death"] for bar in report["bars"][1:]] == pytest.approx([0.0])
    found = parsed(capsys, "morse", "x^3 + y^3 - 3 x y", "--box", *ends)
    assert found["certificate"]["complete"]


def test_a_polynomial_that_falls_is_sent_to_a_box(tmp_path, capsys):
    for command in ("landscape", "morse", "escape"):
        assert main([command, "x^3 + y^3 - x y"]) == 2
        assert "--box" in capsys.readouterr().err
    file = str(tmp_path / "complex.json")
    assert main(["morse", "himmelblau", "--save", file]) == 0
    assert main(["morse", file, "--box", "0", "1"]) == 2
    assert "`--box` is for landscapes" in capsys.readouterr().err


def test_starts_search_a_polynomial_in_place_of_counting(wells, capsys):
    counted = parsed(capsys, "morse", wells)
    searched = parsed(capsys, "morse", wells, "--starts", "60")
    assert searched["certificate"]["expected"] == 0
    for one, other in zip(counted["bars"], searched["bars"], strict=True):
        assert one["death_point"] == other["death_point"]
        assert one["birth"] == pytest.approx(other["birth"], abs=1e-12)


def test_one_variable_has_its_curve_and_the_same_bars_as_the_graph(tmp_path, capsys):
    content = parsed(capsys, "morse", "double-well", "--plot", str(tmp_path / "new" / "pictures"))
    graph = parsed(capsys, "landscape", "double-well", "--starts", "20")
    names = {file.name for file in (tmp_path / "new" / "pictures").iterdir()}
    assert names == {"barcode.png", "diagram.png", "landscape.png"}
    for bar, other in zip(content["bars"], graph["bars"], strict=True):
        assert bar["death"] == pytest.approx(other["death"])


def test_two_variables_have_their_cells_drawn_and_the_complex_saved(wells, tmp_path, capsys):
    folder, saved = tmp_path / "pictures", tmp_path / "also-new" / "complex.json"
    content = parsed(capsys, "morse", wells, "--plot", str(folder), "--save", str(saved))
    assert {file.name for file in folder.iterdir()} == {
        "barcode.png", "diagram.png", "morse-smale.png"
    }  # fmt: skip
    again = parsed(capsys, "morse", str(saved))
    assert again.pop("source") == str(saved) and again.pop("certificate") is None
    assert again.items() <= content.items()


@pytest.fixture
def surfaces(monkeypatch):
    """The levels of the surfaces that are drawn, in place of drawing them."""
    levels = []
    monkeypatch.setattr(ml.plot, "level_surface", lambda _, level, *__: levels.append(level))
    return levels


def test_three_variables_show_a_level_that_lies_in_the_longest_bar_of_higher_degree(
    ring, tmp_path, capsys, surfaces
):
    content = parsed(capsys, "morse", ring, "--plot", str(tmp_path / "pictures"))
    (loop,) = [bar for bar in content["bars"] if bar["degree"] == 1]
    assert surfaces == [pytest.approx((loop["birth"] + loop["death"]) / 2)]
    assert (tmp_path / "pictures" / "level-surface.png").exists()


def test_without_loops_the_level_lies_where_most_wells_are_apart(tmp_path, capsys, surfaces):
    terms = {(4, 0, 0): 1.0, (2, 0, 0): -2.0, (1, 0, 0): 0.1, (0, 2, 0): 1.0, (0, 0, 2): 1.0}
    file = written(tmp_path / "two.json", terms)
    content = parsed(capsys, "morse", file, "--plot", str(tmp_path / "pictures"))
    well = content["bars"][1]
    assert surfaces == [pytest.approx((well["birth"] + well["death"]) / 2)]


def test_a_bowl_in_three_variables_has_no_level_to_show(tmp_path, capsys, surfaces):
    terms = {(2, 0, 0): 1.0, (0, 2, 0): 1.0, (0, 0, 2): 1.0}
    file = written(tmp_path / "bowl.json", terms)
    assert len(parsed(capsys, "morse", file, "--plot", str(tmp_path / "pictures"))["bars"]) == 1
    assert not surfaces


def test_a_level_surface_is_drawn(ring, tmp_path, capsys):
    pytest.importorskip("skimage")
    assert main(["morse", ring, "--plot", str(tmp_path / "pictures")]) == 0
    assert (tmp_path / "pictures" / "level-surface.png").read_bytes().startswith(b"\x89PNG")


def test_without_scikit_image_the_rest_is_drawn(ring, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.measure", None)
    assert main(["morse", ring, "--plot", str(tmp_path / "pictures")]) == 0
    out, err = capsys.readouterr()
    assert "Certificate(complete" in out
    (left_out,) = [line for line in err.splitlines() if line.startswith("morseloss: warning: ")]
    assert "level-surface.png is left out" in left_out and "pip install scikit-image" in left_out
    names = {file.name for file in (tmp_path / "pictures").iterdir()}
    assert names == {"barcode.png", "diagram.png"}


def test_progress_is_shown_on_a_terminal_only(wells, capsys, monkeypatch):
    main(["morse", wells])
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    main(["morse", wells])
    err = capsys.readouterr().err
    assert "critical points" in err and "flow lines" in err


def test_a_wall_that_cuts_a_well_holds_a_minimum(tmp_path, capsys):
    file = written(tmp_path / "wells.json", {(4,): 1.0, (2,): -2.0})
    content = json.loads((tmp_path / "wells.json").read_text())
    (tmp_path / "wells.json").write_text(json.dumps(content | {"box": [[-0.5], [2.0]]}))
    assert main(["morse", file, "--json"]) == 0
    bars = json.loads(capsys.readouterr().out)["bars"]
    assert [(bar["birth"], bar["death"]) for bar in bars] == [
        (pytest.approx(-1.0), None),
        (pytest.approx(-0.4375), pytest.approx(0.0, abs=1e-12)),
    ]


def test_what_speaks_against_completeness_is_a_warning(tmp_path, capsys):
    file = written(tmp_path / "wells.json", {(4,): 1.0, (2,): -2.0})
    content = json.loads((tmp_path / "wells.json").read_text())
    (tmp_path / "wells.json").write_text(json.dumps(content | {"box": [[0.0], [2.0]]}))
    assert main(["morse", file]) == 2
    out, err = capsys.readouterr()
    warning, error = err.splitlines()
    assert out == "" and warning.startswith("morseloss: warning: ") and "slope across" in warning
    assert error.startswith("morseloss: error: ") and "must not be degenerate" in error


def test_an_interrupt_ends_with_status_130(wells, capsys, monkeypatch):
    import morseloss.cli.morse

    def press_the_keys(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(morseloss.cli.morse, "morse_complex", press_the_keys)
    assert main(["morse", wells]) == 130
    assert (
        capsys.readouterr().err
        == "morseloss: interrupted; run the same command again, it begins anew\n"
    )


# -- from a complex in a file


def test_a_complex_is_taken_as_it_is(circle, tmp_path, capsys):
    folder = tmp_path / "pictures"
    assert main(["morse", circle, "--plot", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{circle}: MorseComplex(4 critical points: 2 minima, 2 of index 1)"
    assert [line.split() for line in lines[3:6]] == [
        ["0", "0", "0", "0", "inf", "inf", "-"],
        ["0", "1", "0", "0.5", "1", "0.5", "2"],
        ["1", "3", "1", "3", "inf", "inf", "-"],
    ]
    assert [line.split()[:2] for line in lines[-2:]] == [["0", "1"], ["1", "1"]]
    assert {file.name for file in folder.iterdir()} == {"barcode.png", "diagram.png"}
    content = parsed(capsys, "morse", circle)
    assert content["flow_lines"] is None and content["certificate"] is None
    assert content["critical_points"][3] == {"value": 3.0, "index": 1}


def test_the_bars_depend_on_the_field(plane, capsys):
    assert [entry["betti"] for entry in parsed(capsys, "morse", plane)["degrees"]] == [1, 0, 0]
    content = parsed(capsys, "morse", plane, "--characteristic", "2")
    assert [entry["betti"] for entry in content["degrees"]] == [1, 1, 1]
    assert content["characteristic"] == 2
    main(["morse", plane, "--characteristic", "3"])
    assert "Betti number over Z/3" in capsys.readouterr().out


def test_barcode_takes_a_complex(circle, wells, tmp_path, capsys):
    bars = parsed(capsys, "barcode", circle, "--plot", str(tmp_path / "bars.png"))["bars"]
    assert bars == parsed(capsys, "morse", circle)["bars"]
    assert (tmp_path / "bars.png").read_bytes().startswith(b"\x89PNG")
    assert main(["barcode", circle]) == 0
    assert "Betti number over Q" in capsys.readouterr().out


def test_direct_bars_of_a_complex_are_those_of_its_graph(circle, capsys):
    content = parsed(capsys, "barcode", circle, "--direct")
    assert (content["minima"], content["edges"], content["rule"]) == (2, 2, "direct")
    assert [bar["death"] for bar in content["bars"]] == [None, 1.0]


def test_compare_takes_complexes_and_a_degree(circle, plane, tmp_path, capsys):
    bars = ml.load_complex(circle).diagram()
    ml.save_diagram(bars, tmp_path / "bars.json")
    for degree in ("0", "1"):
        content = parsed(capsys, "compare", circle, str(tmp_path / "bars.json"), "--degree", degree)
        assert content["degree"] == int(degree)
        assert content["bottleneck"] == {"euclidean": 0.0, "chebyshev": 0.0}
    content = parsed(capsys, "compare", circle, plane, "--degree", "1")
    assert content["bottleneck"]["euclidean"] is None  # one bar that never ends, and none
    assert {"a": [3.0, None], "b": None, "cost": None} in content["matching"]
    assert main(["compare", circle, plane, "--degree", "1"]) == 0
    assert "in degree 1" in capsys.readouterr().out


# -- bad input


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "arguments are required: NAME|POLYNOMIAL|FILE.json|-; see `morseloss morse --help`"),
        (["himelblau"], "expected a landscape of the catalogue (double-well, "),
        (["missing.json"], "missing.json: No such file"),
        (["himmelblau", "--dim", "3"], "`--dim` is for double-well and rastrigin"),
        (["double-well", "--dim", "5"], "in one to 4 variables, got DoubleWell(5)"),
        (["himmelblau", "--starts", "0"], "a whole number from 1 to 500000, got '0'"),
        (["himmelblau", "--characteristic", "6"], "must be 0 (the rationals) or a prime"),
        (["himmelblau", "--characteristic", "two"], "(the integers mod p), got 'two'"),
        (["himmelblau", "--save", "complex.npz"], "ends in .json for a Morse complex"),
    ],
)
def test_bad_arguments_are_one_line_and_status_two(arguments, message, capsys):
    assert message in refused(capsys, "morse", *arguments)


@pytest.mark.parametrize("option", ["--dim", "--starts"])
def test_options_of_landscapes_are_refused_for_a_complex(circle, option, capsys):
    assert f"`{option}` is for landscapes" in refused(capsys, "morse", circle, option, "2")


def test_a_broken_complex_is_one_line_with_the_name_of_its_file(tmp_path, capsys):
    path = tmp_path / "c.json"
    path.write_text('{"critical_points": [{"value": 0.0}], "boundary": []}')
    for command in ("morse", "barcode"):
        err = refused(capsys, command, str(path))
        assert str(path) in err and "`index` of every critical point" in err
    path.write_text('{"format": "morseloss-complex"}')
    assert "expected `critical_points`" in refused(capsys, "compare", str(path), str(path))


def test_a_landscape_that_is_not_morse_is_refused(tmp_path, capsys):
    valley = written(tmp_path / "valley.json", {(4, 0): 1.0, (0, 4): 1.0, (0, 2): -1.0})
    assert "`points` must not be degenerate" in refused(capsys, "morse", valley)


def test_a_graph_is_no_landscape(tmp_path, capsys):
    ml.save_graph(ml.LandscapeGraph([0.0], [], []), tmp_path / "graph.json")
    message = refused(capsys, "morse", str(tmp_path / "graph.json"))
    assert 'the format "morseloss-polynomial"' in message


def test_a_degree_below_zero_is_refused(circle, capsys):
    assert "a whole number from 0 to 10000, got '-1'" in refused(
        capsys, "compare", circle, circle, "--degree", "-1"
    )
