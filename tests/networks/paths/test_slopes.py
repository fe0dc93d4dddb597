import pytest
import torch

import morseloss as ml
from morseloss.networks.paths.slopes import SlopeRecord, tangential_and_normal
from tests.checks import close

BOWL = ml.Function(lambda x: (x**2).sum(-1) / 2, dim=2)


def paths_of(nodes, curve=None):
    nodes = torch.tensor(nodes, dtype=torch.float64)
    return ml.Paths(nodes, curve or ml.Polyline(), torch.ones(len(nodes), dtype=torch.long))


def test_the_gradient_is_split_along_and_across_a_line():
    line = paths_of([[[-1.0, 3.0], [1.0, 3.0]]])
    slopes = tangential_and_normal(BOWL, line, times=5)
    along = torch.tensor([[1.0, 0.5, 0.0, 0.5, 1.0]], dtype=torch.float64)
    close(slopes.tangential, along, 1e-9)
    close(slopes.normal, torch.full((1, 5), 3.0, dtype=torch.float64), 1e-9)
    close(slopes.values, (9 + along**2) / 2, 1e-9)


def test_both_parts_make_up_the_gradient_of_a_bent_curve(generator):
    controls = torch.randn(3, 4, 2, generator=generator, dtype=torch.float64)
    paths = ml.Paths(controls, ml.Bezier(), torch.ones(3, dtype=torch.long))
    slopes = tangential_and_normal(BOWL, paths, times=7, rows=4)
    whole = paths.at(slopes.times).norm(dim=-1)
    close(slopes.tangential**2 + slopes.normal**2, whole**2, 1e-9)
    times = slopes.times.clone().requires_grad_()
    for row in range(3):
        points = paths.curve.weights(times, 4) @ controls[row]
        (speed,) = torch.autograd.grad(BOWL.value(points).sum(), times, retain_graph=True)
        (x,) = torch.autograd.grad(points[:, 0].sum(), times, retain_graph=True)
        (y,) = torch.autograd.grad(points[:, 1].sum(), times)
        close(slopes.tangential[row], (speed / torch.hypot(x, y)).abs(), 1e-4)


def test_a_corner_has_the_tangent_between_its_sides():
    corner = paths_of([[[-1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]])
    slopes = tangential_and_normal(BOWL, corner, times=3)
    assert float(slopes.tangential[0, 1]) == pytest.approx(0, abs=1e-6)
    assert float(slopes.normal[0, 1]) == pytest.approx(1, abs=1e-6)


def test_a_path_that_stands_still_has_no_tangent():
    still = paths_of([[[1.0, 1.0], [1.0, 1.0]]])
    slopes = tangential_and_normal(BOWL, still, times=2)
    assert slopes.tangential.abs().max() == 0
    close(slopes.normal, torch.full((1, 2), 2.0**0.5, dtype=torch.float64))


def test_on_a_path_of_steepest_descent_nothing_is_across():
    valley = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 3.0})
    slopes = tangential_and_normal(valley, paths_of([[[-1.0, 0.0], [1.0, 0.0]]]))
    assert slopes.normal.max() < 1e-9
    assert slopes.tangential.max() > 1


def test_single_precision_stays_single():
    line = paths_of([[[-1.0, 3.0], [1.0, 3.0]]])
    single = ml.Paths(line.controls.float(), line.curve, line.status)
    slopes = tangential_and_normal(BOWL, single, times=3)
    assert slopes.normal.dtype == torch.float32
    close(slopes.normal, torch.full((1, 3), 3.0), 1e-5)


def test_a_record_sees_the_part_across_fall_and_drops_finished_paths():
    land = ml.analytic.Himmelblau()
    minima = land.critical_points.of_index(0).points
    method = ml.GradientPath(points=12, learning_rate=2e-3, tol=1e-2)
    record = SlopeRecord(land, method.curve, every=10, times=12)
    starts, ends = minima[[0, 0, 0]], minima[[1, 2, 3]]
    ml.find_paths(land, starts, ends, method, max_steps=200, trace=record)
    assert record.steps == [10 * look for look in range(len(record.steps))]
    first, last = record.slopes[0], record.slopes[-1]
    row = int(record.rows[-1][0])
    assert record.rows[0].tolist() == [0, 1, 2]
    assert len(record.rows[-1]) == len(last) < 3
    assert last.normal[0, 1:-1].max() < 0.5 * first.normal[row, 1:-1].max()


@pytest.mark.parametrize("times", [1, torch.tensor([0.0, 1.5]), torch.tensor([[0.0, 1.0]])])
def test_bad_times_are_refused(times):
    with pytest.raises(ValueError, match="`times` must hold"):
        tangential_and_normal(BOWL, paths_of([[[0.0, 0.0], [1.0, 0.0]]]), times=times)


def test_bad_counts_are_refused():
    with pytest.raises(ValueError, match="`rows`"):
        tangential_and_normal(BOWL, paths_of([[[0.0, 0.0], [1.0, 0.0]]]), rows=0)
    with pytest.raises(ValueError, match="`every`"):
        SlopeRecord(BOWL, ml.Polyline(), every=0)
