"""`main`: parses the arguments, runs the command, and turns errors into one line each."""

import argparse
import sys
import warnings
from collections.abc import Sequence
from typing import NoReturn

from morseloss.cli.barcode import add_barcode
from morseloss.cli.compare import add_compare
from morseloss.cli.escape import add_escape
from morseloss.cli.landscape import add_landscape
from morseloss.cli.morse import add_morse
from morseloss.cli.network import add_network
from morseloss.networks.runs.store import StoreError
from morseloss.status import SearchError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        0, or 2 for bad input, which is explained in one line on the error stream, or 130 after an
        interrupt from the keyboard.

    Raises
    ------
    SystemExit
        With status 0 after `--help`, 2 for arguments that do not parse.

    Examples
    --------
    >>> from morseloss.cli import main
    >>> main(["barcode", "no-such-file.json"])
    2
    """
    arguments = _parser().parse_args(argv)
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        warnings.simplefilter("always", UserWarning)
        try:
            arguments.run(arguments)
        except OSError as error:
            return _complain(f"{error.filename}: {error.strerror}" if error.filename else error)
        except (ValueError, SearchError, StoreError) as error:
            return _complain(error)
        except KeyboardInterrupt as stop:
            print(f"morseloss: {stop}" if str(stop) else "morseloss: interrupted", file=sys.stderr)
            return 130
    return 0


def _complain(error: object) -> int:
    message = " ".join(str(error).split())
    print(f"morseloss: error: {message}", file=sys.stderr)
    return 2


def _warn(message: object, *_: object) -> None:
    print(f"morseloss: warning: {' '.join(str(message).split())}", file=sys.stderr)


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"morseloss: error: {message}; see `{self.prog} --help`\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="morseloss",
        usage="morseloss [-h] COMMAND ...",
        description="Loss barcodes: how hard the local minima of a landscape are to escape.",
        epilog="Each command explains itself: morseloss barcode --help",
    )
    commands = parser.add_subparsers(
        required=True, prog="morseloss", metavar="COMMAND ...", title="commands"
    )
    add_barcode(commands)
    add_compare(commands)
    add_landscape(commands)
    add_morse(commands)
    add_escape(commands)
    add_network(commands)
    return parser
