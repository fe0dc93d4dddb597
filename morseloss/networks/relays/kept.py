"""Relays as a record and tensors, as a run's folder keeps them, and what is said of each way.

The one idea: all that a relay goes on with is in its fields, so they are what is kept.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss.landscapes.landscape import Landscape
from morseloss.networks.paths.relay import Kept
from morseloss.networks.paths.relayed import Relayed, Settling
from morseloss.status import Interrupted

__all__ = ["STATIONS", "Keeper", "Way", "parts_of", "relayed_of", "ways_of"]

STATIONS = "stations"
"""Name of the tensor with the losses of the stations, beside the fields of the relay."""

Put = Callable[[dict[str, Any], dict[str, Tensor]], None]
"""Writes a record with its tensors."""


@dataclass(frozen=True)
class Way:
    """What is said of one way.

    Attributes
    ----------
    pair : tuple of int
        The two networks, the higher first.
    top : float
        Height, an upper bound; not finite where no finite one was found.
    penalty : float
        Above the higher end.
    gradients : float
        On all images, a way, on average over all ways.
    status : Settling
    message : str
        What that means; where a loss was not finite, on which pieces.
    """

    pair: tuple[int, int]
    top: float
    penalty: float
    gradients: float
    status: Settling
    message: str


def parts_of(relayed: Relayed) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return numbers and tensors of a relay, by the names of its fields."""
    parts = {field.name: getattr(relayed, field.name) for field in fields(relayed)}
    # clones, since two fields may share their memory, which files do not
    tensors = {name: part.clone() for name, part in parts.items() if isinstance(part, Tensor)}
    return {name: part for name, part in parts.items() if name not in tensors}, tensors


def relayed_of(
    record: Mapping[str, Any], tensors: Mapping[str, Tensor], device: torch.device | str = "cpu"
) -> Relayed:
    """Return the relay that was kept so; what is kept beside it is left out."""
    parts = {**record, **{name: part.to(device) for name, part in tensors.items()}}
    parts["spent"] = tensors["spent"]  # as `relay` has it
    return Relayed(**{field.name: parts[field.name] for field in fields(Relayed)})


class Keeper:
    """Keeps a relay while it is under way, and what there is of it when it is interrupted.

    Parameters
    ----------
    landscape : Landscape
        Gives the losses of stations, which are kept as well.
    put : callable
        Writes a record with its tensors.
    seconds : float
        Between two rounds that are written; the first two stages, which are long, always are.
    show : callable, optional
        Gets each state, too.
    """

    def __init__(
        self, landscape: Landscape, put: Put, seconds: float, show: Kept | None = None
    ) -> None:
        self.landscape, self.put, self.seconds, self.show = landscape, put, seconds, show
        self.last = time.monotonic()

    def __call__(self, relayed: Relayed) -> None:
        """Write what there is, unless something was written a short time ago."""
        if len(relayed.spent) <= 2 or time.monotonic() - self.last >= self.seconds:
            self.write(relayed)
        if self.show is not None:
            self.show(relayed)

    def write(self, relayed: Relayed) -> None:
        """Write what there is."""
        record, tensors = parts_of(relayed)
        stations = relayed.stations
        losses = self.landscape.value(stations) if len(stations) else stations[:, 0]
        self.put({**record, "ways": len(relayed)}, {**tensors, STATIONS: losses})
        self.last = time.monotonic()

    def through(self, relay: Callable[..., Relayed], *arguments: Any, **options: Any) -> Relayed:
        """Return what a relay or a null gives, kept all the way, also if it is interrupted."""
        try:
            found = relay(*arguments, keep=self, **options)
        except Interrupted as stop:
            if isinstance(stop.found, Relayed) and len(stop.found.spent):
                self.write(stop.found)
            raise
        self.write(found)
        return found


def ways_of(relayed: Relayed) -> tuple[Way, ...]:
    """Return what is said of each way, in the order of its pairs."""
    gradients = float(relayed.spent[-1]) / len(relayed) if len(relayed.spent) else 0.0
    return tuple(_way(relayed, row, gradients) for row in range(len(relayed)))


def _way(relayed: Relayed, row: int, gradients: float) -> Way:
    status = Settling(int(relayed.status[row]))
    first, second = relayed.pairs[row].tolist()
    looked = len(relayed.tops) > 0
    return Way(
        (first, second),
        float(relayed.tops[-1, row]) if looked else torch.inf,
        float(relayed.penalties[-1, row]) if looked else torch.inf,
        gradients,
        status,
        f"{status.message}{_where(relayed.heights[relayed.ways == row])}",
    )


def _where(heights: Float[Tensor, " pieces"]) -> str:
    """On which pieces of a way a loss was not finite, if on any."""
    bad = (~heights.isfinite()).nonzero().flatten()
    if not len(bad):
        return ""
    pieces = ", ".join(str(int(piece) + 1) for piece in bad)
    return f"; it lies on piece{'s' * (len(bad) > 1)} {pieces} of {len(heights)}"
