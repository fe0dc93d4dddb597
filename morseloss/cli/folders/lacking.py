"""`morseloss network status`: what a folder holds, what it lacks, and what that will cost."""

import argparse
import math
from pathlib import Path
from typing import Any

from morseloss.cli.output import add_command, finite, print_json, progress
from morseloss.graphs.graph import many
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.outstanding import Lacking, Outstanding, outstanding

__all__ = ["add_status"]

FEW = 6  # pairs that are named


def add_status(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "status", _run, help="print what a folder holds and lacks, and what that will cost"
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path)


def _run(arguments: argparse.Namespace) -> None:
    with progress("reading"), Archive(arguments.folder) as archive:
        found = outstanding(archive)
        names = archive.names if found.minima else None
    if arguments.json:
        print_json(_content(str(arguments.folder), found, names))
        return
    print(
        f"{arguments.folder}: {many(found.minima, 'minimum', 'minima')}, training {found.training}"
    )
    if found.seconds > 0:
        rest = "networks" if "cohorts" in found.training else "mini-batches"
        print(f"The rest of its {rest} will take {_duration(found.seconds)}.")
    if names is not None:
        print(f"Names: {', '.join(names)}.")
    if found.failed:
        print(f"Networks whose training failed, no minima: {found.failed}.")
    if found.moving:
        rows = ", ".join(map(str, found.moving))
        print(f"Still moving when their steps ran out: {rows}; longer training would lower them.")
    for one in found.paths:
        print(_line(one))
    if sum(one.seconds > 0 for one in found.paths) > 1:
        print(f"All of it, one after the other: {_duration(found.total)}.")


def _line(one: Lacking) -> str:
    told = f"{one.label}, repeat {one.repeat}: {one.there} paths"
    if not one.pairs:
        return told
    pairs = ", ".join(f"{i}-{j}" for i, j in one.pairs[:FEW])
    more = ", ..." if len(one.pairs) > FEW else ""
    cost = "a time that is not known, since none of them was noted"
    if not math.isnan(one.seconds):
        cost = _duration(one.seconds)
    return f"{told}, {len(one.pairs)} missing ({pairs}{more}), which will take {cost}"


def _content(folder: str, found: Outstanding, names: tuple[str, ...] | None) -> dict[str, Any]:
    return {
        "folder": folder,
        "minima": found.minima,
        "names": None if names is None else list(names),
        "failed": found.failed,
        "moving": list(found.moving),
        "training": found.training,
        "training_seconds": finite(found.seconds),
        "paths": {f"{one.label}, repeat {one.repeat}": one.there for one in found.paths},
        "missing": [
            {
                "label": one.label,
                "repeat": one.repeat,
                "pairs": [list(pair) for pair in one.pairs],
                "seconds": finite(one.seconds),
            }
            for one in found.paths
            if one.pairs
        ],
        "seconds": finite(found.total),
    }


def _duration(seconds: float) -> str:
    """Return a time in the unit in which it is read at a glance."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"about {seconds / size:.0f} {unit}"
    return f"about {seconds:.1g} seconds" if seconds < 1 else f"about {seconds:.0f} seconds"
