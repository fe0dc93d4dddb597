"""`morseloss barcode`: the bars of a graph or a Morse complex as a table, as JSON, as a picture."""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from morseloss import plot
from morseloss.cli.morse import print_complex
from morseloss.cli.output import (
    METRICS,
    add_command,
    add_top,
    finite,
    longest,
    print_json,
    print_left_out,
    print_table,
    progress,
    shown,
)
from morseloss.cli.pictures import Picture, add_plot, draw
from morseloss.cli.standard_input import called, file_or_input
from morseloss.complexes.morse import MorseComplex
from morseloss.files import load_complex, load_diagram, load_graph
from morseloss.files.complexes import holds_complex
from morseloss.files.diagrams import holds_diagram
from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode, direct_barcode, to_score
from morseloss.topology import Diagram

__all__ = ["Column", "add_barcode", "bounds_of", "print_barcode"]


@dataclass(frozen=True)
class Column:
    """A column beside those that all barcodes have.

    Attributes
    ----------
    name : str
        In JSON.
    head : str
        In the table.
    values : list
        For JSON, one a bar.
    words : list of str
        For the table.
    told : str
        What it holds, in a sentence below the table.
    """

    name: str
    head: str
    values: list[Any]
    words: list[str]
    told: str


def add_barcode(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "barcode",
        _run_barcode,
        help="print the barcode of a graph of minima, or of a Morse complex",
        description="Print the barcode of a graph of minima: where each bar begins and ends, and\n"
        "which edge ends it; and the TO-score, the distance from an ideal landscape. Of a\n"
        "Morse complex the bars of every degree are printed. A bar that ends at a path found\n"
        "and not at a certified saddle is marked: its end is an upper bound.",
        epilog="A graph file is a .json, .graphml or .npz, as `save_graph` writes it; or\n"
        "node-link JSON or GraphML of networkx, igraph, Gephi or yEd, with `value` of\n"
        "nodes and `weight` of edges; or a Matrix Market file (.mtx) with births on the\n"
        "diagonal; or an edge list, with the minima as loops or in --nodes; or the folder\n"
        "of min.data and ts.data of PATHSAMPLE or topsearch; or a database of pele. What\n"
        "a file holds decides, not its name. By hand:\n\n"
        '  {"minima": [{"value": 0.0}, {"value": 1.0}],\n'
        '   "edges": [{"ends": [0, 1], "weight": 2.5}]}\n\n'
        "A complex file is a .json, as `save_complex` writes it; see `morseloss morse`.\n"
        "A diagram file, of gudhi, ripser or DIPHA say, is printed as it is.\n\n"
        "example:\n  morseloss barcode graph.json --plot bars.png",
    )
    parser.add_argument(
        "file", metavar="FILE", type=file_or_input, help="graph, complex, or - (input)"
    )
    parser.add_argument(
        "--value",
        metavar="NAME",
        default="value",
        help="of the values of nodes",
    )
    parser.add_argument(
        "--weight",
        metavar="NAME",
        default="weight",
        help="of the weights of edges",
    )
    add_top(parser)
    parser.add_argument("--nodes", metavar="FILE", type=Path, help="the minima of an edge list")
    add_plot(parser, "the bars")
    parser.add_argument(
        "--orientation",
        choices=("vertical", "horizontal"),
        default="vertical",
        help="of the bars in the picture",
    )
    parser.add_argument(
        "--direct",
        action="store_true",
        help="Algorithm 1 as printed in the paper: paths through other minima do not count",
    )


def _run_barcode(arguments: argparse.Namespace) -> None:
    file, direct = arguments.file, arguments.direct
    given = {name: getattr(arguments, name) for name in ("value", "weight", "nodes")}
    plain = given == {"value": "value", "weight": "weight", "nodes": None} and not direct
    with progress("reading"):
        found = _read(file, given, plain=plain, whole=not direct)
    if isinstance(found, Diagram):
        _draw(arguments, found)
        _print_diagram(called(file), found, as_json=arguments.json, top=arguments.top)
        return
    if isinstance(found, MorseComplex):
        with progress("bars"):
            form = found.canonical_form()
        _draw(arguments, form.diagram())
        print_complex(called(file), found, form, as_json=arguments.json, top=arguments.top)
        return
    with progress("bars"):
        bars = direct_barcode(found) if direct else barcode(found)
    _draw(arguments, bars, found.names)
    print_barcode(
        called(file), found, bars, as_json=arguments.json, direct=direct, top=arguments.top
    )


def _read(
    file: Path, given: dict[str, Any], *, plain: bool, whole: bool
) -> Diagram | MorseComplex | LandscapeGraph:
    """Read what a file holds; of a Morse complex that is not taken as a whole, the graph."""
    if plain and holds_diagram(file):
        return load_diagram(file)
    if holds_complex(file):
        complex = load_complex(file)
        return complex if whole else complex.graph()
    return load_graph(file, **given)


def _draw(
    arguments: argparse.Namespace, bars: Diagram, names: tuple[str, ...] | None = None
) -> None:
    how = arguments.orientation
    bars_drawn = Picture(lambda ax: plot.barcode(bars, ax, how, names=names))
    draw(arguments.plot, {"barcode": bars_drawn})


