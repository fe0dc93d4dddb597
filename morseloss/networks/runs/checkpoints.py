"""`read_checkpoints`: networks trained elsewhere, from files, as parameter vectors.

The one idea: a file is data, never code, and everything in it must fit the module, so that no
network is silently another one.
"""

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape

__all__ = ["read_checkpoints"]

INNER = ("state_dict", "model_state_dict", "model_state", "model")  # where files keep the states
PREFIXES = ("module.", "_orig_mod.")  # what DataParallel and torch.compile put before the names
STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


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
        Files of safetensors (named `*.safetensors`) or of torch: a state dict, or a dict that holds
        one under `state_dict`, `model_state_dict`, `model_state` or `model`. Torch files are loaded
        with `weights_only=True`. Prefixes `module.` and `_orig_mod.` are taken off.
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
        If a file is missing, cannot be read as data alone, is of another architecture (a parameter
        is missing, unknown or of another shape), is not finite, or differs from the landscape in
        what is held fixed or tied. The message names the file.

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
            rows.append(_vector(_read(path), landscape).to(dtype))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
    if not rows:
        raise ValueError("`paths` must name at least one file, got none")
    return torch.stack(rows).to(landscape.inputs.device)


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ValueError("there is no such file")
    content = _safetensors(path) if path.suffix == ".safetensors" else _torch(path)
    for key in INNER:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping):
        raise ValueError(
            f"the file must hold a state dict, got {type(content).__name__}; save "
            "`module.state_dict()`"
        )
    others = [key for key, part in content.items() if not isinstance(part, Tensor)]
    if others:
        raise ValueError(
            f"the file must hold tensors by name, and the entries {others[:5]} are none; save "
            "`module.state_dict()`"
        )
    return dict(content)


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"cannot be read as safetensors ({error}); write it again") from None


def _torch(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, KeyError, AttributeError) as error:
        raise ValueError(
            f"cannot be read as weights alone ({type(error).__name__}); save "
            "`module.state_dict()`, not the module: a pickled module is code and is not run"
        ) from None


def _vector(state: dict[str, Tensor], landscape: NetworkLandscape) -> Tensor:
    module, layout = landscape.pure.module, landscape.pure.layout
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    for prefix in PREFIXES:
        if not any(name.startswith(prefix) for name in own):
            state = {name.removeprefix(prefix): part for name, part in state.items()}
    unknown = [n for n in state if n not in own and not n.endswith(STATISTICS)]
    missing = [name for name in layout.names if name not in state]
    if unknown and not missing:
        raise ValueError(
            f"the file has the parameters {unknown[:5]} ({len(unknown)} in all), which the module "
            "lacks; it is of another architecture"
        )
    whole = [n for n in layout.names if n in state and not state[n].is_floating_point()]
    if whole:
        raise ValueError(
            f"parameters {whole[:5]} are {state[whole[0]].dtype}, not floating-point numbers; take "
            "a checkpoint that is not quantised"
        )
    vector = layout.join(state)
    _check_held(state, own, landscape)
    return vector


def _check_held(
    state: dict[str, Tensor], own: dict[str, Tensor], landscape: NetworkLandscape
) -> None:
    """What does not move must be as it is in the landscape; what is tied must be so in the file."""
    names = landscape.pure.layout.names
    moving = {id(own[name]): name for name in names}
    for name in state.keys() & own.keys() - set(names):
        twin = moving.get(id(own[name]))
        wanted = own[name].detach().cpu() if twin is None else state[twin]
        found = state[name].to(wanted)
        if found.shape != wanted.shape or not torch.allclose(found, wanted):
            raise ValueError(
                f"`{name}` is tied to `{twin}` in the module and differs from it in the file; "
                "untie the module"
                if twin
                else f"`{name}` is held fixed and differs in the file from the module of the "
                "landscape; load the file into that module first"
            )
