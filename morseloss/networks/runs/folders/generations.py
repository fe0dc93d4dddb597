"""Generations: networks that came into a folder later stand behind those that were there.

The one idea: a network has its row for good. Rows are sorted by loss within each generation only,
so the paths of those that were there keep their ends, whatever comes later.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from morseloss._shapes import Points
from morseloss.networks.runs.fingerprint import digest
from morseloss.networks.runs.kinds import FAILED, MINIMUM, STAGE
from morseloss.networks.runs.stages import TRAIN, apart, fields_of, is_done
from morseloss.networks.runs.store import Store, StoreError

__all__ = [
    "GENERATION",
    "GIVEN_AS",
    "NAME",
    "Due",
    "age_of",
    "due_given",
    "due_trained",
    "free_number",
    "generation_stages",
    "keep",
    "ordered",
    "short_names",
    "stage_of",
    "told_apart",
    "trained_so_far",
    "under_way",
]

GENERATION, NAME, GIVEN_AS = "generation", "name", "given"
"""In the record of a network: its generation if not the first, its name, digest of what came."""

Named = tuple[str, dict[str, Any]]


@dataclass(frozen=True)
class Due:
    """Networks that are to come into a folder.

    Attributes
    ----------
    generation : int
    first : int
        The number of the first of them in the store.
    rows : list of int
        Which of those that were asked for are not there yet.
    more : list of dict
        What is noted of each, beside what is measured.
    """

    generation: int
    first: int
    rows: list[int]
    more: list[dict[str, Any]] = field(default_factory=list)

    @property
    def stage(self) -> str:
        """Name of the stage."""
        return stage_of(self.generation)

    @property
    def state(self) -> str:
        """Name of the state of their training, which checkpoints that come between leave alone."""
        return under_way(self.generation, self.rows[0])

    @property
    def size(self) -> dict[str, int]:
        """How many they are; the first generation is told by its stage."""
        return {"networks": len(self.rows)} if self.generation else {}

    def noted(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return records with what is noted beside."""
        own = {GENERATION: self.generation} if self.generation else {}
        more = self.more or [{}] * len(records)
        return [{**one, **own, **rest} for one, rest in zip(records, more, strict=True)]


def stage_of(generation: int) -> str:
    """Return the name of the stage that a generation comes from."""
    return f"{TRAIN} {generation}" if generation else TRAIN


def under_way(generation: int, first: int) -> str:
    """Return the name of the state of a training whose first network is of this row."""
    return f"{TRAIN} from {first}" if generation else TRAIN


def trained_so_far(store: Store) -> int:
    """Return how many networks were trained in a folder, in all generations."""
    return max(_totals(store, generation_stages(store)), default=0)


def age_of(record: Mapping[str, Any]) -> int:
    """Return the generation of a network."""
    return record.get(GENERATION, 0)


def generation_stages(store: Store) -> list[str]:
    """Return the names of the stages of all generations that are complete, in their order."""
    there = set(store.names(STAGE))
    found: list[str] = []
    while stage_of(len(found)) in there:
        found.append(stage_of(len(found)))
    return found


def ordered(records: Iterable[Named], generations: int) -> list[Named]:
    """Return those networks of so many generations that did not fail, in the order of their rows.

    Parameters
    ----------
    records : iterable of (str, record)
    generations : int
    """
    good = [
        (name, record)
        for name, record in records
        if age_of(record) < generations and record["status"] not in FAILED
    ]
    return sorted(good, key=lambda one: (age_of(one[1]), one[1]["value"], int(one[0])))


def due_trained(store: Store, wanted: Mapping[str, Any]) -> Due | None:
    """Return which of so many networks of one recipe are to be trained; None if all are there.

    Raises
    ------
    StoreError
        If the folder holds networks of another recipe, or more of them.
    """
    stages = generation_stages(store)
    if not stages:
        return Due(0, 0, list(range(wanted["networks"])))
    totals = _totals(store, stages)
    count, most = wanted["networks"], max(totals, default=0)
    if count < most or not totals:
        is_done(store, totals.get(count, stages[0]), wanted)  # tells what differs, if anything
        return None
    is_done(store, totals[most], {**wanted, "networks": most})
    if count == most:
        return None
    return Due(len(stages), free_number(store, len(stages)), list(range(most, count)))


