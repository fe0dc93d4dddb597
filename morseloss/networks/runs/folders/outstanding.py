"""What a folder lacks, and what that will cost, from what was done in it.

The one idea: each piece of work notes the seconds that it took, so what is missing is counted and
priced at what its like has cost.
"""

import math
from dataclasses import dataclass
from typing import Any

from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.folders.generations import (
    generation_stages,
    trained_so_far,
    under_way,
)
from morseloss.networks.runs.kinds import (
    FAILED,
    MINIMUM,
    PATH,
    STAGE,
    STATE,
    TIME,
    Pair,
    chosen_pairs,
    name_of,
)
from morseloss.networks.runs.stages import FINISH
from morseloss.networks.runs.store import SPENT, Store

__all__ = ["Lacking", "Outstanding", "note_time", "outstanding", "times"]


@dataclass(frozen=True)
class Lacking:
    """Paths of one label and repeat that are missing.

    Attributes
    ----------
    label : str
    repeat : int
    there : int
        Paths in the folder.
    pairs : tuple of pairs
        Rows of minima that no path joins yet.
    seconds : float
        That these paths will take, as those of the label took; nan where no time was noted.
    """

    label: str
    repeat: int
    there: int
    pairs: tuple[Pair, ...]
    seconds: float


@dataclass(frozen=True)
class Outstanding:
    """What a folder holds and lacks.

    Attributes
    ----------
    minima : int
    failed : int
        Networks that are no minima, since their training failed.
    moving : tuple of int
        Rows of minima whose steps ran out while they moved; longer training would lower them.
    training : str
        `done`, `not begun`, or how far it came.
    seconds : float
        That the rest of it will take: of one batch its mini-batches, without what follows on all
        images; of cohorts all that is missing. 0 where nothing is under way, nan where no time was
        noted.
    paths : tuple of Lacking
    """

    minima: int
    failed: int
    moving: tuple[int, ...]
    training: str
    seconds: float
    paths: tuple[Lacking, ...]

    @property
    def total(self) -> float:
        """Seconds that all of it will take, as far as they are known; nan where none are."""
        parts = [self.seconds, *(one.seconds for one in self.paths)]
        known = [part for part in parts if not math.isnan(part)]
        return sum(known) if known else math.nan


def note_time(store: Store, name: str, pieces: int, seconds: float) -> None:
    """Add what some pieces took to what is noted under a name."""
    known = store.record(TIME, name) if name in store.names(TIME) else {"pieces": 0, "seconds": 0.0}
    store.put(
        TIME, name, {"pieces": known["pieces"] + pieces, "seconds": known["seconds"] + seconds}
    )


def times(store: Store) -> dict[str, float]:
    """Return the seconds of one piece, a path or a network, by label."""
    records = {name: store.record(TIME, name) for name in store.names(TIME)}
    return {name: one["seconds"] / one["pieces"] for name, one in records.items() if one["pieces"]}


def outstanding(archive: Archive) -> Outstanding:
    """Return what a folder lacks: networks under way, minima that still move, pairs without path.

    Paths of a label are expected between all pairs of minima, in each repeat that was begun.

    Parameters
    ----------
    archive : Archive or Run

    Returns
    -------
    Outstanding
        Work of several processes at a time takes less than the seconds it says, which are added
        up over all pieces.
    """
    store = archive.store
    done = generation_stages(store)
    measures = archive.measures if done else []
    records = [store.record(MINIMUM, name) for name in store.names(MINIMUM)]
    training, seconds = _training(store, done)
    return Outstanding(
        len(measures),
        sum(record["status"] in FAILED for record in records),
        tuple(row for row, one in enumerate(measures) if one["status"] == "running"),
        training,
        seconds,
        _paths(archive, len(measures)),
    )


def _paths(archive: Archive, count: int) -> tuple[Lacking, ...]:
    there, each = set(archive.store.names(PATH)), times(archive.store)
    every = chosen_pairs(count, None) if count else []
    found = []
    for label, repeat in _begun(archive):
        pairs = tuple(pair for pair in every if name_of(label, repeat, pair) not in there)
        cost = len(pairs) * each.get(label, math.nan) if pairs else 0.0
        found.append(Lacking(label, repeat, len(every) - len(pairs), pairs, cost))
    return tuple(found)


def _begun(archive: Archive) -> list[tuple[str, int]]:
    """Labels and repeats of paths, also of labels whose first path is not there yet."""
    stages = [name for name in archive.store.names(STAGE) if name.startswith("paths ")]
    known = {name.removeprefix("paths "): 1 for name in stages}
    known |= {k: n for k, n in archive.labels.items() if k not in archive.relays}
    return [(label, repeat) for label, repeats in known.items() for repeat in range(repeats)]


def _training(store: Store, done: list[str]) -> tuple[str, float]:
    """How far the training under way came, and what the rest of it will take."""
    first = trained_so_far(store)
    stage, names = under_way(len(done), first), store.names(STATE)
    cohorts = [store.record(STATE, name) for name in names if name.startswith(f"{stage}:")]
    if cohorts:
        there = sum(len(one["measures"]) for one in cohorts)
        asked = cohorts[-1]["stage"]["networks"] - first
        told = f"interrupted, {there} of {asked} networks are kept, in cohorts"
        return told, (asked - there) * sum(one.get(SPENT, math.nan) for one in cohorts) / there
    if any(name.startswith(f"{FINISH} ") for name in names):
        return "interrupted on all images, networks from elsewhere", math.nan
    if stage not in names:
        return ("done" if done else "not begun"), 0.0
    state: dict[str, Any] = store.record(STATE, stage)
    losses = store.tensors(STATE, stage)["losses"]
    epochs, networks = _epochs(state), losses.shape[1]
    told = f"interrupted in epoch {len(losses)} of {networks} networks"
    if any(name.startswith("finish.") for name in state):
        return f"interrupted on all images, {networks} networks", math.nan
    if not len(losses) or SPENT not in state or not epochs:
        return told, math.nan
    return f"{told}, of {epochs}", state[SPENT] / len(losses) * (epochs - len(losses))


def _epochs(state: dict[str, Any]) -> int:
    settings = state.get("settings")
    return int(settings.get("epochs", 0)) if isinstance(settings, dict) else 0
