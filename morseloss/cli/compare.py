"""`morseloss compare`: the distances of two barcodes, and a matching."""

import argparse
import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from morseloss.cli.barcode import bounds_of
from morseloss.cli.output import (
    METRICS,
    add_command,
    count,
    finite,
    print_json,
    print_table,
    progress,
    shown,
)
from morseloss.cli.standard_input import called, file_or_input
from morseloss.files import load_complex, load_diagram, load_graph
from morseloss.files.complexes import holds_complex
from morseloss.files.diagrams import holds_diagram
from morseloss.graphs.persistence import barcode
from morseloss.topology import Diagram, Matching, bottleneck_matching, wasserstein_distance
from morseloss.topology.door import listed

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
    parser.add_argument("a", metavar="A", type=file_or_input, help="graph, complex, diagram, or -")
    parser.add_argument("b", metavar="B", type=file_or_input, help="another one")
    parser.add_argument(
        "--degree",
        metavar="K",
        type=partial(count, least=0, most=10_000),
        default=0,
        help="degree of the bars that are compared",
    )


def _run_compare(arguments: argparse.Namespace) -> None:
    with progress("reading"):
        a, b = (_load_bars(path) for path in (arguments.a, arguments.b))
    degree = arguments.degree
    _check_degree(degree, {called(arguments.a): a, called(arguments.b): b})
    with progress("bottleneck distance"):
        matchings = {
            metric: bottleneck_matching(a.bars, b.bars, degree=degree, metric=metric)
            for metric in METRICS
        }
    with progress("Wasserstein distance"):
        wasserstein = {
            metric: wasserstein_distance(a.bars, b.bars, degree=degree, metric=metric)
            for metric in METRICS
        }
    bottleneck = {metric: matchings[metric].distance for metric in METRICS}
    if arguments.json:
        print_json(
            {
                "a": called(arguments.a),
                "b": called(arguments.b),
                "degree": degree,
                "bounds": {"a": a.bounds, "b": b.bounds},
                "bottleneck": {key: finite(number) for key, number in bottleneck.items()},
                "wasserstein": {key: finite(number) for key, number in wasserstein.items()},
                "matching": [
                    {"a": _ends(a.bars, i), "b": _ends(b.bars, j), "cost": finite(cost)}
                    for i, j, cost in _pairs(matchings["euclidean"])
                ],
            }
        )
        return
    for name, path, source in (("A", arguments.a, a), ("B", arguments.b, b)):
        bounds = f"; the ends of {source.bounds} are upper bounds" if source.bounds else ""
        none = "" if degree in source.bars.degrees else f"; none of degree {degree}"
        print(f"{name}: {called(path)}: {source.bars!r}{bounds}{none}")
    print()
    found = {"bottleneck": bottleneck, "Wasserstein, order 1": wasserstein}
    ends = [end for bars in (a.bars, b.bars) for end in (*bars.births, *bars.deaths)]
    scale = max((abs(end) for end in ends if math.isfinite(end)), default=0.0)
    rows = [(k, *(shown(n, scale) for n in numbers.values())) for k, numbers in found.items()]
    print_table("<>>", ("distance", *METRICS), rows)
    print(f"\nA matching of least bottleneck cost in degree {degree} (euclidean):\n")
    rows = [
        (_interval(a.bars, i, scale), _interval(b.bars, j, scale), shown(cost, scale))
        for i, j, cost in _pairs(matchings["euclidean"])
    ]
    print_table("<<>", ("bar of A", "bar of B", "cost"), rows)


@dataclass(frozen=True)
class _Source:
    """Bars, how many of them end at an upper bound, and whether the file can hold all degrees."""

    bars: Diagram
    bounds: int = 0
    graded: bool = True


def _load_bars(path: Path) -> _Source:
    if holds_complex(path):
        return _Source(load_complex(path).diagram())
    if holds_diagram(path):
        bars = load_diagram(path)
        return _Source(bars, graded=bars.highest != 0 and bool((bars.degrees > 0).any()))
    graph = load_graph(path)
    bars = barcode(graph)
    return _Source(bars, int(bounds_of(graph, bars).sum()), graded=False)


def _check_degree(degree: int, sources: dict[str, _Source]) -> None:
    """Refuse a degree that a file does not have: two barcodes without bars are not equal.

    Raises
    ------
    ValueError
        If one holds bars of degree 0 only, or neither has a bar of this degree.
    """
    known = {path: sorted(set(source.bars.degrees.tolist())) for path, source in sources.items()}
    for path, source in sources.items():
        if degree > 0 and not source.graded:
            raise ValueError(
                f"{path}: expected bars of degree {degree}, got a graph or bars of degree 0 only; "
                "leave `--degree` out, or give a Morse complex"
            )
    if degree > 0 and not any(degree in degrees for degrees in known.values()):
        told = ", ".join(f"{listed(degrees)} in {path}" for path, degrees in known.items())
        raise ValueError(f"`--degree {degree}` has no bars: there are the degrees {told}")


def _pairs(matching: Matching) -> list[tuple[int, int, float]]:
    return [(i, j, cost) for (i, j), cost in zip(matching.pairs, matching.costs, strict=True)]


def _ends(bars: Diagram, row: int) -> list[float | None] | None:
    return None if row < 0 else [float(bars.births[row]), finite(bars.deaths[row])]


def _interval(bars: Diagram, row: int, scale: float) -> str:
    if row < 0:
        return "diagonal"
    return f"[{shown(bars.births[row], scale)}, {shown(bars.deaths[row], scale)})"
