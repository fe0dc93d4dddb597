"""What a network command needs to build a landscape, by name: module, data, loss, numbers.

The one idea: names are stored in the run's folder, so later commands need the folder alone.
"""

import argparse
import importlib
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from morseloss.cli.output import count, real, seed
from morseloss.networks.loss.datasets import read
from morseloss.networks.loss.network_landscape import CHUNK, NetworkLandscape
from morseloss.networks.loss.rows import mapped, tensors_of
from morseloss.networks.runs.store import Store, StoreError
from morseloss.workers import Workers, processes

__all__ = [
    "LOSSES", "Recipe", "add_recipe", "add_workers", "recipe_in", "recipe_of", "workers_of"
]  # fmt: skip

LOSSES = {
    "cross-entropy": nn.functional.cross_entropy,
    "mse": nn.functional.mse_loss,
    "binary": nn.functional.binary_cross_entropy_with_logits,
}
KIND = "recipe"
PARTS = torch.Tensor, tuple, dict


@dataclass(frozen=True)
class Recipe:
    """Names from which a landscape is built.

    Attributes
    ----------
    module, data : str
        `package.module:factory`: called without arguments they give the module, and a pair of
        inputs and targets, or what stands for both, a `DataLoader` or `Dataset`.
    loss : str
        One of `LOSSES`, or `package.module:function`.
    weight_decay : float
    chunk : int
    device : str
    seed : int
    """

    module: str
    data: str
    loss: str
    weight_decay: float
    chunk: int
    device: str
    seed: int

    def landscape(self) -> NetworkLandscape:
        """Build the landscape.

        Raises
        ------
        ValueError
            If a name cannot be imported, or does not give what it should.
        """
        module, data = _made(self.module), _made(self.data)
        loss = LOSSES.get(self.loss) or _named(self.loss)
        if isinstance(data, DataLoader | Dataset):
            data = read(data)
        pair = isinstance(data, tuple | list) and len(data) == 2
        if not pair or not all(isinstance(part, PARTS) and tensors_of(part) for part in data):
            raise ValueError(
                f"{self.data} must give a pair of tensors, inputs and targets, or tuples or dicts "
                f"of such, or a DataLoader, got {_seen(data)}"
            )
        try:
            inputs, targets = (mapped(part, lambda one: one.to(self.device)) for part in data)
        except (RuntimeError, AssertionError) as error:
            first = str(error).strip().split("\n")[0]
            raise ValueError(f"device {self.device!r}: {first}; use cpu or cuda") from None
        try:
            return NetworkLandscape(
                module, loss, inputs, targets, weight_decay=self.weight_decay, chunk=self.chunk
            )
        except ValueError:
            raise
        except Exception as error:  # whatever the user's own module and loss raise
            raise ValueError(
                f"{self.module} on the data of {self.data} with the loss {self.loss} raised "
                f"{type(error).__name__}: {error}; try them on one batch first"
            ) from error

    def keep(self, store: Store) -> None:
        """Write the recipe into the folder of a run."""
        store.put(KIND, "network", asdict(self))


def add_recipe(parser: argparse.ArgumentParser) -> None:
    """Add the options that name a landscape."""
    parser.add_argument(
        "--module", metavar="PKG.MOD:NAME", required=True, help="factory of the torch module"
    )
    parser.add_argument(
        "--data",
        metavar="PKG.MOD:NAME",
        required=True,
        help="factory of (inputs, targets), or of a DataLoader",
    )
    parser.add_argument(
        "--loss", metavar="NAME", default="cross-entropy",
        help=f"{', '.join(LOSSES)}, or PKG.MOD:NAME",
    )  # fmt: skip
    parser.add_argument(
        "--weight-decay", metavar="W", type=_decay, default=0.0,
        help="as torch has it: W/2 times the square of all parameters",
    )  # fmt: skip
    parser.add_argument(
        "--chunk", metavar="N", type=count, default=CHUNK,
        help="images in one pass over all of them",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="of the run")


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Add the options that name workers."""
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--workers", metavar="N", type=count,
        help="share the work among so many processes of this machine, one thread each",
    )  # fmt: skip
    choice.add_argument(
        "--executor", metavar="PKG.MOD:NAME",
        help="or among workers elsewhere: a factory of any `concurrent.futures.Executor`",
    )  # fmt: skip


def workers_of(arguments: argparse.Namespace) -> Workers | None:
    """Return the workers that the options name; None for this process itself."""
    if arguments.workers is not None:
        return processes(arguments.workers)
    if arguments.executor is None:
        return None
    _named(arguments.executor)
    return partial(_made, arguments.executor)


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Return what the options name."""
    return Recipe(**{name: getattr(arguments, name) for name in Recipe.__dataclass_fields__})


def recipe_in(folder: Path) -> Recipe:
    """Return the recipe that a folder was made with.

    Raises
    ------
    StoreError
        If it holds none.
    """
    with Store(folder) as store:
        try:
            return Recipe(**store.record(KIND, "network"))
        except KeyError:
            raise StoreError(
                f"{folder} was not made by `morseloss network train`; go on in Python, with `Run`"
            ) from None


def _decay(text: str) -> float:
    number = real(text)
    if number < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, got {text[:40]!r}")
    return abs(number)  # of -0.0 too


def _seen(data: Any) -> str:
    if isinstance(data, tuple | list):
        return f"{len(data)} of {', '.join(type(part).__name__ for part in data[:4])}"
    return type(data).__name__


def _made(name: str) -> Any:
    """Call a factory; what goes wrong in it is told in one line, for it is the user's own.

    Raises
    ------
    ValueError
        If it raises, or needs arguments.
    """
    factory = _named(name)
    try:
        return factory()
    except Exception as error:  # whatever the user's own factory raises
        raise ValueError(
            f"{name}() raised {type(error).__name__}: {error}; it must work without arguments"
        ) from error


def _named(name: str) -> Callable[..., Any]:
    path, _, attribute = name.partition(":")
    if not path or not attribute:
        raise ValueError(f"expected `package.module:name`, got {name!r}")
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))  # as `python -m` has it
    try:
        module = importlib.import_module(path)
    except Exception as error:  # whatever the user's own module raises
        raise ValueError(
            f"{name}: {type(error).__name__}: {error}; run where `{path}` can be imported"
        ) from error
    found = getattr(module, attribute, None)
    if not callable(found):
        raise ValueError(f"{name}: `{path}` has no callable `{attribute}`")
    return found
