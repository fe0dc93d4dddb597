"""Networks on a GPU against the CPU in double precision.

Claim: losses, gradients, products with the Hessian, alignment, short trainings, paths and their
heights are on a GPU what they are on the CPU in float64: in float64 to round-off, in float32 to
single precision, for fully connected and convolutional modules, with batch normalisation too.
Source: the CPU in float64.
Tolerance: relative to the largest number, 1e-10 in float64 and 1e-3 in float32 for what is computed
at given points; 1e-6 in float64 after a training of 20 steps, which passes errors on.
Needs a GPU: `python -m validation --preset gpu --data FOLDER --out FOLDER --minutes 9 --missing`,
which runs the benchmarks and the paper's experiment as well, and is repeated until it returns 0.
"""

from collections.abc import Iterator
from typing import Any

import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

import morseloss as ml
from morseloss.networks import (
    LBFGS,
    Constant,
    Descent,
    NetworkLandscape,
    SweptCurve,
    align,
    converge,
    initial,
    network_heights,
    train,
)
from morseloss.plot.style import INK, PASS
from validation.report import Outcome

__all__ = ["TITLE", "checked", "draw", "run"]

TITLE = "Networks on a GPU give what the CPU gives in float64"
IMAGES, NETWORKS, STEPS = 256, 4, 20
LIMITS = {"float64": 1e-10, "float32": 1e-3, "trained": 1e-6}
DTYPES = {"float64": torch.float64, "float32": torch.float32}


def run(seed: int) -> Outcome:
    """Compute all of it on both."""
    if not torch.cuda.is_available():
        raise RuntimeError("there is no GPU: this claim compares one with the CPU; run it on one")
    found = checked(torch.device("cuda"), seed)
    worst = max(found, key=lambda row: row["difference"] / row["limit"])
    return Outcome(
        "within 1e-10 in float64, 1e-3 in float32, 1e-6 after training",
        f"{len(found)} comparisons on {torch.cuda.get_device_name()}; closest to its limit: "
        f"{worst['what']} of {worst['module']} in {worst['dtype']}, {worst['difference']:.1e} of "
        f"{worst['limit']:.0e}",
        all(row["difference"] <= row["limit"] for row in found),
        {"device": torch.cuda.get_device_name(), "rows": found},
    )


def modules() -> dict[str, nn.Module]:
    """Return one module of each kind, for images of 12 x 12."""
    return {
        "dense ReLU": nn.Sequential(
            nn.Flatten(), nn.Linear(144, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(),
            nn.Linear(16, 10),
        ),
        "dense tanh": nn.Sequential(
            nn.Flatten(), nn.Linear(144, 16), nn.Tanh(), nn.Linear(16, 10)
        ),
        "convolution": nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(4), nn.Flatten(), nn.Linear(24, 10)
        ),
        "batch normalisation": nn.Sequential(
            nn.Conv2d(1, 6, 5), nn.BatchNorm2d(6), nn.Tanh(), nn.AvgPool2d(4), nn.Flatten(),
            nn.Linear(24, 10),
        ),
    }  # fmt: skip


def checked(device: torch.device, seed: int) -> list[dict[str, Any]]:
    """Return the relative difference of everything on the device from the CPU in float64."""
    found = []
    for name, module in modules().items():
        expected = dict(_all(module, torch.device("cpu"), torch.float64, seed))
        for dtype_name, dtype in DTYPES.items():
            for what, got in _all(module, device, dtype, seed):
                trained = what.startswith("trained")
                if trained and dtype is torch.float32:
                    continue  # twenty steps pass errors of single precision on to the second digit
                wanted = expected[what]
                off = (got.double().cpu() - wanted).abs().max() / wanted.abs().max()
                found.append({
                    "module": name, "what": what, "dtype": dtype_name, "difference": float(off),
                    "limit": LIMITS["trained" if trained else dtype_name],
                })  # fmt: skip
    return found


def _all(
    module: nn.Module, device: torch.device, dtype: torch.dtype, seed: int
) -> Iterator[tuple[str, Tensor]]:
    """Everything that is compared, by name; random numbers are drawn on the CPU in float64."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.rand(IMAGES, 1, 12, 12, generator=generator, dtype=torch.float64)
    targets = torch.randint(0, 10, (IMAGES,), generator=generator)
    land = NetworkLandscape(
        module, nn.functional.cross_entropy, inputs.to(device), targets.to(device),
        weight_decay=1e-3, chunk=96,
    )  # fmt: skip
    points = initial(land, NETWORKS, generator=generator, dtype=torch.float64).cpu()
    vectors = torch.randn(points.shape, generator=generator, dtype=torch.float64).to(device, dtype)
    points = points.to(device, dtype)
    yield "value", land.value(points)
    yield "gradient", land.gradient(points)
    yield "product with the Hessian", land.hvp(points, vectors)
    yield "outputs", land.outputs(points, land.inputs)
    yield "alignment", align(land, points[:2], points[2:])
    line = torch.stack([points[:2], points[2:]], 1)
    status = torch.ones(2, dtype=torch.long, device=device)
    yield "height", network_heights(land, ml.Paths(line, ml.Polyline(), status)).values
    yield from _trained(land, points, seed)


def _trained(land: NetworkLandscape, points: Tensor, seed: int) -> Iterator[tuple[str, Tensor]]:
    size, generator = IMAGES // STEPS, torch.Generator().manual_seed(seed)
    descent = Descent(Constant(1e-3), epochs=1, size=size, finish=None, dtype=points.dtype)
    found = train(land, points.clone(), descent, generator=generator)
    yield "trained by Adam", found.points
    yield "trained by L-BFGS", converge(land, points, LBFGS(), max_steps=STEPS).values
    paths = ml.find_paths(
        land.batches(size, generator=generator), points[:2], points[2:], SweptCurve(steps=STEPS),
        generator=generator,
    )  # fmt: skip
    yield "trained path", paths.controls


def draw(data: dict) -> Figure:
    """Draw all differences against their limits."""
    figure = Figure(figsize=(8, 0.3 * len({r["what"] for r in data["rows"]}) + 3), dpi=100)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    kinds = list(dict.fromkeys(row["what"] for row in data["rows"]))
    for dtype, colour, shift in (("float64", INK, -0.12), ("float32", PASS, 0.12)):
        some = [row for row in data["rows"] if row["dtype"] == dtype]
        places = [kinds.index(row["what"]) + shift for row in some]
        off = [max(row["difference"], 1e-17) for row in some]
        axes.scatter(off, places, s=18, color=colour, label=dtype)
        limits = [row["limit"] for row in some]
        axes.scatter(limits, places, marker="|", s=60, color=colour, label=f"limit, {dtype}")
    axes.set(xscale="log", xlabel="largest difference, relative", yticks=range(len(kinds)))
    axes.set_yticklabels(kinds)
    axes.invert_yaxis()
    axes.legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure
