"""`recognise`: whether the loss of a landscape is that of a folder, by what it gives.

The one idea: a folder notes how its loss behaves. One that was made before such notes is told by
the values of its networks, and gets its note then.
"""

import math
import warnings
from dataclasses import asdict

import torch

from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.runs.behaviour import Behaviour, behaviour
from morseloss.networks.runs.kinds import LOSS, MINIMUM, STAGE, STATE
from morseloss.networks.runs.store import Store, StoreError

__all__ = ["recognise"]

NOTE = "behaviour"
KNOWN = 3  # networks whose values are looked at, where there is no note


def recognise(store: Store, landscape: NetworkLandscape) -> None:
    """Compare a landscape with the note in its folder, or write the note.

    Raises
    ------
    StoreError
        If its loss is another function.
    """
    now = behaviour(landscape)
    if NOTE in store.names(LOSS):
        known = store.record(LOSS, NOTE)
        there = Behaviour(**{**known, "values": tuple(known["values"])})
        apart = there.apart(now)
    else:
        apart = _checked(store, landscape)
    if apart:
        raise StoreError(
            f"{store.folder} holds a run of another loss: {apart}. What it holds belongs to "
            "that one; go on with it, or take another folder"
        )
    if NOTE not in store.names(LOSS):
        store.put(LOSS, NOTE, asdict(now))


def _checked(store: Store, landscape: NetworkLandscape) -> str | None:
    """What the values of the networks show, in a folder without a note."""
    names = store.names(MINIMUM)
    if not names and not store.names(STATE) and not store.names(STAGE):
        return None  # a new folder
    for name in names[:KNOWN]:
        value, point = store.record(MINIMUM, name)["value"], store.tensors(MINIMUM, name)["point"]
        with torch.no_grad():
            place = landscape.inputs.device
            now = float(landscape.value(point.double().to(place)[None]))
        if not math.isclose(value, now, rel_tol=1e-6, abs_tol=1e-12) and math.isfinite(value):
            return f"network {name} has the value {value:.8g} there and {now:.8g} here"
    told = f"the values of {len(names[:KNOWN])} of its networks are those of this landscape, and "
    warnings.warn(
        f"{store.folder} was made by a version that did not note how its loss behaves; "
        f"{told if names else ''}that is noted now",
        stacklevel=7,
    )
    return None
