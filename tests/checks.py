"""One check per interface: a new landscape or path method passes it in one line."""

import torch

import morseloss as ml

CATALOGUE = (
    ml.analytic.EasyAndHard(),
    ml.analytic.DoubleWell(1),
    ml.analytic.DoubleWell(2),
    ml.analytic.DoubleWell(3),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.MuellerBrown(),
    ml.analytic.Rastrigin(dim=1, wells=3),
    ml.analytic.Rastrigin(dim=2, wells=1),
    ml.analytic.Rastrigin(dim=3, wells=1),
)


class Derived(ml.Landscape):
    """Only the values of a landscape: everything else is derived by the base class."""

    def __init__(self, base: ml.Landscape) -> None:
        self.base, self.dim, self.box = base, base.dim, base.box

    def value(self, points: torch.Tensor) -> torch.Tensor:
        return self.base.value(points)


def check_landscape(landscape: ml.Landscape, points: torch.Tensor) -> None:
    """Shapes, independent rows, closed forms against derived ones, symmetric Hessian, dtype."""
    rows, dim = points.shape
    value, gradient, hessian = landscape.jet(points)
    assert value.shape == (rows,)
    assert gradient.shape == (rows, dim)
    assert hessian.shape == (rows, dim, dim)

    derived = Derived(landscape)
    close(landscape.value(points), value)
    close(landscape.gradient(points), gradient)
    close(landscape.hessian(points), hessian)
    close(derived.gradient(points), gradient)
    close(derived.hessian(points), hessian)
    close(hessian, hessian.mT)

    vectors = torch.ones_like(points)
    product = (hessian @ vectors[..., None])[..., 0]
    close(landscape.hvp(points, vectors), product)
    close(derived.hvp(points, vectors), product)

    order = torch.arange(rows - 1, -1, -1)
    close(landscape.value(points[order])[order], value)
    close(landscape.value(points[:1]), value[:1])

    single = points.float()
    assert landscape.value(single).dtype == torch.float32
    assert landscape.gradient(single).dtype == torch.float32
    repr(landscape)


def check_path_method(method, landscape: ml.Landscape, generator: torch.Generator) -> None:
    """Ends stay, rows are independent, heights bound the pass, states are rows of tensors."""
    minima = landscape.critical_points.of_index(0)
    count = min(len(minima), 4)
    starts, ends = minima.points[: count - 1], minima.points[1:count]

    def found(a: torch.Tensor, b: torch.Tensor) -> ml.Paths:
        seed = torch.Generator().manual_seed(7)
        return ml.find_paths(landscape, a, b, method, generator=seed, max_steps=120)

    paths = found(starts, ends)
    assert torch.equal(paths.controls[:, 0], starts)
    assert torch.equal(paths.controls[:, -1], ends)
    assert len(paths) == len(starts)
    assert paths.controls.isfinite().all()

    alone = found(starts[:1], ends[:1])
    width = alone.controls.shape[1]
    close(ml.heights(landscape, alone).values, ml.heights(landscape, paths).values[:1], 1e-6)
    assert width <= paths.controls.shape[1]

    top = ml.heights(landscape, paths)
    sampled = paths.at(torch.linspace(0, 1, 997, dtype=torch.float64))
    highest = landscape.value(sampled.flatten(0, 1)).reshape(len(paths), -1).amax(1)
    assert (top.values >= highest - 1e-9 * (1 + highest.abs())).all()
    close(landscape.value(top.points), top.values)


def close(a: torch.Tensor, b: torch.Tensor, rtol: float = 1e-10) -> None:
    torch.testing.assert_close(a, b, rtol=rtol, atol=rtol * float(1 + b.abs().max()))
