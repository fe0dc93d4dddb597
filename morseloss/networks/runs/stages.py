"""Stages of a run: what each was asked to do, so that the same can be told from another.

The one idea: a stage is stored by the fields of its recipe and compared field by field. What
versions before stored as one line of text is read into the same fields.
"""

import math
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from typing import Any

import torch

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.paths.relay import Relay
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.runs.fingerprint import digest
from morseloss.networks.runs.kinds import STAGE, STATE
from morseloss.networks.runs.steepness import measured
from morseloss.networks.runs.store import SPENT, Record, Store, StoreError
from morseloss.networks.training.cohorts import Arrived, Cohort
from morseloss.networks.training.course import Descent
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.recorded import differences, parsed, recorded
from morseloss.search.paths.trained_curves import BezierCurve, PolygonalChain
from morseloss.workers import WorkersError

__all__ = [
    "FINISH",
    "TRAIN",
    "apart",
    "begin",
    "check_cohorts",
    "claim",
    "drop_states",
    "fields_of",
    "finish_stage",
    "given",
    "in_cohorts",
    "is_done",
    "joined",
    "networks_of",
    "relayed",
    "spent_on",
    "trained",
]

TRAIN, FINISH = "train", "finish"
"""Name of the stage that minima come from; of the state of those from elsewhere that descend."""

CURVES = {kind.__name__: recorded(kind()) for kind in (SweptCurve, BezierCurve, PolygonalChain)}
WHOLE = ("networks", "source", "points")  # of a stage, not of its cohorts
RECIPES = ("descent", "training", "method")  # whose fields are named without them
GIVEN = re.compile(r"(?P<source>.*): (?P<points>[0-9a-f]{16})", re.DOTALL)
JOINED = re.compile(r"(?P<training>.*), (?P<together>\d+) together", re.DOTALL)
DESCENT = ("optimiser", "schedule", "epochs", "size", "finish", "steps", "dtype")  # as once written


def trained(count: int, descent: Descent, together: int | None = None) -> dict[str, Any]:
    """Return the stage of networks that are trained."""
    return {"networks": count, "descent": descent, **_cut(together)}


def given(
    points: torch.Tensor,
    source: str,
    finish: LBFGS | None = None,
    steps: int = 0,
    together: int | None = None,
) -> dict[str, Any]:
    """Return the stage of networks that come from elsewhere."""
    tail = {} if finish is None else {"finish": finish, "steps": steps, **_cut(together)}
    return {"source": source, "points": digest(points), **tail}


def _cut(together: int | None) -> dict[str, int]:
    return {} if together is None else {"together": together}


def joined(training: Training, together: int) -> dict[str, Any]:
    """Return the stage of the paths of a label."""
    return {"training": training, "together": together}


def is_done(store: Store, stage: str, wanted: Mapping[str, Any]) -> bool:
    """Return whether a stage is there; it must be the one that is asked for.

    Raises
    ------
    StoreError
        If it is another one.
    """
    if stage not in store.names(STAGE):
        return False
    _check_same(store, stage, store.record(STAGE, stage)["settings"], wanted)
    return True


def _check_same(store: Store, stage: str, stored: Any, wanted: Mapping[str, Any]) -> None:
    different = apart(stored, wanted)
    if different:
        raise StoreError(
            f"{store.folder} holds the stage `{stage}` with other settings: "
            f"{'; '.join(different[:3])}; take those, another label, or another folder"
        )


def begin(store: Store, stage: str, wanted: Mapping[str, Any]) -> None:
    """Note a stage whose parts come later, or see that it is the one that was begun.

    Raises
    ------
    StoreError
        If it is another one.
    """
    if not is_done(store, stage, wanted):
        finish_stage(store, stage, wanted)


def fields_of(stored: Any) -> dict[str, Any]:
    """Return the fields of a stored stage, also where versions before wrote one line of text.

    Raises
    ------
    StoreError
        If the text makes no sense.
    """
    if not isinstance(stored, str):
        return stored
    try:
        return _read(stored)
    except ValueError as error:
        raise StoreError(str(error)) from None


def finish_stage(store: Store, stage: str, wanted: Mapping[str, Any], **more: int) -> None:
    """Note that a stage is there."""
    store.put(STAGE, stage, {"settings": recorded(wanted), **more})


