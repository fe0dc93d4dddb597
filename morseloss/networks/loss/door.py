"""`Door`: what a module and a loss must be for a landscape, found out by calling them.

The one idea: nothing is believed that can be tried. On images spread over all of them the module
must run, in double precision, be steady, and take each image by itself; the loss must be a mean;
and an engine is chosen that computes what the module itself computes.
"""

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from morseloss.caution import caution
from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.criterion import (
    CLOSE,
    Loss,
    check_mean,
    cuts,
    loss_of,
    shapes,
    telling,
)  # fmt: skip
from morseloss.networks.loss.engine import Engine, Mapped, engines_for
from morseloss.networks.loss.generators import watched
from morseloss.networks.loss.proof import HIDDEN, Proof, near
from morseloss.networks.loss.pure import Pure, normalises
from morseloss.networks.loss.purity import check_purity, check_steady, lowered
from morseloss.networks.loss.rows import (
    Tree,
    cast,
    device_of,
    mapped,
    sliceable,
    spread,
    taken,
    tensors_of,
)

__all__ = ["PROBED", "Door", "Maker"]

PROBED = 8  # images of the first calls
SPREAD = 64  # images of the others, where a call is quick
QUICK = 0.02  # seconds
VECTORS = 2

Maker = Callable[[Pure, Loss], Engine]


