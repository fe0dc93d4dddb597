"""`read`: the spaces of a tape, by reading it until nothing is cut any more.

The one idea: a cut that is found late concerns what was read before, so reading begins again with
what is known. Sizes only shrink, so it ends. Gains are first taken for absorbable, until one is
found that is not.
"""

from collections import Counter

from morseloss.networks.symmetry.traced.operations import (
    fourier,
    gathering,
    normalising,
    patches,
    pointwise,
    products,
    reducing,
    shaping,
)
from morseloss.networks.symmetry.traced.reader import Reader, Taken
from morseloss.networks.symmetry.traced.spaces import Key, Space, found
from morseloss.networks.symmetry.traced.tape import Tape

__all__ = ["read"]

LIMIT = 60  # readings
OPERATIONS = {
    **pointwise.OPERATIONS, **products.OPERATIONS, **reducing.OPERATIONS, **normalising.OPERATIONS,
    **shaping.OPERATIONS, **patches.OPERATIONS, **gathering.OPERATIONS,
    **fourier.OPERATIONS,
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
    roots = {root for name in failed for root in _roots(reader.taken[name])}
    return frozenset(n for n, t in reader.taken.items() if roots & _roots(t))


def _roots(taken: Taken) -> set[Space]:
    return {found(space)[0] for space in taken.spaces.values()}


def _holds(reader: Reader, name: str, taken: Taken) -> bool:
    """Whether nobody else uses the gain, its shifts or its readers, and units may be turned."""
    turns = all(r.orthogonal and not r.exchanged and not r.pinned for r in _roots(taken))
    uses = Counter({name: taken.times}) + taken.uses
    return turns and all(reader.used[other] == times for other, times in uses.items())
