"""Discs are followed in groups, here and by workers, in any order: the complex is one."""

from concurrent.futures import Executor, Future, ThreadPoolExecutor

import numpy as np
import pytest
import torch

import morseloss as ml
from morseloss.search.discs.discs import DiscLines, gathered
from morseloss.search.trajectories.frame import frame
from morseloss.workers import WorkersError
from tests.complexes.landscapes import RANDOM, points_of, seeded
from tests.workers.fatal import Fatal, Unsent
from tests.workers.pools import quick

LAND = ml.analytic.DoubleWell(3)  # 6 discs
POINTS = LAND.critical_points
WAYS = {"directions": 5, "together": 3}


@pytest.fixture(scope="module")
def pool():
    with quick(2)() as pool:
        yield pool


@pytest.fixture(scope="module")
def cut():
    return ml.morse_complex(LAND, POINTS, **WAYS)


class Backwards(Executor):
    """Does what it is given when all of it is there, the last first."""

    max_workers = 99

    def __init__(self, pieces):
        self.waiting, self.pieces = [], pieces

    def submit(self, function, *parts):
        future = Future()
        self.waiting.append((future, function, parts))
        if len(self.waiting) == self.pieces:
            for one, work, given in reversed(self.waiting):
                one.set_result(work(*given))
        return future


def test_groups_by_workers_have_the_bits_of_this_process(pool, cut):
    assert ml.morse_complex(LAND, POINTS, **WAYS, executor=pool) == cut  # paths as well
    with ThreadPoolExecutor(2) as threads:
        assert ml.morse_complex(LAND, POINTS, **WAYS, executor=threads) == cut


def test_rounds_and_groups_are_told(cut):
    told = []
    ml.morse_complex(LAND, POINTS, **WAYS, progress=lambda *counts: told.append(counts))
    assert told[0][0] == 1 and told[-1][1] == 0 and all(total >= 15 for _, _, total in told)
    told.clear()
    with ThreadPoolExecutor(2) as threads:
        ml.morse_complex(
            LAND, POINTS, **WAYS, executor=threads, progress=lambda *counts: told.append(counts)
        )
    assert told[-1] == (2, 0, 2)


def test_groups_in_another_order_have_the_same_bits(cut):
    assert ml.morse_complex(LAND, POINTS, **WAYS, executor=Backwards(2)) == cut


def test_discs_in_groups_make_the_complex_of_all_together(cut):
    whole = ml.morse_complex(LAND, POINTS)
    np.testing.assert_array_equal(cut.boundary.toarray(), whole.boundary.toarray())
    np.testing.assert_array_equal(cut.lines.sources, whole.lines.sources)


def test_flow_lines_by_workers_have_the_bits_of_this_process(pool):
    here = ml.flow_lines(LAND, POINTS, 2, upward=False, **WAYS)
    there = ml.flow_lines(LAND, POINTS, 2, upward=False, **WAYS, executor=pool)
    assert len(here) == 24
    np.testing.assert_array_equal(np.concatenate(here.paths), np.concatenate(there.paths))
    np.testing.assert_array_equal(here.signs, there.signs)


def test_no_complex_is_made_of_some_of_its_discs():
    land = Fatal(RANDOM["shell"].terms)
    told = "no worker came back: 3 died over group 0 of discs"
    with pytest.raises(WorkersError, match=told):
        ml.morse_complex(land, ml.critical_points(land), executor=quick(1))


def test_a_landscape_that_does_not_pickle_is_told_with_the_way_out(pool):
    land = Unsent(RANDOM["shell"].terms)
    with pytest.raises(ValueError, match=r"sent `shared\.landscape\.told`.*write it with `def`"):
        ml.morse_complex(land, points_of(land), executor=pool)


def test_connections_between_saddles_of_all_groups_are_told_together():
    none = torch.zeros(0, dtype=torch.long)
    found = frame(LAND, POINTS)
    assert [int(found.indices[row]) for row in (20, 21, 22, 9, 10)] == [2, 2, 2, 1, 1]

    def groups(*places):
        return [DiscLines(none, none, none.double(), (), (place,)) for place in places]

    message = r"connection from point 20 .* to point 22 .*, from point 21 .* pass 2e-09 trust radii"
    with pytest.raises(ml.SearchError, match=message):
        gathered(found, groups((20, 22, 2e-9), (21, 22, 4e-8), (20, 9, 1e-12)))
    # a flow line to a point of index 1 is none, and is not called one
    message = (
        r"below point 20 .* beside point 9 .*, below point 21 .* 1e-12 .*: no saddle connection"
    )
    with pytest.raises(ml.SearchError, match=message):
        gathered(found, groups((20, 9, 1e-12), (21, 10, 3e-7)))


def test_no_disc_in_a_group_is_refused():
    with pytest.raises(ValueError, match="`together` must be an integer from 1 on, got 0"):
        ml.morse_complex(LAND, POINTS, together=0)


def test_what_is_no_executor_is_refused():
    with pytest.raises(ValueError, match=r"`executor` must be a `concurrent.futures.Executor`"):
        ml.flow_lines(LAND, POINTS, 1, executor=2)


@pytest.mark.slow
def test_four_variables_share_discs_from_below_and_from_above(pool):
    land = RANDOM["gaussian R^4"]
    here = ml.morse_complex(land, points_of(land), together=1)
    assert ml.morse_complex(land, points_of(land), together=1, executor=pool) == here


@pytest.mark.slow
def test_a_complex_on_a_box_is_shared(pool):
    box = torch.tensor([[-1.7, -1.7, -1.7], [0.5, 0.4, 0.6]], dtype=torch.float64)
    land = ml.OnBox(ml.analytic.DoubleWell(3), box)
    points = ml.critical_points(land, ml.sample_box(land, 200, generator=seeded(0)))
    here = ml.morse_complex(land, points, together=2)
    assert ml.morse_complex(land, points, together=2, executor=pool) == here
