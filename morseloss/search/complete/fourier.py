"""All critical points of a finite Fourier series: the complex ones counted, tracked, the real kept.

The one idea: as for a polynomial, their number is known beforehand; where some lie at infinity for
these amplitudes, their paths say so, and the rest is still all there is.
"""

import cmath
import math
from dataclasses import replace

import torch

from morseloss._rows import take
from morseloss.caution import caution
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.trigonometric import TrigonometricPolynomial
from morseloss.search.complete.counted import GOLDEN_ANGLE, TRACKER_RTOLS
from morseloss.search.complete.solutions import Solutions, distinct, real_points
from morseloss.search.complete.tracking import Ends, followed
from morseloss.search.complete.wave_starts import apart, start_system
from morseloss.search.complete.waves import Waves, amplitudes, state_at, volume, wave_alphas
from morseloss.search.iterate import Progress
from morseloss.search.shares import Shares
from morseloss.status import Interrupted, Status

__all__ = ["counted_waves"]

MOST_STEPS = 4000
DRIFT = 3.0  # radians off the real angles, and beyond, at an end that goes to infinity


def counted_waves(
    landscape: Landscape,
    series: TrigonometricPolynomial,
    rounds: int,
    progress: Progress | None,
    shares: Shares,
) -> CriticalPoints:
    """Return all critical points of a trigonometric polynomial, with their certificate.

    Raises
    ------
    ValueError
        If the series is constant along some direction.
    Interrupted
        At an interrupt from the keyboard; `found` holds those that had arrived.
    """
    expected = volume(amplitudes(series)[0], series.dim)
    if not expected:
        raise ValueError(
            f"{series!r} is constant along some direction, since its frequencies do not span the "
            f"{series.dim} axes: its critical points are no points; drop the variables on which "
            "nothing depends, or add a small wave across"
        )
    best, count = _tracked(landscape, series, 0, progress, shares), 1
    while best.count + len(best.away) < expected and count < rounds:
        found = _tracked(landscape, series, count, progress, shares)
        best = found if found.count > best.count else best
        count += 1
    points = real_points(landscape, best, expected - len(best.away), count)
    certificate = points.certificate
    if certificate is not None and not certificate.complete:
        caution(
            f"incomplete: {best.count} of {expected} complex critical points of {series!r} were "
            f"found in {count} rounds; raise `rounds`, or pass `starts` to search instead"
        )
    return points


def _tracked(
    landscape: Landscape,
    series: TrigonometricPolynomial,
    attempt: int,
    progress: Progress | None,
    shares: Shares,
) -> Solutions:
    """Follow the paths of one attempt, more closely each time and with another gamma."""
    frequencies, end = amplitudes(series)
    start, points = start_system(frequencies)
    gamma = cmath.exp(1j * GOLDEN_ANGLE * (attempt + 1))
    rtol = TRACKER_RTOLS[min(attempt, len(TRACKER_RTOLS) - 1)]
    waves = Waves(torch.tensor(frequencies, dtype=torch.float64), gamma * start, end, rtol)
    try:
        ends = followed(
            waves, series, state_at(points), max_steps=MOST_STEPS, shares=shares, progress=progress
        )
    except Interrupted as stop:
        known = _distinct(series, waves, stop.found)
        raise Interrupted(real_points(landscape, known, 0, 0)) from None
    return _distinct(series, waves, ends)


def _distinct(series: TrigonometricPolynomial, waves: Waves, ends: Ends) -> Solutions:
    """The distinct ends of paths, in the coordinates of the series."""
    drifted = (ends.windings == 0) & (ends.points.imag.abs().amax(-1) > DRIFT)
    status = torch.where(drifted, int(Status.DIVERGED), ends.status)
    units = torch.tensor(series.periods, dtype=torch.float64) / (2 * math.pi)
    angles = take(ends, status == Status.CONVERGED).points
    scaled = replace(ends, points=ends.points * units, status=status)
    return distinct(scaled, *wave_alphas(waves, angles), units, apart(angles, angles))
