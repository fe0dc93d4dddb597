"""`morseloss escape`: what it prints, draws and refuses."""

import argparse
import json

import numpy as np
import pytest

import morseloss as ml
from morseloss.cli.escape import add_escape
from morseloss.escape import least_rate, threshold

CUBIC = ml.Polynomial({2: 1.0, 3: -1.0, 6: 0.1})


def run(*arguments):
    parser = argparse.ArgumentParser()
    add_escape(parser.add_subparsers())
    options = parser.parse_args(["escape", *arguments])
    options.run(options)


def parsed(capsys, *arguments):
    run(*arguments, "--json")
    return json.loads(capsys.readouterr().out)


def written(path, terms):
    content = {"terms": [[list(exponents), number] for exponents, number in terms.items()]}
    path.write_text(json.dumps(content))
    return str(path)


@pytest.fixture
def cubic(tmp_path):
    return written(tmp_path / "cubic.json", CUBIC.terms)


@pytest.fixture
def bowl(tmp_path):
    return written(tmp_path / "bowl.json", {(2, 0): 1.0, (0, 2): 1.0})


def test_numbers_in_json_are_those_of_the_library(cubic, capsys):
    content = parsed(capsys, cubic, "--start", "0.05")
    assert content["least_rate"] == least_rate(CUBIC, 0.05).rates[0]
    assert content["threshold"] == threshold(CUBIC, 0.05).rates[0]
    assert content["below"] < content["least_rate"] < content["below"] * (1 + 1e-6)
    assert content["stable_below"] == pytest.approx(1.0)
    assert content["length"] == pytest.approx(ml.escape.basins(CUBIC).lengths[0])
    regimes = [row["regime"] for row in content["runs"]]
    assert (
        regimes[0] == "converges" and "bounded" in regimes and regimes[-1] in ("leaves", "diverges")
    )
    for row in content["runs"]:
        assert (row["steps"] > 0) == (row["rate"] >= content["least_rate"])


def test_two_tables_are_printed(cubic, capsys):
    run(cubic, "--near", "0.1", "--start", "0.05")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": from (0) across (0.72059)")
    assert lines[2].startswith("length of the bar")
    assert lines[-13].split() == ["rate", "regime", "steps", "to", "leave", "end"]
    assert lines[-12].split()[1:3] == ["converges", "-"]


def test_the_range_and_the_steps_are_used(cubic, capsys):
    content = parsed(capsys, cubic, "--rates", "1.4", "1.6", "--steps", "30", "--start", "0.05")
    assert content["tried"] == [1.4, 1.6]
    assert content["steps"] <= 30


def test_pictures_of_one_variable_are_three(cubic, tmp_path):
    run(cubic, "--plot", str(tmp_path / "pictures"), "--start", "0.05")
    names = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert names == ["attractors.png", "orbit.png", "steps.png"]


def test_a_landscape_of_more_variables_is_left_through_a_gate(tmp_path, capsys):
    folder = tmp_path / "pictures"
    arguments = ["six-hump-camel", "--starts", "80", "--steps", "300", "--start", "0.1"]
    content = parsed(capsys, *arguments, "--plot", str(folder))
    assert [path.name for path in folder.iterdir()] == ["steps.png"]
    assert content["threshold"] is None and len(content["minimum"]) == 2
    assert content["stable_below"] == pytest.approx(2 / content["curvature"])
    camel = ml.analytic.SixHumpCamel().critical_points
    gaps = np.abs(camel.points.numpy() - content["saddle"]).max(axis=1)
    assert camel.indices[int(gaps.argmin())] == 1 and gaps.min() < 1e-6
    near = [str(x) for x in content["minimum"]]
    other = parsed(capsys, *arguments, "--near", *near)
    assert other["least_rate"] == content["least_rate"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--near", "0.1"], "`--near` must have 2 coordinates, got 1"),
        (["--near", "-0.0898", "0.7126"], "nearest to `--near` is the global one"),
    ],
)
def test_a_place_that_names_no_way_out_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        run("six-hump-camel", "--starts", "80", *arguments)


def test_one_minimum_has_no_way_out(bowl):
    with pytest.raises(ValueError, match="has one minimum only"):
        run(bowl, "--starts", "10")


def test_starts_of_searches_are_for_more_variables(cubic):
    with pytest.raises(ValueError, match="`--starts` is for more than one variable"):
        run(cubic, "--starts", "10")
