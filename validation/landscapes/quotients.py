"""The bars of a landscape up to its symmetries are those of the whole landscape up to them.

Claim: `build_graph` of a `Quotient`, from starts at random and beside copies of minima, has the
bars of the quotient graph by brute force: all critical points of the whole landscape, complete by
count, its minima and passes on all copies, the minima of one orbit made one, and the elder rule.
Source: barcodes of a quotient space; the graph of a quotient is the quotient of the graph.
Tolerance: 1e-8 of the largest value.
What it does not see: with strings to the nearest copy alone, where `build_graph` has them lead to
all copies, the same 200 bars came out, for climbs out of the minima find those passes as well.
A minute and a half: `python -m validation quotients`.
"""

import itertools
import math

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.style import AID
from validation.landscapes.random_polynomials import bar_error
from validation.report import Outcome
from validation.style import below, zeros

TITLE = "Quotients by random finite groups"
TOLERANCE = 1e-8
CASES = {2: 140, 3: 60}  # by dimension
DEGREE = {2: 8, 3: 6}
STARTS = 256
BESIDE = 1e-3  # along each axis, from a copy of each minimum: starts at random miss narrow wells
SAME = 1e-5  # between copies of one point
NONE = 1e-18  # where the picture has errors that are zero, or less than this
ORDERS = (2, 3, 4, 6, 8, 12, 24)

Terms = dict[tuple[int, ...], float]


def run(seed: int) -> Outcome:
    """Compare the two ways on random polynomials, symmetrised under random groups."""
    rng = np.random.default_rng(seed)
    rows = [_case(dim, rng) for dim, count in CASES.items() for _ in range(count)]
    return judged({"rows": rows})


def judged(data: dict) -> Outcome:
    """Judge the bars of all cases."""
    rows = data["rows"]
    right = sum(row["error"] <= TOLERANCE for row in rows)
    bars = sum(len(row["deaths"]) for row in rows)
    several = sum(len(row["deaths"]) > 0 for row in rows)
    worst = max(row["error"] for row in rows)
    return Outcome(
        f"same bars to {TOLERANCE:g}, under groups of up to {max(r['order'] for r in rows)}",
        f"{right} of {len(rows)} landscapes, worst {worst:.1e}; {bars} finite bars on {several} "
        f"of them, {sum(row['copies'] for row in rows)} minima in "
        f"{sum(row['minima'] for row in rows)} orbits",
        right == len(rows),
        data,
    )


def _case(dim: int, rng: np.random.Generator) -> dict:
    name, group = _group(dim, rng)
    while True:
        land = _symmetrised(_random_terms(dim, rng), group.matrices)
        points = ml.critical_points(land)
        certificate = points.certificate
        if certificate is not None and certificate.complete and not (points.indices < 0).any():
            break
    minima, passes = points.of_index(0), points.of_index(1)
    exact = _brute_force(land, minima, passes, group.matrices)
    quotient = ml.Quotient(land, group)
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    starts = ml.sample_box(quotient, STARTS, generator=generator)
    turns = torch.from_numpy(group.matrices[rng.integers(group.order, size=len(minima))])
    narrow = torch.einsum("nij,nj->ni", turns, minima.points + BESIDE)
    graph = ml.build_graph(quotient, ml.find_minima(quotient, torch.cat([starts, narrow])))
    bars = ml.barcode(graph)
    found = np.stack([bars.births, bars.deaths], axis=1)
    return {
        "group": name,
        "dim": dim,
        "order": group.order,
        "copies": len(minima),
        "minima": len(exact),
        "deaths": exact[np.isfinite(exact[:, 1]), 1].tolist(),
        "found": found[np.isfinite(found[:, 1]), 1].tolist(),
        "lengths": (exact[:, 1] - exact[:, 0])[np.isfinite(exact[:, 1])].tolist(),
        "error": bar_error(found, exact) if len(found) == len(exact) else math.inf,
    }


def _brute_force(
    land: ml.Landscape, minima: ml.CriticalPoints, passes: ml.CriticalPoints, matrices: np.ndarray
) -> np.ndarray:
    """Bars of the quotient graph: all passes of the whole landscape, orbits of minima made one."""
    graph = ml.build_graph(land, minima, passes, rounds=0)
    orbits = _orbits(minima.points.numpy(), matrices)
    first = np.unique(orbits, return_index=True)[1]
    edges = orbits[graph.edges]
    apart = edges[:, 0] != edges[:, 1]
    joined = ml.LandscapeGraph(graph.values[first], edges[apart], graph.weights[apart])
    bars = ml.barcode(joined)
    return np.stack([bars.births, bars.deaths], axis=1)


