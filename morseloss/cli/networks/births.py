"""`morseloss network births`: what networks may still fall, kept in the folder for its barcode."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from morseloss.cli.networks.recipe import recipe_in
from morseloss.cli.output import add_command, count, print_json, print_table, progress, real
from morseloss.graphs.graph import LandscapeGraph
from morseloss.networks.births.births import Birth, Births, births
from morseloss.networks.births.resolution import Bar, Resolution, resolution
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import STAGE
from morseloss.networks.runs.run import Run

__all__ = ["add_births", "marked", "print_marked"]

NAME = "births"  # of the record
SAME = 1e-9  # of a loss, by which those of one network may differ


def add_births(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "births", _run,
        help="let networks descend further, and tell what their losses may still fall",
    )  # fmt: skip
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")
    parser.add_argument(
        "--gradients", metavar="N", type=lambda text: count(text, 8), default=600,
        help="on all images, of each network; the folder keeps its networks",
    )  # fmt: skip
    parser.add_argument(
        "--tolerance", metavar="E", type=lambda text: real(text, 0.0), default=1e-5,
        help="what may fall by no more is called a minimum",
    )  # fmt: skip


def marked(archive: Archive, graph: LandscapeGraph) -> Resolution | None:
    """Return the bars beside what their births may fall; None if the folder does not tell it.

    What `births` has told counts, if it was of these networks.
    """
    if NAME not in archive.store.names(STAGE):
        return None
    record = archive.store.record(STAGE, NAME)
    values = np.array(record["values"])
    if values.shape != graph.values.shape or not np.allclose(values, graph.values, SAME, 0):
        return None
    return resolution(graph, np.array(record["may_fall"]))


def print_marked(found: Resolution) -> None:
    """Print the table of bars that are longer than what their births may fall, and that are not."""
    print()
    print_table(
        ">>>><", ("minimum", "birth", "lifetime", "may still fall", "verdict"), found.rows()
    )
    unresolved = int((found.status == Bar.UNRESOLVED).sum())
    if unresolved:
        print(f"Unresolved, since a birth may fall by as much as its bar is long: {unresolved}.")


def _run(arguments: argparse.Namespace) -> None:
    recipe = recipe_in(arguments.folder)
    with progress("data"):
        land = recipe.landscape()
    with Run(arguments.folder, land, seed=recipe.seed) as run, progress("births") as show:
        found = births(
            land, run.minima.to(land.device), gradients=arguments.gradients,
            tolerance=arguments.tolerance, dips=run.descending(), progress=show,
        )  # fmt: skip
        content = _content(found)
        run.store.put(STAGE, NAME, content)
    if arguments.json:
        print_json({"folder": str(arguments.folder), **content})
        return
    print(f"{arguments.folder}: {found!r}\n")
    columns = found.values, found.falls, found.rests, found.gradient_norms, found.status
    rows = (
        (
            row, f"{value:.8g}", f"{fall:.1e}", f"{rest:.1e}", f"{norm:.1e}",
            Birth(status).name.lower(),
        )
        for row, (value, fall, rest, norm, status) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        )
    )  # fmt: skip
    names = "network", "loss", "fell", "may fall more", "gradient norm", "verdict"
    print_table(">>>>><", names, rows)


def _content(found: Births) -> dict[str, Any]:
    names = ("values", "may_fall", "falls", "climbs", "rests", "dips", "gradient_norms")
    numbers = {name: getattr(found, name).tolist() for name in names}
    verdicts = [Birth(status).name.lower() for status in found.status.tolist()]
    told = {"gradients": found.gradients, "tolerance": found.tolerance}
    return {**numbers, "verdicts": verdicts, **told}
