"""Where long claims keep their runs, and for how long they may work in one go.

The one idea: a run is a folder that can be gone on with, so a claim may be stopped at any moment,
by a clock too, and the same command finishes it later.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = ["RUNS", "interrupted_after", "runs_of", "timed"]

RUNS = "MORSELOSS_RUNS"


def runs_of(claim: str) -> Path:
    """Return the folder for the runs of a claim, under `MORSELOSS_RUNS` or beside this file."""
    return Path(os.environ.get(RUNS) or Path(__file__).parent / "runs") / claim


@contextmanager
def timed(folder: Path) -> Iterator[list[float]]:
    """Add the seconds of the block to those in the folder; the list holds all but the last."""
    file = folder / "seconds.json"
    before: list[float] = json.loads(file.read_text()) if file.exists() else []
    start = time.perf_counter()
    try:
        yield before
    finally:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([*before, round(time.perf_counter() - start, 1)]))


@contextmanager
def interrupted_after(minutes: float | None) -> Iterator[None]:
    """Interrupt the block after so many minutes, as from the keyboard; None never does."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if minutes is None:
        yield
        return
    old = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, old)
