"""`read`: all images of a loader or data set, as tensors.

The one idea: what the loader shuffles does not matter, so the data set is read in its own order;
what it changes at random would be another landscape at each reading, so a part is read twice.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    default_collate,
)  # fmt: skip

from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.generators import watched
from morseloss.networks.loss.purity import same
from morseloss.networks.loss.rows import Tree, spread

__all__ = ["read"]

BATCH = 256  # images of a data set that are put together at a time
TWICE = 8  # batches that are read a second time


def read(source: DataLoader | Dataset, targets: Tree = None) -> tuple[Tree, Tree]:
    """Return inputs and targets of all images.

    Parameters
    ----------
    source : DataLoader or Dataset
        Whose items are pairs. Of a loader that goes through its data set, in order or shuffled, the
        data set is read in order, the last images too; another sampler is followed.
    targets : None

    Raises
    ------
    ValueError
        If it has no length, gives no pairs of tensors, or gives others at a second reading.
    """
    if targets is not None:
        raise ValueError(
            "a loader or data set gives its own targets: leave `targets` out, or pass tensors"
        )
    loader = source if isinstance(source, DataLoader) else None
    data: Any = source if loader is None else loader.dataset
    if isinstance(data, IterableDataset) or not hasattr(data, "__len__"):
        raise ValueError(
            f"{type(data).__name__} has no length and may go on for ever; read it yourself: "
            "`inputs, targets = map(torch.cat, zip(*loader))`"
        )
    rows, batched = _batches(loader, data)
    collate: Callable[[Any], Any] = default_collate if loader is None else loader.collate_fn

    def batch(place: int) -> Any:
        items = [data[row] for row in rows[place]]
        return collate(items if batched else items[0])

    with watched(data, collate) as drawn:
        try:
            found = [_pair(batch(place)) for place in range(len(rows))]
            again = {int(k): _pair(batch(int(k))) for k in spread(len(rows), TWICE)}
        except ValueError:
            raise
        except Exception as error:  # whatever the caller's data set raises
            raise ValueError(
                f"{type(data).__name__} cannot be read ({complaint(error)}); let each item be a "
                "pair of tensors or numbers, as after `transforms.ToTensor()`"
            ) from error
    others = not all(same(found[k], pair) for k, pair in again.items())
    if drawn or others:
        what = f"draws from {drawn[0]}" if drawn else "gives other images"
        raise ValueError(
            f"{type(data).__name__} {what} when it is read, so its images are others each time; "
            "take random transforms out, or read it once yourself and pass tensors"
        )
    inputs, theirs = zip(*found, strict=True)
    return _joined(list(inputs)), _joined(list(theirs))


def _batches(loader: DataLoader | None, data: Any) -> tuple[list[list[int]], bool]:
    """The rows of each batch, and whether a batch is made of several items."""
    if loader is None:
        order = list(range(len(data)))
        return [order[k : k + BATCH] for k in range(0, len(order), BATCH)], True
    sampler, plain = loader.sampler, type(loader.batch_sampler) is BatchSampler
    whole = isinstance(sampler, SequentialSampler) or (
        isinstance(sampler, RandomSampler)
        and not sampler.replacement
        and sampler.num_samples == len(data)
    )
    if loader.batch_size is None and loader.batch_sampler is None:
        return [[row] for row in (range(len(data)) if whole else _order(sampler))], False
    if plain and whole:
        order, size = list(range(len(data))), loader.batch_size or 1
        return [order[k : k + size] for k in range(0, len(order), size)], True
    return [list(rows) for rows in _order(loader.batch_sampler)], True


def _order(sampler: Any) -> list[Any]:
    """What a sampler gives, if it gives the same rows twice."""
    with watched():
        first, second = list(sampler), list(sampler)
    flat = [
        sorted(row for rows in order for row in (rows if isinstance(rows, list) else [rows]))
        for order in (first, second)
    ]
    if flat[0] != flat[1]:
        raise ValueError(
            f"the loader draws other images each time ({type(sampler).__name__}); pass its data "
            "set, or tensors"
        )
    return first


def _pair(batch: Any) -> tuple[Tree, Tree]:
    if not isinstance(batch, list | tuple) or len(batch) != 2:
        kind = type(batch).__name__
        length = f" of {len(batch)}" if isinstance(batch, list | tuple | dict) else ""
        way = "`(inputs, targets)`"
        if isinstance(batch, dict):
            way = f"`(batch, targets)`, with the targets taken out of {list(batch)[:5]}"
        elif length and len(batch) > 2:
            way = "`((first, second), targets)`, the arguments of the module as a tuple of its own"
        raise ValueError(
            f"a loader or data set must give pairs of inputs and targets, got {kind}{length}; let "
            f"its items be {way}, or read it yourself and pass `inputs` and `targets`"
        )
    return _tree(batch[0]), _tree(batch[1])


def _tree(part: Any) -> Tree:
    if isinstance(part, Tensor):
        return part
    if isinstance(part, list | tuple) and part:
        return tuple(_tree(inner) for inner in part)
    if isinstance(part, dict) and part:
        return {key: _tree(inner) for key, inner in part.items()}
    raise ValueError(
        f"a loader or data set must give batches of tensors, got {type(part).__name__}; let its "
        "`collate_fn` make some"
    )


def _joined(trees: list[Tree]) -> Tree:
    first = trees[0]
    if isinstance(first, Tensor):
        try:
            return torch.cat(trees)
        except (RuntimeError, TypeError) as error:
            raise ValueError(
                f"batches of the loader do not fit together ({complaint(error)}); let all images "
                "have one shape"
            ) from None
    if isinstance(first, tuple):
        return tuple(_joined([tree[place] for tree in trees]) for place in range(len(first)))
    return {key: _joined([tree[key] for tree in trees]) for key in first}
