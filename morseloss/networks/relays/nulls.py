"""Nulls: relays whose answer owes nothing to the sample, to stand beside every comparison.

The one idea: a way from a network back to itself need not climb at all, and a way to its own
shuffled copy owes nothing to other networks. What either still climbs at a budget is the error of
the method there, and a bar that is no longer says nothing.
"""

from dataclasses import replace

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import check_points
from morseloss.landscapes.wrappers import Counted
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.network_heights import network_heights
from morseloss.networks.paths.relay import Kept, Relay, begun, relay
from morseloss.networks.paths.relayed import Relayed
from morseloss.networks.paths.swept_curve import SweptCurve
from morseloss.networks.symmetry.layer_chain import symmetry_of
from morseloss.networks.symmetry.symmetry import Symmetry
from morseloss.search.iterate import iterate
from morseloss.search.paths.curve import Paths
from morseloss.status import Interrupted

__all__ = ["METHOD", "closed_null", "copies_null"]

LOOKS = 33  # at tops of the first curves
METHOD = Relay()
"""How ways are lowered unless it is told otherwise."""


def copies_null(
    landscape: NetworkLandscape,
    points: Points,
    method: Relay = METHOD,
    *,
    budget: float,
    generator: torch.Generator,
    symmetry: Symmetry | None = None,
    keep: Kept | None = None,
    resume: Relayed | None = None,
) -> Relayed:
    """Join each network to its own copy with hidden units exchanged at random.

    The pass between the two is not known, and need not be 0; but it owes nothing to which other
    networks were found, and all architectures that have such copies share this null.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of all images.
    points : Tensor, shape (n, dim)
        A network or more.
    method : Relay
    budget : float
        Gradients on all images for each way.
    generator : torch.Generator
        Draws the copies, and names the random numbers of the relay.
    symmetry : Symmetry, optional
        By default the permutations of `symmetry_of`.
    keep, resume
        As for `relay`.

    Returns
    -------
    Relayed
        Row `i` of its points is network `i`, and row `n + i` its copy.

    Raises
    ------
    ValueError
        If points, budget, tolerance or `resume` do not fit, the module cannot be traced, or
        has no units that can be exchanged.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Relayed` after the last round.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Relay
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> ends = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> quick = Relay(size=16, first=50, join=20, descent=20)
    >>> copies_null(land, ends, quick, budget=200, generator=seed)
    Relayed(2 ways between 4 networks at ... gradients a pair: 2 level)
    """
    points = _checked(landscape, points)
    found = symmetry_of(landscape).permutations if symmetry is None else symmetry
    if not found.groups:
        raise ValueError(
            f"{type(landscape.pure.module).__name__} has no hidden units that can be exchanged, so "
            "its copies would be the networks themselves; use `closed_null`"
        )
    copies = found.act(points, found.random(len(points), generator=generator))
    return relay(
        landscape, torch.cat([points, copies]), method, budget=budget, generator=generator,
        pairs=_twins(points), keep=keep, resume=resume,
    )  # fmt: skip


