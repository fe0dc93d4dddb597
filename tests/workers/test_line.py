"""Pieces come back whole, whatever happens to who does them."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from contextlib import closing

import pytest

from morseloss.workers import WorkersError, done, errand, processes
from tests.workers import errands
from tests.workers.pools import quick


@pytest.fixture(scope="module")
def pool():
    with quick(2)() as pool:
        yield pool


class Counted(Executor):
    """Does each piece when it is asked for, and counts how many were handed over at once."""

    def __init__(self, workers=None, answer=None):
        self.kept, self.most, self.max_workers, self.given = [], 0, workers, answer

    def submit(self, function, *parts):
        future = Future()
        future.set_result((self.given or function)(*parts))
        self.kept.append(parts)
        return future


def test_results_are_those_of_this_process_with_threads_and_with_processes(pool):
    here = dict(done(errands.product, range(7), shared=3))
    with ThreadPoolExecutor(2) as threads:
        assert dict(done(errands.product, range(7), threads, shared=3)) == here
    assert dict(done(errands.product, range(7), pool, shared=3)) == here == {k: 3 * k for k in here}


def test_nothing_to_do_makes_no_workers():
    assert dict(done(errands.product, [], lambda: 1 / 0)) == {}


def test_each_worker_reads_what_is_shared_once(pool):
    readers = [
        reader for _, reader in done(errands.read_at, range(20), pool, shared=errands.Read())
    ]
    assert len(set(readers)) == len({pid for pid, _ in readers}) <= 2
    assert os.getpid() not in {pid for pid, _ in readers}


def test_no_two_threads_have_one_copy_of_what_is_shared():
    with ThreadPoolExecutor(3) as threads:
        found = [*done(errands.place, range(9), threads, shared=[0])]
    copies = {thread: place for _, (thread, place) in found}
    assert len({place for _, place in copies.items()}) == len(copies) > 1


def test_a_worker_that_sees_no_file_is_sent_what_is_shared(monkeypatch):
    parts_sent = []

    def elsewhere(key, file, *rest):
        parts_sent.append(len(rest))
        vars(errand._own).clear()  # another worker each time
        return errand.answer(key, "/nowhere", *rest)

    found = dict(done(errands.product, range(3), Counted(1, elsewhere), shared=5))
    assert found == {0: 0, 1: 5, 2: 10}
    assert sorted(parts_sent) == [3, 3, 3, 4, 4, 4]


def test_a_worker_that_has_read_it_once_needs_no_file(monkeypatch):
    parts_sent = []

    def elsewhere(key, file, *rest):
        parts_sent.append(len(rest))
        return errand.answer(key, "/nowhere", *rest)

    monkeypatch.setattr(errand, "_own", threading.local())
    assert len(dict(done(errands.product, range(9), Counted(1, elsewhere), shared=6))) == 9
    assert sum(count == 4 for count in parts_sent) == 2  # of those two that were handed over first


def test_few_more_pieces_are_handed_over_than_there_are_workers(pool):
    running = []
    for _ in done(errands.slept, [0.01] * 12, pool, progress=lambda *told: running.append(told)):
        pass
    counts, most, totals = zip(*running, strict=True)
    assert list(counts) == sorted(counts) and counts[-1] == 12 and set(totals) == {12}
    assert max(most) == 2 and most[-1] == 0


def test_pieces_that_end_at_one_moment_are_told_one_by_one():
    told, ways = [], {"shared": 1, "progress": lambda *counts: told.append(counts)}
    for _ in done(errands.product, range(4), Counted(4), **ways):
        pass
    assert {finished for finished, _, _ in told} == {0, 1, 2, 3, 4}


@pytest.mark.parametrize("deaths", [1, 2])
def test_a_piece_whose_worker_dies_is_tried_again(tmp_path, deaths):
    for number in range(deaths):
        (tmp_path / f"2-{number}").touch()
    found = dict(done(errands.named_dead, range(5), quick(2), shared=str(tmp_path)))
    assert found == {k: k**2 for k in range(5)}


def test_a_piece_that_always_kills_is_named_and_left_out_and_no_other():
    with pytest.warns(UserWarning, match="pair 3 left out: workers died over each 3 times"):
        found = dict(done(errands.poisoned, range(9), quick(2), named="pair {}".format))
    assert found == {k: k**2 for k in range(9) if k != 3}


def test_a_piece_that_is_needed_is_an_error_when_it_is_left_out():
    found = {}
    told = r"3 died over pair 3"
    with pytest.raises(WorkersError, match=told):
        for index, result in done(
            errands.poisoned, range(9), quick(2), named="pair {}".format, needed=True
        ):
            found[index] = result
    assert found and all(result == index**2 for index, result in found.items())


def test_where_nothing_comes_back_that_is_said():
    with pytest.raises(WorkersError, match=r"no worker came back: 2 died over piece 0 .*__main__"):
        dict(done(errands.poisoned, [3], quick(1), attempts=2))


def test_a_broken_executor_that_was_given_is_told_and_what_was_done_is_kept():
    found = {}
    told = r"broke after 3 of 9 .* pass a callable that makes one"
    with quick(1)() as pool, pytest.raises(WorkersError, match=told):
        for index, result in done(errands.poisoned, range(9), pool):
            found[index] = result
    assert found == {0: 0, 1: 1, 2: 4}


def test_of_an_executor_that_breaks_under_its_work_nothing_is_cancelled():
    class Breaking(Executor):
        _max_workers, futures = 2, []

        def submit(self, *_):
            if self.futures:
                raise BrokenExecutor("a process died")
            self.futures.append(Future())
            fail = self.futures[0].set_exception
            threading.Timer(0.1, fail, (BrokenExecutor("a process died"),)).start()
            return self.futures[0]

    with pytest.raises(WorkersError, match="broke after 0 of 2 pieces"):
        dict(done(errands.product, [1, 2], Breaking(), shared=1))
    assert not Breaking.futures[0].cancelled()


def test_an_error_of_the_function_is_raised_after_what_is_done(pool):
    found = []
    with pytest.raises(RuntimeError, match="Told: no such thing") as caught:
        for index, _ in done(errands.faulty, range(4), pool, named="pair {}".format):
            found.append(index)
    assert "in pair 2, by a worker" in caught.value.__notes__[0]
    assert "faulty" in caught.value.__notes__[0]
    assert {0, 1} <= set(found) and 2 not in found


def test_an_error_that_can_be_sent_keeps_its_kind(pool):
    with pytest.raises(TypeError, match=r"can't multiply|unsupported operand"):
        dict(done(errands.product, [None], pool, shared=2.0))


def test_what_workers_warn_of_is_warned_of_here_once(pool):
    with pytest.warns(UserWarning, match="the ice is thin") as caught:
        dict(done(errands.warned, range(4), pool))
    assert [str(one.message) for one in caught] == ["the ice is thin"]


def test_an_interrupt_cancels_what_waits_and_keeps_what_is_done(request):
    # one that was begun in the background by a shell hears none
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    found, begun = [], []
    ourselves = os.getpid()
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    with pytest.raises(KeyboardInterrupt):
        for index, _ in done(errands.slept, [0.0, 0.0, 60.0, 60.0, 0.0, 60.0], quick(2)):
            found.append(index)
            if len(found) == 2:
                begun.append(time.monotonic())
                threading.Timer(0.3, os.kill, (ourselves, signal.SIGINT)).start()
    assert set(found) <= {0, 1, 4} and len(found) >= 2
    assert time.monotonic() - begun[0] < 50  # a piece takes 60, workers may begin slowly


def test_workers_hear_no_interrupt_from_their_first_moment_on():
    with processes(1)() as pool:
        begun = pool.submit(int)
        (worker,) = pool._processes
        os.kill(worker, signal.SIGINT)  # before it has imported anything
        assert begun.result(timeout=200) == 0
        found = dict(done(errands.product, range(7), pool, shared=3))
        assert found == {k: 3 * k for k in found} and len(found) == 7


def test_the_first_worker_of_all_hears_no_interrupt_either():
    script = """
        import signal
        from multiprocessing import resource_tracker
        from morseloss.workers.processes import _deaf
        with _deaf():
            resource_tracker.ensure_running()  # as the first process that is begun does
            print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    assert subprocess.check_output(command, timeout=120) == b"True\n"


