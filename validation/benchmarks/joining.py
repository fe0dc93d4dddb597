"""What `build_graph` costs as minima grow in number: per pass, not per pair.

Claim: on Rastrigin's function in the plane, of 25 to 2,401 minima, every pass is found and every
bar is exact at no more than 100 gradients and Hessian-vector products a pass from 289 minima on,
and the cost grows no faster than the power 1.2 of the minima. In more variables, where nothing is
triangulated, sums of double wells along turned axes, as they are and stretched tenfold.
Beside it: the same with a string between every two minima, as far as that can be paid.
Referees: closed forms. Tolerance: 1e-12 of the largest value.
"""

import itertools
import time
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

import morseloss as ml
from morseloss.plot.style import AID, INK, LEAF, PASS, PLUM
from validation.report import Outcome
from validation.style import below

__all__ = ["TITLE", "draw", "run"]

TITLE = "The price of a graph: per pass, not per pair"
WELLS = (2, 5, 8, 12, 17, 24)
AFFORDABLE = 121  # minima between all of which strings are settled
TURNED = ((4, 1.0), (4, 10.0), (6, 1.0), (6, 10.0), (8, 1.0), (8, 10.0))
MOST, POWER, TOLERANCE = 100, 1.2, 1e-12
LARGE = 289  # minima from which the fixed cost of looking at the walls is small


def run(seed: int) -> Outcome:
    """Build the graphs, counting."""
    plane = [_rastrigin(wells) for wells in WELLS]
    generator = torch.Generator().manual_seed(seed)
    turned = [_turned(dim, stretch, generator) for dim, stretch in TURNED]
    dear = [_rastrigin(wells, every_pair) for wells in WELLS if (2 * wells + 1) ** 2 <= AFFORDABLE]
    rows = plane + turned
    worst = max(row["error"] for row in rows)
    whole = all(row["passes"] == row["expected"] for row in rows)
    price = max(row["cost"] / row["passes"] for row in plane if row["minima"] >= LARGE)
    first, last = plane[0], plane[-1]
    power = float(np.log(last["cost"] / first["cost"]) / np.log(last["minima"] / first["minima"]))
    return Outcome(
        f"all passes, bars to {TOLERANCE:g}; at most {MOST} evaluations a pass from {LARGE} minima "
        f"on, growing as the minima to the power {POWER:g} at most",
        f"{sum(row['passes'] for row in rows)} passes of {sum(row['expected'] for row in rows)}, "
        f"worst error {worst:.1e}; {price:.1f} a pass, power {power:.2f}; with all pairs "
        f"{dear[-1]['cost'] / dear[-1]['passes']:.0f} a pass at {dear[-1]['minima']} minima",
        whole and worst <= TOLERANCE and price <= MOST and power <= POWER,
        {"plane": plane, "turned": turned, "all_pairs": dear},
    )


def every_pair(points: Tensor) -> Tensor:
    """Return all pairs of rows."""
    return torch.combinations(torch.arange(len(points)))


def _rastrigin(wells: int, pairs: Any = None) -> dict[str, Any]:
    land = ml.analytic.Rastrigin(dim=2, wells=wells)
    row = _built(land, land.critical_points.of_index(0), _sum_of_axes(wells), pairs)
    return row | {"wells": wells, "expected": 2 * (2 * wells + 1) * 2 * wells}


def _sum_of_axes(wells: int) -> np.ndarray:
    """Deaths in the plane: a well is left along the axis whose inner pass is lower above it."""
    axis = ml.analytic.Rastrigin(dim=1, wells=wells).critical_points
    order = axis.points.flatten().argsort()
    values = axis.values[order].numpy()  # minima at even places, passes at odd ones
    low, tops = values[::2], values[1::2]
    climbs = np.full(len(low), np.inf)
    climbs[:wells], climbs[wells + 1 :] = (
        tops[:wells] - low[:wells],
        tops[wells:] - low[wells + 1 :],
    )
    deaths = low[:, None] + low + np.minimum(climbs[:, None], climbs)
    return np.sort(deaths.ravel())


