"""`morseloss network uncertainty`: bars and TO-score with error bars, from a folder."""

import argparse
from pathlib import Path
from typing import Any

import torch

from morseloss import plot
from morseloss.cli.output import (
    add_command,
    count,
    finite,
    print_json,
    print_table,
    progress,
    shown,
)
from morseloss.cli.pictures import Picture, add_plot, draw
from morseloss.graphs.graph import LandscapeGraph
from morseloss.networks.paths.pairs import all_pairs
from morseloss.networks.runs.archive import Archive
from morseloss.networks.uncertainty import Spread, Uncertainty, repeated, resampled

__all__ = ["add_uncertainty"]


def add_uncertainty(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "uncertainty", _run,
        help="print bars with error bars: over repeats of the paths, or samples of the minima",
    )  # fmt: skip
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")
    parser.add_argument("--label", required=True, help="of the paths, between all pairs")
    parser.add_argument(
        "--size", metavar="N", type=lambda text: count(text, 2),
        help="draw so many of the minima, again and again (default: all, over repeats of paths)",
    )  # fmt: skip
    parser.add_argument("--draws", metavar="N", type=count, default=1000, help="with --size")
    parser.add_argument("--seed", metavar="S", type=int, default=0, help="of the draws")
    parser.add_argument("--level", metavar="P", type=float, default=0.95, help="of the bands")
    add_plot(parser, "the bars")


def _run(arguments: argparse.Namespace) -> None:
    with Archive(arguments.folder) as archive:
        repeats = archive.labels.get(arguments.label, 1)  # where there are none, `graph` says so
        with progress("reading"):
            graphs = [archive.graph(arguments.label, repeat) for repeat in range(repeats)]
    pairs = len(all_pairs(len(graphs[0])))
    if arguments.size is not None and len(graphs[0].weights) < pairs:
        raise ValueError(
            f"label {arguments.label!r} joins {len(graphs[0].weights)} of {pairs} pairs of "
            "networks, and samples of them need all; take paths of all pairs"
        )
    if arguments.size is None and repeats == 1:
        raise ValueError(
            f"label {arguments.label!r} has one repeat, which has no spread; add some by "
            "`morseloss network paths --repeats 3`, or draw samples of the minima by --size"
        )
    with progress("draws"):
        found = _spread(graphs, arguments)
    draw(arguments.plot, {"uncertainty": Picture(lambda ax: plot.uncertainty(found, ax))})
    _print(f"{arguments.folder}, {arguments.label}", found, as_json=arguments.json)


def _spread(graphs: list[LandscapeGraph], arguments: argparse.Namespace) -> Uncertainty:
    if arguments.size is None:
        return repeated(graphs, level=arguments.level)
    return resampled(
        graphs, arguments.size, draws=arguments.draws, level=arguments.level,
        generator=torch.Generator().manual_seed(arguments.seed),
    )  # fmt: skip


def _print(source: str, found: Uncertainty, *, as_json: bool) -> None:
    spreads = {"birth": found.births, "death": found.deaths, "lifetime": found.lifetimes}
    bars = range(found.births.draws.shape[1])
    if as_json:
        rows = [{name: _numbers(part, bar) for name, part in spreads.items()} for bar in bars]
        print_json({
            "source": source, "draws": len(found), "level": found.level, "band": found.band,
            "to_score": _numbers(found.score, ()), "bars": rows,
        })  # fmt: skip
        return
    print(f"{source}: {found.band}\n")
    head = ("bar", *(f"{name} [low, high]" for name in spreads))
    rows = ((bar, *(_told(part, bar) for part in spreads.values())) for bar in bars)
    print_table("><<<", head, rows)
    print(f"\nTO-score: {_told(found.score, ())}")


def _numbers(part: Spread, at: Any) -> dict[str, float | None]:
    names = ("mean", "deviation", "low", "high")
    return {name: finite(getattr(part, name)[at]) for name in names}


def _told(part: Spread, at: Any) -> str:
    mean, off, low, high = _numbers(part, at).values()
    if mean is None or low is None or high is None:
        return "-"
    if off is None or high - low <= 1e-12 * abs(mean):
        return shown(mean)
    return f"{mean:.6g} +- {off:.1g} [{low:.6g}, {high:.6g}]"
