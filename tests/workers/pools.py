"""Workers for tests: processes that need not import everything anew."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context


def quick(count):
    """A callable that makes a pool, forked from a process that has the package."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["morseloss.networks.runs.run", "tests.workers.errands"])
    return partial(ProcessPoolExecutor, count, context)
