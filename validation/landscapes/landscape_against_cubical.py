"""The barcode of a landscape against gudhi's CubicalComplex on finer and finer grids.

Claim: the bottleneck distance between the package's barcode and the one of the values on a grid
falls with the square of the step, for every landscape of the catalogue.
Source: stability of persistence; near a critical point a smooth landscape is quadratic.
Tolerance: fitted order at least 1.8, and the error below `lambda_max h^2` on the finest grid.
"""

import itertools

import gudhi
import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID
from validation.report import Outcome
from validation.style import beside

TITLE = "Landscape against gudhi's CubicalComplex"
FEW = 4  # steps of which an order says little
GRIDS = {1: (65, 257, 1025, 4097, 16385), 2: (33, 65, 129, 257, 513), 3: (17, 33, 65)}
OFFSETS = 4
LANDSCAPES = (
    ml.analytic.EasyAndHard(),
    ml.analytic.DoubleWell(2),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.MuellerBrown(),
    ml.analytic.Rastrigin(dim=2, wells=1),
    ml.analytic.DoubleWell(3),
)


def run(seed: int) -> Outcome:
    """Measure the error on every grid, at several offsets of the grid; the worst one counts."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for landscape in LANDSCAPES:
        starts = ml.sample_box(landscape, 512, generator=generator)
        graph = ml.build_graph(landscape, ml.find_minima(landscape, starts))
        points = torch.from_numpy(np.concatenate([graph.points, graph.peaks]))
        curvature = float(torch.linalg.eigvalsh(landscape.hessian(points)).abs().max())
        exact = ml.barcode(graph)
        steps, errors = [], []
        for size in GRIDS[landscape.dim]:
            offsets = torch.rand(OFFSETS, landscape.dim, generator=generator, dtype=torch.float64)
            found = [_grid_error(landscape, exact, size, offset) for offset in offsets]
            steps.append(found[0][0])
            errors.append(max(error for _, error in found))
        order = float(np.polyfit(np.log(steps), np.log(errors), 1)[0])
        rows.append(
            {
                "landscape": repr(landscape),
                "bars": len(exact),
                "curvature": curvature,
                "steps": steps,
                "errors": errors,
                "order": order,
            }
        )
    good = [
        r["order"] >= 1.8 and r["errors"][-1] <= r["curvature"] * r["steps"][-1] ** 2 for r in rows
    ]
    orders = [row["order"] for row in rows]
    return Outcome(
        "error falls as h^2 on all landscapes",
        f"orders {min(orders):.2f} to {max(orders):.2f} on {len(rows)} landscapes",
        all(good),
        {"rows": rows},
    )


def _grid_error(
    landscape: ml.Landscape, exact: ml.Diagram, size: int, offset: torch.Tensor
) -> tuple[float, float]:
    """Step of the grid (the largest) and bottleneck distance of its barcode to the exact one."""
    low, high = landscape.box
    steps = (high - low) / (size - 1)
    axes = [
        low[i] + steps[i] * (torch.arange(size, dtype=torch.float64) + offset[i] - 0.5)
        for i in range(landscape.dim)
    ]
    grid = torch.cartesian_prod(*axes).reshape(-1, landscape.dim)
    values = landscape.value(grid).reshape((size,) * landscape.dim).numpy()
    cubes = gudhi.CubicalComplex(vertices=values)
    cubes.compute_persistence(min_persistence=0)
    bars = cubes.persistence_intervals_in_dimension(0)
    distance = ml.bottleneck_distance(exact, bars, metric="chebyshev")
    return float(steps.max()), distance


def draw(data: dict) -> Figure:
    """Draw the error against the step, with the slope two."""
    figure = Figure(figsize=(8.4, 4.4), layout="constrained")
    axes = figure.add_subplot()
    markers = itertools.cycle("os^vD<>")
    for row, marker in zip(data["rows"], markers, strict=False):
        steps = f" from {len(row['steps'])} steps" if len(row["steps"]) < FEW else ""
        label = f"{row['landscape'].removesuffix('()')}: order {row['order']:.2f}{steps}"
        axes.plot(row["steps"], row["errors"], marker=marker, linewidth=1, label=label)
    steps = np.array([row["steps"][0] for row in data["rows"]])
    span = np.array([steps.min() / 200, steps.max()])
    axes.plot(span, 3 * span**2, "--", color=AID, label="slope 2")
    axes.set(xscale="log", yscale="log", xlabel="step of the grid", ylabel="bottleneck distance")
    axes.set_title("The grid's barcode approaches the graph's with the square of the step")
    beside(axes)
    return figure
