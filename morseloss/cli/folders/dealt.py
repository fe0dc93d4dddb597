"""`--shard`, `--pairs`, `--together`: which pairs one machine of several joins."""

import argparse

from morseloss.cli.output import count
from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.held import PATHS
from morseloss.networks.runs.folders.shares import shard
from morseloss.networks.runs.kinds import STAGE, Pair, chosen_pairs

__all__ = ["add_share", "share_of", "together_of"]


def add_share(parser: argparse.ArgumentParser) -> None:
    """Add the options to the part `paths`."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--shard", metavar="I/N", type=_share,
        help="join the I-th of N shares of the pairs, in a copy of the folder: `merge` puts the "
        "copies together",
    )  # fmt: skip
    choice.add_argument(
        "--pairs", metavar="I-J", type=_pair, nargs="+", help="join these pairs of minima alone"
    )
    parser.add_argument(
        "--together", metavar="N", type=count,
        help=f"pairs in a batch ({PATHS}; with --shard at most as many as a share)",
    )  # fmt: skip


def share_of(
    arguments: argparse.Namespace, archive: Archive
) -> tuple[list[Pair] | None, int | None]:
    """Return the pairs that are asked for, None for all, and how many go together.

    Raises
    ------
    ValueError
        If there are fewer pieces than shares, or the share has no meaning beside `--after`.
    """
    together = arguments.together or together_of(archive, arguments.label)
    if arguments.shard is None:
        if arguments.pairs and arguments.after:
            raise ValueError("--after chooses its own pairs; leave --pairs out")
        return arguments.pairs, together
    if arguments.after:
        raise ValueError("--after chooses its pairs as it goes; leave --shard out")
    number, shares = arguments.shard
    if together is None:
        pairs = len(chosen_pairs(len(archive.measures), None))
        together = max(1, min(PATHS, pairs // shares))
    return shard(archive, number, shares, together=together), together


def together_of(archive: Archive, label: str) -> int | None:
    """Return how many pairs go together in the paths that are there; None if none are."""
    stage = f"paths {label}"
    if stage not in archive.store.names(STAGE):
        return None
    stored = archive.store.record(STAGE, stage)["settings"]
    return stored.get("together") if isinstance(stored, dict) else None


def _share(text: str) -> tuple[int, int]:
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
        raise argparse.ArgumentTypeError(f"expected I/N with I from 1 to N, as 3/8, got {text!r}")
    return int(first), int(second)


def _pair(text: str) -> Pair:
    first, _, second = text.partition("-")
    if not (first.isdecimal() and second.isdecimal()):
        raise argparse.ArgumentTypeError(f"expected two rows of minima, as 0-3, got {text!r}")
    return int(first), int(second)
