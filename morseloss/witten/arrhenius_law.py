"""`arrhenius`: the exponents of the small eigenvalues on a ladder of temperatures, beside the bars.

The one idea: `-h/2 log(lambda / h)` is the length of a bar plus a function of h that is zero at 0,
about linear, so a few temperatures extrapolate to the length.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from morseloss.complexes.morse import MorseComplex
from morseloss.landscapes.critical import classify
from morseloss.landscapes.landscape import Landscape
from morseloss.status import Interrupted
from morseloss.witten.cells import MOST_CELLS, enclosing_box, stiffest
from morseloss.witten.eyring_kramers import bars_of, points_of
from morseloss.witten.spectrum import Resolution, Spectrum, computed

__all__ = ["Arrhenius", "arrhenius", "ladder"]

RUNGS = 8
SPAN = 4.0  # from the lowest to the highest temperature
TALLEST = {1: 10_000.0, 2: 300.0}  # the most lowest temperatures in the range of critical values
WIDEST_STEP = 1.0  # of the width sqrt(h / curvature) of the narrowest well

Progress = Callable[[int, int], None]
"""Called as `progress(done, total)` after every temperature."""


@dataclass(frozen=True, eq=False)
class Arrhenius:
    """Small eigenvalues on a ladder of temperatures, their exponents, and the bars.

    Bars stand with the longest first, as the eigenvalues ascend.

    Attributes
    ----------
    degree : int
        Of the bars, and of the forms.
    lengths : ndarray, shape (n,)
        Of the finite bars of this degree, by the Morse complex, [value].
    exponents : ndarray, shape (n,)
        Extrapolated from the eigenvalues alone, [value]; nan where fewer than three are resolved.
    errors : ndarray, shape (n,)
        Estimated error of each exponent: what one power of h more or less, and the grid, would
        change, [value].
    temperatures : ndarray, shape (m,)
        The ladder, descending, [value].
    log_eigenvalues : ndarray, shape (m, n)
        Natural logarithms, of [value]^2/[point]^2, as in `Spectrum`.
    eigenvalue_errors : ndarray, shape (m, n)
        Relative error of each.
    status : ndarray, shape (m, n), int64
        A `Resolution` for each eigenvalue.
    rest : ndarray, shape (m,)
        About where the rest of the spectrum begins.
    """

    degree: int
    lengths: Float[np.ndarray, " n"]
    exponents: Float[np.ndarray, " n"]
    errors: Float[np.ndarray, " n"]
    temperatures: Float[np.ndarray, " m"]
    log_eigenvalues: Float[np.ndarray, "m n"]
    eigenvalue_errors: Float[np.ndarray, "m n"]
    status: Int[np.ndarray, "m n"]
    rest: Float[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.lengths)

    def __repr__(self) -> str:
        bars = f"{len(self)} bar{'' if len(self) == 1 else 's'} of degree {self.degree}"
        known = np.isfinite(self.exponents)
        lost = f", {np.count_nonzero(~known)} unresolved" if not known.all() else ""
        off = self.deviations[known]
        far = f"; exponents within {off.max():.2g} of the lengths" if len(off) else ""
        return f"Arrhenius({bars} at {len(self.temperatures)} temperatures{lost}{far})"

    @property
    def eigenvalues(self) -> Float[np.ndarray, "m n"]:
        """The eigenvalues themselves; 0 from where floats end, at 1e-308."""
        return np.exp(self.log_eigenvalues)

    @property
    def deviations(self) -> Float[np.ndarray, " n"]:
        """Relative difference of each exponent from the length of its bar."""
        return np.abs(self.exponents / self.lengths - 1)


def arrhenius(
    landscape: Landscape,
    complex: MorseComplex,
    temperatures: Sequence[float] | Float[np.ndarray, " m"] | None = None,
    *,
    degree: int = 0,
    cells: int | None = None,
    box: torch.Tensor | None = None,
    progress: Progress | None = None,
) -> Arrhenius:
    """Compare the exponents of the small eigenvalues with the lengths of the bars.

    Parameters
    ----------
    landscape : Landscape
        On a line or in the plane, growing in every direction or with a domain.
    complex : MorseComplex
        Its Morse complex, with points. The eigenvalues are computed from the landscape on a grid;
        of the complex they use the places of the wells, and the number of them.
    temperatures : sequence of float, optional
        At least three, all different, [value]; by default those of `ladder`.
    degree : int
        0, or in the plane 1.
    cells, box : optional
        Grid at each temperature, as in `spectrum`.
    progress : callable, optional
        Called as `progress(done, total)` after every temperature.

    Returns
    -------
    Arrhenius

    Raises
    ------
    ValueError
        If an argument makes no sense, there is no finite bar, or an eigenvalue of none is resolved
        at three temperatures.
    Interrupted
        On an interrupt from the keyboard; `found` is an `Arrhenius` of the temperatures done.

    References
    ----------
    Barannikov et al., Loss barcode, Section 9. Le Peutrec, Nier and Viterbo, Bar codes of
    persistent cohomology and Arrhenius law for p-forms, 2020.

    Examples
    --------
    Two bars, of length 2 and 1/2, from eigenvalues down to exp(-13000):

    >>> import morseloss as ml
    >>> land = ml.analytic.EasyAndHard()
    >>> law = ml.witten.arrhenius(land, ml.morse_complex(land, land.critical_points))
    >>> law.exponents.round(2)
    array([2. , 0.5])
    """
    points = classify(landscape, points_of(complex))
    lengths = bars_of(complex, degree)[0]
    if not len(lengths):
        raise ValueError(f"`complex` must have a finite bar of degree {degree}, got {complex!r}")
    at = (
        ladder(landscape, complex, degree=degree)
        if temperatures is None
        else _checked(temperatures)
    )
    spectra: list[Spectrum] = []
    try:
        for temperature in at.tolist():
            spectra.append(
                computed(landscape, points, temperature, degree=degree, cells=cells, box=box)
            )
            if progress is not None:
                progress(len(spectra), len(at))
    except KeyboardInterrupt:
        raise Interrupted(_fitted(lengths, degree, spectra)) from None
    found = _fitted(lengths, degree, spectra)
    if np.isnan(found.exponents).all():
        raise ValueError(
            f"no eigenvalue of degree {degree} is resolved at three of the temperatures "
            f"{at.tolist()}; of those that are not, most show the same: each "
            f"{_reason(found.status)}"
        )
    return found


def ladder(
    landscape: Landscape, complex: MorseComplex, *, degree: int = 0, cells: int | None = None
) -> Float[np.ndarray, " m"]:
    """Return temperatures, descending, at which the bars of a degree are seen best.

    The lower the better. In the plane the lowest is high enough for floats (300 temperatures in the
    range of the critical values; on a line 10,000, where the bars to be seen end it), and for the
    grid (a step no longer than the width of the narrowest well); the highest is four times as high.

    Parameters
    ----------
    landscape : Landscape
    complex : MorseComplex
    degree : int
        Of the bars.
    cells : int, optional
        Along the longest side of the grid; by default the most that `spectrum` takes by itself.

    Raises
    ------
    ValueError
        If there is no finite bar of this degree.

    Examples
    --------
    >>> import morseloss as ml
    >>> land = ml.analytic.EasyAndHard()
    >>> ladder(land, ml.morse_complex(land, land.critical_points))[[0, -1]].round(5)
    array([0.0012, 0.0003])
    """
    if not len(bars_of(complex, degree)[0]):
        raise ValueError(f"`complex` must have a finite bar of degree {degree}, got {complex!r}")
    lowest = np.ptp(complex.values) / TALLEST[landscape.dim]
    points = classify(landscape, points_of(complex))
    box = enclosing_box(landscape, points, lowest, None)
    step = float((box[1] - box[0]).max()) / (cells or MOST_CELLS[landscape.dim])
    lowest = max(lowest, stiffest(points, degree) * (step / WIDEST_STEP) ** 2)
    return np.geomspace(SPAN * lowest, lowest, RUNGS)


def _checked(temperatures: Sequence[float] | np.ndarray) -> Float[np.ndarray, " m"]:
    at = np.sort(np.asarray(temperatures, dtype=np.float64).ravel())[::-1]
    if len(np.unique(at)) < max(3, len(at)) or not (np.isfinite(at) & (at > 0)).all():
        raise ValueError(
            "`temperatures` must be at least three different positive numbers, got "
            f"{at.tolist()}; leave it out for those of `ladder`"
        )
    return at


def _fitted(lengths: Float[np.ndarray, " n"], degree: int, spectra: list[Spectrum]) -> Arrhenius:
    shape = len(spectra), len(lengths)
    at = np.array([one.temperature for one in spectra])
    logs = np.array([one.log_eigenvalues for one in spectra]).reshape(shape)
    relative = np.array([one.errors for one in spectra]).reshape(shape)
    status = np.array([one.status for one in spectra], dtype=np.int64).reshape(shape)
    rest = np.array([one.rest for one in spectra])
    fits = [
        _exponent(at[known], logs[known, bar], relative[known, bar])
        for bar, known in enumerate((status == Resolution.RESOLVED).T)
    ]
    exponents, errors = np.array(fits).T
    return Arrhenius(degree, lengths, exponents, errors, at, logs, relative, status, rest)


def _exponent(
    at: Float[np.ndarray, " m"],
    logs: Float[np.ndarray, " m"],
    relative: Float[np.ndarray, " m"],
) -> tuple[float, float]:
    """The limit of `-h/2 log(lambda / h)` at h = 0, and its error; temperatures descend."""
    if len(at) < 3:
        return np.nan, np.nan
    seen = -at / 2 * (logs - np.log(at))
    lower, half = max(3, -(-3 * len(at) // 4)), max(2, len(at) // 2)
    limit, *others = (
        _at_zero(at[-count:], powers) @ seen[-count:]
        for count, powers in ((lower, 2), (lower, min(3, lower - 1)), (half, 1))
    )
    from_fit = np.abs(np.array(others) - limit).max()
    from_grid = np.linalg.norm(_at_zero(at[-lower:], 2) * (at / 2 * relative)[-lower:])
    return float(limit), float(from_fit + from_grid)


def _at_zero(at: Float[np.ndarray, " m"], powers: int) -> Float[np.ndarray, " m"]:
    """The weights with which a fitted polynomial's value at 0 depends on its data."""
    return np.linalg.pinv(np.vander(at / at.max(), powers + 1, increasing=True))[0]


def _reason(status: Int[np.ndarray, "m n"]) -> str:
    counts = np.bincount(status[status != Resolution.RESOLVED])
    return Resolution(int(counts.argmax())).message