def _orbits(points: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Number the orbits of points, by all of their copies."""
    copies = np.einsum("gij,nj->ngi", matrices, points)
    gaps = np.linalg.norm(copies[:, :, None] - points, axis=-1).min(1)
    return np.unique((gaps < SAME).argmax(1), return_inverse=True)[1]


def _group(dim: int, rng: np.random.Generator) -> tuple[str, ml.MatrixGroup]:
    """A random group of permutations, reflections, rotations, or what some of them generate."""
    kind = rng.choice(["permutations", "reflections", "rotations", "dihedral", "all"])
    matrices = []
    if kind in ("permutations", "all"):
        matrices.append(np.eye(dim)[rng.permutation(np.roll(np.arange(dim), 1))])
    if kind == "all":
        matrices.append(np.diag(rng.choice([-1.0, 1.0], dim)))
    if kind in ("reflections", "dihedral"):
        way = rng.normal(size=dim) if kind == "reflections" else np.eye(dim)[0]
        matrices.append(np.eye(dim) - 2 * np.outer(way, way) / (way @ way))
    if kind in ("rotations", "dihedral"):
        angle = 2 * math.pi / int(rng.choice([2, 3, 4, 6]))  # 5 has solutions at infinity
        plane, turn = rng.permutation(dim)[:2], np.eye(dim)
        turn[np.ix_(plane, plane)] = [
            [math.cos(angle), -math.sin(angle)],
            [math.sin(angle), math.cos(angle)],
        ]
        matrices.append(turn)
    group = ml.MatrixGroup.generated_by(np.stack(matrices))
    return (str(kind), group) if group.order > 1 else _group(dim, rng)


def _random_terms(dim: int, rng: np.random.Generator) -> Terms:
    """A random polynomial that grows like a power of the distance from 0, with wells."""
    degree = DEGREE[dim]
    terms = {
        e: float(rng.normal()) * (3.0 if sum(e) < degree else 0.15)
        for e in itertools.product(range(degree + 1), repeat=dim)
        if 0 < sum(e) <= degree
    }
    for axis in range(dim):
        for power, size in ((degree, 1.0), (2, -4.0)):
            pure = tuple(power if other == axis else 0 for other in range(dim))
            terms[pure] = terms[pure] + size
    return terms


def _symmetrised(terms: Terms, matrices: np.ndarray) -> ml.Polynomial:
    """The mean of the polynomial over the group."""
    total: Terms = {}
    for matrix in matrices:
        for exponents, coefficient in terms.items():
            for moved, factor in _product(exponents, matrix).items():
                total[moved] = total.get(moved, 0.0) + coefficient * factor / len(matrices)
    largest = max(map(abs, total.values()))
    return ml.Polynomial({e: c for e, c in total.items() if abs(c) > 1e-13 * largest})


def _product(exponents: tuple[int, ...], matrix: np.ndarray) -> Terms:
    """The monomial of `matrix @ x` as a polynomial in x."""
    result: Terms = {(0,) * len(exponents): 1.0}
    for row, power in zip(matrix, exponents, strict=True):
        for _ in range(power):
            grown: Terms = {}
            for (e, c), (axis, part) in itertools.product(result.items(), enumerate(row)):
                if part:
                    moved = (*e[:axis], e[axis] + 1, *e[axis + 1 :])
                    grown[moved] = grown.get(moved, 0.0) + c * float(part)
            result = grown
    return result


def draw(data: dict) -> Figure:
    """Draw how many minima are one up to symmetry, and the worst bar of every landscape."""
    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for dim in (2, 3):
        rows = [row for row in data["rows"] if row["dim"] == dim]
        marker, aside, label = "os"[dim - 2], 1.06 ** (2 * dim - 5), f"{dim} variables"
        left.plot(
            [row["copies"] + 0.3 * dim - 0.75 for row in rows], [row["minima"] for row in rows],
            marker, markersize=4, alpha=0.5, label=label,
        )  # fmt: skip
        right.plot(
            [aside * row["order"] for row in rows], [max(row["error"], NONE) for row in rows],
            marker, markersize=4, alpha=0.5, label=label,
        )  # fmt: skip
    left.set(xlabel="minima", ylabel="minima up to symmetry", yticks=range(6))
    left.set_title("What symmetry leaves")
    below(left, columns=2, depth=0.16)
    right.axhline(TOLERANCE, color=AID, linestyle="--", label="tolerance")
    right.set(xscale="log", yscale="log", xlabel="order of the group")
    right.set_ylabel("largest relative error of a bar")
    right.set_xticks(ORDERS, [str(order) for order in ORDERS])
    zeros(right, NONE, "none")
    right.set_title("Bars up to symmetry, and of all copies")
    below(right, columns=3, depth=0.16)
    return figure
