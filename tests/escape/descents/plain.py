"""Plain referees: descent one step at a time, and polynomials drawn at random."""

import numpy as np
import torch

import morseloss as ml
from morseloss.escape import basins

QUARTIC = ml.Polynomial({2: 1.0, 4: -1.0, 6: 0.2})
"""A minimum at 0 between two lower ones."""
CUBIC = ml.Polynomial({2: 1.0, 3: -1.0, 6: 0.1})
"""A minimum at 0, a pass to the right, a lower minimum beyond."""

BENT = ml.Polynomial({(2, 0): 1.0, (3, 0): -1.0, (6, 0): 0.1, (0, 2): 0.4})
"""The cubic along the first axis, a bowl along the second."""
SADDLE = float(basins(CUBIC).right[0])


def at(*place):
    """A point."""
    return torch.tensor(place, dtype=torch.float64)


def first_outside(land, rate, start, low, high, steps):
    """The step after which plain descent is outside, -1 for never; and where it is then."""
    slopes = np.polynomial.Polynomial([land.terms.get((k,), 0.0) for k in range(7)]).deriv()
    x = start
    for step in range(1, steps + 1):
        x = x - rate * slopes(x)
        if not low <= x <= high:
            return step, x
    return -1, x


def drawn(count, generator):
    """Rows of coefficients with a minimum of curvature 2 at 0 and a positive leading term."""
    rows = torch.randn(count, 7, generator=generator, dtype=torch.float64).numpy()
    rows[:, :2], rows[:, 2], rows[:, 6] = 0.0, 1.0, np.abs(rows[:, 6]) + 0.02
    return rows
