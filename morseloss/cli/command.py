"""`main`: parses the arguments, runs the command, and turns errors into one line each."""

import argparse
import difflib
import errno
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from morseloss import __version__
from morseloss.cli.barcode import add_barcode
from morseloss.cli.compare import add_compare
from morseloss.cli.completion import Completion
from morseloss.cli.escape import add_escape
from morseloss.cli.landscape import add_landscape
from morseloss.cli.morse import add_morse
from morseloss.cli.networks.network import add_network
from morseloss.cli.standard_input import plainly
from morseloss.keyboard import listen
from morseloss.networks.runs.store import StoreError
from morseloss.status import Interrupted, SearchError
from morseloss.workers import WorkersError

__all__ = ["main"]

SCREEN = 1600  # characters


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
        interrupt from the keyboard, or 141 if nobody reads the output any more.

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
    listen()
    try:
        status = _run(_parser().parse_args(argv))
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        _drop_output()
        return 128 + signal.SIGPIPE
    except OSError as error:  # the output is a full disk, say
        _drop_output()
        return _complain(_failed(error))
    return status


def _run(arguments: argparse.Namespace) -> int:
    with warnings.catch_warnings():
        warnings.showwarning = _warn
        warnings.simplefilter("always", UserWarning)
        try:
            arguments.run(arguments)
        except BrokenPipeError:
            raise
        except OSError as error:
            return _complain(_failed(error))
        except (ValueError, SearchError, StoreError, WorkersError) as error:
            return _complain(error)
        except (ArithmeticError, MemoryError) as error:
            return _complain(
                f"the numbers are too large or too many to compute with ({_told(error)}); scale "
                "them, or ask for less"
            )
        except RuntimeError as error:
            if "memory" not in str(error):
                raise
            return _complain(f"out of memory ({_told(error)}); ask for less")
        except KeyboardInterrupt as stop:
            return _interrupted(arguments, stop)
    return 0


def _failed(error: OSError) -> str:
    """Say what the system refused, and what to do."""
    cures = {
        errno.ENOENT: "look for a misspelt name",
        errno.EISDIR: "name a file",
        errno.EACCES: "ask for the right to it",
        errno.ENOSPC: "make room",
    }
    cure = cures.get(error.errno or 0, "")
    name = "" if error.filename is None else f"{error.filename}: "
    return f"{name}{error.strerror or error}{cure and '; ' + cure}"


def _interrupted(arguments: argparse.Namespace, stop: KeyboardInterrupt) -> int:
    """Say in one line how to go on."""
    said = isinstance(stop, KeyboardInterrupt) and not isinstance(stop, Interrupted) and str(stop)
    way = "run the same command again, it begins anew"
    if hasattr(arguments, "folder"):
        way = f"{arguments.folder} holds what was done, and the same command goes on from there"
    print(f"morseloss: {said or f'interrupted; {way}'}", file=sys.stderr)
    return 130


def _complain(error: object) -> int:
    print(f"morseloss: error: {_told(error)}", file=sys.stderr)
    return 2


def _warn(message: object, *_: object) -> None:
    print(f"morseloss: warning: {_told(message)}", file=sys.stderr)


def _told(message: object) -> str:
    """Return a message in one line of at most a screen: the beginning and the end of a longer one.

    The end holds the remedy.
    """
    text = plainly(" ".join(str(message).split())) or type(message).__name__
    text = text.replace("(`OnBox`)", "(`--box`)")  # as it is called at a shell
    return text if len(text) <= SCREEN else f"{text[: SCREEN - 400]} ... {text[-395:]}"


def _drop_output() -> None:
    """Let nothing more be written where nobody reads, not at the exit of the interpreter either."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Parser(argparse.ArgumentParser):
    """A parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"morseloss: error: {_told(message)}; see `{self.prog} --help`\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Refuse what is unknown here, not in the parser above, which knows other options."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            known = difflib.get_close_matches(unknown[0], self._option_string_actions, 1)
            meant = f" (perhaps `{known[0]}`)" if known else ""
            self.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")
        return namespace, unknown

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if sys.stdout is not None:
            sys.stdout.flush()  # here a closed pipe can still be dealt with
        super().exit(status, message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="morseloss",
        usage="morseloss [-h] [--version] [--completion SHELL] COMMAND ...",
        description="Loss barcodes: how hard the local minima of a landscape are to escape.",
        epilog="Each command explains itself: morseloss barcode --help",
    )
    parser.add_argument("--version", action="version", version=f"morseloss {__version__}")
    parser.add_argument(
        "--completion", choices=("bash", "zsh", "tcsh"), action=Completion,
        help="print what completes these commands in a shell (needs shtab)",
    )  # fmt: skip
    parser.set_defaults(run=lambda _: parser.print_help())
    commands = parser.add_subparsers(prog="morseloss", metavar="COMMAND ...", title="commands")
    add_barcode(commands)
    add_compare(commands)
    add_landscape(commands)
    add_morse(commands)
    add_escape(commands)
    add_network(commands)
    return parser
