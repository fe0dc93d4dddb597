"""Diagrams in the forms of other tools, and back: gudhi, ripser and persim, giotto-tda.

The one idea: none of those forms says which minimum and which edge a bar comes from, so a diagram
that comes back has -1 for its cells and no `highest`, and its provenance must be said again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from morseloss.topology.diagram import Diagram, check_diagram
from morseloss.topology.door import integers, reals
from morseloss.topology.provenance import Provenance

__all__ = [
    "from_dgms",
    "from_giotto",
    "from_gudhi",
    "to_array",
    "to_dgms",
    "to_giotto",
    "to_gudhi",
]


def to_array(diagram: Diagram, degree: int = 0) -> Float[np.ndarray, "k 2"]:
    """Return the bars of one degree as births and deaths.

    It is the form of `persistence_intervals_in_dimension` in gudhi, which distances and vectorisers
    take.

    Parameters
    ----------
    diagram : Diagram
        The bars.
    degree : int
        Homological degree to keep.

    Returns
    -------
    ndarray, shape (k, 2)
        Births and deaths, `inf` for essential bars; shape (0, 2) if there are none.

    Raises
    ------
    ValueError
        If the degree is no integer, negative, or one of which the diagram does not speak.

    Examples
    --------
    >>> to_array(Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0]))
    array([[ 0., inf],
           [ 1.,  3.]])
    """
    check_diagram(diagram)
    bars = diagram.of_degree(degree)
    return np.column_stack([bars.births, bars.deaths])


def to_gudhi(diagram: Diagram) -> list[tuple[int, tuple[float, float]]]:
    """Return the bars as gudhi's `persistence()` does.

    Parameters
    ----------
    diagram : Diagram
        The bars.

    Returns
    -------
    list of (int, (float, float))
        Degree, birth and death; the highest degree first, then the longest bar.

    Examples
    --------
    >>> to_gudhi(Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0]))
    [(0, (0.0, inf)), (0, (1.0, 3.0))]
    """
    check_diagram(diagram)
    halves = diagram.deaths / 2 - diagram.births / 2  # of lengths, which may overflow
    order = np.lexsort((-halves, -diagram.degrees))
    columns = (diagram.degrees, diagram.births, diagram.deaths)
    rows = zip(*(column[order].tolist() for column in columns), strict=True)
    return [(degree, (birth, death)) for degree, birth, death in rows]


def from_gudhi(
    persistence: Iterable[tuple[int, tuple[float, float]]], *, provenance: Provenance | None = None
) -> Diagram:
    """Return the diagram of bars in gudhi's form.

    Parameters
    ----------
    persistence : iterable of (int, (float, float))
        What `persistence()` returns.
    provenance : Provenance, optional
        What the bars were computed of, over which field, and by what: gudhi's list does not tell.

    Returns
    -------
    Diagram
        The same bars, with cells -1.

    Raises
    ------
    ValueError
        If an entry has another form, or is no bar.

    Examples
    --------
    >>> from_gudhi([(0, (0.0, np.inf)), (0, (1.0, 3.0))])
    Diagram(2 bars: 2 of degree 0, 1 essential)
    """
    try:
        rows = [(degree, birth, death) for degree, (birth, death) in persistence]
    except (TypeError, ValueError) as error:
        raise ValueError(
            "`persistence` must hold entries (degree, (birth, death)), as gudhi's `persistence()` "
            "returns them; for arrays use `from_dgms`"
        ) from error
    degrees, births, deaths = zip(*rows, strict=True) if rows else ((), (), ())
    ends = reals("births", births), reals("deaths", deaths)
    return Diagram(*ends, integers("degrees", degrees), provenance=provenance)


def to_dgms(diagram: Diagram) -> list[Float[np.ndarray, "_ 2"]]:
    """Return the bars as ripser does: one array of births and deaths per degree.

    Note that persim's distances drop essential bars; those of this package match them.

    Parameters
    ----------
    diagram : Diagram
        The bars.

    Returns
    -------
    list of ndarray, each of shape (k, 2)
        Entry `k` holds degree `k`, from 0 to the highest; one empty array if there are no bars.

    Examples
    --------
    >>> to_dgms(Diagram(births=[0.0, 1.0], deaths=[np.inf, 3.0]))
    [array([[ 0., inf],
           [ 1.,  3.]])]
    """
    check_diagram(diagram)
    top = max(int(diagram.degrees.max(initial=0)), diagram.highest or 0)
    return [to_array(diagram, degree) for degree in range(top + 1)]


def from_dgms(
    dgms: Sequence[Float[np.ndarray, "_ 2"]], *, provenance: Provenance | None = None
) -> Diagram:
    """Return the diagram of bars in the form of ripser and persim.

    Parameters
    ----------
    dgms : sequence of ndarray, each of shape (k, 2)
        Births and deaths, one array per degree.
    provenance : Provenance, optional
        What the bars were computed of, over which field, and by what.

    Returns
    -------
    Diagram
        The same bars, with cells -1.

    Raises
    ------
    ValueError
        If an array has another shape, or a row is no bar.

    Examples
    --------
    >>> from_dgms([np.array([[0.0, np.inf], [1.0, 3.0]])])
    Diagram(2 bars: 2 of degree 0, 1 essential)
    """
    cure = "births and deaths; wrap the array of a single degree in a list"
    arrays = [_table(f"dgms[{degree}]", dgm, 2, cure) for degree, dgm in enumerate(dgms)]
    births, deaths = np.concatenate([np.empty((0, 2)), *arrays]).T
    degrees = np.repeat(np.arange(len(arrays)), [len(array) for array in arrays])
    return Diagram(births, deaths, degrees, provenance=provenance)


def to_giotto(diagram: Diagram) -> Float[np.ndarray, "k 3"]:
    """Return the bars as one sample of giotto-tda: rows of birth, death and degree.

    Parameters
    ----------
    diagram : Diagram
        The bars.

    Returns
    -------
    ndarray, shape (k, 3)
        Births, deaths and degrees; `to_giotto(diagram)[None]` is a collection of one sample.

    Notes
    -----
    giotto-tda's own transformers leave out the essential bar of degree 0 and replace `inf` by a
    number. Here nothing is lost.

    Examples
    --------
    >>> to_giotto(Diagram(births=[0.0], deaths=[np.inf]))
    array([[ 0., inf,  0.]])
    """
    check_diagram(diagram)
    return np.column_stack([diagram.births, diagram.deaths, diagram.degrees])


def from_giotto(rows: Float[np.ndarray, "k 3"], *, provenance: Provenance | None = None) -> Diagram:
    """Return the diagram of one sample of giotto-tda.

    Parameters
    ----------
    rows : ndarray, shape (k, 3)
        Births, deaths and degrees. The rows of length zero with which giotto-tda pads its samples
        come along as bars of length zero.
    provenance : Provenance, optional
        What the bars were computed of, over which field, and by what.

    Returns
    -------
    Diagram
        The same bars, with cells -1.

    Raises
    ------
    ValueError
        If the shape is another, a degree is no whole number, or a row is no bar.

    Examples
    --------
    >>> from_giotto(np.array([[0.0, np.inf, 0.0], [1.0, 3.0, 0.0]]))
    Diagram(2 bars: 2 of degree 0, 1 essential)
    """
    cure = "births, deaths and degrees; take one sample of a collection, `rows[i]`"
    rows = _table("rows", rows, 3, cure)
    births, deaths, degrees = rows.T
    whole = np.isfinite(degrees) & (degrees == np.round(degrees))
    if not whole.all():
        row = np.flatnonzero(~whole)[0]
        raise ValueError(f"degrees must be whole numbers, got {degrees[row]} in row {row}")
    return Diagram(births, deaths, degrees.astype(np.int64), provenance=provenance)


def _table(name: str, given: Any, width: int, cure: str) -> Float[np.ndarray, "k width"]:
    """Return rows of so many numbers.

    Raises
    ------
    ValueError
        If there are other rows, or other things than numbers in them.
    """
    try:
        table = reals(name, given, axes=2)
    except ValueError as error:
        raise ValueError(f"{error}; expected rows of {cure}") from None
    if table.size and table.shape[1] != width:
        raise ValueError(
            f"`{name}` must have shape (k, {width}), got {table.shape}; expected rows of {cure}"
        )
    return table.reshape(-1, width)
