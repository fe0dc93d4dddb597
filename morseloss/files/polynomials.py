"""`load_polynomial`: a polynomial landscape from a JSON file."""

import os
from pathlib import Path

import torch

from morseloss.files.document import named, read_document
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.wrappers import OnBox

__all__ = ["load_polynomial"]

FORMAT = "morseloss-polynomial"


def load_polynomial(path: str | os.PathLike) -> Landscape:
    """Read a polynomial from a JSON file.

    Parameters
    ----------
    path : path-like
        An object with `terms`, a list of pairs of exponents and coefficient, and optionally `box`,
        the lower and the upper corner of the domain, outside of which nothing counts. This is
        `x^4 + y^4 - 2 x^2`::

            {"terms": [[[4, 0], 1.0], [[0, 4], 1.0], [[2, 0], -2.0]],
             "box": [[-2, -2], [2, 2]]}

    Returns
    -------
    Landscape
        A `Polynomial`, in an `OnBox` where the file gives a box.

    Raises
    ------
    ValueError
        If the file holds no such object; the message begins with its name.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import pathlib, tempfile, morseloss as ml
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "quartic.json")
    ...     _ = path.write_text('{"terms": [[[4], 1.0], [[2], -2.0]]}')
    ...     ml.load_polynomial(path)
    Polynomial(x0^4 - 2 x0^2)
    """
    path = Path(path)
    content = read_document(path, FORMAT)
    terms = content.get("terms")
    if not isinstance(terms, list) or not all(map(_is_term, terms)):
        raise ValueError(
            f"{path}: expected `terms`, a list of pairs of exponents and coefficient, such as "
            f"[[[4, 0], 1.0], [[2, 0], -2.0]], got {_shown(terms, content)}"
        )
    by_exponents = named(path, dict, ((tuple(powers), number) for powers, number in terms))
    if len(by_exponents) < len(terms):
        raise ValueError(
            f"{path}: expected each list of exponents once in `terms`; add up the rest"
        )
    polynomial = named(path, Polynomial, by_exponents)
    if "box" not in content:
        return polynomial
    box = named(path, torch.tensor, content["box"], dtype=torch.float64)
    return named(path, OnBox, polynomial, box)


def _is_term(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list)


def _shown(terms: object, content: dict) -> str:
    return f"the names {sorted(content)}" if terms is None else repr(terms)[:80]
