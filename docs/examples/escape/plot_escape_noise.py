r"""
Escape with noise
=================

How long does stochastic gradient descent stay in a local minimum? With Gaussian noise of standard
deviation :math:`\sigma` a step of length lr is one of a diffusion at temperature
:math:`T=\mathrm{lr}\,\sigma^2/2`, and the mean escape time grows like :math:`e^{\ell/T}`: the
length :math:`\ell` of the bar is the activation energy of the Arrhenius law.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml
from morseloss.escape.noise.kramers import action, barrier, kramers_line
from morseloss.escape.noise.langevin import log_chain_steps, log_diffusion_steps
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import escape_times
from morseloss.escape.noise.valley import valley
from morseloss.plot.kramers import kramers

generator = torch.Generator().manual_seed(0)

# %%
# Three wells with bars of different length. The last has two passes: the nearest one is five times
# lower than the end of the bar, but leads to no lower point.

roots = ((-1.0356, 0.0754, 0.9601), (-1.0977, 0.2386, 0.8591), (0.0, 0.5, 0.7, 1.6, 2.3))
wells = []
for zeros, scale, start in zip(roots, (4.0, 4.0, 8.0), (0.96, 0.86, 0.0), strict=True):
    curve = scale * np.polynomial.Polynomial.fromroots(zeros).integ()
    wells.append((ml.Polynomial({k: float(c) for k, c in enumerate(curve.coef)}), start))

fig, sides = plt.subplots(1, 3, figsize=(9, 3), layout="constrained")
for ax, (land, start) in zip(sides, wells, strict=True):
    around = valley(land, start)
    print(around)
    way = np.linspace(around.minimum, around.saddle, 200)
    x = np.linspace(way.min() - 0.8, way.max() + 0.8, 300)
    ax.plot(x, land.value(torch.tensor(x)[:, None]), color="#8a8f98")
    ax.plot(way, land.value(torch.tensor(way)[:, None]), color="#a63d17", linewidth=2.5)
    ax.plot(around.minimum, around.value, "o", color="#17324d", markersize=7)
    ax.plot(around.saddle, around.height, "D", color="#a63d17", markersize=7)
    ax.set(title=f"length {around.length:.3g}", xlabel="x0")
    ax.set_ylim(around.value - 0.6 * around.length, around.height + 0.5 * around.length)

# %%
# Each walk ends where it stands lower than the minimum it began at. The logarithms of the mean
# times lie on lines of slope one. The curves are exact: quadrature of the mean first passage of
# the diffusion, no random number. Where a bar spans two passes, the well between them holds walks
# back, and the slope tends to the bar at lower temperatures only.

descents, starts, times = [], [], []
for land, start in wells:
    around = valley(land, start)
    lr = 0.2 / float(land.hessian(torch.tensor([[around.minimum]], dtype=torch.float64)))
    for exponent in (3.5, 4.5, 5.5, 6.5):
        sigma = (2 * around.length / exponent / lr) ** 0.5
        descents.append(GaussianDescent(land, lr, sigma))
        starts.append(around.minimum)
        times.append(escape_times(descents[-1], starts[-1], 500, generator=generator))
kramers(descents, starts, times)

for first in (0, 4, 8):
    rows = range(first, first + 4)
    inverse = np.array([1 / descents[row].temperature for row in rows])
    logs = np.log([times[row].mean for row in rows])
    line = kramers_line(inverse, logs, np.full(4, 500**-0.5))
    length = valley(wells[first // 4][0], starts[first]).length
    told = [log_chain_steps(descents[row], starts[row]) for row in rows]
    print(f"slope {line.slope:.3f} ± {line.error:.3f}, bar {length:.3f}")
    assert np.abs(logs - told).max() < 4 * 500**-0.5

# %%
# A finite sum is not hot everywhere alike. Here three sums have the same mean, hence the same
# bar, and the same mean temperature on the way up; the parts disagree most at the minimum, at the
# pass, or evenly. The rise of the quasi-potential, the integral of :math:`2p'/(\mathrm{lr}\,V(x))`,
# tells the times apart.

land, start = wells[0]
around = valley(land, start)
way = np.linspace(around.saddle, around.minimum, 1001)
shares = np.repeat([-3.0, -1.0, 1.0, 3.0], 4) / 5**0.5
base = {power: c for (power,), c in land.terms.items()}
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
profiles = (("even", (1.0,)), ("hot at the minimum", (0.8, 1.0)), ("hot at the pass", (2.0, -1.0)))
for (name, profile), colour in zip(profiles, ("#17324d", "#5d7a3a", "#a63d17"), strict=True):
    slope = np.polynomial.Polynomial(profile)
    slope *= (2 * 0.14 / 0.01 / (slope(way) ** 2).mean()) ** 0.5
    tilt = slope.integ().coef
    parts = [
        ml.Polynomial({k: c + (share * tilt[k] if k < len(tilt) else 0) for k, c in base.items()})
        for share in shares
    ]
    descent = BatchDescent(parts, 0.01, 1)
    seen = escape_times(descent, around.minimum, 500, generator=generator)
    heat = descent.temperatures(way)
    left.plot(way, heat, color=colour, label=name)
    told = log_diffusion_steps(descent, around.minimum)
    told += action(descent, around.minimum) - barrier(descent, around.minimum)
    right.errorbar(told, np.log(seen.mean), 2 * 500**-0.5, fmt="o", color=colour, label=name)
    assert abs(np.log(seen.mean) - told) < 0.25
even = GaussianDescent(land, 0.01, (2 * 0.14 / 0.01) ** 0.5)
plain = log_diffusion_steps(even, around.minimum)
right.axvline(plain, color="#8a8f98", linestyle=":", label="bar / mean temperature")
right.plot([9.5, 11.5], [9.5, 11.5], "--", color="#8a8f98")
left.set(xlabel="x0, from the pass to the minimum", ylabel="temperature")
right.set(xlabel="predicted log mean steps", ylabel="measured")
left.legend(fontsize="small")
right.legend(fontsize="small")

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/escape_noise.png'
