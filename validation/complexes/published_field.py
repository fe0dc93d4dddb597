"""A published planar field that is a gradient: its connection matrix is the Morse complex's.

Claim: minus the field `x' = x (1 - x^2 - 3 y^2), y' = y (1 - 3 x^2 - y^2)`, a standard example of
combinatorial Conley theory, is the gradient of a polynomial. Its nine critical points (4 minima, 4
of index 1, 1 maximum) are all there are, by count; the Morse complex has as many flow lines as the
published connection matrix has entries, over Q and over the fields of two and of seven elements:
each saddle between its two minima, the maximum above all four saddles.
Source: Appendix A of the paper; the example is that of the tutorial of ConleyDynamics.jl.
Tolerance: integers as they are; positions to 1e-12.
"""

import numpy as np
import torch
from matplotlib.figure import Figure

import morseloss as ml
from morseloss.plot.marks import kinds, mark
from morseloss.plot.style import AID
from validation.report import Outcome
from validation.style import below

TITLE = "A published connection matrix"
TOLERANCE = 1e-12
FIELD = ml.Polynomial({(4, 0): 0.25, (0, 4): 0.25, (2, 2): 1.5, (2, 0): -0.5, (0, 2): -0.5})
CORNERS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
BETWEEN = ((0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5))


FIELDS = (0, 2, 7)  # characteristics


def run(seed: int) -> Outcome:
    """Compare points, lines and bars with those published; nothing is drawn at random."""
    points = ml.critical_points(FIELD)
    complex_ = ml.morse_complex(FIELD, points)
    known = torch.tensor([*CORNERS, *BETWEEN, (0.0, 0.0)], dtype=torch.float64)
    off = float(torch.cdist(known, points.points).amin(1).max())
    matrix = complex_.boundary.toarray()
    bars = {p: complex_.diagram(characteristic=p) for p in FIELDS}
    entries = {int(np.count_nonzero(matrix % p if p else matrix)) for p in FIELDS}
    right = (
        bool(points.certificate and points.certificate.complete)
        and points.indices.tolist() == [0] * 4 + [1] * 4 + [2]
        and off < TOLERANCE
        and not (matrix @ matrix).any()
        and _joins(points.points.numpy(), matrix)
        and entries == {12}
    )
    alike = all(
        np.array_equal(found.births, bars[0].births)
        and np.array_equal(found.deaths, bars[0].deaths)
        for found in bars.values()
    )
    return Outcome(
        "4 minima, 4 saddles, 1 maximum; 12 entries over every field; the same bars",
        f"{points!r}, positions to {off:.0e}; {entries} entries, each saddle "
        f"between its two minima: {right}; bars over Q, F_2 and F_7 "
        f"{'alike' if alike else 'differ'}",
        right and alike,
        {
            "points": points.points.tolist(),
            "indices": points.indices.tolist(),
            "matrix": matrix.tolist(),
            "lines": [np.round(path, 4).tolist() for path in complex_.lines.paths or ()],
            "births": bars[0].births.tolist(),
            "deaths": [None if np.isinf(d) else float(d) for d in bars[0].deaths],
        },
    )


def _joins(points: np.ndarray, matrix: np.ndarray) -> bool:
    """Whether each saddle has its two neighbouring minima as boundary, the maximum all saddles."""
    for saddle in range(4, 8):
        ends = points[np.flatnonzero(matrix[:, saddle])]
        if len(ends) != 2 or not np.allclose(ends.sum(0), 2 * points[saddle], atol=1e-9):
            return False
    return np.array_equal(np.flatnonzero(matrix[:, 8]), [4, 5, 6, 7])


def draw(data: dict) -> Figure:
    """Draw the flow lines of the field between its critical points."""
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.add_subplot()
    for line in data["lines"]:
        axes.plot(*np.array(line).T, color=AID, linewidth=1)
    where, indices = np.array(data["points"]), np.array(data["indices"])
    mark(axes, where, kinds(indices, 2), scale=1.2)
    names = ("minimum", "minima"), ("saddle", "saddles"), ("maximum", "maxima")
    counts = np.bincount(indices, minlength=3).tolist()
    called = {
        one: f"{k} {one if k == 1 else many}" for k, (one, many) in zip(counts, names, strict=True)
    }
    for line in axes.lines:
        line.set_label(called.get(str(line.get_label()), line.get_label()))
    axes.set(aspect="equal", xlabel="x", ylabel="y", xlim=(-1.25, 1.25), ylim=(-1.25, 1.25))
    axes.set_title(f"{len(data['lines'])} flow lines, the entries of the connection matrix")
    below(axes, depth=0.12)
    return figure
