"""Random landscapes on circles, tori and cylinders against gudhi's PeriodicCubicalComplex.

Claim: bars of every degree agree with those of the values on a periodic grid, up to its error; each
complex is complete, has the alternating count 0 and the bars without end of its space; critical
values of trigonometric polynomials, which are counted, are those of Newton searches.
Source: App. A on a manifold; Kouchnirenko's count for the gradient of a Laurent polynomial.
Tolerance: `dim/2 lambda h^2` for the grid; 1e-9 of the largest value for critical values.
"""

import itertools
import math
import time

import gudhi
import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID, GROUPS
from validation.report import Outcome
from validation.style import zeros

TITLE = "Circles, tori and cylinders against gudhi's PeriodicCubicalComplex"
NONE = 1e-17  # where an error that is exactly zero is drawn
CASES = (  # periodic axes, free axes, highest frequency, how many
    (1, 0, 4, 60),
    (2, 0, 2, 60),
    (2, 0, 3, 30),
    (1, 1, 2, 40),
    (3, 0, 1, 2),
    (3, 0, 2, 2),
    (2, 1, 1, 3),
    (1, 2, 1, 3),
)
GRIDS = {1: 2001, 2: 160, 3: 48}
STARTS = {1: 300, 2: 1500, 3: 4000}
REACH = 2.6  # half of the box along free axes, beyond which the quartic has taken over
TOLERANCE = 1e-9


def run(seed: int) -> Outcome:
    """Compare the package with the referees on all landscapes."""
    generator = torch.Generator().manual_seed(seed)
    rows = [tried(*case, generator) for *case, count in CASES for _ in range(count)]
    good = sum(row["good"] for row in rows)
    done = [row for row in rows if "bars" in row]
    counted = [row for row in done if row["counted"]]
    return Outcome(
        "every bar above the grid's error matched in every degree; all complexes complete, their "
        f"alternating count 0; counted critical values to {TOLERANCE:g}",
        f"{good} of {len(rows)} landscapes, {sum(row['bars'] for row in done)} bars, of which "
        f"{sum(row['told_by_grid'] for row in done)} longer than the error of the grid, all within "
        f"it on {sum(row['within_grid'] for row in done)}; {len(counted)} counted, complete "
        f"{sum(row['complete'] for row in counted)}, critical values off by at most "
        f"{max(row['error'] for row in counted):.1e}; refused {len(rows) - len(done)}",
        good == len(rows),
        {"rows": rows},
    )


def tried(circles: int, free: int, order: int, generator: torch.Generator) -> dict:
    """Compute one complex and compare; what goes wrong is a row too."""
    row: dict = {"circles": circles, "free": free, "order": order}
    landscape = drawn(circles, free, order, generator)
    start = time.perf_counter()
    try:
        starts = ml.sample_box(landscape, 256, generator=generator) if free else None
        points = ml.critical_points(landscape, starts)
        complex = ml.morse_complex(landscape, points)
    except (ValueError, ml.SearchError) as problem:
        return row | {"good": False, "refused": str(problem)}
    bars, certificate = complex.diagram(), points.certificate
    dim = circles + free
    endless = bars.degrees[~bars.finite]
    row |= {
        "seconds": time.perf_counter() - start,
        "points": np.bincount(complex.indices, minlength=dim + 1).tolist(),
        "bars": len(bars),
        "counted": not free,
        "complete": certificate.complete if not free else certificate.consistent,
        "euler": certificate.euler,
        "endless": np.bincount(endless, minlength=dim + 1).tolist(),
        "error": value_error(landscape, complex, generator) if not free else 0.0,
        **compared_with_grid(landscape, bars),
    }
    betti = [math.comb(circles, k) for k in range(dim + 1)]
    right = row["complete"] and row["euler"] == 0 and row["endless"] == betti
    row["good"] = bool(right and row["error"] <= TOLERANCE and row["within_grid"])
    return row


