"""`Tape`: the operations of one call of a module, with the tensors that went in and came out.

The one idea: run the module once on a few images and write down what torch is asked to do. Python
control flow is gone then; what depends on numbers is refused, since other numbers take another way.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.func import functionalize
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from morseloss.networks.loss.complaint import complaint
from morseloss.networks.loss.pure import Pure
from morseloss.networks.loss.rows import Tree, tensors_of
from morseloss.networks.symmetry.traced.simpler import simpler_of

__all__ = ["Slot", "Step", "Tape", "record", "slots_of"]

LOOKS = ("_local_scalar_dense", "is_nonzero", "equal", "allclose", "nonzero", "item")
LEAVES = (Tensor.numpy, Tensor.tolist, Tensor.__array__)  # torch does not see what follows
BLIND = (
    "zero",
    "fill",
    "zeros_like",
    "ones_like",
    "full_like",
    "empty_like",
    "new_zeros",
    "new_ones",
    "new_full",
    "new_empty",
)  # of the shape of the first argument, whatever its numbers are
WAY_OUT = (
    "name the units that can be exchanged, as in `Symmetry(landscape.pure.layout, [Group((Axis("
    '"first.weight", 0), Axis("first.bias", 0), Axis("second.weight", 1)))])`'
)


class Slot(int):
    """The number of a tensor on the tape."""


@dataclass(frozen=True)
class Step:
    """One operation.

    Attributes
    ----------
    name : str
        As `add` or `native_layer_norm`; what works in place is named as what does not.
    args, kwargs
        As it was called, with slots for tensors.
    outs : Slot, tuple of Slot or None
        What it gave.
    """

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    outs: Any


@dataclass(frozen=True, eq=False)
class Tape:
    """What a module did.

    Attributes
    ----------
    steps : list of Step
    shapes : list of tuple of int
        By slot, when it was written.
    constants : dict of Slot to Tensor
        Numbers that depend on no parameter and no input.
    parameters : dict of Slot to str
    inputs : set of Slot
    outputs : list of Slot
    """

    steps: list[Step]
    shapes: list[tuple[int, ...]]
    constants: dict[Slot, Tensor]
    parameters: dict[Slot, str]
    inputs: set[Slot]
    outputs: list[Slot]

    def needed(self) -> set[Slot]:
        """Return the tensors on which outputs depend."""
        needed = set(self.outputs)
        for step in reversed(self.steps):
            outs = set(slots_of(step.outs))
            if needed & outs and not outs <= self.constants.keys():
                needed |= set(slots_of((step.args, step.kwargs)))
        return needed


def slots_of(tree: Any) -> list[Slot]:
    """Return the slots in arguments or results of an operation."""
    return [part for part in tree_flatten(tree)[0] if isinstance(part, Slot)]


def record(pure: Pure, parameters: Mapping[str, Tensor], inputs: Tree) -> Tape:
    """Return what a module does with these parameters and inputs.

    Raises
    ------
    ValueError
        If it fails, or decides by numbers that depend on parameters or inputs.
    """
    name = type(pure.module).__name__
    try:
        return _either(pure, parameters, inputs)
    except _Looked as error:
        raise ValueError(
            f"{name} cannot be traced: its forward decides by numbers that depend on parameters or "
            f"inputs, asserts something of them, or takes them out of torch (`{error}`), so other "
            f"networks may go another way; take that out, or {WAY_OUT}"
        ) from None
    except Exception as error:  # whatever the caller's module raises
        raise ValueError(f"{name} cannot be traced ({complaint(error)}); {WAY_OUT}") from error


def _either(pure: Pure, parameters: Mapping[str, Tensor], inputs: Tree) -> Tape:
    """Write down what is done, without writing in place where torch can do without it."""

    def run(parameters: Mapping[str, Tensor], inputs: Tree) -> list[Tensor]:
        return tensors_of(pure(parameters, inputs))  # torch finds those of lists alone

    with suppress(Exception):
        return _written(functionalize(run, remove="mutations"), parameters, inputs)
    return _written(run, parameters, inputs)


def _written(
    run: Callable[..., list[Tensor]], parameters: Mapping[str, Tensor], inputs: Tree
) -> Tape:
    writer = _Writer(dict(parameters), tensors_of(inputs))
    with _plainly(), writer, _Watch(writer):
        outputs = run(dict(parameters), inputs)
    writer.given = [writer.slot(tensor) for tensor in outputs]
    return writer.tape()


class _Looked(Exception):
    """A decision by numbers."""


class _Watch(TorchFunctionMode):
    """Sees numbers that leave torch."""

    def __init__(self, writer: "_Writer") -> None:
        super().__init__()
        self.writer = writer

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call a function, unless it takes out numbers that other networks have otherwise."""
        if func in LEAVES and self._moves(args[0]):
            raise _Looked(func.__name__)
        return func(*args, **(kwargs or {}))

    def _moves(self, tensor: Tensor) -> bool:
        """Whether it depends on parameters or inputs; of one that torch has wrapped, it may."""
        if torch._is_functional_tensor(tensor):  # pyright: ignore[reportPrivateImportUsage]
            return True
        return self.writer.slots.get(id(tensor)) in self.writer.moving


