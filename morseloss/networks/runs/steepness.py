"""Whether networks are minima: by their gradients, and by the paths that lead away from them.

The one idea: a bar of a network on a slope says nothing, so nobody shall read one unawares.
"""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.runs.kinds import pair_of
from morseloss.networks.training.trained import Trained
from morseloss.status import Status

__all__ = ["GIVEN", "descending", "judge", "measured", "taken"]

GIVEN = "given"
"""Status of networks from elsewhere that were taken as they are."""

STEEP = 1e-4  # gradient norm of what is called a minimum; float32 comes that far
LEVEL = 1e-6  # of a height: a smaller fall is none


def descending(
    values: Sequence[float], paths: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[int, float]:
    """Return which networks paths go down from at once, and the largest fall of each.

    Parameters
    ----------
    values : sequence of float
        Losses of the networks.
    paths : iterable of (str, record)
        Names and records.
    """
    found: dict[int, float] = {}
    for name, record in paths:
        if record["time"] not in (0.0, 1.0):
            continue
        pair = pair_of(name)
        seen = [values[end] for end in pair]
        if record.get("lowest") is not None:  # versions before did not note it
            seen.append(record["lowest"])
        fall = record["height"] - min(seen)
        if fall > LEVEL * abs(record["height"]):
            row = pair[int(record["time"])]
            found[row] = max(fall, found.get(row, 0.0))
    return dict(sorted(found.items()))


def taken(landscape: NetworkLandscape, points: Points) -> list[dict[str, Any]]:
    """Return what is noted of networks that are taken as they are.

    Raises
    ------
    ValueError
        If a loss is not finite.
    """
    values, gradients = landscape.value_and_gradient(points.double())
    if not bool(values.isfinite().all()):
        rows = (~values.isfinite()).nonzero().flatten().tolist()
        raise ValueError(f"the losses of rows {rows[:5]} are not finite; leave those out")
    pairs = zip(values.tolist(), gradients.norm(dim=1).tolist(), strict=True)
    return [{"value": value, "gradient_norm": norm, "status": GIVEN} for value, norm in pairs]


def measured(landscape: NetworkLandscape, found: Trained) -> list[dict[str, Any]]:
    """Return what is noted of networks after training."""
    values = landscape.value(found.points.double())
    return [
        {
            "value": float(values[row]),
            "gradient_norm": float(found.gradient_norms[row]),
            "fall": float(found.falls[row]),
            "steps": int(found.steps[row]),
            "status": Status(int(found.status[row])).name.lower(),
        }
        for row in range(len(found))
    ]


def judge(records: Sequence[Mapping[str, Any]], source: str) -> None:
    """Warn of networks whose gradients are not those of minima."""
    moving = (Status.RUNNING.name.lower(), GIVEN)
    rows = [row for row, record in enumerate(records) if record["status"] in moving]
    norms = {row: records[row]["gradient_norm"] for row in rows}
    steep = {row: norm for row, norm in norms.items() if not norm <= STEEP}
    if not steep:
        return
    given_only = records[0]["status"] == GIVEN
    way = "`finish=LBFGS()` (`--finish` on the command line)"
    if not given_only:
        way = (
            "more `steps` (`--max-steps` on the command line) or, where activations have kinks, as "
            "ReLU, by `finish=Rounding()`"
        )
    told = ", ".join(f"{norm:.1e}" for norm in list(steep.values())[:10])
    warnings.warn(
        f"{len(steep)} of {len(records)} networks of {source!r} are no minima yet: their gradient "
        f"norms on all images are {told}, those of minima below {STEEP:.0e}. Bars of networks on a "
        f"slope are wrong; let them descend first, by {way}",
        stacklevel=3,
    )
