"""What minima and edges are called: names that their owner gave, rows where there are none.

The one idea: a name is text for the eye, kept beside the row, which stays the number that counts.
"""

from collections.abc import Sequence
from typing import Any

from morseloss.graphs.attributes import Owned
from morseloss.topology.door import shown

__all__ = ["NAMES", "chosen", "edge_labels", "is_plain", "key_names", "label_column", "names_of"]

NAMES = ("name", "label")
"""Attributes of nodes and edges in which graphs of other tools keep a name, the first one first."""


def names_of(given: Any, count: int, what: str, *, once: bool = False) -> tuple[str, ...]:
    """Return names as text, one a minimum or edge.

    Parameters
    ----------
    given : sequence
        Texts; whole numbers and other names become texts.
    count : int
        How many there must be.
    what : str
        Of the argument, for messages.
    once : bool
        Whether each must be a name of its own, as that of a minimum must; an edge may have none,
        the empty text.

    Raises
    ------
    ValueError
        If there are more or fewer, one cannot be printed, or two are the same.

    Examples
    --------
    >>> names_of(["folded", 7], 2, "names")
    ('folded', '7')
    """
    if isinstance(given, str | bytes) or not hasattr(given, "__len__"):
        raise ValueError(f"`{what}` must be a list of names, got {shown(given)}")
    if len(given) != count:
        raise ValueError(f"`{what}` must hold {count} names, got {len(given)}")
    names = tuple(str(name).strip() for name in given)
    for row, name in enumerate(names):
        if not name.isprintable() or given[row] is None or (once and not name):
            raise ValueError(
                f"`{what}` must hold text that can be printed, got {shown(given[row])} in row {row}"
            )
    if once and len(set(names)) < count:
        rows: dict[str, int] = {}
        row, name = next((r, n) for r, n in enumerate(names) if rows.setdefault(n, r) != r)
        raise ValueError(
            f"`{what}` must hold each name once, got {shown(name)} in rows {rows[name]} and {row}"
        )
    return names


def chosen(labels: Sequence[Any], keys: Sequence[Any]) -> tuple[str, ...] | None:
    """Return the names of nodes which have keys and perhaps labels; None where keys are rows.

    The labels are taken where every node has one of its own; else the keys, unless they only
    count: 0, 1, 2, ... or n0, n1, n2, ... as programs number nodes by themselves.

    Examples
    --------
    >>> chosen([None, None], ["a", "b"]), chosen(["x", "y"], ["n0", "n1"])
    (('a', 'b'), ('x', 'y'))
    """
    texts = [label.strip() if isinstance(label, str) else "" for label in labels]
    if all(text and text.isprintable() for text in texts) and len(set(texts)) == len(keys):
        return None if texts == list(map(str, range(len(texts)))) else tuple(texts)
    return None if is_plain(keys) else key_names(keys)


def label_column(table: Owned) -> list[Any]:
    """Return the name of each node or edge by its attributes, None where none says it."""
    return [next((data[n] for n in NAMES if data.get(n) is not None), None) for data, _ in table]


def edge_labels(table: Owned, keys: Sequence[Any] = ()) -> tuple[str, ...] | None:
    """Return the names of edges, by attribute or textual key; None if none has one."""
    found = label_column(table)
    found = [
        key if label is None and isinstance(key, str) else label
        for label, key in zip(found, keys or [None] * len(found), strict=True)
    ]
    texts = tuple("" if label is None else " ".join(str(label).split()) for label in found)
    return texts if any(texts) and all(text.isprintable() for text in texts) else None


def key_names(keys: Sequence[Any]) -> tuple[str, ...]:
    """Return keys as text, in a form in which no two are the same and all can be printed."""
    texts = [str(key).strip() for key in keys]
    if len(set(texts)) < len(texts) or not all(text and text.isprintable() for text in texts):
        texts = [repr(key) for key in keys]
    return tuple(texts)


def is_plain(keys: Sequence[Any]) -> bool:
    """Tell whether keys are nothing but the rows, counted from 0, with an n before them perhaps.

    Examples
    --------
    >>> is_plain([0, 1]), is_plain(["n0", "n1"]), is_plain([1, 2])
    (True, True, False)
    """
    texts = list(map(str, keys))
    return any(texts == [f"{head}{row}" for row in range(len(texts))] for head in ("", "n"))