def in_cohorts(
    store: Store,
    stage: str,
    wanted: Mapping[str, Any],
    landscape: NetworkLandscape,
    parts: Sequence[Cohort],
    work: Callable[[Sequence[Cohort]], Generator[Arrived, None, None]],
) -> tuple[list[Record], Points, float]:
    """Return what cohorts came to, and their seconds; each is kept as a state until all are there.

    Raises
    ------
    StoreError
        If cohorts of other settings are there.
    WorkersError
        If workers died over some; the others are kept.
    """
    there = check_cohorts(store, stage, wanted)
    missing = [cohort for cohort in parts if f"{stage}:{cohort}" not in there]
    with closing(work([*missing])) as results:
        for cohort, found, seconds in results:
            record = {
                "stage": recorded(wanted), "measures": measured(landscape, found), SPENT: seconds
            }  # fmt: skip
            store.put(STATE, f"{stage}:{cohort}", record, {"points": found.points})
            missing.remove(cohort)
    if missing:
        names = ", ".join(map(str, missing[:5]))
        raise WorkersError(
            f"networks {names} are missing still, the others are kept in {store.folder}; give "
            "workers more memory, or fewer networks at a time, and make the same call again"
        )
    names = [f"{stage}:{cohort}" for cohort in parts]
    states = [store.record(STATE, name) for name in names]
    records = [one for state in states for one in state["measures"]]
    points = torch.cat([store.tensors(STATE, name)["points"] for name in names])
    return records, points, sum(state.get(SPENT, 0.0) for state in states)


def check_cohorts(store: Store, stage: str, wanted: Mapping[str, Any]) -> set[str]:
    """Return the names of cohorts that are kept; a cohort has its bits, whatever others there are.

    Raises
    ------
    StoreError
        If they are of other settings.
    """
    there = {name for name in store.names(STATE) if name.startswith(f"{stage}:")}
    for name in there:
        stored = _of_cohort(store.record(STATE, name)["stage"])
        _check_same(store, name, stored, _of_cohort(wanted))
    return there


def _of_cohort(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the bits of a cohort depend on."""
    return {name: part for name, part in settings.items() if name not in WHOLE}


def drop_states(store: Store, stage: str) -> None:
    """Take out the states of a stage that is there."""
    for name in store.names(STATE):
        if name.split(":")[0] == stage:
            store.drop(STATE, name)


def claim(store: Store, label: str, other: str) -> None:
    """See that a label is a name, and not one of the other kind, `paths` or `relay`.

    Raises
    ------
    ValueError
        If it is no name.
    StoreError
        If it is one of the other kind.
    """
    if not label or ":" in label:
        raise ValueError(f"`label` must be a name without `:`, got {label!r}")
    if f"{other} {label}" in store.names(STAGE):
        raise StoreError(
            f"{store.folder} holds the stage `{other} {label}`, and a label names either paths or "
            "a relay; take another label"
        )


def relayed(method: Relay) -> dict[str, Any]:
    """Return the stage of a relay; its budget may be raised later, and is none of it."""
    return {"method": method}


def spent_on(stored: Any, images: float) -> float:
    """Return what one path of a stage cost, in gradients on all images; nan where it is not known.

    Steps times points a step, each on its share of the images; looks for tops are not counted.

    Parameters
    ----------
    stored : dict or str
        Of the stage of the paths of a label.
    images : float
        How many there are; nan where that is not known, which matters on mini-batches only.
    """
    try:
        training = (_read(stored) if isinstance(stored, str) else stored)["training"]
        method = {**CURVES[training["method"]["class"]], **training["method"]}
    except (KeyError, TypeError, ValueError):
        return math.nan
    steps = min(method["steps"], training["max_steps"])
    share = 1.0 if training.get("size") is None else min(training["size"] / images, 1.0)
    return steps * method["samples"] * share


def apart(stored: Any, wanted: Mapping[str, Any]) -> list[str]:
    """Return what differs between a stored stage and one that is asked for, one clause each."""
    if isinstance(stored, str):
        try:
            stored = _read(stored)
        except ValueError as error:
            return [str(error)]
    if ("source" in stored) != ("source" in wanted):
        here, there = ("given", "trained") if "source" in wanted else ("trained", "given")
        return [f"the networks are {there} there and {here} here"]
    found: list[str] = []
    for name in {**wanted, **stored}:
        prefix = "" if name in RECIPES else name
        found += differences(stored.get(name), wanted.get(name), prefix)
    return found


def networks_of(record: Mapping[str, Any]) -> int:
    """Return how many networks the record of the first stage tells of; 0 where it tells nothing."""
    stored = record["settings"]
    if "networks" in record:
        return record["networks"]
    try:
        stored = _read(stored) if isinstance(stored, str) else stored
    except ValueError:
        return 0
    return stored.get("networks", 0)


def _read(text: str) -> dict[str, Any]:
    """Read a stage that was stored as one line of text."""
    found = GIVEN.fullmatch(text)
    if found is not None:
        return found.groupdict()
    found = JOINED.fullmatch(text)
    if found is not None:
        return {"training": parsed(found["training"]), "together": int(found["together"])}
    whole = parsed(text)
    if not isinstance(whole, list) or len(whole) != 1 + len(DESCENT):
        raise ValueError(f"{text!r} cannot be read as settings")
    fields = dict(zip(DESCENT, whole[1:], strict=True))
    return {"networks": whole[0], "descent": {"class": Descent.__name__, **fields}}
