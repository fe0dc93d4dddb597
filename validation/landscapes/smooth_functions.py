"""Smooth functions on boxes: all critical points, by series on cells.

Claim: `critical_points` of a function on a box in one to three variables, which it knows by values
and derivatives alone, finds the points that are known: tabulated ones, the 2720 of the function of
the hundred-digit challenge, and those that a homotopy counts of random polynomials.
Source: Definition 4 of the paper asks for all of them; 2720 is the count that others publish.
Tolerance: 1e-9 of 1 and the size of a point; counts as they are.
"""

import time
import warnings

import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID, INK, LEAF, PASS
from validation.ensembles import gaussian_polynomial, wavy_polynomial
from validation.report import Outcome

TITLE = "All critical points of smooth functions on boxes"
TOLERANCE = 1e-9
CATALOGUE = {"Müller-Brown": ml.analytic.MuellerBrown(), "Rastrigin": ml.analytic.Rastrigin(2)}
PUBLISHED = 2720
LOWEST = -3.306868647475237  # published, of the same function
EXACT = "donot_use_mm_for_euclid_dist"  # a product would lose half of the digits
RANDOM = {1: 40, 2: 40, 3: 10}
DEGREES = {1: (4, 6, 8, 10), 2: (4, 6, 8), 3: (4,)}


def run(seed: int) -> Outcome:
    """Compare what is found with what is known."""
    generator = torch.Generator().manual_seed(seed)
    known = [
        {"name": name, **_compared(land, land.critical_points)} for name, land in CATALOGUE.items()
    ]
    drawn = [
        {"dim": dim, "degree": degree, **_against_count(family(dim, degree, generator))}
        for dim, count in RANDOM.items()
        for row in range(count)
        for degree in DEGREES[dim][row // 2 % len(DEGREES[dim]) :][:1]
        for family in (gaussian_polynomial, wavy_polynomial)[row % 2 :][:1]
    ]
    waves, digits = _of_the_hundred_digits()
    right = sum(row["error"] <= TOLERANCE and row["complete"] for row in drawn)
    holds = (
        all(row["error"] <= TOLERANCE and row["complete"] for row in known)
        and right == len(drawn)
        and digits["count"] == PUBLISHED
        and digits["complete"]
        and abs(digits["lowest"] - LOWEST) < 1e-13
    )
    return Outcome(
        f"{PUBLISHED} points of the hundred-digit function, all points of the catalogue and of "
        f"{len(drawn)} random polynomials",
        f"{digits['count']} in {digits['seconds']:.1f} s, gradients below "
        f"{digits['residual']:.0e}; {sum(row['complete'] for row in known)} of {len(known)}; "
        f"{right} of {len(drawn)}, {sum(row['count'] for row in drawn)} points",
        holds,
        {"known": known, "random": drawn, "digits": digits, "points": waves},
    )


def trefethen(points: torch.Tensor) -> torch.Tensor:
    """Return the function of the fourth of the hundred digits."""
    x, y = points[:, 0], points[:, 1]
    waves = (50 * x).sin().exp() + (60 * y.exp()).sin() + (70 * x.sin()).sin()
    return waves + (80 * y).sin().sin() - (10 * (x + y)).sin() + (x**2 + y**2) / 4


def _of_the_hundred_digits() -> tuple[list[list[float]], dict]:
    box = torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)
    start = time.perf_counter()
    with warnings.catch_warnings():  # its walls are as wavy as it is
        warnings.simplefilter("ignore", UserWarning)
        found = ml.critical_points(ml.Function(trefethen, dim=2, box=box))
    seconds = time.perf_counter() - start
    rows = torch.cat([found.points, found.indices[:, None]], 1)
    return [[round(x, 5) for x in row] for row in rows.tolist()], {
        "count": len(found),
        "complete": bool(found.certificate and found.certificate.complete),
        "residual": float(found.residuals.max()),
        "lowest": float(found.values[0]),
        "seconds": seconds,
    }


def _against_count(polynomial: ml.Polynomial) -> dict:
    counted = ml.critical_points(polynomial)
    function = ml.Function(polynomial.value, dim=polynomial.dim, box=polynomial.box)
    return _compared(function, counted)


def _compared(land: ml.Landscape, known: ml.CriticalPoints) -> dict:
    start = time.perf_counter()
    found = ml.critical_points(land)
    seconds = time.perf_counter() - start
    error = float("inf")
    if len(found) == len(known):
        gaps = torch.cdist(found.points, known.points, compute_mode=EXACT)
        size = 1 + float(known.points.abs().max())
        error = float(torch.maximum(gaps.amin(0), gaps.amin(1)).max()) / size
    certificate = found.certificate
    return {
        "count": len(found),
        "error": error,
        "seconds": seconds,
        "complete": bool(certificate and certificate.complete),
        "cells": certificate.cells if certificate else 0,
    }


def draw(data: dict) -> Figure:
    """Draw the points of the hundred-digit function, a part of them on its contours."""
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    whole, part = figure.subplots(1, 2)
    kinds = (("minima", "o", INK), ("saddles", "X", PASS), ("maxima", "^", LEAF))
    for axes, size in ((whole, 2), (part, 6)):
        for index, (name, marker, colour) in enumerate(kinds):
            rows = [row for row in data["points"] if row[2] == index]
            axes.plot(
                [row[0] for row in rows], [row[1] for row in rows], marker, color=colour,
                markersize=size, label=f"{len(rows)} {name}",
            )  # fmt: skip
        axes.set(aspect="equal", xlabel="x", ylabel="y")
    line = torch.linspace(0.0, 0.2, 200, dtype=torch.float64)
    grid = torch.cartesian_prod(line, line)
    part.contour(line, line, trefethen(grid).reshape(200, 200).T, 24, colors=AID,
                 linewidths=0.6)  # fmt: skip
    whole.set(xlim=(-1, 1), ylim=(-1, 1), title=f"All {len(data['points'])} critical points")
    part.set(xlim=(0.0, 0.2), ylim=(0.0, 0.2), title="A hundredth of the square")
    figure.legend(*whole.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
