"""`watched`: which generators of random numbers are used meanwhile.

The one idea: a draw that is seldom of effect moves its generator every time. Those of torch, numpy
and Python are looked at, and those that the code of a module names.
"""

import pickle
import random
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

__all__ = ["enclosed", "watched"]

DEPTH = 5  # of functions that call functions, in the search for generators
LIBRARIES = ("torch", "numpy", "random", "builtins")

_Source = tuple[str, Callable[[], Any], Callable[[Any], None]]  # name, state, set the state


@contextmanager
def watched(*roots: Any) -> Iterator[list[str]]:
    """Give a list that names afterwards the generators that have moved; they are set back.

    Parameters
    ----------
    roots : modules or functions
        Whose code is searched for generators of its own.

    Yields
    ------
    list of str
        Empty at first.
    """
    drawn: list[str] = []
    sources = [*_global_sources(), *_own_sources(roots)]
    before = [pickle.dumps(state()) for _, state, _ in sources]
    try:
        yield drawn
    finally:
        for (name, state, back), old in zip(sources, before, strict=True):
            if pickle.dumps(state()) != old:
                drawn.append(name)
                back(pickle.loads(old))


def _global_sources() -> Iterator[_Source]:
    yield _of_torch("torch's generator", torch.default_generator)
    if "beartype" not in sys.modules:  # it draws to choose the items whose type it checks
        yield "Python's `random`", random.getstate, random.setstate
    yield "numpy's `random`", np.random.get_state, np.random.set_state
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        generators = torch.cuda.default_generators
        yield _of_torch("torch's generator on the GPU", generators[torch.cuda.current_device()])


def _of_torch(name: str, found: torch.Generator) -> _Source:
    def back(state: Any) -> None:
        found.set_state(torch.from_numpy(state))

    return name, lambda: found.get_state().numpy(), back


def _own_sources(roots: tuple[Any, ...]) -> Iterator[_Source]:
    for found in _reached(roots):
        name = f"a {type(found).__name__} of its own"
        if isinstance(found, random.Random):
            yield name, found.getstate, found.setstate
        elif isinstance(found, np.random.RandomState):
            yield name, found.get_state, found.set_state
        elif isinstance(found, torch.Generator):
            yield _of_torch(name, found)
        elif isinstance(found, np.random.Generator):
            bits = found.bit_generator
            yield name, partial(getattr, bits, "state"), partial(setattr, bits, "state")


def _reached(roots: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the generators that modules and functions hold, name, or close over."""
    kinds = (random.Random, np.random.RandomState, torch.Generator, np.random.Generator)
    seen: dict[int, Any] = {}
    level = list(roots)
    for _ in range(DEPTH):
        level = [part for part in level if id(part) not in seen]
        seen.update((id(part), part) for part in level)
        level = [inner for part in level for inner in _parts(part)]
    yield from (part for part in seen.values() if isinstance(part, kinds))


def _parts(thing: Any) -> list[Any]:
    if isinstance(thing, types.FunctionType):
        return _named_in(thing)
    if isinstance(thing, types.MethodType):
        return [thing.__func__, thing.__self__]
    if isinstance(thing, partial):
        return [thing.func, *thing.args, *thing.keywords.values()]
    if isinstance(thing, dict):
        return list(thing.values())
    if isinstance(thing, list | tuple | set):
        return list(thing)
    if isinstance(thing, nn.Module):
        held = [part for part in vars(thing).values() if part is not thing._parameters]
        return [*held, *_methods(type(thing))]
    if _foreign(type(thing)) or not hasattr(thing, "__dict__") or isinstance(thing, type):
        return []
    return [*vars(thing).values(), *_methods(type(thing))]


def _named_in(function: types.FunctionType) -> list[Any]:
    """What the code of a function can name: globals, their attributes, cells, defaults."""
    if _foreign(function):
        return []
    found = [*enclosed(function).values(), *(function.__defaults__ or ())]
    names = set(_names(function.__code__))
    for name in names & function.__globals__.keys():
        part = function.__globals__[name]
        if not isinstance(part, types.ModuleType):
            found.append(part)
        elif part.__name__.partition(".")[0] not in LIBRARIES:
            found += [vars(part)[inner] for inner in names & vars(part).keys()]
    return found


def _names(code: types.CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from _names(inner)


def enclosed(function: Any) -> dict[str, Any]:
    """Return by name what a function closes over; nothing for what is no function."""
    found = {}
    if isinstance(function, types.FunctionType):
        names = function.__code__.co_freevars
        for name, cell in zip(names, function.__closure__ or (), strict=True):
            try:
                found[name] = cell.cell_contents
            except ValueError:  # not bound yet
                continue
    return found


def _methods(kind: type) -> list[Any]:
    own = [base for base in kind.__mro__ if not _foreign(base)]
    return [part for base in own for part in vars(base).values() if callable(part)]


def _foreign(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in LIBRARIES
