"""The house in a picture: rooms as steps, imports as streams that run down from room to room.

The one idea: a stream is as wide as there are imports, and a shaft gathers all that lead to one
room, so a new room or a new import changes the picture and nothing else has to. Drawn when the
docs are built; alone: `python docs/pictures/house.py FOLDER`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path as Line
from plan import HOUSE, floors_of, tables, traffic

from morseloss.plot.style import AID, INK, LEAF, PASS, SEA, ramp

PICTURES = {HOUSE: "house.svg", f"{HOUSE}.networks": "networks-rooms.svg"}
STREAMS = (PASS, "#b9772f", LEAF, SEA[0], INK)
BAND = "#f2f3f5"
HALF, HEAD, BEND, FACE = 0.36, 0.22, 0.26, 0.5  # of a box, an arrowhead, a bend, a side: in steps
SHAFT, LEAST = 0.8, 0.02  # widest shaft, thinnest stream


@dataclass(frozen=True)
class Stairs:
    """Rooms from the top, the imports between them, colours, and the size of one step."""

    floors: list[list[str]]
    counts: dict[tuple[str, str], int]

    @property
    def rooms(self) -> list[str]:
        return [room for floor in self.floors for room in floor]

    @property
    def left(self) -> float:
        """How far boxes reach to the left of their shaft: room for the longest name."""
        return 0.36 * max(map(len, self.rooms)) + 0.1

    def colour(self, room: str):
        """From the roof to the first floor a ramp; the ground floor, which all stand on, grey."""
        if room in self.floors[-1] and len(self.floors) > 5:
            return AID
        return ramp(STREAMS)(self.rooms.index(room) / (len(self.rooms) - 1))

    def width(self, source: str, target: str) -> float:
        count = self.counts[source, target]
        most = max(sum(self.counts[a, b] for a in self.rooms) for b in self.rooms)
        return max(count * SHAFT / most, LEAST) if count else 0.0

    def into(self, target: str) -> list[tuple[str, float]]:
        """The streams into a room, from left to right: the nearest source first."""
        pairs = [(source, self.width(source, target)) for source in reversed(self.rooms)]
        return [pair for pair in pairs if pair[1]]

    def leaving(self, source: str, target: str) -> float:
        """The height at which a stream leaves its room: the nearest target lowest."""
        widths = [self.width(source, room) for room in self.rooms]
        place = self.rooms.index(target)
        return sum(widths[:place]) + widths[place] / 2 - sum(widths) / 2


def draw(stairs: Stairs, ax: Axes) -> Axes:
    """Draw floors, streams and rooms."""
    last = len(stairs.rooms) - 1
    ax.set(xlim=(FACE - stairs.left - 0.15, last + 0.65), ylim=(-last - 0.5, 0.5), aspect="equal")
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()
    for number, floor in enumerate(stairs.floors):
        top = 0.5 - stairs.rooms.index(floor[0])
        if number % 2 == 0:
            ax.axhspan(top - len(floor), top, color=BAND, linewidth=0, zorder=0)
    for room in stairs.rooms:
        _shaft(stairs, room, ax)
    for row, room in enumerate(stairs.rooms):
        _box(stairs, room, (row, -row), ax)
    return ax


def _shaft(stairs: Stairs, target: str, ax: Axes) -> None:
    place, streams = stairs.rooms.index(target), stairs.into(target)
    if not streams:
        return
    total, roof = sum(width for _, width in streams), HALF - place
    edge = place - total / 2
    for source, width in streams:
        row = stairs.rooms.index(source)
        height = stairs.leaving(source, target) - row
        middle, edge = edge + width / 2, edge + width
        end = roof + 0.9 * HEAD
        bend = min(BEND, height - end)
        corner = (middle - bend, height), (middle, height), (middle, height - bend)
        way = [(row + FACE - 0.1, height), *corner, (middle, end)]
        kinds = [Line.MOVETO, Line.LINETO, Line.CURVE3, Line.CURVE3, Line.LINETO]
        _stream(Line(way, kinds), width, stairs.colour(target), 1 + row / 100, ax)
    half = total / 2 + 0.09
    corners = [(place - half, roof + HEAD), (place + half, roof + HEAD), (place, roof)]
    ax.add_patch(Polygon(corners, color=stairs.colour(target), linewidth=0, zorder=3))


def _stream(way: Line, width: float, colour: object, level: float, ax: Axes) -> None:
    points = ax.figure.get_figwidth() * 72 / (ax.get_xlim()[1] - ax.get_xlim()[0])
    for thick, shade in ((width * points + 0.7, "white"), (width * points - 0.2, colour)):
        patch = PathPatch(way, facecolor="none", edgecolor=shade, linewidth=thick, zorder=level)
        patch.set_capstyle("butt")
        ax.add_patch(patch)


def _box(stairs: Stairs, room: str, place: tuple[float, float], ax: Axes) -> None:
    corner = place[0] + FACE - stairs.left, place[1] - HALF
    shape = "round,pad=0,rounding_size=0.14"
    fill = stairs.colour(room)
    box = FancyBboxPatch(corner, stairs.left, 2 * HALF, shape, fc=fill, ec="white", zorder=4)
    ax.add_patch(box)
    ax.text(
        corner[0] + stairs.left / 2, place[1] - 0.03, room,
        color="white", fontsize=15, fontweight="bold", ha="center", va="center", zorder=5,
    )  # fmt: skip


def write(folder: Path) -> None:
    """Write the two pictures and the tables of rooms into a folder."""
    for package, name in PICTURES.items():
        stairs = Stairs(floors_of(package), traffic(package))
        steps = len(stairs.rooms)
        figure = Figure(figsize=(0.5 * (steps + stairs.left - 0.7), 0.5 * steps))
        draw(stairs, figure.subplots())
        figure.savefig(folder / name, dpi=110)
    (folder / "rooms.txt").write_text(tables())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
