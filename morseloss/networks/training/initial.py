"""`initial`: where training starts, drawn as torch draws it for each layer.

The one idea: every layer knows its own distribution (`reset_parameters`), so the starts of a run
are those of the architecture; the draw comes from the caller's generator and leaves torch's own
alone.
"""

import copy
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from morseloss._shapes import Points
from morseloss.networks.loss.network_landscape import NetworkLandscape
from morseloss.networks.loss.pure import Pure

__all__ = ["initial"]

LISTS = (nn.ParameterList, nn.ParameterDict)  # parts of torch that hold what their owner draws


def initial(
    network: NetworkLandscape | nn.Module,
    n: int,
    *,
    generator: torch.Generator,
    reset: Callable[[nn.Module], None] | None = None,
    dtype: torch.dtype = torch.float64,
) -> Points:
    """Draw parameter vectors from the initial distributions of the layers.

    Parameters
    ----------
    network : NetworkLandscape or nn.Module
        Gives the architecture; it is not changed.
    n : int
        How many networks.
    generator : torch.Generator
        On the CPU; one number is drawn from it, and the global generator is left as it is.
    reset : callable, optional
        Draws the parameters of one module with torch's global generator, in place; it is called
        for each part of the network, inner ones first. By default the part's own
        `reset_parameters`.
    dtype : torch.dtype
        Of the vectors. They are drawn in float32, so a seed means the same networks in each.

    Returns
    -------
    Tensor, shape (n, dim)
        On the device of the landscape's images.

    Raises
    ------
    ValueError
        If `n` is below 1, a part with parameters has no `reset_parameters`, or what it draws is
        kept beside its parameters.

    Warns
    -----
    UserWarning
        If a parameter comes out the same in all networks, and is not one number throughout.

    Examples
    --------
    >>> import torch
    >>> from torch import nn
    >>> from morseloss.networks.training.initial import initial
    >>> initial(nn.Linear(4, 3), 5, generator=torch.Generator().manual_seed(0)).shape
    torch.Size([5, 15])
    """
    if n < 1:
        raise ValueError(f"`n` must be at least 1 network, got {n}")
    of_landscape = isinstance(network, NetworkLandscape)
    pure = network.pure if of_landscape else Pure(network)
    module = copy.deepcopy(pure.module).cpu().float()
    if reset is None:
        _check(module)
        reset = _reset
    seed = int(torch.randint(2**62, (), generator=generator))
    rows = []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.default_generator.manual_seed(seed)
        for _ in range(n):
            module.apply(reset)
            rows.append(pure.layout.join(dict(module.named_parameters())).to(dtype, copy=True))
    points = torch.stack(rows)
    _warn_of_twins(points, pure)
    return points.to(network.device if of_landscape else "cpu")


def _warn_of_twins(points: Points, pure: Pure) -> None:
    """Say which parameters came out alike in all networks, but for those set to one number."""
    alike = [
        name
        for name, part in pure.layout.split(points).items()
        if len(part) > 1 and bool((part == part[0]).all()) and bool((part != part.min()).any())
    ]
    if alike:
        warnings.warn(
            f"{alike[:5]} came out the same in all {len(points)} networks: if they are to be drawn "
            "at random, give the part a `reset_parameters` that draws them, pass `reset`, or start "
            "from modules of your own: `landscape.vectors([module, ...])`",
            stacklevel=3,
        )


def _own_reset(part: nn.Module) -> Callable[[], None] | None:
    # attention and transformers have theirs under a private name
    return getattr(part, "reset_parameters", None) or getattr(part, "_reset_parameters", None)


def _reset(part: nn.Module) -> None:
    own = _own_reset(part)
    if own is None:
        return
    with parametrize.cached():  # what is computed from others is drawn, and then they follow it
        own()
        drawn = {name: getattr(part, name) for name in getattr(part, "parametrizations", ())}
    for name, weight in drawn.items():
        held = {key: buffer.clone() for key, buffer in part.named_buffers()}
        _put(getattr(part.parametrizations, name), weight)
        moved = [key for key, buffer in part.named_buffers() if not torch.equal(buffer, held[key])]
        if moved:
            raise ValueError(
                f"what is drawn for `{name}` of {type(part).__name__} lies in {moved}, which is no "
                "parameter, so networks would differ in what the landscape holds fixed; "
                "parametrise by a map without such a part, as `orthogonal` with "
                "`orthogonal_map='householder', use_trivialization=False`"
            )


def _put(maps: parametrize.ParametrizationList, weight: Tensor) -> None:
    """Put a drawn weight where the maps find it; as in torch, one without inverse passes it on."""
    found: Any = weight
    for one in reversed(maps):
        with suppress(NotImplementedError):
            found = getattr(one, "right_inverse", lambda part: part)(found)
    parts = [found] if maps.is_tensor else found
    numbers = [""] if maps.is_tensor else range(maps.ntensors)
    for number, part in zip(numbers, parts, strict=True):
        getattr(maps, f"original{number}").copy_(part)


def _check(module: nn.Module) -> None:
    """Every trained parameter must belong to a part that can draw it."""
    for name, part in module.named_modules():
        if isinstance(part, (*LISTS, parametrize.ParametrizationList)):
            continue
        moving = [key for key, p in _own_parameters(part) if p.requires_grad]
        if moving and _own_reset(part) is None:
            raise ValueError(
                f"part `{name}` ({type(part).__name__}) has the parameters {moving[:5]} and no "
                "method `reset_parameters` that draws them; give it one, pass `reset`, or start "
                "from modules of your own: `landscape.vectors([module, ...])`"
            )


def _own_parameters(part: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Yield the parameters that a part has itself, also those that it keeps in lists."""
    yield from part.named_parameters(recurse=False)
    maps = getattr(part, "parametrizations", nn.Module())
    lists = [item for item in part.named_children() if isinstance(item[1], LISTS)]
    for name, held in (*lists, *maps.named_children()):
        for key, parameter in held.named_parameters(recurse=False):
            yield f"{name}.{key}", parameter
