"""`save_diagram` and `load_diagram`: a `Diagram` in our own forms, and in those of others.

The one idea: what a file holds decides how it is read; its name decides how it is written.
"""

import csv
import io
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from morseloss.files.databases.min_data import holds_min_data
from morseloss.files.document import named, read_document, write_document, write_whole
from morseloss.files.foreign import HEAD, foreign
from morseloss.files.forms.bar_rows import provenance_in, read_bar_rows, write_bar_rows
from morseloss.files.forms.dipha import read_dipha, write_dipha
from morseloss.files.forms.edge_list import rows_of_text
from morseloss.files.forms.ripser import read_ripser
from morseloss.files.members import array_in
from morseloss.files.reading import check_cost, only, read_bytes, read_text, refuse
from morseloss.files.recognition import form_in, form_of
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import parsed
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram
from morseloss.topology.door import integers, listed, reals, shown
from morseloss.topology.provenance import Provenance

__all__ = ["load_diagram", "save_diagram"]

FORMAT = "morseloss-diagram"
FOREVER = ("inf", "Infinity", "infinity")
COLUMNS = ("birth", "death", "degree", "birth_cell", "death_cell")
SUFFIXES = (".json", ".csv", ".pers", ".dipha", ".diagram")
DIAGRAMS = {
    "json": (".json",),
    "csv": (".csv",),
    "npy": (".npy",),
    "rows": (".pers",),
    "dipha": (".dipha", ".diagram"),
    "ripser": (),
}


def save_diagram(diagram: Diagram, path: str | os.PathLike) -> None:
    """Write a diagram to a file, in the form that the suffix names.

    Parameters
    ----------
    diagram : Diagram
        With its degrees, cells, `highest`, provenance and lower ends.
    path : path-like
        Ends in `.json`, which keeps all of these; in `.csv`, which keeps degrees and cells; in
        `.pers` of gudhi, which keeps degrees and provenance; or in `.dipha` or `.diagram` of DIPHA,
        which keeps degrees. See `load_diagram`.

    Raises
    ------
    ValueError
        If it is no diagram, or the suffix is another one.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[float("inf"), 3.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_diagram(bars, pathlib.Path(folder, "bars.csv"))
    ...     ml.load_diagram(pathlib.Path(folder, "bars.csv"))
    Diagram(2 bars: 2 of degree 0, 1 essential)
    """
    check_diagram(diagram)
    path = path_of(path)
    suffix = suffix_of(path, SUFFIXES, "diagram")
    if suffix not in (".json", ".csv"):
        content = write_bar_rows(diagram).encode() if suffix == ".pers" else write_dipha(diagram)
        write_whole(path, lambda file: file.write(content))
        return
    columns = {f"{name}s": getattr(diagram, f"{name}s").tolist() for name in COLUMNS}
    if suffix == ".json":
        deaths = [death if math.isfinite(death) else None for death in columns["deaths"]]
        more: dict[str, Any] = {} if diagram.highest is None else {"highest": diagram.highest}
        if diagram.provenance is not None:
            more["provenance"] = diagram.provenance.told()
        if diagram.lower is not None:
            more["lower"] = [None if math.isnan(end) else end for end in diagram.lower.tolist()]
        write_document(path, FORMAT, {**columns, "deaths": deaths, **more})
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(*columns.values(), strict=True))
    check_cost(path, text.getvalue().encode())  # what is written can be read
    write_whole(path, lambda file: file.write(text.getvalue().encode()))


