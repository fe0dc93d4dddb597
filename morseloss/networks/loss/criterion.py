"""`criterion`: a loss as a function of outputs and targets, and whether it is a mean over images.

The one idea: a mean over images is the mean of its parts, however they are cut. All targets are
looked at: what is seldom among them, as a class with a weight or a padding mark, counts too.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn

from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.rows import Tree, cast, like, mapped, spread, taken, tensors_of

__all__ = [
    "CLOSE", "Criterion", "Loss", "check_mean", "criterion", "cuts", "loss_of", "shapes", "telling"
]  # fmt: skip

Loss = Callable[[Any, Any], Tensor]
"""`loss(outputs, targets) -> scalar`, the mean over the images."""

NUMBERS = 2**22  # of outputs, that are held while the loss is looked at
KINDS = 64  # of targets that are looked at, where all images are too many
CLOSE = 1e-9  # relative, to which a mean must be that of its parts in double precision


@dataclass(frozen=True)
class Criterion:
    """A loss that is a module, with its constants in the precision of the outputs."""

    module: nn.Module

    def __call__(self, outputs: Tree, targets: Tree) -> Tensor:
        """Return the loss."""
        return torch.func.functional_call(self.module, self.state(outputs), (outputs, targets))

    def state(self, outputs: Tree) -> dict[str, Tensor]:
        """Return the constants as the outputs have their numbers."""
        first = tensors_of(outputs)[0]
        return {n: like(b, first.dtype, first.device) for n, b in self.module.named_buffers()}

    def changes(self, outputs: Tree, targets: Tree) -> list[str]:
        """Return the names of the constants that a call changes."""
        state = {name: part.clone() for name, part in self.state(outputs).items()}
        before = {name: part.clone() for name, part in state.items()}
        torch.func.functional_call(self.module, state, (outputs, targets))
        return [name for name, part in before.items() if not torch.equal(part, state[name])]


def criterion(loss: Loss) -> Loss:
    """Return a loss whose class weights, if it is a module, follow the precision of the outputs.

    Raises
    ------
    ValueError
        If it cannot be called, or has parameters to be trained.
    """
    if not callable(loss) or isinstance(loss, type):
        raise ValueError(
            "`loss` must be a function of outputs and targets, as `F.cross_entropy`, got "
            f"{loss!r:.80}"
        )
    if not isinstance(loss, nn.Module):
        return loss
    if any(part.requires_grad for part in loss.parameters()):
        raise ValueError(
            f"`loss` ({type(loss).__name__}) has parameters to be trained; make them parameters of "
            "`module`, or freeze them"
        )
    return Criterion(copy.deepcopy(loss)) if list(loss.buffers()) else loss


def loss_of(loss: Loss, outputs: Tree, targets: Tree) -> Tensor:
    """Return the loss as one number.

    Raises
    ------
    ValueError
        If it fails, stretches outputs over targets, or gives anything but one real number.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = loss(outputs, targets)
        except Exception as error:  # whatever the caller's loss raises
            raise ValueError(
                f"`loss` fails on {_told(outputs, targets)} ({complaint(error)}); "
                f"{_way(error, outputs, targets)}"
            ) from error
    if any("Using a target size" in str(warning.message) for warning in said):
        raise ValueError(
            f"`loss` stretches outputs and targets over each other, got {_told(outputs, targets)}; "
            "give them one shape"
        )
    if not isinstance(found, Tensor) or not found.is_floating_point():
        kind = found.dtype if isinstance(found, Tensor) else type(found).__name__
        raise ValueError(f"`loss` must give one real number as a tensor, got {kind}")
    if found.ndim:
        raise ValueError(
            "`loss` must give one number, the mean over the images, got shape "
            f"{tuple(found.shape)}; use `reduction='mean'`"
        )
    return found


