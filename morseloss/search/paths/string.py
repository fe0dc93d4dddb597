"""`ClimbingString`: our own path method for smooth landscapes, and the passes that it crosses.

    x_i <- x_i - sum_k v_k (v_k . g_i) / |lambda_k|,  g_i = grad L(x_i), then spread evenly again

The one idea: every image goes to the floor of its valley by a Newton step in the plane normal to
the string, (lambda_k, v_k) the eigenpairs of the Hessian there, and soon the string runs close to a
path of steepest descent. Where it goes over a top, the index-1 dynamics climbs to the saddle.

State: the images of each string.
Step: the formula, for all inner images, none moved by more than `reach` times their distance.
It stops when no image is to move by more than `tol` times that distance.
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._rows import chosen, finite
from morseloss._shapes import Indices, Points
from morseloss.landscapes.landscape import Landscape
from morseloss.search.modes import across, along
from morseloss.search.paths.curve import Paths, Polyline, asked, straight, tiny
from morseloss.status import Status

__all__ = ["ClimbingString", "StringState", "respaced", "tops"]


@dataclass(frozen=True)
class StringState:
    """Images of each string and whether it still moves."""

    controls: Float[Tensor, "paths images dim"]
    status: Indices


@dataclass(frozen=True)
class ClimbingString:
    """A string of images that settles into the valleys between its ends.

    Parameters
    ----------
    images : int
        Points on each string, ends included.
    reach : float
        Longest move of an image in one step, in units of the distance between images.
    tol : float
        A string is finished when no image moves by more than this, in the same unit.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Notes
    -----
    The move is Newton's step where the valley is convex, away from the ridge where it is not. It
    needs Hessians, so it is meant for small dimensions.

    References
    ----------
    E, Ren, Vanden-Eijnden, "Simplified and improved string method for computing the minimum energy
    paths in barrier-crossing events", J. Chem. Phys. 126, 2007, for the string.
    """

    images: int = 9
    reach: float = 0.5
    tol: float = 0.1

    curve = Polyline()

    def __post_init__(self) -> None:
        if self.images < 3 or not self.reach > 0 or not 0 < self.tol:
            raise ValueError(f"`images` must be 3 or more, `reach` and `tol` positive; got {self}")

    def init(
        self,
        landscape: Landscape,
        starts: Points,
        ends: Points,
        generator: torch.Generator | None = None,
    ) -> StringState:
        """Return straight strings."""
        status = torch.full((len(starts),), int(Status.RUNNING), device=starts.device)
        return StringState(straight(starts, ends, self.images), status)

    def step(self, landscape: Landscape, state: StringState) -> StringState:
        """Return the strings after one Newton step in the normal planes, evenly spread again."""
        images, inner = state.controls, state.controls[:, 1:-1]
        tangents = torch.nn.functional.normalize(images[:, 2:] - images[:, :-2], dim=-1)
        spacing = (images[:, 1:] - images[:, :-1]).norm(dim=-1).mean(1)[:, None, None]
        _, gradients, hessians = landscape.jet(inner.flatten(0, 1))
        moves = _normal_newton(gradients, hessians, tangents.flatten(0, 1)).reshape(inner.shape)
        lengths = moves.norm(dim=-1, keepdim=True)
        wanted = lengths.squeeze(-1).amax(1) / spacing[:, 0, 0]
        moves = moves * (self.reach * spacing / lengths.clamp_min(tiny(lengths))).clamp_max(1.0)
        running = (state.status == Status.RUNNING) & finite(moves)
        moved = respaced(torch.cat([images[:, :1], inner + moves, images[:, -1:]], dim=1))
        status = torch.where(wanted <= self.tol, int(Status.CONVERGED), state.status)
        status = torch.where(wanted.isfinite(), status, int(Status.NONFINITE))
        return replace(state, controls=chosen(running, moved, images), status=status)


def respaced(
    controls: Float[Tensor, "paths images dim"], count: int | None = None
) -> Float[Tensor, "paths count dim"]:
    """Return points evenly spread in arc length along each polyline, ends kept."""
    lengths = (controls[:, 1:] - controls[:, :-1]).norm(dim=-1)
    arcs = torch.nn.functional.pad(lengths.cumsum(1), (1, 0))
    count = controls.shape[1] if count is None else count
    wanted = torch.linspace(0, 1, count, dtype=arcs.dtype, device=arcs.device) * arcs[:, -1:]
    right = torch.searchsorted(arcs, wanted, right=True).clamp(1, controls.shape[1] - 1)
    before, after = arcs.gather(1, right - 1), arcs.gather(1, right)
    part = ((wanted - before) / (after - before).clamp_min(tiny(arcs))).clamp(0, 1)[..., None]
    index = right[..., None].expand(-1, -1, controls.shape[2])
    spread = controls.gather(1, index - 1) * (1 - part) + controls.gather(1, index) * part
    spread[:, 0], spread[:, -1] = controls[:, 0], controls[:, -1]
    return spread


def tops(landscape: Landscape, paths: Paths) -> Points:
    """Return the points where polylines go over a top: starts for the climb to the saddles.

    The slope along each segment is read at its two ends; a segment that rises first and falls last
    holds a top, placed where the cubic through both values and slopes has it.
    """
    nodes = paths.controls
    values, gradients = asked(landscape.value, nodes), asked(landscape.gradient, nodes)
    chords = nodes[:, 1:] - nodes[:, :-1]
    rise = (gradients[:, :-1] * chords).sum(-1)
    fall = (gradients[:, 1:] * chords).sum(-1)
    inner = (rise > 0) & (fall <= 0)
    # a node between a rising and a falling segment is a top too: the string has a kink there
    kink = (fall[:, :-1] > 0) & (rise[:, 1:] <= 0)
    part = _cubic_top(values[:, :-1], values[:, 1:], rise, fall)
    inside = (nodes[:, :-1] + part[..., None] * chords)[inner]
    return torch.cat([inside, nodes[:, 1:-1][kink]])


def _cubic_top(left: Tensor, right: Tensor, rise: Tensor, fall: Tensor) -> Tensor:
    """Where in [0, 1] the Hermite cubic has its maximum, given that it rises first, falls last."""
    chord = right - left
    c3, c2 = rise + fall - 2 * chord, 3 * chord - 2 * rise - fall
    root = (c2**2 - 3 * c3 * rise).clamp_min(0).sqrt()
    # the root of 3 c3 s^2 + 2 c2 s + rise where the derivative falls, in its stable form
    part = rise / (root - c2).clamp_min(tiny(root))
    return torch.where(part.isfinite(), part, 0.5).clamp(0, 1)


def _normal_newton(gradients: Points, hessians: Tensor, tangents: Points) -> Points:
    normal = torch.eye(gradients.shape[-1]).to(gradients) - (
        tangents[..., :, None] * tangents[..., None, :]
    )
    known = finite(hessians)
    hessians = torch.where(known[:, None, None], hessians, 0.0)  # `eigh` raises on nan
    eigenvalues, modes = torch.linalg.eigh(normal @ hessians @ normal)
    slopes = along(modes, across(normal, gradients))
    floor = 1e-6 * eigenvalues.abs().amax(-1, keepdim=True)
    moves = -slopes / torch.maximum(eigenvalues.abs(), floor).clamp_min(tiny(slopes))
    return torch.where(known[:, None], across(modes, moves), torch.nan)
