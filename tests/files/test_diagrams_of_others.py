"""Diagrams as gudhi, Perseus, ripser and DIPHA write them, and what travels with the bars."""

import json
import struct

import numpy as np
import pytest

import morseloss as ml
from morseloss import interop

RIPSER = """value range: [0.5,2.5]
distance matrix with 4 points
persistence intervals in dim 0:
 [0,1)
 [0,0.5)
 [0, )
persistence intervals in dim 1:
 [1,2.5):  {[0,1], [2,3]}
persistence intervals in dim 2:
"""
TOLD = ml.Provenance(11, "assumed", "sublevel", "gudhi 3.13.0")
BARS = ml.Diagram(
    births=[0.1 + 0.2, 1.0, 2.0, 5e-324],
    deaths=[np.inf, 3.0, 1 / 3 * 1e300, np.inf],
    degrees=[0, 0, 1, 2],
    provenance=TOLD,
)


def rows_of(bars):
    return list(zip(bars.degrees.tolist(), bars.births.tolist(), bars.deaths.tolist(), strict=True))


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["pers", "dipha", "diagram", "json", "csv"])
@pytest.mark.parametrize("bars", [BARS, ml.Diagram([], []), ml.Diagram([0.0], [np.inf])])
def test_bars_come_back_to_the_last_bit_from_every_form(suffix, bars, tmp_path):
    ml.save_diagram(bars, tmp_path / f"bars.{suffix}")
    assert rows_of(ml.load_diagram(tmp_path / f"bars.{suffix}")) == rows_of(bars)


def test_gudhi_reads_the_rows_that_are_written(tmp_path):
    import gudhi

    ml.save_diagram(BARS, tmp_path / "bars.pers")
    found = gudhi.read_persistence_intervals_grouped_by_dimension(str(tmp_path / "bars.pers"))
    rows = [(degree, *bar) for degree, bars in sorted(found.items()) for bar in bars]
    assert [row[0] for row in rows] == BARS.degrees.tolist()
    np.testing.assert_allclose([row[1] for row in rows], BARS.births, rtol=1e-12)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("0 0 inf\n1 1 3\n", [(0, 0.0, np.inf), (1, 1.0, 3.0)]),
        ("# theirs\n0 inf\n1 3\n", [(0, 0.0, np.inf), (0, 1.0, 3.0)]),
        ("2  1 0.5 inf\n2  0 1 3\n", [(0, 1.0, 3.0), (1, 0.5, np.inf)]),
        ("0 -1\n2 5\n", [(0, 0.0, np.inf), (0, 2.0, 5.0)]),
        ("-3 -1\n", [(0, -3.0, -1.0)]),
    ],
)
@pytest.mark.parametrize("name", ["bars.pers", "bars.txt", "bars", "bars.csv"])
def test_rows_of_gudhi_and_perseus_are_read_whatever_their_file_is_called(
    text, rows, name, tmp_path
):
    assert rows_of(ml.load_diagram(written(tmp_path / name, text))) == rows


def test_the_field_before_each_row_of_gudhi_is_kept(tmp_path):
    bars = ml.load_diagram(written(tmp_path / "bars.pers", "11 0 0 inf\n11 0 1 3\n"))
    assert bars.provenance == ml.Provenance(field=11)


def test_what_ripser_prints_is_read(tmp_path):
    bars = ml.load_diagram(written(tmp_path / "out.txt", RIPSER))
    assert rows_of(bars) == [(0, 0, 1), (0, 0, 0.5), (0, 0, np.inf), (1, 1, 2.5)]


@pytest.mark.parametrize(("kind", "said"), [(3, "points, for a Rips"), (6, "a matrix of dist")])
def test_other_files_of_dipha_are_named_the_early_ones_too(kind, said, tmp_path):
    path = tmp_path / "a.complex"
    path.write_bytes(np.array([8067171840, kind, 1, 1], "<i8").tobytes())
    with pytest.raises(ValueError, match=rf"{said}.*; let DIPHA compute the diagram"):
        ml.load_diagram(path)