def load_diagram(path: str | os.PathLike) -> Diagram:
    r"""Read a diagram from a file, in whichever of these forms it is, as its content shows.

    Parameters
    ----------
    path : path-like
        A `.json` or `.csv` from `save_diagram` or written by hand; a `.npy` with an array of shape
        (k, 2), births and deaths; the rows of gudhi (`.pers`), birth and death or more before them,
        or of Perseus; what the program ripser prints; or a diagram of DIPHA.

    Returns
    -------
    Diagram
        Equal to the saved one to the last bit; without degrees, cells, `highest`, provenance and
        lower ends where the file has none.

    Raises
    ------
    ValueError
        If the file is no diagram file, of a newer version, damaged, too large, or holds an unknown
        name or what is no bar; the message begins with its name.
    OSError
        If it cannot be read.

    Notes
    -----
    Only births and deaths are needed. In JSON, null or "inf" is the death of an essential bar::

        {"births": [0.0, 1.0], "deaths": [null, 3.0],
         "degrees": [0, 0], "birth_cells": [0, 1], "death_cells": [-1, 0], "highest": 0,
         "provenance": {"field": 11, "coefficients": "assumed", "filtration": "sublevel",
                        "software": "gudhi 3.13.0"}}

    In CSV a first line names the columns, `birth,death` at least and no others than `degree`,
    `birth_cell` and `death_cell`; without one, the columns are birth and death. Comments before
    them, `# field: 11` say, tell the provenance, as in the rows of gudhi; they are written to
    `.pers` alone, for many readers of CSV know no comments.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "by-hand.csv")
    ...     _ = path.write_text("0.0, inf\n1.0, 3.0\n")
    ...     ml.load_diagram(path).deaths
    array([inf,  3.])
    """
    path = path_of(path)
    read = {
        "json": _from_json,
        "csv": _from_csv,
        "npy": _from_npy,
        "rows": _from_rows,
        "ripser": _from_ripser,
        "dipha": _from_dipha,
    }
    columns = read[form_in(path, DIAGRAMS, "diagram")](path)
    return named(path, _diagram, **columns)


def holds_diagram(path: Path) -> bool:
    """Tell whether a file, of whatever suffix, is meant as a diagram rather than as a graph.

    Raises
    ------
    ValueError
        If it holds rows of three numbers, which may be either.
    """
    if not path.is_file():
        return path.suffix.lower() in (".csv", ".npy")
    if holds_min_data(path):
        return False
    head = read_bytes(path)
    form = form_of(head[:HEAD])
    if form == "json":
        return b'"births"' in head
    if form not in ("rows", "csv") or path.suffix.lower() == ".pers":
        return form in DIAGRAMS
    first = head[:HEAD].rpartition(b"\n")[0] if len(head) > HEAD else head
    rows = named(path, rows_of_text, first.decode("utf-8-sig", errors="replace"))
    return _meant_as_bars(path, rows)


def _meant_as_bars(path: Path, rows: list[list[str]]) -> bool:
    """Tell whether rows are bars rather than edges, by the first line or by how long they are.

    Raises
    ------
    ValueError
        If they have three numbers and no names.
    """
    first = rows[0] if rows else []
    if len(first) != 3 or not all(map(_is_number, first)):
        return len(first) <= 2 or "birth" in first or all(map(_is_number, first))
    raise ValueError(
        f"{path}: expected edges (source, target, weight) or bars (degree, birth, death), got rows "
        "of three numbers, which may be either; name the columns in a first line, "
        "source,target,weight or birth,death,degree"
    )


def _from_json(path: Path) -> dict[str, Any]:
    content = read_document(path, FORMAT)
    names = [f"{name}s" for name in COLUMNS]
    if not all(isinstance(content.get(name), list) for name in names[:2]):
        raise ValueError(
            f"{path}: expected the lists `births` and `deaths`, got the names "
            f"{listed(sorted(content))}{foreign(content, 'load_diagram')}"
        )
    only(
        path, content, ("format", "version", *names, "highest", "provenance", "lower"), "a diagram"
    )
    columns = {name: content[name] for name in (*names, "highest") if name in content}
    columns["deaths"] = [
        math.inf if death is None or death in FOREVER else death for death in content["deaths"]
    ]
    if "lower" in content:
        columns["lower"] = named(path, _lower, content["lower"])
    if "provenance" in content:
        columns["provenance"] = named(path, _provenance, content["provenance"])
    return columns


def _lower(ends: Any) -> list[Any]:
    """Return lower ends, nan for null.

    Raises
    ------
    ValueError
        If they are no list.
    """
    if not isinstance(ends, list):
        raise ValueError(f"`lower` must be a list, one entry per bar, got {shown(ends)}")
    return [math.nan if end is None else end for end in ends]


def _provenance(told: Any) -> Provenance:
    """Return a provenance by what is told.

    Raises
    ------
    ValueError
        If something else is told.
    """
    names = ("field", "coefficients", "filtration", "software")
    if not isinstance(told, dict) or not set(told) <= set(names):
        raise ValueError(f"`provenance` must tell of {', '.join(names)}, got {shown(told)}")
    return Provenance(**told)


