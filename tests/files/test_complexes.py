"""Morse complexes in files: nothing is lost, and what is no such file is told so."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import morseloss as ml
from morseloss.files import load_complex, save_complex

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
POINTS = [{"value": 0, "index": 0}, {"value": 1, "index": 0}, {"value": 3, "index": 1}]
LINES = [{"source": 2, "target": 0, "sign": -1}, {"source": 2, "target": 1, "sign": 1}]
BOUNDARY = [
    {"source": 2, "target": 0, "incidence": -1},
    {"source": 2, "target": 1, "incidence": 1},
]


def assert_same_bits(a, b):
    assert (a is None) == (b is None)
    if a is not None:
        assert (a.dtype, a.shape, a.tobytes()) == (b.dtype, b.shape, b.tobytes())


def assert_same_complex(a, b):
    for name in ("values", "indices", "points"):
        assert_same_bits(getattr(a, name), getattr(b, name))
    for name in ("data", "indices", "indptr"):
        assert_same_bits(getattr(a.boundary, name), getattr(b.boundary, name))
    assert (a.lines is None) == (b.lines is None)
    if a.lines is not None:
        for name in ("sources", "targets", "signs"):
            assert_same_bits(getattr(a.lines, name), getattr(b.lines, name))
        assert (a.lines.paths is None) == (b.lines.paths is None)
        for path, other in zip(a.lines.paths or (), b.lines.paths or (), strict=True):
            assert_same_bits(path, other)


def array(draw, *shape):
    size = int(np.prod(shape))
    numbers = draw(st.lists(NUMBER, min_size=size, max_size=size))
    return np.array(numbers, dtype=np.float64).reshape(shape)


@st.composite
def complexes(draw):
    """Minima and saddles between them, of any finite floats, with any of the extras."""
    n, m, dim = draw(st.integers(1, 4)), draw(st.integers(0, 4)), draw(st.integers(1, 3))
    values = np.sort(array(draw, n + m))
    indices = np.repeat([0, 1], [n, m])
    ends = draw(st.lists(st.integers(0, n - 1), min_size=2 * m, max_size=2 * m))
    paths = None
    if m and draw(st.booleans()):
        paths = tuple(array(draw, draw(st.integers(1, 3)), dim) for _ in ends)
    sources = np.repeat(np.arange(n, n + m), 2)
    lines = ml.FlowLines(sources, np.array(ends, np.int64), np.tile([-1, 1], m), paths)
    points = array(draw, n + m, dim) if draw(st.booleans()) else None
    complex = ml.MorseComplex.from_lines(values, indices, lines, points)
    if draw(st.booleans()):
        return complex
    return ml.MorseComplex(values, indices, complex.boundary, points)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("complexes")


@given(complex=complexes())
@settings(max_examples=60, deadline=None)
def test_a_complex_comes_back_to_the_last_bit(folder, complex):
    save_complex(complex, folder / "complex.json")
    assert_same_complex(load_complex(folder / "complex.json"), complex)


def test_hard_floats_and_an_empty_complex_survive(tmp_path):
    hard = np.array([-0.0, 5e-324, 0.1 + 0.2, 1 / 3, 1.7976931348623157e308, -(2.0**-1074)])
    hard_one = ml.MorseComplex(hard, np.zeros(6, int), np.zeros((6, 6), int), hard[:, None])
    for complex in (hard_one, ml.MorseComplex([], [], [])):
        save_complex(complex, str(tmp_path / "complex.json"))
        assert_same_complex(load_complex(str(tmp_path / "complex.json")), complex)


@pytest.mark.parametrize(
    "tables", [{"boundary": BOUNDARY}, {"lines": LINES}, {"boundary": BOUNDARY, "lines": LINES}]
)
def test_boundary_or_lines_are_enough_by_hand(tables, tmp_path):
    path = tmp_path / "by-hand.json"
    path.write_text(json.dumps({"critical_points": POINTS, **tables}))
    complex = load_complex(path)
    assert complex.diagram().deaths.tolist() == [np.inf, 3.0]
    assert (complex.lines is None) == ("lines" not in tables)


def test_a_file_has_a_line_for_each_point_and_flow_line(tmp_path):
    lines = ml.FlowLines([2, 2], [0, 1], [-1, 1], [np.array([[0.5], [0.0]])] * 2)
    points = [[0.0], [1.0], [0.5]]
    complex = ml.MorseComplex.from_lines([0.0, 1.0, 3.0], [0, 0, 1], lines, points)
    save_complex(complex, tmp_path / "c.json")
    written = [line.strip(" ,") for line in (tmp_path / "c.json").read_text().splitlines()]
    assert '"format": "morseloss-complex"' in written
    assert '{"value": 3.0, "index": 1, "point": [0.5]}' in written
    assert '{"source": 2, "target": 1, "incidence": 1}' in written
    assert '{"source": 2, "target": 0, "sign": -1, "path": [[0.5], [0.0]]}' in written


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "expected a morseloss-complex in JSON, got no JSON"),
        ({"format": "morseloss-graph"}, "expected the format"),
        ({"version": 2}, "version 1 .* got 2; update"),
        (
            {"minima": []},
            r"`critical_points`, a list of objects, got .*\['minima'\]; .*`load_graph` reads",
        ),
        ({"boundary": None}, "expected `boundary`, a list of objects, got NoneType"),
        ({"boundary": [3]}, "expected `boundary`, a list of objects, got list"),
        (
            {"critical_points": POINTS},
            "expected `boundary`.* got the names.*morseloss.load_complex",
        ),
        ({"lines": 3}, "expected `lines`, a list of objects, got int"),
        (
            {"critical_points": [{"value": 0}], "boundary": []},
            r"`index` of every critical point, got \['value'\]",
        ),
        ({"critical_points": [{"index": 0}], "boundary": []}, "`value` of every critical point"),
        (
            {"critical_points": [{"value": "x", "index": 0}], "boundary": []},
            "`value` must hold real numbers, got 'x'",
        ),
        (
            {"critical_points": [{"value": 0, "index": 1.0}], "boundary": []},
            "`index` must hold integers, got 1.0 of float in row",
        ),
        (
            {"critical_points": [{"value": 0, "index": 2**70}], "boundary": []},
            "`index` must hold integers of 64 bits",
        ),
        ({"critical_points": [{"value": 0, "index": -1}], "boundary": []}, "got -1 in row 0"),
        ({"boundary": [{"source": 2, "target": 0}]}, "`incidence` of every entry of the boundary"),
        (
            {"boundary": [{"source": 2, "target": 3, "incidence": 1}]},
            r"critical points from 0 to 2, got source and target \[2, 3\] in row 0",
        ),
        ({"boundary": [{"source": 0, "target": 2, "incidence": 1}]}, "must lead one degree down"),
        ({"boundary": [{"source": 2, "target": 0, "incidence": True}]}, "`incidence` .*got True"),
        ({"boundary": [], "lines": LINES}, "must count the lines with their signs"),
        ({"lines": [{**LINES[0], "path": [[0.0]]}, LINES[1]]}, "`path` of every flow line"),
        (
            {"lines": [{**line, "path": [["x"]]} for line in LINES]},
            "must hold real numbers, got 'x'",
        ),
    ],
)
def test_what_is_no_complex_is_refused_with_the_name_of_the_file(content, message, tmp_path):
    path = tmp_path / "c.json"
    if isinstance(content, dict):
        missing = {"critical_points": POINTS} if {"boundary", "lines"} & content.keys() else {}
        content = json.dumps(missing | content)
    path.write_text(content)
    with pytest.raises(ValueError, match=rf"^{re.escape(str(path))}: .*{message}"):
        load_complex(path)


def test_another_suffix_is_refused_and_a_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.json for a Morse complex, got '\.npz'"):
        save_complex(ml.MorseComplex([], [], []), tmp_path / "c.npz")
    with pytest.raises(ValueError, match=r"a Morse complex \(\.json\), got a text of no form"):
        (tmp_path / "c.txt").write_text("words")
        load_complex(tmp_path / "c.txt")
    with pytest.raises(FileNotFoundError):
        load_complex(tmp_path / "c.json")
