"""What workers do in tests: found by name, as what they are sent must be."""

import os
import signal
import threading
import time
import warnings
from pathlib import Path

from morseloss.caution import caution


def product(factor, piece):
    return factor * piece


def named_dead(folder, piece):
    """Kill the worker if a file says so, which it takes away: each file is one death."""
    for mark in sorted(Path(folder).glob(f"{piece}-*")):
        mark.unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    return piece**2


def poisoned(_, piece):
    if piece == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return piece**2


def faulty(_, piece):
    if piece == 2:
        raise Told("no such thing", 7)
    return piece


def warned(_, piece):
    caution("the ice is thin")
    warnings.warn("of another kind", DeprecationWarning, stacklevel=1)
    return piece


def whose(_, __):
    time.sleep(0.05)
    return os.getpid()


def read_at(shared, _):
    """When, and by whom, what is shared was read."""
    return shared.reader


def place(shared, _):
    """Which thread has it, and where its own copy lies."""
    time.sleep(0.02)
    return threading.get_ident(), id(shared)


def slept(_, seconds):
    time.sleep(seconds)
    return seconds


class Told(Exception):
    """An error that cannot be made again from its words."""

    def __init__(self, words, number):
        super().__init__(words)
        self.number = number


class Read:
    """Notes who reads it."""

    reader = (0, 0.0)

    def __setstate__(self, state):
        self.reader = os.getpid(), time.monotonic()

    def __getstate__(self):
        return {"some": "thing"}
