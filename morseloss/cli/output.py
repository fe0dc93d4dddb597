"""What the commands share: how they are added, and how they print and show progress."""

import argparse
import json
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from morseloss.search.iterate import Progress

__all__ = [
    "METRICS",
    "add_command",
    "add_top",
    "count",
    "finite",
    "longest",
    "print_json",
    "print_left_out",
    "print_table",
    "progress",
    "real",
    "seed",
    "shown",
    "tally",
]

METRICS = ("euclidean", "chebyshev")
TICK = 0.5  # seconds
TIME = "{desc}: {elapsed}"


def add_top(parser: argparse.ArgumentParser) -> None:
    """Add the option that says how many bars are printed."""
    parser.add_argument("--top", metavar="N", type=count, help="print the N longest bars alone")


def longest(lifetimes: np.ndarray, top: int | None) -> list[int]:
    """Return the rows of the longest bars, in their order; of all, where none are left out."""
    if top is None or top >= len(lifetimes):
        return list(range(len(lifetimes)))
    return sorted(np.argsort(-lifetimes, kind="stable")[:top].tolist())


def print_left_out(kept: Sequence[int], bars: int) -> None:
    """Say below a table that bars were left out of it."""
    if len(kept) < bars:
        print(f"\nThe longest of {bars} bars; without `--top` all are printed.")


def print_json(content: dict[str, Any]) -> None:
    """Print one JSON document; infinity must have become null before."""
    print(json.dumps(content, indent=2, allow_nan=False))


def print_table(sides: str, head: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Print columns side by side, each pushed to its side: "<" for words, ">" for numbers."""
    lines = [head, *([str(entry) for entry in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = zip(line, sides, widths, strict=True)
        print("  ".join(f"{entry:{side}{width}}" for entry, side, width in cells).rstrip())


def shown(number: float, scale: float = 0.0) -> str:
    """Return a number to eight digits; what is round-off on this scale is shown as zero."""
    return "0" if abs(number) < 1e-15 * scale else f"{number:.8g}"


def finite(number: float | np.floating) -> float | None:
    """Return a number as JSON knows it: infinity is null."""
    return float(number) if math.isfinite(number) else None


class Help(argparse.RawDescriptionHelpFormatter):
    """A `--help` that keeps line breaks, and says what is taken where an option is left out."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text, default = action.help or "", action.default
        plain = default is None or default is argparse.SUPPRESS or default is False or default == []
        if plain or action.nargs == 0 or "%(default)" in text or "default:" in text:
            return text
        return f"{text} (default: %(default)s)".strip()


def add_command(commands: Any, name: str, run: Callable, **words: str) -> argparse.ArgumentParser:
    """Add a command with its `--help` and `--json`."""
    words["description"] = words.get("description", words["help"] + ".")
    parser = commands.add_parser(name, formatter_class=Help, **words)
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead")
    return parser


def count(text: str, least: int = 1, most: int = 10**9) -> int:
    """Read a whole number of at least and at most so much from the command line.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    whole = text.isascii() and text.isdecimal()
    if not whole or len(text) > 20 or not least <= int(text) <= most:
        raise argparse.ArgumentTypeError(
            f"expected a whole number from {least} to {most}, got {text[:40]!r}"
        )
    return int(text)


def seed(text: str) -> int:
    """Read a seed: any whole number of 64 bits.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    return count(text, least=0, most=2**63 - 1)


def real(text: str, above: float = -math.inf) -> float:
    """Read a finite number above another one from the command line.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is none.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > above):
        wanted = "a finite number" if above == -math.inf else f"a finite number above {above:g}"
        raise argparse.ArgumentTypeError(f"expected {wanted}, got {text[:40]!r}")
    return number


@contextmanager
def progress(name: str) -> Iterator[Progress]:
    """Show progress on the error stream, if that is a terminal.

    What tells nothing of itself shows for how long it has been going on.

    Yields
    ------
    Progress
        The callback that shows more.
    """
    from tqdm import tqdm

    with tqdm(
        desc=name, total=0, leave=False, disable=None, file=sys.stderr, bar_format=TIME
    ) as bar:

        def show(_: int, running: int, total: int) -> None:
            bar.bar_format, bar.total, bar.n = None, total, total - running
            bar.refresh()

        with _ticking(bar):
            yield show


@contextmanager
def _ticking(bar: Any) -> Iterator[None]:
    """Bring the time up to date, from beside the work."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(TICK):
            bar.refresh()

    clock = threading.Thread(target=tick, daemon=True)
    if not bar.disable:
        clock.start()
    try:
        yield
    finally:
        over.set()
        if clock.is_alive():
            clock.join()


@contextmanager
def tally(name: str, *, as_json: bool) -> Iterator[Progress]:
    """Show pieces that workers do on the error stream: a bar on a terminal, or lines of JSON.

    Yields
    ------
    Progress
        The callback that does, for `progress(done, running, total)`.
    """
    from tqdm import tqdm

    begun, last = time.monotonic(), -1

    def line(done: int, running: int, total: int) -> None:
        nonlocal last
        seconds = time.monotonic() - begun
        left = round(seconds / done * (total - done), 1) if done else None
        waiting = total - done - running
        told = {"what": name, "done": done, "running": running, "waiting": waiting}
        if done > last or done == total:
            last = done
            told |= {"seconds": round(seconds, 1), "seconds_left": left}
            print(json.dumps(told), file=sys.stderr, flush=True)

    if as_json:
        yield line
        return
    with tqdm(desc=name, total=0, leave=False, disable=None, file=sys.stderr) as bar:

        def show(done: int, running: int, total: int) -> None:
            bar.total, bar.n = total, done
            bar.set_postfix_str(f"{running} running, {total - done - running} waiting")

        yield show