def _print_diagram(source: str, bars: Diagram, *, as_json: bool, top: int | None) -> None:
    """Print the bars of a diagram file, which has no graph to name what begins and ends them."""
    scores = {metric: to_score(bars, metric=metric) for metric in METRICS}
    told = {} if bars.provenance is None else bars.provenance.told()
    kept = longest(bars.lifetimes, top)
    if as_json:
        columns = bars.degrees.tolist(), bars.births, bars.deaths, bars.lifetimes
        rows = [
            {"degree": degree, "birth": finite(b), "death": finite(d), "lifetime": finite(length)}
            for degree, b, d, length in zip(*columns, strict=True)
        ]
        if bars.lower is not None:
            for row, end in zip(rows, bars.lower.tolist(), strict=True):
                row["lower"] = None if math.isnan(end) else end
        rows = [rows[row] for row in kept]
        print_json({"source": source, "to_score": scores, "provenance": told, "bars": rows})
        return
    print(f"{source}: {bars!r}\n")
    columns = bars.degrees.tolist(), *(map(shown, c) for c in (bars.births, bars.deaths))
    heads, more = ["degree", "birth", "death", "lifetime"], []
    if bars.lower is not None:
        heads.append("dies after")
        more.append(["-" if math.isnan(end) else shown(end) for end in bars.lower.tolist()])
    rows = list(zip(*columns, map(shown, bars.lifetimes), *more, strict=True))
    print_table(">" * len(heads), heads, [rows[row] for row in kept])
    print_left_out(kept, len(bars))
    scored = ", ".join(f"{shown(scores[metric])} ({metric})" for metric in METRICS)
    print(f"\nTO-score: {scored}")
    if told:
        print(", ".join(f"{name}: {entry}" for name, entry in told.items()))


def print_barcode(
    source: str,
    graph: LandscapeGraph,
    bars: Diagram,
    *,
    as_json: bool,
    direct: bool = False,
    more: Sequence[Column] = (),
    top: int | None = None,
) -> None:
    """Print the barcode of a graph, as a table or as JSON, with more columns beside it."""
    scores = {metric: to_score(bars, metric=metric) for metric in METRICS}
    essential = int((~bars.finite).sum())
    bounds = bounds_of(graph, bars)
    kept = longest(bars.lifetimes, top)
    if as_json:
        told = {} if bars.provenance is None else bars.provenance.told()
        content = {"source": source, "minima": len(graph), "edges": len(graph.weights)}
        content |= {"rule": "direct" if direct else "elder", "essential": essential}
        content |= {"provenance": told} if told else {}
        content |= {"to_score": scores}
        rows = [
            _bar(graph, bars, row) | {column.name: column.values[row] for column in more}
            for row in kept
        ]
        print_json({**content, "bars": rows})
        return
    print(f"{source}: {graph!r}\n")
    names = "minimum", "birth", "death", "lifetime", "ended by"
    heads = *names, *(column.head for column in more)
    beside = zip(*(column.words for column in more), strict=True) if more else [()] * len(bars)
    rows = zip(_rows(graph, bars, bounds), beside, strict=True)
    whole = [row + cells for row, cells in rows]
    print_table(">>>><" + ">" * len(more), heads, [whole[row] for row in kept])
    print_left_out(kept, len(bars))
    scored = ", ".join(f"{shown(scores[metric])} ({metric})" for metric in METRICS)
    print(f"\nTO-score: {scored}")
    if graph.names is not None and all(map(str.isdecimal, graph.names)):
        least = min(map(int, graph.names))
        print(f"Names are ids of the file, which count from {least}; minima are rows from 0.")
    if bounds.any():
        print(
            "* an upper bound: the edge is the best path found, no certified saddle, and the true\n"
            "  bar may end sooner; the TO-score may be lower, too."
        )
    if essential > 1:
        why = "no edge joins the pieces of the graph"
        if direct:
            why = "their minima have no direct edge to a lower one"
        print(f"Note: {essential} bars never end: {why}; the TO-score leaves them out.")


def bounds_of(graph: LandscapeGraph, bars: Diagram) -> np.ndarray:
    """Tell which bars end at an edge whose weight is an upper bound."""
    ends = np.asarray(bars.death_cells)
    if graph.exact is None or not len(graph.exact):
        return np.zeros(len(bars), bool)
    return (ends >= 0) & ~graph.exact[ends]


def _rows(graph: LandscapeGraph, bars: Diagram, bounds: np.ndarray) -> list[tuple[str, ...]]:
    scale = float(np.abs([*bars.births, *bars.deaths[bars.finite]]).max())
    columns = bars.birth_cells, bars.births, bars.deaths, bars.lifetimes, bars.death_cells
    return [
        (
            str(minimum) if graph.names is None else f"{minimum} {graph.names[minimum]}",
            *(shown(number, scale) for number in numbers),
            _edge_name(graph, edge) + (" *" if bound else ""),
        )
        for bound, (minimum, *numbers, edge) in zip(bounds, zip(*columns, strict=True), strict=True)
    ]


def _bar(graph: LandscapeGraph, bars: Diagram, row: int) -> dict[str, Any]:
    minimum, edge = (int(np.asarray(cells)[row]) for cells in (bars.birth_cells, bars.death_cells))
    called = {}
    if graph.names is not None:
        ends = None if edge < 0 else [graph.names[end] for end in graph.edges[edge]]
        called = {"name": graph.names[minimum], "end_names": ends}
    if graph.edge_names is not None:
        called["edge_name"] = None if edge < 0 else graph.edge_names[edge]
    return {
        "minimum": minimum,
        "birth": float(bars.births[row]),
        "death": finite(bars.deaths[row]),
        "lifetime": finite(bars.lifetimes[row]),
        "edge": None if edge < 0 else edge,
        "ends": None if edge < 0 else graph.edges[edge].tolist(),
        "exact": None if edge < 0 or graph.exact is None else bool(graph.exact[edge]),
        **called,
    }


def _edge_name(graph: LandscapeGraph, edge: int) -> str:
    if edge < 0:
        return "-"
    called = f" {graph.edge_names[edge]}" if graph.edge_names and graph.edge_names[edge] else ""
    first, second = map(graph.name_of, graph.edges[edge].tolist())
    return f"edge {edge}{called} ({first} to {second})"
