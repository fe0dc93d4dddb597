"""`save_database` and `load_database`: a `Database` as `.json`, to go on with in another run.

The one idea: everything that was found or tried is there to the last bit, but the landscape itself;
whoever goes on brings it, and it is asked whether the values are its own.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from morseloss.files.document import named, read_document, write_document
from morseloss.files.reading import only
from morseloss.files.suffixes import path_of, suffix_of
from morseloss.files.tables import column_of, rows_of, table_of
from morseloss.graphs.databases.database import Database, check_database
from morseloss.graphs.graph import LandscapeGraph
from morseloss.kinds import check_kind
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape, check_landscape
from morseloss.landscapes.spaces.space import EUCLIDEAN, Space
from morseloss.status import Status
from morseloss.topology.door import integers, reals

__all__ = ["DATABASE", "graph_in", "load_database", "save_database"]

DATABASE = "morseloss-database"
WHAT = "database of stationary points"
POINT = ("value", "residual", "index", "status", "point", "eigenvalues")
TABLES = ("minima", "passes", "lost", "joined")
SPENT = ("gradients", "products")


def save_database(database: Database, path: str | os.PathLike) -> None:
    """Write a database of minima and passes to a JSON file.

    Parameters
    ----------
    database : Database
    path : path-like
        Ends in `.json`. For PATHSAMPLE save its graph: `save_graph(database.graph(), "min.data")`.

    Raises
    ------
    ValueError
        If it is no database, or the suffix is another one.
    """
    check_kind("database", database, Database, "it comes first, then the path")
    path = path_of(path)
    suffix_of(path, (".json",), WHAT)
    minima, passes = _rows(database.minima), _rows(database.passes)
    for row, climbs in zip(minima, database.tried.tolist(), strict=True):
        row["climbs"] = climbs
    for row, ends in zip(passes, database.ends.tolist(), strict=True):
        row["first"], row["second"] = ends
    joined = [{"first": one, "second": other} for one, other in database.joined.tolist()]
    tables = {"minima": minima, "passes": passes, "lost": _rows(database.lost), "joined": joined}
    spent = {"gradients": database.gradients, "products": database.products}
    write_document(path, DATABASE, {**tables, **spent})


def load_database(path: str | os.PathLike, landscape: Landscape) -> Database:
    """Read a database of minima and passes from a JSON file.

    Parameters
    ----------
    path : path-like
        From `save_database`.
    landscape : Landscape
        With which it was begun.

    Returns
    -------
    Database
        Equal to the saved one to the last bit.

    Raises
    ------
    ValueError
        If the file is no such file, names a minimum that is not there, or is of another landscape;
        the message begins with its name.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> land = ml.analytic.SixHumpCamel()
    >>> found = ml.Database.begun(land, land.critical_points.of_index(0))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ml.save_database(found, pathlib.Path(folder, "camel.json"))
    ...     ml.load_database(pathlib.Path(folder, "camel.json"), land)
    Database(6 minima, 0 passes; 0 climbs)
    """
    check_landscape(landscape)
    path = path_of(path)
    suffix_of(path, (".json",), WHAT)
    content = read_document(path, DATABASE)
    database = _from_content(path, content, landscape)
    named(path, check_database, landscape, database)
    return database


def graph_in(path: Path, content: dict[str, Any]) -> LandscapeGraph:
    """Return the graph of a database, which needs no landscape, from what its file holds.

    Raises
    ------
    ValueError
        If the file is damaged; the message begins with its name.
    """
    minima = table_of(path, content, "minima", "load_graph")
    points = [row.get("point") for row in minima]
    dim = len(points[0]) if points and isinstance(points[0], list) else 0
    return _from_content(path, content, _Unknown(dim)).graph()


@dataclass(frozen=True)
class _Unknown:
    """What is known of a landscape that is not there."""

    dim: int
    space: Space = EUCLIDEAN


def _from_content(path: Path, content: dict[str, Any], landscape: Landscape | _Unknown) -> Database:
    only(path, content, ("format", "version", *TABLES, *SPENT), f"a {WHAT}")
    tables = [table_of(path, content, name, "load_database") for name in TABLES]
    spent = [content.get(name, 0) for name in SPENT]
    return named(path, _from_tables, landscape, *tables, *spent)


def _from_tables(
    landscape: Landscape | _Unknown,
    minima: list[dict],
    passes: list[dict],
    lost: list[dict],
    joined: list[dict],
    gradients: int,
    products: int,
) -> Database:
    bill = integers("spent", [gradients, products])
    ends, pairs = (_pairs(rows, len(minima)) for rows in (passes, joined))
    return Database(
        _points(landscape, minima, "minimum", ("climbs",)),
        _points(landscape, passes, "pass", ("first", "second")),
        ends,
        _tensor(integers("climbs", column_of(minima, "climbs", "minimum"))),
        pairs,
        _points(landscape, lost, "lost point", ()),
        *bill.tolist(),
    )


def _rows(points: CriticalPoints) -> list[dict[str, Any]]:
    columns = (
        points.values,
        points.residuals,
        points.indices,
        points.status,
        points.points,
        points.eigenvalues,
    )
    lists = [column.detach().cpu().tolist() for column in columns]
    return [dict(zip(POINT, row, strict=True)) for row in zip(*lists, strict=True)]


def _points(
    landscape: Landscape | _Unknown, table: list[dict], owner: str, more: tuple[str, ...]
) -> CriticalPoints:
    """Return what `_rows` gives.

    Raises
    ------
    ValueError
        If a column is missing, or of other numbers.
    """
    rows_of(table, (*POINT, *more), owner)
    columns = {name: column_of(table, name, owner) for name in POINT}
    flat = {name: _tensor(reals(name, columns[name])) for name in ("value", "residual")}
    codes = {name: _tensor(integers(name, columns[name])) for name in ("index", "status")}
    shape = (len(table), landscape.dim)
    wide = {}
    for name in ("point", "eigenvalues"):
        part = _tensor(reals(name, columns[name], axes=2)) if table else torch.zeros(shape)
        if part.shape != shape:
            raise ValueError(
                f"`{name}` of every {owner} must hold {landscape.dim} numbers for {landscape!r}, "
                f"got {part.shape[1]}; pass the landscape that it was begun with"
            )
        wide[name] = part.double()
    known = {int(status) for status in Status} | {-1}
    strange = sorted(set(codes["status"].tolist()) - known)
    if strange:
        raise ValueError(f"`status` of every {owner} must be one of {sorted(known)}, got {strange}")
    return CriticalPoints(
        wide["point"],
        flat["value"],
        codes["index"],
        wide["eigenvalues"],
        flat["residual"],
        codes["status"],
        space=landscape.space,
    )


def _pairs(table: list[dict], count: int) -> Int[Tensor, "pairs 2"]:
    """Return rows of minima.

    Raises
    ------
    ValueError
        If one is not there.
    """
    names = ("first", "second")
    columns = [integers(name, column_of(table, name, "pair of minima")) for name in names]
    pairs = torch.stack([_tensor(column) for column in columns], 1)
    wrong = ((pairs < 0) | (pairs >= count)).any(1).nonzero().flatten().tolist()
    if wrong:
        raise ValueError(
            f"`first` and `second` must name minima from 0 to {count - 1}, got "
            f"{pairs[wrong[0]].tolist()} in row {wrong[0]}"
        )
    return pairs


def _tensor(array: Any) -> Tensor:
    return torch.from_numpy(array.copy())
