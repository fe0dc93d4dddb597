"""What a run's folder holds: kinds of records, and how paths are named.

The one idea: a minimum is a number, a path a label, a repeat and two minima, a relay a label, and a
null of it the label and its own name.
"""

from collections.abc import Iterable

from morseloss.networks.paths.pairs import all_pairs
from morseloss.status import Status

__all__ = [
    "FAILED",
    "LOSS",
    "MINIMUM",
    "PATH",
    "RELAY",
    "STAGE",
    "STATE",
    "TIME",
    "TURNED",
    "Pair",
    "chosen_pairs",
    "name_of",
    "pair_of",
]

MINIMUM, PATH, STAGE, STATE, LOSS, RELAY = "minimum", "path", "stage", "state", "loss", "relay"
TIME = "time"
"""Kinds of records."""

TURNED = "turned"
"""In the record of a path that was merged from a folder where its ends stood the other way."""

FAILED = {status.name.lower() for status in (Status.NONFINITE, Status.DIVERGED)}
"""Statuses of networks that are no minima."""

Pair = tuple[int, int]


def name_of(label: str, repeat: int, pair: Pair) -> str:
    """Return the name of a path."""
    return f"{label}:{repeat}:{pair[0]}-{pair[1]}"


def pair_of(name: str) -> Pair:
    """Return the two minima of a path."""
    first, second = name.split(":")[2].split("-")
    return int(first), int(second)


def chosen_pairs(count: int, pairs: Iterable[Pair] | None) -> list[Pair]:
    """Return the pairs that are named, or all of them, each once and in order.

    Raises
    ------
    ValueError
        If a pair is none of two different minima.
    """
    every: list[Pair] = [(i, j) for i, j in all_pairs(count).tolist()]
    if pairs is None:
        return every
    chosen = {(min(i, j), max(i, j)) for i, j in pairs}
    if not chosen <= set(every):
        raise ValueError(
            f"`pairs` must name two different minima of {count} each, got "
            f"{sorted(chosen - set(every))[:3]}"
        )
    return sorted(chosen)