@dataclass(frozen=True)
class Door:
    """A module, its copy, a loss and all images.

    Attributes
    ----------
    module : nn.Module
        The caller's.
    pure : Pure
    loss : callable
    inputs, targets : Tree
    """

    module: nn.Module
    pure: Pure
    loss: Loss
    inputs: Tree
    targets: Tree

    def admit(self, maker: Maker | None, smallest: int) -> tuple[Engine, bool]:
        """Return an engine, and whether the images must be seen together.

        Parameters
        ----------
        maker : callable, optional
            Makes the engine; by default the fastest is taken.
        smallest : int
            Images of the smallest chunk.

        Raises
        ------
        ValueError
            If module, loss and images do not fit each other or make no landscape; the message
            names what was found and the way out.
        """
        with watched(self.module, self.loss), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module says the same when it is used
            seconds, outputs = self._runs(smallest)
            low = lowered(self._loss_of_few)
            many = self._some(SPREAD if seconds < QUICK else PROBED)
            points = near(self.pure, VECTORS, device_of(self.inputs))
            together = self._check_loss(outputs, points, *many)
            engine, faults, rise = self._engine(maker, points, *many)
        self._tell(engine, low, faults, rise)
        return engine, together

    def _tell(self, engine: Engine, low: str, faults: list[str], rise: float) -> None:
        """Warn of what a landscape can be made of all the same."""
        if low:
            caution(
                f"{self._name} computes in {low} at places, whatever comes in: its losses are good "
                "to seven digits at most; let it convert nothing"
            )
        elif abs(rise - 1) > HIDDEN:
            caution(
                f"the gradient of {self._name} is not that of its loss, which rises {rise:.2g} "
                "times as fast along it: descents go astray; let nothing between parameters and "
                "loss be detached, rounded, or made a number"
            )
        if faults and faults[-1].startswith(f"`{Mapped.__name__}`"):
            caution(
                f"{self._name}: networks are computed one after the other, since they cannot be "
                f"computed all at once ({faults[-1]})"
            )

    @property
    def _name(self) -> str:
        return type(self.module).__name__

    def _some(self, most: int) -> tuple[Tree, Tree]:
        rows = spread(len(tensors_of(self.inputs)[0]), most).to(device_of(self.inputs))
        return taken(self.inputs, rows), taken(self.targets, rows)

    def _runs(self, smallest: int) -> tuple[float, Tree]:
        """Call the module and see that nothing changes; return the time, and what it gives."""
        inputs, _ = self._some(PROBED)
        points = near(self.pure, VECTORS, device_of(self.inputs))
        point = points[-1]
        try:
            outputs = self._called(points, inputs)
        except Exception as error:  # whatever the caller's module and loss raise
            raise ValueError(self._complaint(point, inputs, error)) from error
        if smallest < PROBED:
            self._runs_on(smallest, point)
        if not tensors_of(outputs):
            raise ValueError(f"{self._name} must give tensors, got {type(outputs).__name__}")
        if any(part.requires_grad for part in tensors_of(outputs)):
            raise ValueError(
                f"{self._name} depends on trainable tensors that are not among its parameters, and "
                "which would be held as they are: register them (`nn.ModuleList` for a list of "
                "layers), and let hooks and `forward` reach them through the module they are given"
            )
        start = time.perf_counter()
        check_purity(self.pure, self.pure.layout.split(point), cast(inputs, point.dtype))
        with torch.no_grad():
            self._outputs(point, inputs)
        return (time.perf_counter() - start) / 5, outputs

    def _called(self, points: Tensor, inputs: Tree) -> Tree:
        """Return the outputs of the last vector, of a module that runs wherever a vector begins.

        In a row of vectors of an odd number of numbers every other one begins at an odd place.
        """
        try:
            if points.shape[1] % 2:
                self._outputs(points[0], inputs)
            return self._outputs(points[-1], inputs)
        except Exception:  # whatever the caller's module raises; if not for where, again below
            self.pure.apart = True
            return self._outputs(points[-1], inputs)

    def _runs_on(self, images: int, point: Tensor) -> None:
        try:
            self._outputs(point, taken(self.inputs, slice(0, images)))
        except Exception as error:  # whatever the caller's module and loss raise
            raise ValueError(
                f"{self._name} fails on a chunk of {images} of the images ({complaint(error)}); "
                "raise `chunk`, or pass more images"
            ) from error

    def _outputs(self, point: Tensor, inputs: Tree) -> Tree:
        return self.pure(self.pure.layout.split(point), cast(inputs, point.dtype))

    def _loss_of_few(self) -> Tensor:
        inputs, targets = self._some(PROBED)
        point = near(self.pure, 1, device_of(self.inputs))[0]
        return self.loss(self._outputs(point, inputs), cast(targets, point.dtype))

    def _complaint(self, point: Tensor, inputs: Tree, error: Exception) -> str:
        took = f"`inputs` of shape {shapes(inputs)}"
        try:
            self._outputs(point.float(), inputs)
        except Exception:  # in no precision, then
            whole = any(part.dtype == torch.uint8 for part in tensors_of(inputs))
            indices = "indices" in str(error) or "embedding" in str(error)
            way = (
                "tokens must be whole numbers of 64 bits, as `inputs.long()`" if indices else
                "images must be real numbers, as `inputs.float() / 255`" if whole else
                "let module and images fit each other (a tuple of tensors is its arguments, a dict "
                "its arguments by name)"
            )  # fmt: skip
            return f"{self._name} fails on {took} ({complaint(error)}); {way}"
        return (
            f"{self._name} works in single precision alone, and losses are measured in double "
            f"({complaint(error)}); make its constants buffers, or of the dtype of what comes in, "
            "as `torch.zeros(..., dtype=x.dtype)`, and let it convert nothing"
        )

    def _check_loss(self, outputs: Tree, points: Tensor, inputs: Tree, targets: Tree) -> bool:
        """Check the loss; return whether the images must be seen together."""
        few, double = self._some(PROBED)[1], torch.float64
        ours, theirs = (mapped(part, Tensor.clone) for part in (outputs, cast(few, double)))
        value = loss_of(self.loss, ours, theirs)
        if value.dtype != double:
            raise ValueError(
                f"module and loss give {value.dtype} for parameters and images in double "
                "precision; let them convert nothing, and hold no constant in single precision"
            )
        if not bool(value.isfinite()):
            raise ValueError(
                f"the loss of {self._name} is {float(value.detach())} although images and "
                "parameters are finite; let module and loss give finite numbers"
            )
        check_steady(self.loss, outputs, cast(few, double))
        known = normalises(self.pure.module)
        if sliceable(outputs, len(tensors_of(few)[0])):
            check_mean(self.loss, outputs, self.targets)
        elif not known:
            self._check_parts(points[-1])
        return known or self._mixes(points[-1], inputs, targets)

    def _check_parts(self, point: Tensor) -> None:
        """Check the loss by calls of the module, where its outputs have not one row an image."""
        rows = telling(self.targets, 2 * SPREAD).to(device_of(self.inputs))
        inputs, targets = taken(self.inputs, rows), taken(self.targets, rows)
        for parts in cuts(targets):
            if not self._is_mean(point, inputs, targets, parts):
                raise ValueError(
                    f"the loss of {self._name} on {len(rows)} images is not the mean of those on "
                    "parts of them: let the loss be the mean over the images, without weights or "
                    "ignored targets, and the module take each image by itself"
                )

    def _mixes(self, point: Tensor, inputs: Tree, targets: Tree) -> bool:
        """Whether the value on images is another one than the mean of those on parts of them."""
        images = len(tensors_of(targets)[0])
        order, cut = torch.arange(images), max(1, images // 3)
        parts = order[:cut], order[cut:]
        return images > 1 and not self._is_mean(point, inputs, targets, parts)

    def _is_mean(
        self, point: Tensor, inputs: Tree, targets: Tree, parts: tuple[Tensor, Tensor]
    ) -> bool:
        device, images = device_of(inputs), len(tensors_of(targets)[0])

        def value(rows: Tensor) -> float:
            outputs = self._outputs(point, taken(inputs, rows.to(device)))
            theirs = cast(taken(targets, rows.to(device)), point.dtype)
            return float(loss_of(self.loss, outputs, theirs))

        try:
            whole, *found = [value(rows) for rows in (torch.arange(images), *parts)]
        except Exception as error:  # whatever the caller's module and loss raise
            compiled = type(error).__module__.startswith("torch._dynamo")
            raise ValueError(
                f"torch compiles a part of {self._name}, as flex_attention, and fails at it "
                f"({complaint(error)}); let it compile nothing, and attend by "
                "`F.scaled_dot_product_attention` with a mask"
                if compiled
                else f"{self._name} takes {PROBED} images and fails on another number of them "
                f"({complaint(error)}); let it take any number"
            ) from error
        pairs = zip(parts, found, strict=True)
        mean = sum(len(rows) / images * part for rows, part in pairs)
        sizes = [abs(part) for part in (whole, *found)]
        return abs(whole - mean) <= CLOSE * max(sizes)

    def _engines(self, maker: Maker | None) -> tuple[Engine, ...]:
        if maker is None:
            return engines_for(self.pure, self.loss, self.inputs)
        try:
            made = maker(self.pure, self.loss) if callable(maker) else maker
        except (TypeError, AttributeError, KeyError) as error:
            made = complaint(error)
        if not isinstance(made, Engine) or isinstance(made, type):
            raise ValueError(
                "`engine` must be `networks.Dense`, `Mapped` or `Looped`, or a function of module "
                f"and loss that gives an engine; got {maker!r:.80}, which gives {made!r:.80}"
            )
        return (made,)

    def _engine(
        self, maker: Maker | None, points: Tensor, inputs: Tree, targets: Tree
    ) -> tuple[Engine, list[str], float]:
        """Return the first right engine, what is wrong with others, and how its loss rises."""
        proofs = self._proofs(points, inputs, targets)
        faults: list[str] = []
        for engine in self._engines(maker):
            fault = next((found for proof in proofs if (found := proof.fault(engine))), "")
            if not fault:
                return engine, faults, proofs[0].rise(engine)
            faults.append(f"`{type(engine).__name__}`: {fault}")
        raise ValueError(
            f"{self._name} is computed by no engine as the module itself computes it "
            f"({faults[-1]}); let hooks and `forward` reach layers through the module that they "
            "are given, not by the name of an object outside"
        )

    def _proofs(self, points: Tensor, inputs: Tree, targets: Tree) -> list[Proof]:
        ours = (self.module, self.pure, self.loss)
        try:
            proof = Proof.of(*ours, points, inputs, targets)
        except Exception as error:  # whatever the caller's module and loss raise
            raise ValueError(
                f"the loss of {self._name} has no gradient in its parameters ({complaint(error)}); "
                "let nothing between them and the loss be detached, rounded, or made a number"
            ) from error
        try:
            return [proof, Proof.of(*ours, points.float(), inputs, targets)]
        except Exception:  # then it is one for double precision only
            return [proof]
