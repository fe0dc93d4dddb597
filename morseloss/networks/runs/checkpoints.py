"""`read_checkpoints`: networks trained elsewhere, from files, as parameter vectors.

The one idea: a file is data, never code, and everything in it must fit the module, so that no
network is silently another one. What wrappers put into names is taken off, wherever it stands.
"""

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.runs.weights_file import read_weights

__all__ = ["read_checkpoints"]

INNER = ("state_dict", "model_state_dict", "model_state", "model")  # where files keep the states
# what DataParallel, torch.compile and FSDP put into names
WRAPPERS = ("module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")
COUNT = "num_batches_tracked"  # on which nothing depends
STATISTICS = ("running_mean", "running_var", COUNT)
COUNTER = "n_averaged"  # of `AveragedModel`
SAVE = "save `module.state_dict()`"

State = dict[str, Tensor]


def read_checkpoints(
    paths: Iterable[str | PathLike[str]],
    landscape: NetworkLandscape,
    *,
    dtype: torch.dtype = torch.float64,
) -> Points:
    """Read one network a file.

    Parameters
    ----------
    paths : iterable of paths
        Files of safetensors or of torch: a state dict, or a dict that holds one, under any name, or
        two of which one is under `state_dict`, `model_state_dict`, `model_state` or `model`. Torch
        files are loaded with `weights_only=True`; numbers of numpy, a `Namespace` and paths beside
        the weights are read and left out. Names may have what `DataParallel`, `torch.compile` and
        FSDP put into them, and one prefix more.
    landscape : NetworkLandscape
        Of the architecture; gives names, shapes and device.
    dtype : torch.dtype
        Of the vectors.

    Returns
    -------
    Tensor, shape (files, dim)
        Running averages of batch normalisation are left out: the landscape has none.

    Raises
    ------
    ValueError
        If a file is missing, cannot be read as data alone, holds several networks, is of another
        architecture (a parameter is missing, unknown or of another shape), is not finite, or
        differs from the landscape in what is held fixed or tied. The message names the file.

    Examples
    --------
    >>> import tempfile, torch
    >>> from pathlib import Path
    >>> from torch import nn
    >>> from morseloss.networks import NetworkLandscape
    >>> from morseloss.networks.runs.checkpoints import read_checkpoints
    >>> module = nn.Linear(4, 2)
    >>> land = NetworkLandscape(
    ...     module, nn.functional.cross_entropy, torch.randn(9, 4), torch.arange(9) % 2
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "net.pt"
    ...     torch.save(module.state_dict(), file)
    ...     read_checkpoints([file], land).shape
    torch.Size([1, 10])
    """
    if isinstance(paths, str | PathLike):
        raise ValueError(f"`paths` must be a list of files, got one: `{paths}`; use `[path]`")
    rows = []
    for path in map(Path, paths):
        try:
            rows.append(_vector(read_weights(path), landscape).to(dtype))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    if not rows:
        raise ValueError("`paths` must name at least one file, got none")
    return torch.stack(rows).to(landscape.device)


def _vector(content: Any, landscape: NetworkLandscape) -> Tensor:
    """Return the vector of the one network in a file."""
    states = dict(_states(content))
    if not states:
        raise ValueError(_without(content))
    shapes = dict(zip(landscape.pure.layout.names, landscape.pure.layout.shapes, strict=True))
    own = _own(landscape.pure.module)
    whole: dict[str, State] = {}
    for key, part in states.items():
        try:
            whole[key] = _renamed(part, own, shapes)
        except ValueError:
            if key in ("", *INNER) or len(states) == 1:
                raise
    complete = [key for key, part in whole.items() if shapes.keys() <= part.keys()]
    usual = [key for key in ("", *INNER) if key in complete]
    fitting = [k for k in complete if all(whole[k][n].shape == s for n, s in shapes.items())]
    if not usual and len(fitting) > 1:
        raise ValueError(
            f"the file holds {len(fitting)} networks of this architecture, under "
            f"{' and '.join(f'`{key}`' for key in fitting)}; save the one that is meant alone"
        )
    first = [*usual, *fitting, *complete, *(key for key in ("", *INNER) if key in whole), *whole]
    state = whole[first[0]]
    _check_names(state, own, shapes)
    vector = landscape.pure.layout.join(state)
    _check_held(state, own, landscape)
    return vector


def _states(content: Any, key: str = "") -> Iterator[tuple[str, State]]:
    """Yield dicts that hold tensors by name, with the keys under which they lie in each other."""
    if not isinstance(content, Mapping):
        return
    tensors = {name: part for name, part in content.items() if isinstance(part, Tensor)}
    odd = [name for name in content if not isinstance(name, str)]
    extra = [name for name in content if str(name).endswith("_extra_state")]
    if tensors and (odd or extra):
        told = f"the names {odd[:5]}, which are no text" if odd else f"a state of its own, {extra}"
        raise ValueError(f"the file has {told}; {SAVE} of a module that is its parameters")
    if tensors:
        yield key, tensors
    if key.count(".") < 2:
        for name, part in content.items():
            yield from _states(part, f"{key}.{name}" if key else str(name))


