"""`check_callable`: a function is tried on a few points, before a search begins.

The one idea: what goes wrong there is told by what the function is, one of numpy or one of a single
point, and not by the error that it ends in.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from morseloss.kinds import kind_of

__all__ = ["check_callable"]

NEARBY = 1e-6  # of a way, after which a smooth function has another value and a step has not
OF_ONE_POINT = "for a function of one point pass `pointwise=True`"
ONE_NUMBER = "it must give one number for a point, `x[0] ** 2`; for one of a batch leave it out"
OF_NUMPY = "compute with torch instead of numpy, `torch.sin` for `np.sin`: it is differentiated"


def check_callable(
    function: Callable[[Tensor], Tensor], box: Tensor | None, dim: int, *, pointwise: bool
) -> None:
    """Pass a function that gives one value a row and that torch can differentiate.

    Raises
    ------
    ValueError
        If it does not; the message says what to do.
    """
    corners = torch.zeros(2, dim, dtype=torch.float64) if box is None else box
    # not as many rows as columns, or a function of one point would pass
    probe = corners if dim != 2 else torch.cat([corners, corners.mean(0, keepdim=True)])
    otherwise = ONE_NUMBER if pointwise else OF_ONE_POINT
    taken = "one point, of shape (dim,)" if pointwise else f"points of shape (batch, {dim})"
    try:
        values = function(probe)
        if isinstance(values, Tensor) and values.shape == (len(probe),):
            _check_real(values)
            torch.func.vjp(function, probe)
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        remedy = OF_NUMPY if _of_numpy(error) else otherwise
        raise ValueError(
            f"`function` must take {taken}, and failed: {' '.join(str(error).split())[:200]}; "
            f"{remedy}"
        ) from error
    if not isinstance(values, Tensor):
        raise ValueError(f"`function(points)` must be a Tensor, got {kind_of(values)}; {OF_NUMPY}")
    if values.shape != (len(probe),):
        raise ValueError(
            f"`function` must map points of shape (batch, {dim}) to values of shape (batch,), "
            f"got {tuple(values.shape)} for {len(probe)} points; {otherwise}"
        )
    _check_derived(function, probe)


def _check_real(values: Tensor) -> None:
    if not values.is_floating_point():
        raise TypeError(f"its values are {values.dtype}, and not real numbers")


def _check_derived(function: Callable[[Tensor], Tensor], probe: Tensor) -> None:
    """Refuse values that change with the points while torch sees no way from these to them.

    Steps are let through: their gradient is 0.

    Raises
    ------
    ValueError
        If there are such values.
    """
    unit = torch.rand(probe.shape, generator=torch.Generator().manual_seed(0), dtype=probe.dtype)
    sizes = probe.amax(0) - probe.amin(0)
    moves = unit * torch.where(sizes > 0, sizes, 1.0)
    with torch.enable_grad():
        values = function((probe.amin(0) + moves).requires_grad_())
    if values.requires_grad:
        return
    change = function(probe.amin(0) + (1 + NEARBY) * moves) - values
    if bool((change.nan_to_num(0.0) != 0).any()):
        raise ValueError(
            "`function` must be differentiable by torch, got one whose values change and whose "
            "gradient is 0 everywhere; leave out `detach`, `no_grad`, `item`, `torch.tensor` and "
            "what else cuts values off from the points"
        )


def _of_numpy(error: Exception) -> bool:
    words = str(error)
    return any(word in words for word in ("numpy", "__array__", "ndarray", "data pointer"))