def test_dipha_marks_bars_that_never_end_by_their_degree(tmp_path):
    path = tmp_path / "bars.bin"
    bars = struct.pack("<qdd", 0, 1.0, 3.0) + struct.pack("<qdd", -2, 0.5, 9.0)
    path.write_bytes(struct.pack("<qqq", 8067171840, 2, 2) + bars)
    assert rows_of(ml.load_diagram(path)) == [(0, 1.0, 3.0), (1, 0.5, np.inf)]
    ml.save_diagram(ml.load_diagram(path), tmp_path / "again.dipha")
    again = (tmp_path / "again.dipha").read_bytes()
    assert struct.unpack("<qqq qdd qdd", again) == (8067171840, 2, 2, 0, 1.0, 3.0, -2, 0.5, 3.0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("2 0 0 inf\n3 0 1 3\n", r"bars over several fields, \[2, 3\]"),
        ("0.5 1.0 0\n0.1 inf 0\n", "0.5 as the degree in row 0; .*`interop.from_giotto`"),
        ("0 1 inf\n0 3\n", "2 numbers in row 1, '0 3'"),
        ("1 2 3 4 5\n", "5 numbers in row 0"),
        ("0 1_0\n", "row 0: expected a number, got '1_0'"),
        ("0 3 1\n", "a death at or above"),
        ("# field: six\n0 1\n", "expected a number, got 'six'"),
        ("# field: 6\n0 1\n", "`field` must be 0 for the rationals or a prime, got 6"),
        (RIPSER.replace("[0,0.5)", "[0;0.5)"), "0;0.5.' in line 5, which is no bar"),
        (struct.pack("<qq", 8067171840, 7) + bytes(16), "a matrix of distances; let DIPHA compute"),
        (struct.pack("<qqq", 8067171840, 2, 10**15), f"0 bytes for {10**15} bars"),
        (struct.pack("<q", 8067171840), "a part of a head"),
        ("<graphml/>", "a GraphML file, which `load_graph` reads"),
        ("words", "got a text of no form that is known"),
        ("", "got an empty file"),
    ],
)
def test_what_is_no_diagram_of_another_program_is_told_what_it_seems_to_be(
    content, message, tmp_path
):
    path = tmp_path / "bars.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError, match=rf"^{path}: .*{message}"):
        ml.load_diagram(path)


# -- provenance


@pytest.mark.parametrize("suffix", ["json", "pers"])
@pytest.mark.parametrize(
    "told",
    [
        TOLD,
        ml.Provenance(2, software="ripser 0.6"),
        ml.Provenance(0, filtration="superlevel"),
        ml.Provenance(None, "any", "sublevel", "morseloss"),
        ml.Provenance(),
        None,
    ],
)
def test_provenance_survives_files_that_can_hold_it(told, suffix, tmp_path):
    bars = ml.Diagram([0.0], [1.0], provenance=told)
    ml.save_diagram(bars, tmp_path / f"bars.{suffix}")
    assert ml.load_diagram(tmp_path / f"bars.{suffix}").provenance == told


def test_comments_before_a_csv_tell_the_provenance_and_none_are_written(tmp_path):
    text = "# field: 3\n# software: x\nbirth,death\n0,1\n"
    bars = ml.load_diagram(written(tmp_path / "bars.csv", text))
    assert bars.provenance == ml.Provenance(3, software="x")
    ml.save_diagram(bars, tmp_path / "bars.csv")
    assert (tmp_path / "bars.csv").read_text().startswith("birth,death,")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"field": 4}, "a prime, got 4"),
        ({"prime": 2}, "`provenance` must tell of field, coefficients, filtration, software"),
        (2, "`provenance` must tell of"),
        ({"field": True}, "a prime, got True"),
        ({"coefficients": "stated"}, "must be 'any' or 'unknown' without a `field`, got 'stated'"),
        ({"field": 2, "coefficients": "any"}, "must be 'stated' or 'assumed' with a `field`"),
        ({"software": "a\nb"}, "`software` must be a text in one line"),
    ],
)
def test_a_provenance_that_contradicts_itself_is_refused(told, message, tmp_path):
    content = {"births": [0], "deaths": [1], "provenance": told}
    with pytest.raises(ValueError, match=message):
        ml.load_diagram(written(tmp_path / "bars.json", json.dumps(content)))


def test_conversions_from_other_tools_take_a_provenance():
    array = np.array([[0.0, np.inf], [1.0, 3.0]])
    for bars in (
        interop.from_gudhi([(0, (0.0, np.inf))], provenance=TOLD),
        interop.from_dgms([array], provenance=TOLD),
        interop.from_giotto(np.column_stack([array, [0, 0]]), provenance=TOLD),
    ):
        assert bars.provenance == TOLD