def check_mean(loss: Loss, outputs: Tree, targets: Tree) -> None:
    """See that the loss of all targets is the mean of the losses of parts of them.

    Parameters
    ----------
    loss : callable
    outputs : Tree
        Of some images, in double precision; they stand in for those of the others.
    targets : Tree
        Of all images.

    Raises
    ------
    ValueError
        If it is not, as with sums, class weights and ignored targets.
    """
    size = sum(prod(part.shape[1:]) for part in tensors_of(outputs))
    rows = telling(targets, NUMBERS // max(size, 1))
    images = len(rows)
    few = len(tensors_of(outputs)[0])
    many = taken(outputs, torch.arange(images) % few)
    theirs = cast(taken(targets, rows.to(tensors_of(targets)[0].device)), torch.float64)
    if tensors_of(many)[0].device.type != "cpu" and _fails(loss, many, theirs):
        many, theirs = (mapped(part, Tensor.cpu) for part in (many, theirs))  # for its words
    whole = float(loss_of(loss, many, theirs))
    for parts in cuts(theirs):
        found = [float(loss_of(loss, taken(many, p), taken(theirs, p))) for p in parts]
        mean = sum(len(p) / images * value for p, value in zip(parts, found, strict=True))
        if not abs(whole - mean) <= CLOSE * max(abs(value) for value in (whole, *found)):
            raise ValueError(
                f"`loss` must be the mean over the images: on {images} of them it gives "
                f"{whole:.6g}, the mean of two parts is {mean:.6g}; use `reduction='mean'` without "
                "class weights or ignored targets, or weight the images yourself: `lambda o, t: "
                "(weight[t].to(o) * F.cross_entropy(o, t, reduction='none')).mean()`"
            )


def cuts(targets: Tree) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield ways to cut images in two: as they come, by their targets, and at random."""
    first = tensors_of(targets)[0]
    images = len(first)
    keys = torch.view_as_real(first) if first.is_complex() else first
    key = keys.reshape(images, -1).double().amin(1) if keys.numel() else torch.zeros(images)
    mixed = torch.randperm(images, generator=torch.Generator().manual_seed(0))
    sorted_ = key.argsort(stable=True).cpu()
    for order, parts in ((torch.arange(images), (2,)), (sorted_, (4, 3, 2)), (mixed, (5, 3, 2))):
        for part in parts:
            cut = max(1, images // part)
            yield order[:cut], order[cut:]


def shapes(tree: Tree) -> str:
    """Return shapes and dtypes of a tree, in words."""
    parts = tensors_of(tree)
    told = [f"{tuple(p.shape)} {str(p.dtype).removeprefix('torch.')}" for p in parts[:3]]
    return " and ".join(told) + (" ..." if len(parts) > 3 else "") if told else type(tree).__name__


def _told(outputs: Tree, targets: Tree) -> str:
    wholes = [part for part in tensors_of(targets) if not part.is_floating_point()]
    real = [part for part in wholes if part.numel() and not part.is_complex()]
    bounds = f", from {int(real[0].min())} to {int(real[0].max())}" if real else ""
    return f"outputs of shape {shapes(outputs)} and targets of shape {shapes(targets)}{bounds}"


def _way(error: Exception, outputs: Tree, targets: Tree) -> str:
    if isinstance(outputs, Tensor) and isinstance(targets, Tensor):
        if outputs.ndim > 2 and targets.shape == outputs.shape[:-1]:
            return (
                "of one target a token make rows: `lambda outputs, targets: "
                "F.cross_entropy(outputs.flatten(0, -2), targets.flatten())`"
            )
        if outputs.ndim == 2 and targets.ndim == 2 and targets.shape[1] == 1:
            return "let targets have one axis, as `targets.squeeze(1)`"
    if isinstance(error, IndexError):
        return "labels run from 0 to one less than the columns of the outputs"
    if "dtype" in str(error) and ("Long" in str(error) or "Int" in str(error)):
        return "labels are integers, as `targets.long()`"
    return "let outputs and targets fit each other, and constants follow the dtype of the outputs"


def _fails(loss: Loss, outputs: Tree, targets: Tree) -> bool:
    """Whether it fails on the CPU, where a failure is one; constants on a GPU are none."""
    try:
        loss(mapped(outputs, Tensor.cpu), mapped(targets, Tensor.cpu))
    except Exception as error:  # as above
        return "device" not in str(error)
    return False


def telling(targets: Tree, most: int) -> Tensor:
    """Return all images, at least eight; if they are too many, some, and all kinds of target."""
    images = len(tensors_of(targets)[0])
    if images <= most:
        return torch.arange(max(images, 8)) % images
    rows = [spread(images, max(8, most // 2))]
    for part in tensors_of(targets):
        each = part.reshape(len(part), -1)
        kinds = [] if part.is_complex() or not part.numel() else [each.min(), each.max()]
        if not (part.is_floating_point() or part.is_complex()):
            kinds += list(torch.unique(part)[:KINDS])
        rows += [(each == kind).any(1).nonzero()[0].cpu() for kind in kinds]
    return torch.unique(torch.cat(rows))
