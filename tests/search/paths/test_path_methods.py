import pytest
import torch

import morseloss as ml
from morseloss.search.paths.point_paths import orthogonal
from tests.checks import check_path_method, close

METHODS = {
    "Algorithm 2": ml.GradientPath(points=10, learning_rate=2e-3),
    "Algorithm 3, loss": ml.RefinedPath(ml.GradientPath(8, 2e-3), ml.LossCriterion(), every=20),
    "Algorithm 3, distance": ml.RefinedPath(
        ml.GradientPath(8, 2e-3), ml.DistanceCriterion(), every=20
    ),
    "chain": ml.PolygonalChain(bends=2, steps=100),
    "bezier": ml.BezierCurve(bends=2, steps=100),
    "string": ml.ClimbingString(),
}
LANDSCAPES = (
    ml.analytic.DoubleWell(2),
    ml.analytic.SixHumpCamel(),
    ml.analytic.Himmelblau(),
    ml.analytic.Rastrigin(dim=3, wells=1),
)


@pytest.mark.parametrize("landscape", LANDSCAPES, ids=repr)
@pytest.mark.parametrize("name", METHODS)
def test_every_method_passes_the_interface_check(name, landscape, generator):
    check_path_method(METHODS[name], landscape, generator)


@pytest.mark.parametrize("name", METHODS)
def test_a_straight_valley_stays_straight(name):
    valley = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 3.0})
    ends = torch.tensor([[-1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    seed = torch.Generator().manual_seed(0)
    paths = ml.find_paths(valley, ends[:1], ends[1:], METHODS[name], generator=seed)
    assert paths.controls[..., 1].abs().max() == 0
    close(ml.heights(valley, paths).values, torch.zeros(1, dtype=torch.float64), 1e-12)


def test_a_bent_path_falls_into_a_straight_valley():
    valley = ml.Polynomial({(4, 0): 1.0, (2, 0): -2.0, (0, 2): 3.0})
    line = torch.linspace(-1, 1, 9, dtype=torch.float64)
    bent = torch.stack([line, 0.5 * (1 - line**2)], dim=-1)[None]
    method = ml.GradientPath(points=9, learning_rate=0.05)
    state = method.init(valley, bent[:, 0], bent[:, -1])
    state = type(state)(bent, state.first, state.steps, state.status)
    for _ in range(200):
        state = method.step(valley, state)
    assert state.controls[..., 1].abs().max() < 1e-3


def test_the_projection_leaves_what_is_across_a_straight_path():
    path = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]])
    gradient = torch.tensor([[[5.0, 3.0]]])
    close(orthogonal(gradient, path), torch.tensor([[[0.0, 3.0]]]))


def test_the_projection_takes_the_mean_over_both_neighbours():
    path = torch.tensor([[[0.0, 0.0], [1.0, 0.0], [1.0, 2.0]]])
    gradient = torch.tensor([[[4.0, 6.0]]])
    close(orthogonal(gradient, path), torch.tensor([[[2.0, 3.0]]]))


def test_insertion_keeps_all_points_and_the_size_of_the_moving_batch():
    land = ml.analytic.MuellerBrown()
    minima = land.critical_points.of_index(0).points
    criterion = ml.LossCriterion(threshold=0.5)
    method = ml.RefinedPath(ml.GradientPath(8, 1e-4), criterion, every=10)
    counted = ml.Counted(land)
    state = method.init(counted, minima[:1], minima[1:2])
    for _ in range(10):
        before = state
        state = method.step(counted, state)
    assert state.controls.shape[1] == before.controls.shape[1] + 2
    assert state.first.tolist() == [1]
    nodes, kept = state.controls[0], before.controls[0]
    moved = method.path.step(land, before).controls[0]
    assert all(any(torch.equal(node, point) for node in nodes) for point in moved)
    assert len(kept) == 8
    counted.gradients = 0
    method.step(counted, state)
    assert counted.gradients == 6


def test_paths_that_need_no_points_are_padded_and_keep_their_height():
    land = ml.analytic.SixHumpCamel()
    minima = land.critical_points.of_index(0).points
    method = ml.RefinedPath(ml.GradientPath(8, 1e-2), ml.DistanceCriterion(), every=20)
    alone = ml.find_paths(land, minima[:1], minima[1:2], method, max_steps=200)
    starts, ends = minima[[0, 0, 0]], minima[[1, 4, 5]]
    together = ml.find_paths(land, starts, ends, method, max_steps=200)
    close(ml.heights(land, together).values[:1], ml.heights(land, alone).values)


def test_finished_pairs_leave_the_batch():
    land = ml.Counted(ml.analytic.MuellerBrown())
    minima = land.base.critical_points.of_index(0).points
    starts = torch.stack([minima[0], minima[0]])
    ends = torch.stack([minima[0] + 1e-6, minima[1]])
    paths = ml.find_paths(land, starts, ends, ml.ClimbingString(images=5), max_steps=40)
    assert land.gradients < 2 * 3 * 40
    assert len(paths) == 2


def test_curves_need_a_generator():
    land = ml.analytic.DoubleWell(1)
    ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
    with pytest.raises(ValueError, match="pass `generator`"):
        ml.find_paths(land, ends[:1], ends[1:], ml.BezierCurve())


def test_the_same_seed_gives_the_same_curve():
    land = ml.analytic.Himmelblau()
    minima = land.critical_points.of_index(0).points
    curves = [
        ml.find_paths(
            land,
            minima[:2],
            minima[2:],
            ml.PolygonalChain(steps=50),
            generator=torch.Generator().manual_seed(1),
        )
        for _ in range(2)
    ]
    assert torch.equal(curves[0].controls, curves[1].controls)


@pytest.mark.parametrize("method", [ml.PolygonalChain(bends=1), ml.BezierCurve(bends=1)])
def test_training_lowers_the_height(method, generator):
    land = ml.analytic.MuellerBrown()
    minima = land.critical_points.of_index(0).points
    paths = ml.find_paths(land, minima[:1], minima[1:2], method, generator=generator)
    line = ml.find_paths(
        land, minima[:1], minima[1:2], ml.GradientPath(points=3, learning_rate=1e-300)
    )
    assert ml.heights(land, paths).values < ml.heights(land, line).values - 1


def test_too_large_a_step_is_a_status_and_keeps_the_last_good_points():
    land = ml.analytic.Himmelblau()
    minima = land.critical_points.of_index(0).points
    method = ml.GradientPath(points=6, learning_rate=10.0)
    paths = ml.find_paths(land, minima[:1], minima[1:2], method)
    assert paths.status.tolist() == [ml.Status.DIVERGED]
    assert paths.controls.isfinite().all()


@pytest.mark.parametrize("dim", [2, 4])
@pytest.mark.parametrize("name", ["Algorithm 2", "chain", "string"])
def test_a_gradient_that_is_not_finite_is_a_status_of_its_row_alone(name, dim, generator):
    land = ml.Function(lambda x: (x**2).sum(-1) + 0 * torch.sqrt(3 - x[:, 0]), dim=dim)
    starts, ends = torch.zeros(2, 2, dim, dtype=torch.float64)
    starts[:, 0] = -1.0
    ends[0, 0], ends[1, 1] = 9.0, -1.0
    paths = ml.find_paths(land, starts, ends, METHODS[name], generator=generator)
    assert paths.status[0] == ml.Status.NONFINITE
    assert paths.status[1] != ml.Status.NONFINITE
    assert paths.controls.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", METHODS)
def test_a_path_from_a_point_to_itself_stays_there(name, dtype, generator):
    land = ml.analytic.DoubleWell(2, tilt=(0.0, 0.0))
    point = torch.ones(1, 2, dtype=dtype)
    paths = ml.find_paths(land, point, point, METHODS[name], generator=generator, max_steps=30)
    assert paths.controls.isfinite().all()
    assert (paths.controls - 1).abs().max() < 1e-3


def test_ends_of_different_shape_are_refused():
    land = ml.analytic.DoubleWell(2)
    ends = torch.zeros(3, 2, dtype=torch.float64)
    with pytest.raises(ValueError, match="one shape"):
        ml.find_paths(land, ends, ends[:2], ml.ClimbingString())


@pytest.mark.parametrize(
    "make",
    [
        lambda: ml.GradientPath(points=2),
        lambda: ml.GradientPath(learning_rate=0.0),
        lambda: ml.RefinedPath(every=0),
        lambda: ml.RefinedPath(ml.GradientPath(points=4)),
        lambda: ml.PolygonalChain(bends=0),
        lambda: ml.BezierCurve(learning_rate=-1.0),
        lambda: ml.ClimbingString(images=2),
        lambda: ml.heights(
            ml.analytic.DoubleWell(1),
            ml.Paths(torch.zeros(1, 2, 1), ml.Polyline(), torch.ones(1).long()),
            samples=1,
        ),
    ],
)
def test_bad_numbers_are_refused(make):
    with pytest.raises(ValueError, match="must"):
        make()


def test_the_top_between_nodes_is_found():
    land = ml.analytic.DoubleWell(1, tilt=(0.0,))
    nodes = torch.tensor([[[-1.0], [-0.7], [0.6], [1.0]]], dtype=torch.float64)
    paths = ml.Paths(nodes, ml.Polyline(), torch.ones(1, dtype=torch.long))
    top = ml.heights(land, paths)
    assert land.value(nodes[0]).max() < 0.5
    close(top.values, torch.ones(1, dtype=torch.float64), 1e-12)
    assert abs(float(top.points)) < 1e-6
    assert "1 Polyline()" in repr(paths)


def test_a_top_at_an_end_is_the_height():
    land = ml.Polynomial({1: 1.0})
    nodes = torch.tensor([[[0.0], [3.0]]], dtype=torch.float64)
    paths = ml.Paths(nodes, ml.Bezier(), torch.ones(1, dtype=torch.long))
    top = ml.heights(land, paths)
    close(top.values, torch.tensor([3.0], dtype=torch.float64), 1e-9)


def test_curve_weights_are_a_partition_of_unity():
    times = torch.linspace(0, 1, 11, dtype=torch.float64)
    for curve in (ml.Polyline(), ml.Bezier()):
        for controls in (2, 3, 5):
            weights = curve.weights(times, controls)
            close(weights.sum(-1), torch.ones(11, dtype=torch.float64))
            assert (weights >= 0).all()
            assert weights[0, 0] == weights[-1, -1] == 1


def test_a_path_through_nan_is_infinitely_high_and_spoils_no_other():
    land = ml.Function(lambda x: (x**2).sum(-1) + 0 * torch.sqrt(x[:, 1] + 0.5), dim=2)
    nodes = torch.tensor(
        [[[-1.0, 0.0], [1.0, 0.0]], [[-1.0, 0.0], [0.0, -2.0]], [[0.0, -3.0], [0.0, -2.0]]],
        dtype=torch.float64,
    )
    top = ml.heights(land, ml.Paths(nodes, ml.Polyline(), torch.ones(3, dtype=torch.long)))
    assert top.values.tolist() == [1.0, float("inf"), float("inf")]
    assert torch.equal(top.points[2], nodes[2, 0])


@pytest.mark.parametrize("curve", [ml.PolygonalChain, ml.BezierCurve])
def test_a_rate_means_the_same_in_few_parameters_and_in_many(curve, generator):
    def moved(copies):
        land = ml.Function(lambda x: torch.sin(3 * x).sum(-1), dim=2 * copies)
        line = torch.tensor([[0.0, 0.0], [1.0, 2.0]], dtype=torch.float64).repeat(1, copies)
        method = curve(learning_rate=0.03, steps=5, samples=2)
        seed = torch.Generator().manual_seed(0)
        return ml.find_paths(land, line[:1], line[1:], method, generator=seed).controls[..., :2]

    torch.testing.assert_close(moved(1), moved(50), rtol=1e-9, atol=0)


def test_a_gradient_too_small_to_square_moves_no_more_than_others():
    land = ml.Function(lambda x: 1e-30 * x[:, 1] + x[:, 0] ** 2 / 2, dim=2)
    ends = torch.tensor([[-1.0, 0.0], [1.0, 1.0]])
    seed = torch.Generator().manual_seed(0)
    paths = ml.find_paths(land, ends[:1], ends[1:], ml.BezierCurve(steps=50), generator=seed)
    assert paths.controls[0, 1].abs().max() < 2


def test_a_trace_sees_the_start_and_each_step_and_its_rows(generator):
    land = ml.analytic.Himmelblau()
    minima = land.critical_points.of_index(0).points
    seen = []
    ml.find_paths(
        land, minima[:2], minima[2:], ml.BezierCurve(steps=7), generator=generator, max_steps=5,
        trace=lambda state, rows: seen.append((int(state.steps[0]), rows.tolist())),
    )  # fmt: skip
    assert seen == [(step, [0, 1]) for step in range(6)]
