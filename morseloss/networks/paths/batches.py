"""Batches of pairs of networks, joined here or by workers.

The one idea: a batch is named, and its seed after it; so its paths are the same wherever, whenever
and after whatever it is done.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import torch

from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Links, Training, link
from morseloss.search.iterate import Progress
from morseloss.workers import Workers, done

__all__ = ["Batch", "linked"]


@dataclass(frozen=True)
class Batch:
    """Pairs that are joined together.

    Attributes
    ----------
    repeat : int
    pairs : tuple of (int, int)
        Rows of the networks.
    seed : int
    """

    repeat: int
    pairs: tuple[tuple[int, int], ...]
    seed: int

    def __str__(self) -> str:
        first, last = ("-".join(map(str, self.pairs[row])) for row in (0, -1))
        rows = first if len(self.pairs) == 1 else f"{first} to {last} ({len(self.pairs)} pairs)"
        return f"paths {rows}" + (f" of repeat {self.repeat}" if self.repeat else "")


Shared = tuple[NetworkLandscape, Points, Training]


def linked(
    landscape: NetworkLandscape,
    networks: Points,
    training: Training,
    batches: Sequence[Batch],
    *,
    executor: Workers | None = None,
    progress: Progress | None = None,
) -> Generator[tuple[Batch, Links], None, None]:
    """Yield batches with their paths, as they end.

    Parameters
    ----------
    landscape : NetworkLandscape
    networks : Tensor, shape (networks, dim)
    training : Training
    batches : sequence of Batch
    executor : Executor or callable, optional
        Workers, see `morseloss.workers.done`.
    progress : callable, optional
        Gets `(step, running, total)` of the batch at work; with workers, how many batches are
        done, running, and there in all.

    Yields
    ------
    (Batch, Links)
        Without those that workers died over, of which is warned.

    Warns
    -----
    UserWarning
        If there are workers, and one batch only.
    """
    shared: Shared = landscape, networks, training
    if executor is None:
        here = partial(_link, progress=progress)
        yield from ((batches[index], found) for index, found in done(here, batches, shared=shared))
        return
    if len(batches) == 1 and len(batches[0].pairs) > 1:
        caution(
            f"all {len(batches[0].pairs)} pairs are one batch, which one worker joins while the "
            "others wait; lower `together`"
        )
    results = done(
        _link, batches, executor, shared=shared, progress=progress,
        named=lambda index: str(batches[index]),
    )  # fmt: skip
    with closing(results):
        yield from ((batches[index], found) for index, found in results)


def _link(shared: Shared, batch: Batch, progress: Progress | None = None) -> Links:
    landscape, networks, training = shared
    starts, ends = (networks[list(rows)] for rows in zip(*batch.pairs, strict=True))
    return link(
        landscape,
        starts.to(landscape.device),
        ends.to(landscape.device),
        training,
        generator=torch.Generator().manual_seed(batch.seed),
        progress=progress,
    )
