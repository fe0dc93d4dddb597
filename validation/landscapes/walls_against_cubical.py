"""Barcodes of functions on boxes that cut through their wells, against gudhi's CubicalComplex.

Claim: on a box, walls, edges and corners included, the Morse complex has the bars of the sublevel
sets in every degree, and the graph those of degree 0.
Source: stratified Morse theory (Goresky, MacPherson, 1988, part I, chapter 3); stability.
Tolerance: every bar longer than the error of the grid, `dim/2 lambda h^2`, is matched within it on
every box; over finer grids the error falls with an order of at least 1.8; values of points that are
certified by count are critical to 1e-9.
"""

import warnings

import gudhi
import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullFormatter

import morseloss as ml
from morseloss.plot.style import AID, INK, PASS
from validation.report import Outcome
from validation.style import zeros

TITLE = "Functions on boxes against gudhi's CubicalComplex"
CASES = {1: 110, 2: 76, 3: 14}  # boxes of each dimension
GRIDS = {1: (101, 401, 1601, 6401), 2: (51, 101, 201, 401), 3: (17, 33, 65)}
STARTS = {1: 64, 2: 150, 3: 200}
WIDEST = {1: 2.2, 2: 2.2, 3: 1.4}  # half widths
LEAST = 1e-12  # error that no grid falls below


