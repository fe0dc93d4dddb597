"""A published table beside ours: in words, with ratios, and as a figure.

The one idea: each published number stands beside the one measured here in the same convention,
and what is not published or not measured is left out, never filled in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from morseloss.plot.style import INK, PASS, TEAL
from validation.images import Images, idx
from validation.published.lines import ACTIVATIONS, AS_TRAINED, MATCHINGS, NULL, WEIGHTS, midpoint

__all__ = ["Beside", "Line", "besides", "drawn_beside", "scaled"]

PIXELS = {"MNIST": (33.32, 78.58), "FashionMNIST": (72.94, 90.02)}
"""Mean and standard deviation of pixels from 0 to 255, as REPAIR takes them."""

COLOURS = {AS_TRAINED: INK, WEIGHTS: TEAL, ACTIVATIONS: PASS}
Published = Mapping[Any, Sequence[float]]
"""For what stands on the horizontal axis, the published numbers, one a kind."""


@dataclass(frozen=True)
class Line:
    """One row of a table: what it is of, and for each kind ours, its error, published, ratio."""

    name: str
    cells: tuple[dict[str, Any], ...]

    def __str__(self) -> str:
        parts = [
            f"{cell['kind']} {cell['ours']:.3g} ± {cell['error']:.1g} / {cell['published']:.3g} "
            f"({cell['ratio']:.2f})"
            for cell in self.cells
        ]
        return f"{self.name}: {', '.join(parts)}"


@dataclass(frozen=True)
class Beside:
    """A table, over how many pairs, and the null in words."""

    lines: tuple[Line, ...]
    pairs: int
    null: str
    others: str

    @property
    def lower(self) -> bool:
        """Whether ours of the last kind is below that of the first, in each row."""
        return all(line.cells[-1]["ours"] < line.cells[0]["ours"] for line in self.lines)

    def within(self, factor: float) -> bool:
        """Whether each of ours is within a factor of the published one."""
        ratios = [cell["ratio"] for line in self.lines for cell in line.cells]
        return all(1 / factor <= ratio <= factor for ratio in ratios)

    def __str__(self) -> str:
        return "; ".join([*(str(line) for line in self.lines), self.others])


def besides(
    data: dict[str, Any], published: Published, kinds: Sequence[str], part: str, measure: str
) -> Beside:
    """Return ours beside the published numbers, wherever there are both."""
    rows, by_name = data["rows"], {str(key): numbers for key, numbers in published.items()}
    lines = []
    for name, found in rows.items():
        cells = []
        for kind, number in zip(kinds, by_name.get(name, ()), strict=False):
            ours, error = midpoint(found, kind, part, measure)
            cells.append({
                "kind": kind, "ours": ours, "error": error, "published": number,
                "ratio": ours / number,
            })  # fmt: skip
        lines.append(Line(name, tuple(cells)))
    others = [
        f"{kind} {', '.join(f'{_mean(found, kind, part, measure):.3g}' for found in rows.values())}"
        for kind in MATCHINGS
        if kind not in kinds
    ]
    last = list(rows.values())[-1]
    nulls = [midpoint(found, NULL, part, measure)[0] for found in rows.values()]
    over = [sum(found["lines"][NULL][part][measure]["ends"]) for found in rows.values()]
    above = [
        null - ends / found["networks"]
        for null, ends, found in zip(nulls, over, rows.values(), strict=True)
    ]
    return Beside(
        tuple(line for line in lines if line.cells),
        len(last["lines"][kinds[0]][part][measure]["middle"]),
        f"{NULL}, at most {max(above):.1g} above the ends",
        f"beside it {'; '.join(others)}",
    )


def drawn_beside(
    data: dict[str, Any], published: Published, kinds: Sequence[str], part: str, measure: str,
    axis: str,
) -> Figure:  # fmt: skip
    """Draw ours with errors over pairs, the published ones, and the null."""
    figure = Figure(figsize=(7, 4.2), dpi=100)
    figure.set_layout_engine("constrained")
    axes = figure.add_subplot()
    at = [float(name) for name in data["rows"]]
    for kind in MATCHINGS:
        found = [midpoint(row, kind, part, measure) for row in data["rows"].values()]
        axes.errorbar(
            at, [mean for mean, _ in found], [error for _, error in found], color=COLOURS[kind],
            marker="o", ms=4, capsize=3, label=f"{kind}, ours",
        )  # fmt: skip
        if kind not in kinds:
            continue
        place = list(kinds).index(kind)
        known = sorted((float(key), numbers[place]) for key, numbers in published.items())
        axes.plot(
            *zip(*known, strict=True), color=COLOURS[kind], ls="--", marker="s", ms=4, mfc="none",
            label=f"{kind}, published",
        )  # fmt: skip
    nulls = [_mean(row, NULL, part, measure) for row in data["rows"].values()]
    axes.plot(at, nulls, color="0.6", marker="x", ls=":", label=f"null: {NULL}")
    axes.set(xlabel=axis, ylabel=f"{part} {measure} half way on the line")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _mean(found: dict[str, Any], kind: str, part: str, measure: str) -> float:
    return midpoint(found, kind, part, measure)[0]


def scaled(name: str, folder: Path) -> dict[str, Images]:
    """Return training and test images, pixels of mean 0 and variance 1, as REPAIR takes them."""
    mean, deviation = (number / 255 for number in PIXELS[name])
    found = {part: idx(folder, name, part) for part in ("train", "test")}
    return {part: ((x - mean) / deviation, y) for part, (x, y) in found.items()}
