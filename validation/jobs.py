"""Claims, several at a time, each in a process of its own with one thread.

The one idea: a claim is a function of its seed, so the order in which claims end changes nothing.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from validation.report import measured

__all__ = ["reports"]


def reports(names: Sequence[str], seed: int, jobs: int) -> Iterator[dict[str, Any]]:
    """Run claims, so many at a time, and yield their reports in order."""
    if jobs == 1:
        yield from (measured(name, seed) for name in names)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn"), _one_thread) as pool:
        for one in [pool.submit(measured, name, seed) for name in names]:
            yield one.result()


def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)
