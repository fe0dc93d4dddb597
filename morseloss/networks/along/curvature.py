"""`curvature`: the ends of a Hessian's spectrum, and its trace, from products with vectors alone.

The one idea: some dozens of products a point tell the largest and the smallest curvature (Lanczos)
and the sum of all (Hutchinson), each with an error; nothing of the size of the Hessian is made.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from morseloss._rows import joined
from morseloss._shapes import Points, Values
from morseloss.graphs.graph import many
from morseloss.landscapes.landscape import Landscape, check_points

__all__ = ["Curvature", "curvature"]

ROWS = 64  # points at a time
ROUNDING = 100  # units of it, of a product: what is less has no direction


@dataclass(frozen=True, eq=False)
class Curvature:
    """Curvature at points, [value]/[point]^2.

    Attributes
    ----------
    largest, smallest : Tensor, shape (n,)
        Eigenvalues of the Hessian, from inside: the true largest is no less, the smallest no more.
    largest_errors, smallest_errors : Tensor, shape (n,)
        Within so much of each there is an eigenvalue.
    traces, trace_errors : Tensor, shape (n,)
        Sum of the eigenvalues, and its standard error; nan without probes.
    """

    largest: Values
    smallest: Values
    largest_errors: Values
    smallest_errors: Values
    traces: Values
    trace_errors: Values

    def __len__(self) -> int:
        return len(self.largest)

    def __repr__(self) -> str:
        if not len(self):
            return "Curvature(0 points)"
        low, high = float(self.smallest.min()), float(self.largest.max())
        return f"Curvature({many(len(self), 'point')}, from {low:.3g} to {high:.3g})"


def curvature(
    landscape: Landscape,
    points: Points,
    *,
    steps: int = 40,
    probes: int = 0,
    generator: torch.Generator,
) -> Curvature:
    """Return largest and smallest curvature at points, and the trace of the Hessian.

    Where activations have kinks, as ReLU, the Hessian is that of the piece the point lies on: what
    bends at kinks is left out. `Rounded` puts it in.

    Parameters
    ----------
    landscape : Landscape
        On all images: its `hvp` is asked `steps + probes` times at each point.
    points : Tensor, shape (n, dim)
    steps : int
        Of Lanczos' method; so many vectors of each of 64 points are kept at a time.
    probes : int
        Random vectors for the trace: 2 or more, or 0 to leave it out.
    generator : torch.Generator
        Draws the vectors.

    Returns
    -------
    Curvature

    Raises
    ------
    ValueError
        If a number is out of its range, or points do not fit.

    References
    ----------
    Golub and Van Loan, "Matrix computations", 2013, Algorithm 10.1.1 and section 10.1.4, with every
    vector orthogonalised against all before. Hutchinson, "A stochastic estimator of the trace of
    the influence matrix", 1990: vectors of signs.

    Examples
    --------
    >>> import torch, morseloss as ml
    >>> from morseloss.networks import curvature
    >>> bowl = ml.Function(lambda x: 2 * x[:, 0] ** 2 - x[:, 1] ** 2, dim=2)
    >>> seed = torch.Generator().manual_seed(0)
    >>> found = curvature(bowl, torch.zeros(1, 2).double(), probes=2, generator=seed)
    >>> found, found.traces
    (Curvature(1 point, from -2 to 4), tensor([2.], dtype=torch.float64))
    """
    check_points(landscape, points, "points")
    if steps < 1 or probes < 0 or probes == 1:
        raise ValueError(
            f"`steps` must be 1 or more, `probes` 2 or more, or 0, got {steps} and {probes}"
        )
    steps = min(steps, points.shape[1])
    parts = [
        _of_some(landscape, some, steps, probes, generator)
        for some in points.split(ROWS)
    ]  # fmt: skip
    return joined(*parts)


def _of_some(
    landscape: Landscape, points: Points, steps: int, probes: int, generator: torch.Generator
) -> Curvature:
    high, low, high_error, low_error = _lanczos(landscape, points, steps, generator)
    draws = []
    for _ in range(probes):
        signs = 2.0 * torch.randint(0, 2, points.shape, generator=generator).to(points) - 1
        draws.append((signs * landscape.hvp(points, signs)).sum(1))
    if not draws:
        unknown = torch.full_like(high, torch.nan)
        return Curvature(high, low, high_error, low_error, unknown, unknown)
    all_draws = torch.stack(draws)
    error = all_draws.std(0) / probes**0.5
    return Curvature(high, low, high_error, low_error, all_draws.mean(0), error)


def _lanczos(
    landscape: Landscape, points: Points, steps: int, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Highest and lowest Ritz values of each row, and the norms of their residuals."""
    basis = [_against(_drawn(points, generator), [])]
    diagonal, beside = [], []
    for _ in range(steps):
        image = landscape.hvp(points, basis[-1])
        diagonal.append((image * basis[-1]).sum(1))
        size = image.norm(dim=1)
        rest = _across(image, basis)
        norm = rest.norm(dim=1)
        going = norm > ROUNDING * torch.finfo(norm.dtype).eps * size
        beside.append(torch.where(going, norm, 0.0))
        if len(basis) == steps:
            break
        # where all that can be reached is, go on from elsewhere
        onward = rest / norm.clamp_min(torch.finfo(norm.dtype).tiny)[:, None]
        fresh = onward if bool(going.all()) else _against(_drawn(points, generator), basis)
        basis.append(torch.where(going[:, None], onward, fresh))
    matrix = torch.diag_embed(torch.stack(diagonal, 1))
    for step, part in enumerate(beside[:-1]):
        matrix[:, step, step + 1] = matrix[:, step + 1, step] = part
    found, vectors = torch.linalg.eigh(matrix)
    errors = beside[-1][:, None] * vectors[:, -1].abs()
    return found[:, -1], found[:, 0], errors[:, -1], errors[:, 0]


def _drawn(points: Points, generator: torch.Generator) -> Tensor:
    return torch.randn(points.shape, generator=generator, dtype=torch.float64).to(points)


def _against(vectors: Tensor, basis: list[Tensor]) -> Tensor:
    """Unit vectors along what is left of vectors beside the basis."""
    return torch.nn.functional.normalize(_across(vectors, basis), dim=1)


def _across(vectors: Tensor, basis: list[Tensor]) -> Tensor:
    """What is left of vectors across the basis; twice, since once leaves what round-off grew to."""
    if not basis:
        return vectors
    every = torch.stack(basis, 1)
    for _ in range(2):
        parts = torch.einsum("bkd,bd->bk", every, vectors)
        vectors = vectors - torch.einsum("bk,bkd->bd", parts, every)
    return vectors
