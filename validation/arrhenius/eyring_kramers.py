"""Eyring-Kramers: the prefactors of the small eigenvalues, and how fast they are approached.

Claim: the eigenvalue of a bar over `A h exp(-2 length / h)`, A from the Hessians at the two points
of the bar, goes to 1 linearly in the temperature: on a line, in the plane on functions, and in the
plane on forms of top degree, where wells are maxima. A is the formula with
`|mu| / pi sqrt(|det H(well)| / |det H(pass)|)`.
Source: Bovier, Gayrard and Klein 2005; Helffer, Klein and Nier 2004; Le Peutrec, Nier and Viterbo
2013.
Tolerance: at the lowest temperature the ratio is within 2 % of 1, and halving the temperature there
halves the distance to 1 (order between 0.8 and 1.2).
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss import witten
from morseloss.witten.eyring_kramers import bars_of
from validation.report import Outcome

TITLE = "Eyring-Kramers: the ratio of eigenvalue and prefactor goes to 1, linearly in h"
TOLERANCE = 0.02
ORDERS = (0.8, 1.2)
CELLS = {1: 4096, 2: 150}
LADDERS = {1: (0.08, 0.01), 2: (0.1, 0.02)}  # the highest and the lowest temperature
RUNGS = 7
COLOURS = ("#17324d", "#5d7a3a", "#a63d17")


def run(seed: int) -> Outcome:
    """Follow the ratios down the ladders."""
    generator = torch.Generator().manual_seed(seed)
    cases = [
        ("on a line", wells(1, generator), 0),
        ("plane, functions", wells(2, generator), 0),
        ("plane, 2-forms", wells(2, generator), 1),
    ]
    rows = [followed(name, land, degree) for name, land, degree in cases]
    off = [abs(ratio[-1] - 1) for row in rows for ratio in row["ratios"]]
    orders = [order for row in rows for order in row["orders"]]
    return Outcome(
        f"ratios within {TOLERANCE:.0%} of 1, orders between {ORDERS[0]} and {ORDERS[1]}",
        f"{len(off)} bars within {max(off):.2%}; orders {min(orders):.2f} to {max(orders):.2f}",
        bool(max(off) <= TOLERANCE and ORDERS[0] <= min(orders) and max(orders) <= ORDERS[1]),
        {"rows": rows},
    )


def wells(dim: int, generator: torch.Generator) -> ml.Polynomial:
    """Return double wells along each axis, tilted each by another random amount, and coupled."""
    terms = {}
    for axis in range(dim):
        tilt, stiffness = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
        for power, number in ((4, 1.0), (2, -2.0), (1, 0.25 + 0.15 * axis + 0.1 * tilt)):
            exponents = tuple(power * (k == axis) for k in range(dim))
            terms[exponents] = number * (1.0 + 0.2 * stiffness)
    if dim == 2:
        terms[(1, 1)] = 0.15
    return ml.Polynomial(terms)


def followed(name: str, land: ml.Polynomial, degree: int) -> dict:
    """The ratios of one landscape down its ladder, and the order of the last two."""
    points = ml.critical_points(land)
    complex = ml.morse_complex(land, points)
    lengths = bars_of(complex, degree)[0]
    prefactors = witten.eyring_kramers(land, complex, degree=degree)
    at = np.geomspace(*LADDERS[land.dim], RUNGS)
    ratios, errors = [], []
    for h in at.tolist():
        found = witten.spectrum(land, points, h, degree=degree, cells=CELLS[land.dim])
        good = found.status == witten.Resolution.RESOLVED
        ratio = found.eigenvalues / (h * prefactors * np.exp(-2 * lengths / h))
        ratios.append(np.where(good, ratio, np.nan))
        errors.append(np.where(good, found.errors, np.nan))
    table = np.array(ratios)
    steps = np.log(np.abs(table[-2] - 1) / np.abs(table[-1] - 1))
    return {
        "name": name,
        "degree": degree,
        "temperatures": at.tolist(),
        "lengths": lengths.tolist(),
        "prefactors": prefactors.tolist(),
        "ratios": table.T.tolist(),
        "errors": np.array(errors).T.tolist(),
        "orders": (steps / np.log(at[-2] / at[-1])).tolist(),
    }


def draw(data: dict) -> Figure:
    """Draw the ratios over the temperature, and their distance from 1."""
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    for row, colour, marker in zip(data["rows"], COLOURS, "os^", strict=True):
        at = np.array(row["temperatures"])
        for bar, ratio in enumerate(np.array(row["ratios"], dtype=float)):
            style = {"color": colour, "markersize": 5, "markeredgecolor": "white"}
            label = {"label": row["name"]} if bar == 0 else {}
            left.plot(at, ratio, f"{marker}-", linewidth=1, **style, **label)
            right.plot(at, np.abs(ratio - 1), f"{marker}-", linewidth=1, **style)
    left.axhline(1, color="#8a8f98", linewidth=1, zorder=0)
    left.set(xlim=(0, None), xlabel="temperature", ylabel="eigenvalue / formula")
    left.legend(frameon=False)
    ends = np.array([0.009, 0.11])
    right.plot(ends, 0.15 * ends, color="#8a8f98", linewidth=1, linestyle="--", label="slope 1")
    right.set(xscale="log", yscale="log", xlabel="temperature", ylabel="|ratio - 1|")
    right.legend(frameon=False, loc="upper left")
    return figure
