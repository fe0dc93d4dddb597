"""`morseloss network relay`: ways over stations, in a folder, and the budget beside every bar."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.cli.barcode import Column
from morseloss.cli.networks.recipe import recipe_in
from morseloss.cli.output import add_command, count, finite, print_json, print_table, progress, real
from morseloss.graphs.graph import LandscapeGraph
from morseloss.networks.paths.relay import Relay
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.networks.relays.budget_ladder import lengths_with_stations
from morseloss.networks.relays.kept import Way, ways_of
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.run import Run
from morseloss.topology import Diagram

__all__ = ["NULLS", "add_relay", "columns"]

NULLS = {"closed": closed_null, "copies": copies_null}
TWINS = {"closed": "itself", "copies": "its copy"}
WHOLE = ("size", "first", "join", "stations", "descent")  # numbers of a `Relay`
HELP = {
    "size": "of a mini-batch",
    "first": "steps of the first paths",
    "join": "steps of the pieces between stations",
    "stations": "points inside each first path that descend",
    "descent": "gradients on all images of each station",
}


def add_relay(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "relay", _run, help="join networks by ways over stations, lowered on and on",
        description="Join each network to the lowest by a way over stations, and lower the ways\n"
        "until the budget is spent. What was interrupted goes on when the same command is\n"
        "given again, and with a larger budget it goes on from where it was.",
    )  # fmt: skip
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")
    parser.add_argument(
        "--budget", metavar="N", type=lambda text: real(text, 0.0), required=True,
        help="gradients on all images, for each pair of networks",
    )  # fmt: skip
    parser.add_argument("--label", default="relay", help="name of these ways")
    parser.add_argument(
        "--nulls", choices=NULLS, nargs="+", default=[],
        help="then ways of each network to itself (closed), or to its shuffled copy (copies)",
    )  # fmt: skip
    usual = Relay()
    parser.add_argument(
        "--tolerance", metavar="T", type=lambda text: real(text, 0.0), default=usual.tolerance,
        help="a way that climbs no higher is level",
    )  # fmt: skip
    for name in WHOLE:
        parser.add_argument(
            f"--{name}", metavar="N", type=count, default=getattr(usual, name),
            help=HELP[name],
        )  # fmt: skip


def _run(arguments: argparse.Namespace) -> None:
    recipe = recipe_in(arguments.folder)
    method = Relay(
        **{name: getattr(arguments, name) for name in WHOLE}, tolerance=arguments.tolerance
    )
    with progress("data"):
        land = recipe.landscape()
    with Run(arguments.folder, land, seed=recipe.seed) as run:
        found = {"": _relayed(run, arguments.label, method, arguments.budget, None)}
        each = float(found[""].spent[-1]) / len(found[""])
        for kind in arguments.nulls:
            found[kind] = _relayed(run, arguments.label, method, each, kind)
    if arguments.json:
        print_json({"folder": str(arguments.folder), "label": arguments.label, "relays": [
            {"null": kind or None, "gradients_a_pair": float(one.per_pair[-1]),
             "ways": [_way(way) for way in ways_of(one)]} for kind, one in found.items()
        ]})  # fmt: skip
        return
    for kind, one in found.items():
        _print(f"{arguments.folder}, {arguments.label}{kind and f', {kind} null'}", one, kind)


def _relayed(run: Run, label: str, method: Relay, budget: float, kind: str | None) -> Relayed:
    with progress(kind or "ways") as bar:

        def show(state: Relayed) -> None:
            bar(0, max(int(budget) - int(state.per_pair[-1]), 0), int(budget))

        return run.relay(
            label, method, budget=budget, null=NULLS[kind] if kind else None, show=show
        )


def _print(source: str, found: Relayed, kind: str) -> None:
    ways = ways_of(found)
    print(
        f"{source}: {len(found)} ways, {ways[0].gradients:.0f} gradients on all images a way, "
        f"{float(found.per_pair[-1]):.0f} a pair\n"
    )
    rows = (
        (_named(way, kind, len(found)), f"{way.top:.8g}", f"{way.penalty:.3g}",
         way.status.name.lower()) for way in ways
    )  # fmt: skip
    print_table("<>><", ("networks", "height", "climb", "status"), rows)
    for clause in _unfinished([(way, _named(way, kind, len(found))) for way in ways]):
        print(f"\n{clause}.")
    print()


def _named(way: Way, kind: str, ways: int) -> str:
    """Between which two networks; a null has a way for each."""
    first, second = way.pair
    return f"{first % ways} to {TWINS[kind]}" if kind else f"{first} to {second}"


def _unfinished(ways: list[tuple[Way, str]]) -> list[str]:
    """What is said of ways that are not done, each message once."""
    names: dict[str, list[str]] = {}
    for way, name in ways:
        if way.status in (Settling.FALLING, Settling.NONFINITE):
            names.setdefault(way.message, []).append(name)
    return [f"{', '.join(pairs)}: {message}" for message, pairs in names.items()]


def _way(way: Way) -> dict[str, Any]:
    return {
        "ends": list(way.pair),
        "height": finite(way.top),
        "climb": finite(way.penalty),
        "gradients": way.gradients,
        "status": way.status.name.lower(),
        "message": way.message,
    }


def columns(
    archive: Archive, labels: list[str], repeat: int | None, graph: LandscapeGraph, bars: Diagram
) -> list[Column]:
    """Return what stands beside each bar: its budget, and where it ends on a relay also more."""
    edges = np.asarray(bars.death_cells).tolist()
    pairs = [tuple(sorted(graph.edges[edge].tolist())) if edge >= 0 else None for edge in edges]
    found = [_spent(archive, labels, repeat, pairs)]
    if len(labels) == 1 and labels[0] in archive.relays:
        relayed = archive.relayed(labels[0])
        found += [_with_stations(archive, labels[0], bars), _status(relayed, pairs)]
    return found


def _spent(archive: Archive, labels: list[str], repeat: int | None, pairs: list) -> Column:
    spent = archive.gradients(*labels, repeat=repeat)
    known = [None if pair is None else finite(spent[pair]) for pair in pairs]
    words = [
        "-" if pair is None else "budget not known" if number is None else f"{number:.0f}"
        for pair, number in zip(pairs, known, strict=True)
    ]
    counted = "" if set(labels) & set(archive.relays) else ", looks for tops not counted"
    return Column(
        "gradients", "gradients a path", known, words,
        f"Gradients are those on all images that were spent on the path{counted}.",
    )  # fmt: skip


def _with_stations(archive: Archive, label: str, bars: Diagram) -> Column:
    lengths = lengths_with_stations(archive.relayed(label), archive.stations(label))
    chosen = [float(lengths[row]) for row in np.asarray(bars.birth_cells)]
    return Column(
        "lifetime_with_stations", "with stations", [finite(number) for number in chosen],
        [f"{number:.8g}" for number in chosen],
        "With stations: lifetimes where lower points on the ways end bars too, by Definition 1; "
        "in the others stations are points on the way.",
    )  # fmt: skip


def _status(relayed: Relayed, pairs: list) -> Column:
    known = {tuple(sorted(way.pair)): way for way in ways_of(relayed)}
    ways = [None if pair is None else known[pair] for pair in pairs]
    words = ["-" if way is None else way.status.name.lower() for way in ways]
    told = _unfinished([(way, _named(way, "", len(relayed))) for way in known.values()])
    return Column(
        "status", "status", [None if way is None else way.status.name.lower() for way in ways],
        words, f"Ways: {'. '.join(told) or 'none is expected to fall by more'}.",
    )  # fmt: skip
