"""Random grids with ties, and their bars as gudhi computes them."""

import numpy as np
from gudhi import CubicalComplex, PeriodicCubicalComplex

from morseloss.topology import Diagram

LONGEST = {1: 40, 2: 12, 3: 7, 4: 5}
WAYS = ("vertices", "pixels")


def random_grids(count: int, seed: int):
    """Yield arrays of 1 to 4 axes, mostly of few integers, with holes, and which axes are periodic.

    Axes of length 1 and 2 are among them, and grids in which nothing is there are not.
    """
    rng = np.random.default_rng(seed)
    while count:
        axes = int(rng.integers(1, 5))
        shape = tuple(map(int, rng.integers(1, LONGEST[axes] + 1, axes)))
        periodic = tuple(bool(rng.random() < 0.4 and length > 2) for length in shape)
        values = rng.integers(-3, rng.integers(-1, 20), shape).astype(float)
        if rng.random() < 0.3:
            values = rng.standard_normal(shape)
        if rng.random() < 0.3:
            values[rng.random(shape) < 0.2] = np.inf
        if np.isfinite(values).any():
            count -= 1
            yield values, periodic


def gudhi_bars(values, cells, periodic, degree) -> np.ndarray:
    """Return births and deaths, sorted; what begins where nothing is there is no bar."""
    name = {"vertices": "vertices", "pixels": "top_dimensional_cells"}[cells]
    if any(periodic):
        complex_ = PeriodicCubicalComplex(**{name: values}, periodic_dimensions=list(periodic))
    else:
        complex_ = CubicalComplex(**{name: values})
    complex_.compute_persistence(homology_coeff_field=2)
    bars = complex_.persistence_intervals_in_dimension(degree).reshape(-1, 2)
    return ordered(bars[np.isfinite(bars[:, 0])])


def ordered(bars) -> np.ndarray:
    """Return births and deaths of an array or a diagram, sorted."""
    if isinstance(bars, Diagram):
        bars = np.stack([bars.births, bars.deaths], axis=1)
    return bars[np.lexsort(bars.T[::-1])]


def check_cells(bars: Diagram, values: np.ndarray) -> None:
    """A bar begins with the value of its birth cell and ends with that of its death cell."""
    flat = np.append(values.reshape(-1), np.inf)
    np.testing.assert_array_equal(flat[bars.birth_cells], bars.births)
    np.testing.assert_array_equal(flat[bars.death_cells], bars.deaths)
    assert not np.isinf(flat[bars.death_cells[bars.finite]]).any()
