"""The command line: one command a file, each reads, calls the package and prints.

What a user got wrong is one line on the error stream and exit status 2. Progress goes to the error
stream, and only where that is a terminal; with `--json` the output is one JSON document.
"""

from morseloss.cli.command import main

__all__ = ["main"]
