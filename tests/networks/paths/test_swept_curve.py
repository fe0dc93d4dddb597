import math

import pytest
import torch
from torch import nn

import morseloss as ml
from morseloss.networks import NetworkLandscape
from morseloss.networks.paths.swept_curve import SweptCurve
from tests.checks import check_path_method, close
from tests.networks.models import cross_entropy, labelled, mlp, vectors
from validation.images import digits


def small_land(generator):
    inputs, targets = labelled(generator, 6)
    return NetworkLandscape(mlp(), cross_entropy, inputs, targets, weight_decay=1e-2)


def trained(land, batches, ends, method, seed=0):
    paths = ml.find_paths(
        batches,
        ends[:1],
        ends[1:2],
        method,
        generator=torch.Generator().manual_seed(seed),
        max_steps=method.steps,
    )
    return float(ml.heights(land, paths).values), paths


@pytest.mark.parametrize("bends", [1, 3])
@pytest.mark.parametrize("land", [ml.analytic.SixHumpCamel(), ml.analytic.Himmelblau()], ids=repr)
def test_it_passes_the_interface_check(land, bends, generator):
    check_path_method(SweptCurve(bends=bends, samples=4, steps=100), land, generator)


def test_times_sweep_the_curve_evenly_with_the_density_that_is_divided_by():
    method = SweptCurve(samples=1000)
    land = ml.analytic.Himmelblau()
    ends = torch.zeros(2, 2, dtype=torch.float64)
    state = method.init(land, ends[:1], ends[1:], torch.Generator().manual_seed(3))
    times, density = method._times(state)
    assert ((times >= 0) & (times <= 1)).all()
    close(density, math.pi / 2 * torch.sin(math.pi * times), 1e-12)
    # the mean over uniform times of t^2 (1 - t) is 1/12: by chance a thousand miss it by 2e-3
    mean = float((times**2 * (1 - times) / density).mean())
    assert mean == pytest.approx(1 / 12, abs=1e-4)
    assert float(times.sort(dim=1).values.diff(dim=1).max()) < 0.05


def test_times_go_on_where_the_step_before_ended():
    land = ml.analytic.Himmelblau()
    ends = torch.tensor([[3.0, 2.0], [-2.8, 3.1]], dtype=torch.float64)
    one, many = SweptCurve(samples=1), SweptCurve(samples=3)
    state = one.init(land, ends[:1], ends[1:], torch.Generator().manual_seed(3))
    singles = []
    for _ in range(3):
        singles.append(one._times(state)[0])
        state = one.step(land, state)
    first = many.init(land, ends[:1], ends[1:], torch.Generator().manual_seed(3))
    close(torch.cat(singles, dim=1), many._times(first)[0], 1e-12)


def test_the_step_is_that_of_adam_on_the_mean_over_the_curve(generator):
    land = ml.analytic.Himmelblau()
    ends = torch.tensor([[3.0, 2.0], [-2.8, 3.1]], dtype=torch.float64)
    method = SweptCurve(bends=2, samples=20_000, learning_rate=0.01, steps=10)
    state = method.step(land, method.init(land, ends[:1], ends[1:], generator))
    leaf = method.init(land, ends[:1], ends[1:], generator).controls.requires_grad_()
    times = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    mean = land.value((method.curve.weights(times, 4) @ leaf)[0]).mean()
    (slope,) = torch.autograd.grad(mean, leaf)
    close(state.means, 0.1 * slope[:, 1:-1], 1e-3)
    size = (ends[1] - ends[0]).norm() / 2**0.5
    close(state.controls[:, 1:-1] - leaf[:, 1:-1], -0.01 * size * slope[:, 1:-1].sign(), 1e-5)


def test_the_rate_falls_to_zero_in_a_line(generator):
    land = ml.analytic.Himmelblau()
    ends = torch.tensor([[3.0, 2.0], [-3.0, 2.0]], dtype=torch.float64)
    method = SweptCurve(learning_rate=0.5, steps=4)
    state = method.init(land, ends[:1], ends[1:], generator)
    rates = []
    for _ in range(4):
        rates.append(float(method._rate(state)))
        state = method.step(land, state)
    size = 0.5 * 6 / 2**0.5
    assert rates == pytest.approx([size, 0.75 * size, 0.5 * size, 0.25 * size])
    assert float(method._rate(state)) == 0
    assert state.status.tolist() == [ml.Status.CONVERGED]


def test_mini_batches_lower_the_height_of_a_network_path(generator):
    land = small_land(generator)
    ends = vectors(land, generator, n=2)
    ends = descended(land, ends)
    method = SweptCurve(steps=400)
    height, paths = trained(land, land.batches(10, generator=generator), ends, method)
    line = ml.Paths(ends[None], ml.Polyline(), torch.ones(1, dtype=torch.long))
    straight, floor = float(ml.heights(land, line).values), float(land.value(ends).max())
    assert paths.status.tolist() == [ml.Status.CONVERGED]
    assert floor <= height < floor + 0.5 * (straight - floor)


