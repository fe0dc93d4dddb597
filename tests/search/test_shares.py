"""A search whose starts are cut into batches finds what one batch finds."""

import math
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.workers import done
from tests.checks import CATALOGUE
from tests.workers.pools import quick


@pytest.fixture(scope="module")
def pool():
    with quick(2)() as pool:
        yield pool


def starts(land, generator, n=96):
    return ml.sample_box(land, n, generator=generator)


def test_minima_by_workers_have_the_bits_of_this_process(pool, generator):
    for land in (
        ml.analytic.Himmelblau(),
        ml.OnBox(ml.analytic.SixHumpCamel(), BOX),
    ):
        begun = starts(land, generator)
        here = ml.find_minima(land, begun, together=20)
        there = ml.find_minima(land, begun, together=20, executor=pool)
        whole = ml.find_minima(land, begun)
        assert torch.equal(here.points, there.points)
        assert torch.equal(here.origins.rows, there.origins.rows)
        torch.testing.assert_close(here.points, whole.points)


def test_workers_who_would_wait_for_one_are_told_of(generator):
    land = ml.analytic.Himmelblau()
    with ThreadPoolExecutor(2) as threads:
        with pytest.warns(UserWarning, match="all 9 starts are one batch.* give `together`, start"):
            ml.find_minima(land, starts(land, generator, n=9), executor=threads)
        with pytest.warns(UserWarning, match="all 9 paths are one batch.* give `together`, paths"):
            ml.critical_points(land, executor=threads)


def test_saddles_of_particles_by_workers_have_the_bits_of_this_process(pool, generator):
    land = ml.LennardJones(4)
    begun = torch.randn(12, land.dim, generator=generator, dtype=torch.float64)
    ways = {"solver": ml.SaddleDynamics(index=0), "max_steps": 100, "together": 5}
    here = ml.find_saddles(land, begun, **ways)
    there = ml.find_saddles(land, begun, **ways, executor=pool)
    assert torch.equal(here.origins.points, there.origins.points)


def test_an_interrupt_between_batches_keeps_what_has_arrived(generator):
    land, calls = ml.analytic.Himmelblau(), iter(range(30))

    def stopping(*_):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as stop:
        ml.find_minima(land, starts(land, generator), together=16, progress=stopping)
    assert 1 <= len(stop.value.found) <= 4
    assert len(stop.value.found.origins.status) == 96


def test_no_start_in_a_batch_is_refused(generator):
    land = ml.analytic.Himmelblau()
    with pytest.raises(ValueError, match="`together` must be an integer from 1 on, got -1"):
        ml.find_minima(land, starts(land, generator), together=-1)


BOX = torch.tensor([[-1.0, -1.0], [1.0, 1.0]], dtype=torch.float64)


def bowl(points):
    return (points**2).sum(-1)


def wave(points):
    return torch.cos(points).sum(-1)


def doubled(points):
    return 2 * points


TILT = torch.tensor([0.1, 0.2], dtype=torch.float64)
LANDSCAPES = (
    *CATALOGUE,
    ml.Polynomial({(4, 0): 1, (0, 4): 1, (2, 0): -2, (0, 1): 0.3}),
    ml.OnBox(ml.analytic.SixHumpCamel(), BOX),
    ml.Negated(ml.analytic.Himmelblau()),
    ml.Tilted(ml.analytic.Himmelblau(), TILT, torch.zeros(2, dtype=torch.float64)),
    ml.Counted(ml.analytic.Himmelblau()),
    ml.Function(bowl, dim=2),
    ml.LennardJones(4),
    ml.Quotient(ml.LennardJones(4)),
    ml.Quotient(
        ml.analytic.DoubleWell(2, (0.0, 0.0)), ml.MatrixGroup([np.eye(2), np.eye(2)[::-1]])
    ),
    ml.Periodic(ml.Function(wave, dim=2), 2 * math.pi),
    ml.Pullback(ml.analytic.Himmelblau(), doubled),
    ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7}),
)


@pytest.mark.parametrize("land", LANDSCAPES, ids=lambda land: type(land).__name__)
def test_a_landscape_is_sent_to_workers(land, pool, generator):
    points = torch.rand(3, land.dim, generator=generator, dtype=torch.float64)
    ((_, there),) = done(values, [points], pool, shared=land)
    assert torch.equal(there, land.value(points))


def values(land, points):
    return land.value(points)


def test_a_function_without_a_name_is_refused_with_the_way_out(pool, generator):
    land = ml.Function(lambda points: (points**2).sum(-1), dim=2)
    begun = torch.randn(4, 2, generator=generator, dtype=torch.float64)
    told = r"sent `shared\[1\]\..*`, which is <function .*lambda.*write it with `def`"
    with pytest.raises(ValueError, match=told):
        ml.find_minima(land, begun, together=2, executor=pool)
