"""Who works does not matter; an error of one is the error of all."""

from itertools import chain, pairwise

import pytest

from morseloss.topology.forest import team
from morseloss.topology.forest.team import Team, stretches


@pytest.fixture(params=[1, 3])
def workers(request, monkeypatch):
    monkeypatch.setattr(team, "_threads", lambda: request.param)
    with Team(10**6) as them:
        yield them


def test_results_come_in_the_order_of_the_work(workers):
    assert workers.share(lambda item: item**2, range(100)) == [item**2 for item in range(100)]
    assert workers.share(lambda item: item, []) == []


def test_each_worker_takes_items_in_increasing_order_and_all_are_taken(workers):
    taken = []

    def begin():
        mine = []
        taken.append(mine)
        return mine.append

    workers.take_turns(begin, range(200))
    assert all(mine == sorted(mine) for mine in taken)
    assert sorted(chain.from_iterable(taken)) == list(range(200))


def test_an_error_in_a_thread_reaches_the_caller(workers):
    def work(item):
        raise ValueError(f"item {item}")

    with pytest.raises(ValueError, match="item"):
        workers.share(work, range(10))
    with pytest.raises(ValueError, match="item 7"):
        workers.start(work, 7)()


def test_a_small_computation_has_no_threads():
    with Team(10) as them:
        assert them.size == 1 and them.start(lambda: 5)() == 5


def test_stretches_cover_all_rows_once():
    rows = 3 * team.STRETCH + 5
    parts = stretches(rows)
    assert parts[0][0] == 0 and parts[-1][1] == rows
    assert all(a[1] == b[0] for a, b in pairwise(parts))
