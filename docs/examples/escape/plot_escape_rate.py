r"""
The learning rate that leaves a minimum
=======================================

Gradient descent, :math:`x\leftarrow x-\eta\,p'(x)`, starts next to a local minimum. At which
learning rate does it get out, and does the length of the bar tell?
"""

import matplotlib.pyplot as plt
import numpy as np

import morseloss as ml
from morseloss.escape import (
    attractors,
    descend,
    least_rate,
    linear_law,
    one_point,
    orbit,
    threshold,
)
from morseloss.plot.escape import bifurcation, escape_law, escape_steps, orbits

# %%
# One landscape first, :math:`x^2-x^3+0.1\,x^6`. Its minimum at 0 has curvature 2, so beyond the
# learning rate 1 it repels. Yet descent stays up to 1.528: it bounces between the walls, on a cycle
# or in chaos. Then, at once, it is out. (At this rate the lower minimum repels as well, so that
# descent soon runs away.) Points run from pale to dark, a ring is the start.

land = ml.Polynomial({2: 1.0, 3: -1.0, 6: 0.1})
start = 0.01
bound = float(threshold(land, start).rates[0])
least = least_rate(land, start)
print(f"threshold {bound:.7f}", least)
assert bound <= least.rates[0] < bound * (1 + 1e-5)

fig, sides = plt.subplots(1, 3, figsize=(12, 3.4), layout="constrained", sharey=True)
titles = ("converges", "stays, does not converge", "leaves")
for ax, rate, count, title in zip(sides, (0.8, 1.4, 1.54), (40, 40, 9), titles, strict=True):
    orbits(land, [orbit(land, rate, start, count)], ax, window=(-0.35, 1.7))
    ax.set(ylim=(-0.15, 0.25), title=f"{title}: rate {rate}")

# %%
# The same for every rate: where descent stays in the long run. Period doublings lead to chaos, and
# chaos ends where it first touches the pass.

rates = np.linspace(0.9, 1.6, 900)
bifurcation(attractors(land, rates, start), threshold=bound)

# %%
# How many steps it takes to leave changes from one rate to the next, as in the paper's Figure 17,
# since they are steps of a chaotic orbit. The least rate itself is sharp.

rates = np.linspace(0.997 * bound, 1.012 * bound, 900)
runs = descend(land, rates, start)
escape_steps(rates, runs.steps)
assert not (runs.steps[rates < bound] > 0).any()

# %%
# Now a family: the derivatives at the minimum are held, the coefficient of :math:`x^6` moves the
# pass. The least rate against the length of the bar is close to a straight line, the paper's
# Figure 12. (The rate changes by less than 2 % over the whole family. The next example shows
# families for which the line fails.)

family = one_point([0, 0, 2, -6], np.linspace(0.01, 0.1, 16))
found = least_rate(family.basins, 0.01)
print(linear_law(family.lengths, found.rates))
escape_law(family.lengths, found.rates)
assert linear_law(family.lengths, found.rates).r_squared > 0.999

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/escape_rate.png'
