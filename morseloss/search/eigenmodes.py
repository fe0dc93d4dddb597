"""`eigenmodes`: eigenvectors of Hessians that do not hang on the linear algebra library.

The one idea: a library may return either sign, and in the eigenspace of equal eigenvalues any
basis, by the last bit of an entry. A rule picks one, so that what is oriented by eigenvectors, or
leaves a point along them, is the same on every machine.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from morseloss._shapes import Hessians

__all__ = ["eigenmodes"]

EQUAL = 1e-9  # of the largest eigenvalue: two that are closer have one eigenspace
LARGEST = 0.99  # of the largest component: what a symmetry makes equal to it, but for round-off


def eigenmodes(hessians: Hessians) -> tuple[Float[Tensor, "n dim"], Hessians]:
    """Return eigenvalues, ascending, and eigenvectors as columns.

    In an eigenspace of several dimensions they are those of a quadratic form of no symmetry, the
    same for all. The first of the largest components of each is positive.

    Parameters
    ----------
    hessians : Tensor, shape (n, dim, dim)

    Examples
    --------
    >>> import torch
    >>> eigenmodes(torch.tensor([[[0.0, 1.0], [1.0, 0.0]]]))[1].sign()
    tensor([[[ 1.,  1.],
             [-1.,  1.]]])
    """
    eigenvalues, modes = torch.linalg.eigh(hessians)
    spaces = _spaces(eigenvalues)
    same = spaces[:, :, None] == spaces[:, None, :]
    several = same.sum((1, 2)) > modes.shape[-1]
    if several.any():
        modes = torch.where(several[:, None, None], _turned(modes, spaces, same), modes)
    sizes = modes.abs()
    first = (sizes >= LARGEST * sizes.amax(1, keepdim=True)).long().argmax(1, keepdim=True)
    return eigenvalues, modes * modes.gather(1, first).sign()


def _spaces(eigenvalues: Float[Tensor, "n dim"]) -> Tensor:
    """Number the eigenspaces of each row from the lowest up, one number a mode."""
    apart = eigenvalues.diff(dim=1) > EQUAL * eigenvalues.abs().amax(1, keepdim=True)
    return torch.nn.functional.pad(apart.long().cumsum(1), (1, 0))


def _turned(modes: Hessians, spaces: Tensor, same: Tensor) -> Hessians:
    """Turn the modes inside each eigenspace to those of the form `sum_i sqrt(i) x_i^2`."""
    dim = modes.shape[-1]
    form = modes.mT @ (torch.arange(dim).to(modes).sqrt()[:, None] * modes)
    order = torch.diag_embed(2.0 * dim * spaces.to(modes))  # the spaces stay in their order
    return modes @ torch.linalg.eigh(torch.where(same, form, 0.0) + order).eigenvectors
