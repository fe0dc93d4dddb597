"""`morseloss compare`: the distances of two barcodes, and a matching."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from morseloss.cli.output import (
    METRICS,
    add_command,
    count,
    finite,
    print_json,
    print_table,
    shown,
)
from morseloss.files import load_complex, load_diagram, load_graph
from morseloss.files.complexes import holds_complex
from morseloss.files.diagrams import holds_diagram
from morseloss.graphs.persistence import barcode
from morseloss.topology import Diagram, bottleneck_matching, wasserstein_distance

__all__ = ["add_compare"]


def add_compare(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "compare",
        _run_compare,
        help="print the distances of two barcodes",
        description="Print the bottleneck distance of two barcodes, with a matching that attains\n"
        "it, and the Wasserstein distance of order 1; each in the Euclidean metric of\n"
        "the plane (the paper) and in the Chebyshev metric (gudhi, persim, hera).",
        epilog="A diagram file is a .json as `save_diagram` writes it, a .csv with the columns\n"
        "birth,death, or a .npy of shape (k, 2). Of a graph file the barcode is taken, of\n"
        "a complex file as `save_complex` writes it the bars of every degree.\n\n"
        "example:\n  morseloss compare before.json after.json",
    )
    parser.add_argument("a", metavar="A", type=Path, help="a graph, complex or diagram file")
    parser.add_argument("b", metavar="B", type=Path, help="another one")
    parser.add_argument(
        "--degree",
        metavar="K",
        type=partial(count, least=0),
        default=0,
        help="of the bars that are compared (default: %(default)s)",
    )


def _run_compare(arguments: argparse.Namespace) -> None:
    a, b = (_load_bars(path) for path in (arguments.a, arguments.b))
    degree = arguments.degree
    matchings = {
        metric: bottleneck_matching(a, b, degree=degree, metric=metric) for metric in METRICS
    }
    wasserstein = {
        metric: wasserstein_distance(a, b, degree=degree, metric=metric) for metric in METRICS
    }
    bottleneck = {metric: matchings[metric].distance for metric in METRICS}
    pairs = matchings["euclidean"].pairs
    if arguments.json:
        print_json(
            {
                "a": str(arguments.a),
                "b": str(arguments.b),
                "degree": degree,
                "bottleneck": {key: finite(number) for key, number in bottleneck.items()},
                "wasserstein": {key: finite(number) for key, number in wasserstein.items()},
                "matching": [
                    {"a": _ends(a, i), "b": _ends(b, j), "cost": finite(cost)}
                    for (i, j), cost in zip(pairs, matchings["euclidean"].costs, strict=True)
                ],
            }
        )
        return
    print(f"A: {arguments.a}: {a!r}")
    print(f"B: {arguments.b}: {b!r}\n")
    found = {"bottleneck": bottleneck, "Wasserstein, order 1": wasserstein}
    rows = [(name, *map(shown, numbers.values())) for name, numbers in found.items()]
    print_table("<>>", ("distance", *METRICS), rows)
    print(f"\nA matching of least bottleneck cost in degree {degree} (euclidean):\n")
    rows = [
        (_interval(a, i), _interval(b, j), shown(cost))
        for (i, j), cost in zip(pairs, matchings["euclidean"].costs, strict=True)
    ]
    print_table("<<>", ("bar of A", "bar of B", "cost"), rows)


def _load_bars(path: Path) -> Diagram:
    if holds_complex(path):
        return load_complex(path).diagram()
    return load_diagram(path) if holds_diagram(path) else barcode(load_graph(path))


def _ends(bars: Diagram, row: int) -> list[float | None] | None:
    return None if row < 0 else [float(bars.births[row]), finite(bars.deaths[row])]


def _interval(bars: Diagram, row: int) -> str:
    if row < 0:
        return "diagonal"
    return f"[{shown(bars.births[row])}, {shown(bars.deaths[row])})"
