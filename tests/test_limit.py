"""A test that would wait for ever fails, and leaves no worker behind."""

import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.limit import limited


def test_who_waits_for_a_worker_is_woken_and_the_worker_is_gone():
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(abs, -6).result() == 6  # a worker is there
        waiting, (worker,) = pool.submit(time.sleep, 600.0), pool._processes.values()
        begun = time.monotonic()
        with pytest.raises(TimeoutError, match=r"this took more than 0.5 s"), limited(0.5, "this"):
            waiting.result()
    assert not worker.is_alive()
    assert time.monotonic() - begun < 60


def test_what_ends_in_time_hears_nothing():
    with limited(30.0, "this"):
        time.sleep(0.01)
