"""`check_callable`: a function is tried on a few points, before a search begins.

The one idea: what goes wrong there is told by what the function is, one of numpy or one of a single
point, and not by the error that it ends in.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from morseloss.kinds import kind_of

__all__ = ["check_callable"]

OF_ONE_POINT = "for a function of one point pass `pointwise=True`"
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
    taken = "one point, of shape (dim,)" if pointwise else f"points of shape (batch, {dim})"
    try:
        values = function(probe)
        if isinstance(values, Tensor) and values.shape == (len(probe),):
            torch.func.vjp(function, probe)
    except (RuntimeError, TypeError, IndexError, ValueError) as error:
        remedy = OF_NUMPY if _of_numpy(error) else OF_ONE_POINT
        if pointwise and remedy == OF_ONE_POINT:
            remedy = "it must give one number for a point; for one of a batch leave it out"
        raise ValueError(
            f"`function` must take {taken}, and failed: {' '.join(str(error).split())[:200]}; "
            f"{remedy}"
        ) from error
    if not isinstance(values, Tensor):
        raise ValueError(f"`function(points)` must be a Tensor, got {kind_of(values)}; {OF_NUMPY}")
    if values.shape != (len(probe),):
        raise ValueError(
            f"`function` must map points of shape (batch, {dim}) to values of shape (batch,), "
            f"got {tuple(values.shape)} for {len(probe)} points; {OF_ONE_POINT}"
        )


def _of_numpy(error: Exception) -> bool:
    words = str(error)
    return any(word in words for word in ("numpy", "__array__", "ndarray", "data pointer"))
