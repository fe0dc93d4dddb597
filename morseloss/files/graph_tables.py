"""A graph as two tables, one dict a minimum and one an edge: what JSON and GraphML hold of it.

The one idea: plain numbers, lists and texts by attribute, so that a file is readable by hand.
"""

from morseloss.files.forms.graphml import EDGE_NAMES, NODE_NAMES
from morseloss.files.tables import column_of, optional, polylines, rows_of, texts
from morseloss.graphs.graph import LandscapeGraph
from morseloss.topology.door import flags, integers, reals, shown

__all__ = ["from_tables", "tables_of"]


def tables_of(graph: LandscapeGraph) -> tuple[list[dict], list[dict]]:
    """Return one dict a minimum and one an edge, of plain numbers and lists."""
    minima = [{"value": value} for value in graph.values.tolist()]
    edges: list[dict] = [
        {"ends": ends, "weight": weight}
        for ends, weight in zip(graph.edges.tolist(), graph.weights.tolist(), strict=True)
    ]
    columns = [
        (minima, "point", graph.points),
        (edges, "peak", graph.peaks),
        (edges, "exact", graph.exact),
        (edges, "path", graph.paths),
    ]
    for called, table in ((graph.names, minima), (graph.edge_names, edges)):
        for name, row in zip(called or (), table, strict=False):
            row["name"] = name
    for table, name, column in columns:
        if column is not None:
            for row, entry in zip(table, column, strict=True):
                row[name] = entry.tolist()
    return minima, edges


def from_tables(minima: list[dict], edges: list[dict]) -> LandscapeGraph:
    """Return the graph of what `tables_of` gives."""
    rows_of(minima, NODE_NAMES, "minimum")
    rows_of(edges, ("ends", *EDGE_NAMES), "edge")
    values = column_of(minima, "value", "minimum")
    names = optional(texts, minima, "name", "minimum")
    rows = {name: row for row, name in enumerate(names or [])}
    ends = [_ends(edge, row, rows) for row, edge in enumerate(edges)]
    weights = column_of(edges, "weight", "edge")
    return LandscapeGraph(
        reals("value", values),
        integers("ends", ends, axes=2),
        reals("weight", weights),
        points=optional(reals, minima, "point", "minimum", axes=2),
        peaks=optional(reals, edges, "peak", "edge", axes=2),
        exact=optional(flags, edges, "exact", "edge"),
        paths=optional(polylines, edges, "path", "edge"),
        names=names,
        edge_names=_edge_names(edges),
    )


def _ends(edge: dict, row: int, rows: dict[str, int]) -> list[int]:
    """Return the rows of the ends of an edge, which may be given by name.

    Raises
    ------
    ValueError
        If they are no two rows, nor two names that minima have.
    """
    ends = edge.get("ends")
    if isinstance(ends, list) and len(ends) == 2:
        if rows and all(isinstance(end, str) for end in ends):
            unknown = [end for end in ends if end not in rows]
            if unknown:
                raise ValueError(
                    f"expected names of minima as `ends` of every edge, got {shown(unknown[0])} in "
                    f"row {row}, which is the name of none"
                )
            return [rows[end] for end in ends]
        if all(type(end) is int for end in ends):
            return ends
    raise ValueError(
        f"expected the rows of two minima as `ends` of every edge, [0, 1] say, got "
        f"{shown(ends)} in row {row}"
    )


def _edge_names(edges: list[dict]) -> tuple[str, ...] | None:
    """Return what edges are called, the empty text where one has no name; None if none has."""
    found = [edge.get("name") for edge in edges]
    if all(name is None for name in found):
        return None
    return tuple(texts("name", ["" if name is None else name for name in found]))
