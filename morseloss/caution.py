"""`caution`: a warning that shows the user's own line, however deep in the package it arises.

The one idea: a warning is about a call, so it belongs to the innermost line that is not of this
package.
"""

import sys
import warnings
from pathlib import Path

__all__ = ["caution"]

PACKAGE = str(Path(__file__).parent)


def caution(message: str) -> None:
    """Warn, at the line outside the package that led here.

    Parameters
    ----------
    message : str
        What is wrong, and what to do.

    Warns
    -----
    UserWarning
        Always.
    """
    frame, level = sys._getframe(1), 2  # skip_file_prefixes needs Python 3.12
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