def test_even_times_beat_times_by_chance_at_equal_cost(generator):
    land = small_land(generator)
    ends = descended(land, vectors(land, generator, n=2))
    swept = SweptCurve(bends=2, steps=100)
    chance = ml.BezierCurve(bends=2, samples=1, steps=100, learning_rate=swept.learning_rate)
    heights = [
        [trained(land, land, ends, method, seed)[0] for seed in range(3)]
        for method in (swept, chance)
    ]
    assert sum(heights[0]) < sum(heights[1])


def test_a_path_is_the_same_beside_others_and_alone(generator):
    land = small_land(generator)
    ends = vectors(land, generator, n=4)
    method = SweptCurve(steps=30)

    def found(rows):
        seed = torch.Generator().manual_seed(5)
        batches = land.batches(10, generator=seed)
        return ml.find_paths(batches, ends[rows], ends[3:].expand(len(rows), -1), method,
                             generator=seed).controls  # fmt: skip

    close(found([1]), found([0, 1, 2])[1:2], 1e-9)


def test_the_same_seed_gives_the_same_bits(generator):
    land = small_land(generator)
    ends = vectors(land, generator, n=2)
    method = SweptCurve(steps=20)
    first, second = (trained(land, land, ends, method, seed=4)[1].controls for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, trained(land, land, ends, method, seed=5)[1].controls)


def test_a_path_that_meets_a_loss_that_is_not_finite_keeps_its_last_good_state(generator):
    def value(points):
        bad = points[:, 0] > 2
        return torch.where(bad, torch.nan, 1.0) * (points**2).sum(-1)

    land = ml.Function(value, dim=2)
    starts = torch.tensor([[-1.0, 0.5], [-1.0, 0.5]], dtype=torch.float64)
    ends = torch.tensor([[1.0, 0.5], [4.0, 0.5]], dtype=torch.float64)
    paths = ml.find_paths(land, starts, ends, SweptCurve(steps=50, samples=4), generator=generator)
    assert paths.status.tolist() == [ml.Status.CONVERGED, ml.Status.NONFINITE]
    assert paths.controls.isfinite().all()


def test_single_precision_stays_single(generator):
    land = small_land(generator)
    ends = vectors(land, generator, n=2).float()
    paths = ml.find_paths(land, ends[:1], ends[1:], SweptCurve(steps=3), generator=generator)
    assert paths.controls.dtype == torch.float32


def test_a_parameter_without_influence_does_not_run_away_in_single_precision(generator):
    """The square of its gradient is 0 in single precision, the gradient is not."""
    land = ml.Function(lambda x: (x[:, 0] ** 2 - 1) ** 2 + 1e-25 * x[:, 1], dim=2)
    ends = torch.tensor([[-1.0, 0.0], [1.0, 0.0]])
    paths = ml.find_paths(land, ends[:1], ends[1:], SweptCurve(steps=20), generator=generator)
    assert paths.controls[..., 1].abs().max() < 0.01


@pytest.mark.parametrize(
    "wrong", [{"bends": 0}, {"samples": 0}, {"steps": 0}, {"learning_rate": 0.0}]
)
def test_bad_numbers_are_refused(wrong):
    with pytest.raises(ValueError, match="must be 1 or more"):
        SweptCurve(**wrong)


def test_it_asks_for_a_generator():
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match="manual_seed"):
        ml.find_paths(land, torch.zeros(1, 2), torch.ones(1, 2), SweptCurve())


def descended(land, points, steps=300):
    """Minima, roughly: gradient descent."""
    for _ in range(steps):
        points = points - 0.5 * land.gradient(points)
    return points


def drawn(module, land):
    for layer in module:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    return land.vectors([module])[0]


@pytest.mark.slow
def test_digits_are_connected_lower_than_elsewhere():
    """Median penalty over pairs at 100 full gradients; the best measured elsewhere is 0.0095."""
    x, y = digits()
    module = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    )
    land = NetworkLandscape(module, cross_entropy, x.double(), y, weight_decay=1e-3)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        rows = [drawn(module, land) for _ in range(3)]
    points = nn.Parameter(torch.stack(rows).double())
    adam = torch.optim.Adam([points], lr=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, 1200)
    for _ in range(1200):
        points.grad = land.gradient(points.detach())
        adam.step()
        schedule.step()
    ends = points.detach()
    generator = torch.Generator().manual_seed(0)
    method = SweptCurve(steps=100 * len(land) // 64)
    paths = ml.find_paths(
        land.batches(64, generator=generator), ends[[0, 0, 1]], ends[[1, 2, 2]], method,
        generator=generator, max_steps=method.steps,
    )  # fmt: skip
    values = land.value(ends)
    floor = torch.maximum(values[[0, 0, 1]], values[[1, 2, 2]])
    penalty = (ml.heights(land, paths).values - floor).median()
    assert 0 < penalty < 0.005


@pytest.mark.gpu
def test_a_gpu_finds_the_paths_of_the_cpu(generator):
    land = small_land(generator)
    there = NetworkLandscape(
        mlp(), cross_entropy, land.inputs.cuda(), land.targets.cuda(), weight_decay=1e-2
    )
    ends = vectors(land, generator, n=2)
    method = SweptCurve(steps=50)
    here = trained(land, land, ends, method)[1].controls
    paths = trained(there, there, ends.cuda(), method)[1]
    assert paths.controls.device.type == "cuda"
    close(paths.controls.cpu(), here, 1e-6)
