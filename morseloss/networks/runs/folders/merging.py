"""`merge_runs`: several folders of one landscape as one.

The one idea: networks are the same if their bits are. So each path finds its two ends wherever
they stand, and of two paths between the same ends the lower one stays.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from morseloss.networks.runs.folders.agreement import check_agreement
from morseloss.networks.runs.folders.generations import (
    GENERATION,
    Due,
    age_of,
    free_number,
    generation_stages,
    keep,
    ordered,
)
from morseloss.networks.runs.folders.outstanding import note_time, times
from morseloss.networks.runs.kinds import (
    MINIMUM,
    PATH,
    RELAY,
    STAGE,
    STATE,
    TIME,
    TURNED,
    name_of,
    pair_of,
)
from morseloss.networks.runs.stages import TRAIN
from morseloss.networks.runs.store import Record, Store, StoreError

__all__ = ["Merged", "merge_runs"]

TOGETHER = 32  # paths that are written at once

Key = tuple[bytes, int]


@dataclass(frozen=True)
class Merged:
    """What came into a folder.

    Attributes
    ----------
    folder : Path
    networks : int
    paths : dict
        How many paths of each label, with those that are lower than one that was there.
    lowered : int
        How many of these are lower.
    left : tuple of str
        What was left out, and why, one clause each; it is still where it was.
    """

    folder: Path
    networks: int
    paths: dict[str, int]
    lowered: int
    left: tuple[str, ...]

    def __repr__(self) -> str:
        paths = ", ".join(f"{count} paths of {label!r}" for label, count in self.paths.items())
        lower = f", {self.lowered} of them lower" if self.lowered else ""
        told = f"{self.networks} networks, {paths or 'no paths'}{lower} came"
        return f"Merged({str(self.folder)!r}: {told})"


def merge_runs(into: str | Path, *others: str | Path) -> Merged:
    """Bring what other folders hold of the same landscape into one.

    Networks and paths that are there already are passed over, so it may be done again, after an
    interruption or when there are more paths. The other folders are only read.

    Parameters
    ----------
    into : str or Path
        Made if it is not there.
    *others : str or Path
        Folders of the same landscape and seed: copies of one folder, in each of which another
        `shard` was joined, or checkpoints were added.

    Returns
    -------
    Merged

    Raises
    ------
    ValueError
        If no folder is named, or one twice.
    StoreError
        If landscape, seed, networks that were trained, or settings of a label differ: the message
        says in what, and nothing is written. Or if a folder is damaged, is of a newer version, or
        `into` is in use.

    Notes
    -----
    A relay comes only where all its networks have the same rows in both folders; of two the one
    on which more was spent stays.
    """
    places = [Path(place).resolve() for place in (into, *others)]
    if not others or len(set(places)) < len(places):
        raise ValueError(
            "`merge_runs` needs a folder and one or more others, each named once, got "
            f"{', '.join(map(str, (into, *others)))}"
        )
    folder = Path(into)
    with ExitStack() as open_folders:
        theirs = [open_folders.enter_context(Store(other)) for other in others]
        _check_begun(theirs)
        check_agreement(theirs)
        store = open_folders.enter_context(Store(folder, theirs[0].settings))
        check_agreement([store, *theirs])
        parts = [_Merge(store, other) for other in theirs]
        for part in parts:
            part.run()
    paths = sum((part.paths for part in parts), Counter())
    return Merged(
        folder,
        sum(part.networks for part in parts),
        dict(paths),
        sum(part.lowered for part in parts),
        tuple(clause for part in parts for clause in part.left),
    )


class _Merge:
    """One folder on its way into another."""

    def __init__(self, store: Store, other: Store) -> None:
        self.store, self.other = store, other
        self.paths: Counter[str] = Counter()
        self.networks = self.lowered = 0
        self.left: list[str] = []

    def run(self) -> None:
        """Bring all of it, each part after what it leans on."""
        self._copy_others()
        for generation, stage in enumerate(generation_stages(self.other)):
            self._bring_networks(generation, stage)
        rows = self._rows()
        self._bring_stages()
        names = self.other.names(PATH)
        for first in range(0, len(names), TOGETHER):
            self._bring_paths(names[first : first + TOGETHER], rows)
        for name in self.other.names(RELAY):
            self._bring_relay(name, rows)

    def _copy_others(self) -> None:
        """Take over notes that the folder does not have, of how the loss behaves, say."""
        own = {MINIMUM, PATH, RELAY, STAGE, STATE, TIME}
        for kind in set(self.other.kinds) - own:
            for name in set(self.other.names(kind)) - set(self.store.names(kind)):
                self.store.put(kind, name, self.other.record(kind, name))

    def _bring_networks(self, generation: int, stage: str) -> None:
        known = set(_keys(self.store))
        came = [
            (name, self.other.record(MINIMUM, name))
            for key, name in _keys(self.other).items()
            if key not in known
        ]
        came = [(name, record) for name, record in came if age_of(record) == generation]
        if not came:
            return
        stages = generation_stages(self.store)
        due = Due(len(stages), free_number(self.store, len(stages)), list(range(len(came))))
        records = [{k: v for k, v in record.items() if k != GENERATION} for _, record in came]
        points = [self.other.tensors(MINIMUM, name)["point"] for name, _ in came]
        keep(self.store, due, records, torch.stack(points))
        told = self.other.record(STAGE, stage)
        more = {**due.size, **({"networks": len(came)} if "networks" in told else {})}
        self.store.put(STAGE, due.stage, {**told, **more})
        self._note_time(TRAIN, len(came))
        self.networks += len(came)

    def _rows(self) -> dict[int, int]:
        """The row in the folder of each row of the other one."""
        names = _keys(self.store)
        here = {name: row for row, name in enumerate(_in_order(self.store))}
        theirs = {name: row for row, name in enumerate(_in_order(self.other))}
        return {
            theirs[name]: here[names[key]]
            for key, name in _keys(self.other).items()
            if name in theirs
        }

    def _bring_stages(self) -> None:
        own = set(generation_stages(self.other))
        relays = {f"relay {name}" for name in self.other.names(RELAY)}
        for name in self.other.names(STAGE):
            if name not in own | relays | set(self.store.names(STAGE)):
                self.store.put(STAGE, name, self.other.record(STAGE, name))

    def _bring_paths(self, names: Iterable[str], rows: dict[int, int]) -> None:
        there = set(self.store.names(PATH))
        parts: dict[str, tuple[Record, dict[str, Tensor]]] = {}
        labels: Counter[str] = Counter()
        for name in names:
            label, repeat, _ = name.split(":")
            ends = tuple(rows[row] for row in pair_of(name))
            new = name_of(label, int(repeat), (min(ends), max(ends)))
            record = self.other.record(PATH, name)
            if new in there and not _height(record) < _height(self.store.record(PATH, new)):
                continue
            self.lowered += new in there
            labels[label] += 1
            whole = record, self.other.tensors(PATH, name)
            parts[new] = whole if ends[0] < ends[1] else _turned(*whole)
        if parts:
            self.store.put_all(PATH, parts)
        for label, count in labels.items():
            self._note_time(label, count)
        self.paths += labels

    def _bring_relay(self, name: str, rows: dict[int, int]) -> None:
        label = name.split(":")[0]
        if any(row != place for row, place in rows.items()) or len(rows) < len(
            _in_order(self.store)
        ):
            self.left.append(
                f"relay {name!r} of {self.other.folder}, since its networks have other rows in "
                f"{self.store.folder}"
            )
            return
        if name in self.store.names(RELAY):
            spent = [float(s.tensors(RELAY, name)["spent"][-1]) for s in (self.store, self.other)]
            if spent[0] >= spent[1]:
                return
        stage = f"relay {name}"
        if stage not in self.store.names(STAGE):
            self.store.put(STAGE, stage, self.other.record(STAGE, stage))
        record, tensors = self.other.record(RELAY, name), self.other.tensors(RELAY, name)
        self.store.put(RELAY, name, record, tensors)
        self.paths[label] += record["ways"]

    def _note_time(self, name: str, count: int) -> None:
        """Note what these took where they were made."""
        each = times(self.other).get(name)
        if each is not None:
            note_time(self.store, name, count, count * each)


def _check_begun(stores: Iterable[Store]) -> None:
    for store in stores:
        if not generation_stages(store):
            raise StoreError(f"{store.folder} holds no minima yet; train first")


def _keys(store: Store) -> dict[Key, str]:
    """Names of the networks of complete generations by their bits, twins by their number."""
    generations, found = len(generation_stages(store)), {}
    seen: Counter[bytes] = Counter()
    for name in sorted(store.names(MINIMUM), key=int):
        if age_of(store.record(MINIMUM, name)) >= generations:
            continue
        bits = _bits(store.tensors(MINIMUM, name)["point"])
        found[bits, seen[bits]] = name
        seen[bits] += 1
    return found


def _bits(point: Tensor) -> bytes:
    raw = point.contiguous().view(torch.uint8).numpy().tobytes()
    return hashlib.sha256(raw).digest()


def _in_order(store: Store) -> list[str]:
    """Names of the minima in the order of their rows."""
    every = ((name, store.record(MINIMUM, name)) for name in store.names(MINIMUM))
    return [name for name, _ in ordered(every, len(generation_stages(store)))]


def _height(record: Record) -> float:
    height = float(record["height"])
    return height if math.isfinite(height) else math.inf


def _turned(record: Record, tensors: dict[str, Tensor]) -> tuple[Record, dict[str, Tensor]]:
    """The same path from its other end."""
    turned: dict[str, Any] = {**record, "time": 1.0 - record["time"]}
    turned[TURNED] = not record.get(TURNED, False)
    return turned, {name: part.flip(0) for name, part in tensors.items()}