def _from_csv(path: Path) -> dict[str, Any]:
    text = read_text(path, "a diagram in CSV")
    try:
        rows = rows_of_text(text)
    except ValueError as error:
        raise ValueError(f"{path}: expected a diagram in CSV, got {error}") from None
    if not rows:
        raise ValueError(f"{path}: expected a diagram in CSV, got comments alone; write it again")
    head = [name.strip() for name in rows[0]]
    if not {"birth", "death"} <= set(head):
        if any(name.isidentifier() and not _is_number(name) for name in head):
            raise ValueError(
                f"{path}: expected the columns `birth` and `death`, got {listed(head)}; rename them"
            )
        head, rows = ["birth", "death"], [[], *rows]
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(head):
            refuse(
                path,
                f"{len(head)} entries in every line, {listed(head)}",
                f"{len(row)} in line {number}, {shown(','.join(row))}; separate them by commas",
                text[:4096].encode(),
            )
    columns = dict(zip(head, map(list, zip(*rows[1:], strict=True)), strict=False))
    columns |= {name: [] for name in head if name not in columns}
    told = named(path, provenance_in, text)
    known = {} if told is None else {"provenance": named(path, _provenance, told)}
    return {f"{name}s": column for name, column in _columns(path, head, columns).items()} | known


def _from_rows(path: Path) -> dict[str, Any]:
    return _foreign(path, "rows of bars", read_bar_rows, read_text(path, "rows of bars"))


def _from_ripser(path: Path) -> dict[str, Any]:
    return _foreign(path, "what ripser prints", read_ripser, read_text(path, "what ripser prints"))


def _from_dipha(path: Path) -> dict[str, Any]:
    return _foreign(path, "DIPHA", read_dipha, read_bytes(path))


def _foreign(path: Path, form: str, read: Callable[..., Any], content: Any) -> dict[str, Any]:
    try:
        return read(content)
    except ValueError as error:
        raise ValueError(f"{path}: expected a diagram, {form}, got {error}") from None


def _columns(path: Path, head: list[str], columns: dict[str, list[str]]) -> dict[str, Any]:
    """Return the columns as numbers; one without a name may hold the row numbers of pandas.

    Raises
    ------
    ValueError
        If a name comes twice or is unknown, or an entry is no number.
    """
    if "" in columns and columns[""] == [str(row) for row in range(len(columns[""]))]:
        head = [name for name in head if name]
    if len(set(head)) < len(head):
        raise ValueError(f"{path}: expected each column once, got {listed(head)}; rename one")
    only(path, dict.fromkeys(head), COLUMNS, "a diagram, `degree` for the dimension say")
    return {name: named(path, _numbers, columns[name], name) for name in head}


def _numbers(column: list[str], name: str) -> list[int | float]:
    found = []
    for row, entry in enumerate(column):
        try:
            found.append(parsed(entry))
        except ValueError as error:
            raise ValueError(f"expected numbers as `{name}`, row {row}: {error}") from None
    return found


def _from_npy(path: Path) -> dict[str, Any]:
    bars = array_in(path, "an array of shape (k, 2)")
    if bars.ndim != 2 or bars.shape[1] != 2:
        cure = ""
        if bars.ndim in (2, 3) and bars.shape[-1] == 3:
            cure = "; rows of giotto-tda, one sample of them, are read by `interop.from_giotto`"
        raise ValueError(
            f"{path}: expected an array of shape (k, 2), births and deaths, got {bars.shape}{cure}"
        )
    return {"births": bars[:, 0], "deaths": bars[:, 1]}


def _diagram(
    births: Any,
    deaths: Any,
    highest: Any = None,
    provenance: Any = None,
    lower: Any = None,
    **others: Any,
) -> Diagram:
    """Return the diagram of columns, each read through the one door."""
    cells: Any = {name: integers(name, column) for name, column in others.items()}
    ends = reals("births", births), reals("deaths", deaths)
    return Diagram(*ends, **cells, highest=highest, provenance=provenance, lower=lower)


def _is_number(text: str) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True
