"""No test waits for ever: after its time all stacks are shown, its workers killed, and it fails.

The one idea: who waits for a worker that will never answer is woken by an alarm, which Python hears
while it waits for a lock. Without workers what waits for them ends as well.
"""

import faulthandler
import multiprocessing
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress

USUAL, SLOW = 240.0, 1800.0  # seconds
AGAIN = 5.0  # seconds, after which what comes behind the test is woken too


@contextmanager
def limited(seconds, name):
    """Let what stands inside take so long; only in the main thread, where alarms are heard."""
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def wake(*_):
        with suppress(Exception):
            faulthandler.dump_traceback(file=sys.__stderr__, all_threads=True)
        for process in multiprocessing.active_children():
            process.kill()
        raise TimeoutError(f"{name} took more than {seconds:g} s, in process {os.getpid()}")

    before = signal.signal(signal.SIGALRM, wake)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
