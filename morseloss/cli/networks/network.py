"""`morseloss network`: train networks, join them by paths, print the barcode, in a folder."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from morseloss import plot
from morseloss.cli.barcode import print_barcode
from morseloss.cli.folders.dealt import add_share, share_of
from morseloss.cli.folders.lacking import add_status
from morseloss.cli.folders.merge import add_merge
from morseloss.cli.networks.births import add_births, marked, print_marked
from morseloss.cli.networks.ladders import add_ladder
from morseloss.cli.networks.recipe import add_recipe, add_workers, recipe_in, recipe_of, workers_of
from morseloss.cli.networks.relays import add_relay, columns
from morseloss.cli.networks.uncertainty import add_uncertainty
from morseloss.cli.output import (
    add_command,
    count,
    finite,
    print_json,
    print_table,
    progress,
    shown,
    tally,
)
from morseloss.cli.pictures import Picture, add_plot, draw
from morseloss.graphs.graph import LandscapeGraph, many
from morseloss.graphs.persistence import barcode
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.checkpoints import read_checkpoints
from morseloss.networks.runs.folders.generations import generation_stages
from morseloss.networks.runs.kinds import STAGE, STATE
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.stages import FINISH, fields_of
from morseloss.networks.symmetry.universe import universe
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.optimisers import Adam, Momentum
from morseloss.networks.training.schedules import Constant, Cosine, Cyclical
from morseloss.search.paths.trained_curves import PolygonalChain

__all__ = ["add_network"]

METHODS = {"bezier": SweptCurve, "chain": PolygonalChain}
OPTIMISERS = {"adam": Adam, "momentum": Momentum}
OF_TRAINING = ("minima", "epochs", "size", "rate", "optimiser", "schedule")
OF_DESCENT = ("max_steps", "together", "workers", "executor")
SHARED = 4  # pairs in a batch, for workers
SCHEDULES = ("cosine", "cyclical", "constant")


def add_network(commands: Any) -> None:
    """Add the command and its parts to the parser."""
    parser = commands.add_parser(
        "network",
        help="the loss barcode of a neural network, in a folder that can be gone on with",
        description="Train many networks of one architecture, join them by paths, and print the\n"
        "barcode of their loss. Everything is kept in a folder; what was interrupted goes on\n"
        "when the same command is given again.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example:\n"
        "  morseloss network train runs/mlp --module models:mlp --data models:digits\n"
        "  morseloss network paths runs/mlp --aligned --label aligned\n"
        "  morseloss network barcode runs/mlp --label aligned --plot bars.png\n"
        "  morseloss network relay runs/mlp --budget 2000 --nulls closed copies\n"
        "  morseloss network ladder runs/mlp --label relay --within 1e-4\n"
        "  morseloss network uncertainty runs/mlp --label aligned --size 4",
    )
    parser.set_defaults(run=lambda _: parser.print_help())
    parts = parser.add_subparsers(metavar="PART ...", title="parts")
    _add_train(parts)
    _add_paths(parts)
    add_relay(parts)
    _add_barcode(parts)
    add_ladder(parts)
    add_births(parts)
    add_uncertainty(parts)
    add_status(parts)
    add_merge(parts)
    _add_rescue(parts)


def _add_train(parts: Any) -> None:
    parser = add_command(
        parts, "train", _run_train, help="train networks, or read them from files, into a folder"
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="made if it is not there")
    add_recipe(parser)
    parser.add_argument(
        "--checkpoints", metavar="FILE", type=Path, nargs="+",
        help="networks trained elsewhere (.safetensors, or torch's), in place of training",
    )  # fmt: skip
    parser.add_argument(
        "--finish", action="store_true",
        help="let those descend on all images first, for --max-steps, so that they are minima",
    )  # fmt: skip
    parser.add_argument("--minima", metavar="N", type=count, default=5, help="how many networks")
    parser.add_argument("--epochs", metavar="N", type=count, default=50, help="on mini-batches")
    parser.add_argument(
        "--size", metavar="N", type=count, default=128, help="of a mini-batch, at most all images"
    )
    parser.add_argument("--rate", metavar="R", type=float, default=3e-3, help="highest rate")
    parser.add_argument("--optimiser", choices=OPTIMISERS, default="adam", help="on mini-batches")
    parser.add_argument("--schedule", choices=SCHEDULES, default="cosine", help="of the rate")
    parser.add_argument(
        "--max-steps", metavar="N", type=count, default=3000, help="on all images, at the end"
    )
    parser.add_argument(
        "--together", metavar="N", type=count,
        help="networks in a cohort, trained by itself (all; 1 with workers)",
    )  # fmt: skip
    add_workers(parser)
    parser.set_defaults(usual=parser.get_default)


def _add_paths(parts: Any) -> None:
    parser = add_command(parts, "paths", _run_paths, help="join all pairs of networks by paths")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")
    parser.add_argument("--label", default="paths", help="name of these paths")
    parser.add_argument("--curve", choices=METHODS, default="bezier", help="a path is")
    parser.add_argument("--bends", metavar="N", type=count, default=3, help="moving points of it")
    parser.add_argument("--steps", metavar="N", type=count, default=3000, help="of its training")
    parser.add_argument(
        "--size", metavar="N", type=count, default=128, help="of a mini-batch, at most all images"
    )
    copies = parser.add_mutually_exclusive_group()
    copies.add_argument(
        "--aligned", action="store_true",
        help="end at the copy of the second network, hidden units exchanged, nearest the first",
    )  # fmt: skip
    copies.add_argument(
        "--one-frame", action="store_true",
        help="join copies that lie near each other all at once, one of each network",
    )  # fmt: skip
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--repeats", metavar="N", type=count, default=1, help="of all paths")
    choice.add_argument(
        "--after", metavar="CHEAP",
        help="label of cheap paths of all pairs: join only pairs that can still change the bars",
    )  # fmt: skip
    add_share(parser)
    add_workers(parser)


def _add_barcode(parts: Any) -> None:
    parser = add_command(parts, "barcode", _run_barcode, help="print the barcode, as a table")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")
    parser.add_argument(
        "--label", nargs="+",
        help="of the paths; of several, the lowest path of each pair (default: the only one)",
    )  # fmt: skip
    parser.add_argument(
        "--repeat", metavar="N", type=lambda text: count(text, 0),
        help="one of the repeats (default: the lowest path of all repeats)",
    )  # fmt: skip
    add_plot(parser, "the bars")


def _add_rescue(parts: Any) -> None:
    parser = add_command(
        parts,
        "rescue",
        _run_rescue,
        help="make a damaged folder usable, of all in it that is whole",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="of the networks")


def _run_train(arguments: argparse.Namespace) -> None:
    if arguments.finish and not arguments.checkpoints:
        raise ValueError("--finish is for --checkpoints: training ends so anyway; leave it out")
    _check_used(arguments)
    recipe = recipe_of(arguments)
    with progress("data"):
        land = recipe.landscape()
    with Run(arguments.folder, land, seed=arguments.seed) as run:
        recipe.keep(run.store)
        if arguments.checkpoints:
            names = ", ".join(path.name for path in arguments.checkpoints)
            with progress("reading"):
                points = read_checkpoints(arguments.checkpoints, land)
            files = [path.resolve() for path in arguments.checkpoints]
            finish = LBFGS() if arguments.finish else None
            with _spread("networks", arguments, _cohort(run, arguments)) as ways:
                run.add(
                    points, names, names=files, finish=finish, steps=arguments.max_steps, **ways
                )
        else:
            with _spread("networks", arguments, _cohort(run, arguments)) as ways:
                run.train(arguments.minima, _descent(arguments, len(land)), **ways)
        _print_minima(run, as_json=arguments.json)


def _check_used(arguments: argparse.Namespace) -> None:
    """Refuse options that nothing looks at, beside networks that are not trained here.

    Raises
    ------
    ValueError
        If one is given.
    """
    if not arguments.checkpoints:
        return
    idle = dict.fromkeys(OF_TRAINING, "of training, and --checkpoints stand in its place")
    if not arguments.finish:
        idle |= dict.fromkeys(OF_DESCENT, "of what --checkpoints do with --finish alone")
    for name, why in idle.items():
        if getattr(arguments, name) != arguments.usual(name):
            raise ValueError(f"--{name.replace('_', '-')} is {why}; leave it out")


def _descent(arguments: argparse.Namespace, images: int) -> Descent:
    return Descent(
        _schedule(arguments), arguments.epochs, min(arguments.size, images),
        optimiser=OPTIMISERS[arguments.optimiser](), steps=arguments.max_steps,
    )  # fmt: skip


def _schedule(arguments: argparse.Namespace) -> Constant | Cosine | Cyclical:
    if arguments.schedule == "constant":
        return Constant(arguments.rate)
    if arguments.schedule == "cyclical":
        return Cyclical(arguments.rate / 10, arguments.rate, half=4, shrink=0.5)
    return Cosine(arguments.rate, arguments.epochs)


def _run_paths(arguments: argparse.Namespace) -> None:
    if arguments.one_frame and arguments.after:
        raise ValueError(
            "--one-frame joins all pairs, and --after some: take --one-frame alone, or --aligned"
        )
    recipe = recipe_in(arguments.folder)
    method = METHODS[arguments.curve](bends=arguments.bends, steps=arguments.steps)
    with progress("data"):
        land = recipe.landscape()
    size = min(arguments.size, len(land))
    training = Training(method, arguments.steps, size, arguments.aligned)
    with Run(arguments.folder, land, seed=recipe.seed) as run:
        labels, (pairs, together) = [arguments.label], share_of(arguments, run)
        if together is None and not _alone(arguments):
            together = SHARED
        frame = None
        if arguments.one_frame:
            with progress("one frame") as show:
                frame = universe(land, run.minima.to(land.device), progress=show)
        with _spread("paths", arguments, together) as ways:
            if arguments.after:
                labels.append(arguments.after)
                run.span(arguments.label, training, cheap=arguments.after, **ways)
            else:
                run.connect(
                    arguments.label, training, repeats=arguments.repeats, pairs=pairs,
                    frame=frame, **ways,
                )  # fmt: skip
        _print_graph(run, labels, None, as_json=arguments.json)


@contextmanager
def _spread(
    name: str, arguments: argparse.Namespace, together: int | None
) -> Iterator[dict[str, Any]]:
    """Who does the work, how much at a time, and what is shown of it."""
    executor = workers_of(arguments)
    bar = progress(name) if executor is None else tally(name, as_json=arguments.json)
    with bar as show:
        yield {"together": together, "executor": executor, "progress": show}


def _alone(arguments: argparse.Namespace) -> bool:
    return arguments.workers is None and arguments.executor is None


def _cohort(run: Run, arguments: argparse.Namespace) -> int | None:
    """How many networks in a cohort: as asked for, as in what was begun, or as usual."""
    store, kind = run.store, FINISH if arguments.checkpoints else "descent"
    begun = [fields_of(store.record(STAGE, name)["settings"]) for name in generation_stages(store)]
    for name in store.names(STATE):
        together = {FINISH if name.startswith(FINISH) else "descent": None}  # all of them
        begun.append(store.record(STATE, name).get("stage", together))
    usual = {"together": None if _alone(arguments) else 1}
    alike = [one for one in begun if kind in one]  # of checkpoints nothing follows for networks
    return arguments.together or (alike or [usual])[-1].get("together")


def _run_barcode(arguments: argparse.Namespace) -> None:
    with Archive(arguments.folder) as archive:
        labels = arguments.label or [_only(archive)]
        if arguments.plot:
            with progress("bars"):
                bars = barcode(_graph(archive, labels, arguments.repeat))
            picture = Picture(lambda ax: plot.barcode(bars, ax, names=archive.names))
            draw(arguments.plot, {"barcode": picture})
        _print_graph(archive, labels, arguments.repeat, as_json=arguments.json)


def _graph(archive: Archive, labels: list[str], repeat: int | None) -> LandscapeGraph:
    if repeat is None:
        return archive.best(*labels)
    if len(labels) > 1:
        raise ValueError(f"--repeat is of one label, got {labels}; leave it out, or name one")
    return archive.graph(labels[0], repeat)


def _only(archive: Archive) -> str:
    labels = sorted(archive.labels)
    if len(labels) != 1:
        raise ValueError(
            f"{archive.store.folder} holds the labels {labels}; name one by `--label`, or run "
            "`morseloss network paths` first"
        )
    return labels[0]


def _print_graph(archive: Archive, labels: list[str], repeat: int | None, *, as_json: bool) -> None:
    source = f"{archive.store.folder}, {' and '.join(labels)}"
    with progress("bars"):
        graph = _graph(archive, labels, repeat)
        bars = barcode(graph)
        more = columns(archive, labels, repeat, graph, bars)
        slopes = () if as_json else archive.descending(*labels)
        sure = None if as_json else marked(archive, graph)
    print_barcode(source, graph, bars, as_json=as_json, more=more)
    if not as_json:
        if slopes:
            print(
                f"No minima, since paths go down from them at once: {', '.join(map(str, slopes))}."
            )
        for column in more:
            print(column.told)
        print("Heights are those of the best paths found: upper bounds of the passes.")
        if sure is not None:
            print_marked(sure)


def _print_minima(archive: Archive, *, as_json: bool) -> None:
    measures = archive.measures
    if as_json:
        known = [
            {name: finite(m) if isinstance(m, float) else m for name, m in row.items()}
            for row in measures
        ]
        print_json({"folder": str(archive.store.folder), "minima": known})
        return
    print(f"{archive.store.folder}: {many(len(measures), 'minimum', 'minima')}\n")
    names = archive.names
    rows = (
        (
            row, shown(m["value"]), f"{m['gradient_norm']:.1e}", m.get("steps", "-"), m["status"],
            *([] if names is None else [names[row]]),
        )
        for row, m in enumerate(measures)
    )  # fmt: skip
    heads = "minimum", "loss", "gradient norm", "steps", "status"
    more = () if names is None else ("name",)
    print_table(">>>><" + "<" * len(more), heads + more, rows)


def _run_rescue(arguments: argparse.Namespace) -> None:
    with progress("rescue"):
        found = Archive.rescue(arguments.folder)
    if arguments.json:
        aside = None if found.aside is None else str(found.aside)
        print_json({**vars(found), "folder": str(found.folder), "aside": aside})
        return
    paths = ", ".join(f"{count} paths of {label}" for label, count in found.paths.items())
    print(f"{found.folder}: {found.networks} networks, {paths or 'no paths'}")
    for clause in found.lost:
        print(f"lost: {clause}")
    if found.aside is not None:
        print(f"The old database is kept as {found.aside}.")
    if not found.complete:
        print("Some networks are missing: train again by the same command, then rescue again.")
