"""`check_purity`: whether a call depends on anything but its arguments.

The one idea: look at what could vary, before and after: generators of random numbers, buffers,
attributes; and call it often, since a clock can be seen in no other way.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from morseloss.networks.loss.criterion import Criterion, Loss, loss_of
from morseloss.networks.loss.generators import enclosed, watched
from morseloss.networks.loss.pure import Pure, State, called, kept_attributes
from morseloss.networks.loss.rows import Tree, mapped, tensors_of

__all__ = ["check_purity", "check_steady", "same"]

CALLS, SECONDS = 64, 0.02  # calls of a module: at least four, and no more than fit into the time
DEPTH = 4  # of objects within objects
LARGE = 2**20  # numbers of a tensor beyond which it is not compared
ROUGH = (torch.float32, torch.float16, torch.bfloat16)


def check_purity(pure: Pure, parameters: State, inputs: Tree) -> None:
    """Call a module several times, and see that nothing changes.

    Raises
    ------
    ValueError
        If it draws random numbers, gives two outputs for one input, or keeps something of a call.
    """
    module, told = pure.module, type(pure.module).__name__
    parts = tuple(module.modules())
    state = {place: part.clone() for place, part in pure.state(parameters).items()}
    rows, after = mapped(inputs, Tensor.clone), dict(state)
    before = {place: part.clone() for place, part in state.items()}
    with kept_attributes(parts), watched(module) as drawn, torch.no_grad():
        first = mapped(called(module, after, rows), Tensor.clone)
        changed = [n for n, part in before.items() if not same(part, after[n])]
        pure.writes = not same(inputs, rows)
        once = _attributes(module)
        repeats = _repeated(lambda: called(module, dict(state), mapped(inputs, Tensor.clone)))
        agree = all(same(first, other) for other in repeats)
        kept = _differing(once, _attributes(module))
    if drawn:
        raise ValueError(
            f"{told} draws random numbers from {drawn[0]}, so the loss is no function of the "
            "parameters; take that out, or switch it off (`module.eval()`, a probability of 0)"
        )
    if changed:
        raise ValueError(
            f"a call changes {changed[:5]}: the loss depends on the calls before; take the layer "
            "out, freeze it, or pass `module.eval()`"
        )
    if kept:
        raise ValueError(
            f"a call changes the attributes {kept[:5]}: the loss may depend on the calls before; "
            "let the module keep nothing of a call"
        )
    if not agree:
        raise ValueError(
            f"{told} gives two outputs for one input: it draws random numbers or looks at a clock, "
            "and the loss is no function of the parameters; take that out"
        )


def check_steady(loss: Loss, outputs: Tree, targets: Tree) -> None:
    """Call a loss several times, and see that nothing changes.

    Raises
    ------
    ValueError
        If it draws random numbers, gives two values, keeps something of a call, writes into what
        it is given, or depends on parameters.
    """
    inner = loss.module if isinstance(loss, Criterion) else loss
    with watched(loss) as drawn:
        ours, theirs = (mapped(part, Tensor.clone) for part in (outputs, targets))
        first, once = loss_of(loss, ours, theirs), _attributes(inner)
        if not same((outputs, targets), (ours, theirs)):
            raise ValueError("`loss` writes into outputs or targets; let it work on copies")
        repeats = _repeated(lambda: loss_of(loss, outputs, targets))
        kept = _differing(once, _attributes(inner))
        kept += loss.changes(outputs, targets) if isinstance(loss, Criterion) else []
    if drawn or not all(same(first, other) for other in repeats):
        source = f"from {drawn[0]}" if drawn else "or looks at a clock"
        raise ValueError(f"`loss` draws random numbers {source}; take that out")
    if kept:
        raise ValueError(f"a call of `loss` changes {kept[:5]}; let it keep nothing of a call")
    if first.requires_grad:
        raise ValueError(
            "`loss` depends on parameters that are not in the outputs: they would be held as they "
            "are; use `weight_decay`, or let the module give out what the loss needs"
        )


def lowered(call: Callable[[], Any]) -> str:
    """Return the lower precision to which a call converts doubles at places, or nothing."""
    watch = _Precision()
    try:
        with watch, torch.no_grad():
            call()
    except Exception:  # some code cannot be watched so; it is judged by its numbers alone
        return ""
    return watch.found


class _Precision(TorchDispatchMode):
    """Sees what each operation makes of its numbers."""

    found = ""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the operation, and look at what goes in and what comes out."""
        made = func(*args, **(kwargs or {}))
        fine = any(part.dtype == torch.float64 for part in tensors_of([*args]))
        rough = [part.dtype for part in tensors_of([made]) if part.dtype in ROUGH]
        if fine and rough and not self.found:
            self.found = str(rough[0]).removeprefix("torch.")
        return made


def same(first: Tree, second: Tree) -> bool:
    """Return whether two trees hold the same numbers; `nan` is as good as `nan`.

    On a GPU up to round-off, since sums are not taken in one order there.
    """
    ours, theirs = tensors_of(first), tensors_of(second)
    return len(ours) == len(theirs) and all(
        one.shape == other.shape and _equal(torch.nan_to_num(one), torch.nan_to_num(other))
        for one, other in zip(ours, theirs, strict=True)
    )


def _equal(one: Tensor, other: Tensor) -> bool:
    if one.device.type == "cpu" or not one.is_floating_point():
        return torch.equal(one, other)
    return torch.allclose(one, other, rtol=1e-10, atol=1e-12)


def _repeated(call: Callable[[], Tree]) -> list[Tree]:
    start, found = time.perf_counter(), []
    while len(found) < 3 or (len(found) < CALLS and time.perf_counter() - start < SECONDS):
        found.append(mapped(call(), Tensor.clone))
    return found


def _attributes(thing: Any) -> dict[str, Any]:
    """What a module or function keeps, apart from parameters and buffers, as plain values."""
    if not isinstance(thing, nn.Module):
        held = {**enclosed(thing), **_held(thing)}
        return {name: _plain(value) for name, value in held.items()}
    usual = vars(nn.Module())
    return {
        f"{prefix}.{name}" if prefix else name: _plain(value)
        for prefix, part in thing.named_modules()
        for name, value in _held(part).items()
        if name not in usual
    }


def _held(thing: Any) -> dict[str, Any]:
    """The attributes of an object, and what its classes share if they are not torch's."""
    own = dict(vars(thing)) if hasattr(thing, "__dict__") else {}
    for kind in type(thing).__mro__:
        if kind.__module__.partition(".")[0] not in ("torch", "builtins"):
            shared = {n: v for n, v in vars(kind).items() if not (callable(v) or n[:2] == "__")}
            own = {**shared, **own}
    return own


def _plain(value: Any, depth: int = DEPTH) -> Any:
    """A value that stays as it is when the object is changed, and can be compared."""
    if isinstance(value, Tensor):
        return _bytes(value)
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, str | bytes | int | float | complex | bool | None):
        return value
    if not depth or isinstance(value, type):
        return id(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(part, depth - 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset | deque):
        return [_plain(part, depth - 1) for part in value]
    if hasattr(value, "__dict__"):
        return _plain(vars(value), depth - 1)
    return id(value)


def _bytes(value: Tensor) -> Any:
    if value.layout != torch.strided or value.device.type == "meta" or value.numel() > LARGE:
        return id(value)
    raw = value.detach().reshape(-1).contiguous().view(torch.uint8)
    return value.dtype, tuple(value.shape), raw.cpu().numpy().tobytes()


def _differing(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    names = [*before, *(name for name in after if name not in before)]
    return [n for n in names if n not in before or n not in after or before[n] != after[n]]
