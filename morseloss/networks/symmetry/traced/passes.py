"""`read`: the spaces of a tape, by reading it until nothing is cut any more.

The one idea: a cut that is found late concerns what was read before, so reading begins again with
what is known. Sizes only shrink, so it ends. Gains are first taken for absorbable, until one is
found that is not.
"""

from morseloss.networks.symmetry.traced import normalising, pointwise, products, reducing, shaping
from morseloss.networks.symmetry.traced.reader import Reader, Taken
from morseloss.networks.symmetry.traced.spaces import Key, found
from morseloss.networks.symmetry.traced.tape import Tape

__all__ = ["read"]

LIMIT = 60  # readings
OPERATIONS = {
    **pointwise.OPERATIONS, **products.OPERATIONS, **reducing.OPERATIONS, **normalising.OPERATIONS,
    **shaping.OPERATIONS,
}  # fmt: skip


def read(tape: Tape, kept: frozenset[str] = frozenset()) -> Reader:
    """Return a reader that has read a tape to the end.

    Parameters
    ----------
    tape : Tape
    kept : frozenset of str
        Gains that are not to be taken over by their readers.

    Raises
    ------
    ValueError
        If cuts do not come to an end.
    """
    forms: dict[Key, tuple[str, tuple[int, ...]]] = {}
    for _ in range(LIMIT):
        reader = Reader(tape, forms, set(kept))
        reader.run(OPERATIONS, set(shaping.VIEWS))
        if reader.world.dirty:
            continue
        failed = _failed(reader)
        if not failed:
            return reader
        kept = kept | failed
    raise ValueError(f"units are cut ever again, in {LIMIT} readings; name the groups by hand")


def _failed(reader: Reader) -> frozenset[str]:
    """Gains that cannot be taken over, with all others on the same units."""
    failed = {n for n, t in reader.taken.items() if n in reader.failed or not _holds(reader, n, t)}
    roots = {id(found(reader.taken[name].space)[0]) for name in failed}
    return frozenset(n for n, t in reader.taken.items() if id(found(t.space)[0]) in roots)


def _holds(reader: Reader, name: str, taken: Taken) -> bool:
    """Whether nobody else uses the gain, its shifts or its readers, and units may be turned."""
    root, _ = found(taken.space)
    turns = root.orthogonal and not root.exchanged and not root.pinned
    uses = {name: taken.times}
    for other, _ in (*taken.readers, *taken.shifts):
        uses[other] = uses.get(other, 0) + 1
    return turns and all(reader.used[other] == times for other, times in uses.items())
