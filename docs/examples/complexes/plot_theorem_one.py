r"""
Theorem 1 at work
=================

Theorem 1 of the paper: where the TO-scores of all degrees vanish, the landscape is convex up to an
arbitrarily small change and a change of coordinates. First a landscape for which both can be
written down, then a family on its way to a bowl, whose critical points cancel pair by pair.
"""

import matplotlib.pyplot as plt
import numpy as np
import torch

import morseloss as ml

# %%
# This one is not convex: in the corner between the axes the Hessian has a negative eigenvalue, and
# the sublevel sets are stars. It has one critical point nevertheless. 9 complex ones are counted
# beforehand and found, 8 of them are not real.

star = ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 2): 40, (2, 0): 1, (0, 2): 1})
points = ml.critical_points(star)
bars = ml.morse_complex(star, points).diagram()
print(points.certificate)
print(bars, "TO-scores", [ml.to_score(bars, degree=k) for k in range(3)])

corner = torch.tensor([[1.0, 1.0]], dtype=torch.float64)
assert torch.linalg.eigvalsh(star.hessian(corner)).min() < 0
assert points.certificate.complete and len(points) == len(bars) == 1

# %%
# Along each ray the landscape is :math:`r^2+c\,r^4`, which grows. So each ray can be stretched
# until the landscape is :math:`|u|^2`: the change of coordinates of the theorem, smooth but at the
# origin, where it has two derivatives.


def stretched(u):
    x, y = u.unbind(-1)
    square = x**2 + y**2
    quartic = (x**4 + y**4 + 40 * x**2 * y**2) / square
    return u * (2 / (1 + torch.sqrt(1 + 4 * quartic)))[:, None].sqrt()


bowl = ml.Pullback(star, stretched, box=torch.tensor([[-2.0, -2.0], [2.0, 2.0]]))
places = ml.sample_box(bowl, 1000, generator=torch.Generator().manual_seed(0))
torch.testing.assert_close(bowl.value(places), (places**2).sum(-1), rtol=1e-12, atol=0)


def shrunk(x):
    return x * (star.value(x) / (x**2).sum(-1))[:, None].sqrt()


# %%
# A chord that leaves the star, between two points of one level, is a curve that leaves the disc.

torch.testing.assert_close(shrunk(stretched(places)), places)
ends = torch.tensor([[1.0, 0.1], [0.1, 1.0]], dtype=torch.float64)
chord = ends[0] + torch.linspace(0, 1, 100, dtype=torch.float64)[:, None] * (ends[1] - ends[0])
fig, sides = plt.subplots(1, 2, figsize=(9, 4))
window = torch.tensor([[-1.2, -1.2], [1.2, 1.2]])
looks = [(star, window, chord, "one minimum, not convex")]
looks += [(bowl, bowl.box, shrunk(chord), "the same, rays stretched")]
for ax, (land, box, line, title) in zip(sides, looks, strict=True):
    ml.plot.landscape(land, ax=ax, box=box)
    ax.plot(*line.T, color="#a63d17", linewidth=2)
    ax.plot(0, 0, "o", color="#17324d")
    ax.set_title(title)
    ax.set_aspect("equal")
assert star.value(chord).max() > 1.5 * star.value(ends).max()

# %%
# Now a family, :math:`(1-s)L+s|x|^2`, which leads a quartic with four wells to a bowl. Each member
# is counted, and each complex checked. Where a bar shrinks to nothing its two points have met and
# are gone: first a minimum and a pass, then a pass and the maximum.

wells = {(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 2): -1.4, (1, 1): 0.3, (1, 0): 0.1, (0, 1): 0.2}


def complex_at(s):
    bowl = {(2, 0): s, (0, 2): s}
    land = ml.Polynomial({e: (1 - s) * c + bowl.get(e, 0) for e, c in wells.items()})
    points = ml.critical_points(land)
    assert points.certificate.complete
    return land, ml.morse_complex(land, points)


times = np.linspace(0, 0.7, 15)
family = [complex_at(s)[1] for s in times]
diagrams = [complex_.diagram() for complex_ in family]
vines = ml.vineyard(times, family)
_, ax = plt.subplots()
ml.plot.vineyard(vines, ax=ax)
ax.set_xlabel("s")
crossings = np.unique(vines.parameters[vines.members[vines.switched]])
print(vines, "with exchanges before", crossings)
np.testing.assert_allclose(crossings, [0.55, 0.6])

# %%
# On the plane, before the first pair meets and after the first and the second: rings of one colour
# are the points of one bar. All frames have one window and one scale.

window, levels = torch.tensor([[-1.7, -1.7], [1.7, 1.7]]), np.arange(-1.8, 3.0, 0.3)
for s in (0.0, 0.4, 0.5):
    ax = ml.plot.morse_smale(*complex_at(s), box=window, levels=levels)
    ax.set_xlabel(f"x0 (s = {s})")

# %%
# Points vanish in pairs of neighbouring index. At such a fold the bar goes to zero like the power
# 3/2 of the way that is left. So three bars tell where the last pair meets, and the count of
# critical points confirms it.

counts = [len(complex_) for complex_ in family]
scores = [[ml.to_score(bars, degree=k) for k in range(3)] for bars in diagrams]
late = np.array([0.635, 0.64, 0.645])
lengths = [complex_at(s)[1].diagram().lifetimes[1] for s in late]
meeting = np.polyval(np.polyfit(np.power(lengths, 2 / 3), late, 2), 0.0)
before, after = (len(complex_at(meeting + shift)[1]) for shift in (-1e-4, 1e-4))
print("critical points:", counts)
print(f"the last pair meets at s = {meeting:.5f}: {before} points before, {after} after")
assert set(np.diff(counts)) == {0, -2} and counts[0] == 9 and counts[-1] == 1
assert (np.diff(scores, axis=0) <= 0).all() and not np.any(scores[-1])
assert (before, after) == (3, 1)

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/theorem_one.png'
