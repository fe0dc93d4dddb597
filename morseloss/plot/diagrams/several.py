"""Several barcodes on one axes: what each is called, and how it is told from the others.

The one idea: axes remember what stands on them. Who draws there next takes the next colour, and
leaves what is there in sight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from morseloss.kinds import kind_of
from morseloss.plot.style import DEGREES, GROUPS, legible
from morseloss.topology import Diagram
from morseloss.topology.diagram import check_diagram

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.lines

__all__ = ["Member", "drawn_on", "members", "tag"]

LONE = "degree 0"


@dataclass(frozen=True)
class Member:
    """One barcode among those on the axes.

    Attributes
    ----------
    bars : Diagram
    place : int
        How many barcodes were drawn before it.
    called : str
        What it is called; empty where it is the only one.
    colour : str
        Of all its bars; empty where the degree of a bar says its colour.
    by_degree : bool
        Whether markers tell degrees, and not barcodes, apart.
    """

    bars: Diagram
    place: int
    called: str
    colour: str
    by_degree: bool

    @property
    def degrees(self) -> list[int]:
        """The degrees of its bars, each once."""
        return np.unique(self.bars.degrees).tolist()

    def style(self, degree: int) -> tuple[str, str, str]:
        """Return colour, marker and label of the bars of a degree."""
        colour, marker = DEGREES[degree % len(DEGREES)]
        if not self.by_degree:
            marker = GROUPS[self.place % len(GROUPS)][1]
        if not self.called:
            return self.colour or colour, marker, f"degree {degree}"
        label = f"{self.called}, degree {degree}" if len(self.degrees) > 1 else self.called
        return self.colour or colour, marker, label


def members(
    ax: "matplotlib.axes.Axes",
    diagrams: Any,
    labels: Sequence[str] | None,
    colours: Sequence[str] | None,
) -> list[Member]:
    """Return the barcodes with their styles, in the order in which they are given.

    Raises
    ------
    ValueError
        If one is no Diagram, or there is not one label and one colour for each.
    """
    alone = not isinstance(diagrams, list | tuple)
    many = [diagrams] if alone else list(diagrams)
    for bars in many:
        check_diagram(bars)
    _one_each("labels", labels, len(many))
    _one_each("colours", colours, len(many))
    before = drawn_on(ax)
    first = 1 + max((place for place, _ in before), default=-1)
    lonely = alone and not first
    if first:
        _rename(before)
    used = len({str(line.get_color()) for _, line in before})
    by_degree = lonely or len({int(k) for bars in many for k in np.unique(bars.degrees)}) > 1
    found = []
    for row, bars in enumerate(many):
        place = first + row
        called = "" if lonely else f"barcode {place + 1}"
        called = called if labels is None else legible(labels[row])
        colour = "" if lonely else GROUPS[(used + row) % len(GROUPS)][0]
        colour = colour if colours is None else colours[row]
        found.append(Member(bars, place, called, colour, by_degree))
    return found


def tag(ax: "matplotlib.axes.Axes", line: "matplotlib.lines.Line2D", place: int) -> None:
    """Mark the points of a barcode as such, each by its own mark: SVG asks for that."""
    own = ax.figure.axes.index(ax) if ax in ax.figure.axes else 0
    line.set_gid(f"axes-{own}-barcode-{place}-{len(ax.lines)}")


def drawn_on(ax: "matplotlib.axes.Axes") -> list[tuple[int, "matplotlib.lines.Line2D"]]:
    """Return the points of barcodes that the axes hold, each with the place of its barcode."""
    found = []
    for line in ax.lines:
        words = str(line.get_gid()).split("-")
        if len(words) == 5 and words[2] == "barcode":
            found.append((int(words[3]), line))
    return found


def _rename(before: list[tuple[int, "matplotlib.lines.Line2D"]]) -> None:
    """Give the only barcode so far a name, now that it gets company."""
    if [line.get_label() for _, line in before] == [LONE]:
        before[0][1].set_label("barcode 1")


def _one_each(name: str, given: Sequence[str] | None, count: int) -> None:
    if given is None:
        return
    if isinstance(given, str) or len(given) != count:
        came = kind_of(given) if isinstance(given, str) else f"{len(given)}: {given!r}"
        raise ValueError(f"`{name}` must be a list with one text a barcode, {count}, got {came}")
