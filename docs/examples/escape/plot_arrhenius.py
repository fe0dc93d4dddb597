r"""
The Arrhenius law
=================

A quantity that knows nothing of paths or components: the spectrum of the Witten Laplacian
:math:`-h^2\Delta+|\nabla L|^2-h\,\Delta L`. At a low temperature :math:`h` it has one eigenvalue
near :math:`e^{-2\ell/h}` for every finite bar, and :math:`\ell` is the length of the bar.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml
from morseloss import witten
from morseloss.plot.arrhenius import arrhenius, exponents

# %%
# On a line first: two minima with a lower one to reach, bars of length 2 and 1/2. The slopes of the
# lines are those lengths. The dots are eigenvalues, computed without them; the smallest is 1e-5793,
# and right to many digits, since all is added up in logarithms, without a subtraction.

line = ml.analytic.EasyAndHard()
law = witten.arrhenius(line, ml.morse_complex(line, line.critical_points))
print(law)
arrhenius(law)
assert (law.deviations < 1e-6).all()

# %%
# In the plane: four wells, around one hill. On functions there are three small eigenvalues, one for
# each minimum but the lowest.

wells = {(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4, (1, 1): 0.3, (1, 0): 0.1, (0, 1): 0.2}
plane = ml.Polynomial(wells)
points = ml.critical_points(plane)
bars = ml.morse_complex(plane, points)
at = np.geomspace(0.12, 0.03, 7)
laws = [witten.arrhenius(plane, bars, at, degree=degree, cells=90) for degree in (0, 1)]
_, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
ml.plot.landscape(plane, points=points, ax=left, box=torch.tensor([[-1.6, -1.6], [1.6, 1.6]]))
arrhenius(laws[0], ax=right)
right.set_title("on functions")

# %%
# On forms there is one more: the bar that the hill ends, from a saddle to the maximum. All four
# exponents, extrapolated to temperature zero, lie on the diagonal.

_, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
arrhenius(laws[1], ax=left)
left.set_title("on forms")
exponents(laws, ax=right)
print(*laws, sep="\n")
assert all((law.deviations < 0.01).all() for law in laws)

# %%
# Not the exponent alone: the factor in front comes from the two Hessians at the ends of the bar
# (Eyring and Kramers), and the ratio of eigenvalue and formula goes to 1 linearly in :math:`h`.

_, ax = plt.subplots()
for law, colour in zip(laws, ("#17324d", "#a63d17"), strict=True):
    h = law.temperatures[:, None]
    front = witten.eyring_kramers(plane, bars, degree=law.degree)
    ratios = law.eigenvalues / (front * h * np.exp(-2 * law.lengths / h))
    ratios[law.status != witten.Resolution.RESOLVED] = np.nan
    ax.plot(h, ratios, "o-", color=colour, label=[f"degree {law.degree}"] + ["_"] * (len(law) - 1))
    assert np.nanmax(np.abs(ratios[-1] - 1)) < 0.05
ax.axhline(1, color="#8a8f98", linewidth=1)
ax.set(xlim=(0, None), xlabel="temperature", ylabel="eigenvalue / formula")
ax.legend(frameon=False)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/arrhenius.png'
