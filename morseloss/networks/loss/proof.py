"""`Proof`: what a module itself gives on some images, against which an engine is held.

The one idea: the module of the caller is called as it is, with vectors near its own parameters, and
differentiated by torch; an engine that gives anything else is not used.
"""

import warnings
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.criterion import Loss
from morseloss.networks.loss.engine import Engine
from morseloss.networks.loss.pure import Pure, called, kept_attributes, places_of
from morseloss.networks.loss.rows import Tree, cast, like, mapped

__all__ = ["HIDDEN", "Proof", "near"]

CLOSE = {torch.float64: (1e-9, 1e-8), torch.float32: (1e-3, 2e-2)}  # of values, of gradients
TINY = 1e-30  # for numbers that are all zero
SCALE, STEP = 0.1, 0.02  # of the vectors, relative and absolute
ALONG = (1e-4, 1e-6)  # of a vector, how far along its gradient values are compared
ROUNDED = 1e-11  # of a value; what is expected to rise by less may be round-off
HIDDEN = 0.01  # of the slope, by which values may rise otherwise than the gradient has it


@dataclass(frozen=True)
class Proof:
    """Values and gradients of a module on some images.

    Attributes
    ----------
    inputs, targets : Tree
        In the precision of the vectors.
    points : Tensor, shape (vectors, dim)
    values : Tensor, shape (vectors,)
    gradients : Tensor, shape (vectors, dim)
    """

    inputs: Tree
    targets: Tree
    points: Tensor
    values: Tensor
    gradients: Tensor

    @classmethod
    def of(
        cls, module: nn.Module, pure: Pure, loss: Loss, points: Points, inputs: Tree, targets: Tree
    ) -> "Proof":
        """Call the module itself."""
        inputs, targets = (cast(part, points.dtype) for part in (inputs, targets))
        found = [_own(module, pure, loss, point, inputs, targets) for point in points]
        values, gradients = (torch.stack(part) for part in zip(*found, strict=True))
        return cls(inputs, targets, points, values, gradients)

    def rise(self, engine: Engine) -> float:
        """Return how fast the value rises along the gradient, as a part of its length.

        It is 1 where the gradient is that of the values, and not where something between the
        parameters and the loss is detached or rounded, or a hook changes gradients. It is looked at
        by the last vector, where kinks lie that a module may begin at, as with biases of zero, and
        at two distances: the loss bends on the way to the far one, and is rounded on that to the
        near one. The better of them is returned, since a wrong gradient is wrong at both; and 1
        where nothing can be told: where the rise drowns, as at a minimum, in the digits of the loss
        there or at the zero vector, or where there is no loss at one of those.
        """
        point, gradient = self.points[-1], self.gradients[-1]
        size = gradient.norm()
        away = point.new_tensor(ALONG) * (1 + point.norm())
        steps = away[:, None] * gradient / size
        ends = torch.cat([point - steps, point + steps, torch.zeros_like(point)[None]])
        try:
            values = engine.losses(ends, self.inputs, self.targets).detach()
        except Exception:  # some of the caller's modules cannot be all zero
            return 1.0
        expected = 2 * away * size
        largest = values.abs().nan_to_num(0.0, 0.0).amax()
        if not bool((expected > ROUNDED * largest).all()):
            return 1.0
        low, high = values[:-1].chunk(2)
        rises = ((high - low) / expected).nan_to_num(1.0)
        return float(rises[(rises - 1).abs().argmin()])

    def fault(self, engine: Engine) -> str:
        """Return what an engine does wrong, or nothing."""
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try:
                plain = engine.losses(self.points, self.inputs, self.targets).detach()
                values, gradients = engine.gradients(self.points, self.inputs, self.targets)
            except Exception as error:  # whatever the caller's module and loss raise
                return complaint(error)
        slow = [str(w.message) for w in said if "performance drop" in str(w.message)]
        if slow:
            operation = slow[0].partition("batching rule for ")[2].partition(". ")[0]
            return f"vmap has no rule for {operation}"
        close, closer = CLOSE[self.points.dtype]
        for found in (plain, values):
            if not _agree(found, self.values, close):
                return f"it gives the value {float(found[0]):.9g}, not {float(self.values[0]):.9g}"
        agrees = _agree(gradients, self.gradients, closer)
        return "" if agrees else "it gives another gradient than the module itself"


def near(pure: Pure, vectors: int, device: torch.device) -> Tensor:
    """Return vectors near the parameters of a module, the first at them.

    Where those are not finite, they are drawn instead.
    """
    generator = torch.Generator().manual_seed(0)
    own = pure.own(torch.float64)
    parts = [own[name].cpu().reshape(-1) for name in pure.layout.names]
    drawn = [torch.randn(len(part), generator=generator, dtype=torch.float64) for part in parts]
    parts = [
        part if bool(part.isfinite().all()) else 0.3 * noise
        for part, noise in zip(parts, drawn, strict=True)
    ]
    middle = torch.cat(parts)
    noise = torch.randn(2, vectors, len(middle), generator=generator, dtype=torch.float64)
    noise[:, 0] = 0
    return (middle * (1 + SCALE * noise[0]) + STEP * noise[1]).to(device)


def _own(
    module: nn.Module, pure: Pure, loss: Loss, point: Tensor, inputs: Tree, targets: Tree
) -> tuple[Tensor, Tensor]:
    leaves = {n: p.clone().requires_grad_() for n, p in pure.layout.split(point.detach()).items()}
    held = {
        name: like(tensor.detach(), point.dtype, point.device).clone()
        for name, tensor in [*module.named_parameters(), *module.named_buffers()]
        if name not in leaves
    }
    places = places_of(module)
    state = {place: part for n, part in {**held, **leaves}.items() for place in places[n]}
    with kept_attributes(tuple(module.modules())):
        value = loss(called(module, state, mapped(inputs, Tensor.clone)), targets)
    slopes = torch.autograd.grad(value, list(leaves.values()), allow_unused=True)
    flat = [
        torch.zeros_like(leaf) if slope is None else slope.to_dense()
        for leaf, slope in zip(leaves.values(), slopes, strict=True)
    ]
    return value.detach(), torch.cat([slope.reshape(-1) for slope in flat])


def _agree(found: Tensor, wanted: Tensor, close: float) -> bool:
    """Whether numbers differ by a part of the largest, and are not finite at the same places."""
    finite = wanted.isfinite()
    if found.shape != wanted.shape or not torch.equal(found.isfinite(), finite):
        return False
    size = wanted[finite].abs().amax() if bool(finite.any()) else wanted.new_zeros(())
    return bool(((found - wanted)[finite].abs() <= close * size + TINY).all())
