r"""
Why the escape rate rises with the bar, or falls
================================================

The escape rate is decided by one orbit: from the point where the step
:math:`f(x)=x-\eta\,p'(x)` turns back, :math:`f'=0`, to the pass. Differentiating it tells how the
rate responds to the height of the barrier, with no descent run at all.
"""

import matplotlib.pyplot as plt
import numpy as np
from numpy.polynomial import Polynomial

from morseloss.escape import basins, least_rate, orbit, threshold

# %%
# In :math:`p+c\,x^6` let c grow. The bar grows by :math:`s^6` for each unit of c, s being the pass,
# since p is stationary there. And the rate? The pass moves by :math:`-6s^5/p''(s)`: *outward*, so
# that the orbit has to leap farther. But the walls get steeper as well, so that it *does*. Along
# the orbit :math:`x_0=t,\ x_{k+1}=f(x_k),\ x_n=s` both are carried on by the chain rule:


def response(coefficients, found, row):
    """Return the change of the rate with c that is due to the pass, and that due to the walls."""
    slope = Polynomial(coefficients).deriv()
    bend, wall = slope.deriv(), Polynomial([0, 0, 0, 0, 0, 6])
    rate, chain = found.rates[row], int(found.chains[row])
    path = orbit(basins(coefficients[None], near=0.0), rate, found.turns[row], chain)
    by_rate = by_wall = 0.0
    for x in path[:-1]:
        by_rate = (1 - rate * bend(x)) * by_rate - slope(x)
        by_wall = (1 - rate * bend(x)) * by_wall - rate * wall(x)
    by_pass = -wall(path[-1]) / bend(path[-1])
    return by_pass / by_rate, -by_wall / by_rate


# %%
# Four families, two that rise and two that do not.

families = {
    r"$x^2-x^4+c\,x^6$": ([1, 0, -1, 0], (0.05, 0.245)),
    r"$x^2-x^3+c\,x^6$": ([1, -1, 0, 0], (0.01, 0.1)),
    r"$x^2-x^5+c\,x^6$": ([1, 0, 0, -1], (0.02, 0.45)),
    r"$x^2+0.3x^3-0.5x^4-0.8x^5+c\,x^6$": ([1, 0.3, -0.5, -0.8], (0.02, 0.45)),
}
fig, grid = plt.subplots(2, 4, figsize=(13, 5.6), layout="constrained", sharex="col")
for column, (name, (numbers, span)) in zip(grid.T, families.items(), strict=True):
    rows = np.zeros((13, 7))
    rows[:, 2:6], rows[:, 6] = numbers, np.linspace(*span, 13)
    found = basins(rows, near=0.0)
    bound = threshold(found, 0.01)
    rates = least_rate(found, 0.01).rates
    parts = np.array([response(row, bound, k) for k, row in enumerate(rows)])
    parts /= found.saddles[:, None] ** 6
    column[0].plot(found.lengths, rates, "o", color="#a63d17", markersize=4)
    column[0].plot(found.lengths, bound.rates, color="#17324d", linewidth=1)
    column[1].plot(found.lengths, parts[:, 0], color="#6494bd", label="the pass moves out")
    column[1].plot(found.lengths, parts[:, 1], color="#c8875b", label="the walls get steeper")
    column[1].plot(found.lengths, parts.sum(axis=1), color="#17324d", linewidth=2, label="sum")
    measured = np.diff(bound.rates) / np.diff(found.lengths)
    middles = (found.lengths[1:] + found.lengths[:-1]) / 2
    column[1].plot(middles, measured, ".", color="#a63d17", label="slope, measured")
    column[1].axhline(0, color="black", linewidth=0.6)
    column[0].set_title(name, fontsize="medium")
    column[1].set_xlabel("length of the bar")
    apart = np.abs(np.interp(middles, found.lengths, parts.sum(axis=1)) - measured)
    assert apart.max() < 0.05 * np.abs(parts).max(), (name, apart.max())
grid[0, 0].set_ylabel("escape rate")
grid[1, 0].set_ylabel("its slope, and the two causes")
grid[1, 1].legend(frameon=False, fontsize=8)

# %%
# Dots are measured by bisection, lines come from the orbit. The slope is a difference of two
# effects of like size. Where the first outweighs the second by a nearly constant amount the law of
# Figure 12 is what one sees; where they cancel, or trade places, it is not.

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/escape_mechanism.png'
