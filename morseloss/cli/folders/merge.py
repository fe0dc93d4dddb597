"""`morseloss network merge`: several folders of one landscape as one."""

import argparse
from pathlib import Path
from typing import Any

from morseloss.cli.output import add_command, print_json, progress
from morseloss.networks.runs.folders.merging import merge_runs

__all__ = ["add_merge"]


def add_merge(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "merge", _run, help="bring what other folders hold into one",
        description="Bring what other folders of the same landscape hold into one: networks,\n"
        "and paths, of two between the same networks the lower one. What is there already is\n"
        "passed over, so it may be done again.",
        epilog="example, on eight machines with a copy of the folder each:\n"
        "  morseloss network paths run --shard 3/8\n"
        "then, where all copies are:\n"
        "  morseloss network merge all run-1 run-2 run-3 run-4 run-5 run-6 run-7 run-8",
    )  # fmt: skip
    parser.add_argument("into", metavar="INTO", type=Path, help="made if it is not there")
    parser.add_argument("others", metavar="FROM", type=Path, nargs="+", help="is only read")


def _run(arguments: argparse.Namespace) -> None:
    with progress("merging"):
        found = merge_runs(arguments.into, *arguments.others)
    if arguments.json:
        print_json({**vars(found), "folder": str(found.folder), "left": list(found.left)})
        return
    paths = ", ".join(f"{count} paths of {label}" for label, count in found.paths.items())
    print(f"{found.folder}: {found.networks} networks and {paths or 'no paths'} came")
    if found.lowered:
        print(f"{found.lowered} of these paths are lower than those that were there.")
    for clause in found.left:
        print(f"Left out: {clause}.")
