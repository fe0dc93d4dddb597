"""`save_diagram` and `load_diagram`: a `Diagram` as `.json` or `.csv`; bare bars as `.npy` too."""

import csv
import io
import math
import os
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.files.document import (
    named,
    read_document,
    suffix_of,
    write_document,
    write_whole,
)
from morseloss.topology import Diagram

__all__ = ["load_diagram", "save_diagram"]

FORMAT = "morseloss-diagram"
COLUMNS = ("birth", "death", "degree", "birth_cell", "death_cell")


def save_diagram(diagram: Diagram, path: str | os.PathLike) -> None:
    """Write a diagram to a file, in the form that the suffix names.

    Parameters
    ----------
    diagram : Diagram
        With its degrees and cells.
    path : path-like
        Ends in `.json` or `.csv`, see `load_diagram`.

    Raises
    ------
    ValueError
        If the suffix is another one.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> bars = ml.Diagram(births=[0.0, 1.0], deaths=[float("inf"), 3.0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_diagram(bars, pathlib.Path(folder, "bars.csv"))
    ...     ml.load_diagram(pathlib.Path(folder, "bars.csv"))
    Diagram(2 bars: 2 of degree 0, 1 essential)
    """
    path = Path(path)
    suffix = suffix_of(path, (".json", ".csv"), "diagram")
    columns = {f"{name}s": getattr(diagram, f"{name}s").tolist() for name in COLUMNS}
    if suffix == ".json":
        deaths = [death if math.isfinite(death) else None for death in columns["deaths"]]
        write_document(path, FORMAT, {**columns, "deaths": deaths})
        return
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(zip(*columns.values(), strict=True))
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
        Equal to the saved one to the last bit; without degrees and cells where the file has none.

    Raises
    ------
    ValueError
        If the file is no diagram file, of a newer version, or holds what is no bar; the message
        begins with its name.
    OSError
        If it cannot be read.

    Notes
    -----
    Only births and deaths are needed. In JSON, null or "inf" is the death of an essential bar::

        {"births": [0.0, 1.0], "deaths": [null, 3.0],
         "degrees": [0, 0], "birth_cells": [0, 1], "death_cells": [-1, 0]}

    In CSV a first line names the columns, `birth,death` at least; without one, the columns are
    birth and death.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "by-hand.csv")
    ...     _ = path.write_text("0.0, inf\n1.0, 3.0\n")
    ...     ml.load_diagram(path).deaths
    array([inf,  3.])
    """
    path = Path(path)
    read = {".json": _from_json, ".csv": _from_csv, ".npy": _from_npy}
    columns = read[suffix_of(path, tuple(read), "diagram")](path)
    return named(path, Diagram, **columns)


def holds_diagram(path: Path) -> bool:
    """Tell whether a file, of whatever suffix, is meant as a diagram rather than as a graph."""
    if path.suffix.lower() == ".json":
        return b'"births"' in path.read_bytes()
    return path.suffix.lower() in (".csv", ".npy")


def _from_json(path: Path) -> dict[str, Any]:
    content = read_document(path, FORMAT)
    names = [f"{name}s" for name in COLUMNS]
    if not all(isinstance(content.get(name), list) for name in names[:2]):
        raise ValueError(
            f"{path}: expected the lists `births` and `deaths`, got the names {sorted(content)}; "
            "see `help(morseloss.load_diagram)`"
        )
    content["deaths"] = [math.inf if death is None else death for death in content["deaths"]]
    return {
        name: named(path, _numbers, content[name], name, float if name in names[:2] else int)
        for name in names
        if name in content
    }


def _from_csv(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: expected a diagram in CSV, got no text ({error})") from None
    rows = [row for row in csv.reader(io.StringIO(text), skipinitialspace=True) if row]
    head = [name.strip() for name in rows[0]] if rows else []
    if not {"birth", "death"} <= set(head):
        if any(name.isidentifier() and not _is_number(name) for name in head):
            raise ValueError(
                f"{path}: expected the columns `birth` and `death`, got {head}; rename them"
            )
        head, rows = ["birth", "death"], [[], *rows]
    width = [len(row) for row in rows[1:] if len(row) != len(head)]
    if width:
        raise ValueError(
            f"{path}: expected {len(head)} entries in every line, {', '.join(head)}, got "
            f"{width[0]}; complete the line"
        )
    return {
        f"{name}s": named(
            path,
            _numbers,
            [row[head.index(name)] for row in rows[1:]],
            name,
            float if name in COLUMNS[:2] else int,
        )
        for name in COLUMNS
        if name in head
    }


def _from_npy(path: Path) -> dict[str, Any]:
    path.stat()  # a missing file is an OSError, not a bad one
    try:
        bars = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{path}: expected an array of shape (k, 2), got {error}") from None
    if not isinstance(bars, np.ndarray) or bars.ndim != 2 or bars.shape[1] != 2:
        shape = getattr(bars, "shape", "several arrays")
        raise ValueError(
            f"{path}: expected an array of shape (k, 2), births and deaths, got {shape}"
        )
    return {"births": bars[:, 0], "deaths": bars[:, 1]}


def _numbers(column: list, name: str, kind: type) -> np.ndarray:
    try:
        return np.array([kind(entry) for entry in column], dtype=kind)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"expected numbers as `{name}`, got {error}") from None


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
