"""`save_complex` and `load_complex`: a `MorseComplex` as `.json`."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.complexes.flow_lines import FlowLines, matrix_of
from morseloss.complexes.morse import MorseComplex
from morseloss.files.document import named, read_document, write_document
from morseloss.files.foreign import HEAD
from morseloss.files.reading import only, read_bytes
from morseloss.files.recognition import form_in, form_of
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import column_of, optional, polylines, rows_of, table_of
from morseloss.kinds import check_kind
from morseloss.topology.door import integers, reals

__all__ = ["load_complex", "save_complex"]

FORMAT = "morseloss-complex"
CURE = "it comes first, then the path; a graph is saved by `save_graph`"


def save_complex(complex: MorseComplex, path: str | os.PathLike) -> None:
    """Write a Morse complex to a JSON file.

    Parameters
    ----------
    complex : MorseComplex
        Values, indices and boundary, and points and flow lines where there are any.
    path : path-like
        Ends in `.json`, see `load_complex`.

    Raises
    ------
    ValueError
        If it is no Morse complex, or the suffix is another one.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> wells = ml.MorseComplex.from_matrices([[0.0, 0.5], [1.0]], [[[-1], [1]]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_complex(wells, pathlib.Path(folder, "wells.json"))
    ...     ml.load_complex(pathlib.Path(folder, "wells.json"))
    MorseComplex(3 critical points: 2 minima, 1 of index 1)
    """
    check_kind("complex", complex, MorseComplex, CURE)
    path = path_of(path)
    suffix_of(path, (".json",), "Morse complex")
    entries = complex.boundary.tocoo()
    columns: dict[str, Any] = {"value": complex.values, "index": complex.indices}
    content = {
        "critical_points": _rows({**columns, "point": complex.points}),
        "boundary": _rows(
            {"source": entries.col, "target": entries.row, "incidence": entries.data}
        ),
    }
    if complex.lines is not None:
        lines = complex.lines
        columns = {"source": lines.sources, "target": lines.targets, "sign": lines.signs}
        content["lines"] = _rows({**columns, "path": lines.paths})
    write_document(path, FORMAT, content)


def load_complex(path: str | os.PathLike) -> MorseComplex:
    """Read a Morse complex from a JSON file.

    Parameters
    ----------
    path : path-like
        A `.json` from `save_complex` or written by hand.

    Returns
    -------
    MorseComplex
        Equal to the saved one to the last bit. Flow lines without a row come back without paths.

    Raises
    ------
    ValueError
        If the file is no such file, of a newer version, lacks an attribute, or holds what is no
        complex; the message begins with its name.
    OSError
        If it cannot be read.

    Notes
    -----
    Of a critical point only `value` and `index` are needed. The entries of the boundary lead from a
    source down to a target, rows of critical points from 0; so do the flow lines. One of the two
    tables is enough, for the boundary counts the lines; with both they must agree::

        {
          "format": "morseloss-complex",
          "version": 1,
          "critical_points": [
            {"value": 0.0, "index": 0, "point": [-1.0]},
            {"value": 0.5, "index": 0, "point": [1.0]},
            {"value": 1.0, "index": 1, "point": [0.1]}
          ],
          "boundary": [
            {"source": 2, "target": 0, "incidence": -1},
            {"source": 2, "target": 1, "incidence": 1}
          ],
          "lines": [
            {"source": 2, "target": 0, "sign": -1, "path": [[0.1], [-1.0]]},
            {"source": 2, "target": 1, "sign": 1, "path": [[0.1], [1.0]]}
          ]
        }

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> text = '''{"critical_points": [{"value": 0, "index": 0}, {"value": 1, "index": 1}],
    ...            "boundary": []}'''
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "circle.json")
    ...     _ = path.write_text(text)
    ...     ml.load_complex(path).diagram()
    Diagram(2 bars: 1 of degree 0, 1 of degree 1, 2 essential)
    """
    path = path_of(path)
    form_in(path, {"json": (".json",)}, "Morse complex")
    content = read_document(path, FORMAT)
    points = table_of(path, content, "critical_points", "load_complex")
    names = [name for name in ("boundary", "lines") if name in content] or ["boundary"]
    tables = {name: table_of(path, content, name, "load_complex") for name in names}
    known = ("format", "version", "critical_points", "boundary", "lines")
    only(path, content, known, "a Morse complex")
    return named(path, _from_tables, points, **tables)


def holds_complex(path: Path) -> bool:
    """Tell whether a file, of whatever suffix, is meant as a Morse complex."""
    if not path.is_file():
        return False  # the reader says what it is
    content = read_bytes(path)
    if form_of(content[:HEAD]) != "json":
        return False
    return any(word in content for word in (b'"critical_points"', f'"{FORMAT}"'.encode()))


def _rows(columns: dict[str, Any]) -> list[dict]:
    """Return one dict a row, of plain numbers and lists; without the columns that are None."""
    known = {name: column for name, column in columns.items() if column is not None}
    return [
        {name: entry.tolist() for name, entry in zip(known, row, strict=True)}
        for row in zip(*known.values(), strict=True)
    ]


def _from_tables(
    points: list[dict], boundary: list[dict] | None = None, lines: list[dict] | None = None
) -> MorseComplex:
    """Return the complex of what `_rows` gives."""
    rows_of(points, ("value", "index", "point"), "critical point")
    values = reals("value", column_of(points, "value", "critical point"))
    indices = integers("index", column_of(points, "index", "critical point"))
    places = optional(reals, points, "point", "critical point", axes=2)
    flow = None if lines is None else _lines(lines)
    if boundary is None and flow is not None:
        return MorseComplex.from_lines(values, indices, flow, places)
    return MorseComplex(values, indices, _boundary(boundary or [], len(points)), places, flow)


def _lines(rows: list[dict]) -> FlowLines:
    names = ("source", "target", "sign")
    rows_of(rows, (*names, "path"), "flow line")
    sources, targets, signs = _integers(rows, names, "flow line")
    paths = optional(polylines, rows, "path", "flow line")
    return FlowLines(sources, targets, signs, paths)


def _boundary(rows: list[dict], n: int) -> Any:
    """Return the matrix of the entries; refuse one at a critical point that is not there.

    Raises
    ------
    ValueError
        If there is such an entry.
    """
    owner, names = "entry of the boundary", ("source", "target", "incidence")
    rows_of(rows, names, owner)
    sources, targets, incidences = _integers(rows, names, owner)
    ends = np.column_stack([sources, targets])
    wrong = np.flatnonzero(((ends < 0) | (ends >= n)).any(axis=1))
    if len(wrong):
        raise ValueError(
            f"`boundary` must name critical points from 0 to {n - 1}, got source and target "
            f"{ends[wrong[0]].tolist()} in row {wrong[0]}; number the critical points from 0"
        )
    return matrix_of(incidences, targets, sources, n)


def _integers(rows: list[dict], names: tuple[str, ...], owner: str) -> list[Any]:
    return [integers(name, column_of(rows, name, owner)) for name in names]
