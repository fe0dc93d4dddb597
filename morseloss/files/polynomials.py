"""`load_polynomial`: a polynomial landscape from a JSON file."""

import os

import torch

from morseloss.files.document import named, read_document
from morseloss.files.foreign import foreign
from morseloss.files.reading import only
from morseloss.files.recognition import form_in
from morseloss.files.suffixes import path_of
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.landscapes.wrappers import OnBox
from morseloss.topology.door import integers, listed, reals, shown

__all__ = ["load_polynomial"]

FORMAT = "morseloss-polynomial"
HIGHEST = 100  # degree, and number of variables: tables grow with their squares


def load_polynomial(path: str | os.PathLike) -> Landscape:
    """Read a polynomial from a JSON file.

    Parameters
    ----------
    path : path-like
        An object with `terms`, a list of pairs of exponents and coefficient, and optionally `box`,
        the lower and the upper corner of the domain, outside of which nothing counts. This is
        `x^4 + y^4 - 2 x^2 - 1.5 y^2 + 0.1 x`::

            {"terms": [[[4, 0], 1.0], [[0, 4], 1.0], [[2, 0], -2.0], [[0, 2], -1.5], [[1, 0], 0.1]],
             "box": [[-2, -2], [2, 2]]}

        `terms` may be the text itself, as `Polynomial` reads it, and `names` name the variables.

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
    path = path_of(path)
    form_in(path, {"json": (".json",)}, "polynomial")
    content = read_document(path, FORMAT)
    terms = content.get("terms")
    if not isinstance(terms, str) and (
        not isinstance(terms, list) or not all(map(_is_term, terms))
    ):
        raise ValueError(
            f"{path}: expected `terms`, a list of pairs of exponents and coefficient, such as "
            f"[[[4, 0], 1.0], [[2, 0], -2.0]], got {_seen(terms, content)}"
        )
    only(path, content, ("format", "version", "terms", "names", "box"), "a polynomial")
    polynomial = named(path, _polynomial, terms, content.get("names"))
    if "box" not in content:
        return polynomial
    box = named(path, reals, "box", content["box"], axes=2)
    return named(path, OnBox, polynomial, torch.tensor(box))


def _polynomial(terms: str | list, names: list[str] | None) -> Polynomial:
    """Return the polynomial of pairs of exponents and coefficient, or of a text.

    Raises
    ------
    ValueError
        If one is no such pair, comes twice, or is of too high a degree.
    """
    if not isinstance(names, list | None):
        raise ValueError(f"expected `names`, a list of words, got {shown(names)}")
    if isinstance(terms, str):
        return Polynomial(terms, names=names)
    powers = [tuple(integers("exponents", pair[0]).tolist()) for pair in terms]
    for row, exponents in enumerate(powers):
        if sum(exponents) > HIGHEST or len(exponents) > HIGHEST:
            raise ValueError(
                f"a polynomial in a file may have degree {HIGHEST} in as many variables, got "
                f"{listed(exponents)} in row {row} of `terms`"
            )
    if len(set(powers)) < len(powers):
        raise ValueError("expected each list of exponents once in `terms`; add up the rest")
    coefficients = reals("coefficients", [pair[1] for pair in terms])
    return Polynomial(dict(zip(powers, coefficients.tolist(), strict=True)), names=names)


def _is_term(entry: object) -> bool:
    return isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], list)


def _seen(terms: object, content: dict) -> str:
    if terms is not None:
        return shown(terms)
    return f"the names {listed(sorted(content))}{foreign(content, 'load_polynomial')}"