def test_who_leaves_early_leaves_no_worker_behind():
    with closing(done(errands.whose, range(50), quick(1))) as results:
        _, pid = next(results)
    deadline = time.monotonic() + 10
    while _is_there(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_there(pid)


def _is_there(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_executor_that_is_shut_down_is_refused():
    shut = ThreadPoolExecutor(1)
    shut.shutdown()
    with pytest.raises(ValueError, match=r"`executor` takes no work any more .*after shutdown"):
        dict(done(errands.product, [1], shut, shared=1))


@pytest.mark.parametrize("given", [2, "dask", ThreadPoolExecutor])
def test_what_is_no_executor_is_refused(given):
    with pytest.raises(ValueError, match=r"`executor` must be a `concurrent.futures.Executor`, or"):
        dict(done(errands.product, [1], given, shared=1))


def test_a_callable_that_makes_no_executor_is_refused():
    with pytest.raises(ValueError, match=r"`executor` must make .*, it made int"):
        dict(done(errands.product, [1], lambda: 3, shared=1))


def test_what_does_not_pickle_is_named_with_the_way_out(pool):
    shared = {"landscape": [1, lambda x: x]}
    with pytest.raises(ValueError, match=r"sent `shared\['landscape'\]\[1\]`, which is <function"):
        dict(done(errands.product, [1], pool, shared=shared))
    with pytest.raises(ValueError, match=r"`function`, which is .*write it with `def`"):
        dict(done(lambda shared, piece: piece, [1], pool))
    with pytest.raises(ValueError, match="piece 1 does not pickle"):
        dict(done(errands.product, [1, lambda: 0], pool, shared=1))


def test_workers_that_cannot_read_what_they_are_sent_are_told_of(pool, monkeypatch):
    monkeypatch.setattr(errands, "late", _late, raising=False)
    monkeypatch.setattr(_late, "__module__", errands.__name__)
    monkeypatch.setattr(_late, "__qualname__", "late")
    with pytest.raises(
        WorkersError, match=r"cannot read what it is sent .*late.*workers can import"
    ):
        dict(done(_late, [1], pool))


def _late(_, piece):
    return piece


def test_workers_with_other_versions_are_refused(pool, monkeypatch):
    monkeypatch.setattr(
        "morseloss.workers.line.versions", lambda: {**errand.versions(), "torch": "1"}
    )
    with pytest.raises(WorkersError, match=r"a worker on .* has torch 2\S+ in place of 1; bits"):
        dict(done(errands.product, [1], pool, shared=1))


def test_executors_that_take_nothing_are_not_made_for_ever():
    class Starved(Executor):
        def submit(self, *_):
            raise OSError("no memory for another process")

    with pytest.raises(WorkersError, match="3 executors, one after the other, took no piece"):
        dict(done(errands.product, [1], lambda: Starved(), shared=1))
    with pytest.raises(WorkersError, match=r"broke after 0 of 1 pieces.*no memory for another"):
        dict(done(errands.product, [1], Starved(), shared=1))
