"""Work on a run that is interrupted from within, or killed from without."""

import os
import signal
import time
from contextlib import suppress


def stopping(after):
    """A callback for progress that interrupts at its n-th call."""
    calls = iter(range(after))

    def progress(*_):
        if next(calls, None) is None:
            raise KeyboardInterrupt

    return progress


def killed(seconds, work, *arguments):
    """Let another process work, and kill it after so long; whether it was done before."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            work(*arguments)
            os._exit(0)
        os._exit(1)
    time.sleep(seconds)
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)
