"""Attributes of the nodes and edges of a networkx graph, read column by column.

The one idea: what is read of one node or edge is read of all, so that nothing is dropped;
attributes of other names are the user's own and stay there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from morseloss.topology.door import flags, integers, listed, reals, shown

__all__ = ["flag_column", "integer_column", "paths_column", "points_column", "real_column"]

KINDS = {reals: "a number", integers: "an integer", flags: "True or False"}

Owned = Sequence[tuple[dict[str, Any], str]]
"""Attributes of each node or edge, and how a message calls it."""


def real_column(table: Owned, name: str, remedy: str = "set it") -> Float[np.ndarray, " n"]:
    """Return one number of each node or edge, finite.

    Raises
    ------
    ValueError
        If one has none, or something else; the message names it.
    """
    numbers = _each(table, name, _column(table, name, remedy), reals)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        _, owner = table[wrong[0]]
        raise ValueError(
            f"`{name}` of {owner} must be finite, got {numbers[wrong[0]]}; "
            "leave out what is unknown"
        )
    return numbers


def integer_column(table: Owned, name: str) -> Int[np.ndarray, " n"]:
    """Return one integer of each node or edge.

    Raises
    ------
    ValueError
        If one has none, or something else; the message names it.
    """
    return _each(table, name, _column(table, name), integers)


def flag_column(table: Owned, name: str) -> Bool[np.ndarray, " n"] | None:
    """Return True or False of each node or edge; None if none has one.

    Raises
    ------
    ValueError
        If only some have one, or something else.
    """
    entries = _optional(table, name)
    return None if entries is None else _each(table, name, entries, flags)


def points_column(table: Owned, name: str) -> Float[np.ndarray, "n dim"] | None:
    """Return one point of each node or edge; None if none has one.

    Raises
    ------
    ValueError
        If only some have one, or points of another dimension, or something else.
    """
    entries = _optional(table, name)
    return None if entries is None else reals(name, entries, axes=2)


def paths_column(table: Owned, name: str) -> tuple[Float[np.ndarray, "_ dim"], ...] | None:
    """Return one polyline of each edge; None if none has one.

    Raises
    ------
    ValueError
        If only some have one, or something else.
    """
    entries = _optional(table, name)
    if entries is None:
        return None
    return tuple(
        reals(f"{name} of {owner}", entry, axes=2)
        for entry, (_, owner) in zip(entries, table, strict=True)
    )


def _column(table: Owned, name: str, remedy: str = "set it") -> list[Any]:
    """Return one attribute of each node or edge, as it is.

    Raises
    ------
    ValueError
        If one has none.
    """
    for data, owner in table:
        if name not in data:
            raise ValueError(
                f"{owner} has no attribute `{name}`, got {listed(sorted(map(str, data)))}; {remedy}"
            )
    return [data[name] for data, _ in table]


def _optional(table: Owned, name: str) -> list[Any] | None:
    known = [data.get(name) is not None for data, _ in table]
    if not any(known):
        return None
    if not all(known):
        data, owner = table[known.index(False)]
        came = "None as" if name in data else "no attribute"
        raise ValueError(
            f"{owner} has {came} `{name}`, which others have; set it for all, or for none"
        )
    return [data[name] for data, _ in table]


def _each(table: Owned, name: str, entries: list[Any], read: Callable) -> Any:
    """Read all entries at once; if that fails, find the owner of the first wrong one.

    Raises
    ------
    ValueError
        If one is wrong.
    """
    try:
        return read(name, entries)
    except ValueError:
        for entry, (_, owner) in zip(entries, table, strict=True):
            try:
                read(name, [entry])
            except ValueError as error:
                cure = str(error).rpartition("; ")[2]
                raise ValueError(
                    f"`{name}` of {owner} must be {KINDS[read]}, got {shown(entry)}; {cure}"
                ) from None
        raise
