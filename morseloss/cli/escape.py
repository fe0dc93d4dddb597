"""`morseloss escape`: the least learning rate at which descent leaves a minimum."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from morseloss.cli.output import (
    add_command,
    count,
    finite,
    print_json,
    print_table,
    progress,
    real,
    shown,
)
from morseloss.cli.pictures import Picture, add_plot, draw, make_room
from morseloss.cli.source import FORMS, STARTS, add_source, draw_starts, landscape_of
from morseloss.escape import (
    Basins,
    Gate,
    Regime,
    attractors,
    basins,
    descend,
    least_rate,
    orbit,
    threshold,
)
from morseloss.graphs.build import build_graph
from morseloss.graphs.persistence import barcode
from morseloss.landscapes.landscape import Landscape
from morseloss.landscapes.polynomial import Polynomial
from morseloss.plot.escape import bifurcation, escape_steps, orbits
from morseloss.search.minima import find_minima

__all__ = ["add_escape"]

STEPS = 10_000
RATES = 12
FINE = 600  # rates in a picture
SCANNED = 500  # rates of a scan
WIDEST = 1e6  # highest over lowest rate of a scan
SHOWN = 60  # steps of the orbit in a picture


def add_escape(commands: Any) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "escape",
        _run_escape,
        help="find the least learning rate at which descent leaves a minimum",
        description="Run gradient descent from near a local minimum at many learning rates, and\n"
        "print the least one at which it leaves, with its bracket, beside the length of\n"
        "the bar of the minimum; and what descent does at rates around it.",
        epilog=FORMS
        + "A polynomial in one variable is left through the maxima beside the minimum; its\n"
        "threshold is the rate below which no start so near can leave. Any other\n"
        "landscape is left across the saddle at which the bar of the minimum ends.\n\n"
        "example:\n"
        "  morseloss escape mueller-brown --plot pictures",
    )
    add_source(
        parser,
        landscape="of the catalogue, or a file with a polynomial",
        starts=f"searches for minima (default: {STARTS}; none for one variable)",
    )
    parser.add_argument(
        "--near", metavar="X", type=real, nargs="+", help="a point: the minimum nearest to it "
        "(default: the one with the longest bar that ends)"
    )  # fmt: skip
    parser.add_argument(
        "--start", metavar="D", type=partial(real, above=0), default=0.01,
        help="distance of the start from the minimum, towards the saddle",
    )  # fmt: skip
    parser.add_argument(
        "--steps", metavar="N", type=partial(count, most=10**7), default=STEPS,
        help="in which descent has to leave",
    )  # fmt: skip
    parser.add_argument(
        "--rates", metavar=("LOW", "HIGH"), type=partial(real, above=0), nargs=2,
        help="range of the scan (default: 1 to 32 over the curvature)",
    )  # fmt: skip
    add_plot(parser, "steps to leave at many rates; in one variable attractors and the orbit")
    parser.set_defaults(save=None)


def _run_escape(arguments: argparse.Namespace) -> None:
    landscape = landscape_of(arguments)
    _check(landscape, arguments)
    make_room(arguments, (), "escape")
    if isinstance(landscape, Polynomial) and landscape.dim == 1:
        if arguments.starts:
            raise ValueError("`--starts` is for more than one variable; leave it out")
        where = basins(landscape, None if arguments.near is None else arguments.near[0])
    else:
        where = _gate(landscape, arguments)
    found = _Found(landscape, where, arguments)
    if arguments.plot:
        draw(arguments.plot, found.pictures())
    if arguments.json:
        print_json(found.document())
    else:
        found.print_all()


def _check(landscape: Landscape, arguments: argparse.Namespace) -> None:
    """Refuse a point of another space, and a scan that leads nowhere or too far.

    Raises
    ------
    ValueError
        If one of the options is so.
    """
    near = arguments.near
    if near is not None and len(near) != landscape.dim:
        raise ValueError(f"`--near` must have {landscape.dim} coordinates, got {len(near)}")
    low, high = arguments.rates or (1.0, 2.0)
    if not low < high <= WIDEST * low:
        raise ValueError(
            f"`--rates` must rise, at most {WIDEST:g}-fold, got {low:g} and {high:g}; give the "
            "lower rate first"
        )


def _gate(landscape: Landscape, arguments: argparse.Namespace) -> Gate:
    with progress("minima") as show:
        minima = find_minima(landscape, draw_starts(landscape, arguments), progress=show)
    with progress("passes") as show:
        graph = build_graph(landscape, minima, progress=show)
    bars = barcode(graph)
    points = torch.tensor(graph.points)
    ends = np.flatnonzero(bars.finite)
    if not len(ends) or graph.peaks is None:
        raise ValueError(
            f"{landscape!r} has one minimum only: there is no lower minimum to escape to"
        )
    if arguments.near is None:
        row = ends[bars.lifetimes[ends].argmax()]
    else:
        near = torch.tensor(arguments.near, dtype=torch.float64)
        nearest = int((points - near).norm(dim=-1).argmin())
        row = bars.birth_cells.tolist().index(nearest)
        if not bars.finite[row]:
            raise ValueError(
                "the minimum nearest to `--near` is the global one: there is no lower minimum to "
                "escape to; name another"
            )
    peak = torch.tensor(graph.peaks[bars.death_cells[row]])
    return Gate(landscape, points[bars.birth_cells[row]], peak)


class _Found:
    """What the command prints and draws."""

    def __init__(
        self, landscape: Landscape, where: Basins | Gate, arguments: argparse.Namespace
    ) -> None:
        self.landscape, self.where, self.steps = landscape, where, arguments.steps
        self.minimum, self.saddle, self.length, self.curvature = _facts(where)
        way = self.saddle - self.minimum
        start = self.minimum + arguments.start * way / np.linalg.norm(way)
        self.start: Any = torch.from_numpy(start) if isinstance(where, Gate) else float(start[0])
        rates = _scan(*arguments.rates) if arguments.rates else None
        with progress("least rate") as show:
            self.least = least_rate(
                where, self.start, rates=rates, max_steps=self.steps, progress=show
            )
        self.bound = None
        if isinstance(where, Basins):
            with progress("threshold"):
                self.bound = float(threshold(where, self.start).rates[0])
        self.table = self.around(RATES)

    def around(self, number: int) -> tuple[np.ndarray, Any]:
        """Return rates around the least one, and what descent does there."""
        least = float(self.least.rates[0])
        low = 0.8 * min(2 / self.curvature, least)
        rates = np.linspace(low, 1.2 * least, number)
        starts = self.start[None] if isinstance(self.where, Gate) else self.start
        with progress(f"{number} rates") as show:
            runs = descend(self.where, rates, starts, max_steps=self.steps, progress=show)
        return rates, runs

    def document(self) -> dict[str, Any]:
        """Return everything as JSON knows it."""
        rates, runs = self.table
        return {
            "source": repr(self.landscape),
            "minimum": self.minimum.tolist(),
            "saddle": self.saddle.tolist(),
            "curvature": self.curvature,
            "length": self.length,
            "stable_below": 2 / self.curvature,
            "threshold": self.bound,
            "least_rate": float(self.least.rates[0]),
            "below": float(self.least.below[0]),
            "steps": int(self.least.steps[0]),
            "tried": list(self.least.tried),
            "runs": [
                {"rate": float(rate), "regime": Regime(int(regime)).name.lower(),
                 "steps": int(step), "end": [finite(x) for x in np.atleast_1d(end)]}
                for rate, regime, step, end in zip(
                    rates, runs.regimes, runs.steps, runs.points, strict=True)
            ],
        }  # fmt: skip

    def print_all(self) -> None:
        """Print everything as two tables."""
        content = self.document()
        print(f"{content['source']}: from {_point(self.minimum)} across {_point(self.saddle)}")
        names = {
            "length of the bar": content["length"],
            "largest curvature at the minimum": content["curvature"],
            "stable below the rate": content["stable_below"],
            "no start so near leaves below": content["threshold"],
            "least escape rate": content["least_rate"],
            "highest rate below it that stays": content["below"],
            "steps to leave at it": content["steps"],
        }
        print()
        for name, number in names.items():
            if number is not None:
                print(f"{name:34}{number:.8g}")
        print()
        print_table(
            "><><",
            ("rate", "regime", "steps to leave", "end"),
            (
                (
                    shown(run["rate"]),
                    run["regime"],
                    run["steps"] if run["steps"] > 0 else "-",
                    "-" if None in run["end"] else _point(np.array(run["end"])),
                )
                for run in content["runs"]
            ),
        )

    def pictures(self) -> dict[str, Picture]:
        """Return the steps to leave; in one variable the orbit and the attractors, too."""
        rates, runs = self.around(FINE)
        pictures: dict[str, Callable] = {"steps": lambda ax: escape_steps(rates, runs.steps, ax)}
        where = self.where
        if isinstance(where, Basins):
            with progress("attractors"):
                late = attractors(where, rates, self.start)
            path = orbit(where, float(self.least.rates[0]), self.start, SHOWN)
            pictures["attractors"] = lambda ax: bifurcation(late, ax, self.bound)
            pictures["orbit"] = lambda ax: orbits(self.landscape, [path], ax, _window(where))
        return {name: Picture(paint) for name, paint in pictures.items()}


def _facts(where: Basins | Gate) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Return minimum, saddle, length of the bar and curvature."""
    if isinstance(where, Basins):
        ends = where.minima.copy(), where.saddles.copy()
        return *ends, float(where.lengths[0]), float(where.curvatures[0])
    ends = torch.stack([where.minimum, where.saddle])
    low, high = where.landscape.value(ends).tolist()
    return where.minimum.numpy(), where.saddle.numpy(), high - low, where.curvature


def _window(where: Basins) -> tuple[float, float]:
    """From where to where the curve shows all minima."""
    ends = where.wells[0][np.isfinite(where.wells[0])]
    margin = 0.3 * float(np.ptp(ends))
    return float(ends.min()) - margin, float(ends.max()) + margin


def _scan(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, SCANNED)


def _point(point: np.ndarray) -> str:
    return "(" + ", ".join(f"{x:.5g}" for x in point) + ")"
