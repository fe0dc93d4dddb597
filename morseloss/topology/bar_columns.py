"""Columns of a diagram, read at the door: one number a bar, degrees it speaks of, lower ends.

The one idea: a column is refused by its own name and the first row that is wrong.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.door import integers, owned, reals, sealed

__all__ = ["check_degrees", "lower_ends", "one_a_bar", "ordered"]

LARGEST = np.iinfo(np.int64).max


def one_a_bar(name: str, numbers: Any, k: int) -> Int[np.ndarray, " k"]:
    """Return one integer per bar; a single number stands for all bars.

    Raises
    ------
    ValueError
        If there are more or fewer, or one is no integer.
    """
    if np.ndim(numbers) == 0:
        return np.broadcast_to(sealed(integers(name, numbers, axes=0).astype(np.int64)), (k,))
    numbers = integers(name, numbers)
    if len(numbers) != k:
        raise ValueError(
            f"`{name}` must have one entry per bar, got shape {numbers.shape} for {k} bars"
        )
    return owned(numbers.astype(np.int64, copy=False))


def lower_ends(given: Any, deaths: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """Return one lower end per bar, nan where none is known.

    Raises
    ------
    ValueError
        If there are more or fewer, or one is infinite or above its death.
    """
    lower = reals("lower", given)
    if lower.shape != deaths.shape:
        raise ValueError(
            f"`lower` must have one entry per bar, got shape {lower.shape} for {len(deaths)} bars"
        )
    wrong = np.flatnonzero((lower > deaths) | np.isinf(lower))
    if len(wrong):
        raise ValueError(
            f"`lower` must be finite, at or below the death, got {lower[wrong[0]]} for "
            f"{deaths[wrong[0]]} in row {wrong[0]}; nan where no lower end is known"
        )
    return lower


def check_degrees(degrees: Int[np.ndarray, " k"], highest: int | None) -> None:
    """Refuse a bar of a degree below zero, or of one of which the diagram does not speak.

    Raises
    ------
    ValueError
        If there is one; the message names the first such row.
    """
    below = np.flatnonzero(degrees < 0)
    if len(below):
        raise ValueError(
            f"`degrees` must be zero or more, got {degrees[below[0]]} in row {below[0]}"
        )
    above = np.flatnonzero(degrees > (LARGEST if highest is None else highest))
    if len(above):
        raise ValueError(
            f"`degrees` must be at most `highest`, {highest}, got {degrees[above[0]]} in row "
            f"{above[0]}"
        )


def ordered(
    degrees: Int[np.ndarray, " k"], births: Float[np.ndarray, " k"], cells: Int[np.ndarray, " k"]
) -> bool:
    """Tell whether the bars already stand in order of degree, birth and birth cell."""
    later = cells[1:] >= cells[:-1]
    for column in (births, degrees):
        later = (column[1:] > column[:-1]) | (column[1:] == column[:-1]) & later
    return bool(later.all())