class Waves(ml.Landscape):
    """A sum of six plane waves."""

    def __init__(self, dim: int, rng: np.random.Generator) -> None:
        self.dim = dim
        self.ways = torch.tensor(rng.uniform(-2.2, 2.2, (6, dim)))
        self.heights = torch.tensor(rng.normal(size=6))
        self.phases = torch.tensor(rng.uniform(0, 2 * np.pi, 6))

    def value(self, points: torch.Tensor) -> torch.Tensor:
        """Return the values at the points, one a row."""
        return torch.cos(points @ self.ways.T + self.phases) @ self.heights

    def gradient(self, points: torch.Tensor) -> torch.Tensor:
        """Return the gradients at the points."""
        return -(torch.sin(points @ self.ways.T + self.phases) * self.heights) @ self.ways

    def hessian(self, points: torch.Tensor) -> torch.Tensor:
        """Return the Hessians at the points."""
        waves = torch.cos(points @ self.ways.T + self.phases) * self.heights
        return -torch.einsum("nw,wi,wj->nij", waves, self.ways, self.ways)

    def hvp(self, points: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
        """Return the product of the Hessian at each point with the vector of the same row."""
        return (self.hessian(points) @ vectors[..., None])[..., 0]


def run(seed: int) -> Outcome:
    """Compare all boxes; the order is that of the worst errors of each dimension."""
    rows = []
    for dim, count in CASES.items():
        for case in range(count):
            rows.append({"dim": dim, **_compared(dim, np.random.default_rng([seed, dim, case]))})
    return _judged(rows)


def judged(data: dict) -> Outcome:
    """Return what the numbers of a report say."""
    return _judged(data["rows"])


def _judged(rows: list[dict]) -> Outcome:
    right = [max(row["ratios"], default=0.0) < 1 and not row["problem"] for row in rows]
    orders = {str(dim): _order(rows, dim) for dim in CASES if any(r["dim"] == dim for r in rows)}
    residual = max((row["residual"] for row in rows if row["complete"]), default=0.0)
    counted = sum(row["complete"] for row in rows)
    return Outcome(
        "all bars of all boxes; order 2; certified points critical to 1e-9",
        f"{sum(right)} of {len(rows)} boxes, orders "
        + ", ".join(f"{order:.2f} (d = {dim})" for dim, order in orders.items())
        + f"; {counted} boxes certified by count, gradients below {residual:.0e}",
        all(right) and min(orders.values()) >= 1.8 and residual < 1e-9,
        {"rows": rows},
    )


def _order(rows: list[dict], dim: int) -> float:
    """The slope of the median error over the steps, in units of the width of each box."""
    errors = [row["errors"] for row in rows if row["dim"] == dim and row["errors"]]
    if not errors:
        return 0.0
    steps = 1.0 / (np.array(GRIDS[dim]) - 1)
    middle = np.median(np.maximum(errors, LEAST), axis=0)
    return float(np.polyfit(np.log(steps), np.log(middle), 1)[0])


def _compared(dim: int, rng: np.random.Generator) -> dict:
    """One box: the errors over the grids, and those on the finest in units of the grid's own."""
    landscape = _drawn(dim, rng)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    starts = None
    if isinstance(landscape.base, Waves):
        starts = ml.sample_box(landscape, STARTS[dim], generator=generator)
    row = {"landscape": type(landscape.base).__name__, "ratios": [], "errors": [], "problem": ""}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        points = ml.critical_points(landscape, starts)
        row["complete"] = points.certificate.complete
        row["points"] = len(points)
        row["on_walls"] = int(points.eigenvalues.isinf().any(-1).sum())
        row["residual"] = float(points.residuals.max())
        try:
            diagram = ml.morse_complex(landscape, points).diagram()
            graph = ml.barcode(ml.build_graph(landscape, points, points, rounds=0))
        except (ValueError, ml.SearchError) as problem:
            row["problem"] = str(problem)[:300]
            return row
    found = [(k, _numbers(diagram.of_degree(k))) for k in range(dim)] + [(0, _numbers(graph))]
    for size in GRIDS[dim]:
        bars, error = _grid_bars(landscape, size)
        distances = [ml.bottleneck_distance(ours, bars[k], metric="chebyshev") for k, ours in found]
        row["errors"].append(max(distances))
        row["ratios"] = [distance / error for distance in distances]
    return row


def _drawn(dim: int, rng: np.random.Generator) -> ml.OnBox:
    """A polynomial, coercive or not, or waves, on a box that knows nothing of its wells."""
    centre, half = rng.uniform(-0.5, 0.5, dim), rng.uniform(0.5, WIDEST[dim], dim)
    base = _polynomial(dim, rng) if rng.random() < 0.6 else Waves(dim, rng)
    return ml.OnBox(base, torch.tensor(np.stack([centre - half, centre + half])))


def _polynomial(dim: int, rng: np.random.Generator) -> ml.Polynomial:
    terms = {
        powers: float(rng.normal()) / dim
        for powers in np.ndindex(*[4] * dim)
        if 0 < sum(powers) < 4
    }
    kind = rng.integers(3)  # coercive, falling far out, a cubic
    for unit in np.eye(dim, dtype=int):
        terms[tuple(2 * unit)] = float(rng.normal()) - 2.0
        if kind < 2:
            terms[tuple(4 * unit)] = 1.0
        if kind == 1:
            terms[tuple(6 * unit)] = -0.05
    return ml.Polynomial(terms)


def _numbers(bars: ml.Diagram) -> np.ndarray:
    return np.stack([bars.births, bars.deaths], 1)


def _grid_bars(landscape: ml.OnBox, size: int) -> tuple[list[np.ndarray], float]:
    """Bars of the values on a grid that ends in the walls, and how far they may be off."""
    low, high = landscape.box
    axes = [torch.linspace(a, b, size, dtype=torch.float64) for a, b in landscape.box.T.tolist()]
    grid = torch.cartesian_prod(*axes).reshape(-1, landscape.dim)
    values = landscape.value(grid).reshape([size] * landscape.dim).numpy()
    cubes = gudhi.CubicalComplex(vertices=values)
    cubes.compute_persistence(min_persistence=0.0)
    bars = [
        cubes.persistence_intervals_in_dimension(k).reshape(-1, 2) for k in range(landscape.dim)
    ]
    some = landscape.hessian(grid[:: 1 + len(grid) // 5000])
    curvature = float(torch.linalg.matrix_norm(some, ord=2).max())
    step = float((high - low).max()) / (size - 1)
    return bars, landscape.dim / 2 * curvature * step**2


def draw(data: dict) -> Figure:
    """Draw the error of every box against the step of the grid, with the slope two."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    dims = sorted({row["dim"] for row in data["rows"]})
    for axes, dim in zip(np.atleast_1d(figure.subplots(1, len(dims))), dims, strict=True):
        rows = [row for row in data["rows"] if row["dim"] == dim and row["errors"]]
        sizes = GRIDS[dim][: len(rows[0]["errors"])]
        steps = 1.0 / (np.array(sizes) - 1)
        for row in rows:
            colour = INK if row["landscape"] == "Polynomial" else PASS
            errors = np.maximum(row["errors"], LEAST)
            axes.plot(steps, errors, color=colour, alpha=0.35, linewidth=0.9)
        axes.plot(steps, 20 * steps**2, "--", color=AID, label="slope 2")
        axes.set(xscale="log", yscale="log", xlabel="step, in widths of the box")
        if any(min(row["errors"]) <= LEAST for row in rows):
            zeros(axes, LEAST, "below\n$10^{-12}$")
        axes.xaxis.set_minor_formatter(NullFormatter())
        walls = sum(row["on_walls"] for row in rows)
        points = sum(row["points"] for row in rows)
        axes.set_title(f"d = {dim}: {walls} of {points} points on walls", fontsize=9)
    figure.axes[0].set_ylabel("bottleneck distance")
    figure.suptitle("Barcodes on boxes against a grid, its step halved and halved again")
    called = {"polynomials": INK, "waves": PASS}
    handles = [Line2D([], [], color=colour, label=name) for name, colour in called.items()]
    handles.append(figure.axes[0].lines[-1])
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure
