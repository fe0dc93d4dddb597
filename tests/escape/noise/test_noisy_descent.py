"""Walks of noisy descent: streams, first passages, censoring, and what is refused."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy import stats

import morseloss as ml
from morseloss.escape.noise import passage, walks
from morseloss.escape.noise.noisy_descent import BatchDescent, GaussianDescent
from morseloss.escape.noise.passage import EscapeTimes, escape_times
from morseloss.escape.noise.valley import valley

TILTED = ml.Polynomial({4: 1.0, 2: -2.0, 1: 0.3})
CUBIC = ml.Polynomial({3: 1.0, 1: -1.0})
NOISY = GaussianDescent(TILTED, lr=0.02, sigma=5.0)
PARTS = [ml.Polynomial({4: 1.0, 2: -2.0 + tilt / 4, 1: 0.3 + tilt}) for tilt in (-6.0, 1.0, 5.0)]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


# valley


def test_the_length_is_that_of_the_bar_though_nearer_passes_are_lower():
    slope = 8.0 * np.polynomial.Polynomial.fromroots((0.0, 0.5, 0.7, 1.6, 2.3))
    land = ml.Polynomial({k: float(c) for k, c in enumerate(slope.integ().coef)})
    points = ml.critical_points(land)
    bars = ml.morse_complex(land, points).diagram()
    for bar in np.flatnonzero(bars.finite & (bars.degrees == 0)):
        around = valley(land, float(points.points[bars.birth_cells[bar], 0]))
        assert around.length == pytest.approx(bars.lifetimes[bar], rel=1e-12)
        saddle = float(points.points[bars.death_cells[bar], 0])
        assert around.saddle == pytest.approx(saddle, abs=1e-9)


def test_the_ends_are_the_first_lower_points():
    around = valley(CUBIC, 0.3)
    assert around.minimum == pytest.approx(3**-0.5)
    assert around.saddle == pytest.approx(-(3**-0.5))
    assert around.left == pytest.approx(-2 * 3**-0.5)
    assert math.isinf(around.right)
    assert repr(around) == (
        "Valley(minimum 0.5774 and saddle -0.5774 in (-1.155, inf), length 0.7698)"
    )
    mirrored = valley(ml.Polynomial({3: -1.0, 1: 1.0}), -0.3)
    assert (mirrored.left, mirrored.right) == (-around.right, -around.left)


def test_a_lower_place_on_both_sides_gives_two_ends_and_the_lower_saddle():
    land = ml.Polynomial({6: 1.0, 4: -3.0, 2: 2.1, 1: 0.05})
    around = valley(land, 0.0)
    ends = torch.tensor([[around.left], [around.right]], dtype=torch.float64)
    np.testing.assert_allclose(land.value(ends), around.value, atol=1e-12)
    points = ml.critical_points(land)
    assert around.height == pytest.approx(float(points.values[points.indices == 1].min()))


def test_a_slow_fall_to_infinity_has_its_end_far_away():
    around = valley(ml.Polynomial({3: 1.0, 2: 8.0, 1: -0.1}), 0.0)
    assert around.left == pytest.approx(-8.0, abs=0.1)


@pytest.mark.parametrize(
    ("land", "start", "words"),
    [
        (TILTED, -0.9, "no point of .* is lower than the minimum at -1.036"),
        (ml.Polynomial({4: 1.0, 2: -2.0}), 0.9, "no point of"),
        (ml.Polynomial({4: 1.0, 2: -2.0}), 0.0, "must lie in the basin of a minimum"),
        (CUBIC, -3.0, "must lie in the basin of a minimum"),
        (ml.Polynomial({1: 1.0}), 0.0, "must lie in the basin of a minimum"),
        (TILTED, math.nan, "`start` must be finite"),
        (ml.Polynomial({(2, 0): 1.0, (0, 2): 1.0}), 0.0, "`Polynomial` in one variable"),
    ],
)
def test_without_a_basin_or_a_lower_place_there_is_no_valley(land, start, words):
    with pytest.raises(ValueError, match=words):
        valley(land, start)


# streams


def test_the_numbers_are_normal_and_streams_do_not_correlate():
    one, other = np.empty(400_000), np.empty(400_000)
    walks.normals(np.uint64(3), one)
    walks.normals(np.uint64(4), other)
    assert stats.kstest(one, "norm").pvalue > 1e-3
    counts, edges = np.histogram(one, bins=200, range=(-4, 4))
    expected = np.diff(stats.norm.cdf(edges)) * len(one)
    assert stats.chi2.sf(((counts - expected) ** 2 / expected).sum(), 200) > 1e-3
    tail = (np.abs(np.concatenate([one, other])) > walks.FOOT).sum()
    assert stats.poisson.interval(0.999, 8e5 * 2 * stats.norm.sf(walks.FOOT))[0] <= tail
    for lag in (other, np.roll(one, 1)):
        assert abs(np.corrcoef(one, lag)[0, 1]) < 4 / len(one) ** 0.5


def test_a_walk_is_the_plain_recursion_with_the_numbers_of_its_stream():
    times = escape_times(NOISY, 0.96, 3, generator=seeded())
    for row in range(3):
        noise = np.empty(times.steps[row])
        walks.normals(times.seeds[row], noise)
        x, left = 0.96, valley(TILTED, 0.96).left
        for count, xi in enumerate(noise, 1):
            x -= 0.02 * (4 * x**3 - 4 * x + 0.3) + 0.1 * xi
            assert (x <= left) == (count == len(noise))
        assert times.points[row] == pytest.approx(x, rel=1e-6)


@pytest.mark.parametrize("descent", [NOISY, BatchDescent(PARTS, 0.02, 2)], ids=["normal", "batch"])
def test_neither_threads_nor_rounds_change_a_bit(descent, monkeypatch):
    threads = torch.get_num_threads()
    seen = []
    for count, together in ((1, 20_000_000), (2, 20_000_000), (3, 5_000)):
        monkeypatch.setattr(passage, "TOGETHER", together)
        torch.set_num_threads(count)
        try:
            seen.append(escape_times(descent, 0.96, 50, generator=seeded(), max_steps=3000))
        finally:
            torch.set_num_threads(threads)
    for other in seen[1:]:
        for name in ("steps", "escaped", "points", "seeds"):
            assert np.array_equal(getattr(seen[0], name), getattr(other, name))
    assert not np.array_equal(
        seen[0].steps, escape_times(descent, 0.96, 50, generator=seeded(1), max_steps=3000).steps
    )


# batches


def test_the_mean_of_the_parts_is_the_landscape_and_the_noise_that_of_all_batches():
    descent = BatchDescent(PARTS, 0.02, 2)
    assert descent.landscape.terms == pytest.approx(TILTED.terms)
    at = np.array([-0.5, 0.2, 1.1])
    pairs = np.array([np.mean(g, axis=0) for g in itertools.combinations(descent.gradients(at), 2)])
    np.testing.assert_allclose(descent.temperatures(at), 0.01 * pairs.var(axis=0), rtol=1e-12)
    assert NOISY.temperatures(at).tolist() == [0.25] * 3


def test_every_batch_is_drawn_equally_often():
    flat = [ml.Polynomial({1: 10.0**k}) for k in range(4)]
    slopes = BatchDescent(flat, 1.0, 2).slopes
    orders = np.tile(np.arange(4), (60_000, 1))
    points, steps = np.zeros(60_000), np.zeros(60_000, np.int64)
    counters = np.arange(60_000, dtype=np.uint64)
    rows = np.arange(60_000)
    under_way, batches = walks.Walks(points, counters, steps), walks.Batches(slopes, orders, 2, 1.0)
    walks.batch_walks(rows, under_way, 1, batches, -math.inf, math.inf)
    sums, counts = np.unique(np.round(-2 * points), return_counts=True)
    assert sums.tolist() == sorted(10.0**j + 10.0**k for j in range(4) for k in range(j))
    assert stats.chisquare(counts).pvalue > 1e-3


def test_a_batch_of_all_is_gradient_descent_and_never_leaves():
    descent = BatchDescent(PARTS, 0.02, 3)
    times = escape_times(descent, 0.5, 4, generator=seeded(), max_steps=2000)
    assert not times.escaped.any()
    np.testing.assert_allclose(times.points, valley(TILTED, 0.5).minimum, atol=1e-12)
    assert times.rate == 0
    assert math.isinf(times.mean)
    assert not descent.temperatures(np.array([0.0, 1.0])).any()


# what the times tell


def test_censored_walks_leave_the_mean_as_it_is():
    cold = GaussianDescent(TILTED, lr=0.02, sigma=3.8)
    whole = escape_times(cold, 0.96, 1500, generator=seeded(2))
    part = escape_times(cold, 0.96, 1500, generator=seeded(2), max_steps=int(whole.mean / 2))
    assert whole.escaped.all()
    assert 0.3 < part.escaped.mean() < 0.45
    assert whole.mean == whole.steps.mean()
    assert part.mean == pytest.approx(whole.mean, rel=4 * part.escaped.sum() ** -0.5)
    assert part.steps[part.escaped].mean() < 0.5 * whole.mean
    low, high = part.interval()
    assert low < whole.mean < high


def test_the_times_are_exponential_once_the_start_is_forgotten():
    times = escape_times(GaussianDescent(TILTED, 0.02, 3.6), 0.96, 1000, generator=seeded(1))
    assert stats.kstest(times.steps / times.mean, "expon").pvalue > 1e-3


def test_the_interval_holds_the_mean_as_often_as_it_says():
    draws = np.random.default_rng(0).exponential(1000.0, (2000, 12))
    for limit in (math.inf, 900.0):
        held = 0
        for row in draws:
            steps, escaped = np.minimum(row, limit), row < limit
            times = EscapeTimes(steps.astype(int), escaped, row, row.astype(np.uint64))
            low, high = times.interval(0.9)
            held += low <= 1000 <= high
        assert held / 2000 > 0.88
        assert limit < math.inf or held / 2000 < 0.92


def test_without_an_escape_the_mean_has_a_lower_bound_only():
    none = EscapeTimes(np.full(3, 100), np.zeros(3, bool), np.zeros(3), np.zeros(3, np.uint64))
    low, high = none.interval()
    assert low == pytest.approx(300 / -math.log(0.025))
    assert math.isinf(high)
    assert repr(none) == (
        "EscapeTimes(0 of 3 walks escaped, mean inf steps, 95 % between 81.33 and inf)"
    )
    assert len(none) == 3
    with pytest.raises(ValueError, match=r"`level` must lie between 0 and 1, got 95\.0"):
        none.interval(95.0)


def test_progress_is_told_and_an_interrupt_keeps_the_walks(monkeypatch):
    monkeypatch.setattr(passage, "TOGETHER", 2000)
    looks = []
    escape_times(
        NOISY, 0.96, 20, generator=seeded(), max_steps=500, progress=lambda *at: looks.append(at)
    )
    assert [taken for taken, _, _ in looks[:2]] == [100, 100 + 2000 // looks[0][1]]
    assert looks[-1][0] == 500

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as caught:
        escape_times(NOISY, 0.96, 20, generator=seeded(), progress=stop)
    assert caught.value.found.steps.max() == 100
    assert len(caught.value.found) == 20


def test_walks_that_run_away_are_an_error_and_are_kept():
    with pytest.raises(ml.SearchError, match=r"ran away, .* lower `lr`") as caught:
        escape_times(GaussianDescent(TILTED, 0.5, 20.0), 0.96, 20, generator=seeded())
    assert len(caught.value.found) == 20


# what is refused


@pytest.mark.parametrize("number", [0.0, -1.0, math.nan, math.inf])
def test_learning_rate_and_noise_must_be_positive(number):
    with pytest.raises(ValueError, match="`lr` must be positive and finite, got"):
        GaussianDescent(TILTED, number, 1.0)
    with pytest.raises(ValueError, match="`sigma` must be positive and finite, got"):
        GaussianDescent(TILTED, 0.1, number)
    with pytest.raises(ValueError, match="`lr` must be positive and finite, got"):
        BatchDescent(PARTS, number, 1)


@pytest.mark.parametrize("batch", [0, 4, 1.5])
def test_a_batch_of_none_or_of_more_than_all_is_refused(batch):
    with pytest.raises(ValueError, match=f"from 1 to the number of parts, 3, got {batch}"):
        BatchDescent(PARTS, 0.1, batch)
    with pytest.raises(ValueError, match="at least one polynomial, got none"):
        BatchDescent([], 0.1, batch)


@pytest.mark.parametrize("name", ["n", "max_steps"])
def test_there_is_a_walk_and_a_step_at_least(name):
    with pytest.raises(ValueError, match=f"`{name}` must be at least 1, got 0"):
        escape_times(NOISY, 0.96, generator=seeded(), **{"n": 5, name: 0})
