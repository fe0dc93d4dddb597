"""`cut`: pieces that climb are cut at new stations.

The one idea: where the top of a piece, descended on all images, comes to lie much lower, two
shorter pieces over that point mostly climb less than the one before. A cut that does not lower the
piece is not made.
"""

from dataclasses import replace

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.pieces import Pieces, along, descended, swept, tops
from morseloss.networks.paths.relayed import Relayed

__all__ = ["cut"]

INNER = 0.1  # times nearer than that to an end of a piece make no cut


def cut(
    landscape: NetworkLandscape,
    state: Relayed,
    rows: Int[Tensor, " rows"],
    anywhere: Bool[Tensor, " rows"],
    *,
    descent: int,
    steps: int,
    size: int,
    generator: torch.Generator,
) -> tuple[Relayed, float]:
    """Cut pieces, each at a station that lies at most half as high as they climb.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of all images.
    state : Relayed
    rows : Tensor, shape (rows,)
        Of the pieces.
    anywhere : Tensor of bool, shape (rows,)
        Cut at a random time, where a cut at the top was tried in vain.
    descent : int
        Gradients on all images of each station.
    steps, size : int
        Of the two new pieces, on mini-batches of so many images.
    generator : torch.Generator

    Returns
    -------
    state : Relayed
        With the cuts that lowered their pieces; looks and status are as before.
    gradients : float
        What it cost, with the cuts that were not made.
    """
    places, looking = _places(landscape, state.controls[rows], anywhere, generator)
    stations, cost = descended(landscape, places, descent)
    level = state.values[state.pairs[state.ways[rows], 0]]
    low = landscape.value(stations) < (level + state.heights[rows]) / 2
    cost += looking + len(rows) / 3
    if not low.any():
        return state, cost
    rows, stations = rows[low], stations[low]
    ends = state.controls[rows]
    pieces, training = swept(
        landscape, torch.cat([ends[:, 0], stations]), torch.cat([stations, ends[:, -1]]),
        bends=ends.shape[1] - 2, steps=steps, size=size, generator=generator,
    )  # fmt: skip
    found, looking = tops(landscape, pieces)
    heights = torch.stack(found.values.chunk(2), 1)
    better = heights.amax(1) < state.heights[rows]
    halves = torch.stack(pieces.chunk(2), 1)
    made = _with(state, rows[better], halves[better], heights[better])
    return made, cost + training + looking


def _places(
    landscape: NetworkLandscape, pieces: Pieces, anywhere: Tensor, generator: torch.Generator
) -> tuple[Points, float]:
    """Where to cut each piece, and what the looks cost."""
    found, cost = tops(landscape, pieces)
    random = torch.rand(len(pieces), generator=generator, dtype=torch.float64).to(found.times)
    times = torch.where(anywhere, random, found.times).clamp(INNER, 1 - INNER)
    return along(pieces).at(times[:, None])[:, 0], cost


def _with(state: Relayed, rows: Tensor, halves: Tensor, heights: Tensor) -> Relayed:
    """The ways with these pieces in two, in their places."""
    counts = torch.ones_like(state.ways)
    counts[rows] = 2
    first = counts.cumsum(0) - counts
    controls = state.controls.repeat_interleave(counts, 0)
    every = state.heights.repeat_interleave(counts)
    for half in (0, 1):
        controls[first[rows] + half] = halves[:, half]
        every[first[rows] + half] = heights[:, half]
    return replace(
        state, ways=state.ways.repeat_interleave(counts), controls=controls, heights=every
    )
