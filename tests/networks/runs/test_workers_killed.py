"""Workers and the process that writes are killed again and again."""

import os
import random
import signal
import subprocess
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pytest

from morseloss.networks.runs.archive import Archive
from morseloss.networks.runs.kinds import PATH
from morseloss.networks.runs.run import Run
from morseloss.networks.runs.store import StoreError
from tests.networks.runs.test_workers import TRAINING, assert_same, content, landscape, trained

KILLS, REPEATS = 100, 3


def work(folder):
    """What the process does that is killed."""
    warnings.simplefilter("ignore")
    with trained(folder) as run:
        while len(run.store.names(PATH)) < 10 * REPEATS:
            pools = partial(ProcessPoolExecutor, 2, get_context("fork"))
            run.connect("swept", TRAINING, repeats=REPEATS, together=1, executor=pools)


def writer_of(folder):
    """Begin a process that works, with a group of its own."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.setsid()
            work(folder)
            os._exit(0)
        os._exit(1)
    return child


def workers_of(pid):
    told = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    return [child for child, parent in pairs if parent == pid]


def left(pid):
    """Whether a process has ended; if so, what it left behind is ended too."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    if not ended:
        return False
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return True


def paths_in(folder):
    try:
        with Archive(folder) as archive:
            return len(archive.store.names(PATH))
    except StoreError:
        return 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes by `ps`")
def test_a_hundred_kills_of_workers_and_of_the_writer_end_with_the_same_bits(tmp_path):
    with trained(tmp_path / "whole") as run:
        run.connect("swept", TRAINING, repeats=REPEATS, together=1)
        whole = content(run)
    draws, kills, folders = random.Random(0), 0, [tmp_path / "0"]
    while kills < KILLS:
        writer = writer_of(folders[-1])
        while not left(writer):
            time.sleep(draws.uniform(0.0, 0.1))
            workers = workers_of(writer)
            if workers and kills < KILLS:
                kills += 1
                with suppress(ProcessLookupError):
                    chosen = writer if draws.random() < 0.2 else draws.choice(workers)
                    os.kill(chosen, signal.SIGKILL)
        if paths_in(folders[-1]) == 10 * REPEATS:
            with Run(folders[-1], landscape(), seed=1) as run:
                assert_same(whole, content(run))
            folders.append(tmp_path / str(len(folders)))
    writer = writer_of(folders[-1])
    while not left(writer):
        time.sleep(0.1)
    with Run(folders[-1], landscape(), seed=1) as run:
        assert_same(whole, content(run))
