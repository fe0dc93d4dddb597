"""
Path methods compared
=====================

How high does a path between two minima have to climb? Six methods answer for the Müller-Brown
potential, whose valley is narrow and curved. Each answer is an upper bound; the saddle is the
truth.
"""

import matplotlib.pyplot as plt
import numpy as np
import scipy.optimize
import torch

import morseloss as ml

MINUS = "\N{MINUS SIGN}"

land = ml.analytic.MuellerBrown()
minima = land.critical_points.of_index(0).points
start, end = minima[0:1], minima[1:2]
slow = ml.GradientPath(points=20, learning_rate=2e-4)
methods = {
    "Bezier, 1 bend": ml.BezierCurve(bends=1),
    "Bezier, 3 bends": ml.BezierCurve(bends=3),
    "chain, 3 bends": ml.PolygonalChain(bends=3),
    "Algorithm 2": slow,
    "Algorithm 3": ml.RefinedPath(slow, ml.DistanceCriterion()),
    "climbing string": ml.ClimbingString(),
}

# %%
# Every method goes through the same two functions. `Counted` counts the points at which a
# gradient or a Hessian was asked for; a Hessian counts as two products in the plane.

paths, tops = {}, {}
for name, method in methods.items():
    counted = ml.Counted(land)
    generator = torch.Generator().manual_seed(0)
    paths[name] = ml.find_paths(counted, start, end, method, generator=generator, max_steps=2000)
    tops[name] = ml.heights(land, paths[name])
    print(
        f"{name:16s} climbs to {tops[name].values.item():9.4f}"
        f"   ({counted.gradients:6d} gradients, {counted.products:4d} Hessian products)"
    )

# %%
# The exact answer: the graph with certified saddles, and the lowest way through it.

graph = ml.build_graph(land, land.critical_points)
exact = graph.weights.max()
print(f"the lowest way crosses saddles at {graph.weights.round(4)}: it climbs to {exact:.4f}")

# %%
# Left: where the paths run. Right: how high they are, against the part of the length that lies
# behind. A curve with few bends cannot follow the valley. Algorithm 2 with 20 points cannot
# resolve it: its points lie low, but the segments between them cut a corner. Algorithm 3 inserts
# points until they do not, at the price of many gradients; its jagged stretch is made mostly of
# points that joined the finished ones before they had settled.

fig, (plane, profile) = plt.subplots(1, 2, figsize=(10, 4.4), width_ratios=(1, 1.15))
box = torch.tensor([[-1.3, -0.35], [1.0, 1.85]])
ml.plot.landscape(land, points=land.critical_points, ax=plane, box=box)
styles = ["-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)), "-"]
colours = ["#5d7a3a", "#5d7a3a", "#6a4c93", "#a63d17", "#a63d17", "black"]
for (name, path), style, colour in zip(paths.items(), styles, colours, strict=True):
    line = path.polylines(40)[0]
    behind = (line[1:] - line[:-1]).norm(dim=1).cumsum(0)
    behind = torch.cat([torch.zeros(1), behind / behind[-1]])
    look = {"color": colour, "linestyle": style, "linewidth": 1.6}
    plane.plot(*line.T, **look)
    profile.plot(
        behind,
        land.value(line),
        label=f"{name}: {tops[name].values.item():.3f}".replace("-", MINUS),
        **look,
    )
profile.axhline(exact, color="grey", linewidth=0.8)
profile.annotate(
    f"exact pass {exact:.3f}".replace("-", MINUS),
    (0.99, exact),
    ha="right",
    va="bottom",
    color="grey",
)
profile.set(xlim=(0, 1), ylim=(-150, 70), xlabel="part of the path's length", ylabel="value")
profile.legend(loc="upper right", frameon=False, fontsize="small")
plane.set_aspect("equal")

# %%
# No method may fall below the pass: a bound that is too low is the one error a barcode cannot
# afford. Were the height read off the nodes of Algorithm 2 alone, it would be. The saddle is
# found once more by another solver, started from one digit.

nodes = land.value(paths["Algorithm 2"].controls[0]).max().item()
print(f"Algorithm 2, highest node only: {nodes:.4f}")

assert nodes < exact
assert all(top.values.item() >= exact - 1e-9 for top in tops.values())
saddle = scipy.optimize.root(
    lambda x: land.gradient(torch.from_numpy(x)[None])[0].numpy(), x0=[-0.8, 0.6], tol=1e-14
)
np.testing.assert_allclose(exact, land.value(torch.from_numpy(saddle.x)[None]).item(), rtol=1e-12)
assert tops["climbing string"].values.item() - exact < 0.05
assert tops["Algorithm 3"].values.item() < tops["Algorithm 2"].values.item()

# sphinx_gallery_thumbnail_path = 'generated/thumbnails/path_methods.png'
