"""`lowering`: Theorem 2 carried out: what becomes of a path when its network grows.

The one idea: a path of the small network is one of the larger. From its embedded ends the loss
falls on to minima there; the path between those, over the old one, is no higher than the old one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from morseloss._shapes import Points, Values
from morseloss.landscapes.landscape import Landscape
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.paths.links import Training
from morseloss.networks.symmetry.embedding import Embedded
from morseloss.networks.training.convergence import converge
from morseloss.networks.training.trained import Trained
from morseloss.search.iterate import Progress, iterate
from morseloss.search.paths.curve import Paths, Polyline
from morseloss.search.paths.height import heights
from morseloss.status import Interrupted

__all__ = ["Lowering", "lowering"]

ROUNDING = 1e-9  # of a height: a smaller difference is none
PIECE = 16  # points on each piece of a path, at least
SAMPLES = 4  # points on each piece of a way down, which has dozens of short pieces


@dataclass(frozen=True, eq=False)
class Lowering:
    """Paths before and after their network has grown; the regulariser's shift is taken off.

    Attributes
    ----------
    landscape : NetworkLandscape
        Of the larger network.
    paths : Paths
        Between minima of the larger network.
    shift : float
        Has been subtracted from the numbers of the larger network below.
    old_values, values : Tensor, shape (paths, 2)
        Losses at the ends, in the small and in the larger network.
    old_heights : Tensor, shape (paths,)
        Best found in the small network, after the same steps of the method on the same images:
        what more steps alone would do is no lowering.
    inherited : Tensor, shape (paths,)
        Height in the larger network of the best old path, with the two ways down at its ends.
    heights : Tensor, shape (paths,)
        Best found in the larger network: of `paths`, or inherited, whichever is lower.
    gradient_norms : Tensor, shape (paths, 2)
        At the ends in the larger network: whether they are minima.
    """

    landscape: NetworkLandscape
    paths: Paths
    shift: float
    old_values: Float[Tensor, "paths 2"]
    values: Float[Tensor, "paths 2"]
    old_heights: Values
    inherited: Values
    heights: Values
    gradient_norms: Float[Tensor, "paths 2"]

    @property
    def holds(self) -> Bool[Tensor, " paths"]:
        """Whether the height is lower in the larger network, as Theorem 2 has it."""
        return self.old_heights - self.heights > ROUNDING * self.old_heights.abs()

    @property
    def old_penalties(self) -> Values:
        """Height above the higher end in the small network."""
        return self.old_heights - self.old_values.amax(1)

    @property
    def penalties(self) -> Values:
        """Height above the higher end in the larger network."""
        return self.heights - self.values.amax(1)

    def __repr__(self) -> str:
        fall = float((self.old_heights - self.heights).quantile(0.5))
        return f"Lowering({int(self.holds.sum())} of {len(self.paths)} lower, median by {fall:.3g})"


def lowering(
    landscape: NetworkLandscape,
    paths: Paths,
    grow: Callable[[Points], Embedded],
    training: Training,
    *,
    generator: torch.Generator,
    noise: float = 1e-2,
    progress: Progress | None = None,
) -> Lowering:
    """Embed paths into a larger network, let their ends descend, and lower the paths.

    Parameters
    ----------
    landscape : NetworkLandscape
        Of the small network.
    paths : Paths
        Between its minima. An end shared by several paths stays shared.
    grow : callable
        From points to `Embedded`, as `lambda points: widened(module, points, 64)`.
    training : Training
        Lowers the paths; its method has the curve and the number of control points of `paths`. The
        descent of the ends has `max_steps` gradients on all images, too. Heights are measured at
        `points` or more on each path, 16 on each piece at least.
    generator : torch.Generator
        Draws the perturbation and what the method draws.
    noise : float
        Deviation of the perturbation of the added weights: embedded minima are saddles.
    progress : callable, optional
        Gets `(step, running, total)`.

    Returns
    -------
    Lowering

    Raises
    ------
    ValueError
        If `noise` is not positive, the training is aligned (its ends are those of `paths`), or the
        method's curves are not those of `paths`.
    Interrupted
        At an interrupt from the keyboard; `found` holds what was moving: `Paths` of the small
        network, ends (`Trained`), or `Paths` of the larger one.

    Notes
    -----
    The inherited height is measured, not presumed, on the old path and on the ways down: from an
    embedded end to the perturbed one and on through every 25th point of its descent. The theorem
    speaks of heights: the penalty above the higher end may grow, where the ends fall farther than
    the path. The proof gives "not higher"; "lower" needs new directions that lead down. With weight
    decay there may be none close by: units of zeros gain by second order and pay by second order.

    References
    ----------
    Barannikov et al., Loss barcode, Theorem 2 and its proof.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.training.convergence import converge
    >>> from morseloss.networks.symmetry.embedding import widened
    >>> from morseloss.networks.paths.links import Training
    >>> from morseloss.networks.paths.lowering import lowering
    >>> generator = torch.Generator().manual_seed(0)
    >>> x, y = torch.randn(30, 4, generator=generator), torch.arange(30) % 2
    >>> module = nn.Sequential(nn.Linear(4, 2), nn.Tanh(), nn.Linear(2, 2))
    >>> land = NetworkLandscape(module, nn.functional.cross_entropy, x, y, weight_decay=1e-3)
    >>> starts = torch.randn(2, land.dim, generator=generator, dtype=torch.float64)
    >>> ends = converge(land, starts).points
    >>> chain = ml.PolygonalChain(steps=100)
    >>> paths = ml.find_paths(land, ends[:1], ends[1:], chain, generator=generator)
    >>> grow = lambda points: widened(module, points, 4)
    >>> training = Training(chain, max_steps=1000)
    >>> lowering(land, paths, grow, training, generator=generator, noise=0.3).holds
    tensor([True])
    """
    if not noise > 0:
        raise ValueError(f"`noise` must be positive, got {noise}")
    if training.aligned:
        raise ValueError("`training` must not be aligned: the ends are those of `paths`")
    count, controls, _ = paths.controls.shape
    embedded = grow(paths.controls.flatten(0, 1))
    shift = embedded.shift(landscape.weight_decay)
    large = NetworkLandscape(
        embedded.module, landscape.loss, landscape.inputs, landscape.targets,
        weight_decay=landscape.weight_decay, chunk=landscape.chunk,
    )  # fmt: skip
    old = replace(paths, controls=embedded.points.unflatten(0, (count, controls)))
    corners, place = old.controls[:, [0, -1]].flatten(0, 1).unique(dim=0, return_inverse=True)
    two = torch.tensor([[0.0], [1.0]]).expand(2, landscape.dim)
    added = torch.eq(*grow(two).points).to(corners)  # the parameters that depend on no point
    push = noise * added * torch.randn(corners.shape, generator=generator).to(corners)
    twin = torch.Generator().set_state(generator.get_state())
    longer = _lowered(landscape, paths, training, twin, progress)
    ends, ways = _fallen(large, corners, push, training.max_steps, progress)
    place = place.unflatten(0, (count, 2))
    down = heights(large, ways, samples=SAMPLES).values[place].amax(1)
    samples = max(PIECE, -(-training.points // paths.curve.pieces(controls)))
    old_heights, best = _better(landscape, paths, longer, samples)
    carried = grow(best.flatten(0, 1)).points.unflatten(0, (count, controls))
    kept = heights(large, replace(old, controls=carried), samples=samples)
    inherited = torch.maximum(kept.values, down)
    fallen = ends.points[place]
    moved = torch.cat([fallen[:, :1], old.controls[:, 1:-1], fallen[:, 1:]], dim=1)
    lowered = _lowered(large, replace(old, controls=moved), training, generator, progress)
    tops = heights(large, lowered, samples=samples).values
    small = paths.controls[:, [0, -1]].flatten(0, 1)
    return Lowering(
        large, lowered, shift,
        old_values=landscape.value(small).unflatten(0, (count, 2)),
        values=ends.values[place] - shift,
        old_heights=old_heights,
        inherited=inherited - shift,
        heights=torch.minimum(tops, inherited) - shift,
        gradient_norms=ends.gradient_norms[place],
    )  # fmt: skip


def _better(
    landscape: NetworkLandscape, first: Paths, second: Paths, samples: int
) -> tuple[Values, Tensor]:
    """Return the heights and controls of the lower one of two paths, for each pair."""
    one, two = (heights(landscape, part, samples=samples).values for part in (first, second))
    lower = (one <= two)[:, None, None]
    return torch.minimum(one, two), torch.where(lower, first.controls, second.controls)


def _fallen(
    large: Landscape, corners: Points, push: Points, max_steps: int, progress: Progress | None
) -> tuple[Trained, Paths]:
    """Return where perturbed points descend to, and the ways there."""
    nodes = [corners, corners + push]
    ends = converge(
        large, nodes[1], max_steps=max_steps, progress=progress,
        checkpoint=lambda state: nodes.append(state["state.points"].clone()),
    )  # fmt: skip
    return ends, Paths(torch.stack(nodes, 1), Polyline(), ends.status)


def _lowered(
    landscape: NetworkLandscape,
    paths: Paths,
    training: Training,
    generator: torch.Generator,
    progress: Progress | None,
) -> Paths:
    """Return the paths after the steps of a method that sets out from them."""
    method, size = training.method, training.size
    driven = landscape if size is None else landscape.batches(size, generator=generator)
    controls = paths.controls.to(training.dtype)
    state = method.init(driven, controls[:, 0], controls[:, -1], generator)
    if state.controls.shape != controls.shape or method.curve != paths.curve:
        raise ValueError(
            f"`method` must have the curves of `paths`, {paths.curve} with "
            f"{controls.shape[1]} control points, got {method.curve} with "
            f"{state.controls.shape[1]}"
        )
    state = replace(state, controls=controls.clone())  # steps may work in place
    try:
        state = iterate(method, driven, state, max_steps=training.max_steps, progress=progress)
    except Interrupted as stop:
        state = stop.found
        raise Interrupted(Paths(state.controls, paths.curve, state.status)) from None
    found = torch.cat([paths.controls[:, :1], state.controls[:, 1:-1], paths.controls[:, -1:]], 1)
    return Paths(found, paths.curve, state.status)
