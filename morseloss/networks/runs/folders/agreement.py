"""Whether folders may become one: what differs is found before anything is written.

The one idea: the landscape, the seed, the networks that were trained, and the settings of each
label must be the same; checkpoints and paths may be others.
"""

from collections.abc import Sequence
from typing import Any

import torch

from morseloss.networks.runs.behaviour import NOTE, Behaviour
from morseloss.networks.runs.folders.generations import age_of, generation_stages
from morseloss.networks.runs.kinds import LOSS, MINIMUM, STAGE
from morseloss.networks.runs.stages import apart, fields_of
from morseloss.networks.runs.store import Store, StoreError
from morseloss.networks.training.recorded import differences

__all__ = ["check_agreement"]

COPY = "train once, copy the folder to all machines, and share out the pairs there"


def check_agreement(stores: Sequence[Store]) -> None:
    """See that all folders are of one landscape, and of the same networks and settings.

    Raises
    ------
    StoreError
        If two differ; the message names both, and what differs.
    """
    for k, store in enumerate(stores):
        for other in stores[:k]:
            clauses = _apart(other, store)
            if clauses:
                raise StoreError(
                    f"{other.folder} (there) and {store.folder} (here) cannot be merged: "
                    f"{'; '.join(clauses[:3])}"
                )


def _apart(one: Store, other: Store) -> list[str]:
    there, here = one.settings, other.settings
    common = [name for name in there if name in here]
    found = differences({n: there[n] for n in common}, {n: here[n] for n in common})
    return found or _behaviour(one, other) or _trained(one, other) or _labels(one, other)


def _behaviour(one: Store, other: Store) -> list[str]:
    if NOTE not in one.names(LOSS) or NOTE not in other.names(LOSS):
        return []
    notes = [store.record(LOSS, NOTE) for store in (one, other)]
    there, here = (Behaviour(**{**note, "values": tuple(note["values"])}) for note in notes)
    told = there.apart(here)
    return [] if told is None else [told]


def _trained(one: Store, other: Store) -> list[str]:
    """What differs between networks that were trained in both."""
    for there, here in zip(_trainings(one), _trainings(other), strict=False):
        found = apart(there[1], here[1])
        if found:
            return [f"{clause} ({COPY})" for clause in found]
        pairs = zip(_points(one, there[0]), _points(other, here[0]), strict=False)
        for (name, point), (_, twin) in pairs:
            if not torch.equal(point, twin):
                off = float((point - twin).abs().amax())
                return [
                    f"network {name} has other weights there and here (by up to {off:.1e}), as "
                    f"trained on another machine; {COPY}"
                ]
    return []


def _trainings(store: Store) -> list[tuple[int, dict[str, Any]]]:
    """Generations that were trained, and their settings."""
    stages = enumerate(generation_stages(store))
    known = [(age, fields_of(store.record(STAGE, stage)["settings"])) for age, stage in stages]
    return [(age, settings) for age, settings in known if "descent" in settings]


def _points(store: Store, age: int) -> list[tuple[str, torch.Tensor]]:
    names = sorted(store.names(MINIMUM), key=int)
    own = [name for name in names if age_of(store.record(MINIMUM, name)) == age]
    return [(name, store.tensors(MINIMUM, name)["point"]) for name in own]


def _labels(one: Store, other: Store) -> list[str]:
    """What differs between stages of one label, and labels that are of two kinds."""
    mine, theirs = set(one.names(STAGE)), set(other.names(STAGE))
    found = []
    for name in sorted(theirs):
        kind, _, label = name.partition(" ")
        if kind not in ("paths", "relay"):
            continue
        twin = f"{'relay' if kind == 'paths' else 'paths'} {label}"
        if twin in mine:
            found.append(f"label {label!r} names a {twin.split()[0]} there, a {kind} here")
        elif name in mine:
            stages = one.record(STAGE, name)["settings"], other.record(STAGE, name)["settings"]
            found += [f"{name}: {clause}" for clause in apart(stages[0], fields_of(stages[1]))]
    return found
