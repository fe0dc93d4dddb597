"""The barcode does not change under a change of coordinates.

Claim: for a diffeomorphism phi, `Pullback(L, phi)` has the barcode of L, although minima,
curvatures, basins and distances all change.
Source: section 3.1 of the paper, "reparameterization invariant".
Tolerance: 1e-9 of the largest value.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID
from validation.landscapes.random_polynomials import bar_error
from validation.report import Outcome
from validation.style import below, zeros

TITLE = "Invariance under a change of coordinates"
NONE = 1e-17  # where an error that is exactly zero is drawn
TOLERANCE = 1e-9
LANDSCAPES = (
    ml.analytic.DoubleWell(2),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.MuellerBrown(),
)


def _turned(points: torch.Tensor) -> torch.Tensor:
    x, y = points.unbind(-1)
    return torch.stack([0.8 * x - 0.6 * y, 0.6 * x + 0.8 * y], dim=-1)


def _stretched(points: torch.Tensor) -> torch.Tensor:
    return points * torch.tensor([5.0, 0.3], dtype=points.dtype)


def _bent(points: torch.Tensor) -> torch.Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x, y + 0.3 * x**2], dim=-1)


def _swirled(points: torch.Tensor) -> torch.Tensor:
    x, y = points.unbind(-1)
    angle = 0.2 * (x**2 + y**2)
    return torch.stack(
        [x * angle.cos() - y * angle.sin(), x * angle.sin() + y * angle.cos()], dim=-1
    )


def _curled(points: torch.Tensor) -> torch.Tensor:
    x, y = points.unbind(-1)
    return torch.stack([x + 0.4 * torch.sin(x), y + 0.2 * torch.sin(2 * x)], dim=-1)


MAPS = {
    "rotation": _turned,
    "stretching": _stretched,
    "bending": _bent,
    "swirl": _swirled,
    "curl": _curled,
}


def run(seed: int) -> Outcome:
    """Compare the barcode in new coordinates with that in old ones."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for landscape in LANDSCAPES:
        exact = _bars(ml.build_graph(landscape, landscape.critical_points.of_index(0)))
        for name, forward in MAPS.items():
            box = _box_around(landscape, forward)
            moved = ml.Pullback(landscape, forward, box=box)
            starts = ml.sample_box(moved, 512, generator=generator)
            graph = ml.build_graph(moved, ml.find_minima(moved, starts))
            rows.append(
                {
                    "landscape": repr(landscape),
                    "map": name,
                    "error": bar_error(_bars(graph), exact),
                }
            )
    worst = max(row["error"] for row in rows)
    right = sum(row["error"] <= TOLERANCE for row in rows)
    return Outcome(
        f"same bars to {TOLERANCE:g}",
        f"{right} of {len(rows)} pairs of landscape and map, worst {worst:.1e}",
        right == len(rows),
        {"rows": rows},
    )


def _box_around(landscape: ml.Landscape, forward) -> torch.Tensor:
    """A box whose image holds the critical points: theirs, pulled back by Newton's method."""
    wanted = landscape.critical_points.points
    points = wanted.clone()
    for _ in range(200):
        jacobian = torch.func.vmap(torch.func.jacrev(lambda y: forward(y[None])[0]))(points)
        move = torch.linalg.solve(jacobian, forward(points) - wanted)
        points = points - move * (0.2 / move.norm(dim=-1, keepdim=True)).clamp_max(1)
    low, high = points.amin(0), points.amax(0)
    margin = 0.2 * (high - low) + 0.05
    return torch.stack([low - margin, high + margin])


def _bars(graph: ml.LandscapeGraph) -> np.ndarray:
    bars = ml.barcode(graph)
    return np.stack([bars.births, bars.deaths], axis=1)


def draw(data: dict) -> Figure:
    """Draw the error of every pair of landscape and map."""
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    names = list(MAPS)
    known = sorted({row["landscape"] for row in data["rows"]})
    for place, (landscape, marker) in enumerate(zip(known, "os^D", strict=False)):
        rows = [row for row in data["rows"] if row["landscape"] == landscape]
        aside = 0.14 * (place - (len(known) - 1) / 2)  # or they would hide each other
        places = [names.index(row["map"]) + aside for row in rows]
        axes.plot(places, [max(r["error"], NONE) for r in rows], marker)
        axes.lines[-1].set_label(landscape.removesuffix("()"))
    axes.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    axes.set_xticks(range(len(names)), names)
    axes.set(yscale="log", ylabel="largest relative error of a bar")
    axes.set_title("The barcode in other coordinates")
    zeros(axes, NONE, "none")
    below(axes, columns=5, depth=0.12)
    return figure
