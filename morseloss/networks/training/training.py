"""`train`: minima of one architecture, all runs together: mini-batches first, then all images.

The one idea: many networks are the rows of one tensor, which see the same images and differ by
where they start. What is stored between two epochs is enough to go on with the same bits.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import takewhile
from typing import Any

import torch

from morseloss._shapes import Points
from morseloss.caution import caution
from morseloss.landscapes.landscape import check_points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.training.convergence import Checkpoint, StateDict, converge
from morseloss.networks.training.course import Descent
from morseloss.networks.training.epochs import Epochs
from morseloss.networks.training.lbfgs import LBFGS
from morseloss.networks.training.recorded import differences, parsed, recorded
from morseloss.networks.training.trained import History, Trained
from morseloss.search.iterate import Progress
from morseloss.status import Interrupted, Status

__all__ = ["train"]

OLD = re.compile(
    r"(?P<head>\(.*), NetworkLandscape\((?P<dim>\d+) parameters, (?P<images>\d+) \w+.*\), "
    r"(?P<decay>[^,]+)\)"
)
PARTS = ("optimiser", "schedule", "epochs", "size", "finish")  # of a `Descent`, as once written
RUNAWAY = 10.0  # times the loss of its start, and a run counts as lost


def train(
    landscape: NetworkLandscape,
    starts: Points,
    descent: Descent,
    *,
    generator: torch.Generator,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    resume: StateDict | None = None,
) -> Trained:
    """Train all networks together to full convergence.

    Parameters
    ----------
    landscape : NetworkLandscape
    starts : Tensor, shape (runs, dim)
        As `initial` draws them; taken to the dtype of the descent.
    descent : Descent
        The recipe: optimiser, schedule, lengths, and how it ends on all images.
    generator : torch.Generator
        Exactly one number is drawn from it, also where a training is resumed: it shuffles.
    progress : callable, optional
        Gets `(step, running, total)` after every epoch, and every 25 steps on all images.
    checkpoint : callable, optional
        Gets the state at the same moments. Its tensors change afterwards: write or copy them
        before returning.
    resume : dict, optional
        Such a state, of a training with the same settings; it goes on there, on a CPU with the
        same bits as if it had not been interrupted.

    Returns
    -------
    Trained
        One row a run, in the order of the starts. A run whose loss or gradient is not finite has
        the status `NONFINITE`, the step at which that happened, and the points it had at the start
        of that epoch; the others go on. One that ends above ten times
        the loss of its start is `DIVERGED`.

    Raises
    ------
    ValueError
        If settings, starts or state do not fit.
    Interrupted
        At an interrupt from the keyboard; `found` is the `Trained` of that moment.

    Warns
    -----
    UserWarning
        If the learning rate is zero through the last epochs: the schedule is shorter than they are.

    References
    ----------
    Barannikov et al., Loss barcode, sections 3.2 and 4.1, Appendix F.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.training.course import Descent
    >>> from morseloss.networks.training.initial import initial
    >>> from morseloss.networks.training.schedules import Cosine
    >>> from morseloss.networks.training.training import train
    >>> generator = torch.Generator().manual_seed(0)
    >>> x = torch.randn(60, 2, generator=generator, dtype=torch.float64)
    >>> module = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 2))
    >>> loss, y = nn.functional.cross_entropy, (x.prod(1) > 0).long()
    >>> land = NetworkLandscape(module, loss, x, y, weight_decay=0.01)
    >>> starts = initial(land, 3, generator=generator)
    >>> train(land, starts, Descent(Cosine(0.03, 20), epochs=20, size=20), generator=generator)
    Trained(3 runs of 17 parameters: 3 converged)
    """
    starts = _checked(landscape, starts, descent)
    settings = _settings(landscape, descent)
    seed = int(torch.randint(2**62, (), generator=generator))
    if resume is None:
        run = Epochs.begin(starts, descent.optimiser, seed)
    else:
        _check_resumed(resume, settings, starts)
        run = Epochs.load(resume, starts.device)
    per_epoch = len(landscape) // descent.size
    still = _still(descent, per_epoch)
    if still:
        caution(
            f"the learning rate is 0 in the last {still} of {descent.epochs} epochs, and nothing "
            f"moves there; let {descent.schedule} and `epochs` have one length"
        )

    def store(more: StateDict) -> None:
        if checkpoint is not None:
            # the optimiser has no say any more once all images are at work
            state = {k: v for k, v in run.state_dict().items() if not (more and "memory." in k)}
            tail = {f"finish.{name}": part for name, part in more.items()}
            checkpoint({"settings": recorded(settings), **state, **tail})

    try:
        while len(run.losses) < descent.epochs and bool(run.good.any()):
            run.advance(landscape, descent.optimiser, descent.schedule, descent.size)
            if progress is not None:
                progress(len(run.losses) * per_epoch, int(run.good.sum()), len(starts))
            store({})
    except KeyboardInterrupt:
        raise Interrupted(_finished(landscape, run, None, 0)) from None
    first = landscape.value(starts)
    later = {k.removeprefix("finish."): v for k, v in (resume or {}).items() if "finish." in k}
    told = None if progress is None else _shifted(progress, descent.epochs * per_epoch)
    found = _finished(landscape, run, descent.finish, descent.steps, told, store, later or None)
    away = (found.status != Status.NONFINITE) & (found.values > RUNAWAY * first.abs())
    return replace(found, status=torch.where(away, int(Status.DIVERGED), found.status))


def _still(descent: Descent, per_epoch: int) -> int:
    """Return through how many epochs at the end the rate is zero."""

    def rates(epoch: int) -> Iterator[float]:
        return (descent.schedule.rate(epoch * per_epoch + k, per_epoch) for k in range(per_epoch))

    backwards = reversed(range(descent.epochs))
    return sum(1 for _ in takewhile(lambda epoch: not any(rates(epoch)), backwards))


def _finished(
    landscape: NetworkLandscape,
    run: Epochs,
    finish: LBFGS | None,
    max_steps: int,
    progress: Progress | None = None,
    store: Checkpoint | None = None,
    resume: StateDict | None = None,
) -> Trained:
    """Descend on all images from the runs that are good, and put all runs together."""
    good = run.good.nonzero().flatten()
    still = LBFGS(memory=1, gtol=0.0)
    options: dict[str, Any] = {"max_steps": 0}
    if finish is not None:
        options = {"max_steps": max_steps, "progress": progress, "checkpoint": store}
        options["resume"] = resume
    whole = _measured(landscape, run)
    if not len(good):
        return whole
    try:
        found = converge(landscape, run.points[good], finish or still, **options)
    except Interrupted as stop:
        raise Interrupted(_scattered(whole, stop.found, good)) from None
    return _scattered(whole, found, good)


def _measured(landscape: NetworkLandscape, run: Epochs) -> Trained:
    """Return the runs as failed ones; those that did not fail are put in afterwards."""
    none = torch.full_like(run.points[:, 0], torch.nan)
    values = norms = none
    bad = (~run.good).nonzero().flatten()
    if len(bad):
        points = run.kept[bad]
        found, gradients = landscape.value_and_gradient(points)
        values, norms = (
            none.index_copy(0, bad, found),
            none.index_copy(0, bad, gradients.norm(dim=1)),
        )
    losses = torch.stack(run.losses) if run.losses else none.new_zeros(0, len(none))
    nothing = losses.new_zeros(0, len(none)).cpu()
    history = History(losses.cpu(), torch.zeros(0, dtype=torch.long), nothing, nothing)
    status = torch.full_like(run.steps, int(Status.NONFINITE))
    return Trained(run.ends, values, norms, none + torch.inf, status, run.steps, history)


def _scattered(whole: Trained, part: Trained, rows: torch.Tensor) -> Trained:
    """Return `whole` with the finished rows, and their looks, in their places."""
    columns, runs = rows.cpu(), len(whole)

    def spread(looks: torch.Tensor) -> torch.Tensor:
        return torch.full((len(looks), runs), torch.nan, dtype=looks.dtype).index_copy(
            1, columns, looks
        )

    history = replace(
        whole.history,
        steps=part.history.steps,
        values=spread(part.history.values),
        gradient_norms=spread(part.history.gradient_norms),
    )
    return Trained(
        whole.points.index_copy(0, rows, part.points),
        whole.values.index_copy(0, rows, part.values),
        whole.gradient_norms.index_copy(0, rows, part.gradient_norms),
        whole.falls.index_copy(0, rows, part.falls),
        whole.status.index_copy(0, rows, part.status),
        whole.steps.index_add(0, rows, part.steps),
        history,
    )


def _shifted(progress: Progress, before: int) -> Callable[[int, int, int], None]:
    return lambda step, running, total: progress(before + step, running, total)


def _checked(landscape: NetworkLandscape, starts: Points, descent: Descent) -> Points:
    """Return the starts in the dtype of the training."""
    if not isinstance(landscape, NetworkLandscape):
        raise ValueError(
            f"`landscape` must be a NetworkLandscape, got {type(landscape).__name__}; of other "
            "landscapes `converge` or `find_minima` descend to the minima"
        )
    if not isinstance(descent, Descent):
        raise ValueError(
            "`descent` must be a Descent, as `Descent(Cosine(0.03, 20), epochs=20, size=32)`, got "
            f"{descent!r}"
        )
    check_points(landscape, starts, "starts")
    if starts.device != landscape.device:
        raise ValueError(
            f"`starts` are on {starts.device}, the images on {landscape.device}; move one"
        )
    if descent.size > len(landscape):
        raise ValueError(f"`size` must be from 1 to {len(landscape)} images, got {descent.size}")
    return starts.to(descent.dtype)


def _settings(landscape: NetworkLandscape, descent: Descent) -> StateDict:
    """What a state belongs to, beside its starts; how many steps follow may still change."""
    parts = {name: getattr(descent, name) for name in PARTS}
    told = {"parameters": landscape.dim, "images": len(landscape)}
    return {**parts, **told, "weight_decay": landscape.weight_decay}


def _check_resumed(resume: StateDict, settings: StateDict, starts: Points) -> None:
    apart = _apart(resume.get("settings"), settings)
    if apart:
        raise ValueError(
            f"`resume` is the state of a training with other settings: {'; '.join(apart[:3])}; "
            "pass those, or start anew"
        )
    points = resume["points"]
    if points.shape != starts.shape or points.dtype != starts.dtype:
        raise ValueError(
            f"`resume` holds points of shape {tuple(points.shape)}, {points.dtype}, but `starts` "
            f"are {tuple(starts.shape)}, {starts.dtype}; start anew"
        )


def _apart(stored: Any, settings: StateDict) -> list[str]:
    """What differs between the settings of a state and those of now."""
    if isinstance(stored, str):
        try:
            stored = _parsed(stored)
        except ValueError as error:
            return [str(error)]
    return differences(stored, settings)


def _parsed(text: str) -> StateDict:
    """Read the settings of a state that was written before they had names."""
    found = OLD.fullmatch(text)
    if found is None:
        raise ValueError(f"{text}")
    known = dict(zip(PARTS, parsed(f"{found['head']})"), strict=True))
    numbers = {"parameters": int(found["dim"]), "images": int(found["images"])}
    return {**known, **numbers, "weight_decay": float(found["decay"])}
