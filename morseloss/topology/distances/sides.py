"""`Side`: one of the two barcodes that are compared, its bars apart by kind.

The one idea: a bar is a point off the diagonal, or essential, or of length zero and of no account.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from morseloss.topology.diagram import Diagram, check_bars, to_degree
from morseloss.topology.door import reals

__all__ = ["Bars", "Side", "read"]

Bars = Diagram | Float[np.ndarray, "_ 2"]


class Side(NamedTuple):
    """The bars of one barcode.

    Attributes
    ----------
    points : ndarray, shape (k, 2)
        Births and deaths of the bars that end, those of length zero left out.
    rows : ndarray, shape (k,)
        Rows of these bars in the barcode.
    essential_births : ndarray, shape (e,)
        Births of the essential bars, in increasing order.
    essential_rows : ndarray, shape (e,)
        Rows of these.
    """

    points: Float[np.ndarray, "k 2"]
    rows: Int[np.ndarray, " k"]
    essential_births: Float[np.ndarray, " e"]
    essential_rows: Int[np.ndarray, " e"]


def read(name: str, bars: Bars, degree: int) -> Side:
    """Split a barcode into points off the diagonal and essential bars in the order of births.

    Parameters
    ----------
    name : str
        Of the argument, for the message.
    bars : Diagram or ndarray, shape (k, 2)
        The barcode.
    degree : int
        Whose bars are taken; an array has only one.

    Raises
    ------
    ValueError
        If an array has the wrong shape or holds a nan, a death lies below its birth, or a diagram
        does not speak of the degree.

    Examples
    --------
    >>> read("a", np.array([[0.0, np.inf], [1.0, 3.0]]), 0).points
    array([[1., 3.]])
    """
    if isinstance(bars, Diagram):
        rows = bars.rows_of_degree(degree)
        births, deaths = bars.births[rows], bars.deaths[rows]
    else:
        to_degree(degree)
        births, deaths = _columns(name, bars)
        rows = np.argsort(births, kind="stable")
        births, deaths = births[rows], deaths[rows]
    finite = np.isfinite(deaths)
    off = finite & (deaths > births)
    return Side(np.column_stack([births, deaths])[off], rows[off], births[~finite], rows[~finite])


def _columns(name, bars):
    """Return the births and the deaths of an array of bars."""
    try:
        array = reals(name, bars, axes=2)
    except ValueError as error:
        raise ValueError(f"{error}; expected a Diagram, or rows of births and deaths") from None
    if array.shape != (0,) and array.shape[1] != 2:
        raise ValueError(
            f"`{name}` must be a Diagram or an array of shape (k, 2), births and deaths, "
            f"got shape {array.shape}"
        )
    births, deaths = array.reshape(-1, 2).T
    check_bars(births, deaths)
    return births, deaths
