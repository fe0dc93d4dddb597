"""`save_diagram` and `load_diagram`: a `Diagram` as `.json` or `.csv`; bare bars as `.npy` too."""

import csv
import io
import math
import os
from pathlib import Path
from typing import Any

from morseloss.files.document import named, read_document, write_document, write_whole
from morseloss.files.foreign import foreign
from morseloss.files.members import array_in
from morseloss.files.reading import (
    check_cost,
    only,
    read_bytes,
    read_text,
    refuse,
    suffix_to_read,
)
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import parsed
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram
from morseloss.topology.door import integers, listed, reals, shown

__all__ = ["load_diagram", "save_diagram"]

FORMAT = "morseloss-diagram"
FOREVER = ("inf", "Infinity", "infinity")
COLUMNS = ("birth", "death", "degree", "birth_cell", "death_cell")


def save_diagram(diagram: Diagram, path: str | os.PathLike) -> None:
    """Write a diagram to a file, in the form that the suffix names.

    Parameters
    ----------
    diagram : Diagram
        With its degrees and cells; `highest` is kept in `.json` only.
    path : path-like
        Ends in `.json` or `.csv`, see `load_diagram`.

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
    suffix = suffix_of(path, (".json", ".csv"), "diagram")
    columns = {f"{name}s": getattr(diagram, f"{name}s").tolist() for name in COLUMNS}
    if suffix == ".json":
        deaths = [death if math.isfinite(death) else None for death in columns["deaths"]]
        highest = {} if diagram.highest is None else {"highest": diagram.highest}
        write_document(path, FORMAT, {**columns, "deaths": deaths, **highest})
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(*columns.values(), strict=True))
    check_cost(path, text.getvalue().encode())  # what is written can be read
    write_whole(path, lambda file: file.write(text.getvalue().encode()))


def load_diagram(path: str | os.PathLike) -> Diagram:
    r"""Read a diagram from a file.

    Parameters
    ----------
    path : path-like
        A `.json` or `.csv` from `save_diagram` or written by hand, or a `.npy` with an array of
        shape (k, 2), births and deaths.

    Returns
    -------
    Diagram
        Equal to the saved one to the last bit; without degrees and cells where the file has none,
        and without `highest` from a `.csv`.

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
         "degrees": [0, 0], "birth_cells": [0, 1], "death_cells": [-1, 0], "highest": 0}

    In CSV a first line names the columns, `birth,death` at least and no others than `degree`,
    `birth_cell` and `death_cell`; without one, the columns are birth and death.

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
    read = {".json": _from_json, ".csv": _from_csv, ".npy": _from_npy}
    columns = read[suffix_to_read(path, tuple(read), "diagram")](path)
    return named(path, _diagram, **columns)


def holds_diagram(path: Path) -> bool:
    """Tell whether a file, of whatever suffix, is meant as a diagram rather than as a graph."""
    if path.suffix.lower() == ".json":
        return b'"births"' in read_bytes(path)
    return path.suffix.lower() in (".csv", ".npy")


def _from_json(path: Path) -> dict[str, Any]:
    content = read_document(path, FORMAT)
    names = [f"{name}s" for name in COLUMNS]
    if not all(isinstance(content.get(name), list) for name in names[:2]):
        raise ValueError(
            f"{path}: expected the lists `births` and `deaths`, got the names "
            f"{listed(sorted(content))}{foreign(content, 'load_diagram')}"
        )
    only(path, content, ("format", "version", *names, "highest"), "a diagram")
    columns = {name: content[name] for name in (*names, "highest") if name in content}
    columns["deaths"] = [
        math.inf if death is None or death in FOREVER else death for death in content["deaths"]
    ]
    return columns


def _from_csv(path: Path) -> dict[str, Any]:
    text = read_text(path, "a diagram in CSV")
    try:
        rows = [row for row in csv.reader(io.StringIO(text), skipinitialspace=True) if row]
    except csv.Error as error:
        raise ValueError(f"{path}: expected a diagram in CSV, got no CSV ({error})") from None
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
    return {f"{name}s": column for name, column in _columns(path, head, columns).items()}


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


def _diagram(births: Any, deaths: Any, highest: Any = None, **others: Any) -> Diagram:
    """Return the diagram of columns, each read through the one door."""
    cells: Any = {name: integers(name, column) for name, column in others.items()}
    return Diagram(reals("births", births), reals("deaths", deaths), **cells, highest=highest)


def _is_number(text: str) -> bool:
    try:
        parsed(text)
    except ValueError:
        return False
    return True
