"""An interrupt from the keyboard while the command line is still being imported.

The one idea: imports take seconds, and a user who interrupts them wants one line, not twenty of
this package. Only the command line is touched, never a program that imports the package.
"""

import os
import sys
from pathlib import Path
from types import TracebackType


def _say(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    print("morseloss: interrupted; run the same command again, it begins anew", file=sys.stderr)
    sys.stderr.flush()
    os._exit(130)


# "-m": so begins `python -m morseloss`
if sys.argv and Path(sys.argv[0]).stem in ("morseloss", "-m"):
    sys.excepthook = _say
