"""The landscape with which a command begins: its name in the catalogue, or a polynomial's file."""

import argparse
import re
import sys
import tempfile
from functools import partial
from os.path import isfile  # a formula may be longer than the name of any file
from pathlib import Path

import torch

from morseloss import analytic
from morseloss._shapes import Points
from morseloss.cli.output import count, real, seed
from morseloss.files import load_polynomial
from morseloss.landscapes.landscape import Box, Landscape, sample_box
from morseloss.landscapes.perturb import perturb
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.wrappers import OnBox

__all__ = ["FORMS", "STARTS", "add_source", "draw_starts", "landscape_of"]

CATALOGUE = {
    re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower(): getattr(analytic, name)
    for name in analytic.__all__
}
SIZED = {"double-well": 15, "rastrigin": 100}  # highest dimension of those that come in many
STARTS = 512
MOST_STARTS = 500_000
MOST_TEXT = 10_000_000  # characters of the standard input
MOST_BYTES = 2**26  # of the Hessians at all starts

FORMS = (
    "\n  ".join(["the catalogue:", *CATALOGUE]) + "\n\n"
    "A polynomial is written as it is, in quotes: a space is a product, ^ a power.\n\n"
    '  "x^4 + y^4 - 2 x^2 - 1.5 y^2 + 0.1 x"\n\n'
    "In a file, or on the standard input, `-`, it is such a text or its exponents and\n"
    "coefficients, and optionally the lower and upper corner of the box on which it is\n"
    "studied: what lies outside does not count, and walls do.\n\n"
    '  {"terms": [[[4, 0], 1.0], [[0, 4], 1.0], [[2, 0], -2.0], [[0, 2], -1.5],\n'
    "             [[1, 0], 0.1]],\n"
    '   "names": ["x", "y"], "box": [[-2, -2], [2, 2]]}\n\n'
)
"""What a landscape may be, for the help of a command."""


def add_source(parser: argparse.ArgumentParser, *, landscape: str, starts: str) -> None:
    """Add the landscape and the options that say which one it is, and where searches begin."""
    parser.add_argument("landscape", metavar="NAME|POLYNOMIAL|FILE.json|-", help=landscape)
    sized = " and ".join(SIZED)
    dims, most = partial(count, most=max(SIZED.values())), partial(count, most=MOST_STARTS)
    parser.add_argument("--dim", type=dims, help=f"dimension, of {sized} (default: their own)")
    parser.add_argument(
        "--box", metavar="X", type=real, nargs="+",
        help="study it on a closed box, walls count: lower and upper end, of all variables or of "
        "each in turn, as `-2 2 -1 1`",
    )  # fmt: skip
    parser.add_argument("--starts", metavar="N", type=most, help=starts)
    parser.add_argument("--seed", metavar="S", type=seed, default=0, help="of starts, and tilt")
    parser.add_argument(
        "--perturb", metavar="SIZE", type=partial(real, above=0),
        help="tilt it at random, as degenerate ones need it: bars move by at most SIZE",
    )  # fmt: skip


def landscape_of(arguments: argparse.Namespace) -> Landscape:
    """Return the landscape that the arguments name, on a box and tilted where they say so.

    Raises
    ------
    ValueError
        If there is none of this name, or it comes in one dimension only and got another, or the
        box is none of it.
    """
    landscape = _named(arguments)
    if arguments.box is not None:
        landscape = OnBox(landscape, _corners(arguments.box, landscape.dim))
    if arguments.perturb is None:
        return landscape
    draws = torch.Generator().manual_seed(arguments.seed)
    return perturb(landscape, arguments.perturb, generator=draws)


def _named(arguments: argparse.Namespace) -> Landscape:
    name = arguments.landscape
    if arguments.dim and name not in SIZED:
        raise ValueError(f"`--dim` is for {' and '.join(SIZED)}, got {name}; leave it out")
    if arguments.dim and arguments.dim > SIZED[name]:
        raise ValueError(
            f"`--dim` of {name} must be at most {SIZED[name]}, got {arguments.dim}; lower it"
        )
    if name in CATALOGUE:
        return CATALOGUE[name](arguments.dim) if arguments.dim else CATALOGUE[name]()
    if name == "-":
        return _from_input(sys.stdin.read(MOST_TEXT))
    if name.lower().endswith(".json") or isfile(name):
        return load_polynomial(name)
    found = _formula(name)
    if found is None:
        raise ValueError(
            f"expected a landscape of the catalogue ({', '.join(CATALOGUE)}), a polynomial in "
            f'quotes, such as "x^4 - 2 x^2 + y^2", or one in a .json file, got {name!r}'
        )
    return found


def _corners(ends: list[float], dim: int) -> Box:
    """Return the lower and the upper corner of a box, shape (2, dim), from the ends of its edges.

    Raises
    ------
    ValueError
        If there are neither two nor two for each variable.
    """
    if len(ends) not in (2, 2 * dim):
        raise ValueError(
            f"`--box` must have 2 numbers{f' or {2 * dim}' * (dim > 1)}, a lower and an upper end, "
            f"of all variables or of each of the {dim} in turn; got {len(ends)}"
        )
    return torch.tensor(ends, dtype=torch.float64).view(-1, 2).T.expand(2, dim).clone()


def _formula(text: str) -> Polynomial | None:
    """Return the polynomial of a text, None where it is rather a misspelt name.

    Raises
    ------
    ValueError
        If it looks like a polynomial and is none.
    """
    try:
        found = Polynomial(text)
    except ValueError:
        if set(text) & set("^*+() =\\{}"):
            raise
        return None
    return found if found.degree > 1 else None


def _from_input(text: str) -> Landscape:
    """Return the polynomial that the standard input holds, as JSON or as it is written.

    Raises
    ------
    ValueError
        If it holds none.
    """
    if not text.lstrip().startswith("{"):
        return Polynomial(text.strip())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "standard-input.json"
        path.write_text(text)
        try:
            return load_polynomial(path)
        except ValueError as error:
            raise ValueError(str(error).replace(str(path), "standard input")) from None


def draw_starts(landscape: Landscape, arguments: argparse.Namespace) -> Points:
    """Return random starts in the box of the landscape, as many as the arguments ask for.

    Raises
    ------
    ValueError
        If their Hessians would not fit into memory, or there is no box to draw them from.
    """
    if landscape.box is None:
        raise ValueError(
            f"{landscape!r} does not know a box that holds its critical points, as polynomials do "
            "that grow in every direction; study it on one, by `--box`"
        )
    number = arguments.starts or STARTS
    room = MOST_BYTES // (8 * landscape.dim**2)
    if number > room:
        raise ValueError(
            f"the Hessians of {number} starts in dimension {landscape.dim} need more than "
            f"{MOST_BYTES >> 20} MiB; use at most `--starts {max(room, 1)}`, or a lower dimension"
        )
    generator = torch.Generator().manual_seed(arguments.seed)
    return sample_box(landscape, number, generator=generator)
