"""Shares: pairs of networks cut into pieces, and the pieces dealt to several machines.

The one idea: a piece is what is computed together, and its seed is named after its pairs. Who
computes the same pieces computes the same paths, on one machine or on eight.
"""

from collections.abc import Iterable, Sequence

from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import Pair, chosen_pairs

__all__ = ["pieces", "shard"]


def pieces(pairs: Sequence[Pair], together: int, ages: Sequence[int]) -> list[list[Pair]]:
    """Cut pairs into pieces; pairs of networks that came later are pieces of their own.

    So pieces are the same whether paths were joined before those networks came, or after.

    Parameters
    ----------
    pairs : sequence of pairs
        In order.
    together : int
        Pairs in a piece, at most.
    ages : sequence of int
        Of each network, when it came.

    Examples
    --------
    >>> from morseloss.networks.runs.folders.shares import pieces
    >>> pieces([(0, 1), (0, 2), (0, 3), (1, 2)], 2, [0, 0, 0, 1])
    [[(0, 1), (0, 2)], [(1, 2)], [(0, 3)]]
    """
    groups: dict[int, list[Pair]] = {}
    for pair in pairs:
        groups.setdefault(max(ages[end] for end in pair), []).append(pair)
    return [
        group[first : first + together]
        for _, group in sorted(groups.items())
        for first in range(0, len(group), together)
    ]


def shard(
    archive: Archive,
    number: int,
    count: int,
    *,
    together: int = 64,
    pairs: Iterable[Pair] | None = None,
) -> list[Pair]:
    """Return one share of the pairs of a run, for one of several machines.

    Parameters
    ----------
    archive : Archive or Run
    number : int
        Of the share, from 1 to `count`.
    count : int
        How many shares.
    together : int
        Pairs in one piece; `connect` must get the same number. Shares are of whole pieces, dealt
        out in turn.
    pairs : iterable of pairs, optional
        Rows of `minima`; by default all pairs.

    Returns
    -------
    list of pairs
        For `connect(..., pairs=, together=)`. The shares of all machines, put together by
        `merge_runs`, are what one machine would have computed.

    Raises
    ------
    ValueError
        If there is no such share, or there are fewer pairs or pieces than shares.
    """
    if not 1 <= number <= count or together < 1:
        raise ValueError(
            "`number` must be a share from 1 to `count`, and `together` 1 or more, got "
            f"{number} of {count} and {together}"
        )
    ages = archive.ages
    chosen = chosen_pairs(len(ages), pairs)
    if len(chosen) < count:
        raise ValueError(
            f"{len(chosen)} pairs are too few for {count} shares; take at most as many as pairs"
        )
    every = pieces(chosen, together, ages)
    if len(every) < count:
        raise ValueError(
            f"{len(chosen)} pairs, {together} together, are {len(every)} "
            f"piece{'s' * (len(every) != 1)}, too few for {count} shares; take "
            f"`together={max(1, len(chosen) // count)}` on all machines"
        )
    return sorted(pair for piece in every[number - 1 :: count] for pair in piece)