class _Writer(TorchDispatchMode):
    """Writes down what is called."""

    def __init__(self, parameters: dict[str, Tensor], inputs: list[Tensor]) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self.held: list[Tensor] = []  # so that no other tensor gets the id of one
        self.shapes: list[tuple[int, ...]] = []
        self.constants: dict[Slot, Tensor] = {}
        self.moving: set[Slot] = set()
        self.slots: dict[int, Slot] = {}
        self.given: list[Slot] = []
        self.parameters = {self.written(p, moves=True): n for n, p in parameters.items()}
        self.inputs = {self.written(part, moves=True) for part in inputs}

    def slot(self, tensor: Tensor) -> Slot:
        """Return the number of a tensor; one that was not seen yet is a constant."""
        known = self.slots.get(id(tensor))
        return self.written(tensor, moves=False) if known is None else known

    def written(self, tensor: Tensor, *, moves: bool) -> Slot:
        """Give a tensor a new number: it has other contents now."""
        self.slots[id(tensor)] = place = Slot(len(self.held))
        self.held.append(tensor)
        self.shapes.append(tuple(tensor.shape))
        if moves:
            self.moving.add(place)
        else:
            self.constants[place] = tensor.clone()
        return place

    def tape(self) -> Tape:
        """Return what was written."""
        return Tape(
            self.steps, self.shapes, self.constants, self.parameters, self.inputs, self.given
        )

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Call an operation and write it down."""
        kwargs = kwargs or {}
        if simpler := simpler_of(func):
            with self:
                return simpler(*args, **kwargs)
        name = func.overloadpacket.__name__
        held = tree_map(lambda part: self.slot(part) if isinstance(part, Tensor) else part,
                        (args, kwargs))  # fmt: skip
        seen = (held[0][1:], held[1]) if name.rstrip("_") in BLIND else held
        moves = not self.moving.isdisjoint(slots_of(seen))
        if moves and name in LOOKS:
            raise _Looked(name)
        outs = func(*args, **kwargs)
        places = tree_map(
            lambda part: self.written(part, moves=moves) if isinstance(part, Tensor) else None, outs
        )
        if isinstance(places, list):
            places = tuple(places)
        self.steps.append(Step(name.rstrip("_"), held[0], held[1], places))
        return outs


@contextmanager
def _plainly() -> Iterator[None]:
    """Let torch take the way of many simple operations, without gradients."""
    fused, fast = torch._C._get_mkldnn_enabled(), torch.backends.mha.get_fastpath_enabled()
    torch._C._set_mkldnn_enabled(False)
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), sdpa_kernel([SDPBackend.MATH]), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the module says the same when it is used
            yield
    finally:
        torch._C._set_mkldnn_enabled(fused)
        torch.backends.mha.set_fastpath_enabled(fast)