class TurnedWells(ml.Landscape):
    """Tilted double wells `(y_i^2 - 1)^2 + t_i y_i` along turned axes, stretched up to so much."""

    def __init__(self, dim: int, stretch: float, generator: torch.Generator) -> None:
        self.dim = dim
        self.tilt = 0.05 + 0.3 * torch.rand(dim, generator=generator, dtype=torch.float64)
        normal = torch.randn(dim, dim, generator=generator, dtype=torch.float64)
        scales = stretch ** torch.linspace(0, 1, dim, dtype=torch.float64)
        self.frame = scales[:, None] * torch.linalg.qr(normal).Q
        self.inverse = torch.linalg.inv(self.frame)

    def value(self, points: Tensor) -> Tensor:
        """Return the values at the points, one a row."""
        y = points @ self.inverse
        return ((y**2 - 1) ** 2 + self.tilt * y).sum(-1)

    def roots(self) -> np.ndarray:
        """Return the critical points along each axis, ascending, shape (dim, 3)."""
        return np.sort([np.roots([4, 0, -4, t]).real for t in self.tilt.tolist()], axis=1)


def _turned(dim: int, stretch: float, generator: torch.Generator) -> dict[str, Any]:
    land = TurnedWells(dim, stretch, generator)
    roots = land.roots()
    values = (roots**2 - 1) ** 2 + land.tilt.numpy()[:, None] * roots
    corners = np.array(list(itertools.product(*roots[:, ::2])))
    minima = ml.classify(land, torch.from_numpy(corners) @ land.frame)
    higher = np.array(list(itertools.product((False, True), repeat=dim)))
    low, high, top = values[:, 0], values[:, 2], values[:, 1]
    births = np.where(higher, high, low).sum(axis=1)
    deaths = births + np.where(higher, top - high, np.inf).min(axis=1)
    row = _built(land, minima, np.sort(deaths), None)
    return row | {"dim": dim, "stretch": stretch, "expected": dim * 2 ** (dim - 1)}


def _built(
    land: ml.Landscape, minima: ml.CriticalPoints, deaths: np.ndarray, pairs: Any
) -> dict[str, Any]:
    counted = ml.Counted(land)
    start = time.perf_counter()
    graph = ml.build_graph(counted, minima, pairs=pairs)
    seconds = time.perf_counter() - start
    found, finite = np.sort(ml.barcode(graph).deaths), deaths[np.isfinite(deaths)]
    same = len(found) == len(deaths) and np.isinf(found[-1])
    size = np.abs(finite).max()
    return {
        "minima": len(minima),
        "passes": int(np.count_nonzero(np.asarray(graph.exact))),
        "cost": counted.gradients + counted.products,
        "values": counted.values,
        "error": float(np.abs(found[:-1] - finite).max() / size) if same else float("inf"),
        "seconds": seconds,
    }


def draw(data: dict) -> Figure:
    """Draw the cost against the minima, and the cost of a pass."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for key, style, colour, label in (
        ("all_pairs", "s--", PASS, "a string between every two"),
        ("plane", "o-", INK, "neighbours (default)"),
    ):
        minima, costs = zip(*((r["minima"], r["cost"]) for r in data[key]), strict=True)
        left.plot(minima, costs, style, color=colour, label=label)
    rows = data["plane"]
    minima = np.array([rows[0]["minima"], rows[-1]["minima"]])
    guide = rows[-1]["cost"] * (minima / minima[-1])
    left.plot(minima, guide, ":", color=AID, label="proportional to the minima")
    left.set(xscale="log", yscale="log", xlabel="minima, Rastrigin's function in the plane")
    left.set_ylabel("gradients and Hessian-vector products")
    below(left, columns=1)
    right.plot([r["minima"] for r in rows], [r["cost"] / r["passes"] for r in rows], "o-")
    right.lines[-1].set_label("Rastrigin, 2 variables")
    for stretch, marker, colour in ((1.0, "^", LEAF), (10.0, "v", PLUM)):
        some = [r for r in data["turned"] if r["stretch"] == stretch]
        label = f"turned double wells, stretched {stretch:g}"
        prices = [r["cost"] / r["passes"] for r in some]
        right.plot([r["minima"] for r in some], prices, marker, color=colour, label=label)
    right.axhline(MOST, color=AID, linestyle="--", linewidth=1, label=f"{MOST:g}")
    right.set(xscale="log", ylim=(0, None), xlabel="minima", ylabel="evaluations a pass")
    below(right, columns=2, depth=0.2)
    figure.suptitle("Every pass found, every bar exact: what it cost")
    return figure
