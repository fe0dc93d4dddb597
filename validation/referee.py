"""The referee: exact barcodes by other means than the package's.

Critical points come from Newton's method on the gradient, from dense random samples, with the
Euler characteristic as a check; descents from SciPy's DOP853; persistence from gudhi, on graphs and
on grids; the bars of a sum of functions of one variable each from Künneth's formula. Of the package
only the formulas of the landscapes are used.
"""

import itertools

import gudhi
import numpy as np
import torch
from scipy.integrate import solve_ivp
from scipy.spatial import cKDTree

import morseloss as ml

__all__ = [
    "bars_of_sum",
    "critical_points",
    "cubical_bars",
    "exact_barcode",
    "inward_box",
    "simplex_tree_bars",
]

Bar = tuple[int, float, float]
"""Degree, birth, death."""


def critical_points(
    landscape: ml.Landscape, generator: torch.Generator, *, starts: int, batches: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Return critical points and their indices, from damped Newton iterations.

    Another batch of starts is drawn until the alternating count of indices is 1, as it must be for
    a coercive landscape.

    Raises
    ------
    RuntimeError
        If it is still another number after all batches.
    """
    found = np.empty((0, landscape.dim))
    for _ in range(batches):
        fresh = _newton(landscape, ml.sample_box(landscape, starts, generator=generator))
        found = _distinct(np.concatenate([found, fresh]))
        curvatures = np.linalg.eigvalsh(landscape.hessian(torch.from_numpy(found)).numpy())
        indices = (curvatures < 0).sum(axis=1)
        euler = int(((-1) ** indices).sum())
        if euler == 1:
            return found, indices
    raise RuntimeError(f"the referee missed critical points: Euler characteristic {euler}")


def _newton(landscape: ml.Landscape, points: torch.Tensor, steps: int = 80) -> np.ndarray:
    """Where Newton's method on the gradient arrives, no step longer than a part of the box."""
    low, high = landscape.box
    reach = 0.05 * (high - low).norm()
    for _ in range(steps):
        _, gradients, hessians = landscape.jet(points)
        moves = torch.linalg.solve_ex(hessians, gradients).result
        points = points - moves * (reach / moves.norm(dim=-1, keepdim=True)).clamp_max(1)
    _, gradients, hessians = landscape.jet(points)
    moves = torch.linalg.solve_ex(hessians, gradients).result
    arrived = moves.norm(dim=-1) < 1e-9 * (1 + points.norm(dim=-1))
    if landscape.domain is not None:
        low, high = landscape.domain
        arrived &= ((points >= low) & (points <= high)).all(-1)
    return points[arrived].numpy()


def exact_barcode(landscape: ml.Landscape, points: np.ndarray, indices: np.ndarray) -> np.ndarray:
    """Return the bars (birth, death) of degree 0, sorted, from complete critical points."""
    minima, saddles = points[indices == 0], points[indices == 1]
    values = landscape.value(torch.from_numpy(minima)).numpy()
    weights = landscape.value(torch.from_numpy(saddles)).numpy()
    tree = cKDTree(minima)
    ends = [_feet(landscape, saddle, tree, minima) for saddle in saddles]
    return simplex_tree_bars(values, np.array(ends, dtype=int).reshape(-1, 2), weights)


def bars_of_sum(pieces: list[np.ndarray]) -> list[Bar]:
    """Return the bars of `sum_i f_i(x_i)` in every degree, from the pieces in one variable.

    A bar is an interval complex, and a sum is a tensor product: the product of [a, b) in degree i
    and [c, d) in degree j is [a + c, min(a + d, b + c)) in degree i + j and
    [max(a + d, b + c), b + d) in degree i + j + 1, the latter for finite bars only.
    """
    bars: list[Bar] = [(0, 0.0, np.inf)]
    for piece in pieces:
        product: list[Bar] = []
        for (i, a, b), (j, c, d) in itertools.product(bars, _bars_in_one_variable(piece)):
            product.append((i + j, a + c, min(a + d, b + c)))
            if np.isfinite(b) and np.isfinite(d):
                product.append((i + j + 1, max(a + d, b + c), b + d))
        bars = product
    return bars


def _bars_in_one_variable(coefficients: np.ndarray) -> list[Bar]:
    """Bars of a polynomial with real simple critical points: wells flooded one by one."""
    roots = np.roots(np.polynomial.polynomial.polyder(coefficients)[::-1])
    values = np.polynomial.polynomial.polyval(np.sort(roots.real), coefficients)
    wells, passes = values[::2].tolist(), values[1::2].tolist()
    bars: list[Bar] = []
    while passes:
        k = int(np.argmin(passes))
        higher = k if wells[k] > wells[k + 1] else k + 1
        bars.append((0, wells.pop(higher), passes.pop(k)))
    return [(0, wells[0], np.inf), *bars]


def inward_box(landscape: ml.Landscape, samples: int = 21) -> np.ndarray:
    """Return a box around that of the landscape on whose faces minus the gradient points inward.

    Only then are the bars of the values on a grid those of the landscape on the whole space.
    """
    low, high = landscape.box.numpy()
    centre, half = (low + high) / 2, (high - low) / 2
    side = np.linspace(-1, 1, samples)
    face = np.array(list(itertools.product(side, repeat=landscape.dim - 1)))
    while True:
        outward = []
        for axis, sign in itertools.product(range(landscape.dim), (-1.0, 1.0)):
            points = torch.from_numpy(centre + half * np.insert(face, axis, sign, axis=1))
            outward.append(float((sign * landscape.gradient(points)[:, axis]).min()))
        if min(outward) > 0:
            return np.stack([centre - half, centre + half])
        half = 1.15 * half


def cubical_bars(
    landscape: ml.Landscape, box: np.ndarray, size: int
) -> tuple[list[np.ndarray], float, float]:
    """Return gudhi's bars of the values on a grid, degree by degree, with their error.

    The error is `dim/2 lambda h^2` for the step h and the largest curvature lambda seen below the
    highest critical value; the largest step comes last.
    """
    axes = [np.linspace(a, b, size) for a, b in box.T]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, landscape.dim)
    values = landscape.value(torch.from_numpy(grid)).numpy()
    cubes = gudhi.CubicalComplex(vertices=values.reshape((size,) * landscape.dim))
    cubes.compute_persistence(homology_coeff_field=2, min_persistence=0)
    bars = [cubes.persistence_intervals_in_dimension(k) for k in range(landscape.dim)]
    ends = np.concatenate([part.ravel() for part in bars])
    low = grid[values <= ends[np.isfinite(ends)].max()]
    some = torch.from_numpy(low[:: max(1, len(low) // 2000)])
    step = float((box[1] - box[0]).max() / (size - 1))
    curvature = float(torch.linalg.eigvalsh(landscape.hessian(some)).abs().max())
    return bars, landscape.dim / 2 * curvature * step**2, step


def simplex_tree_bars(values: np.ndarray, edges: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return gudhi's bars of degree 0, zero-length ones included, sorted."""
    tree = gudhi.SimplexTree()
    for vertex, value in enumerate(values.tolist()):
        tree.insert([vertex], value)
    for (u, v), weight in zip(edges.tolist(), weights.tolist(), strict=True):
        if u != v and weight < (tree.filtration([u, v]) if tree.find([u, v]) else np.inf):
            tree.insert([u, v], weight)
    tree.compute_persistence(min_persistence=-1, persistence_dim_max=True)
    return _sorted(tree.persistence_intervals_in_dimension(0))


def _feet(
    landscape: ml.Landscape, saddle: np.ndarray, tree: cKDTree, minima: np.ndarray
) -> list[int]:
    """The minima under both sides of a saddle, by a Runge-Kutta method of order 8."""

    def downhill(_: float, x: np.ndarray) -> np.ndarray:
        return -landscape.gradient(torch.from_numpy(x[None])).numpy()[0]

    def at_rest(_: float, x: np.ndarray) -> float:
        return tree.query(x)[0] - 1e-3 if np.isfinite(x).all() else 1.0

    at_rest.terminal = True
    hessian = landscape.hessian(torch.from_numpy(saddle[None])).numpy()[0]
    curvatures, modes = np.linalg.eigh(hessian)
    how = {"method": "DOP853", "rtol": 1e-8, "atol": 1e-10, "events": at_rest}
    how["first_step"] = 0.1 / np.abs(curvatures).max()
    feet = []
    for start in (saddle - 1e-4 * modes[:, 0], saddle + 1e-4 * modes[:, 0]):
        # a trial step may overshoot into overflow; the method takes it back
        with np.errstate(invalid="ignore", over="ignore"):
            flow = solve_ivp(downhill, (0, 1e6), start, **how)
        feet.append(int(tree.query(flow.y[:, -1])[1]))
    return feet


def _distinct(points: np.ndarray) -> np.ndarray:
    kept: list[np.ndarray] = []
    for point in points[np.lexsort(points.T)]:
        if not any(np.abs(point - other).max() < 1e-6 for other in kept[-50:]):
            kept.append(point)
    return np.array(kept).reshape(-1, points.shape[1])


def _sorted(bars: np.ndarray) -> np.ndarray:
    return bars[np.lexsort((bars[:, 1], bars[:, 0]))]
