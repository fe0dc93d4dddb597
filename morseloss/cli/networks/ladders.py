"""`morseloss network ladder`: bars at each budget, their law and price; of several folders a table.

The one idea: one folder is shown look by look; several are compared at equal gradients or at equal
tolerance, or not at all.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from morseloss import plot
from morseloss.cli.output import (
    add_command,
    finite,
    print_json,
    print_table,
    progress,
    real,
    shown,
)
from morseloss.cli.pictures import Picture, add_plot, draw
from morseloss.networks.relays.budget_ladder import Ladder, Price, ladder
from morseloss.networks.relays.comparison import Comparison, compared
from morseloss.networks.relays.nulls import closed_null, copies_null
from morseloss.networks.runs.archive import Archive

__all__ = ["add_ladder"]

KINDS = (closed_null.__name__, copies_null.__name__)


def add_ladder(parts: Any) -> None:
    """Add the part to the command `network`."""
    parser = add_command(
        parts, "ladder", _run,
        help="print bars at each budget, the law by which they fall, and their price",
        description="Print the bars of a relay at each look, or of paths of several labels, one a\n"
        "budget, with the law by which they fall, their limit and their price. Of several\n"
        "folders compare the bars: at equal gradients a path (--at), or else where none is\n"
        "expected to fall by more than the tolerance. Budgets are never mixed.",
    )  # fmt: skip
    parser.add_argument("folders", metavar="FOLDER", type=Path, nargs="+")
    parser.add_argument(
        "--label", nargs="+", default=["relay"], help="of the relay, or of paths (default: relay)"
    )
    parser.add_argument(
        "--within", metavar="T", type=lambda text: real(text, 0.0), default=1e-4,
        help="tolerance of the bars, for prices and comparisons",
    )  # fmt: skip
    parser.add_argument(
        "--at", metavar="N", type=lambda text: real(text, 0.0),
        help="compare at so many gradients on all images a path",
    )  # fmt: skip
    add_plot(parser, "bars against budgets")
    add_plot(parser, "prices of tolerances", "--prices")


def _run(arguments: argparse.Namespace) -> None:
    with progress("reading"):
        found = {str(folder): _read(folder, arguments.label) for folder in arguments.folders}
    ladders = {name: part for name, (part, _) in found.items()}
    nulls = {kind: {name: part[kind] for name, (_, part) in found.items() if kind in part}
             for kind in KINDS}  # fmt: skip
    if arguments.plot:
        beside = {kind.replace("_", " "): part for kind, part in nulls.items() if part}
        bars = Picture(lambda ax: plot.budgets(ladders, ax, nulls=beside))
        draw(arguments.plot, {"budgets": bars})
    draw(arguments.prices, {"prices": Picture(lambda ax: plot.prices(ladders, ax))})
    if len(found) > 1 or arguments.at:
        with progress("comparison"):
            table = compared(
                ladders, within=arguments.within, at=arguments.at,
                closed=nulls[KINDS[0]], copies=nulls[KINDS[1]],
            )  # fmt: skip
        _print_comparison(table, as_json=arguments.json)
        return
    ((name, one),) = ladders.items()
    beside = {kind: part[name] for kind, part in nulls.items() if name in part}
    _print(f"{name}, {' and '.join(arguments.label)}", one, beside, arguments)


def _read(folder: Path, labels: list[str]) -> tuple[Ladder, dict[str, Ladder]]:
    with Archive(folder) as archive:
        nulls = archive.nulls(labels[0]) if len(labels) == 1 else {}
        return archive.ladder(*labels), {kind: ladder(part) for kind, part in nulls.items()}


def _print(
    source: str, found: Ladder, nulls: dict[str, Ladder], arguments: argparse.Namespace
) -> None:
    price = found.price(arguments.within)
    if arguments.json:
        print_json(_told(source, found, price, arguments.within)
                   | {"nulls": {kind: _course(part) for kind, part in nulls.items()}})  # fmt: skip
        return
    print(f"{source}: {found!r}\n")
    rows = (
        (f"{spent:.0f}", f"{mean:.3g}", "-" if np.isnan(error) else f"{error:.2g}", f"{most:.3g}")
        for spent, mean, error, most in zip(
            found.budgets, found.means, found.errors, found.lengths.max(axis=1), strict=True
        )
    )
    print_table(">>>>", ("gradients a path", "mean bar", "error", "longest"), rows)
    print()
    names = "minimum", "birth", "bar", "with stations", "power", "limit", "error", "price", "falls"
    parts = zip(
        found.networks, found.births, found.lengths[-1], found.with_stations, found.laws,
        found.prices(arguments.within), found.falling, strict=True,
    )  # fmt: skip
    table = (
        (row, shown(birth), f"{bar:.3g}", "-" if np.isnan(with_) else f"{with_:.3g}",
         "-" if np.isnan(law.power) else f"{law.power:.2f}", f"{law.limit:.2g}",
         f"{law.error:.1g}", "not reached" if np.isinf(cost) else f"{cost:.0f}",
         "yes" if falls else "no")
        for row, birth, bar, with_, law, cost, falls in parts
    )  # fmt: skip
    print_table(">>>>>>>><", names, table)
    print(f"\nPrice of {arguments.within:g}: {price} gradients on all images a path.")
    for kind in KINDS:
        name, part = kind.replace("_", " "), nulls.get(kind)
        left = f"{part.means[-1]:.3g} at {part.budgets[-1]:.0f}" if part else "not measured"
        print(f"{name.capitalize()}: {left}.")


def _print_comparison(table: Comparison, *, as_json: bool) -> None:
    if as_json:
        rows = {
            name: {key: _number(part) for key, part in vars(row).items()}
            for name, row in table.rows.items()
        }
        print_json({"equal": table.title, "within": table.within, "at": table.at, "rows": rows})
        return
    print(f"Bars {table.title}\n")
    print_table("<>>>>>>>", table.HEAD, table.table())
    print(f"\nPrices are those of {table.within:g}; a bar no longer than its nulls says nothing.")


def _told(source: str, found: Ladder, price: Price, within: float) -> dict[str, Any]:
    limit, error = found.limit()
    bars = [
        {
            "minimum": int(row),
            "birth": float(found.births[place]),
            "lengths": [finite(length) for length in found.lengths[:, place]],
            "with_stations": finite(found.with_stations[place]),
            "power": finite(found.laws[place].power),
            "limit": found.laws[place].limit,
            "limit_error": finite(found.laws[place].error),
            "price": finite(found.prices(within)[place]),
            "falling": bool(found.falling[place]),
        }
        for place, row in enumerate(found.networks)
    ]
    whole = {"source": source, **_course(found), "limit": finite(limit)}
    return whole | {
        "limit_error": finite(error),
        "within": within,
        "price": _number(price),
        "bars": bars,
    }


def _course(found: Ladder) -> dict[str, Any]:
    return {
        "gradients": found.budgets.tolist(),
        "means": [finite(mean) for mean in found.means],
        "errors": [finite(error) for error in found.errors],
    }


def _number(part: Any) -> Any:
    """A number, or a record of numbers, as JSON knows it."""
    if isinstance(part, int | float):
        return finite(part)
    return {key: _number(one) for key, one in vars(part).items()}
