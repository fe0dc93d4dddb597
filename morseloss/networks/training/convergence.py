"""`converge`: bring networks to full convergence on all images, and measure how far they came.

The one idea: the descent goes in stretches. Between two of them finished rows are set aside, the
measures are noted, and the whole state may be stored, from which it goes on with the same bits.
"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.landscapes.landscape import Landscape, check_points
from morseloss.networks.training.lbfgs import LBFGS, LBFGSState
from morseloss.networks.training.recorded import differences, parsed, recorded
from morseloss.networks.training.refilled import refilled
from morseloss.networks.training.trained import History, Trained
from morseloss.search.iterate import Progress, iterate
from morseloss.status import Interrupted, Status

__all__ = ["Checkpoint", "StateDict", "converge"]

StateDict = dict[str, Any]
"""Tensors, numbers and strings by name: all that is needed to go on."""

Checkpoint = Callable[[StateDict], None]
"""Gets the state, whose tensors change afterwards: write or copy them before returning."""

STRETCH = 25  # steps between two looks


def converge(
    landscape: Landscape,
    points: Points,
    method: LBFGS = LBFGS(),
    *,
    max_steps: int = 3000,
    together: int | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    resume: StateDict | None = None,
) -> Trained:
    """Descend from all points together until gradient norms are small or losses flat.

    Parameters
    ----------
    landscape : Landscape
        Of all images, not of mini-batches.
    points : Tensor, shape (runs, dim)
        float64 wherever the gradient norm shall become small: in float32 it ends at 1e-5 to 1e-4.
    method : LBFGS
        Or `Rounding`, which comes further where activations have kinks, as ReLU.
    max_steps : int
        Gradients on all images; runs that still move by then have the status `RUNNING`.
    together : int, optional
        Networks at a time, by default all. Where one has arrived, the next takes its place; each
        goes the way it goes alone, up to the last digits where many are computed at once.
    progress : callable, optional
        Gets `(step, running, total)` every 25 steps.
    checkpoint : callable, optional
        Gets the state every 25 steps, with tensors of `2 * memory + 3` vectors a run.
    resume : dict, optional
        Such a state, of the same call: it goes on there, on a CPU with the same bits.

    Returns
    -------
    Trained

    Raises
    ------
    ValueError
        If points or state do not fit, or fewer than all are to go together and be stored.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Trained` of that moment.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks.training.convergence import converge
    >>> found = converge(ml.analytic.MuellerBrown(), torch.zeros(1, 2, dtype=torch.float64))
    >>> round(float(found.values), 6)
    -108.166724
    """
    check_points(landscape, points, "points")
    if max_steps < 0:
        raise ValueError(f"`max_steps` must be 0 or more, got {max_steps}")
    if together is not None and together < len(points):
        _check_together(together, checkpoint, resume)
        return refilled(
            landscape, points, method, max_steps=max_steps, together=together, stretch=STRETCH,
            progress=progress,
        )  # fmt: skip
    if resume is None:
        state, looks = method.init(landscape, points), []
        done = 0
    else:
        state, looks, done = _loaded(method, resume, points)
    if not looks:
        looks.append((0, *method.seen(landscape, state)))
    try:
        while done < max_steps and bool((state.status == Status.RUNNING).any()):
            stretch = min(STRETCH, max_steps - done)
            state = iterate(method, landscape, state, max_steps=stretch, every=stretch)
            done += stretch
            looks.append((done, *method.seen(landscape, state)))
            if progress is not None:
                progress(done, int((state.status == Status.RUNNING).sum()), len(points))
            if checkpoint is not None:
                checkpoint(_stored(method, state, looks, done))
    except KeyboardInterrupt as stop:
        last = stop.found if isinstance(stop, Interrupted) else state
        raise Interrupted(_trained(last, looks, method.seen(landscape, last))) from None
    return _trained(state, looks, looks[-1][1:])


def _check_together(together: int, checkpoint: Checkpoint | None, resume: StateDict | None) -> None:
    if together < 1:
        raise ValueError(f"`together` must be 1 network or more, got {together}")
    if checkpoint is not None or resume is not None:
        raise ValueError(
            "`checkpoint` and `resume` are for networks that all go together; leave `together` "
            "out, or call `converge` on fewer points and keep what it gives"
        )


def _trained(
    state: LBFGSState, looks: list[tuple[int, Tensor, Tensor]], seen: tuple[Tensor, Tensor]
) -> Trained:
    history = History(
        losses=state.points.new_zeros(0, len(state.points)),
        steps=torch.tensor([look[0] for look in looks]),
        values=torch.stack([look[1] for look in looks]).cpu(),
        gradient_norms=torch.stack([look[2] for look in looks]).cpu(),
    )
    return Trained(state.points, *seen, state.falls, state.status, state.steps, history)


def _stored(method: LBFGS, state: LBFGSState, looks: list, done: int) -> StateDict:
    parts = {f"state.{field.name}": getattr(state, field.name) for field in fields(state)}
    return {
        "method": recorded(method),
        "done": done,
        "looks.steps": torch.tensor([look[0] for look in looks]),
        "looks.values": torch.stack([look[1] for look in looks]),
        "looks.norms": torch.stack([look[2] for look in looks]),
        **parts,
    }


def _loaded(
    method: LBFGS, stored: StateDict, points: Points
) -> tuple[LBFGSState, list[tuple[int, Tensor, Tensor]], int]:
    begun = stored.get("method")
    try:
        apart = differences(parsed(begun) if isinstance(begun, str) else begun, method)
    except ValueError as error:
        apart = [str(error)]
    if apart:
        raise ValueError(
            f"`resume` is the state of another method: {'; '.join(apart)}; pass the settings that "
            "it was begun with, or start anew"
        )
    where = points.device
    parts = {field.name: stored[f"state.{field.name}"] for field in fields(LBFGSState)}
    # clones, for the ring is changed in place
    state = LBFGSState(**{name: part.to(where, copy=True) for name, part in parts.items()})
    if state.points.shape != points.shape or state.points.dtype != points.dtype:
        raise ValueError(
            f"`resume` holds points of shape {tuple(state.points.shape)}, {state.points.dtype}, "
            f"but `points` are {tuple(points.shape)}, {points.dtype}; start anew"
        )
    steps, values, norms = (stored[f"looks.{name}"] for name in ("steps", "values", "norms"))
    looks = [
        (int(s), v.to(where), n.to(where)) for s, v, n in zip(steps, values, norms, strict=True)
    ]
    return state, looks, int(stored["done"])
