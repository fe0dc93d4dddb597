"""Sketches: small SVG pictures of bars, places, levels and barriers, of at most some ten kilobytes.

The one idea: what a notebook shows beside a table says at a glance what kind of object it is; no
library draws it, so that showing an object costs nothing. Pictures to keep are in `plot`.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float, Int

__all__ = ["of_barriers", "of_bars", "of_levels", "of_places"]

WIDE, HIGH, EDGE = 240.0, 150.0, 14.0  # of a sketch and its margin, in pixels
INKS = ("#17324d", "#a63d17", "#5d7a3a", "#8a8f98")  # as in `plot`, by degree or index
MOST_BARS, MOST_PLACES, MOST_BARRIERS, MOST_LINES = 30, 200, 60, 300
END = 'stroke-linecap="round"'


def of_bars(
    births: Float[np.ndarray, " k"], deaths: Float[np.ndarray, " k"], degrees: Int[np.ndarray, " k"]
) -> str:
    """Return bars, one a line, in the order given; of many the longest.

    Parameters
    ----------
    births, deaths : ndarray, shape (k,)
        An infinite death is an arrow.
    degrees : ndarray, shape (k,)
        By which they are coloured.

    Examples
    --------
    >>> of_bars(np.array([0.0, 1.0]), np.array([np.inf, 3.0]), np.array([0, 0])).count("<line")
    2
    """
    with np.errstate(over="ignore"):
        longest = np.argsort(-(deaths - births), kind="stable")[:MOST_BARS]
    rows = np.sort(longest)
    ends = deaths[rows]
    x = _Scale(np.concatenate([births[rows], ends[np.isfinite(ends)]]), EDGE, WIDE - 2 * EDGE)
    parts = []
    for place, row in enumerate(rows.tolist()):
        y = EDGE + (place + 0.5) * (HIGH - 2 * EDGE) / len(rows)
        ink, endless = INKS[int(degrees[row]) % len(INKS)], not np.isfinite(deaths[row])
        left, right = x(births[row]), WIDE - EDGE if endless else x(deaths[row])
        parts.append(_line(left, y, max(right, left + 0.1), y, ink, 3.0))
        if endless:
            parts.append(_shape([(right, y - 4), (right + 7, y), (right, y + 4)], ink))
    return _svg(parts, _said(len(rows), len(births), "bar", "the longest"))


def of_places(points: Float[np.ndarray, "n dim"], indices: Int[np.ndarray, " n"]) -> str:
    """Return points by their first two coordinates, marked by index.

    Parameters
    ----------
    points : ndarray, shape (n, dim)
    indices : ndarray, shape (n,)
        A minimum is a disc, a saddle of index 1 a cross, all others are triangles; a negative one
        is a ring.
    """
    there = np.flatnonzero(np.isfinite(points).all(axis=1))[:MOST_PLACES]
    first = points[there, 0] if points.shape[1] else np.zeros(len(there))
    second = points[there, 1] if points.shape[1] > 1 else np.zeros(len(there))
    x, y = _Scale(first, EDGE, WIDE - EDGE), _Scale(second, HIGH - EDGE, EDGE)
    marks = (
        _mark(x(one), y(other), int(indices[row]))
        for row, one, other in zip(there.tolist(), first, second, strict=True)
    )
    return _svg(marks, _said(len(there), len(points), "point", "the first"))


def of_levels(
    values: Float[np.ndarray, " n"],
    indices: Int[np.ndarray, " n"],
    arrows: Iterable[tuple[int, int]] = (),
) -> str:
    """Return points by index, from left to right, and value, from below, joined where they are.

    Parameters
    ----------
    values, indices : ndarray, shape (n,)
    arrows : pairs of rows
        Joined by lines.
    """
    there = np.flatnonzero(np.isfinite(values))[:MOST_PLACES]
    x = _Scale(indices[there].astype(float), 2 * EDGE, WIDE - 2 * EDGE)
    y = _Scale(values[there], HIGH - EDGE, EDGE)
    shown = set(there.tolist())
    drawn = [(p, q) for p, q in arrows if p in shown and q in shown][:MOST_LINES]
    lines = [
        _line(x(indices[p]), y(values[p]), x(indices[q]), y(values[q]), "#8a8f98", 0.8)
        for p, q in drawn
    ]
    marks = [_mark(x(indices[row]), y(values[row]), int(indices[row])) for row in there.tolist()]
    return _svg(lines + marks, _said(len(there), len(values), "critical point", "the first"))


def of_barriers(
    values: Float[np.ndarray, " n"], edges: Int[np.ndarray, "m 2"], weights: Float[np.ndarray, " m"]
) -> str:
    """Return minima as discs, side by side, and each edge as a roof over the two that it joins.

    Parameters
    ----------
    values : ndarray, shape (n,)
    edges : ndarray, shape (m, 2)
    weights : ndarray, shape (m,)
        The lowest ones are drawn.
    """
    lowest = np.argsort(weights, kind="stable")[:MOST_BARRIERS].tolist()
    x = _Scale(np.arange(len(values), dtype=float), 2 * EDGE, WIDE - 2 * EDGE)
    y = _Scale(np.concatenate([values, weights[lowest]]), HIGH - EDGE, EDGE)
    roofs = []
    for edge in lowest:
        one, other = sorted(edges[edge].tolist())
        top = y(weights[edge])
        corners = [(x(one), y(values[one])), (x((one + other) / 2), top)]
        corners.append((x(other), y(values[other])))
        roofs.append(_path(corners, INKS[1]))
    discs = [_mark(x(row), y(value), 0) for row, value in enumerate(values[:MOST_PLACES].tolist())]
    return _svg(roofs + discs, _said(len(lowest), len(weights), "edge", "the lowest"))


class _Scale:
    """The straight map from the range of numbers to pixels; a single number goes to the middle."""

    def __init__(self, numbers: np.ndarray, start: float, end: float) -> None:
        self.low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0, 0)
        self.half = high / 2 - self.low / 2  # halves, for the difference may overflow
        self.start, self.end = start, end

    def __call__(self, number: Any) -> float:
        share = (number / 2 - self.low / 2) / self.half if self.half > 0 else 0.5
        return self.start + float(share) * (self.end - self.start)


def _mark(x: float, y: float, index: int) -> str:
    """Return the mark of a critical point."""
    if index < 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="none" stroke="{INKS[3]}"/>'
    if index == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{INKS[0]}"/>'
    if index == 1:
        return _line(x - 3, y - 3, x + 3, y + 3, INKS[1], 1.8) + _line(
            x - 3, y + 3, x + 3, y - 3, INKS[1], 1.8
        )
    return _shape([(x - 4, y + 3), (x, y - 4), (x + 4, y + 3)], INKS[2])


def _line(x: float, y: float, right: float, low: float, ink: str, width: float) -> str:
    ends = f'x1="{x:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{low:.1f}"'
    return f'<line {ends} stroke="{ink}" stroke-width="{width}" {END}/>'


def _shape(corners: Sequence[tuple[float, float]], ink: str) -> str:
    return f'<polygon points="{_text(corners)}" fill="{ink}"/>'


def _path(corners: Sequence[tuple[float, float]], ink: str) -> str:
    return f'<polyline points="{_text(corners)}" fill="none" stroke="{ink}" stroke-width="1.4"/>'


def _text(corners: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _said(shown: int, count: int, noun: str, which: str) -> str:
    """Return what a sketch shows, and of how many if not of all."""
    nouns = noun if count == 1 else f"{noun}s"
    return f"{count} {nouns}" if shown == count else f"{shown} of {count} {nouns}, {which}"


def _svg(parts: Iterable[str], title: str) -> str:
    """Return the picture, on white, so that it is read on dark pages too; "" if it is empty."""
    inside = "".join(parts)
    if not inside:
        return ""
    size = f'width="{WIDE:.0f}" height="{HIGH:.0f}" viewBox="0 0 {WIDE:.0f} {HIGH:.0f}"'
    paper = f'<rect width="{WIDE:.0f}" height="{HIGH:.0f}" rx="4" fill="#fff"/>'
    said = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{said}">'
        f"<title>{said}</title>{paper}{inside}</svg>"
    )