def closed_null(
    landscape: NetworkLandscape,
    points: Points,
    method: Relay = METHOD,
    *,
    budget: float,
    generator: torch.Generator,
    far: Points | None = None,
    keep: Kept | None = None,
    resume: Relayed | None = None,
) -> Relayed:
    """Join each network to itself by a way that sets out over a far point.

    Its true top is known: the loss of the network, since the way may shrink to a point. What it
    climbs above that is the error of the method at that budget, whatever it comes from: too few
    steps, or stations from which there is no low way.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of all images.
    points : Tensor, shape (n, dim)
        A network or more.
    method : Relay
    budget : float
        Gradients on all images for each way.
    generator : torch.Generator
        Names all random numbers, those of the far points too.
    far : Tensor, shape (n, dim), optional
        Where each way sets out to. By default the network's own weights, those of each parameter
        in random order: as large as the network, and as far away as another one.
    keep, resume
        As for `relay`; what it goes on with has been over its far points already.

    Returns
    -------
    Relayed
        Row `i` of its points is network `i`, and row `n + i` the same network again.

    Raises
    ------
    ValueError
        If points, budget, tolerance, `far` or `resume` do not fit.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Relayed` after the last round.

    Notes
    -----
    At first the way is a curve that leads straight to the far point and back. Its bends are trained
    like those of any first path, so the far point moves too; stations are descended from points of
    that curve, and from there on it is a relay like any other. How far it stays away, the
    `stations` tell: with far points in random directions weight decay drew them in to a third of
    the distance, where hardly anything is left to climb.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape, Relay
    >>> seed = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(64, 4, generator=seed), torch.arange(64) % 2
    >>> module = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-2)
    >>> ends = torch.randn(2, land.dim, generator=seed, dtype=torch.float64)
    >>> quick = Relay(size=16, first=50, join=20, descent=20)
    >>> closed_null(land, ends, quick, budget=200, generator=seed)
    Relayed(2 ways between 4 networks at ... gradients a pair: 2 level)
    """
    points = _checked(landscape, points)
    if not budget > 0:
        raise ValueError(f"`budget` must be positive, in gradients on all images, got {budget}")
    twice, pairs = torch.cat([points, points]), _twins(points)
    if resume is None:
        # `relay` draws this seed again, and sees that what it goes on with is of the same call
        draws = torch.Generator().set_state(generator.get_state())
        seed = int(torch.randint(2**62, (), generator=draws))
        found = start = begun(landscape, twice, method, pairs, seed)
        try:
            found = resume = _over(landscape, method, start, _far(landscape, points, far, draws))
            if keep is not None:
                keep(found)
        except KeyboardInterrupt:
            raise Interrupted(found) from None
    return relay(
        landscape, twice, method, budget=budget, generator=generator, pairs=pairs, keep=keep,
        resume=resume,
    )  # fmt: skip


def _checked(landscape: NetworkLandscape, points: Points) -> Points:
    if not isinstance(landscape, NetworkLandscape):
        raise ValueError(f"`landscape` must be a NetworkLandscape, got {type(landscape).__name__}")
    check_points(landscape, points, "points")
    return points.double()


def _twins(points: Points) -> Tensor:
    rows = torch.arange(len(points), device=points.device)
    return torch.stack([rows, rows + len(points)], 1)


def _far(
    landscape: NetworkLandscape, points: Points, far: Points | None, draws: torch.Generator
) -> Points:
    """Where each way sets out to."""
    if far is None:
        parts = points.split(landscape.pure.layout.sizes, dim=1)
        drawn = [
            torch.rand(part.shape, generator=draws).argsort(1).to(part.device) for part in parts
        ]
        far = torch.cat([p.gather(1, order) for p, order in zip(parts, drawn, strict=True)], 1)
    elif far.shape != points.shape:
        raise ValueError(
            f"`far` must hold a point for each network, shape {tuple(points.shape)}, got "
            f"{tuple(far.shape)}"
        )
    near = (far.to(points) == points).all(1).nonzero().flatten().tolist()
    if near:
        raise ValueError(
            f"the far points of networks {near[:5]} are these networks themselves; give others as "
            "`far`"
        )
    return far.to(points)


def _over(landscape: NetworkLandscape, method: Relay, begun: Relayed, far: Points) -> Relayed:
    """The ways out to the far points and back, trained as first paths are."""
    draws = torch.Generator().manual_seed(begun.seed)
    size = min(method.size, len(landscape))
    batches, starts = landscape.batches(size, generator=draws), begun.controls[:, 0]
    sweep = SweptCurve(bends=method.bends, steps=method.first)
    state = sweep.init(batches, starts.float(), far.float(), draws)
    controls = starts[:, None].repeat(1, method.bends + 2, 1)
    weights = sweep.curve.weights(torch.tensor([0.5]).to(controls), method.bends + 2)
    # the curve is at the far point half-way
    controls[:, 1:-1] += ((far - starts) / weights[0, 1:-1].sum())[:, None]
    state = replace(state, controls=controls.float())
    state = iterate(sweep, batches, state, max_steps=method.first)
    controls[:, 1:-1] = state.controls[:, 1:-1].to(controls)
    counted = Counted(landscape)
    loops = Paths(controls, sweep.curve, state.status)
    tops = network_heights(counted, loops, points=LOOKS).values
    cost = len(starts) * method.first * size / len(landscape) + counted.values / 3
    return replace(
        begun, controls=controls, heights=tops, spent=torch.tensor([cost], dtype=torch.float64),
        tops=tops[None],
    )  # fmt: skip