def due_given(
    store: Store,
    wanted: Mapping[str, Any],
    points: Points,
    names: Sequence[str | PurePath] | None = None,
) -> Due | None:
    """Return which of some networks from elsewhere are not in the folder yet; None if all are.

    Raises
    ------
    ValueError
        If there are more or fewer names than networks.
    StoreError
        If one of them is there, and descended in another way.
    """
    stages = generation_stages(store)
    for stage in stages:
        there = fields_of(store.record(STAGE, stage)["settings"])
        if there.get("points") == wanted["points"]:
            is_done(store, stage, {**wanted, "source": there["source"]})
            return None
    tail = {name: wanted[name] for name in ("finish", "steps") if name in wanted}
    known = _known(store, stages)
    rows, more = [], []
    for row, mark in enumerate(digest(point) for point in points):
        if mark not in known:
            rows.append(row)
            more.append({GIVEN_AS: mark})
            continue
        there = {k: v for k, v in known[mark].items() if k in ("finish", "steps")}
        different = apart(there, tail)
        if different:
            raise StoreError(
                f"{store.folder} holds the network of row {row} with other settings: "
                f"{'; '.join(different[:3])}; take those, or another folder"
            )
    if names is not None:
        called = short_names(names, len(points))
        more = [{NAME: called[row], **one} for row, one in zip(rows, more, strict=True)]
    return Due(len(stages), free_number(store, len(stages)), rows, more) if rows else None


def keep(store: Store, due: Due, records: Sequence[dict[str, Any]], points: Points) -> None:
    """Write networks; others that a stage left behind, killed at its end, are none of them."""
    parts = enumerate(zip(due.noted(records), points, strict=True), due.first)
    named = {str(row): (record, {"point": point}) for row, (record, point) in parts}
    store.put_all(MINIMUM, named)
    for name in store.names(MINIMUM):
        if int(name) >= due.first and name not in named:
            store.drop(MINIMUM, name)


def short_names(names: Sequence[str | PurePath], count: int) -> list[str]:
    """Return texts as they are, and of paths the last parts, as many as tell them apart.

    Raises
    ------
    ValueError
        If there are not so many.
    """
    if isinstance(names, str) or len(names) != count:
        raise ValueError(
            f"`names` must be {count} names, one a network, got "
            f"{1 if isinstance(names, str) else len(names)}"
        )
    depth = 1
    while True:
        found = [
            one if isinstance(one, str) else "/".join(PurePath(one).parts[-depth:]) for one in names
        ]
        if len(set(found)) == count or depth >= 8:
            return found
        depth += 1


def told_apart(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """Return what networks are called, each by a name of its own; None where none has one.

    What cannot be printed, in the names of files say, is a space, and no name is the row.
    """
    names = [_printed(record.get(NAME) or "") for record in records]
    if not any(names):
        return None
    names = [name or str(row) for row, name in enumerate(names)]
    while len(set(names)) < len(names):
        counts = Counter(names)
        names = [f"{name} ({row})" if counts[name] > 1 else name for row, name in enumerate(names)]
    return tuple(names)


def _printed(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())


def free_number(store: Store, generations: int) -> int:
    """Return the least number that no network of a complete generation has, nor one behind it."""
    names = store.names(MINIMUM)
    old = [int(name) for name in names if age_of(store.record(MINIMUM, name)) < generations]
    return max(old, default=-1) + 1


def _totals(store: Store, stages: Sequence[str]) -> dict[int, str]:
    """Stages that were trained, by how many networks there were with them."""
    known = {stage: fields_of(store.record(STAGE, stage)["settings"]) for stage in stages}
    return {one["networks"]: stage for stage, one in known.items() if "networks" in one}


def _known(store: Store, stages: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Settings by the digests of networks from elsewhere that are in the folder."""
    settings = [fields_of(store.record(STAGE, stage)["settings"]) for stage in stages]
    found: dict[str, dict[str, Any]] = {}
    for name in store.names(MINIMUM):
        record = store.record(MINIMUM, name)
        if age_of(record) >= len(stages):
            continue
        mark = record.get(GIVEN_AS)
        if mark is None and record["status"] == "given":  # of versions that did not note it
            mark = digest(store.tensors(MINIMUM, name)["point"])
        if mark is not None:
            found[mark] = settings[age_of(record)]
    return found
