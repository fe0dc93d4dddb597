"""`--plot`: where the pictures of a command go, for all commands alike, and what was written.

The one idea: a name that ends as a picture's does is a file, for the first picture that a command
has; any other name is a folder, for all of them.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from morseloss.caution import caution
from morseloss.cli.output import progress
from morseloss.files.suffixes import suffix_of

__all__ = ["Picture", "add_plot", "draw", "make_room", "room_for"]

KINDS = (".png", ".pdf", ".svg")


@dataclass(frozen=True)
class Picture:
    """What is painted on axes, and on which."""

    paint: Callable[[Any], object]
    projection: Literal["3d"] | None = None


def add_plot(parser: argparse.ArgumentParser, what: str, option: str = "--plot") -> None:
    """Add the option; `what` says what is drawn, the first picture first."""
    parser.add_argument(
        option, metavar="OUT", type=_place,
        help=f"draw {what}: all of it into a folder, or the first into a file (png, pdf, svg)",
    )  # fmt: skip


def make_room(arguments: argparse.Namespace, suffixes: tuple[str, ...], kind: str) -> None:
    """Make the folders for `--save` and `--plot`, before the work and not after it."""
    if arguments.save:
        suffix_of(arguments.save, suffixes, kind)
        arguments.save.parent.mkdir(parents=True, exist_ok=True)
    room_for(arguments.plot)


def room_for(place: Path | None) -> None:
    """Make the folder of the pictures, before the work and not after it.

    Raises
    ------
    ValueError
        If the name is neither a picture's nor a folder's.
    """
    if place is None:
        return
    if _is_file(place):
        place.parent.mkdir(parents=True, exist_ok=True)
    elif place.suffix and not place.is_dir():
        raise ValueError(
            f"{place}: expected a folder, or a picture's name, ending in .png, .pdf or .svg; "
            "rename it, or make a folder of that name first"
        )
    else:
        place.mkdir(parents=True, exist_ok=True)


def draw(place: Path | None, pictures: Mapping[str, Picture]) -> None:
    """Draw without a window, save, and say on the error stream what was written."""
    if place is None:
        return
    room_for(place)
    if _is_file(place):
        files = dict(zip([place], pictures.values(), strict=False))
    else:
        files = {place / f"{name}.png": picture for name, picture in pictures.items()}
    for file, picture in files.items():
        try:
            with progress(file.name):
                _save(file, picture)
        except ImportError as error:
            caution(f"{file} is left out: {error}")
        else:
            print(f"morseloss: wrote {file}", file=sys.stderr)


def _place(text: str) -> Path:
    """Read where pictures go; a name that is none, or means another thing elsewhere, is refused.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is empty, or `-`.
    """
    if text in ("", "-"):
        raise argparse.ArgumentTypeError(
            f"expected a folder or a file, got {text!r}: pictures are not written to the standard "
            "output; name one, `picture.png` say, or `.` for this folder"
        )
    return Path(text)


def _is_file(place: Path) -> bool:
    return place.suffix.lower() in KINDS and not place.is_dir()


def _save(file: Path, picture: Picture) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), layout="constrained")
    picture.paint(figure.add_subplot(projection=picture.projection))
    figure.savefig(file, dpi=150)
