"""What a run's folder holds: kinds of records, and how paths are named.

The one idea: a minimum is a number, a path a label, a repeat and two minima.
"""

from morseloss.status import Status

__all__ = ["FAILED", "LOSS", "MINIMUM", "PATH", "STAGE", "STATE", "Pair", "name_of", "pair_of"]

MINIMUM, PATH, STAGE, STATE, LOSS = "minimum", "path", "stage", "state", "loss"
"""Kinds of records."""

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
