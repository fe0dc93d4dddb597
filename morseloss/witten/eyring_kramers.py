"""`eyring_kramers`: the prefactor of each exponentially small eigenvalue, from two Hessians.

The one idea: a narrow pass between two wells lets through what a parabola lets through.
"""

import numpy as np
import torch
from jaxtyping import Float

from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.landscape import Landscape

__all__ = ["bars_of", "eyring_kramers", "points_of"]


def eyring_kramers(
    landscape: Landscape, complex: MorseComplex, *, degree: int = 0
) -> Float[np.ndarray, " n"]:
    """Compute the prefactor of the eigenvalue of each finite bar, in the order of `bars_of`.

    Parameters
    ----------
    landscape : Landscape
    complex : MorseComplex
        Its Morse complex, with points.
    degree : int
        Of the bars: 0, or the dimension less one.

    Returns
    -------
    ndarray, shape (n,)
        The A in `lambda = A h exp(-2 length / h) (1 + O(h))`, [value]/[point]^2.

    Raises
    ------
    ValueError
        If the complex has no points, or no such degree.

    Notes
    -----
    A bar ends a well in favour of a deeper one, through a pass. With H the Hessians of L,
    `A = |mu| / pi * sqrt(|det H(well)| / |det H(pass)|)`.

    In degree 0 the well is the minimum and mu the negative eigenvalue at the pass. In the highest
    degree L is turned upside down: the well is the maximum, mu the positive eigenvalue. It holds
    where the pass of the bar is the only one at its height that matters: not where two lead out of
    one well at one height, nor where wells on both sides of it are equally deep.

    References
    ----------
    Bovier, Gayrard and Klein, Metastability in reversible diffusion processes II, 2005. Helffer,
    Klein and Nier, Quantitative analysis of metastability in reversible diffusion processes via a
    Witten complex approach, 2004. Le Peutrec, Nier and Viterbo, Precise Arrhenius law for p-forms,
    2013.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.1})
    >>> ml.witten.eyring_kramers(land, ml.morse_complex(land, ml.critical_points(land))).round(3)
    array([1.764])
    """
    dim = landscape.dim
    if degree not in (0, dim - 1):
        raise ValueError(
            f"`degree` must be 0 or {dim - 1}, the dimension of {landscape!r} less one, got "
            f"{degree}; between, a prefactor depends on whole flow lines"
        )
    bars = bars_of(complex, degree)
    hessians = landscape.hessian(points_of(complex))
    lower, upper = (hessians[torch.from_numpy(rows.copy())].numpy() for rows in bars[1:])
    well, saddle = (lower, upper) if degree == 0 else (upper, lower)
    curvature = np.linalg.eigvalsh(saddle)[:, 0 if degree == 0 else -1]
    ratio = np.linalg.det(well) / np.linalg.det(saddle)
    return np.abs(curvature) / np.pi * np.sqrt(np.abs(ratio))


def bars_of(
    complex: MorseComplex, degree: int
) -> tuple[Float[np.ndarray, " n"], np.ndarray, np.ndarray]:
    """Return the finite bars of a degree, the longest first: lengths, birth and death cells."""
    bars = complex.diagram().of_degree(degree)
    rows = np.flatnonzero(bars.finite & (bars.lifetimes > 0))
    rows = rows[np.argsort(-bars.lifetimes[rows], kind="stable")]
    return bars.lifetimes[rows], bars.birth_cells[rows], bars.death_cells[rows]


def points_of(complex: MorseComplex) -> Float[torch.Tensor, "n dim"]:
    """Return the critical points of a complex.

    Raises
    ------
    ValueError
        If it does not know where they are.
    """
    if complex.points is None:
        raise ValueError(
            f"`complex` must know where its critical points are, got {complex!r} without `points`; "
            "take it from `morse_complex`"
        )
    return torch.from_numpy(np.array(complex.points, dtype=np.float64))
