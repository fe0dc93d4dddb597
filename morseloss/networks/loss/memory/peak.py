"""`peak`: how many bytes of tensors live at once while something is computed.

The one idea: every tensor that torch makes passes by, below autograd and `vmap`, and is counted
until it dies. So the answer is that of the code and the shapes, the same on every machine, and
nothing else that the process holds disturbs it.
"""

import weakref
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

__all__ = ["peak"]


class _Counting(TorchDispatchMode):
    """Counts the storages that operations make."""

    def __init__(self) -> None:
        super().__init__()
        self.live = self.most = 0
        self.known: dict[int, int] = {}

    def __torch_dispatch__(
        self, func: Callable, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        """Call the operation, and count what it makes."""
        old = {part.untyped_storage()._cdata for part in tree_leaves((args, kwargs)) if _has(part)}
        made = func(*args, **(kwargs or {}))
        for part in tree_leaves(made):
            if _has(part):
                self._count(part.untyped_storage(), old)
        return made

    def _count(self, storage: torch.UntypedStorage, old: set[int]) -> None:
        key = storage._cdata
        if key in old or key in self.known:
            return
        self.known[key] = storage.nbytes()
        self.live += self.known[key]
        self.most = max(self.most, self.live)
        weakref.finalize(storage, self._drop, key)

    def _drop(self, key: int) -> None:
        self.live -= self.known.pop(key, 0)


def _has(part: Any) -> bool:
    return isinstance(part, Tensor) and part.layout == torch.strided


def peak(call: Callable[[], object]) -> int:
    """Return the most bytes of tensors that lived at once during a call, beside what was there.

    What operations need inside, for as long as they run, is not seen.

    Examples
    --------
    >>> import torch
    >>> from morseloss.networks.loss.memory.peak import peak
    >>> x = torch.zeros(1000)
    >>> peak(lambda: (x + 1) * 2)
    8000
    """
    counting = _Counting()
    with counting:
        call()
    return counting.most
