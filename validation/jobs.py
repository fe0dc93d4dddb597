"""Claims, several at a time, each in a process of its own with one thread.

The one idea: a claim is a function of its seed, so the order in which claims end changes nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from morseloss.workers import done, processes
from validation.report import measured

__all__ = ["reports"]


def reports(names: Sequence[str], seed: int, jobs: int) -> Iterator[dict[str, Any]]:
    """Run claims, so many at a time, and yield their reports in order, each once it can be."""
    executor = None if jobs == 1 else processes(jobs)
    ended: dict[int, dict[str, Any]] = {}
    results = done(_measured, names, executor, shared=seed, named=lambda row: f"claim {names[row]}")
    with closing(results):
        first = 0
        for index, report in results:
            ended[index] = report
            while first in ended:
                yield ended.pop(first)
                first += 1
    yield from (ended[index] for index in sorted(ended))  # beyond one that could not be done


def _measured(seed: int, name: str) -> dict[str, Any]:
    return measured(name, seed)
