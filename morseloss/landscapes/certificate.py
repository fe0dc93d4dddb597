"""`Certificate`: why a set of critical points is believed to be complete, or how far it is not.

The one idea: two counts that must come out right. A polynomial has a known number of complex
critical points; and the alternating count of the real ones by index is that of the space, 1 on R^d,
where the landscape grows towards the boundary. The first proves, the second only agrees.
"""

from dataclasses import dataclass
from typing import Any

from morseloss._shapes import Indices

__all__ = ["Certificate"]


@dataclass(frozen=True)
class Certificate:
    """The counts behind a set of critical points.

    Attributes
    ----------
    euler : int
        Number of points of even index minus that of odd index.
    degenerate : int
        Points whose index is unknown, so that `euler` does not count them.
    expected : int
        Complex critical points there are, counted with multiplicity; 0 where that is not known.
        Those at infinity are left out.
    found : int
        How many of these were found.
    real : int
        How many of the found ones are real.
    alpha : float
        Largest Smale alpha of the regular ones; below 0.157 each is proven to be a solution next
        to its numbers. `inf` where one could not be certified.
    rounds : int
        How often the paths were followed, each time with another gamma, or the starts searched.
    cells : int
        Cells of a box, on each of which a Chebyshev series stands for the gradient; 0 where there
        is no box, or the count is by solutions.
    flat : int
        Cells that rise less than `fit_rise`, and on which some component of the gradient has one
        sign wherever it was asked.
    undecided : int
        Places in it that may hold no critical point, one or several.
    fit_error : float
        Largest measured error of a series, [value]/[point].
    fit_rise : float
        Largest such error times the width of its cell, or rise of a flat cell, [value]: by
        stability the bars of the function and of the series differ by no more on a cell.
    characteristic : int
        What `euler` is for a complete set: 1 on R^d, 0 on a torus or cylinder.
    away : int
        Complex ones taken to lie at infinity, since paths were seen to run off there; that is no
        proof. Not told for the faces of a box.
    """

    euler: int
    degenerate: int = 0
    expected: int = 0
    found: int = 0
    real: int = 0
    alpha: float = float("nan")
    rounds: int = 1
    cells: int = 0
    flat: int = 0
    undecided: int = 0
    fit_error: float = float("nan")
    fit_rise: float = float("nan")
    characteristic: int = 1
    away: int = 0

    @classmethod
    def of(cls, indices: Indices, **counts: Any) -> "Certificate":
        """Return the certificate of points of these Morse indices, -1 where one is unknown."""
        known = indices[indices >= 0]
        euler = int((1 - 2 * (known % 2)).sum())
        return cls(euler=euler, degenerate=len(indices) - len(known), **counts)

    @property
    def complete(self) -> bool:
        """Whether no critical point is missing.

        Every complex one is accounted for, or each cell of the box holds a known number.
        """
        return 0 < self.expected == self.found or (self.cells > 0 and not self.undecided)

    @property
    def consistent(self) -> bool:
        """Whether the alternating count is that of a complete set; necessary, not sufficient."""
        return self.euler == self.characteristic and not self.degenerate

    def __repr__(self) -> str:
        parts = [f"Euler characteristic {self.euler}"]
        if self.degenerate:
            parts.append(f"without {self.degenerate} degenerate points")
        if self.expected:
            kind = "complete" if self.complete else "incomplete"
            count = f"{kind}: {self.found} of {self.expected} complex solutions, {self.real} real"
            infinite = [f"{self.away} at infinity"] if self.away else []
            parts = [count, *infinite, f"alpha {self.alpha:.0e}", *parts]
        if self.cells:
            kind = "incomplete" if self.undecided else "complete"
            count = f"{kind}: {self.cells} cells, {self.flat} flat, {self.undecided} undecided"
            parts = [count, f"fitted within {self.fit_error:.0e}", *parts]
        return f"Certificate({', '.join(parts)})"
