"""`morseloss landscape`: from a landscape to its minima, graph, barcode and pictures."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from morseloss import analytic, plot
from morseloss.build import build_graph
from morseloss.cli.barcode import print_barcode
from morseloss.cli.output import add_command, draw, progress
from morseloss.files import load_polynomial, save_graph
from morseloss.files.document import suffix_of
from morseloss.files.graphs import SUFFIXES
from morseloss.graph import LandscapeGraph
from morseloss.landscape import Landscape, sample_box
from morseloss.persistence import barcode
from morseloss.search.minima import find_minima
from morseloss.search.saddles import find_saddles
from morseloss.status import Interrupted
from morseloss.topology import Diagram

__all__ = ["add_landscape"]

CATALOGUE = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower(): getattr(analytic, name)
    for name in analytic.__all__
}
SIZED = ("double-well", "rastrigin")  # landscapes of the catalogue in any dimension


def add_landscape(commands: Any) -> None:
    """Add the command to the parser."""
    names = "".join(f"\n  {name}" for name in CATALOGUE)
    parser = add_command(
        commands,
        "landscape",
        _run_landscape,
        help="go from a landscape to its barcode",
        description="Find the minima of a landscape and the passes between them, and print its\n"
        "barcode.",
        epilog=f"the catalogue:{names}\n\n"
        "A polynomial is given by its exponents and coefficients, and optionally the lower\n"
        "and upper corner of the box to search; x^4 + y^4 - 2 x^2 is\n\n"
        '  {"terms": [[[4, 0], 1.0], [[0, 4], 1.0], [[2, 0], -2.0]],\n'
        '   "box": [[-2, -2], [2, 2]]}\n\n'
        "examples:\n"
        "  morseloss landscape mueller-brown --plot pictures\n"
        "  morseloss landscape polynomial.json --starts 2000 --save graph.json",
    )
    parser.add_argument("landscape", metavar="NAME|FILE.json", help="of the catalogue, or a file")
    parser.add_argument(
        "--dim", type=_count, help=f"dimension, of {' and '.join(SIZED)} (default: their own)"
    )
    parser.add_argument(
        "--starts", metavar="N", type=_count, default=512, help="descents (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", metavar="S", type=int, default=0, help="of the starts (default: %(default)s)"
    )
    parser.add_argument("--plot", metavar="DIR", type=Path, help="draw everything into a folder")
    parser.add_argument("--save", metavar="FILE", type=Path, help="save the graph")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number of 1 or more, got {text!r}")
    return int(text)


def _run_landscape(arguments: argparse.Namespace) -> None:
    landscape = _landscape(arguments)
    if arguments.save:  # before the work, not after it
        suffix_of(arguments.save, SUFFIXES, "graph")
        arguments.save.parent.mkdir(parents=True, exist_ok=True)
    if arguments.plot:
        arguments.plot.mkdir(parents=True, exist_ok=True)
    generator = torch.Generator().manual_seed(arguments.seed)
    starts = sample_box(landscape, arguments.starts, generator=generator)
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
        raise
    bars = barcode(graph)
    if arguments.save:
        save_graph(graph, arguments.save)
    if arguments.plot:
        _draw_all(arguments.plot, landscape, graph, bars)
    print_barcode(repr(landscape), graph, bars, as_json=arguments.json)


def _landscape(arguments: argparse.Namespace) -> Landscape:
    name = arguments.landscape
    if arguments.dim and name not in SIZED:
        raise ValueError(f"`--dim` is for {' and '.join(SIZED)}, got {name}; leave it out")
    if name in CATALOGUE:
        return CATALOGUE[name](arguments.dim) if arguments.dim else CATALOGUE[name]()
    if name.lower().endswith(".json") or Path(name).exists():
        return load_polynomial(name)
    raise ValueError(
        f"expected a landscape of the catalogue ({', '.join(CATALOGUE)}) or a polynomial in a "
        f".json file, got {name!r}"
    )


def _draw_all(folder: Path, landscape: Landscape, graph: LandscapeGraph, bars: Diagram) -> None:
    pictures: dict[str, Callable] = {
        "barcode": lambda ax: plot.barcode(bars, ax),
        "diagram": lambda ax: plot.diagram(bars, ax),
        "merge-tree": lambda ax: plot.merge_tree(graph, ax),
        "graph": lambda ax: plot.graph(graph, ax),
        "heights": lambda ax: plot.heights(landscape, graph, ax),
    }
    if landscape.dim <= 2:
        pictures["landscape"] = lambda ax: plot.landscape(landscape, graph, ax=ax)
    for name, paint in pictures.items():
        draw(folder / f"{name}.png", paint)
