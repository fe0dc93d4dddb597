"""`Analysis`: what is known of a landscape, what of it is certified, and what is not.

The one idea: the parts are those that one gets step by step, and each doubt about them is a
sentence beside them.
"""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from morseloss.complexes.morse import MorseComplex
from morseloss.graphs.graph import LandscapeGraph
from morseloss.landscapes.critical import CriticalPoints
from morseloss.landscapes.landscape import Box, Landscape
from morseloss.topology.diagram import Diagram

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["Analysis"]

MOST_BARS = 5  # printed, the longest ones


@dataclass(frozen=True, eq=False)
class Analysis:
    """What `analyse` found of a landscape.

    `print` shows it in a few lines, a notebook as tables, and `plot` draws it.

    Attributes
    ----------
    landscape : Landscape
    points : CriticalPoints
        Critical points of every index that was sought.
    minima : CriticalPoints
        Those from which the graph was built.
    graph : LandscapeGraph or None
        Minima and passes; None where there is none, and `open` says why.
    complex : MorseComplex or None
        Of the critical points and the flow lines between them; None likewise.
    bars : Diagram or None
        Of every degree where there is a complex, else of degree 0, from the graph.
    certified : tuple of str
        What speaks for the parts, one sentence each.
    open : tuple of str
        What is not certified, what could not be done, and what to try.
    box : Tensor, shape (2, dim), or None
        Where searches began.

    Examples
    --------
    >>> import morseloss as ml
    >>> found = ml.analyse(ml.analytic.DoubleWell(1))
    >>> found.graph, found.bars
    (LandscapeGraph(2 minima, 1 edge), Diagram(2 bars: 2 of degree 0, 1 essential))
    >>> found.open
    ()
    """

    landscape: Landscape
    points: CriticalPoints
    minima: CriticalPoints
    graph: LandscapeGraph | None
    complex: MorseComplex | None
    bars: Diagram | None
    certified: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    box: Box | None = None

    def __repr__(self) -> str:
        sides = f"{len(self.certified)} certified, {len(self.open)} open"
        return f"Analysis({self.landscape!r}: {self.bars or self.points!r}; {sides})"

    def __str__(self) -> str:
        parts = [f"{name:<8} {part!r}" for name, part in self._parts().items()]
        longest = [f"         {line}" for line in _longest(self.bars)]
        return "\n".join(
            (
                repr(self.landscape),
                *parts,
                *longest,
                *_listed("certified:", self.certified, "+"),
                *_listed("not certified:", self.open, "-"),
            )
        )

    def _repr_html_(self) -> str:
        """Return what a notebook shows: tables of bars and points, and both lists."""
        tables = [part._repr_html_() for part in (self.bars, self.points) if part is not None]
        rows = "".join(
            f"<li>{escape(name)}: {escape(repr(part))}</li>"
            for name, part in self._parts().items()
            if name in ("graph", "complex")
        )
        lists = _bullets("certified", self.certified) + _bullets("not certified", self.open)
        head = f"<div><b>{escape(repr(self.landscape))}</b><ul>{rows}</ul></div>"
        return "".join(("<div>", head, *tables, lists, "</div>"))

    def plot(self) -> "matplotlib.figure.Figure":
        """Draw the landscape with what was found on it, and the barcode beside it.

        In one variable a curve, in two a map with critical points and flow lines, in more the merge
        tree of the minima.

        Returns
        -------
        Figure
            A new one of matplotlib; `figure.savefig("picture.png")` keeps it.

        Examples
        --------
        >>> import morseloss as ml
        >>> len(ml.analyse(ml.analytic.DoubleWell(1)).plot().axes)
        2
        """
        from matplotlib import pyplot

        from morseloss.plot.diagrams.bars import barcode

        wide = 2 if self.bars is not None else 1
        figure, axes = pyplot.subplots(
            1, wide, figsize=(5.8 * wide, 4.8), layout="constrained", squeeze=False
        )
        self._draw_landscape(axes[0, 0])
        if self.bars is not None:
            barcode(self.bars, axes[0, 1])
        return figure

    def _draw_landscape(self, ax: "matplotlib.axes.Axes") -> None:
        from morseloss.plot.diagrams.merge_tree import merge_tree
        from morseloss.plot.maps.landscape import landscape
        from morseloss.plot.maps.morse_smale import morse_smale
        from morseloss.plot.style import say

        if self.landscape.dim == 2 and self.complex is not None:
            morse_smale(self.landscape, self.complex, ax, box=self._window())
        elif self.landscape.dim <= 2:
            landscape(self.landscape, self.graph, self.points, ax, box=self._window())
        elif self.graph is not None:
            merge_tree(self.graph, ax)
        else:
            say(ax, "no graph of minima")

    def _window(self) -> Box | None:
        """Return what to draw where neither the landscape nor what was found on it says that."""
        points = self.points.points
        apart = len(points) > 0 and bool((points != points[0]).any())
        return self.box if self.landscape.box is None and not apart else None

    def _parts(self) -> dict[str, object]:
        parts = {"points": self.points, "graph": self.graph, "complex": self.complex}
        return {name: part for name, part in (parts | {"bars": self.bars}).items() if part}


def _longest(bars: Diagram | None) -> list[str]:
    """Return the longest bars as lines, and how many more there are."""
    if bars is None:
        return []
    finite = bars[bars.finite]
    order = sorted(range(len(finite)), key=lambda row: finite[row][0] - finite[row][1])
    lines = [
        f"degree {finite.degrees[row]}: [{finite[row][0]:.6g}, {finite[row][1]:.6g}]"
        for row in order[:MOST_BARS]
    ]
    rest = len(order) - len(lines)
    return lines + ([f"and {rest} shorter"] if rest else [])


def _listed(title: str, sentences: tuple[str, ...], sign: str) -> list[str]:
    return [title, *(f"  {sign} {sentence}" for sentence in sentences)] if sentences else []


def _bullets(title: str, sentences: tuple[str, ...]) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f"<div><b>{title}</b><ul>{items}</ul></div>" if sentences else ""