def _renamed(state: State, own: State, wanted: Mapping[str, Any]) -> State:
    """Return a state under the names of the module, as far as it has them.

    Raises
    ------
    ValueError
        If it holds several networks of these names, or one name twice.
    """
    plain = {_plain(name): name for name in own}
    if len(plain) < len(own):  # the module itself has such names, and they tell parts apart
        return state
    named: State = {}
    for name, part in state.items():
        short = _plain(name)
        if short in named:
            raise ValueError(f"the file has `{short}` twice, with prefixes and without; {SAVE}")
        named[short] = part
    named.pop(COUNTER, None)
    prefixes = _prefixes(set(named), [_plain(name) for name in wanted])
    if len(prefixes) > 1:
        raise ValueError(
            f"the file holds {len(prefixes)} networks of this architecture, under "
            f"{' and '.join(f'`{prefix}`' for prefix in sorted(prefixes))}; save the one that is "
            "meant alone"
        )
    prefix = prefixes.pop() if prefixes else ""
    shorter = {name.removeprefix(prefix): part for name, part in named.items()}
    return {plain.get(name, name): part for name, part in shorter.items()}


def _plain(name: str) -> str:
    """Return a name without what wrappers have put into it."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def _prefixes(names: set[str], wanted: list[str]) -> set[str]:
    """Return the prefixes under which all wanted names are; none where they are there as such."""
    if set(wanted) <= names:
        return set()
    tail = f".{wanted[0]}"
    ways = {name.removesuffix(wanted[0]) for name in names if name.endswith(tail)}
    return {way for way in ways if {f"{way}{name}" for name in wanted} <= names}


def _own(module: nn.Module) -> State:
    return {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }


def _without(content: Any) -> str:
    """What a file holds that has no tensors by name, and the way out."""
    if isinstance(content, Mapping):
        others = [str(key) for key in content][:5]
        return f"the file must hold tensors by name, and the entries {others} are none; {SAVE}"
    kind = type(content).__name__
    if isinstance(content, list | tuple) and content:
        inner = {type(part).__name__ for part in content}
        kind = f"{kind} of {len(content)} ({', '.join(sorted(inner))})"
        if all(isinstance(part, Mapping) for part in content):
            return (
                f"the file must hold a state dict, got {kind}; one network a file, or "
                "`landscape.vectors(torch.load(file))` reads a list of state dicts"
            )
    if isinstance(content, Tensor):
        kind = f"Tensor of shape {tuple(content.shape)}"
    return f"the file must hold a state dict, got {kind}; {SAVE}, which has the names"


def _check_names(state: State, own: State, shapes: Mapping[str, Any]) -> None:
    unknown = [n for n in state if n not in own and not n.endswith(STATISTICS)]
    missing = [name for name in shapes if name not in state]
    if unknown and not missing:
        raise ValueError(
            f"the file has the parameters {unknown[:5]} ({len(unknown)} in all), which the module "
            "lacks; it is of another architecture"
        )
    whole = [n for n in shapes if n in state and not state[n].is_floating_point()]
    if whole:
        raise ValueError(
            f"parameters {whole[:5]} are {state[whole[0]].dtype}, not floating-point numbers; take "
            "a checkpoint that is not quantised"
        )


def _check_held(state: State, own: State, landscape: NetworkLandscape) -> None:
    """What does not move must be as it is in the landscape; what is tied must be so in the file."""
    names = landscape.pure.layout.names
    moving = {id(own[name]): name for name in names}
    for name in state:
        if name not in own or name in names or name.endswith(COUNT):
            continue
        twin = moving.get(id(own[name]))
        wanted = own[name].detach().cpu() if twin is None else state[twin]
        found = state[name].to(wanted)
        coarse = state[name].is_floating_point()
        rtol = max(1e-5, torch.finfo(state[name].dtype).eps) if coarse else 0.0
        if found.shape != wanted.shape or not torch.allclose(found, wanted, rtol=rtol):
            raise ValueError(
                f"`{name}` is tied to `{twin}` in the module and differs from it in the file; "
                "untie the module"
                if twin
                else f"`{name}` is held fixed and differs in the file from the module of the "
                f"landscape; {_way_of(name)}"
            )


def _way_of(name: str) -> str:
    """How networks that differ in what is held fixed may still be on one landscape."""
    if not name.endswith(STATISTICS):
        return "load the file into that module first"
    layer = name.rpartition(".")[0]
    return (
        "every network has statistics of its own, so each is on another landscape: let the layer "
        f"normalise by the images instead, `module.{layer}.train()` before the landscape is made "
        "(dropout may stay in evaluation mode), or, for one file, load it into that module first"
    )
