"""An interrupt from the keyboard while the command line is still being imported.

The one idea: imports take seconds, and a user who interrupts them wants one line, not twenty of
this package. Only the command line is touched, never a program that imports the package.
"""

import os
import signal
import sys
from itertools import pairwise
from pathlib import Path
from types import FrameType, TracebackType

__all__ = ["listen"]


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _leave()


def _leave(*_: int | FrameType | None) -> None:
    """End here and now: an exception would cross compiled code that aborts on it."""
    print("morseloss: interrupted; run the same command again, it begins anew", file=sys.stderr)
    sys.stderr.flush()
    os._exit(130)


def listen() -> None:
    """Let an interrupt be a `KeyboardInterrupt` again: imports are over."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _is_command_line() -> bool:
    """Whether this process was started as `morseloss` or as `python -m morseloss`.

    While `python -m` imports a package its name stands nowhere but among the words of the command,
    so a program of another name that imports this one is not taken for it.
    """
    first, words = Path((sys.argv or [""])[0]).stem, sys.orig_argv
    named = "-mmorseloss" in words or ("-m", "morseloss") in pairwise(words)
    return first == "morseloss" or (first == "-m" and named)


if _is_command_line():
    sys.excepthook = _say
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where it is ignored
        signal.signal(signal.SIGINT, _leave)