class LeaningWells(ml.Landscape):
    """Waves in the angles x, and quartic wells along free axes y that lean on the angles.

    `W(x) + sum_j y_j^4 - a_j y_j^2 + b_j y_j + y_j sin(q . x + c_j) / 2`, q one turn a period.
    """

    def __init__(self, waves: ml.TrigonometricPolynomial, wells: torch.Tensor) -> None:
        self.waves, self.wells = waves, wells
        self.circles, self.dim = waves.dim, waves.dim + wells.shape[1]
        self.turn = 2 * math.pi / torch.tensor(waves.periods, dtype=torch.float64)
        sides = [*waves.box.T.tolist(), *[[-REACH, REACH]] * wells.shape[1]]
        self.box = torch.tensor(sides, dtype=torch.float64).T

    def value(self, points: torch.Tensor) -> torch.Tensor:
        """Return the values."""
        return self.jet(points)[0]

    def gradient(self, points: torch.Tensor) -> torch.Tensor:
        """Return the gradients."""
        return self.jet(points)[1]

    def hessian(self, points: torch.Tensor) -> torch.Tensor:
        """Return the Hessians."""
        return self.jet(points)[2]

    def hvp(self, points: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        """Return the Hessians times vectors."""
        return (self.jet(points)[2] @ vectors[..., None])[..., 0]

    def jet(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return value, gradient and Hessian."""
        x, y = points[:, : self.circles], points[:, self.circles :]
        a, b, c = self.wells
        phase = (x @ self.turn)[:, None] + c
        sine, cosine = phase.sin() / 2, phase.cos() / 2
        value, slope, curvature = self.waves.jet(x)
        value = value + (y**4 - a * y**2 + (b + sine) * y).sum(1)
        along = slope + (y * cosine).sum(1, keepdim=True) * self.turn
        across = 4 * y**3 - 2 * a * y + b + sine
        hessian = points.new_zeros(len(points), self.dim, self.dim)
        n, turns = self.circles, self.turn[:, None] * self.turn
        hessian[:, :n, :n] = curvature - (y * sine).sum(1)[:, None, None] * turns
        hessian[:, n:, n:] = torch.diag_embed(12 * y**2 - 2 * a)
        hessian[:, :n, n:] = self.turn[:, None] * cosine[:, None]
        hessian[:, n:, :n] = hessian[:, :n, n:].mT.clone()
        return value, torch.cat([along, across], 1), hessian


def drawn(circles: int, free: int, order: int, generator: torch.Generator) -> ml.Landscape:
    """Draw random waves, and along free axes quartic wells that lean on them."""
    waves = random_waves(circles, order, generator, alike=circles + free > 2)
    if not free:
        return waves
    wells = torch.rand(3, free, generator=generator, dtype=torch.float64)
    wells[0] += 1
    return ml.Periodic(LeaningWells(waves, wells), [*waves.periods, *[math.inf] * free])


def random_waves(
    dim: int, order: int, generator: torch.Generator, *, alike: bool
) -> ml.TrigonometricPolynomial:
    """Draw all waves up to an order, lower ones higher, with periods alike or from 1 to 6.

    In space they are alike: very stiff discs part, as they do on R^3.
    """
    frequencies = [
        k
        for k in itertools.product(range(-order, order + 1), repeat=dim)
        if k > (0,) * dim and sum(map(abs, k)) <= order
    ]
    numbers = torch.randn(len(frequencies), 2, generator=generator, dtype=torch.float64).tolist()
    terms = {
        k: (a / np.linalg.norm(k) ** 1.5, b / np.linalg.norm(k) ** 1.5)
        for k, (a, b) in zip(frequencies, numbers, strict=True)
    }
    if alike:
        return ml.TrigonometricPolynomial(terms)
    periods = 1 + 5 * torch.rand(dim, generator=generator, dtype=torch.float64)
    return ml.TrigonometricPolynomial(terms, periods)


def value_error(
    landscape: ml.TrigonometricPolynomial, complex: ml.MorseComplex, generator: torch.Generator
) -> float:
    """Largest relative difference to the critical values of Newton searches from many starts."""
    points = ml.sample_box(landscape, STARTS[landscape.dim], generator=generator)
    periods = torch.tensor(landscape.periods, dtype=torch.float64)
    for _ in range(80):
        _, gradients, hessians = landscape.jet(points)
        moves = torch.linalg.solve_ex(hessians, gradients).result
        reach = 0.05 * periods.min()
        points = points - moves * (reach / moves.norm(dim=-1, keepdim=True)).clamp_max(1)
    arrived = landscape.gradient(points).norm(dim=-1) < 1e-10
    angles = 2 * math.pi * points[arrived] / periods
    around = torch.cat([angles.cos(), angles.sin()], 1).round(decimals=6) + 0.0
    first = np.unique(around.numpy(), axis=0, return_index=True)[1]
    values = np.sort(landscape.value(points[arrived][torch.from_numpy(first)]).numpy())
    # one point may be rounded both ways
    values = values[np.diff(values, prepend=-np.inf) > 1e-10]
    if len(values) != len(complex):
        return float("inf")
    return float(np.abs(np.sort(complex.values) - values).max() / np.abs(values).max())


def compared_with_grid(landscape: ml.Landscape, bars: ml.Diagram) -> dict:
    """Distance to gudhi's bars in every degree, and how many bars are longer than the error."""
    size, box = GRIDS[landscape.dim], landscape.box.numpy()
    around = [math.isfinite(period) for period in landscape.periods]
    axes = [
        np.linspace(low, high, size, endpoint=not periodic)
        for (low, high), periodic in zip(box.T, around, strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, landscape.dim)
    values = landscape.value(torch.from_numpy(grid)).numpy()
    cubes = gudhi.PeriodicCubicalComplex(
        vertices=values.reshape((size,) * landscape.dim), periodic_dimensions=around
    )
    cubes.compute_persistence(homology_coeff_field=2, min_persistence=0)
    theirs = [cubes.persistence_intervals_in_dimension(k) for k in range(landscape.dim + 1)]
    distances = [
        ml.bottleneck_distance(ml.interop.to_array(bars, k), theirs[k], metric="chebyshev")
        for k in range(landscape.dim + 1)
    ]
    highest = max(bars.births.max(), bars.deaths[bars.finite].max(initial=-np.inf))
    low = torch.from_numpy(grid[values <= highest])
    some = low[:: max(1, len(low) // 2000)]
    curvature = float(torch.linalg.eigvalsh(landscape.hessian(some)).abs().max())
    step = max(float(axis[1] - axis[0]) for axis in axes)
    allowed = landscape.dim / 2 * curvature * step**2
    return {
        "step": step,
        "grid_error": allowed,
        "distances": distances,
        "within_grid": max(distances) <= allowed,
        "told_by_grid": int((bars.lifetimes > 2 * allowed).sum()),
    }


def draw(data: dict) -> Figure:
    """Draw the distance to the grid against its error, and how many critical points there were."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    names = {(1, 0): "circle", (2, 0): "torus", (3, 0): "3-torus", (1, 1): "cylinder"}
    names |= {(2, 1): "torus x line", (1, 2): "circle x plane"}
    for (kind, name), (colour, marker) in zip(names.items(), GROUPS, strict=True):
        rows = [r for r in data["rows"] if (r["circles"], r["free"]) == kind and "bars" in r]
        if not rows:
            continue
        worst = [max(*r["distances"], 1e-16) for r in rows]
        left.plot([r["grid_error"] for r in rows], worst, marker, color=colour)
        left.lines[-1].set(alpha=0.6, markersize=4, label=name)
        errors = [(sum(r["points"]), max(r["error"], NONE)) for r in rows if r["counted"]]
        if errors:
            right.plot(*zip(*errors, strict=True), marker, color=colour, markersize=4)
    ends = np.array([1e-6, 10.0])
    left.plot(ends, ends, "--", color=AID, label="error of the grid")
    left.set(xscale="log", yscale="log", xlabel="error of the grid, dim/2 λ h²")
    left.set_ylabel("bottleneck distance, all degrees")
    left.set_title("Against gudhi's PeriodicCubicalComplex")
    right.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    right.set(yscale="log", xlabel="critical points")
    right.set_ylabel("relative error of critical values")
    zeros(right, NONE, "none")
    right.legend()
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=7)
    right.set_title("Counted ones against Newton searches")
    return figure
