"""Paths of a homotopy in batches, here and by workers: all ends, or an error."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

import morseloss as ml
from morseloss.workers import WorkersError
from tests.workers.fatal import Fatal, Unsent
from tests.workers.pools import quick
from validation.ensembles import wavy_polynomial

LAND = wavy_polynomial(2, 6, torch.Generator().manual_seed(0))  # 25 paths
WAVES = ml.TrigonometricPolynomial({(1, 0): 1.0, (0, 1): 0.7, (1, 1): 0.3})


@pytest.fixture(scope="module")
def pool():
    with quick(2)() as pool:
        yield pool


@pytest.mark.parametrize("land", [LAND, WAVES], ids=["polynomial", "waves"])
def test_paths_by_workers_have_the_bits_of_this_process(land, pool):
    here = ml.critical_points(land, together=3)
    there = ml.critical_points(land, together=3, executor=pool)
    with ThreadPoolExecutor(2) as threads:
        assert ml.critical_points(land, together=3, executor=threads) == here
    assert here == there and here.certificate == there.certificate
    assert there.certificate.complete


def test_paths_in_batches_end_where_all_together_do():
    whole, cut = ml.critical_points(LAND), ml.critical_points(LAND, together=4)
    assert cut.certificate.found == whole.certificate.found == 25
    torch.testing.assert_close(cut.points, whole.points)


def test_faces_of_a_box_are_followed_in_batches(pool):
    box = torch.tensor([[-0.8, -0.7], [0.9, 0.6]], dtype=torch.float64)
    land = ml.OnBox(LAND, box)
    here = ml.critical_points(land, together=8)
    assert ml.critical_points(land, together=8, executor=pool) == here
    assert here.certificate.complete


def test_searches_by_workers_have_the_bits_of_this_process(pool, generator):
    box = torch.tensor([[-5.0, -5.0], [3.1, 5.0]], dtype=torch.float64)
    for land in (ml.analytic.Himmelblau(), ml.OnBox(ml.analytic.Himmelblau(), box)):
        starts = ml.sample_box(land, 48, generator=generator)
        here = ml.critical_points(land, starts, together=30, rounds=2)
        assert ml.critical_points(land, starts, together=30, rounds=2, executor=pool) == here


def test_nothing_is_counted_of_some_of_the_paths():
    land = Fatal(LAND.terms)
    with pytest.raises(WorkersError, match="no worker came back: 3 died over batch 0 of paths"):
        ml.critical_points(land, together=99, executor=quick(1))


def test_a_polynomial_that_does_not_pickle_is_told_with_the_way_out(pool):
    with pytest.raises(ValueError, match=r"sent `shared\[1\]\.told`.*write it with `def`"):
        ml.critical_points(Unsent(LAND.terms), together=9, executor=pool)


def test_an_interrupt_between_batches_keeps_the_paths_that_arrived():
    begun = []

    def impatient(step, *_):
        begun.append(step)
        if begun.count(0) == 3:  # the third batch begins
            raise KeyboardInterrupt

    with pytest.raises(ml.Interrupted) as stop:
        ml.critical_points(LAND, together=5, progress=impatient)
    found = stop.value.found
    assert 0 < len(found) <= 10
    assert not found.certificate.complete


def test_no_path_in_a_batch_is_refused():
    with pytest.raises(ValueError, match="`together` must be an integer from 1 on, got 0"):
        ml.critical_points(LAND, together=0)
