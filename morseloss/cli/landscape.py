"""`morseloss landscape`: from a landscape to its minima, graph, barcode and pictures."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from morseloss import plot
from morseloss.cli.barcode import print_barcode
from morseloss.cli.coordinates import coordinates
from morseloss.cli.output import add_command, add_top, progress
from morseloss.cli.pictures import Picture, add_plot, draw, make_room
from morseloss.cli.source import FORMS, STARTS, add_source, draw_starts, landscape_of
from morseloss.files import save_graph
from morseloss.files.graphs import SUFFIXES
from morseloss.graphs.build import build_graph
from morseloss.graphs.graph import LandscapeGraph
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.landscape import Landscape
from morseloss.search.minima import find_minima
from morseloss.search.saddles import find_saddles
from morseloss.status import Interrupted
from morseloss.topology import Diagram

__all__ = ["add_landscape"]


def add_landscape(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "landscape",
        _run_landscape,
        help="go from a landscape to its barcode",
        description="Find the minima of a landscape and the passes between them, and print its\n"
        "barcode.",
        epilog=FORMS + "examples:\n"
        "  morseloss landscape mueller-brown --plot pictures\n"
        '  morseloss landscape "x^4 + y^4 - 2 x^2 - 1.5 y^2 + 0.1 x" --plot pictures\n'
        "  morseloss landscape polynomial.json --starts 2000 --save graph.json",
    )
    starts = f"descents (default: {STARTS})"
    add_source(parser, landscape="of the catalogue, or a file", starts=starts)
    add_plot(parser, "the landscape, its bars, its graph, and more")
    parser.add_argument("--save", metavar="FILE", type=Path, help="save the graph")
    add_top(parser)


def _run_landscape(arguments: argparse.Namespace) -> None:
    landscape = landscape_of(arguments)
    make_room(arguments, SUFFIXES, "graph")
    starts = draw_starts(landscape, arguments)
    with progress("minima") as show:
        minima = find_minima(landscape, starts, progress=show)
    with progress("saddles") as show:
        saddles = find_saddles(landscape, starts, progress=show)
    try:
        with progress("paths") as show:
            graph = build_graph(landscape, minima, saddles, progress=show)
    except Interrupted as stop:
        if arguments.save:
            save_graph(stop.found, arguments.save)
            raise KeyboardInterrupt(
                f"interrupted; what was found by then, {stop.found!r}, is in {arguments.save}"
            ) from None
        raise
    with progress("bars"):
        bars = barcode(graph)
    if arguments.save:
        save_graph(graph, arguments.save)
    draw(arguments.plot, _pictures(landscape, graph, bars))
    where = coordinates(landscape, graph, bars)
    print_barcode(
        repr(landscape), graph, bars, as_json=arguments.json, more=where, top=arguments.top
    )


def _pictures(landscape: Landscape, graph: LandscapeGraph, bars: Diagram) -> dict[str, Picture]:
    pictures: dict[str, Callable] = {}
    if landscape.dim <= 2:
        pictures["landscape"] = lambda ax: plot.landscape(landscape, graph, ax=ax)
    pictures |= {
        "barcode": lambda ax: plot.barcode(bars, ax),
        "diagram": lambda ax: plot.diagram(bars, ax),
        "merge-tree": lambda ax: plot.merge_tree(graph, ax),
        "graph": lambda ax: plot.graph(graph, ax),
        "heights": lambda ax: plot.heights(landscape, graph, ax),
    }
    return {name: Picture(paint) for name, paint in pictures.items()}
